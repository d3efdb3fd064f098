//! What came down from the fleet, version by version: so that nothing is taken twice, and what was refused
//! can be seen.

use rusqlite::OptionalExtension as _;
use serde::Serialize;
use time::OffsetDateTime;

use super::audit::AuditEvent;
use super::{Store, StoreError, from_millis, to_millis};

/// An object that came down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FleetObject {
    /// Its name on the shelf.
    pub name: String,
    /// `taken`, or the code of why not.
    pub outcome: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// The outcome of what was taken.
pub const TAKEN: &str = "taken";
/// Names of no more objects are kept.
const MOST: i64 = 10_000;

impl Store {
    /// What became of an object in that version; none where it never came.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn fleet_outcome(&self, name: &str, version: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let outcome = "SELECT outcome FROM fleet_objects WHERE name = ?1 AND version = ?2";
            Ok(connection
                .query_row(outcome, (name, version), |row| row.get(0))
                .optional()?)
        })
    }

    /// Notes what became of an object.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn note_fleet_object(
        &self,
        name: &str,
        version: &str,
        outcome: &str,
    ) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO fleet_objects (name, version, outcome, at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (name) DO UPDATE SET version = excluded.version, \
                 outcome = excluded.outcome, at = excluded.at",
                (name, version, outcome, to_millis(self.now())),
            )?;
            transaction.execute(
                "DELETE FROM fleet_objects WHERE name NOT IN \
                 (SELECT name FROM fleet_objects ORDER BY at DESC LIMIT ?1)",
                [MOST],
            )?;
            let event = AuditEvent::new("fleet-object")
                .fact("name", name)
                .fact("outcome", outcome);
            self.append(transaction, &event).map(|_| ())
        })
    }

    /// What came down and was not taken, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn fleet_refusals(&self) -> Result<Vec<FleetObject>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, outcome, at FROM fleet_objects WHERE outcome <> ?1 \
                 ORDER BY at DESC LIMIT 100",
            )?;
            let rows = statement.query_map([TAKEN], |row| {
                Ok(FleetObject {
                    name: row.get(0)?,
                    outcome: row.get(1)?,
                    at: from_millis(row.get(2)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
