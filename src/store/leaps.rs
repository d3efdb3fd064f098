//! Whether the clock is believed for what cannot be taken back. A machine that boots years ahead would purge
//! everything: after a leap nothing is purged until the desk has been at work by the new time for a while, the
//! clock goes back, or an operator says that it is right.

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::audit::AuditEvent;
use super::{Store, StoreError, from_millis, rfc3339, schema, to_millis};

/// So long after the newest entry a desk that is at work has another.
const IDLE: Duration = Duration::days(45);
/// By the new time the desk has been at work for so long.
const AT_WORK: Duration = Duration::days(7);
/// And on so many days.
const ON_DAYS: i64 = 3;
/// The leap that nobody has believed yet.
const LEAP: &str = "clock-leap";

/// A leap of the clock, in milliseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Leap {
    /// The newest entry before it.
    from: i64,
    /// When it was noticed, by the new time.
    to: i64,
}

impl Store {
    /// Whether the clock leapt ahead, and nothing is purged for it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn clock_leapt(&self) -> Result<bool, StoreError> {
        self.read(|connection| Ok(schema::meta(connection, LEAP)?.is_some()))
    }

    /// Takes an operator's word that the clock is right; an audit entry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn believe_clock(&self, by: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            let event = AuditEvent::new("clock-believed").fact("by", by);
            self.append(transaction, &event)?;
            forget(transaction)
        })
    }

    /// Whether the clock is believed now.
    pub(super) fn believes_clock(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        self.note_leap(transaction, now)?;
        let Some(leap) = leap(transaction)? else {
            return Ok(true);
        };
        let is_back = now - from_millis(leap.from) <= IDLE;
        if is_back || has_been_at_work(transaction, leap, now)? {
            forget(transaction)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Notes where `now` is implausibly far after the newest entry.
    pub(super) fn note_leap(
        &self,
        transaction: &Transaction<'_>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let Some(newest) = newest(transaction)? else {
            return Ok(());
        };
        if now - newest <= IDLE {
            return Ok(());
        }
        // Of two leaps the first one says what was right.
        let from = leap(transaction)?.map_or(to_millis(newest), |earlier| earlier.from);
        let to = to_millis(now);
        tracing::warn!(
            newest = rfc3339(newest),
            now = rfc3339(now),
            "the clock is far ahead of what was recorded: nothing is purged for now"
        );
        let leap = serde_json::to_vec(&Leap { from, to })
            .map_err(|_| StoreError::State("a leap of the clock does not serialise"))?;
        schema::set_meta(transaction, LEAP, &leap)
    }
}

fn leap(transaction: &Transaction<'_>) -> Result<Option<Leap>, StoreError> {
    let kept = schema::meta(transaction, LEAP)?;
    Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
}

fn forget(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    schema::forget_meta(transaction, LEAP).map(|_| ())
}

fn newest(connection: &Connection) -> Result<Option<OffsetDateTime>, StoreError> {
    let at: Option<Option<String>> = connection
        .prepare_cached("SELECT entry ->> '$.at' FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(at
        .flatten()
        .and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok()))
}

/// Whether entries since the leap show that people work by this time.
fn has_been_at_work(
    connection: &Connection,
    leap: Leap,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    if now - from_millis(leap.to) < AT_WORK {
        return Ok(false);
    }
    let days: i64 = connection.query_row(
        "SELECT count(DISTINCT substr(entry ->> '$.at', 1, 10)) FROM \
         (SELECT entry FROM audit ORDER BY number DESC LIMIT 20000) \
         WHERE entry ->> '$.kind' = 'concluded' AND entry ->> '$.at' >= ?1 AND entry ->> '$.at' <= ?2",
        (rfc3339(from_millis(leap.to)), rfc3339(now)),
        |row| row.get(0),
    )?;
    Ok(days >= ON_DAYS)
}
