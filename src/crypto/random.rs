//! Randomness as something that is passed in.

use std::collections::VecDeque;

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::CryptoFault;

/// Where nonces and ephemeral keys come from.
pub trait Random {
    /// Fills `out` with random bytes.
    ///
    /// # Errors
    /// [`CryptoFault`] when the source gives none; the session must end.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault>;
}

/// The operating system's random numbers.
#[derive(Clone, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
        ring::rand::SystemRandom::new()
            .fill(out)
            .map_err(|_| CryptoFault)
    }
}

/// Another source, with somebody who is told what it gives: a recorder of everything, asked for by the
/// operator.
pub struct Overheard<'a> {
    source: &'a mut dyn Random,
    hear: &'a mut dyn FnMut(&[u8]),
}

impl<'a> Overheard<'a> {
    /// `source`, overheard by `hear`.
    pub fn new(source: &'a mut dyn Random, hear: &'a mut dyn FnMut(&[u8])) -> Self {
        Self { source, hear }
    }
}

impl Random for Overheard<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
        self.source.fill(out)?;
        (self.hear)(out);
        Ok(())
    }
}

/// Draws that were made before, in the same order: a recording that is played again. Never a source
/// for a card that lies on a reader.
pub struct DrawnBefore(VecDeque<Zeroizing<Vec<u8>>>);

impl DrawnBefore {
    /// These draws.
    pub fn new(draws: impl IntoIterator<Item = Zeroizing<Vec<u8>>>) -> Self {
        Self(draws.into_iter().collect())
    }
}

impl Random for DrawnBefore {
    /// # Errors
    /// [`CryptoFault`] where the next draw had another length, or there is none.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
        let draw = self.0.pop_front().ok_or(CryptoFault)?;
        if draw.len() != out.len() {
            return Err(CryptoFault);
        }
        out.copy_from_slice(&draw);
        Ok(())
    }
}
