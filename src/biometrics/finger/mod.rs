//! Fingers compared: minutiae found in a picture, and two sets of them scored.
//!
//! A score is no percentage of anything. Below the threshold nothing is proven, either: worn, dry and
//! wet fingers score like other people's. Nothing here keeps or sends what it compares.
//!
//! # Layout
//! - here: [`FingerMatcher`], what the rest of the house knows of an algorithm
//! - [`template`]: minutiae, in memory and as bytes
//! - [`nist`]: the algorithm, NIST's MINDTCT and BOZORTH3
//! - [`budget`]: no comparison runs for ever
//! - [`comparison`]: presses against references, and what comes of it
//! - [`enrolment`]: the presses that references are made of
//! - [`finding`]: what a comparison is in a verdict
//! - [`which`]: the ten fingers
//! - [`evaluate`]: what it gets wrong, measured; [`calibration`]: what verdicts cite of that

pub mod budget;
pub mod calibration;
pub mod comparison;
pub mod enrolment;
pub mod evaluate;
#[cfg(test)]
mod figures;
pub mod finding;
pub mod nist;
pub mod template;
#[cfg(test)]
mod testing;
pub mod which;

use cccd_port::FingerImage;

pub use budget::Overrun;
pub use comparison::{Comparison, Outcome, ReferenceFault, Threshold};
pub use enrolment::{Enrolment, EnrolmentStep};
pub use finding::{Basis, Source};
pub use nist::NistMatcher;
pub use template::{Template, TemplateError};
pub use which::Finger;

/// With fewer minutiae a picture decides nothing.
pub const FEWEST_MINUTIAE: usize = 20;

/// How alike an algorithm finds two templates. Only scores of one algorithm can be compared, and none
/// is a share of a hundred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(pub u32);

/// Why there is no template or no score: none of them says anything about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatchFault {
    /// It did not come to an end within its time.
    #[error("the finger comparison {0}")]
    Overrun(#[from] Overrun),
    /// The picture is too small or too large to look for minutiae in.
    #[error("a picture of {width} by {height} pixels can't be searched for minutiae")]
    Size {
        /// Pixels across, at 500 to the inch.
        width: u16,
        /// Pixels down.
        height: u16,
    },
    /// The score is the algorithm's word for a table that ran over.
    #[error("the finger comparison ran out of its table")]
    Overflow,
}

/// An algorithm that finds minutiae and compares them.
pub trait FingerMatcher: Send + Sync {
    /// The algorithm, its version and that of our preparation: templates and scores are bound to it.
    fn algorithm(&self) -> &'static str;

    /// The template of a picture, at any resolution.
    ///
    /// # Errors
    /// [`MatchFault`]. Few minutiae are none: [`Template::is_usable`] tells.
    fn extract(&self, image: &FingerImage) -> Result<Template, MatchFault>;

    /// The score of `probe` against `reference`; the other way round it may be another.
    ///
    /// # Errors
    /// [`MatchFault`].
    fn compare(&self, probe: &Template, reference: &Template) -> Result<Score, MatchFault>;

    /// The score of two templates, the better one of both orders, as far as it matters: once `enough` is
    /// reached nothing more is compared, for alike templates take the longest.
    ///
    /// # Errors
    /// [`MatchFault`] where `enough` was not reached and a score is missing.
    fn both_orders(
        &self,
        one: &Template,
        other: &Template,
        enough: Threshold,
    ) -> Result<Score, MatchFault> {
        let there = self.compare(one, other);
        if let Ok(score) = there
            && enough.is_reached(score)
        {
            return Ok(score);
        }
        match (there, self.compare(other, one)) {
            (Ok(there), Ok(back)) => Ok(there.max(back)),
            (Err(_), Ok(back)) if enough.is_reached(back) => Ok(back),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        }
    }
}
