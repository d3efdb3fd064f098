//! A persona's fingers, and those of them that the chip holds.

use super::Persona;
use crate::error::SimError;
use crate::fingers::{Press, SynthFinger};
use crate::lds::dg3::{Encoding, StoredFinger};

/// The size of the pictures that were taken when the card was applied for, in pixels of 500 dpi.
const SIZE: (u16, u16) = (300, 360);

/// Which fingers lie on the chip, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFingers {
    /// 1 to 10, each once: right thumb to left little finger.
    pub positions: Vec<u8>,
    /// How their pictures are stored.
    pub encoding: Encoding,
}

impl Default for StoredFingers {
    /// Both index fingers, by WSQ.
    fn default() -> Self {
        Self {
            positions: vec![2, 7],
            encoding: Encoding::Wsq,
        }
    }
}

impl Persona {
    /// One of the persona's fingers, 1 to 10: the one on the chip, if that holds it, and the one that
    /// is laid on a sensor.
    #[must_use]
    pub fn finger(&self, position: u8) -> SynthFinger {
        let hash = openssl::sha::sha256(format!("fingers {}", self.label()).as_bytes());
        let seed = hash.first_chunk().copied().map_or(0, u64::from_be_bytes);
        SynthFinger::new(seed, position)
    }

    /// What the chip holds of the persona's fingers, in the order of [`StoredFingers::positions`].
    pub(crate) fn stored_fingers(&self) -> Result<Vec<StoredFinger>, SimError> {
        let Some(stored) = &self.fingers else {
            return Ok(Vec::new());
        };
        let taken = stored.positions.iter().map(|&position| {
            let finger = self.finger(position);
            let press = Press {
                size: SIZE,
                noise: 0.15,
                ..finger.natural(u32::MAX)
            };
            Ok(StoredFinger {
                position,
                image: finger.impression(&press)?,
                encoding: stored.encoding,
            })
        });
        taken.collect()
    }
}
