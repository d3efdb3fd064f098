//! The person in front, while a session waits for the comparison: what is wanted, what came, and when
//! that is enough. No clock and no I/O.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::finger::{Fingers, Press};
use crate::biometrics::face::liveness::{Challenge, Nonce};
use crate::biometrics::face::{NotPerformed, Outcome};
use crate::biometrics::finger::{Comparison, Finger};
use crate::decision::{Check, CheckId, CheckResult, Policy, Weight, reason};

/// The checks of the person, in their order.
pub const CHECKS: [CheckId; 3] = [CheckId::Face, CheckId::ClerkLook, CheckId::Fingerprint];

/// The comparison of one session.
#[derive(Debug)]
pub struct Person {
    policy: Policy,
    checks: BTreeMap<CheckId, Check>,
    face_attempts: u32,
    challenge: Option<Challenge>,
    /// A comparison of the face runs.
    busy: bool,
    /// The fingers that are known; none where none can be compared.
    fingers: Option<Fingers>,
    /// A press is being taken.
    pressing: bool,
    /// The clerk wants the verdict with what is there.
    finished: bool,
    /// When what is missing is given up.
    pub closes_at: OffsetDateTime,
}

/// What a clerk says of the two portraits, and of the photo printed on the card.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// The same person.
    Yes,
    /// Another person.
    No,
    /// Cannot say.
    Unsure,
}

impl Person {
    /// What a policy asks of the person; `face` and `finger` say why there is none to be had, where
    /// that is so. None where nothing is to be waited for.
    #[must_use]
    pub fn wanted(
        policy: &Policy,
        cannot: impl Fn(CheckId) -> Option<Check>,
        fingers: Result<Fingers, Check>,
        closes_at: OffsetDateTime,
    ) -> Self {
        let mut checks = BTreeMap::new();
        for id in CHECKS {
            if policy.asks_for(id)
                && let Some(check) = cannot(id)
            {
                checks.insert(id, check);
            }
        }
        let fingers = match fingers {
            Ok(fingers) => Some(fingers),
            Err(check) => {
                if policy.asks_for(check.id) {
                    checks.insert(check.id, check);
                }
                None
            }
        };
        Self {
            policy: policy.clone(),
            checks,
            face_attempts: 0,
            challenge: None,
            busy: false,
            fingers,
            pressing: false,
            finished: false,
            closes_at,
        }
    }

    /// Whether a check is asked for and can still be had.
    #[must_use]
    pub fn waits_for(&self, id: CheckId) -> bool {
        self.policy.asks_for(id) && !self.is_done(id)
    }

    /// How many more comparisons of the face there may be.
    #[must_use]
    pub fn face_attempts_left(&self) -> u32 {
        self.policy
            .person
            .face_attempts
            .saturating_sub(self.face_attempts)
    }

    /// Begins a comparison of the face; false while one runs, or where none is wanted any more.
    pub fn begin_face(&mut self) -> bool {
        if self.busy || !self.waits_for(CheckId::Face) {
            return false;
        }
        self.busy = true;
        self.face_attempts = self.face_attempts.saturating_add(1);
        true
    }

    /// Begins to take pictures for a comparison; false while one runs, or where none is wanted any more.
    pub fn begin_pictures(&mut self) -> bool {
        let free = !self.busy && self.waits_for(CheckId::Face);
        self.busy |= free;
        free
    }

    /// Goes on to the comparison of pictures that were taken; false where none were begun.
    pub fn begin_face_of_pictures(&mut self) -> bool {
        if self.busy {
            self.face_attempts = self.face_attempts.saturating_add(1);
        }
        self.busy
    }

    /// There are no pictures, or nobody waits for what they say: nothing was compared.
    pub fn end_pictures(&mut self) {
        self.busy = false;
    }

    /// The open challenge of that name, which stays open.
    #[must_use]
    pub fn asked(&self, nonce: Nonce) -> Option<&Challenge> {
        self.challenge.as_ref().filter(|open| open.nonce() == nonce)
    }

    /// Takes in how a comparison of the face ended.
    pub fn end_face(&mut self, outcome: &Outcome) {
        self.busy = false;
        let check = outcome
            .check()
            .fact("attempts", self.face_attempts.to_string());
        self.checks.insert(CheckId::Face, check);
    }

    /// The fingers that are known; none where none can be compared.
    #[must_use]
    pub const fn fingers(&self) -> Option<&Fingers> {
        self.fingers.as_ref()
    }

    /// Begins a press of `finger`, or of the first that is known; none where there may be no more.
    pub fn begin_finger(&mut self, finger: Option<Finger>) -> Option<Press> {
        let press = self.fingers.as_mut()?.begin(finger)?;
        self.pressing = true;
        Some(press)
    }

    /// Takes in how a press ended; `pressed` says whether a picture was taken.
    pub fn end_finger(
        &mut self,
        finger: Finger,
        comparison: Box<Comparison>,
        check: Check,
        pressed: bool,
    ) {
        self.pressing = false;
        if let Some(fingers) = self.fingers.as_mut() {
            fingers.take(finger, comparison, pressed);
        }
        self.finger_said(check);
    }

    /// Takes in that nothing can be compared with a finger.
    pub fn no_references(&mut self, finger: Finger, check: Check) {
        self.pressing = false;
        if let Some(fingers) = self.fingers.as_mut() {
            fingers.drop_known(finger);
        }
        self.finger_said(check);
    }

