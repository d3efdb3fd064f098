//! The file itself: whole or damaged, copied, put back, set aside. None is ever overwritten or deleted but
//! copies that were made before a migration, when their term is over.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_port::clock::Clock;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use time::OffsetDateTime;
use time::macros::format_description;

use super::audit::AuditEvent;
use super::{DATABASE, Store, StoreError, key, schema};

/// Held by whoever uses the data folder alone.
const LOCK: &str = "desk.lock";
/// Stands in the lock's file once there is a database: one that is missing then was lost.
const MADE: &[u8] = b"a database was made here\n";
/// Why a database was set aside, as part of its new name.
const DAMAGED: &str = "damaged";
const REPLACED: &str = "replaced";

/// The data folder, for this process alone: a running desk holds it. Let go when dropped, and when the
/// process dies.
#[derive(Debug)]
pub struct FolderLock {
    folder: PathBuf,
    file: File,
}

impl FolderLock {
    /// Takes the folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where a desk runs on it, [`StoreError::Folder`].
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        super::make_folder(folder)?;
        let path = folder.join(LOCK);
        let failed = |error: std::io::Error| StoreError::folder(&path, &error);
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                file,
            }),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::InUse {
                folder: folder.to_owned(),
            }),
            Err(fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn note(&self, made: bool) -> Result<(), StoreError> {
        let text = if made { MADE } else { b"" };
        self.file
            .set_len(0)
            .and_then(|()| (&self.file).write_all(text))
            .and_then(|()| (&self.file).rewind())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| StoreError::folder(&self.folder, &error))
    }
}

/// Whether a database was made in the folder before, as the lock's file says, whoever holds it.
pub(super) fn was_made(folder: &Path) -> Result<bool, StoreError> {
    let path = folder.join(LOCK);
    match fs::metadata(&path) {
        Ok(about) => Ok(about.len() > 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::folder(&path, &error)),
    }
}

/// What a restoring did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The database that was there; none where there was none.
    pub set_aside: Option<PathBuf>,
    /// How many reports without a receipt it holds; none where it cannot be opened.
    pub unsent: Option<u64>,
}

impl Store {
    /// Opens the store of the folder after a look at every page of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and [`StoreError::WrongKey`], with everything left as it is; else as
    /// [`Store::open`].
    pub fn open_whole(lock: &FolderLock, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let credentials = super::credentials();
        let store = Self::opened(&lock.folder, clock, credentials.as_deref(), true)?;
        lock.note(true)?;
        Ok(store)
    }

    /// Sets a database aside that cannot be used, under a name with the time, with its log; a new one can
    /// be made then. Returns its new place; none where there is no file.
    ///
    /// # Errors
    /// [`StoreError::Folder`].
    pub fn set_damaged_aside(
        lock: &FolderLock,
        now: OffsetDateTime,
    ) -> Result<Option<PathBuf>, StoreError> {
        let place = aside(&lock.folder, DAMAGED, now)?;
        lock.note(false)?;
        Ok(place)
    }

