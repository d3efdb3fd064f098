//! What can go wrong with the store.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

use super::audit::ChainFault;

/// Why the store did not do what it was asked. Nothing was changed then. Holds no personal data.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The data folder cannot be made or used.
    #[error("cannot use the data folder {}: {reason}", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file of the database's key is not as it must be.
    #[error("the database's key {} {problem}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// There is a database and no key for it.
    #[error("the database in {} is there and its key is not: put desk.key back, or the credential cccd-desk-db-key", folder.display())]
    KeyMissing {
        /// The data folder.
        folder: PathBuf,
    },
    /// The key opens nothing: it is another database's, or the file is damaged.
    #[error(
        "the database does not open with this key: the key is another one's, or the file is damaged"
    )]
    WrongKey,
    /// The database is not whole. It was left as it is.
    #[error("the database {} {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// A desk runs on the data folder.
    #[error("a desk runs on the data folder {}: stop it first", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database is of version {found}, this program knows up to {known}: install the newer program"
    )]
    Newer {
        /// The version of the file.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// The clock is far ahead of what was recorded: nothing is purged by it.
    #[error(
        "the clock is far ahead of what was recorded, and nothing is purged until it is known to be right: set it, or say “cccd-desk privacy purge”"
    )]
    ClockLeapt,
    /// The database is of an older version, and a desk that knows no newer one runs on it.
    #[error(
        "the database is of an older version and a desk runs on it: stop the desk, and start it once with this program"
    )]
    Older,
    /// The disk has no room. Nothing was changed; free some room and try again.
    #[error(
        "the disk is full: nothing was lost and nothing was recorded; free some room and try again"
    )]
    DiskFull,
    /// The disk can be read and not written. Nothing was changed.
    #[error("the disk cannot be written: nothing was recorded; check it and mount it for writing")]
    ReadOnly,
    /// Another process holds the database.
    #[error("another process is writing to the database; try again")]
    Busy,
    /// The session was concluded before; its verdict stands.
    #[error("the session was concluded before")]
    AlreadyConcluded,
    /// There is no such thing.
    #[error("there is no {kind} of that name")]
    Unknown {
        /// `report`, `token`.
        kind: &'static str,
    },
    /// The state does not allow it.
    #[error("{0}")]
    State(&'static str),
    /// A value that the store does not take.
    #[error("{field} {problem}")]
    Input {
        /// Which value.
        field: &'static str,
        /// The bounds.
        problem: &'static str,
    },
    /// The audit log was tampered with or is damaged.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The system gave no random bytes, or the signing key is damaged.
    #[error("{0}")]
    Crypto(&'static str),
    /// Anything else that SQLite said.
    #[error("database: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    /// Why a database is not migrated whose folder somebody has.
    pub(super) fn of_migration(error: Self) -> Self {
        match error {
            Self::InUse { .. } => Self::Older,
            other => other,
        }
    }

    pub(super) fn folder(path: &Path, error: &std::io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::NotADatabase) => Self::WrongKey,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
