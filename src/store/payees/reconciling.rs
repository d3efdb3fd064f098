//! Claims of other desks: what was paid while nobody could ask is laid together afterwards. A claim that
//! meets another one is no error of a desk that was offline; it is kept as a conflict, for people.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, rfc3339, to_millis};
use super::claiming::{claim_by_id, standing};
use super::conflicts::take_the_place;
use super::{Claim, ClaimKind, short};

/// A claim as another desk tells of it. It names nobody: list and entry are the issuer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteClaim {
    /// Names the claim, at every desk.
    pub id: String,
    /// The list.
    pub list: String,
    /// SHA-256 of the list's file: two desks must mean the same list.
    pub list_sha256: String,
    /// The entry, as its list names it.
    pub entry: String,
    /// How it was shown that the person is the one.
    pub kind: ClaimKind,
    /// How much.
    pub amount: i64,
    /// At which desk.
    pub desk: String,
    /// Who paid.
    pub clerk: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// True where a test anchor was involved.
    pub test: bool,
    /// The session that it rests on; of a manual one, where its reason is recorded: that may name a person, and
    /// stays there.
    pub basis: String,
    /// That it was undone there.
    pub undone: Option<RemoteUndo>,
}

/// That a claim was undone at another desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteUndo {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What became of a claim of another desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// It counts here too; it was new, or known.
    Accepted,
    /// The entry was paid by another claim: this one stands, and both are listed.
    Conflict(Box<Claim>),
}

impl Store {
    /// Takes in a claim of another desk; told twice, it counts once.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a list or an entry that is not here, [`StoreError::Input`] for one that
    /// does not fit.
    pub fn reconcile(&self, remote: &RemoteClaim) -> Result<Reconciled, StoreError> {
        short("id", &remote.id, 64)?;
        short("desk", &remote.desk, 64)?;
        short("clerk", &remote.clerk, 200)?;
        short("basis", &remote.basis, 500)?;
        if let Some(undone) = &remote.undone {
            short("by", &undone.by, 200)?;
            short("reason", &undone.reason, 500)?;
        }
        self.transaction(|transaction| {
            if let Some(known) = claim_by_id(transaction, &remote.id)? {
                same(transaction, remote, &known)?;
                self.hear_again(transaction, remote, &known)?;
                return Ok(Reconciled::Accepted);
            }
            let entry = entry_of(transaction, remote)?;
            let first = standing(transaction, entry)?;
            match first.filter(|_| remote.undone.is_none()) {
                Some(first) => {
                    self.note_conflict(transaction, remote, entry, &first)?;
                    Ok(Reconciled::Conflict(Box::new(first)))
                }
                None => {
                    self.accept(transaction, remote, entry, "payee-claim-received")?;
                    Ok(Reconciled::Accepted)
                }
            }
        })
    }

    /// Notes a claim of this desk as undone on which nobody was paid, for other desks to be told: it stands in the
    /// fleet's book, or may. False where it was paid after all; then it stands.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] where its entry is not here any more, and when the database fails.
    pub fn take_back(&self, undone: &RemoteClaim) -> Result<bool, StoreError> {
        self.transaction(|transaction| {
            match claim_by_id(transaction, &undone.id)? {
                Some(known) if !known.remote => return Ok(false),
                Some(known) => self.hear_again(transaction, undone, &known)?,
                None => {
                    let entry = entry_of(transaction, undone)?;
                    self.accept(transaction, undone, entry, "payee-claim-taken-back")?;
                }
            }
            let untold = "UPDATE payee_claims SET synced = 0 WHERE id = ?1";
            transaction.execute(untold, [&undone.id])?;
            Ok(true)
        })
    }