    /// The names of databases that were set aside in the folder: nothing here removes them.
    ///
    /// # Errors
    /// [`StoreError::Folder`].
    pub fn set_aside(&self) -> Result<Vec<String>, StoreError> {
        let Some(folder) = self.folder() else {
            return Ok(Vec::new());
        };
        let failed = |error: std::io::Error| StoreError::folder(folder, &error);
        let mut names = Vec::new();
        for file in fs::read_dir(folder).map_err(failed)? {
            let name = file.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            let kind = name
                .strip_prefix(DATABASE)
                .and_then(|rest| rest.strip_prefix('.'));
            if kind.is_some_and(|kind| kind.starts_with(DAMAGED) || kind.starts_with(REPLACED)) {
                names.push(name.into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Writes a copy of the whole database into a new file of mode 0600, encrypted with the same key, while
    /// the desk goes on; an audit entry. How many bytes it has.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the file is there already or cannot be written, [`StoreError`] when the
    /// database fails.
    pub fn back_up(&self, to: &Path, by: &str) -> Result<u64, StoreError> {
        let event = AuditEvent::new("backed-up").fact("by", by);
        self.record(&event)?;
        self.read(|connection| copy(connection, to))
    }

    /// Puts a copy in the place of the database of the folder, which is set aside with its log. The copy
    /// must open with the folder's key, be whole, and its audit log too; it is read and not changed.
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
        let draft = folder.join(format!("{DATABASE}.restoring-{}", std::process::id()));
        let ready = prove(folder, from, &draft, clock);
        if let Err(error) = ready {
            for part in parts(&draft) {
                let _ = fs::remove_file(part);
            }
            return Err(error);
        }
        let unsent = unsent(folder);
        let set_aside = aside(folder, REPLACED, clock.now())?;
        fs::rename(&draft, folder.join(DATABASE))
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| StoreError::folder(folder, &error))?;
        let store = Self::open(folder, Arc::clone(clock))?;
        store.record(&AuditEvent::new("restored").fact("by", by))?;
        lock.note(true)?;
        Ok(Restored { set_aside, unsent })
    }
}

/// How many reports without a receipt the database of the folder holds; it is not changed. None where it
/// cannot be read.
fn unsent(folder: &Path) -> Option<u64> {
    let key = key::obtain(folder, super::credentials().as_deref(), true).ok()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags).ok()?;
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

/// Copies the file beside the database, and looks whether the copy can take its place.
fn prove(
    folder: &Path,
    from: &Path,
    draft: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(|error| StoreError::folder(from, &error))?;
    let mut target = new_file(draft)?;
    let length = std::io::copy(&mut source, &mut target)
        .and_then(|length| target.sync_all().map(|()| length))
        .map_err(|error| StoreError::folder(draft, &error))?;
    // SQLite would make a new database of it.
    if length == 0 {
        return Err(StoreError::Damaged {
            path: from.to_owned(),
            problem: "is empty".to_owned(),
        });
    }
    let key = key::obtain(folder, super::credentials().as_deref(), true)?;
    let connection = Connection::open(draft)?;
    key.unlock(&connection)?;
    look(&connection, draft)?;
    let store = Store::on(connection, None, Arc::clone(clock))?;
    store.audit_verify()?;
    store.cut_log()
}

/// The error of a database that says itself that it is damaged, by its file.
pub(super) fn of_damage(error: StoreError, path: &Path) -> StoreError {
    match error {
        StoreError::Database(said)
            if said.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) =>
        {
            StoreError::Damaged {
                path: path.to_owned(),
                problem: format!("cannot be read: {said}"),
            }
        }
        other => other,
    }
}

/// Looks at every page: whether its code of authentication is right, and whether all of them make a
/// database.
///
/// # Errors
/// [`StoreError::Damaged`].
pub(super) fn look(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let damaged = |problem: String| StoreError::Damaged {
        path: path.to_owned(),
        problem,
    };
    let said = |error: rusqlite::Error| match error.sqlite_error_code() {
        // A disk that cannot be written is no damage of what is on it.
        Some(
            ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked,
        ) => StoreError::from(error),
        _ => damaged(format!("cannot be read: {error}")),
    };
    connection.busy_timeout(super::BUSY)?;
    // After a power cut the newest pages may stand in the log alone: first they come home.
    let log_is_kept: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(said)?;
    if !log_is_kept
        && let Some(problem) = first(connection, "PRAGMA cipher_integrity_check").map_err(said)?
    {
        return Err(damaged(problem));
    }
    match first(connection, "PRAGMA quick_check(1)").map_err(said)? {
        Some(word) if word == "ok" => Ok(()),
        problem => Err(damaged(problem.unwrap_or_default())),
    }
}

fn first(connection: &Connection, pragma: &str) -> rusqlite::Result<Option<String>> {
    use rusqlite::OptionalExtension as _;
    connection
        .query_row(pragma, [], |row| row.get(0))
        .optional()
}

/// A copy of the whole database before its tables change, beside it. Nothing where they do not.
pub(super) fn copy_before_migration(
    connection: &Connection,
    folder: &Path,
) -> Result<(), StoreError> {
    let Some(version) = schema::migrates_to(connection)? else {
        return Ok(());
    };
    let place = folder.join(format!("{DATABASE}.before-{version}"));
    let draft = folder.join(format!(
        "{DATABASE}.before-{version}.part-{}",
        std::process::id()
    ));
    if let Err(error) = fs::remove_file(&draft)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(StoreError::folder(&draft, &error));
    }
    copy(connection, &draft)?;
    fs::rename(&draft, &place)
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| StoreError::folder(&place, &error))?;
    tracing::info!(copy = %place.display(), version, "the database is copied before its tables change");
    Ok(())
}

/// Writes the database into a new file, compact and encrypted as it is.
fn copy(connection: &Connection, to: &Path) -> Result<u64, StoreError> {
    let failed = |error: std::io::Error| StoreError::folder(to, &error);
    let file = new_file(to)?;
    let name = to.to_str().ok_or(StoreError::Input {
        field: "file",
        problem: "must have a name in UTF-8",
    })?;
    let copied = connection
        .execute("VACUUM INTO ?1", [name])
        .map_err(StoreError::from)
        .and_then(|_| file.sync_all().map_err(failed))
        .and_then(|()| Ok(file.metadata().map_err(failed)?.len()));
    if copied.is_err() {
        let _ = fs::remove_file(to);
    }
    copied
}

fn new_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| StoreError::folder(path, &error))
}

/// A database's file, its log and the log's index.
fn parts(database: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Moves the database of the folder with its log to a name that nothing has. None where there is none.
fn aside(folder: &Path, why: &str, now: OffsetDateTime) -> Result<Option<PathBuf>, StoreError> {
    let stamp = now
        .to_offset(time::UtcOffset::UTC)
        .format(format_description!(
            "[year][month][day]T[hour][minute][second]Z"
        ))
        .map_err(|_| StoreError::State("the time has no name"))?;
    let database = folder.join(DATABASE);
    let is_free = |place: &PathBuf| parts(place).iter().all(|part| !part.exists());
    let place = (1..1_000)
        .map(|count| match count {
            1 => folder.join(format!("{DATABASE}.{why}-{stamp}")),
            _ => folder.join(format!("{DATABASE}.{why}-{stamp}.{count}")),
        })
        .find(is_free)
        .ok_or(StoreError::State("too many databases were set aside"))?;
    let mut moved = false;
    // The database first: a crash in between leaves its log under the old name, and no database that would
    // open without it.
    for (from, to) in parts(&database).into_iter().zip(parts(&place)) {
        match fs::rename(&from, &to) {
            Ok(()) => moved = true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::folder(&from, &error)),
        }
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::folder(folder, &error))?;
    Ok(moved.then_some(place))
}

#[cfg(test)]
#[path = "safekeeping_tests.rs"]
mod tests;
