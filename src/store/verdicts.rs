//! Concluded sessions, their evidence, and the purge of personal data.

use rusqlite::{ErrorCode, OptionalExtension, Transaction};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::audit::{AuditEvent, AuditHead};
use super::{Store, StoreError, rfc3339, to_millis};
use crate::document::{Date, Personal};

/// A verdict as it is kept.
pub(crate) struct VerdictRow<'a> {
    pub(crate) session: &'a str,
    pub(crate) case_ref: Option<&'a str>,
    pub(crate) purpose: &'a str,
    pub(crate) desk: &'a str,
    pub(crate) verdict: &'static str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) test: bool,
    pub(crate) policy: &'a str,
    pub(crate) at: OffsetDateTime,
    pub(crate) audit_number: u64,
    pub(crate) evidence_digest: &'a str,
    pub(crate) record: &'a Personal<String>,
    pub(crate) evidence: Option<&'a [u8]>,
}

/// What a purge removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
    /// Verdicts that lost their record and evidence.
    pub verdicts: usize,
    /// Delivered reports that lost their text.
    pub reports: usize,
    /// Audit entries whose personal digests say nothing any more.
    pub digests: usize,
    /// Payee lists whose people are forgotten.
    pub payee_lists: usize,
}

impl Store {
    /// Keeps a verdict; its audit entry is there already.
    pub(crate) fn insert_verdict(
        transaction: &Transaction<'_>,
        row: &VerdictRow<'_>,
    ) -> Result<(), StoreError> {
        let audit_number = i64::try_from(row.audit_number).unwrap_or(i64::MAX);
        transaction
            .execute(
                "INSERT INTO verdicts (session, case_ref, purpose, desk, verdict, reason, test, policy, \
                 concluded_at, audit_number, evidence_digest, record, evidence) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                (
                    row.session,
                    row.case_ref,
                    row.purpose,
                    row.desk,
                    row.verdict,
                    row.reason,
                    row.test,
                    row.policy,
                    to_millis(row.at),
                    audit_number,
                    row.evidence_digest,
                    row.record.reveal(),
                    row.evidence,
                ),
            )
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => StoreError::AlreadyConcluded,
                _ => error.into(),
            })?;
        Ok(())
    }

    /// The verdict of a session as the JSON of `read --json`, while it is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn verdict(&self, session: &str) -> Result<Option<Personal<String>>, StoreError> {
        self.read(|connection| {
            let record: Option<Option<String>> = connection
                .query_row(
                    "SELECT record FROM verdicts WHERE session = ?1",
                    [session],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(record.flatten().map(Personal::new))
        })
    }

    /// The evidence of a session, while it is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn evidence(&self, session: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.read(|connection| {
            let evidence: Option<Option<Vec<u8>>> = connection
                .query_row(
                    "SELECT evidence FROM verdicts WHERE session = ?1",
                    [session],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(evidence.flatten().map(Zeroizing::new))
        })
    }

    /// Removes the personal data of everything concluded before `term`: verdicts and evidence,
    /// delivered reports, and the salts of audit entries. What is not yet delivered stays whole.
    /// The purge is itself an audit entry, and the chain stays valid.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn purge(&self, term: OffsetDateTime) -> Result<(Purged, AuditHead), StoreError> {
        let result = self.transaction(|transaction| {
            let before = to_millis(term);
            // A session whose report still waits keeps its data until the report has its receipt.
            let waiting = "SELECT session FROM outbox WHERE state <> 'delivered'";
            let digests = transaction.execute(
                &format!(
                    "DELETE FROM audit_salts WHERE at < ?1 AND number NOT IN \
                     (SELECT audit_number FROM verdicts WHERE session IN ({waiting}))"
                ),
                [before],
            )?;
            let verdicts = transaction.execute(
                &format!(
                    "UPDATE verdicts SET record = NULL, evidence = NULL WHERE concluded_at < ?1 \
                     AND (record IS NOT NULL OR evidence IS NOT NULL) AND session NOT IN ({waiting})"
                ),
                [before],
            )?;
            let reports = transaction.execute(
                "UPDATE outbox SET jws = NULL \
                 WHERE created_at < ?1 AND state = 'delivered' AND jws IS NOT NULL",
                [before],
            )?;
            let day = Date::in_vietnam(term).to_string();
            let payee_lists = Self::purge_payees(transaction, &day)?;
            let purged = Purged {
                verdicts,
                reports,
                digests,
                payee_lists,
            };
            let event = AuditEvent::new("purged")
                .fact("before", rfc3339(term))
                .fact("verdicts", verdicts)
                .fact("reports", reports)
                .fact("digests", digests)
                .fact("payee-lists", payee_lists);
            Ok((purged, self.append(transaction, &event)?))
        })?;
        self.fold_log()?;
        Ok(result)
    }
}
