//! NIST's MINDTCT and BOZORTH3, ported to Rust by others and pinned to one version: scores are worth
//! what was measured with it.

use core::time::Duration;

use cccd_port::FingerImage;
use fprint_bozorth3 as bozorth;
use fprint_mindtct as mindtct;
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma};
use zeroize::Zeroizing;

use super::budget::{Budget, Overrun};
use super::template::{Minutia, Template};
use super::{FingerMatcher, MatchFault, Score};

/// Algorithm, its version, and that of the preparation here.
pub const ALGORITHM: &str = "nist-mindtct-bozorth3 0.1.0/1";
/// The time of one search or comparison.
pub const BUDGET: Duration = Duration::from_millis(500);
/// The resolution that the algorithms' lengths are made for, in pixels an inch.
const DPI: u16 = 500;
/// Most pixels at that resolution: a rolled finger has 800 × 750.
const MOST_PIXELS: u32 = 600_000;
/// What BOZORTH3 returns where its queue runs over; no two prints score so high.
const OVERFLOW: u32 = 4_000;

/// The matcher.
#[derive(Debug)]
pub struct NistMatcher {
    budget: Budget,
}

impl Default for NistMatcher {
    fn default() -> Self {
        Self::new(BUDGET)
    }
}

impl NistMatcher {
    /// A matcher with another time for each search and comparison than [`BUDGET`]: tests on slow
    /// machines.
    #[must_use]
    pub fn new(budget: Duration) -> Self {
        Self {
            budget: Budget::new(budget),
        }
    }

    /// A matcher whose searches and comparisons have [`BUDGET`] of a processor's time each, however
    /// long they wait for it: what a measurement finds must not hang on what else the machine does.
    #[must_use]
    pub fn measuring() -> Self {
        Self {
            budget: Budget::of_work(BUDGET),
        }
    }
}

impl FingerMatcher for NistMatcher {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn extract(&self, image: &FingerImage) -> Result<Template, MatchFault> {
        let image = image.clone();
        // Nothing that is drawn from it is refused later, so that its bounds are looked at first.
        let size = |side: u16| {
            let side = u32::from(side).saturating_mul(u32::from(DPI));
            let half = u32::from(image.dpi()) / 2;
            side.saturating_add(half)
                .checked_div(image.dpi().into())
                .unwrap_or(0)
        };
        let (width, height) = (size(image.width()), size(image.height()));
        let least = u32::try_from(mindtct::MIN_DETECTABLE_DIM).unwrap_or(u32::MAX);
        if width.min(height) < least || width.saturating_mul(height) > MOST_PIXELS {
            let side = |side| u16::try_from(side).unwrap_or(u16::MAX);
            return Err(MatchFault::Size {
                width: side(width),
                height: side(height),
            });
        }
        let found = self.budget.run(move || search(&image, width, height))?;
        found.ok_or(MatchFault::Overrun(Overrun::BrokeOff))
    }

    fn compare(&self, probe: &Template, reference: &Template) -> Result<Score, MatchFault> {
        let (probe, reference) = (probe.clone(), reference.clone());
        let score = self
            .budget
            .run(move || bozorth::match_score(&places(&probe), &places(&reference)))?;
        // The sentinel would be the best match of all.
        if score >= OVERFLOW {
            return Err(MatchFault::Overflow);
        }
        Ok(Score(score))
    }
}

/// The minutiae of an image, brought to `width` × `height` pixels, which are 500 dpi, if it is not.
fn search(image: &FingerImage, width: u32, height: u32) -> Option<Template> {
    let scaled = (image.dpi() != DPI).then(|| scale(image, width, height));
    let pixels = match &scaled {
        Some(scaled) => scaled.as_deref()?,
        None => image.pixels(),
    };
    let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let grey = mindtct::GrayImage::new(pixels, columns, rows, DPI).ok()?;
    let minutiae = mindtct::detect_minutiae(grey);
    let minutiae = minutiae.iter().filter_map(|one| {
        Some(Minutia {
            x: u16::try_from(one.x).ok()?,
            y: u16::try_from(one.y).ok()?,
            direction: u16::try_from(one.theta).ok()?,
            quality: u8::try_from(one.quality.clamp(0, 100)).ok()?,
        })
    });
    let minutiae = Zeroizing::new(minutiae.collect());
    Template::new(
        u16::try_from(width).ok()?,
        u16::try_from(height).ok()?,
        minutiae,
    )
    .ok()
}

/// The image at 500 dpi.
fn scale(image: &FingerImage, width: u32, height: u32) -> Option<Zeroizing<Vec<u8>>> {
    let (columns, rows) = (image.width().into(), image.height().into());
    let whole: ImageBuffer<Luma<u8>, &[u8]> = ImageBuffer::from_raw(columns, rows, image.pixels())?;
    let scaled = resize(&whole, width, height, FilterType::CatmullRom);
    Some(scaled.into_raw().into())
}

/// Minutiae as the matcher takes them.
fn places(template: &Template) -> Zeroizing<Places> {
    let places = template.minutiae().iter().map(|one| bozorth::Minutia {
        x: one.x.into(),
        y: one.y.into(),
        theta: one.direction.into(),
    });
    Zeroizing::new(Places(places.collect()))
}

/// They wipe themselves too.
#[derive(Default)]
struct Places(Vec<bozorth::Minutia>);

impl core::ops::Deref for Places {
    type Target = [bozorth::Minutia];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl zeroize::Zeroize for Places {
    fn zeroize(&mut self) {
        for place in &mut self.0 {
            let bozorth::Minutia { x, y, theta } = place;
            x.zeroize();
            y.zeroize();
            theta.zeroize();
        }
        self.0.clear();
    }
}

#[cfg(test)]
#[path = "nist_tests.rs"]
mod tests;
