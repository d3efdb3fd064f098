//! Lists of people who are to be paid, and who was.
//!
//! # Layout
//! - here: the store behind the desk's port
//! - [`importing`]: whose lists count, and how they come in
//! - [`sheet`]: the sheet of a day, for spreadsheets and for paper

pub mod importing;
pub mod sheet;

use std::sync::Arc;

use self::importing::{Incoming, ListRefused, Signers, Taken};
use super::ports::{NotRecorded, Payees, Paying};
use crate::config;
use crate::document::PersonalNumber;
use crate::report::{ReportSettings, Undoing};
use crate::store::outbox::OutboxState;
use crate::store::payees::{Claim, ClaimRefused, Claimed, ListNow, NewClaim, Overview, Payable};
use crate::store::{Store, StoreError};

/// The payees of the store.
pub struct StorePayees {
    /// What remembers.
    pub store: Arc<Store>,
    /// The desk's identifier (`desk.id`).
    pub desk: String,
    /// What is reported, and where to.
    pub reports: ReportSettings,
    /// Whose lists count; the files of keys are read at each import, so that keys may change.
    pub lists: config::Payees,
}

impl StorePayees {
    /// What is paid, at this desk.
    pub(super) fn claim<'a>(&'a self, paying: &Paying<'a>) -> NewClaim<'a> {
        NewClaim {
            entry: paying.entry,
            list: paying.list,
            person: paying.person,
            authorisation: paying.authorisation,
            basis: paying.basis,
            case_ref: paying.case_ref,
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

    fn import(&self, list: &Incoming<'_>) -> Result<Taken, ListRefused> {
        importing::import(&self.store, &Signers::of(&self.lists)?, list)
    }

    fn list(&self, id: &str) -> Result<ListNow, NotRecorded> {
        self.store
            .payee_list(id)
            .map_err(|error| unanswered(&error))
    }

    fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, NotRecorded> {
        self.store
            .payable(number)
            .map_err(|error| unanswered(&error))
    }

    fn entry(
        &self,
        person: &PersonalNumber,
        list: &str,
        period: &str,
        authorisation: Option<&str>,
    ) -> Result<Option<i64>, NotRecorded> {
        self.store
            .payee_entry(person, list, period, authorisation)
            .map_err(|error| unanswered(&error))
    }

    fn report(&self, claim: &str) -> Result<Option<OutboxState>, NotRecorded> {
        self.store
            .payee_report(claim)
            .map_err(|error| unanswered(&error))
    }

    fn pay(&self, paying: &Paying<'_>) -> Result<Claimed, ClaimRefused> {
        self.store.pay(&self.claim(paying), &self.reports)
    }

    fn undo(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        let undoing = Undoing {
            claim,
            desk: &self.desk,
            by,
            reason,
        };
        self.store.unpay(&undoing, &self.reports)
    }
}
