//! How well a comparison of people tells them apart, from scores alone (ISO/IEC 19795-1).
//!
//! Nothing here knows a modality or draws randomness of its own: whoever measures brings the scores,
//! and a seed for the bootstrap. A higher score means more alike, and a pair is a
//! match where its score is **at or above** the threshold.
//!
//! # Layout
//! - here: [`Scores`], what is evaluated
//! - [`proportion`]: errors in trials, with Wilson's interval
//! - [`det`]: the error rates at every threshold, and the equal error rate
//! - [`bootstrap`]: intervals that draw people and not pairs
//! - [`walk`]: whose pictures are in a folder
//! - [`report`]: the figures as text; [`drawing`]: the curve as SVG
//! - [`cited`]: rates as a calibration keeps them, and verdicts cite them

pub mod bootstrap;
pub mod cited;
pub mod det;
pub mod drawing;
pub mod proportion;
pub mod report;
pub mod walk;

pub use bootstrap::{Bootstrap, subject_bootstrap};
pub use det::{Det, DetPoint, EqualError};
pub use proportion::{Interval, Proportion};

/// Most pairs of one kind that are evaluated.
pub const MOST_PAIRS: usize = 16_000_000;

/// Why scores can't be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationFault {
    /// No pair of one person, or none of two.
    #[error("there are no {0} pairs")]
    NoPairs(&'static str),
    /// More pairs than the bound.
    #[error("more than {MOST_PAIRS} {0} pairs")]
    TooMany(&'static str),
    /// A score is no finite number.
    #[error("a score of the {0} pairs is no finite number")]
    NotFinite(&'static str),
    /// A pair of two people names the same one twice.
    #[error("an impostor pair names one person twice")]
    OnePersonTwice,
}

/// Scores of pairs whose truth is known. People are numbers that mean something only here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// Two samples of one person: who, and the score.
    pub genuine: Vec<(u32, f64)>,
    /// Samples of two people: who, who else, and the score.
    pub impostor: Vec<(u32, u32, f64)>,
}

/// The rates at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// At or above it a pair matches.
    pub threshold: f64,
    /// False match rate: impostor pairs that match (ISO/IEC 19795-1, 3).
    pub fmr: Proportion,
    /// False non-match rate: genuine pairs that do not.
    pub fnmr: Proportion,
}

impl Scores {
    /// Whether there is something to evaluate, and nothing that can't be.
    ///
    /// # Errors
    /// [`EvaluationFault`].
    pub fn check(&self) -> Result<(), EvaluationFault> {
        let kinds = [
            ("genuine", self.genuine.len()),
            ("impostor", self.impostor.len()),
        ];
        for (kind, count) in kinds {
            if count == 0 {
                return Err(EvaluationFault::NoPairs(kind));
            }
            if count > MOST_PAIRS {
                return Err(EvaluationFault::TooMany(kind));
            }
        }
        if !self.genuine.iter().all(|(_, score)| score.is_finite()) {
            return Err(EvaluationFault::NotFinite("genuine"));
        }
        if !self.impostor.iter().all(|(.., score)| score.is_finite()) {
            return Err(EvaluationFault::NotFinite("impostor"));
        }
        if self.impostor.iter().any(|(one, other, _)| one == other) {
            return Err(EvaluationFault::OnePersonTwice);
        }
        Ok(())
    }

    /// The error rates at each of `thresholds`, in their order.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn rates(&self, thresholds: &[f64]) -> Result<Vec<Rates>, EvaluationFault> {
        self.check()?;
        let rates = thresholds.iter().map(|&threshold| {
            let matching = self.impostor.iter().filter(|pair| pair.2 >= threshold);
            let missing = self.genuine.iter().filter(|pair| pair.1 < threshold);
            Rates {
                threshold,
                fmr: Proportion::new(matching.count(), self.impostor.len()),
                fnmr: Proportion::new(missing.count(), self.genuine.len()),
            }
        });
        Ok(rates.collect())
    }

    /// All people, each once, in the order of their numbers.
    #[must_use]
    pub fn subjects(&self) -> Vec<u32> {
        let genuine = self.genuine.iter().map(|(subject, _)| *subject);
        let impostor = self
            .impostor
            .iter()
            .flat_map(|(one, other, _)| [*one, *other]);
        let mut subjects: Vec<u32> = genuine.chain(impostor).collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }
}

/// A count as a number to reckon with: exact up to 2³².
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    pub(super) fn small() -> Scores {
        Scores {
            genuine: vec![(1, 0.9), (1, 0.8), (2, 0.7), (2, 0.4)],
            impostor: vec![
                (1, 2, 0.1),
                (1, 3, 0.5),
                (2, 3, 0.3),
                (1, 2, 0.2),
                (3, 1, 0.0),
            ],
        }
    }

    #[test]
    fn a_score_at_the_threshold_matches() {
        let table = [
            (0.0, 5, 0),
            (0.1, 4, 0),
            (0.4, 1, 0),
            (0.45, 1, 1),
            (0.5, 1, 1),
            (0.51, 0, 1),
            (1.0, 0, 4),
        ];
        for (threshold, matching, missing) in table {
            let rates = small().rates(&[threshold]).unwrap();
            let expected = Rates {
                threshold,
                fmr: Proportion::new(matching, 5),
                fnmr: Proportion::new(missing, 4),
            };
            assert_eq!(rates, [expected]);
        }
    }

    #[test]
    fn what_can_not_be_evaluated_is_refused() {
        let genuine = vec![(1, 0.5)];
        let impostor = vec![(1, 2, 0.5)];
        let table = [
            (
                vec![],
                impostor.clone(),
                EvaluationFault::NoPairs("genuine"),
            ),
            (
                genuine.clone(),
                vec![],
                EvaluationFault::NoPairs("impostor"),
            ),
            (
                vec![(1, f64::NAN)],
                impostor,
                EvaluationFault::NotFinite("genuine"),
            ),
            (
                genuine.clone(),
                vec![(1, 2, f64::INFINITY)],
                EvaluationFault::NotFinite("impostor"),
            ),
            (genuine, vec![(2, 2, 0.5)], EvaluationFault::OnePersonTwice),
        ];
        for (genuine, impostor, fault) in table {
            assert_eq!(Scores { genuine, impostor }.check(), Err(fault));
        }
    }

    #[test]
    fn people_are_counted_once() {
        assert_eq!(small().subjects(), [1, 2, 3]);
    }
}
