//! What an embedder makes of a face, and how alike two of them are.

use core::fmt;

use zeroize::Zeroizing;

use super::network::{Network, NetworkError};
use super::numbers::index;
use super::picture::Picture;
use super::resample::Normalisation;

/// Most numbers of an embedding.
const MAX_LENGTH: usize = 4_096;

/// A face as a direction: numbers of length 1. A biometric template: it prints as `[redacted]`, wipes
/// itself and leaves the process nowhere.
#[derive(Clone, PartialEq)]
pub struct Embedding(Zeroizing<Vec<f64>>);

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Embedding {
    /// Makes numbers a direction. `None` for none, for too many, and for what has no direction.
    #[must_use]
    pub fn new(mut values: Zeroizing<Vec<f64>>) -> Option<Self> {
        let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
        if !length.is_finite() || length < 1e-9 || values.len() > MAX_LENGTH {
            return None;
        }
        values.iter_mut().for_each(|value| *value /= length);
        Some(Self(values))
    }

    /// The cosine of the angle between two, −1 to 1. `None` where they are of different lengths, as
    /// those of different models are.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> Option<f64> {
        if self.0.len() != other.0.len() {
            return None;
        }
        let products = self.0.iter().zip(other.0.iter());
        let sum: f64 = products.map(|(one, other)| one * other).sum();
        Some(sum.clamp(-1.0, 1.0))
    }
}

/// A network that turns an aligned face into numbers.
#[derive(Debug)]
pub struct Embedder {
    /// The network.
    pub network: Network,
    /// How pixels become its numbers.
    pub normalisation: Normalisation,
    /// Side of the chip that it takes.
    pub side: u32,
    /// Whether it takes several chips at once.
    pub takes_several: bool,
}

impl Embedder {
    /// The sum of what the face and its mirror image give, as a direction.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn embed(&self, chip: &Picture) -> Result<Embedding, NetworkError> {
        let mut chips = Zeroizing::new(Vec::new());
        self.normalisation.append(chip, &mut chips);
        let single = chips.len();
        self.normalisation.append(&chip.mirrored(), &mut chips);
        let side = index(self.side);
        let mut sum: Zeroizing<Vec<f64>> = Zeroizing::new(Vec::new());
        let mut add = |values: &[f32]| {
            if sum.is_empty() {
                sum.extend(values.iter().map(|value| f64::from(*value)));
            } else {
                for (sum, value) in sum.iter_mut().zip(values) {
                    *sum += f64::from(*value);
                }
            }
        };
        if self.takes_several {
            let output = self.network.run_one([2, 3, side, side], &chips)?;
            let half = output.values.len() / 2;
            let (one, other) = output
                .values
                .split_at_checked(half)
                .filter(|(one, other)| one.len() == other.len())
                .ok_or(NetworkError::Numbers)?;
            add(one);
            add(other);
        } else {
            for chip in chips.chunks_exact(single.max(1)) {
                add(&self.network.run_one([1, 3, side, side], chip)?.values);
            }
        }
        Embedding::new(sum).ok_or(NetworkError::Numbers)
    }
}
