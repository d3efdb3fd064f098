//! Where a chip's nonces come from.

use crate::crypto::stream::LabelStream;

/// A source of random bytes, passed in so that a test can choose it.
pub trait Randomness: Send {
    /// Fills `out`.
    fn fill(&mut self, out: &mut [u8]);
}

/// The operating system's generator, through OpenSSL.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Randomness for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) {
        if openssl::rand::rand_bytes(out).is_err() {
            // A chip without randomness must not go on: zeros make every exchange fail loudly.
            out.fill(0);
        }
    }
}

/// Bytes from a label: for tests within the process, and never for a card on a PC/SC reader.
#[derive(Clone, Debug)]
pub struct SeededRandom(LabelStream);

impl SeededRandom {
    /// The bytes that belong to `seed`.
    #[must_use]
    pub fn new(seed: &str) -> Self {
        Self(LabelStream::new(seed))
    }
}

impl Randomness for SeededRandom {
    fn fill(&mut self, out: &mut [u8]) {
        let count = out.len();
        out.copy_from_slice(&self.0.take(count));
    }
}

/// Exactly the bytes of a published example, then zeros.
#[derive(Clone, Debug)]
pub struct FixedRandom(std::collections::VecDeque<u8>);

impl FixedRandom {
    /// Gives out `bytes` in their order.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Randomness for FixedRandom {
    fn fill(&mut self, out: &mut [u8]) {
        out.iter_mut()
            .for_each(|byte| *byte = self.0.pop_front().unwrap_or(0));
    }
}
