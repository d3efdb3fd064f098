//! Chances that fall the same way in every run.

use cccd_sim::crypto::stream::LabelStream;
use num_bigint::BigUint;

/// A stream of chances that belongs to a label.
pub struct Dice(LabelStream);

impl Dice {
    pub fn new(label: &str) -> Self {
        Self(LabelStream::new(label))
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.0.take(count)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let number = u32::from_be_bytes(self.bytes(4).try_into().unwrap());
        usize::try_from(number).unwrap() % end
    }

    /// A number from 1 to `end` − 1.
    pub fn number(&mut self, end: &BigUint) -> BigUint {
        let bytes = self.bytes(end.to_bytes_be().len() + 8);
        BigUint::from_bytes_be(&bytes) % (end - 1_u32) + 1_u32
    }

    /// `bytes` with one bit changed.
    pub fn flip(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let bit = self.below(out.len() * 8);
        out[bit / 8] ^= 1 << (bit % 8);
        out
    }

    /// `bytes` changed in one place: cut, filled, made longer or shorter in the middle.
    pub fn bend(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let at = self.below(out.len());
        let byte = self.bytes(1)[0];
        match self.below(6) {
            0 => out.truncate(at),
            1 => out[at] = byte,
            2 => out.insert(at, byte),
            3 => drop(out.remove(at)),
            4 => out.extend(self.bytes(1 + at % 4)),
            _ => out[at..].fill(byte),
        }
        out
    }
}

/// A number as `length` bytes.
pub fn wide(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut out = vec![0; length.saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}
