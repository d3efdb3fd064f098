//! Bytes without end from a label, so that two processes make the same test keys.
//!
//! Anybody can compute these keys: that is why nothing outside demo and tests may trust them.

use openssl::sha::sha512;

/// SHA-512 over label and counter, block after block.
#[derive(Clone, Debug)]
pub struct LabelStream {
    label: Vec<u8>,
    counter: u64,
    block: Vec<u8>,
}

impl LabelStream {
    /// The stream of `label`.
    #[must_use]
    pub fn new(label: &str) -> Self {
        let label = [b"cccd-sim test key\0", label.as_bytes()].concat();
        Self {
            label,
            counter: 0,
            block: Vec::new(),
        }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        while self.block.len() < count {
            let input = [&self.label[..], &self.counter.to_be_bytes()].concat();
            self.block.extend(sha512(&input));
            self.counter += 1;
        }
        self.block.drain(..count).collect()
    }
}
