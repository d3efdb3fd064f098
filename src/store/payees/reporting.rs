//! What of a payment is told to others: as it stands in the transaction that makes or undoes it.

use core::fmt;

use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

use super::super::audit::AuditHead;
use super::super::outbox::OutboxState;
use super::super::{Store, StoreError};
use super::{Claim, Claimed, Kinship};
use crate::document::Personal;

/// A person as a list has them.
pub(crate) struct PaidTo {
    pub(crate) number: Personal<String>,
    pub(crate) name: Option<Personal<String>>,
}

/// By what somebody took the money of another.
pub(crate) struct Handed {
    pub(crate) authorisation: String,
    pub(crate) kind: Kinship,
    pub(crate) document: Option<Personal<String>>,
    pub(crate) valid_until: String,
}

/// A payment that was just made.
pub(crate) struct Paid<'a> {
    pub(crate) claimed: &'a Claimed,
    pub(crate) issuer: String,
    /// Of the list.
    pub(crate) sha256: String,
    /// As its list names it.
    pub(crate) entry: String,
    pub(crate) payee: PaidTo,
    /// Who stood there: the payee, or whoever took the money for them.
    pub(crate) person: &'a Personal<String>,
    /// As the card says; none without a card.
    pub(crate) person_name: Option<Personal<String>>,
    pub(crate) handed: Option<Handed>,
    pub(crate) session: Option<&'a str>,
    pub(crate) case_ref: Option<String>,
    pub(crate) desk: &'a str,
    pub(crate) clerk: &'a str,
    /// Why no card showed it.
    pub(crate) reason: Option<&'a Personal<String>>,
    pub(crate) test: bool,
    pub(crate) audit: AuditHead,
}

/// A payment that was just undone.
pub(crate) struct Unpaid<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) list: String,
    /// Of the list.
    pub(crate) sha256: String,
    /// As its list names it.
    pub(crate) entry: String,
    pub(crate) period: String,
    /// The session that showed who was paid, where its verdict is this desk's own.
    pub(crate) session: Option<String>,
    pub(crate) case_ref: Option<String>,
    pub(crate) by: &'a str,
    pub(crate) at: OffsetDateTime,
    pub(crate) reason: &'a Personal<String>,
    pub(crate) audit: AuditHead,
}

impl fmt::Debug for Paid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paid")
            .field("claimed", &self.claimed)
            .finish_non_exhaustive()
    }
}

impl<'a> Unpaid<'a> {
    pub(super) fn of(
        transaction: &Transaction<'_>,
        claim: &'a Claim,
        reason: &'a Personal<String>,
        audit: AuditHead,
    ) -> Result<Self, StoreError> {
        let undone = claim.undone.as_ref();
        let undone = undone.ok_or(StoreError::State("the claim is not undone"))?;
        let found = transaction.query_row(
            "SELECT l.id, l.sha256, e.id, e.period, v.session, c.case_ref FROM payee_claims c \
             JOIN payee_entries e ON e.entry = c.entry JOIN payee_lists l ON l.list = e.list \
             LEFT JOIN verdicts v ON v.session = c.session WHERE c.id = ?1",
            [&claim.id],
            |row| {
                Ok(Self {
                    claim,
                    list: row.get(0)?,
                    sha256: row.get(1)?,
                    entry: row.get(2)?,
                    period: row.get(3)?,
                    session: row.get(4)?,
                    case_ref: row.get(5)?,
                    by: &undone.by,
                    at: undone.at,
                    reason,
                    audit,
                })
            },
        )?;
        Ok(found)
    }
}

/// Reports of payments that name the person `?1`, as the payee or as who took the money.
pub(crate) const NAMING: &str = "SELECT p.report_id FROM payee_reports p \
     JOIN payee_claims c ON c.id = p.claim JOIN payee_entries e ON e.entry = c.entry \
     LEFT JOIN payee_authorisations a ON a.id = c.authorisation \
     WHERE e.number = ?1 OR a.representative = ?1 OR a.payee = ?1";

impl Store {
    /// Where the newest report of a payment stands at the first of its destinations; none where nothing
    /// was reported of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_report(&self, claim: &str) -> Result<Option<OutboxState>, StoreError> {
        let newest = self.read(|connection| {
            let newest = connection
                .prepare_cached(
                    // Identifiers stand in the order of a clock that may go back.
                    "SELECT p.report_id FROM payee_reports p JOIN outbox o ON o.report_id = p.report_id \
                     WHERE p.claim = ?1 ORDER BY o.sequence DESC LIMIT 1",
                )?
                .query_row([claim], |row| row.get::<_, String>(0))
                .optional()?;
            Ok(newest)
        })?;
        let Some(newest) = newest else {
            return Ok(None);
        };
        Ok(self.outbox_entry(&newest)?.map(|entry| entry.state))
    }
}