    /// A claim that is known: what its desk says of it anew. What was undone here and is not there yet stays
    /// undone, and unsynced.
    fn hear_again(
        &self,
        transaction: &Transaction<'_>,
        remote: &RemoteClaim,
        known: &Claim,
    ) -> Result<(), StoreError> {
        match (&known.undone, &remote.undone) {
            (Some(_), None) => Ok(()),
            (None, Some(undone)) => {
                transaction.execute(
                    // Of whom the entry was is forgotten, and with it what may name them.
                    "UPDATE payee_claims SET undone_at = ?2, undone_by = ?3, undone_reason = iif(EXISTS \
                     (SELECT 1 FROM payee_entries e WHERE e.entry = payee_claims.entry \
                     AND e.number IS NOT NULL), ?4, ''), synced = 1 WHERE id = ?1",
                    (&remote.id, to_millis(undone.at), &undone.by, &undone.reason),
                )?;
                take_the_place(transaction, &remote.id, self.now())?;
                let event = AuditEvent::new("payee-claim-undone")
                    .fact("claim", &remote.id)
                    .fact("by", &undone.by)
                    .fact("desk", &remote.desk);
                self.append(transaction, &event).map(|_| ())
            }
            _ => {
                transaction.execute(
                    "UPDATE payee_claims SET synced = 1 WHERE id = ?1 AND synced = 0",
                    [&remote.id],
                )?;
                Ok(())
            }
        }
    }

    fn accept(
        &self,
        transaction: &Transaction<'_>,
        remote: &RemoteClaim,
        entry: i64,
        event: &'static str,
    ) -> Result<(), StoreError> {
        let manual = remote.kind == ClaimKind::Manual;
        let undone = remote.undone.as_ref();
        transaction.execute(
            "INSERT INTO payee_claims (id, entry, kind, session, amount, desk, clerk, at, reason, test, \
             remote, synced, undone_at, undone_by, undone_reason) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, 1, ?11, ?12, ?13)",
            (
                &remote.id,
                entry,
                remote.kind.name(),
                (!manual).then_some(&remote.basis),
                remote.amount,
                &remote.desk,
                &remote.clerk,
                to_millis(remote.at),
                manual.then_some(&remote.basis),
                remote.test,
                undone.map(|undone| to_millis(undone.at)),
                undone.map(|undone| &undone.by),
                undone.map(|undone| &undone.reason),
            ),
        )?;
        // It may have been in conflict: with one that was undone since, or it is undone itself.
        if undone.is_some() {
            transaction.execute(
                "INSERT INTO payee_resolutions (undone, kept, noted_at, resolved_at) \
                 SELECT claim, standing, noted_at, ?2 FROM payee_conflicts WHERE claim = ?1",
                (&remote.id, to_millis(self.now())),
            )?;
        }
        transaction.execute("DELETE FROM payee_conflicts WHERE claim = ?1", [&remote.id])?;
        let event = about(AuditEvent::new(event), remote);
        self.append(transaction, &event).map(|_| ())
    }

    /// Claims that other desks have not heard of in their newest state, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn unsynced_claims(&self) -> Result<Vec<RemoteClaim>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {TOLD} WHERE c.synced = 0 ORDER BY c.at, c.rowid"
            ))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(told(row)?);
            }
            Ok(found)
        })
    }

    /// Claims of this desk that stand, and that other desks have heard of.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn told_claims(&self) -> Result<Vec<RemoteClaim>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {TOLD} WHERE c.synced = 1 AND c.remote = 0 AND c.undone_at IS NULL"
            ))?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(told(row)?);
            }
            Ok(found)
        })
    }

    /// A claim as other desks are told of it, or told of it; none where it is not known.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn claim_as_told(&self, claim: &str) -> Result<Option<RemoteClaim>, StoreError> {
        self.transaction(|transaction| unsynced(transaction, claim))
    }

    /// A claim is to be told to other desks once more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn unsync(&self, claim: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute("UPDATE payee_claims SET synced = 0 WHERE id = ?1", [claim])?;
            Ok(())
        })
    }

    /// The number of the newest list; 0 where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn newest_payee_list(&self) -> Result<i64, StoreError> {
        self.read(|connection| {
            let newest = "SELECT coalesce(max(list), 0) FROM payee_lists";
            Ok(connection.query_row(newest, [], |row| row.get(0))?)
        })
    }

    /// Notes that other desks have heard of a claim as it was told to them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn synced(&self, told: &RemoteClaim) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            // Undone meanwhile: that is to be told as well.
            transaction.execute(
                "UPDATE payee_claims SET synced = 1 WHERE id = ?1 AND (undone_at IS NULL) = ?2",
                (&told.id, told.undone.is_none()),
            )?;
            Ok(())
        })
    }
}

