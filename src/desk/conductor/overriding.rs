//! Going on with a case although the verdict is open, where the policy lets the role do so.

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::task::spawn_blocking;

use super::Desk;
use crate::decision::{Policy, Verdict, VerdictKind};
use crate::desk::ports::{Caller, OverrideWanted, Role};
use crate::desk::refusal::Refusal;
use crate::desk::session::view::SessionView;
use crate::desk::session::{Session, SessionId, State};
use crate::document::Personal;

/// Who went on with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    /// The role that the policy lets do so.
    pub role: &'static str,
    /// The short name of the token.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
    /// Whether it is recorded; until then nobody is told.
    pub recorded: bool,
}

/// Whether a policy lets `role` go on in spite of everything that left a verdict open.
#[must_use]
pub fn may_override(policy: &Policy, verdict: &Verdict, role: Role) -> bool {
    let open = verdict.verdict == VerdictKind::Undetermined && !verdict.reasons.is_empty();
    let named = |code: &str| {
        let mut overrides = policy.overrides.iter();
        overrides.any(|one| one.role == role.name() && one.reasons.iter().any(|r| r == code))
    };
    open && verdict.reasons.iter().all(|reason| named(reason.code()))
}

impl Desk {
    /// Records that somebody goes on with a session's case, and why. The verdict stays what it is.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, a verdict that is not open, or a policy that does not let the
    /// caller's role do so.
    pub async fn override_verdict(
        &self,
        id: SessionId,
        caller: &Caller,
        why: Personal<String>,
    ) -> Result<SessionView, Refusal> {
        let now = self.now();
        let wanted = {
            let mut registry = self.registry();
            // An operator decides about anybody's session.
            let theirs = |session: &&mut Session| {
                session.belongs_to(caller) || caller.role == Role::Operator
            };
            let session = registry
                .get_mut(id)
                .filter(theirs)
                .ok_or(Refusal::UnknownSession)?;
            let state = session.state;
            if !matches!(state, State::Decided | State::Reported) {
                return Err(Refusal::WrongState(state));
            }
            let judged = session.judgement.as_ref();
            let verdict = &judged.ok_or(Refusal::WrongState(state))?.verdict;
            if !may_override(&session.policy, verdict, caller.role) {
                return Err(Refusal::NoOverride);
            }
            if session.overridden.is_some() {
                return Err(Refusal::WrongState(state));
            }
            let wanted = OverrideWanted {
                session: id,
                case_ref: session.case_ref.clone(),
                purpose: session.purpose,
                policy: session.policy.name.clone(),
                reasons: verdict.reasons.iter().map(|one| one.code()).collect(),
                role: caller.role,
                by: caller.id.clone(),
                why,
                test: verdict.test,
            };
            session.overridden = Some(Overridden {
                role: caller.role.name(),
                by: caller.id.clone(),
                at: now,
                recorded: false,
            });
            wanted
        };
        let conclusions = Arc::clone(&self.0.ports.conclusions);
        let recorded = spawn_blocking(move || conclusions.override_verdict(&wanted)).await;
        let recorded = matches!(recorded, Ok(Ok(())));
        let mut registry = self.registry();
        let session = registry.get_mut(id).ok_or(Refusal::UnknownSession)?;
        if !recorded {
            session.overridden = None;
            return Err(Refusal::NotRecorded);
        }
        if let Some(overridden) = session.overridden.as_mut() {
            overridden.recorded = true;
        }
        self.publish(session);
        Ok(session.view())
    }
}
