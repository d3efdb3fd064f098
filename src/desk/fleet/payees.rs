//! Payments of a desk in a fleet: claimed there first, while it answers; by the desk's own database alone
//! while it does not.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::claims::{Claims, Made};
use crate::desk::payees::StorePayees;
use crate::desk::ports::{NotRecorded, Payees, Paying};
use crate::document::PersonalNumber;
use crate::store::StoreError;
use crate::store::payees::{Claim, ClaimRefused, Claimed, Overview, Payable};

/// The payees of the store, with the fleet asked first.
pub struct FleetPayees {
    own: StorePayees,
    claims: Arc<Claims>,
    runtime: Handle,
}

impl FleetPayees {
    /// To be called within a Tokio runtime; its methods are not, but on a thread that may block.
    #[must_use]
    pub fn new(own: StorePayees, claims: Arc<Claims>) -> Self {
        Self {
            own,
            claims,
            runtime: Handle::current(),
        }
    }
}

impl Payees for FleetPayees {
    fn overview(&self) -> Result<Overview, NotRecorded> {
        self.own.overview()
    }

    fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded> {
        self.own.payable(number)
    }

    fn pay(&self, paying: &Paying<'_>) -> Result<Claimed, ClaimRefused> {
        let new = self.own.claim(paying);
        let store = &self.own.store;
        let draft = match store.draft_claim(&new) {
            Ok(draft) => draft,
            // Refused for the record.
            Err(ClaimRefused::Claimed(_)) => return store.claim_payee(&new),
            Err(refused) => return Err(refused),
        };
        let _under_way = self.claims.begin(&draft.id);
        match self.runtime.block_on(self.claims.make(&draft)) {
            Ok(Made::Ours) => {
                let claimed = store.claim_payee_as(&draft.id, &new)?;
                store.synced(&draft)?;
                Ok(claimed)
            }
            Ok(Made::Theirs(theirs)) => {
                store.reconcile(&theirs)?;
                // Which refuses, and records who was refused and why.
                store.claim_payee(&new)
            }
            Ok(Made::Unreadable) => Err(ClaimRefused::Elsewhere),
            Err(error) => {
                tracing::info!(%error, "a payee is claimed without the fleet");
                let claimed = store.claim_payee_as(&draft.id, &new)?;
                self.claims.changed();
                Ok(claimed)
            }
        }
    }

    fn undo(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        let undone = self.own.undo(claim, by, reason)?;
        self.claims.changed();
        Ok(undone)
    }
}