/// The columns of a claim as others are told of it, in the order in which [`told`] reads them.
const TOLD: &str = "c.id, l.id, l.sha256, e.id, c.kind, c.amount, c.desk, c.clerk, c.at, c.test, \
     coalesce(c.session, 'recorded at ' || c.desk), c.undone_at, c.undone_by, \
     coalesce(nullif(c.undone_reason, ''), 'forgotten') \
     FROM payee_claims c JOIN payee_entries e ON e.entry = c.entry \
     JOIN payee_lists l ON l.list = e.list";

fn told(row: &Row<'_>) -> Result<RemoteClaim, StoreError> {
    let undone_at: Option<i64> = row.get(11)?;
    let undone = match undone_at {
        None => None,
        Some(at) => Some(RemoteUndo {
            at: from_millis(at),
            by: row.get(12)?,
            reason: row.get(13)?,
        }),
    };
    Ok(RemoteClaim {
        id: row.get(0)?,
        list: row.get(1)?,
        list_sha256: row.get(2)?,
        entry: row.get(3)?,
        kind: ClaimKind::parse(&row.get::<_, String>(4)?)?,
        amount: row.get(5)?,
        desk: row.get(6)?,
        clerk: row.get(7)?,
        at: from_millis(row.get(8)?),
        test: row.get(9)?,
        basis: row.get(10)?,
        undone,
    })
}

/// One claim as others are told of it.
pub(super) fn unsynced(
    transaction: &Transaction<'_>,
    id: &str,
) -> Result<Option<RemoteClaim>, StoreError> {
    let mut statement = transaction.prepare_cached(&format!("SELECT {TOLD} WHERE c.id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(told).transpose()
}

/// Whether what is told under the name of a claim is of that very claim.
fn same(
    transaction: &Transaction<'_>,
    remote: &RemoteClaim,
    known: &Claim,
) -> Result<(), StoreError> {
    let of_entry: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM payee_claims c JOIN payee_entries e ON e.entry = c.entry \
         JOIN payee_lists l ON l.list = e.list \
         WHERE c.id = ?1 AND l.sha256 = ?2 AND e.id = ?3)",
        (&remote.id, &remote.list_sha256, &remote.entry),
        |row| row.get(0),
    )?;
    if of_entry && known.desk == remote.desk && known.amount.0 == remote.amount {
        return Ok(());
    }
    Err(StoreError::Input {
        field: "id",
        problem: "is that of another claim",
    })
}

pub(super) fn about<'a>(event: AuditEvent<'a>, remote: &RemoteClaim) -> AuditEvent<'a> {
    event
        .fact("claim", &remote.id)
        .fact("list", &remote.list)
        .fact("kind", remote.kind.name())
        .fact("amount", remote.amount)
        .fact("desk", &remote.desk)
        .fact("clerk", &remote.clerk)
        .fact("claimed-at", rfc3339(remote.at))
}

/// The entry that another desk means.
fn entry_of(transaction: &Transaction<'_>, remote: &RemoteClaim) -> Result<i64, StoreError> {
    let found: Option<(i64, i64)> = transaction
        .query_row(
            "SELECT e.entry, e.amount FROM payee_entries e JOIN payee_lists l ON l.list = e.list \
             WHERE l.id = ?1 AND l.sha256 = ?2 AND e.id = ?3 AND l.withdrawn_at IS NULL",
            (&remote.list, &remote.list_sha256, &remote.entry),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match found {
        None => Err(StoreError::Unknown {
            kind: "entry on a list here",
        }),
        Some((_, amount)) if amount != remote.amount => Err(StoreError::Input {
            field: "amount",
            problem: "is not that of the entry",
        }),
        Some((entry, _)) => Ok(entry),
    }
}
