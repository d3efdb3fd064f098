//! What was paid twice, and how that was settled.

use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, to_millis};
use super::reconciling::{RemoteClaim, about};
use super::{CLAIM, CLAIM_COLUMNS, Claim, ClaimKind, claim_of, personal};
use crate::document::Personal;
use crate::payees::Dong;

/// An entry that was paid twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The list.
    pub list: String,
    /// For when.
    pub period: String,
    /// The entry, as its list names it.
    pub entry: String,
    /// The claim that stands here.
    pub first: Claim,
    /// The other claim.
    pub claim: String,
    /// How that was shown.
    pub kind: ClaimKind,
    /// How much it was.
    pub amount: Dong,
    /// At which desk.
    pub desk: String,
    /// Who paid.
    pub clerk: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A conflict that is over: one of the two payments was undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// The list.
    pub list: String,
    /// For when.
    pub period: String,
    /// The entry, as its list names it.
    pub entry: String,
    /// When this desk heard that it was paid twice.
    #[serde(with = "time::serde::rfc3339")]
    pub noted_at: OffsetDateTime,
    /// When this desk knew that it was over.
    #[serde(with = "time::serde::rfc3339")]
    pub resolved_at: OffsetDateTime,
    /// The payment that was undone, and by whom and when.
    pub undone: Claim,
    /// Why.
    pub reason: Option<Personal<String>>,
    /// The payment that stood then.
    pub kept: Claim,
}

impl Store {
    /// Everything that was paid twice, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_conflicts(&self) -> Result<Vec<Conflict>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {CLAIM}, l.id, e.period, e.id, x.claim, x.kind, x.amount, x.desk, x.clerk, x.at \
                 FROM payee_conflicts x JOIN payee_claims c ON c.id = x.standing \
                 JOIN payee_entries e ON e.entry = x.entry JOIN payee_lists l ON l.list = e.list \
                 ORDER BY x.noted_at DESC, x.rowid DESC"
            ))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let Some(first) = claim_of(row, 0)? else {
                    continue;
                };
                let at = CLAIM_COLUMNS;
                found.push(Conflict {
                    list: row.get(at)?,
                    period: row.get(at + 1)?,
                    entry: row.get(at + 2)?,
                    first,
                    claim: row.get(at + 3)?,
                    kind: ClaimKind::parse(&row.get::<_, String>(at + 4)?)?,
                    amount: Dong(row.get(at + 5)?),
                    desk: row.get(at + 6)?,
                    clerk: row.get(at + 7)?,
                    at: from_millis(row.get(at + 8)?),
                });
            }
            Ok(found)
        })
    }

    /// Conflicts that are over, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_resolutions(&self) -> Result<Vec<Resolved>, StoreError> {
        self.read(|connection| resolutions(connection, i64::MIN, i64::MAX))
    }

    pub(super) fn note_conflict(
        &self,
        transaction: &Transaction<'_>,
        remote: &RemoteClaim,
        entry: i64,
        first: &Claim,
    ) -> Result<(), StoreError> {
        let new = transaction.execute(
            "INSERT INTO payee_conflicts (claim, standing, entry, kind, amount, desk, clerk, at, basis, test, \
             noted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (claim) DO NOTHING",
            (
                &remote.id,
                &first.id,
                entry,
                remote.kind.name(),
                remote.amount,
                &remote.desk,
                &remote.clerk,
                to_millis(remote.at),
                &remote.basis,
                remote.test,
                to_millis(self.now()),
            ),
        )?;
        if new == 0 {
            return Ok(());
        }
        let event = about(AuditEvent::new("payee-conflict"), remote).fact("first", &first.id);
        self.append(transaction, &event).map(|_| ())
    }
}

