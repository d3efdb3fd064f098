//! Fingers that nobody has: ridges grown from random seeds, and presses of them as a sensor sees them.
//!
//! The way is known from the literature: an orientation field with cores and deltas (Sherlock and
//! Monro, 1993), ridges that grow from spots by filters along it (Cappelli's SFinGe), then presses
//! that shift, turn, bend, thicken and stain what has grown. The same numbers make the same finger, on
//! one machine to the pixel; another machine's sine may differ in a last digit.
//!
//! These fingers try programs. What a comparison reaches on them says nothing about people.
//!
//! # Layout
//! - `field`: which way the ridges run, and how far apart
//! - `growth`: the ridges themselves
//! - `press`: a finger laid on a sensor
//! - `grid`, `draw`: their ground floor

mod draw;
mod field;
mod grid;
mod growth;
mod press;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cccd_port::FingerImage;

use crate::error::SimError;
use draw::Draw;
pub use field::Pattern;
use grid::Grid;
pub use press::Press;

/// Fingers that are kept, once grown; the one made longest ago goes first.
const KEPT: usize = 64;

/// A grown finger and its number.
type Grown = ((u64, u8), Arc<Master>);

/// Fingers grown so far in this process.
static GROWN: OnceLock<Mutex<Vec<Grown>>> = OnceLock::new();

/// What all presses of one finger show parts of.
struct Master {
    pattern: Pattern,
    /// 1 on a ridge, −1 in a valley, a cell for two pixels of 500 dpi.
    ridges: Grid,
}

/// A synthetic finger.
#[derive(Clone)]
pub struct SynthFinger {
    seed: u64,
    finger: u8,
    master: Arc<Master>,
}

impl SynthFinger {
    /// The finger number `finger` (any number; 1 to 10 as ISO/IEC 19794-4 counts them, if it matters)
    /// of the person `seed`. Grown on the first call and kept.
    #[must_use]
    pub fn new(seed: u64, finger: u8) -> Self {
        let grown = GROWN.get_or_init(Mutex::default);
        let lock = || grown.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (seed, finger);
        let found = lock()
            .iter()
            .find(|(grown, _)| *grown == name)
            .map(|(_, master)| Arc::clone(master));
        let master = found.unwrap_or_else(|| {
            let master = Arc::new(Master::grow(seed, finger));
            let mut grown = lock();
            if grown.len() >= KEPT {
                grown.remove(0);
            }
            grown.push((name, Arc::clone(&master)));
            master
        });
        Self {
            seed,
            finger,
            master,
        }
    }

    /// Which pattern its ridges form.
    #[must_use]
    pub fn pattern(&self) -> Pattern {
        self.master.pattern
    }

    /// What the sensor sees of `press`.
    ///
    /// # Errors
    /// [`SimError::Data`] for a size or resolution that no [`FingerImage`] has.
    pub fn impression(&self, press: &Press) -> Result<FingerImage, SimError> {
        let draw = Draw::new(&[
            self.seed,
            u64::from(self.finger),
            u64::from(press.number),
            2,
        ]);
        press::image(&self.master.ridges, press, draw)
    }

    /// The press number `number` as a person lays a finger down: a little aside, a little turned, harder
    /// or softer, on a module of 256 × 288 pixels and 500 dpi. Other numbers are other presses.
    #[must_use]
    pub fn natural(&self, number: u32) -> Press {
        let mut draw = Draw::new(&[self.seed, u64::from(self.finger), u64::from(number), 3]);
        Press {
            number,
            shift: (draw.bell() * 11.0, draw.bell() * 11.0),
            rotation: draw.bell() * 6.0,
            distortion: draw.between(0.5, 2.5),
            pressure: draw.bell() * 0.25,
            noise: draw.between(0.2, 0.7),
            ..Press::default()
        }
    }

    /// [`Self::impression`] of [`Self::natural`].
    ///
    /// # Errors
    /// As [`Self::impression`]; there is none in fact.
    pub fn press(&self, number: u32) -> Result<FingerImage, SimError> {
        self.impression(&self.natural(number))
    }
}

impl Master {
    fn grow(seed: u64, finger: u8) -> Self {
        let mut draw = Draw::new(&[seed, u64::from(finger), 1]);
        let field = field::Field::drawn(&mut draw);
        Self {
            pattern: field.pattern(),
            ridges: growth::grow(&field, &mut draw),
        }
    }
}
