//! How a comparison ended.

use std::collections::BTreeMap;

use super::models::Decision;
use super::network::NetworkError;
use super::picture::PictureError;
use super::watch::Stopped;
use crate::finding::reason;
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::portrait::PortraitError;

/// Why no comparison took place. Nothing stands in for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPerformed {
    /// No model.
    #[error("no face model is installed")]
    NoModel,
    /// The models can't be used; why.
    #[error("the face models can't be used: {0}")]
    Models(String),
    /// As many comparisons wait as may.
    #[error("too many comparisons are waiting")]
    Busy,
    /// Time was over, or the work was called off.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The chip's portrait can't be decoded.
    #[error("the portrait in the chip: {0}")]
    Portrait(PortraitError),
    /// No face was found in the chip's portrait.
    #[error("no face was found in the portrait in the chip")]
    NoFaceInPortrait,
    /// Several were.
    #[error("{count} faces were found in the portrait in the chip")]
    SeveralInPortrait {
        /// How many.
        count: usize,
    },
    /// A picture of the camera can't be decoded.
    #[error("picture {number}: {error}")]
    Picture {
        /// Which one, from 1.
        number: usize,
        /// What is the matter.
        error: PictureError,
    },
    /// No picture came, or more than are taken.
    #[error("{count} pictures where 1 to {most} are taken")]
    Pictures {
        /// How many.
        count: usize,
        /// The bound.
        most: usize,
    },
    /// A model broke off.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The work broke down.
    #[error("the comparison broke down")]
    Broken,
}

/// What a comparison says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Both pictures support that they show one person.
    Supports,
    /// Neither.
    Inconclusive,
    /// They do not.
    DoesNotSupport,
    /// No picture shows a face.
    LiveFaceMissing,
    /// Pictures show several.
    LiveFaceAmbiguous,
    /// No picture is good enough.
    LiveImagePoor,
    /// A print or a screen was shown.
    PresentationAttack,
    /// A picture of an earlier session came again.
    SensorReplay,
    /// The pictures do not show what was asked for.
    SensorUntrusted,
    /// There was no comparison.
    NotPerformed(NotPerformed),
}

/// How a comparison ended, with numbers alone: no picture, no template.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What it says.
    pub finding: Finding,
    /// The cosine, −1 to 1, where faces were compared. Never a percentage of likeness.
    pub score: Option<f64>,
    /// What it rests on, by stable names.
    pub facts: BTreeMap<&'static str, String>,
}

impl From<NotPerformed> for Outcome {
    fn from(why: NotPerformed) -> Self {
        Self::new(Finding::NotPerformed(why))
    }
}

impl Outcome {
    /// An outcome without a score.
    #[must_use]
    pub const fn new(finding: Finding) -> Self {
        Self {
            finding,
            score: None,
            facts: BTreeMap::new(),
        }
    }

    /// What a score means.
    #[must_use]
    pub fn of_score(score: f64, decision: &Decision) -> Self {
        let finding = if score >= decision.supports {
            Finding::Supports
        } else if score >= decision.inconclusive {
            Finding::Inconclusive
        } else if score.is_finite() {
            Finding::DoesNotSupport
        } else {
            return NotPerformed::Network(NetworkError::Numbers).into();
        };
        Self {
            score: Some(score),
            ..Self::new(finding)
        }
        .with("score", format!("{score:.4}"))
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.insert(name, value.into());
        self
    }

    /// Adds facts.
    #[must_use]
    pub fn with_all(mut self, facts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.facts.extend(facts);
        self
    }

    /// Check 25 as it ended.
    #[must_use]
    pub fn check(&self) -> Check {
        let because = |result, reason| Check::because(CheckId::Face, result, reason);
        let check = match &self.finding {
            Finding::Supports => Check::successful(CheckId::Face),
            Finding::Inconclusive => because(CheckResult::Undetermined, reason::FACE_INCONCLUSIVE),
            Finding::DoesNotSupport => because(CheckResult::Failed, reason::FACE_MISMATCH),
            Finding::LiveFaceMissing => {
                because(CheckResult::Undetermined, reason::LIVE_FACE_MISSING)
            }
            Finding::LiveFaceAmbiguous => {
                because(CheckResult::Undetermined, reason::LIVE_FACE_AMBIGUOUS)
            }
            Finding::LiveImagePoor => because(CheckResult::Undetermined, reason::LIVE_IMAGE_POOR),
            Finding::PresentationAttack => {
                because(CheckResult::Failed, reason::PRESENTATION_ATTACK)
            }
            Finding::SensorReplay => because(CheckResult::Failed, reason::SENSOR_REPLAY),
            Finding::SensorUntrusted => {
                because(CheckResult::Undetermined, reason::SENSOR_UNTRUSTED)
            }
            Finding::NotPerformed(why) => Check::not_performed(CheckId::Face, &why.to_string()),
        };
        let facts = self.facts.iter();
        facts.fold(check, |check, (name, value)| check.fact(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision() -> Decision {
        Decision {
            supports: 0.940,
            inconclusive: 0.920,
            calibration: None,
        }
    }

    #[test]
    fn every_finding_has_its_result_and_reason() {
        let table = [
            (Finding::Supports, CheckResult::Successful, None),
            (
                Finding::Inconclusive,
                CheckResult::Undetermined,
                Some("face-inconclusive"),
            ),
            (
                Finding::DoesNotSupport,
                CheckResult::Failed,
                Some("face-mismatch"),
            ),
            (
                Finding::LiveFaceMissing,
                CheckResult::Undetermined,
                Some("live-face-missing"),
            ),
            (
                Finding::LiveFaceAmbiguous,
                CheckResult::Undetermined,
                Some("live-face-ambiguous"),
            ),
            (
                Finding::LiveImagePoor,
                CheckResult::Undetermined,
                Some("live-image-poor"),
            ),
            (
                Finding::PresentationAttack,
                CheckResult::Failed,
                Some("presentation-attack"),
            ),
            (
                Finding::SensorReplay,
                CheckResult::Failed,
                Some("sensor-replay"),
            ),
            (
                Finding::SensorUntrusted,
                CheckResult::Undetermined,
                Some("sensor-untrusted"),
            ),
            (
                Finding::NotPerformed(NotPerformed::NoModel),
                CheckResult::NotPerformed,
                Some("check-not-performed"),
            ),
        ];
        for (finding, result, reason) in table {
            let check = Outcome::new(finding.clone()).with("score", "0.9").check();
            assert_eq!(check.result, result, "{finding:?}");
            assert_eq!(check.reason.map(|reason| reason.code()), reason);
            assert!(check.facts.contains_key("score"));
        }
    }

    #[test]
    fn thresholds_belong_to_what_lies_above_them() {
        for (score, finding) in [
            (0.9400, Finding::Supports),
            (0.9399, Finding::Inconclusive),
            (0.9200, Finding::Inconclusive),
            (0.9199, Finding::DoesNotSupport),
            (-1.0, Finding::DoesNotSupport),
        ] {
            let outcome = Outcome::of_score(score, &decision());
            assert_eq!(outcome.finding, finding, "{score}");
            assert_eq!(outcome.score, Some(score));
        }
        let none = Outcome::of_score(f64::NAN, &decision());
        assert!(matches!(none.finding, Finding::NotPerformed(_)));
        assert_eq!(none.score, None);
    }
}
