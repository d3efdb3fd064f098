//! Presses against references, and what comes of it.
//!
//! The figures behind it are those of three references, both orders and the best of two presses at a
//! threshold of 40, on other people's data sets; on no sensor of ours.

use super::{FingerMatcher, MatchFault, Score, Template};

/// Most references of one finger.
pub const MOST_REFERENCES: usize = 3;
/// Most presses of one comparison: every further one gives another finger a further chance.
pub const MOST_PRESSES: usize = 3;
/// Presses with enough minutiae before anybody may say that the finger is another.
const PRESSES_TO_DENY: usize = 2;

/// From which score on two templates support that they are of one finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(u32);

impl Threshold {
    /// The lowest that anybody may set.
    pub const LOWEST: Self = Self(35);

    /// A threshold of 35 to 200.
    #[must_use]
    pub fn new(score: u32) -> Option<Self> {
        (Self::LOWEST.0..=200)
            .contains(&score)
            .then_some(Self(score))
    }

    /// The score.
    #[must_use]
    pub const fn score(self) -> u32 {
        self.0
    }

    /// Whether `score` reaches it.
    #[must_use]
    pub const fn is_reached(self, score: Score) -> bool {
        score.0 >= self.0
    }
}

impl Default for Threshold {
    /// 40.
    fn default() -> Self {
        Self(40)
    }
}

/// Why templates can't be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceFault {
    /// There is none.
    #[error("there is no reference of the finger")]
    None,
    /// More than [`MOST_REFERENCES`]: each gives another finger a further chance.
    #[error("there are more than {MOST_REFERENCES} references of the finger")]
    TooMany,
    /// One with fewer than 20 minutiae.
    #[error("a reference of the finger has too few minutiae")]
    TooFewMinutiae,
    /// Made by another algorithm, or another version, than compares now.
    #[error("the references of the finger are of another algorithm")]
    OtherAlgorithm,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The finger supports that the person is the one of the references.
    Supports,
    /// Neither: something else must decide.
    Inconclusive,
    /// Two presses at least, each with enough minutiae, and none came near the threshold. Worn, dry and
    /// wet fingers do so too.
    DoesNotSupport,
    /// No press had enough minutiae.
    TooFewMinutiae,
    /// A score is missing without which nothing can be said; or nothing was pressed.
    NotPerformed(Option<MatchFault>),
}

/// One comparison of a finger: references, and up to three presses.
#[derive(Debug)]
pub struct Comparison {
    references: Vec<Template>,
    threshold: Threshold,
    presses: usize,
    usable: usize,
    best: Option<Score>,
    fault: Option<MatchFault>,
}

impl Comparison {
    /// A comparison with up to three references that `algorithm` made, for `matcher`.
    ///
    /// # Errors
    /// [`ReferenceFault`].
    pub fn new(
        matcher: &dyn FingerMatcher,
        algorithm: &str,
        references: Vec<Template>,
        threshold: Threshold,
    ) -> Result<Self, ReferenceFault> {
        if algorithm != matcher.algorithm() {
            return Err(ReferenceFault::OtherAlgorithm);
        }
        if references.is_empty() {
            return Err(ReferenceFault::None);
        }
        if references.len() > MOST_REFERENCES {
            return Err(ReferenceFault::TooMany);
        }
        if !references.iter().all(Template::is_usable) {
            return Err(ReferenceFault::TooFewMinutiae);
        }
        Ok(Self {
            references,
            threshold,
            presses: 0,
            usable: 0,
            best: None,
            fault: None,
        })
    }

    /// Whether a further press could change anything.
    #[must_use]
    pub fn wants_press(&self) -> bool {
        self.presses < MOST_PRESSES && self.outcome() != Outcome::Supports
    }

    /// Takes a press into account: its score is the best against any reference, in either order, and
    /// nothing more is compared once it is good enough. One that is not wanted changes nothing.
    pub fn press(&mut self, matcher: &dyn FingerMatcher, press: &Template) -> Outcome {
        if !self.wants_press() {
            return self.outcome();
        }
        self.presses = self.presses.saturating_add(1);
        if !press.is_usable() {
            return self.outcome();
        }
        self.usable = self.usable.saturating_add(1);
        for reference in &self.references {
            match matcher.both_orders(press, reference, self.threshold) {
                Ok(score) => self.best = self.best.max(Some(score)),
                Err(fault) => self.fault = Some(fault),
            }
            if self.outcome() == Outcome::Supports {
                break;
            }
        }
        self.outcome()
    }

    /// A press of which no template could be made: it counts as one.
    pub fn press_failed(&mut self, fault: MatchFault) -> Outcome {
        if self.wants_press() {
            self.presses = self.presses.saturating_add(1);
            self.fault = Some(fault);
        }
        self.outcome()
    }

    /// The best score that was looked for so far; nothing where there is none.
    #[must_use]
    pub const fn best(&self) -> Option<Score> {
        self.best
    }

    /// Presses so far, those with too few minutiae among them.
    #[must_use]
    pub const fn presses(&self) -> usize {
        self.presses
    }

    /// What the presses so far say, as if there came no other.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let best = self.best.unwrap_or_default();
        if self.threshold.is_reached(best) {
            return Outcome::Supports;
        }
        // A score that is missing could have been the one.
        if self.fault.is_some() || self.presses == 0 {
            return Outcome::NotPerformed(self.fault);
        }
        if self.usable == 0 {
            return Outcome::TooFewMinutiae;
        }
        if self.usable < PRESSES_TO_DENY || Threshold::LOWEST.is_reached(best) {
            return Outcome::Inconclusive;
        }
        Outcome::DoesNotSupport
    }
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
