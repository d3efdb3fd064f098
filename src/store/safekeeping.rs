//! The file itself: whole or damaged, copied, set aside. None is ever overwritten or deleted but copies that
//! were made before a migration, when their term is over, and drafts that were cut off.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_port::clock::Clock;
use rusqlite::{Connection, ErrorCode};
use time::OffsetDateTime;
use time::macros::format_description;

use super::audit::AuditEvent;
use super::{DATABASE, Store, StoreError};

/// Held by whoever uses the data folder alone.
const LOCK: &str = "desk.lock";
/// Stands in the lock's file once there is a database: one that is missing then was lost.
const MADE: &str = "a database was made here\n";
/// Before the name under which a database is being set aside.
const ASIDE: &str = "set aside: ";
/// A copy that is looked at before it takes the database's place.
pub(super) const RESTORING: &str = ".restoring-";
/// Why a database was set aside, as part of its new name.
const DAMAGED: &str = "damaged";
pub(super) const REPLACED: &str = "replaced";

/// The data folder, for this process alone: a running desk holds it. Let go when dropped, and when the
/// process dies.
#[derive(Debug)]
pub struct FolderLock {
    pub(super) folder: PathBuf,
    file: File,
}

impl FolderLock {
    /// Takes the folder, which is made where it is missing. What a process that died in the middle of
    /// setting a database aside, copying or restoring one left over is brought to its end, or removed.
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
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    folder: folder.to_owned(),
                });
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let lock = Self {
            folder: folder.to_owned(),
            file,
        };
        lock.remove_drafts()?;
        lock.finish_setting_aside()?;
        Ok(lock)
    }

    /// Whole copies of the database that nothing else would name or remove.
    fn remove_drafts(&self) -> Result<(), StoreError> {
        let failed = |error: std::io::Error| StoreError::folder(&self.folder, &error);
        for file in fs::read_dir(&self.folder).map_err(failed)? {
            let file = file.map_err(failed)?;
            let name = file.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(DATABASE));
            let is_draft = rest.is_some_and(|rest| {
                rest.starts_with(RESTORING)
                    || (rest.starts_with(".before-") && rest.contains(".part-"))
            });
            if is_draft {
                fs::remove_file(file.path()).map_err(failed)?;
                tracing::warn!(file = %file.path().display(), "what was cut off is removed");
            }
        }
        Ok(())
    }

    /// Where a database was being set aside when the process died; its log follows it there.
    fn finish_setting_aside(&self) -> Result<(), StoreError> {
        let Some(place) = self.being_set_aside()? else {
            return Ok(());
        };
        if self.folder.join(DATABASE).exists() {
            // Not begun yet, or another took its place since.
            return self.note(Noted::Made);
        }
        move_parts(&self.folder, &place).map(|_| ())
    }

    /// The name under which a database is being set aside, as the lock's file says.
    pub(super) fn being_set_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        let mut text = String::new();
        let failed = |error: std::io::Error| StoreError::folder(&self.folder, &error);
        (&self.file).rewind().map_err(failed)?;
        // What is no text was not written here.
        if (&self.file).take(1_024).read_to_string(&mut text).is_err() {
            return Ok(None);
        }
        let name = text.lines().find_map(|line| line.strip_prefix(ASIDE));
        Ok(name
            .filter(|name| name.starts_with(DATABASE) && !name.contains('/'))
            .map(|name| self.folder.join(name)))
    }

    pub(super) fn note(&self, what: Noted<'_>) -> Result<(), StoreError> {
        let text = match what {
            Noted::Nothing => String::new(),
            Noted::Made => MADE.to_owned(),
            Noted::SettingAside(name) => format!("{MADE}{ASIDE}{name}\n"),
        };
        self.file
            .set_len(0)
            .and_then(|()| (&self.file).rewind())
            .and_then(|()| (&self.file).write_all(text.as_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|error| StoreError::folder(&self.folder, &error))
    }
}

/// What stands in the lock's file.
#[derive(Clone, Copy)]
pub(super) enum Noted<'a> {
    /// There is no database yet.
    Nothing,
    /// There is one.
    Made,
    /// It is being moved to that name.
    SettingAside(&'a str),
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

impl Store {
    /// Opens the store of the folder after a look at every page of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and [`StoreError::WrongKey`], with everything left as it is; else as
    /// [`Store::open`].
    pub fn open_whole(lock: &FolderLock, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let credentials = super::credentials();
        let store = Self::opened(&lock.folder, clock, credentials.as_deref(), true)?;
        lock.note(Noted::Made)?;
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
        let place = aside(lock, DAMAGED, now)?;
        lock.note(Noted::Nothing)?;
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

/// A copy of the whole database beside it, before its tables change to those of `version`. One that is there
/// stays.
pub(super) fn copy_before_migration(
    connection: &Connection,
    folder: &Path,
    version: i64,
) -> Result<(), StoreError> {
    let place = (1..1_000)
        .map(|count| match count {
            1 => folder.join(format!("{DATABASE}.before-{version}")),
            _ => folder.join(format!("{DATABASE}.before-{version}.{count}")),
        })
        .find(|place| !place.exists())
        .ok_or(StoreError::State(
            "too many copies were made before a migration",
        ))?;
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

pub(super) fn new_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| StoreError::folder(path, &error))
}

/// A database's file, its log and the log's index.
pub(super) fn parts(database: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Moves the database of the folder with its log to a name that nothing has, which the lock's file holds
/// until something else is noted. None where there is none.
pub(super) fn aside(
    lock: &FolderLock,
    why: &str,
    now: OffsetDateTime,
) -> Result<Option<PathBuf>, StoreError> {
    let folder = &lock.folder;
    let stamp = now
        .to_offset(time::UtcOffset::UTC)
        .format(format_description!(
            "[year][month][day]T[hour][minute][second]Z"
        ))
        .map_err(|_| StoreError::State("the time has no name"))?;
    if !parts(&folder.join(DATABASE))
        .iter()
        .any(|part| part.exists())
    {
        return Ok(None);
    }
    let is_free = |name: &String| {
        let place = folder.join(name);
        parts(&place).iter().all(|part| !part.exists())
    };
    let name = (1..1_000)
        .map(|count| match count {
            1 => format!("{DATABASE}.{why}-{stamp}"),
            _ => format!("{DATABASE}.{why}-{stamp}.{count}"),
        })
        .find(is_free)
        .ok_or(StoreError::State("too many databases were set aside"))?;
    lock.note(Noted::SettingAside(&name))?;
    let place = folder.join(name);
    let moved = move_parts(folder, &place)?;
    Ok(moved.then_some(place))
}

/// Whether anything of the database was there to be moved.
fn move_parts(folder: &Path, place: &Path) -> Result<bool, StoreError> {
    let mut moved = false;
    // The database first: a crash in between leaves its log under the old name, and no database that would
    // open without it.
    for (from, to) in parts(&folder.join(DATABASE)).into_iter().zip(parts(place)) {
        match fs::rename(&from, &to) {
            Ok(()) => moved = true,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::folder(&from, &error)),
        }
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::folder(folder, &error))?;
    Ok(moved)
}

#[cfg(test)]
#[path = "safekeeping_tests.rs"]
mod tests;