/// Conflicts that were over in that time, in milliseconds, the newest first.
pub(super) fn resolutions(
    connection: &Connection,
    begin: i64,
    end: i64,
) -> Result<Vec<Resolved>, StoreError> {
    let kept = CLAIM.replace("c.", "k.");
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {CLAIM}, {kept}, l.id, e.period, e.id, x.noted_at, x.resolved_at, c.undone_reason \
         FROM payee_resolutions x JOIN payee_claims c ON c.id = x.undone \
         JOIN payee_claims k ON k.id = x.kept JOIN payee_entries e ON e.entry = c.entry \
         JOIN payee_lists l ON l.list = e.list WHERE x.resolved_at >= ?1 AND x.resolved_at < ?2 \
         ORDER BY x.resolved_at DESC, x.undone DESC"
    ))?;
    let mut rows = statement.query((begin, end))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (Some(undone), Some(kept)) = (claim_of(row, 0)?, claim_of(row, CLAIM_COLUMNS)?) else {
            continue;
        };
        let at = 2 * CLAIM_COLUMNS;
        found.push(Resolved {
            list: row.get(at)?,
            period: row.get(at + 1)?,
            entry: row.get(at + 2)?,
            noted_at: from_millis(row.get(at + 3)?),
            resolved_at: from_millis(row.get(at + 4)?),
            undone,
            reason: personal(row, at + 5)?,
            kept,
        });
    }
    Ok(found)
}

/// The claim `undone` does not stand any more: where another desk paid the entry too, its claim stands now, and
/// the entry is not open. Their conflict is over.
pub(super) fn take_the_place(
    transaction: &Transaction<'_>,
    undone: &str,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let next: Option<String> = transaction
        .query_row(
            "SELECT claim FROM payee_conflicts WHERE standing = ?1 ORDER BY noted_at, rowid LIMIT 1",
            [undone],
            |row| row.get(0),
        )
        .optional()?;
    let Some(next) = next else {
        return Ok(());
    };
    transaction.execute(
        "INSERT INTO payee_claims (id, entry, kind, session, reason, amount, desk, clerk, at, test, remote, \
         synced) SELECT claim, entry, kind, iif(kind = 'manual', NULL, basis), \
         iif(kind = 'manual', basis, NULL), amount, desk, clerk, at, test, 1, 1 \
         FROM payee_conflicts WHERE claim = ?1",
        [&next],
    )?;
    transaction.execute(
        "INSERT INTO payee_resolutions (undone, kept, noted_at, resolved_at) \
         SELECT standing, claim, noted_at, ?2 FROM payee_conflicts WHERE claim = ?1",
        (&next, to_millis(now)),
    )?;
    transaction.execute("DELETE FROM payee_conflicts WHERE claim = ?1", [&next])?;
    transaction.execute(
        "UPDATE payee_conflicts SET standing = ?2 WHERE standing = ?1",
        (undone, &next),
    )?;
    Ok(())
}

/// Somebody undoes a claim.
pub(super) struct Undo<'a> {
    pub(super) by: &'a str,
    pub(super) reason: &'a str,
    pub(super) at: OffsetDateTime,
}

/// Undoes the claim of a conflict that does not stand here, for its desk to be told; false where there is none
/// of that name. The conflict is over.
pub(super) fn undo_second(
    transaction: &Transaction<'_>,
    claim: &str,
    undo: &Undo<'_>,
) -> Result<bool, StoreError> {
    let at = to_millis(undo.at);
    let made = transaction.execute(
        "INSERT INTO payee_claims (id, entry, kind, session, reason, amount, desk, clerk, at, test, remote, \
         synced, undone_at, undone_by, undone_reason) SELECT claim, entry, kind, \
         iif(kind = 'manual', NULL, basis), iif(kind = 'manual', basis, NULL), amount, desk, clerk, at, test, \
         1, 0, ?2, ?3, ?4 FROM payee_conflicts WHERE claim = ?1",
        (claim, at, undo.by, undo.reason),
    )?;
    if made == 0 {
        return Ok(false);
    }
    transaction.execute(
        "INSERT INTO payee_resolutions (undone, kept, noted_at, resolved_at) \
         SELECT claim, standing, noted_at, ?2 FROM payee_conflicts WHERE claim = ?1",
        (claim, at),
    )?;
    transaction.execute("DELETE FROM payee_conflicts WHERE claim = ?1", [claim])?;
    Ok(true)
}
