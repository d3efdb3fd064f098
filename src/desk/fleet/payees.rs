//! Payments of a desk in a fleet: claimed there first, while it answers; by the desk's own database alone
//! while it does not.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::claims::{Claims, Made};
use crate::desk::payees::StorePayees;
use crate::desk::payees::importing::{Incoming, ListRefused, Taken};
use crate::desk::ports::{NotRecorded, Payees, Paying};
use crate::document::PersonalNumber;
use crate::store::StoreError;
use crate::store::outbox::OutboxState;
use crate::store::payees::{
    Claim, ClaimRefused, Claimed, ListNow, NewClaim, Overview, Payable, RemoteClaim,
};

/// The payees of the store, with the fleet asked first.
pub struct FleetPayees {
    own: StorePayees,
    claims: Arc<Claims>,
    runtime: Handle,
    turns: Turns,
}

/// Entries that are being paid: one payment of an entry at a time, so that no second one meets the claim of
/// the first on its way from the book into the database and takes it for another desk's.
#[derive(Default)]
struct Turns {
    taken: Mutex<BTreeSet<i64>>,
    given_back: Condvar,
}

/// The turn to pay an entry.
struct Turn<'a> {
    turns: &'a Turns,
    entry: i64,
}

impl Turns {
    fn taken(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for whoever pays that entry now; each of them is bounded by the fleet's timeout.
    fn wait(&self, entry: i64) -> Turn<'_> {
        let mut taken = self
            .given_back
            .wait_while(self.taken(), |taken| taken.contains(&entry))
            .unwrap_or_else(PoisonError::into_inner);
        taken.insert(entry);
        Turn { turns: self, entry }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.entry);
        self.turns.given_back.notify_all();
    }
}

impl FleetPayees {
    /// To be called within a Tokio runtime; its methods are not, but on a thread that may block.
    #[must_use]
    pub fn new(own: StorePayees, claims: Arc<Claims>) -> Self {
        Self {
            own,
            claims,
            runtime: Handle::current(),
            turns: Turns::default(),
        }
    }

    /// Hears what stands now where another desk's claim was heard to stand.
    fn heard(&self, first: &Claim) -> bool {
        let told = self.own.store.claim_as_told(&first.id).ok().flatten();
        told.is_some_and(|told| self.runtime.block_on(self.claims.hear_of(&told)))
    }

    /// Notes a payment here. Where that is refused, a claim that stands in the book, or may, is taken back.
    fn noted(
        &self,
        draft: &RemoteClaim,
        new: &NewClaim<'_>,
        perhaps: bool,
    ) -> Result<Claimed, ClaimRefused> {
        let noted = self.own.store.pay_as(&draft.id, new, &self.own.reports);
        if noted.is_err() && perhaps {
            self.runtime.block_on(self.claims.take_back(draft));
        }
        noted
    }

    /// Makes a claim. What was undone at this desk and is not told yet is told first.
    fn made(&self, draft: &RemoteClaim) -> Made {
        let made = self.runtime.block_on(self.claims.make(draft));
        let Made::Theirs(theirs) = &made else {
            return made;
        };
        let known = self.own.store.payee_claim(&theirs.id).ok().flatten();
        if known.is_none_or(|known| known.undone.is_none()) {
            return made;
        }
        self.runtime.block_on(async {
            if self.claims.tell_of(&theirs.id).await {
                self.claims.make(draft).await
            } else {
                Made::Unreadable
            }
        })
    }
}

impl Payees for FleetPayees {
    fn overview(&self) -> Result<Overview, NotRecorded> {
        self.own.overview()
    }

    fn import(&self, list: &Incoming<'_>) -> Result<Taken, ListRefused> {
        self.own.import(list)
    }

    fn list(&self, id: &str) -> Result<ListNow, NotRecorded> {
        self.own.list(id)
    }

    fn report(&self, claim: &str) -> Result<Option<OutboxState>, NotRecorded> {
        self.own.report(claim)
    }

    fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded> {
        self.own.payable(number)
    }

    fn entry(
        &self,
        person: &PersonalNumber,
        list: &str,
        period: &str,
        authorisation: Option<&str>,
    ) -> Result<Option<i64>, NotRecorded> {
        self.own.entry(person, list, period, authorisation)
    }

    fn pay(&self, paying: &Paying<'_>) -> Result<Claimed, ClaimRefused> {
        let new = self.own.claim(paying);
        let store = &self.own.store;
        let _turn = self.turns.wait(new.entry);
        let mut draft = store.draft_claim(&new);
        if let Err(ClaimRefused::Claimed(first)) = &draft
            && first.remote
            && self.heard(first)
        {
            // Undone there meanwhile, perhaps: what stands is known now.
            draft = store.draft_claim(&new);
        }
        let draft = match draft {
            Ok(draft) => draft,
            // Refused for the record.
            Err(ClaimRefused::Claimed(_)) => return store.pay(&new, &self.own.reports),
            Err(refused) => return Err(refused),
        };
        let _under_way = self.claims.begin(&draft.id);
        match self.made(&draft) {
            Made::Ours => {
                let claimed = self.noted(&draft, &new, true)?;
                // It is paid, whatever comes now; what is not noted is noted when the claim is told again.
                if let Err(error) = store.synced(&draft) {
                    tracing::warn!(%error, "that a claim was told could not be noted");
                }
                Ok(claimed)
            }
            Made::Alone { perhaps } => {
                let claimed = self.noted(&draft, &new, perhaps)?;
                self.claims.changed();
                Ok(claimed)
            }
            Made::Theirs(theirs) => {
                store.reconcile(&theirs)?;
                match store.draft_claim(&new) {
                    // Refused for the record: whoever was refused, and why.
                    Err(ClaimRefused::Claimed(_)) => store.pay(&new, &self.own.reports),
                    Err(refused) => Err(refused),
                    Ok(_) => Err(ClaimRefused::Elsewhere),
                }
            }
            Made::Unreadable => Err(ClaimRefused::Elsewhere),
            Made::Refused => Err(ClaimRefused::NotTaken),
        }
    }

    fn undo(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        let undone = self.own.undo(claim, by, reason)?;
        self.claims.changed();
        Ok(undone)
    }
}
