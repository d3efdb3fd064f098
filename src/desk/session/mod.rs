//! One person at one desk for one purpose.
//!
//! # Layout
//! - [`id`]: the identifier
//! - [`state`]: where a session stands and what moves it
//! - [`progress`]: how far the reading is
//! - [`person`]: the comparison with the person in front; [`finger`]: its fingers
//! - [`enrolment`]: a finger kept for later visits
//! - [`view`]: what a caller sees
//! - [`registry`]: all sessions of the desk, bounded

pub mod enrolment;
pub mod finger;
pub mod id;
pub mod person;
pub mod progress;
pub mod registry;
pub mod state;
pub mod view;

use std::sync::Arc;

use cccd_port::{Proposal, ReaderName};
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::conductor::overriding::Overridden;
use super::events::EventLog;
use super::ports::{Caller, CancelToken, DeliveryOutcome, NoPress};
use super::purpose::Purpose;
use super::reading::{CardFace, Expected, Judgement};
use crate::decision::reason::Sentence;
use crate::decision::{Class, OnRecord, Policy, Reason, VerdictKind};
use crate::document::Printed;

pub use enrolment::Enrolling;
pub use finger::Capture;
pub use id::SessionId;
pub use person::Person;
pub use progress::Progress;
pub use state::{IllegalStep, State, Step};

/// Why a session ended without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The stable code.
    pub code: &'static str,
    /// What happened.
    pub sentence: Sentence,
    /// What the clerk does next.
    pub next_action: Sentence,
}

/// What is left of a verdict when the personal data is gone.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: VerdictKind,
    /// Its headline.
    pub reason: Option<Reason>,
    /// The headline's class.
    pub class: Option<Class>,
    /// True when a test anchor was involved.
    pub test: bool,
    /// When it was reached.
    pub at: OffsetDateTime,
}

/// What was perhaps scanned, for the clerk to compare with the card: never a key by itself.
#[derive(Debug)]
pub struct Proposed {
    /// Tells it from others of the session.
    pub number: u32,
    /// What it may have said.
    pub proposal: Proposal,
    /// What is wrong with what was scanned.
    pub sentence: Sentence,
    /// What the clerk does next.
    pub next_action: Sentence,
}

/// A session, with the personal data that it holds for as long as it needs them.
#[derive(Debug)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// Who opened it.
    pub owner: Caller,
    /// Grows with every change that is told.
    pub revision: u64,
    /// What for.
    pub purpose: Purpose,
    /// The policy that judges.
    pub policy: Policy,
    /// The caller's reference of the case.
    pub case_ref: Option<String>,
    /// Whom the case is about: decides check `dossier`.
    pub expected: Expected,
    /// What the case system has on record, to be compared after the verdict.
    pub record: OnRecord,
    /// The list of payees that it is about: nothing of another list is paid in it.
    pub payee_list: Option<String>,
    /// The reader that it holds.
    pub reader: ReaderName,
    /// Where it stands.
    pub state: State,
    /// When it was opened.
    pub opened_at: OffsetDateTime,
    /// When it ends, unless a verdict comes first.
    pub expires_at: OffsetDateTime,
    /// The key, until the reading takes it.
    pub key: Option<Printed>,
    /// Which kind of key was taken.
    pub key_kind: Option<&'static str>,
    /// What was perhaps scanned, while the key is waited for.
    pub proposal: Option<Proposed>,
    /// How many proposals there were.
    pub proposals: u32,
    /// How far the reading is.
    pub progress: Progress,
    /// Read and not yet verified.
    pub claimed: Option<CardFace>,
    /// Whether the issuer signed what was claimed; the chip has not proven itself yet.
    pub claimed_is_signed: bool,
    /// What was judged of the card, while the person is compared with it.
    pub pending: Option<Judgement>,
    /// The comparison with the person.
    pub person: Option<Person>,
    /// A finger that is being taken.
    pub capture: Option<Capture>,
    /// Why the last capture gave no picture.
    pub finger_fault: Option<NoPress>,
    /// Whether the desk has a sensor and enrols fingers.
    pub enrols: bool,
    /// The enrolment of a finger.
    pub enrolling: Option<Enrolling>,
    /// Who went on although the verdict is open.
    pub overridden: Option<Overridden>,
    /// The judgement.
    pub judgement: Option<Judgement>,
    /// What stays of it.
    pub outcome: Option<Outcome>,
    /// True while the verdict is being recorded: what is recorded cannot be called off.
    pub recording: bool,
    /// The report's identifier, where one is due.
    pub report_id: Option<String>,
    /// What became of the report, as far as is known.
    pub delivery: Option<DeliveryOutcome>,
    /// Why it ended, where it ended without a verdict.
    pub end: Option<End>,
    /// When personal data will be gone.
    pub clears_at: Option<OffsetDateTime>,
    /// True once personal data is gone.
    pub cleared: bool,
    /// Calls the reading off.
    pub cancel: CancelToken,
    /// Wakes the one who drives it.
    pub changed: Arc<Notify>,
    /// What happened to it; holds personal data.
    pub events: Arc<EventLog>,
}

