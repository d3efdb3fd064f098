//! What a comparison of fingers says, as a check of the verdict.

use std::sync::Arc;

use super::calibration::Calibration;
use super::{Comparison, Finger, Outcome, Threshold};
use crate::biometrics::evaluation::cited::facts;
use crate::finding::reason;
use crate::finding::{Check, CheckId, CheckResult};

/// Where the references come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// DG3, after terminal authentication, with a good hash.
    Chip,
    /// Presses at an earlier verified visit. They say that the same person came again, and nothing of
    /// the chip.
    Enrolled,
}

impl Source {
    /// `chip` or `enrolled`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Enrolled => "enrolled",
        }
    }
}

/// What a comparison rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// Where the references come from.
    pub source: Source,
    /// Which finger was asked for.
    pub finger: Finger,
    /// The sensor's model.
    pub sensor: String,
    /// The algorithm with its version.
    pub algorithm: &'static str,
    /// From which score on two templates support each other.
    pub threshold: Threshold,
    /// What the threshold rests on, where that was measured for this algorithm.
    pub calibration: Option<Arc<Calibration>>,
}

impl Basis {
    /// The check as the presses so far have it.
    ///
    /// A finger that does not match leaves the verdict open and refuses nobody: worn, dry and wet fingers
    /// do not match either, and how often was measured on no sensor of ours.
    #[must_use]
    pub fn check(&self, comparison: &Comparison) -> Check {
        let open = |reason| Check::because(CheckId::Fingerprint, CheckResult::Undetermined, reason);
        let check = match comparison.outcome() {
            Outcome::Supports => Check::successful(CheckId::Fingerprint),
            Outcome::Inconclusive => open(reason::FINGER_INCONCLUSIVE),
            Outcome::DoesNotSupport => open(reason::FINGER_MISMATCH),
            Outcome::TooFewMinutiae => open(reason::FINGER_IMAGE_POOR),
            Outcome::NotPerformed(fault) => {
                let why = fault.map(|fault| fault.to_string());
                let why = why.unwrap_or_else(|| "no finger was pressed".to_owned());
                Check::not_performed(CheckId::Fingerprint, &why)
            }
        };
        let check = check
            .fact("source", self.source.name())
            .fact("finger", self.finger.name())
            .fact("presses", comparison.presses().to_string())
            .fact("sensor", self.sensor.clone())
            .fact("algorithm", self.algorithm)
            .fact("threshold", self.threshold.score().to_string());
        let cited = self.calibration.as_ref();
        let cited = cited.map(|one| (one.name.as_str(), one.at_threshold));
        let check = facts(cited)
            .into_iter()
            .fold(check, |check, (name, value)| check.fact(name, value));
        match comparison.best() {
            Some(score) => check.fact("score", score.0.to_string()),
            None => check,
        }
    }
}
