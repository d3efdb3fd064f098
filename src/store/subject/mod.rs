//! One person in all that is kept: found, copied out and erased, by personal number.
//!
//! # Layout
//! - here: what is a person's
//! - `exporting`: a copy for them
//! - `erasing`: gone, and what the law or a debt to them keeps until later

mod erasing;
mod exporting;

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction};

use super::audit::salted;
use super::{Store, StoreError};
use crate::document::{Personal, PersonalNumber};

pub(super) use erasing::forget_entry;
pub use erasing::{Erased, LeftEntry};

/// Says whether evidence, as it is kept, shows that number. The store does not read evidence itself.
pub type Shows<'a> = &'a dyn Fn(&[u8], &PersonalNumber) -> bool;

/// An audit entry that names the person.
struct NamingEntry {
    number: i64,
    text: String,
    /// As what, such as `payee`.
    fields: Vec<String>,
}

impl Store {
    /// Sessions whose evidence shows the number, though their record may not: nobody was confirmed there.
    /// Each is looked at by itself, so that the desk goes on meanwhile.
    fn sessions_by_evidence(
        &self,
        number: &PersonalNumber,
        shows: Shows<'_>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let kept: Vec<String> = self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT session FROM verdicts WHERE evidence IS NOT NULL")?;
            let kept = statement.query_map([], |row| row.get(0))?;
            Ok(kept.collect::<Result<_, _>>()?)
        })?;
        let mut found = BTreeSet::new();
        for session in kept {
            if let Some(evidence) = self.evidence(&session)?
                && shows(&evidence, number)
            {
                found.insert(session);
            }
        }
        Ok(found)
    }
}

/// Sessions whose record names the number, as the confirmed one or as another that came up.
fn sessions_by_record(
    connection: &Connection,
    number: &PersonalNumber,
) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT session FROM verdicts WHERE record IS NOT NULL AND instr(record, ?1) > 0",
    )?;
    let found = statement.query_map([number.reveal()], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Reports of those sessions, and of payments that name the number: the payee is in the report of whoever took
/// the money, and nobody's session shows an exception.
fn reports_of(
    connection: &Connection,
    sessions: &BTreeSet<String>,
    number: &PersonalNumber,
) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = connection.prepare(super::payees::NAMING)?;
    let naming = statement.query_map([number.reveal()], |row| row.get(0))?;
    let mut found: BTreeSet<String> = naming.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare("SELECT report_id FROM outbox WHERE session = ?1")?;
    for session in sessions {
        for report in statement.query_map([session], |row| row.get(0))? {
            found.insert(report?);
        }
    }
    Ok(found)
}

/// Tries the number with every salt that is left.
fn entries_that_name(
    connection: &Connection,
    number: &PersonalNumber,
) -> Result<Vec<NamingEntry>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT a.number, a.entry, s.salt, a.entry -> '$.personal' FROM audit_salts s \
         JOIN audit a ON a.number = s.number ORDER BY a.number",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let salt: [u8; 32] = row.get(2)?;
        let digests: std::collections::BTreeMap<String, String> =
            serde_json::from_str(&row.get::<_, String>(3)?)
                .map_err(|_| StoreError::State("an audit entry is no entry"))?;
        let fields: Vec<String> = digests
            .into_iter()
            .filter(|(name, digest)| salted(&salt, name, number.reveal()) == *digest)
            .map(|(name, _)| name)
            .collect();
        if !fields.is_empty() {
            found.push(NamingEntry {
                number: row.get(0)?,
                text: row.get(1)?,
                fields,
            });
        }
    }
    Ok(found)
}

/// The number as the desk keeps it where it need not be read.
fn holder(transaction: &Transaction<'_>, number: &PersonalNumber) -> Result<String, StoreError> {
    let number: &Personal<String> = number.personal();
    super::chips::hidden(transaction, number)
}

#[cfg(test)]
mod tests;
