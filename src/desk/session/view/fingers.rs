//! What a caller sees of fingers.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, explain};
use crate::biometrics::finger::enrolment::MOST_PRESSES;
use crate::decision::CheckId;
use crate::desk::session::Session;
use crate::desk::session::enrolment::may_enrol;
use crate::desk::session::finger::{CaptureProgress, Fingers};
use crate::desk::wording::Words;
use crate::desk::wording::fingers::{OFFERED, capture_title, enrolment_title, no_press};

/// Fingers: those that can be compared, the one that is being taken, and the one that is being enrolled.
#[derive(Serialize, ToSchema)]
pub struct FingerView {
    /// What can be compared with.
    pub known: Vec<KnownFinger>,
    /// How many more presses may be compared.
    pub presses_left: u32,
    /// The capture that runs.
    pub capture: Option<CaptureView>,
    /// Why the last capture gave no picture.
    pub fault: Option<Explanation>,
    /// The enrolment: after a visit at which card and face were verified.
    pub enrolment: Option<EnrolmentView>,
}

/// A finger that can be compared.
#[derive(Serialize, ToSchema)]
pub struct KnownFinger {
    /// Such as `right-index`; `unknown` where the issuer does not say.
    pub finger: &'static str,
    /// `chip` or `enrolled`.
    pub source: &'static str,
}

/// A capture that runs.
#[derive(Serialize, ToSchema)]
pub struct CaptureView {
    /// `beginning`, `finger-wanted`, `finger-may-go`, `fetching` or `comparing`.
    pub step: &'static str,
    /// Of the picture that is being fetched.
    pub percent: Option<u8>,
    /// The same for the clerk.
    pub title: Words,
}

/// An enrolment.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// Which finger; null where none was begun.
    pub finger: Option<&'static str>,
    /// `offered`, `pressing`, `too-few-minutiae`, `not-compared`, `enrolled`, `given-up` or `not-kept`.
    pub state: &'static str,
    /// Presses so far.
    pub presses: usize,
    /// How many more there may be.
    pub presses_left: usize,
    /// The same for the clerk.
    pub title: Words,
}

impl Session {
    /// What there is to see of fingers.
    #[must_use]
    pub fn finger_view(&self) -> Option<FingerView> {
        let person = self.person.as_ref();
        let fingers = person.and_then(|person| {
            let wanted = person.waits_for(CheckId::Fingerprint) || self.capture.is_some();
            person.fingers().filter(|_| wanted)
        });
        let enrolment = self.enrolment_view();
        if fingers.is_none() && enrolment.is_none() && self.capture.is_none() {
            return None;
        }
        let known = fingers.map(|fingers| fingers.known()).unwrap_or_default();
        Some(FingerView {
            known: known
                .iter()
                .map(|known| KnownFinger {
                    finger: known.finger.name(),
                    source: known.references.source().name(),
                })
                .collect(),
            presses_left: fingers.map_or(0, Fingers::presses_left),
            capture: self.capture.as_ref().map(|capture| CaptureView {
                step: capture.step.name(),
                percent: match capture.step {
                    CaptureProgress::Fetching(percent) => Some(percent),
                    _ => None,
                },
                title: capture_title(capture.step).into(),
            }),
            fault: self.finger_fault.map(|fault| {
                let (code, sentence, next_action) = no_press(fault);
                explain(Some(code), sentence, next_action)
            }),
            enrolment,
        })
    }

    fn enrolment_view(&self) -> Option<EnrolmentView> {
        if let Some(enrolling) = &self.enrolling {
            return Some(EnrolmentView {
                finger: Some(enrolling.finger.name()),
                state: enrolling.stands.name(),
                presses: enrolling.presses(),
                presses_left: enrolling.presses_left(),
                title: enrolment_title(enrolling.stands).into(),
            });
        }
        (self.enrols && may_enrol(self)).then(|| EnrolmentView {
            finger: None,
            state: "offered",
            presses: 0,
            presses_left: MOST_PRESSES,
            title: OFFERED.into(),
        })
    }
}
