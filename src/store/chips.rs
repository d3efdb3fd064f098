//! What is remembered of chips across sessions: whose keys they showed, and what they chose anew.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{Store, StoreError, schema, to_millis};
use crate::document::Personal;

/// So many nonces are kept; the oldest goes first.
pub const MAX_NONCES: i64 = 200_000;
/// The key under which numbers are kept.
const KEY: &str = "chips-key";

/// What the memory holds of a chip and a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RememberedChip {
    /// One of the keys was proven under another number.
    pub key_of_another_number: bool,
    /// When the latest other chip of the number was issued, ISO 8601; empty where its card did not
    /// say. None where no other was seen.
    pub other_issued: Option<String>,
    /// Which of the digests were seen before, by their place.
    pub seen: Vec<usize>,
}

impl Store {
    /// Looks up digests of a chip's keys and nonces, and a number.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn recall_chip(
        &self,
        keys: &[String],
        number: Option<&Personal<String>>,
        nonces: &[String],
    ) -> Result<RememberedChip, StoreError> {
        self.transaction(|transaction| {
            let number = match number {
                Some(number) => Some(hidden(transaction, number)?),
                None => None,
            };
            let mut found = RememberedChip::default();
            for key in keys {
                found.key_of_another_number |=
                    of_another_number(transaction, key, number.as_deref())?;
            }
            if let Some(number) = &number {
                found.other_issued = other_issued(transaction, keys, number)?;
            }
            for (place, digest) in nonces.iter().enumerate() {
                let seen: Option<i64> = transaction
                    .query_row(
                        "SELECT sequence FROM chip_nonces WHERE digest = ?1",
                        [digest],
                        |row| row.get(0),
                    )
                    .optional()?;
                found.seen.extend(seen.map(|_| place));
            }
            Ok(found)
        })
    }

    /// Keeps the keys of a chip that was proven, under its number.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn keep_chip(
        &self,
        keys: &[String],
        number: &Personal<String>,
        issued: Option<&str>,
    ) -> Result<(), StoreError> {
        let at = to_millis(self.now());
        self.transaction(|transaction| {
            let number = hidden(transaction, number)?;
            for key in keys {
                transaction.execute(
                    "INSERT OR REPLACE INTO chips (chip, number, issued, seen_at) \
                     VALUES (?1, ?2, ?3, ?4)",
                    (key, &number, issued, at),
                )?;
            }
            Ok(())
        })
    }

    /// Keeps digests of what a chip chose; beyond [`MAX_NONCES`] the oldest are dropped.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn keep_nonces(&self, digests: &[String]) -> Result<(), StoreError> {
        let at = to_millis(self.now());
        self.transaction(|transaction| {
            for digest in digests {
                transaction.execute(
                    "INSERT OR IGNORE INTO chip_nonces (digest, seen_at) VALUES (?1, ?2)",
                    (digest, at),
                )?;
            }
            transaction.execute(
                "DELETE FROM chip_nonces WHERE sequence <= \
                 (SELECT max(sequence) FROM chip_nonces) - ?1",
                [MAX_NONCES],
            )?;
            Ok(())
        })
    }

    /// Forgets every chip of that number.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn forget_chips(&self, number: &Personal<String>) -> Result<usize, StoreError> {
        self.transaction(|transaction| {
            let number = hidden(transaction, number)?;
            Ok(transaction.execute("DELETE FROM chips WHERE number = ?1", [number])?)
        })
    }
}

/// The number as it is kept. The key is made at first use.
pub(super) fn hidden(
    transaction: &Transaction<'_>,
    number: &Personal<String>,
) -> Result<String, StoreError> {
    let key = schema::secret(transaction, KEY)?;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key);
    Ok(hex::encode(ring::hmac::sign(
        &key,
        number.reveal().as_bytes(),
    )))
}

fn of_another_number(
    connection: &Connection,
    key: &str,
    number: Option<&str>,
) -> Result<bool, StoreError> {
    let found: Option<String> = connection
        .query_row(
            "SELECT number FROM chips WHERE chip = ?1 AND number IS NOT ?2 LIMIT 1",
            (key, number),
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.is_some())
}

/// The latest date of issue among chips of the number that have none of these keys.
fn other_issued(
    connection: &Connection,
    keys: &[String],
    number: &str,
) -> Result<Option<String>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT chip, issued FROM chips WHERE number = ?1")?;
    let mut rows = statement.query([number])?;
    let mut latest: Option<String> = None;
    while let Some(row) = rows.next()? {
        let chip: String = row.get(0)?;
        let issued: Option<String> = row.get(1)?;
        if !keys.contains(&chip) {
            let issued = issued.unwrap_or_default();
            latest = Some(latest.map_or_else(|| issued.clone(), |known| known.max(issued.clone())));
        }
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::testing::open;
    use super::*;

    fn digests(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_chip_is_known_by_any_of_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let (one, two) = (
            Personal::from("000000000001"),
            Personal::from("000000000002"),
        );
        let nothing = RememberedChip::default();
        let recall = |keys: &[&str], number| {
            store
                .recall_chip(&digests(keys), Some(number), &[])
                .unwrap()
        };
        assert_eq!(recall(&["a", "b"], &one), nothing);
        store
            .keep_chip(&digests(&["a", "b"]), &one, Some("2022-01-02"))
            .unwrap();
        assert_eq!(recall(&["a", "b"], &one), nothing, "the same card again");
        assert!(recall(&["b", "c"], &two).key_of_another_number);
        assert_eq!(
            recall(&["c"], &one).other_issued.as_deref(),
            Some("2022-01-02")
        );
        store
            .keep_chip(&digests(&["c"]), &one, Some("2025-01-02"))
            .unwrap();
        assert_eq!(
            recall(&["a", "b"], &one).other_issued.as_deref(),
            Some("2025-01-02")
        );
        assert_eq!(store.forget_chips(&one).unwrap(), 3);
        assert_eq!(recall(&["a"], &two), nothing);
    }

    #[test]
    fn nonces_are_known_again_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.keep_nonces(&digests(&["x", "y"])).unwrap();
        let found = store.recall_chip(&[], None, &digests(&["z", "y"])).unwrap();
        assert_eq!(found.seen, [1]);
        store.keep_nonces(&digests(&["y"])).unwrap();
    }

    #[test]
    fn no_number_stands_in_the_database_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let number = Personal::from("000000000001");
        store.keep_chip(&digests(&["a"]), &number, None).unwrap();
        let kept: String = store
            .read(|connection| {
                Ok(connection.query_row("SELECT number FROM chips", [], |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!(kept.len(), 64);
        assert!(!kept.contains(number.reveal()));
    }
}
