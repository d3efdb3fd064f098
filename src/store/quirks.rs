//! What readers and chips were found to bear: hearsay that saves exchanges, and nothing of a person.

use rusqlite::OptionalExtension;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Store, StoreError, from_millis, to_millis};

/// So many entries are kept; the oldest goes first.
pub const MAX_QUIRKS: usize = 500;

/// Longest name of a reader, in bytes.
const MAX_READER: usize = 256;
/// Longest answer to reset in hexadecimal; ISO/IEC 7816-3, 8.2.1 allows 33 bytes.
const MAX_ATR: usize = 2 * 36;
/// Longest text, in bytes.
const MAX_ABILITIES: usize = 1_024;

/// What was learned of one kind of chip on one kind of reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuirkEntry {
    /// The kind of reader.
    pub reader: String,
    /// The kind of chip: its answer to reset, lower-case hexadecimal.
    pub atr: String,
    /// What they bear together, as the caller wrote it.
    pub abilities: String,
    /// When it was learned.
    #[serde(with = "time::serde::rfc3339")]
    pub learned_at: OffsetDateTime,
}

impl Store {
    /// What was kept of that chip on that reader.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn quirk(&self, reader: &str, atr: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let kept = connection
                .query_row(
                    "SELECT abilities FROM quirks WHERE reader = ?1 AND atr = ?2",
                    (reader, atr),
                    |row| row.get(0),
                )
                .optional()?;
            Ok(kept)
        })
    }

    /// Keeps `abilities` of that chip on that reader, in the place of what was kept before. Beyond
    /// [`MAX_QUIRKS`] the oldest is dropped.
    ///
    /// # Errors
    /// [`StoreError::Input`] when one of the texts is empty or too long, and when the database
    /// fails.
    pub fn keep_quirk(&self, reader: &str, atr: &str, abilities: &str) -> Result<(), StoreError> {
        for (field, value, most) in [
            ("reader", reader, MAX_READER),
            ("atr", atr, MAX_ATR),
            ("abilities", abilities, MAX_ABILITIES),
        ] {
            if !(1..=most).contains(&value.len()) {
                return Err(StoreError::Input {
                    field,
                    problem: "is empty or too long",
                });
            }
        }
        self.transaction(|transaction| {
            // A row that is replaced takes the next number: it is the newest then.
            transaction.execute(
                "INSERT OR REPLACE INTO quirks (reader, atr, abilities, learned_at) \
                 VALUES (?1, ?2, ?3, ?4)",
                (reader, atr, abilities, to_millis(self.now())),
            )?;
            transaction.execute(
                "DELETE FROM quirks WHERE sequence NOT IN \
                 (SELECT sequence FROM quirks ORDER BY sequence DESC LIMIT ?1)",
                [i64::try_from(MAX_QUIRKS).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }

    /// All that is kept, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn quirks(&self) -> Result<Vec<QuirkEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT reader, atr, abilities, learned_at FROM quirks ORDER BY sequence DESC",
            )?;
            let mut rows = statement.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(QuirkEntry {
                    reader: row.get(0)?,
                    atr: row.get(1)?,
                    abilities: row.get(2)?,
                    learned_at: from_millis(row.get(3)?),
                });
            }
            Ok(entries)
        })
    }

    /// Forgets everything that was learned, and tells how many entries that were.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn forget_quirks(&self) -> Result<usize, StoreError> {
        self.transaction(|transaction| Ok(transaction.execute("DELETE FROM quirks", [])?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::sync::Arc;

    use super::super::testing::{TestClock, open};
    use super::*;

    #[test]
    fn what_was_learned_is_kept_replaced_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
        assert_eq!(store.quirk("Reader", "3b80").unwrap(), None);
        store.keep_quirk("Reader", "3b80", "one").unwrap();
        store.keep_quirk("Other", "3b80", "two").unwrap();
        let first = store.now();
        clock.advance(time::Duration::MINUTE);
        store.keep_quirk("Reader", "3b80", "three").unwrap();
        drop(store);

        // Another program of this desk, or the next start, finds it.
        let store = open(folder.path());
        assert_eq!(
            store.quirk("Reader", "3b80").unwrap().as_deref(),
            Some("three")
        );
        assert_eq!(store.quirk("Reader", "3b81").unwrap(), None);
        let all = store.quirks().unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].reader.as_str(), all[1].reader.as_str()),
            ("Reader", "Other")
        );
        assert_eq!(all[0].learned_at, first + time::Duration::MINUTE);
        assert_eq!(all[1].learned_at, first);

        assert_eq!(store.forget_quirks().unwrap(), 2);
        assert_eq!(store.quirks().unwrap(), []);
        assert_eq!(store.forget_quirks().unwrap(), 0);
    }

    #[test]
    fn the_oldest_goes_first_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
        for number in 0..MAX_QUIRKS {
            store
                .keep_quirk("Reader", &format!("{number:04x}"), "x")
                .unwrap();
        }
        // Learned anew: now "0001" is the oldest.
        store.keep_quirk("Reader", "0000", "y").unwrap();
        clock.advance(-time::Duration::DAY);
        store.keep_quirk("Reader", "ffff", "x").unwrap();
        assert_eq!(store.quirks().unwrap().len(), MAX_QUIRKS);
        assert_eq!(store.quirk("Reader", "0001").unwrap(), None);
        for kept in ["0000", "0002", "ffff"] {
            assert!(store.quirk("Reader", kept).unwrap().is_some(), "{kept}");
        }
    }

    #[test]
    fn texts_without_bounds_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let long = "x".repeat(MAX_ABILITIES + 1);
        for (reader, atr, abilities) in [
            ("", "3b", "x"),
            ("Reader", "", "x"),
            ("Reader", "3b", ""),
            (long.as_str(), "3b", "x"),
            ("Reader", long.as_str(), "x"),
            ("Reader", "3b", long.as_str()),
        ] {
            assert!(matches!(
                store.keep_quirk(reader, atr, abilities),
                Err(StoreError::Input { .. })
            ));
        }
        assert_eq!(store.quirks().unwrap(), []);
    }

    #[test]
    fn a_database_from_before_is_brought_to_this_version() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store
            .read(|connection| {
                super::super::schema::rebuild(connection, 1)?;
                Ok(connection.execute_batch(
                    "INSERT INTO tokens VALUES ('T-1', 'clerk', 'page', 'hash', 0, NULL)",
                )?)
            })
            .unwrap();
        drop(store);
        let store = Store::open_with(
            folder.path(),
            Arc::new(cccd_port::SystemClock::default()),
            None,
        )
        .unwrap();
        store.keep_quirk("Reader", "3b80", "x").unwrap();
        assert_eq!(store.tokens().unwrap()[0].id, "T-1");
    }
}
