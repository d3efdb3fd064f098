//! Lists come in whole, and are withdrawn whole.

use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use thiserror::Error;

use super::super::audit::AuditEvent;
use super::super::subject::forget_entry;
use super::super::{Store, StoreError, to_millis};
use super::short;
use crate::document::Personal;
use crate::payees::{Dong, List};

/// A list that was read without a fault, and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct NewList<'a> {
    /// What it says.
    pub list: &'a List,
    /// The key whose signature holds; none where nobody signed it and the configuration allows that.
    pub signer: Option<&'a str>,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: &'a str,
    /// Who imports it: 1 to 200 characters.
    pub by: &'a str,
}

/// What an import brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The list.
    pub id: String,
    /// Who pays.
    pub issuer: String,
    /// How many people.
    pub entries: u64,
    /// How much together.
    pub total: Dong,
    /// The key that signed it; null where nobody did.
    pub signer: Option<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How many of them stand with the same period on another list that still counts.
    pub also_elsewhere: u64,
}

/// Why a list was not taken. Nothing of it was kept.
#[derive(Debug, Error)]
pub enum ImportRefused {
    /// There is a list of that name.
    #[error("a list {id} was imported before; withdraw it first, or give this one another id")]
    IdTaken {
        /// The name.
        id: String,
    },
    /// The very same file was imported.
    #[error("this very file was imported before, as list {id}")]
    SameFile {
        /// The name that it has.
        id: String,
    },
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Takes a list in, with its audit entry, in one transaction.
    ///
    /// # Errors
    /// [`ImportRefused`].
    pub fn import_payees(&self, new: &NewList<'_>) -> Result<Imported, ImportRefused> {
        short("by", new.by, 200)?;
        let list = new.list;
        self.transaction(|transaction| {
            if let Some(refused) = taken(transaction, new)? {
                return Ok(Err(refused));
            }
            let count = i64::try_from(list.entries.len())
                .map_err(|_| StoreError::State("the list is too long"))?;
            let sum = Dong::sum(list.entries.iter().map(|entry| entry.amount));
            if sum != Some(list.total) {
                return Err(StoreError::State("the list does not add up"));
            }
            transaction.execute(
                "INSERT INTO payee_lists (id, issuer, pay_from, pay_until, signer, sha256, entries, total, \
                 imported_at, imported_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                (
                    &list.id,
                    &list.issuer,
                    list.from.to_string(),
                    list.until.map(|until| until.to_string()),
                    new.signer,
                    new.sha256,
                    count,
                    list.total.0,
                    to_millis(self.now()),
                    new.by,
                ),
            )?;
            let row = transaction.last_insert_rowid();
            insert_entries(transaction, row, list)?;
            let also_elsewhere: i64 = transaction.query_row(
                "SELECT count(*) FROM payee_entries e WHERE e.list = ?1 AND EXISTS (SELECT 1 \
                 FROM payee_entries o JOIN payee_lists l ON l.list = o.list WHERE o.number = e.number \
                 AND o.period = e.period AND o.list <> e.list AND l.withdrawn_at IS NULL)",
                [row],
                |row| row.get(0),
            )?;
            let event = AuditEvent::new("payees-imported")
                .fact("list", &list.id)
                .fact("issuer", &list.issuer)
                .fact("entries", count)
                .fact("total", list.total.0)
                .fact("sha256", new.sha256)
                .fact("signer", new.signer.unwrap_or("unsigned"))
                .fact("by", new.by);
            self.append(transaction, &event)?;
            Ok(Ok(Imported {
                id: list.id.clone(),
                issuer: list.issuer.clone(),
                entries: u64::try_from(count).unwrap_or(0),
                total: list.total,
                signer: new.signer.map(str::to_owned),
                sha256: new.sha256.to_owned(),
                also_elsewhere: u64::try_from(also_elsewhere).unwrap_or(0),
            }))
        })?
    }

    /// Withdraws a list on which nobody is paid: nothing of it is paid any more, and its people are
    /// forgotten.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for no such list, [`StoreError::State`] while a claim stands on it.
    pub fn withdraw_payees(&self, id: &str, by: &str, reason: &str) -> Result<(), StoreError> {
        short("by", by, 200)?;
        short("reason", reason, 500)?;
        self.transaction(|transaction| {
            let list: Option<i64> = transaction
                .query_row(
                    "SELECT list FROM payee_lists WHERE id = ?1 AND withdrawn_at IS NULL",
                    [id],
                    |row| row.get(0),
                )
                .optional()?;
            let list = list.ok_or(StoreError::Unknown { kind: "list" })?;
            let standing: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM payee_claims c JOIN payee_entries e ON e.entry = c.entry \
                 WHERE e.list = ?1 AND c.undone_at IS NULL)",
                [list],
                |row| row.get(0),
            )?;
            if standing {
                return Err(StoreError::State(
                    "somebody on the list was paid: undo that first, or leave the list",
                ));
            }
            transaction.execute(
                "UPDATE payee_lists SET withdrawn_at = ?2, withdrawn_by = ?3, withdrawn_reason = ?4 \
                 WHERE list = ?1",
                (list, to_millis(self.now()), by, reason),
            )?;
            forget(transaction, list)?;
            let reason = Personal::from(reason);
            let event = AuditEvent::new("payees-withdrawn")
                .fact("list", id)
                .fact("by", by)
                .personal("reason", &reason);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// Forgets the people of lists whose last day of payment is before `day` (ISO 8601), of those without a
    /// last day each who was paid before it: whoever is still to be paid there stays. Sums and claims stay.
    /// So with authorisations that are over.
    pub(in super::super) fn purge_payees(
        transaction: &Transaction<'_>,
        day: &str,
    ) -> Result<PurgedPayees, StoreError> {
        let found = |sql: &str| -> Result<Vec<i64>, StoreError> {
            let mut statement = transaction.prepare(sql)?;
            let found = statement.query_map([day], |row| row.get(0))?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        let lists = found(
            "SELECT list FROM payee_lists l WHERE pay_until < ?1 \
             AND EXISTS (SELECT 1 FROM payee_entries e WHERE e.list = l.list AND e.number IS NOT NULL) \
             AND NOT EXISTS (SELECT 1 FROM payee_reports r JOIN payee_claims c ON c.id = r.claim \
             JOIN payee_entries e ON e.entry = c.entry JOIN deliveries d ON d.report_id = r.report_id \
             WHERE e.list = l.list AND d.state <> 'delivered')",
        )?;
        for list in &lists {
            forget(transaction, *list)?;
        }
        // The day in Vietnam, as that of a list.
        let entries = found(
            "SELECT e.entry FROM payee_lists l JOIN payee_entries e ON e.list = l.list \
             JOIN payee_claims c ON c.entry = e.entry AND c.undone_at IS NULL \
             WHERE l.pay_until IS NULL AND e.number IS NOT NULL \
             AND date(c.at / 1000, 'unixepoch', '+7 hours') < ?1 \
             AND NOT EXISTS (SELECT 1 FROM payee_claims x JOIN payee_reports r ON r.claim = x.id \
             JOIN deliveries d ON d.report_id = r.report_id WHERE x.entry = e.entry AND d.state <> 'delivered')",
        )?;
        for entry in &entries {
            forget_entry(transaction, *entry)?;
        }
        let authorisations = transaction.execute(
            "UPDATE payee_authorisations SET representative = NULL, payee = NULL, document = NULL \
             WHERE valid_until < ?1 AND coalesce(representative, payee, document) IS NOT NULL",
            [day],
        )?;
        Ok(PurgedPayees {
            lists: lists.len(),
            entries: entries.len(),
            authorisations,
        })
    }
}

/// What a purge forgot of payees.
pub(in super::super) struct PurgedPayees {
    /// Whole lists.
    pub(in super::super) lists: usize,
    /// Entries of lists without a last day.
    pub(in super::super) entries: usize,
    pub(in super::super) authorisations: usize,
}

fn forget(transaction: &Transaction<'_>, list: i64) -> Result<(), StoreError> {
    for change in [
        "UPDATE payee_entries SET number = NULL, name = NULL, birth_date = NULL WHERE list = ?1",
        // What somebody wrote in their own words may name whom it was about.
        "UPDATE payee_claims SET reason = '' WHERE reason IS NOT NULL AND entry IN \
         (SELECT entry FROM payee_entries WHERE list = ?1)",
        "UPDATE payee_claims SET undone_reason = '' WHERE undone_reason IS NOT NULL AND entry IN \
         (SELECT entry FROM payee_entries WHERE list = ?1)",
        "UPDATE payee_conflicts SET basis = '' WHERE kind = 'manual' AND entry IN \
         (SELECT entry FROM payee_entries WHERE list = ?1)",
    ] {
        transaction.execute(change, [list])?;
    }
    Ok(())
}

fn taken(
    transaction: &Transaction<'_>,
    new: &NewList<'_>,
) -> Result<Option<ImportRefused>, StoreError> {
    let find = |column: &str, value: &str| {
        transaction
            .query_row(
                &format!("SELECT id FROM payee_lists WHERE {column} = ?1 AND withdrawn_at IS NULL"),
                [value],
                |row| row.get::<_, String>(0),
            )
            .optional()
    };
    if let Some(id) = find("sha256", new.sha256)? {
        return Ok(Some(ImportRefused::SameFile { id }));
    }
    let taken = find("id", &new.list.id)?;
    Ok(taken.map(|id| ImportRefused::IdTaken { id }))
}

fn insert_entries(transaction: &Transaction<'_>, row: i64, list: &List) -> Result<(), StoreError> {
    let mut insert = transaction.prepare(
        "INSERT INTO payee_entries (list, id, line, number, name, birth_date, period, amount) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for entry in &list.entries {
        let birth = entry.birth_date.as_ref();
        let birth = birth.map(|date| Personal::new(date.reveal().to_string()));
        insert.execute((
            row,
            &entry.id,
            i64::try_from(entry.line).unwrap_or(i64::MAX),
            entry.number.reveal(),
            entry.name.reveal(),
            birth.as_ref().map(Personal::reveal),
            entry.period.to_string(),
            entry.amount.0,
        ))?;
    }
    Ok(())
}
