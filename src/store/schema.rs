//! Tables and their migrations.

use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use super::{BUSY, StoreError};

/// Each step brings a database from the version of its index to the next (`user_version`). A step
/// that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
];

/// The version that [`prepare`] brings a database to that is there and older.
pub(super) fn migrates_to(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    Ok((found > 0 && found < known).then_some(known))
}

/// Sets the connection up and brings the tables to the newest version.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    // A verdict that was shown has been written: FULL syncs the log at each commit. Purged data is
    // overwritten. Temporary tables never reach a disk unencrypted.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
         PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
    )?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// A value that the desk keeps about itself.
pub(super) fn meta(
    connection: &Connection,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let value = connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(value.map(Zeroizing::new))
}

/// Forgets a value; whether there was one.
pub(super) fn forget_meta(transaction: &Transaction<'_>, name: &str) -> Result<bool, StoreError> {
    let gone = transaction.execute("DELETE FROM meta WHERE name = ?1", [name])?;
    Ok(gone > 0)
}

/// 32 random bytes that the desk keeps for itself, made at first use.
pub(super) fn secret(
    transaction: &Transaction<'_>,
    name: &str,
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    if let Some(secret) = meta(transaction, name)? {
        return Ok(secret);
    }
    let mut secret = Zeroizing::new(vec![0; 32]);
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
    set_meta(transaction, name, &secret)?;
    Ok(secret)
}

/// Sets a value that the desk keeps about itself.
pub(super) fn set_meta(
    transaction: &Transaction<'_>,
    name: &str,
    value: &[u8],
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )?;
    Ok(())
}

/// Leaves an empty database of an earlier version, as that version made it.
#[cfg(test)]
pub(super) fn rebuild(connection: &Connection, version: u32) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables: Vec<String> = connection
        .prepare(tables)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        connection.execute_batch(&format!("DROP TABLE {table}"))?;
    }
    for step in STEPS.iter().take(usize::try_from(version).unwrap_or(0)) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "user_version", version)?;
    Ok(())
}
