//! What is handed over to open a chip with: by a caller, by a scanner, or by a clerk who compared a
//! proposal with the card.

use cccd_port::Proposal;

use super::Desk;
use crate::desk::api::problem::{Kind, Problem};
use crate::desk::key::Handed;
use crate::desk::ports::{Caller, Role};
use crate::desk::refusal::Refusal;
use crate::desk::scanning::Beside;
use crate::desk::session::view::SessionView;
use crate::desk::session::{Session, SessionId, State, Step};
use crate::document::{Date, Printed};

impl Desk {
    /// The session that waits longest for its code, on a reader beside a scanner where that is given,
    /// and whose it is.
    pub(in crate::desk) fn waits_for_code(
        &self,
        beside: Option<&Beside>,
    ) -> Option<(SessionId, Caller)> {
        let registry = self.registry();
        let waiting = registry.iter().find(|session| {
            session.state == State::KeyWanted
                && beside.is_none_or(|beside| beside.is(&session.reader))
        });
        waiting.map(|session| (session.id, session.owner.clone()))
    }

    /// Hands a key to a session.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, one that wants no key, or a key that cannot be a card's.
    pub fn key(
        &self,
        id: SessionId,
        caller: &Caller,
        key: Handed<'_>,
    ) -> Result<SessionView, Refusal> {
        // Asked before the key is looked at: whose session it is comes first.
        self.with(id, caller, |session| session.state.after(Step::KeyAccepted))?
            .map_err(|e| Refusal::WrongState(e.state))?;
        let parsed = key.parse(Date::in_vietnam(self.now()));
        let parsed = parsed.inspect_err(|why| {
            if let Some(proposal) = key.proposal() {
                self.propose(id, proposal, Problem::from(*why).kind());
            }
        })?;
        self.0.ports.reading.check_key(&parsed)?;
        self.with_mut(id, caller, |session| accept(session, parsed))
    }

    /// Shows whoever the session belongs to what was perhaps meant, while it waits for its key; false
    /// where it does not.
    pub(in crate::desk) fn propose(
        &self,
        id: SessionId,
        proposal: Proposal,
        why: &'static Kind,
    ) -> bool {
        let mut registry = self.registry();
        let waiting = registry.get_mut(id).filter(|s| s.state == State::KeyWanted);
        let Some(session) = waiting else {
            return false;
        };
        session.propose(proposal, why.sentence, why.next_action);
        self.publish(session);
        true
    }

    /// Takes in what the clerk says of the proposal of that number, who compared it with the card:
    /// where it is right, it is the key; it is forgotten in any case.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session or proposal, or somebody else than a clerk.
    pub fn answer_proposal(
        &self,
        id: SessionId,
        caller: &Caller,
        number: u32,
        right: bool,
    ) -> Result<SessionView, Refusal> {
        let proposal = self.with(id, caller, |session| session.proposed(number).cloned())?;
        if caller.role != Role::Clerk {
            return Err(Refusal::ClerkAlone);
        }
        let proposal = proposal.ok_or(Refusal::ProposalGone)?;
        let key = if right {
            let today = Date::in_vietnam(self.now());
            let key = Handed::Mrz(proposal.zone()).parse(today)?;
            self.0.ports.reading.check_key(&key)?;
            Some(key)
        } else {
            None
        };
        self.with_mut(id, caller, |session| {
            // Another one may have come meanwhile, which nobody has compared.
            session.proposed(number).ok_or(Refusal::ProposalGone)?;
            match key {
                Some(key) => accept(session, key),
                None => {
                    session.forget_proposal();
                    Ok(())
                }
            }
        })
    }
}

/// Gives a session its key.
fn accept(session: &mut Session, key: Printed) -> Result<(), Refusal> {
    session
        .take(Step::KeyAccepted)
        .map_err(|e| Refusal::WrongState(e.state))?;
    session.forget_proposal();
    session.key_kind = Some(key.source());
    session.key = Some(key);
    Ok(())
}
