//! The enrolment of a finger after a verified visit. No sensor and no I/O.

use super::{Session, State};
use crate::biometrics::finger::enrolment::MOST_PRESSES;
use crate::biometrics::finger::{Enrolment, EnrolmentStep, Finger, Threshold};
use crate::decision::{CheckId, CheckResult, VerdictKind};

/// An enrolment of one session.
#[derive(Debug)]
pub struct Enrolling {
    /// Which finger.
    pub finger: Finger,
    /// Who asked for consent, and had it.
    pub consent_by: String,
    /// Where it stands.
    pub stands: Stands,
    presses: usize,
    begun: Option<Box<Enrolment>>,
}

/// Where an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Further presses are wanted.
    Pressing,
    /// The last press showed too little.
    TooFewMinutiae,
    /// The last press could not be compared.
    NotCompared,
    /// Three presses know each other, and are kept.
    Enrolled,
    /// Six presses, and no three of them go together.
    GivenUp,
    /// The store did not keep them.
    NotKept,
}

impl Stands {
    /// The name that callers see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pressing => "pressing",
            Self::TooFewMinutiae => "too-few-minutiae",
            Self::NotCompared => "not-compared",
            Self::Enrolled => "enrolled",
            Self::GivenUp => "given-up",
            Self::NotKept => "not-kept",
        }
    }

    /// Whether a further press is wanted.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Pressing | Self::TooFewMinutiae | Self::NotCompared
        )
    }
}

impl From<&EnrolmentStep> for Stands {
    fn from(step: &EnrolmentStep) -> Self {
        match step {
            EnrolmentStep::Again => Self::Pressing,
            EnrolmentStep::TooFewMinutiae => Self::TooFewMinutiae,
            EnrolmentStep::Fault(_) => Self::NotCompared,
            EnrolmentStep::Enrolled(_) => Self::Enrolled,
            EnrolmentStep::GivenUp => Self::GivenUp,
        }
    }
}

impl Enrolling {
    /// Of a finger, with consent.
    #[must_use]
    pub fn new(finger: Finger, consent_by: &str, threshold: Threshold) -> Self {
        Self {
            finger,
            consent_by: consent_by.to_owned(),
            stands: Stands::Pressing,
            presses: 0,
            begun: Some(Box::new(Enrolment::new(threshold))),
        }
    }

    /// Hands the enrolment out for one press; none while another press has it, or at its end.
    pub fn begin(&mut self) -> Option<Box<Enrolment>> {
        self.begun.take_if(|_| self.stands.is_open())
    }

    /// Takes it back.
    pub fn take(&mut self, enrolment: Box<Enrolment>, stands: Stands) {
        self.presses = enrolment.presses();
        self.stands = stands;
        self.begun = Some(enrolment);
    }

    /// Presses so far.
    #[must_use]
    pub const fn presses(&self) -> usize {
        self.presses
    }

    /// How many more there may be.
    #[must_use]
    pub const fn presses_left(&self) -> usize {
        if !self.stands.is_open() {
            return 0;
        }
        MOST_PRESSES.saturating_sub(self.presses)
    }
}

/// Whether a finger may be enrolled: the card is genuine, its chip no copy, the face its own.
#[must_use]
pub fn may_enrol(session: &Session) -> bool {
    let Some(judged) = &session.judgement else {
        return false;
    };
    let good = |id: CheckId| {
        let mut checks = judged.verdict.checks.iter();
        checks.any(|check| check.id == id && check.result == CheckResult::Successful)
    };
    let stands = matches!(session.state, State::Decided | State::Reported);
    stands
        && judged.verdict.verdict == VerdictKind::Verified
        && judged.holder.is_some()
        && good(CheckId::ChipAuth)
        && good(CheckId::Face)
}
