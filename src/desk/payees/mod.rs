//! Lists of people who are to be paid, and who was.
//!
//! # Layout
//! - here: the store behind the desk's port
//! - [`importing`]: whose lists count, and how they come in
//! - [`sheet`]: the sheet of a day, for spreadsheets and for paper

pub mod importing;
pub mod sheet;

use std::sync::Arc;

use super::ports::{NotRecorded, Payees, Paying};
use crate::document::PersonalNumber;
use crate::store::payees::{Claim, ClaimRefused, Claimed, NewClaim, Overview, Payable};
use crate::store::{Store, StoreError};

/// The payees of the store.
pub struct StorePayees {
    /// What remembers.
    pub store: Arc<Store>,
    /// The desk's identifier (`desk.id`).
    pub desk: String,
}

impl StorePayees {
    /// What is paid, at this desk.
    pub(super) fn claim<'a>(&'a self, paying: &Paying<'a>) -> NewClaim<'a> {
        NewClaim {
            entry: paying.entry,
            person: paying.person,
            authorisation: paying.authorisation,
            basis: paying.basis,
            desk: &self.desk,
            clerk: paying.clerk,
        }
    }
}

fn unanswered(error: &StoreError) -> NotRecorded {
    tracing::error!(%error, "the payees could not be read");
    NotRecorded
}

impl Payees for StorePayees {
    fn overview(&self) -> Result<Overview, NotRecorded> {
        self.store.payees().map_err(|error| unanswered(&error))
    }

    fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded> {
        self.store
            .payable(number)
            .map_err(|error| unanswered(&error))
    }

    fn pay(&self, paying: &Paying<'_>) -> Result<Claimed, ClaimRefused> {
        self.store.claim_payee(&self.claim(paying))
    }

    fn undo(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        self.store.undo_claim(claim, by, reason)
    }
}