impl Session {
    /// Moves on.
    ///
    /// # Errors
    /// [`IllegalStep`] where the state does not allow it; nothing has changed then.
    pub fn take(&mut self, step: Step) -> Result<(), IllegalStep> {
        self.state = self.state.after(step)?;
        Ok(())
    }

    /// Ends without a verdict: the reading is called off and the personal data is gone at once.
    ///
    /// # Errors
    /// [`IllegalStep`] where a verdict stands or the session has ended already.
    pub fn stop(&mut self, step: Step, end: End) -> Result<(), IllegalStep> {
        self.take(step)?;
        self.end = Some(end);
        self.cancel.cancel();
        self.clear();
        Ok(())
    }

    /// Takes a judgement in; the caller moves the state.
    pub fn judge(&mut self, mut judgement: Judgement) {
        // Nobody judges it again.
        judgement.considered = None;
        let verdict = &judgement.verdict;
        self.outcome = Some(Outcome {
            verdict: verdict.verdict,
            reason: verdict.reason,
            class: verdict.class,
            test: verdict.test,
            at: verdict.at,
        });
        self.claimed = None;
        self.judgement = Some(judgement);
    }

    /// Shows what was perhaps scanned, in place of an earlier proposal.
    pub fn propose(&mut self, proposal: Proposal, sentence: Sentence, next_action: Sentence) {
        self.forget_proposal();
        self.proposals = self.proposals.saturating_add(1);
        self.proposal = Some(Proposed {
            number: self.proposals,
            proposal,
            sentence,
            next_action,
        });
    }

    /// The proposal of that number.
    #[must_use]
    pub fn proposed(&self, number: u32) -> Option<&Proposal> {
        let proposed = self.proposal.as_ref().filter(|one| one.number == number);
        proposed.map(|one| &one.proposal)
    }

    /// Drops the proposal, from what was told of the session too.
    pub fn forget_proposal(&mut self) {
        if self.proposal.take().is_some() {
            self.events.forget();
        }
    }

    /// Drops every piece of personal data; what is dropped wipes itself.
    pub fn clear(&mut self) {
        self.key = None;
        self.proposal = None;
        self.claimed = None;
        self.pending = None;
        self.person = None;
        self.capture = None;
        self.enrolling = None;
        self.judgement = None;
        self.expected = Expected::default();
        self.record = OnRecord::default();
        self.clears_at = None;
        self.cleared = true;
        self.events.forget();
    }

    /// True where `caller` may see and move this session: the one who opened it, and a clerk for
    /// those that the case system opened for the counter.
    #[must_use]
    pub fn belongs_to(&self, caller: &Caller) -> bool {
        use super::ports::Role;
        self.owner.id == caller.id
            || (caller.role == Role::Clerk && self.owner.role == Role::CaseSystem)
    }
}
