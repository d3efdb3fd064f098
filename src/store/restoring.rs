//! A copy in the place of the database: looked at, given what has to outlive the restoring, and only then put
//! there.

use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_port::clock::Clock;
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OpenFlags, Transaction};

use super::audit::AuditEvent;
use super::carrying::{self, Carried};
use super::safekeeping::{FolderLock, Noted, REPLACED, RESTORING, aside, look, new_file, parts};
use super::{DATABASE, Store, StoreError, key, schema};

/// Set while payments since a copy are not known: nobody is paid until an operator says so.
pub(super) const HELD: &str = "payees-held";

/// What a restoring did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The database that was there; none where there was none.
    pub set_aside: Option<PathBuf>,
    /// How many reports without a receipt it holds; none where it cannot be opened.
    pub unsent: Option<u64>,
    /// What the copy took over from it; none where it cannot be read.
    pub carried: Option<Carried>,
    /// Whether nobody is paid on the lists of the copy until an operator says so.
    pub payments_held: bool,
}

impl Store {
    /// Puts a copy in the place of the database of the folder, which is set aside with its log. The copy
    /// must open with the folder's key, be whole, and its audit log too; it is read and not changed.
    ///
    /// What is in its place afterwards has taken over from the database that was there what was paid,
    /// undone, revoked and distrusted since the copy was made, the keys that sign, and how far reports were
    /// numbered. Where not all of that is known, payments are held ([`Store::release_payments`]) and reports
    /// are numbered from far ahead. An audit entry says so, before the copy takes its place.
    ///
    /// # Errors
    /// [`StoreError`], with the present database where it was.
    pub fn restore(
        lock: &FolderLock,
        from: &Path,
        clock: &Arc<dyn Clock>,
        by: &str,
    ) -> Result<Restored, StoreError> {
        let folder = &lock.folder;
        let database = folder.join(DATABASE);
        // A restoring that was cut off had set it aside already.
        let replaced = match lock.being_set_aside()? {
            Some(place) if !database.exists() => place,
            _ => database.clone(),
        };
        let draft = folder.join(format!("{DATABASE}{RESTORING}{}", std::process::id()));
        let ready = prove(folder, from, &draft, clock)
            .and_then(|(store, sha256)| make_ready(folder, &store, &replaced, &sha256, by));
        let (carried, payments_held) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                for part in parts(&draft) {
                    let _ = fs::remove_file(part);
                }
                return Err(error);
            }
        };
        let unsent = unsent(folder, &replaced);
        let set_aside = if replaced == database {
            aside(lock, REPLACED, clock.now())?
        } else {
            Some(replaced)
        };
        fs::rename(&draft, &database)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| StoreError::folder(folder, &error))?;
        lock.note(Noted::Made)?;
        Ok(Restored {
            set_aside,
            unsent,
            carried,
            payments_held,
        })
    }

    /// Whether nobody is paid because payments since a restored copy are not known.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payments_held(&self) -> Result<bool, StoreError> {
        self.read(|connection| Ok(schema::meta(connection, HELD)?.is_some()))
    }

    /// Lets the lists of a restored copy be paid: `by` has seen to what was paid since it was made.
    ///
    /// # Errors
    /// [`StoreError::State`] where nothing is held, [`StoreError`] when the database fails.
    pub fn release_payments(&self, by: &str) -> Result<(), StoreError> {
        self.transaction(|transaction| {
            if !schema::forget_meta(transaction, HELD)? {
                return Err(StoreError::State("no payments are held"));
            }
            let event = AuditEvent::new("payments-released").fact("by", by);
            self.append(transaction, &event).map(|_| ())
        })
    }
}

/// Copies the file beside the database, and looks whether the copy can take its place: opened, with the
/// SHA-256 of the file.
fn prove(
    folder: &Path,
    from: &Path,
    draft: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<(Store, String), StoreError> {
    let mut source = File::open(from).map_err(|error| StoreError::folder(from, &error))?;
    let mut target = new_file(draft)?;
    let (length, sha256) = copy_and_digest(&mut source, &mut target)
        .and_then(|done| target.sync_all().map(|()| done))
        .map_err(|error| StoreError::folder(draft, &error))?;
    // SQLite would make a new database of it.
    if length == 0 {
        return Err(StoreError::Damaged {
            path: from.to_owned(),
            problem: "is empty".to_owned(),
        });
    }
    let key = key::obtain(folder, super::credentials().as_deref(), true)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(draft, flags)?;
    key.unlock(&connection)?;
    look(&connection, draft)?;
    let store = Store::on(connection, None, Arc::clone(clock))?;
    store.audit_verify()?;
    Ok((store, sha256))
}

fn copy_and_digest(from: &mut File, to: &mut File) -> std::io::Result<(u64, String)> {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let read = from.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((length, hex::encode(digest.finish())));
        };
        to.write_all(bytes)?;
        digest.update(bytes);
        length += u64::try_from(read).unwrap_or(0);
    }
}

/// Gives the copy what it lacks, and its entry in the audit log.
fn make_ready(
    folder: &Path,
    store: &Store,
    replaced: &Path,
    sha256: &str,
    by: &str,
) -> Result<(Option<Carried>, bool), StoreError> {
    let key = key::obtain(folder, super::credentials().as_deref(), true)?;
    let attached = store.read(|connection| key.attach(connection, replaced, carrying::REPLACED));
    let carried = match attached {
        Ok(()) => {
            let carried = store.transaction(|transaction| {
                let carried = carrying::carry(transaction)?;
                let held = !carried.all_known();
                if held {
                    hold(transaction)?;
                }
                let event = carried.told(AuditEvent::new("restored"));
                store.append(transaction, &finished(event, sha256, by, held))?;
                Ok((Some(carried), held))
            });
            let detach = format!("DETACH DATABASE {}", carrying::REPLACED);
            store.read(|connection| Ok(connection.execute_batch(&detach)?))?;
            carried
        }
        Err(error) => Err(error),
    };
    let ready = match carried {
        Err(StoreError::DiskFull) => return Err(StoreError::DiskFull),
        Err(error) => {
            tracing::warn!(%error, "the database that is replaced cannot be read");
            store.transaction(|transaction| {
                carrying::leap(transaction)?;
                hold(transaction)?;
                let event = AuditEvent::new("restored").fact("replaced", "not-readable");
                store.append(transaction, &finished(event, sha256, by, true))?;
                Ok((None, true))
            })?
        }
        Ok(carried) => carried,
    };
    store.cut_log()?;
    Ok(ready)
}

fn finished<'a>(event: AuditEvent<'a>, sha256: &str, by: &str, held: bool) -> AuditEvent<'a> {
    event
        .fact("by", by)
        .fact("copy", sha256)
        .fact("payments-held", held)
}

/// Holds payments: on the lists that there are, and on those that are imported before somebody says so.
fn hold(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    schema::set_meta(transaction, HELD, b"payments since the copy are not known")
}

/// How many reports without a receipt that database holds; it is not changed. None where it cannot be read.
fn unsent(folder: &Path, database: &Path) -> Option<u64> {
    let key = key::obtain(folder, super::credentials().as_deref(), true).ok()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).ok()?;
    key.unlock(&connection).ok()?;
    let count: i64 = connection
        .query_row(
            "SELECT count(DISTINCT report_id) FROM deliveries WHERE state <> 'delivered'",
            [],
            |row| row.get(0),
        )
        .ok()?;
    u64::try_from(count).ok()
}

#[cfg(test)]
#[path = "restoring_tests.rs"]
mod tests;