    /// A press broke down.
    pub fn finger_broke_down(&mut self) {
        if std::mem::take(&mut self.pressing) {
            let why = "the comparison broke down";
            self.finger_said(Check::not_performed(CheckId::Fingerprint, why));
        }
    }

    /// What a press said, unless it is less than what an earlier one did.
    fn finger_said(&mut self, check: Check) {
        let nothing = check.result == CheckResult::NotPerformed;
        if !(nothing && self.checks.contains_key(&CheckId::Fingerprint)) {
            self.checks.insert(CheckId::Fingerprint, check);
        }
    }

    /// A challenge for this session, in place of one that is open.
    pub fn ask(&mut self, challenge: Challenge) {
        self.challenge = Some(challenge);
    }

    /// The open challenge of that name: once.
    pub fn answered(&mut self, nonce: Nonce) -> Option<Challenge> {
        self.challenge.take_if(|open| open.nonce() == nonce)
    }

    /// Takes in what the clerk says; `who` names the caller.
    pub fn look(&mut self, look: Look, printed_photo: Option<Look>, who: &str) {
        let because = |result, reason| Check::because(CheckId::ClerkLook, result, reason);
        let check = match (look, printed_photo) {
            (_, Some(Look::No)) => because(CheckResult::Failed, reason::PRINTED_PHOTO_MISMATCH),
            (Look::No, _) => because(CheckResult::Failed, reason::FACE_MISMATCH),
            (Look::Unsure, _) | (_, Some(Look::Unsure)) => {
                because(CheckResult::Undetermined, reason::FACE_INCONCLUSIVE)
            }
            (Look::Yes, _) => Check::successful(CheckId::ClerkLook),
        };
        let said = |look: Look| match look {
            Look::Yes => "yes",
            Look::No => "no",
            Look::Unsure => "unsure",
        };
        let check = check.fact("by", who).fact("portraits", said(look));
        let check = match printed_photo {
            Some(printed) => check.fact("printed-photo", said(printed)),
            None => check,
        };
        self.checks.insert(CheckId::ClerkLook, check);
    }

    /// The clerk wants the verdict with what is there.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether a comparison runs.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.busy || self.pressing
    }

    /// What came so far.
    pub fn came(&self) -> impl Iterator<Item = &Check> {
        self.checks.values()
    }

    /// What the session waits for.
    #[must_use]
    pub fn open(&self) -> Vec<CheckId> {
        CHECKS
            .into_iter()
            .filter(|id| self.waits_for(*id))
            .collect()
    }

    /// Whether what came is enough for a verdict: every check that must be was done, or one failed.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let counts = |check: &Check| self.policy.asks_for(check.id);
        let failed = |check: &Check| check.result == CheckResult::Failed && counts(check);
        if self.is_busy() {
            return false;
        }
        if self.finished || self.checks.values().any(failed) {
            return true;
        }
        // A finger that was begun counts, and is worth another press.
        let begun = self.checks.contains_key(&CheckId::Fingerprint);
        if begun && self.waits_for(CheckId::Fingerprint) {
            return false;
        }
        let must = |id: &CheckId| self.policy.weight(*id) == Weight::Mandatory;
        CHECKS.into_iter().filter(must).all(|id| self.is_done(id)) && !self.wants_clerk()
    }

    /// The machine is unsure, and the policy lets the clerk stand in.
    fn wants_clerk(&self) -> bool {
        let unsure = self.checks.get(&CheckId::Face).is_some_and(|face| {
            face.result == CheckResult::Undetermined
                && face.reason != Some(reason::SENSOR_UNTRUSTED)
        });
        self.policy.person.clerk_stands_in
            && unsure
            && !self.checks.contains_key(&CheckId::ClerkLook)
    }

    fn is_done(&self, id: CheckId) -> bool {
        let Some(check) = self.checks.get(&id) else {
            return false;
        };
        let again = check.result == CheckResult::Undetermined
            && check.reason != Some(reason::PORTRAIT_TOO_OLD);
        match id {
            CheckId::Face => !again || self.face_attempts_left() == 0,
            CheckId::Fingerprint => {
                let fingers = self.fingers.as_ref();
                let left = fingers.map_or(0, Fingers::presses_left);
                check.result == CheckResult::Successful || left == 0
            }
            _ => true,
        }
    }

    /// The checks as the verdict takes them: what did not come says so.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        CHECKS
            .into_iter()
            .map(|id| {
                let came = self.checks.get(&id).cloned();
                came.unwrap_or_else(|| not_asked(id, &self.policy))
            })
            .collect()
    }
}

/// A check of the person that nobody performed.
fn not_asked(id: CheckId, policy: &Policy) -> Check {
    let why = match (policy.asks_for(id), id) {
        (false, _) => "the policy does not ask for it",
        (true, CheckId::Face) => "no picture of the person was taken",
        (true, CheckId::ClerkLook) => "the clerk did not say",
        (true, _) => "no finger was taken",
    };
    Check::not_performed(id, why)
}

/// The checks of the person where nobody is in front: a card that is read from a terminal, or saved
/// evidence.
#[must_use]
pub fn nobody(policy: &Policy) -> Vec<Check> {
    CHECKS.into_iter().map(|id| not_asked(id, policy)).collect()
}

/// Why no face can be compared, as a check.
#[must_use]
pub fn no_face(why: NotPerformed) -> Check {
    Outcome::from(why).check()
}
