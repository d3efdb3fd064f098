//! Concluded sessions and their evidence.

use rusqlite::{ErrorCode, OptionalExtension, Transaction};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Store, StoreError, to_millis};
use crate::document::Personal;

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
}
