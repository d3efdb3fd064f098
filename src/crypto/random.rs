//! Randomness as something that is passed in.

use ring::rand::SecureRandom;

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
