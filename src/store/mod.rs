//! What the desk remembers: one encrypted SQLite file (SQLCipher).
//!
//! # Layout
//! - [`Store`]: opening, and the one transaction that everything is written in
//! - `key`: the key of the file, in a file of mode 0600 or a systemd credential
//! - `schema`: tables and their migrations
//! - [`audit`]: the hash chain, append only
//! - [`verdicts`]: concluded sessions and their evidence
//! - [`safekeeping`]: the file itself: looked at, copied, set aside
//! - [`restoring`]: a copy in the place of the database
//! - [`carrying`]: what that copy takes over from what it replaces
//! - [`purging`]: personal data goes when its term is over
//! - [`leaps`]: whether the clock is believed for that
//! - [`subject`]: one person in all of it, for a copy or to be forgotten
//! - [`outbox`]: signed reports and where they stand
//! - [`deliveries`]: one destination's turn with them
//! - [`tokens`]: who may call the desk
//! - [`payees`]: who is to be paid, and who was
//! - [`quirks`]: what readers and chips were found to bear
//! - [`chips`]: what chips showed in earlier sessions
//! - [`frames`]: live pictures that came before, by their digests
//! - [`fingers`]: fingers that were enrolled at a verified visit, sealed
//! - [`fleet`]: what came down from the fleet
//! - `configured`: what the desk ran under
//! - [`trust`]: what the desk trusts, import by import
//! - [`trouble`]: what keeps the desk from recording
//! - `signing`: the key that signs reports, sealed inside the encrypted file
//!
//! The store is synchronous: async callers go through `spawn_blocking`. It knows nothing of
//! reports but their signed text; [`crate::report`] writes verdict, audit entry and outbox row in
//! one transaction.

pub mod audit;
pub mod carrying;
pub mod chips;
mod configured;
pub(crate) mod deliveries;
mod error;
pub mod fingers;
pub mod fleet;
pub mod frames;
mod key;
pub mod leaps;
pub mod outbox;
pub mod payees;
pub mod purging;
pub mod quirks;
pub mod restoring;
pub mod safekeeping;
mod schema;
mod signing;
pub mod subject;
pub mod tokens;
pub mod trouble;
pub mod trust;
pub mod verdicts;

use core::fmt;
use core::time::Duration;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cccd_port::clock::Clock;
pub(crate) use rusqlite::Transaction;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use time::OffsetDateTime;
use tokio::sync::watch;

pub use audit::{AuditEvent, AuditHead, ChainFault};
pub use error::StoreError;
pub use outbox::{Destination, OutboxCounts, OutboxEntry, OutboxState};
pub use quirks::QuirkEntry;
use safekeeping::FolderLock;
pub(crate) use signing::SigningKey;
pub use tokens::{Role, Token, TokenEntry};
pub use trouble::{Bounds, Trouble};

/// The database's file in the data folder.
const DATABASE: &str = "desk.db";

/// Another process of this desk, such as `cccd-desk outbox`, writes for a moment only.
const BUSY: Duration = Duration::from_secs(5);

/// The desk's memory. Cheap to share behind an [`Arc`]; every method takes its turn.
pub struct Store {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    /// None where it lives in memory alone.
    folder: Option<PathBuf>,
    signing: signing::SigningKeys,
    outbox_changed: watch::Sender<()>,
    last: trouble::Last,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of `folder`, or makes it with a new key of its own.
    ///
    /// The database's key is the systemd credential `cccd-desk-db-key` where there is one, else
    /// the file `desk.key` of the folder.
    ///
    /// # Errors
    /// [`StoreError`]: the folder or the key cannot be used, the key is another database's, the database
    /// is of a newer version, or there was one and it is gone ([`StoreError::Damaged`]).
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_with(folder, clock, credentials().as_deref())
    }

    fn open_with(
        folder: &Path,
        clock: Arc<dyn Clock>,
        credentials: Option<&Path>,
    ) -> Result<Self, StoreError> {
        Self::opened(folder, clock, credentials, false)
    }

    /// Opens; where `look`, after a look at every page, before anything is changed: the caller has the folder
    /// for itself then.
    fn opened(
        folder: &Path,
        clock: Arc<dyn Clock>,
        credentials: Option<&Path>,
        look: bool,
    ) -> Result<Self, StoreError> {
        Self::opened_file(folder, clock, credentials, look)
            .map_err(|error| trouble::of_disk(error, folder))
    }

    fn opened_file(
        folder: &Path,
        clock: Arc<dyn Clock>,
        credentials: Option<&Path>,
        look: bool,
    ) -> Result<Self, StoreError> {
        make_folder(folder)?;
        let database = folder.join(DATABASE);
        let exists = std::fs::metadata(&database).is_ok_and(|about| about.len() > 0);
        // SQLite would make a new one, and throw the log away that is left of it.
        if !exists && safekeeping::was_made(folder)? {
            return Err(StoreError::Damaged {
                path: database,
                problem: "is missing or empty, and there was one".to_owned(),
            });
        }
        let key = key::obtain(folder, credentials, exists)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&database, flags)?;
        key.unlock(&connection)
            .map_err(|error| safekeeping::of_damage(error, &database))?;
        if look && exists {
            safekeeping::look(&connection, &database)?;
        }
        // Held until the tables are changed: a desk of an older program may run on them.
        let mut alone = None;
        if let Some(version) = schema::migrates_to(&connection)? {
            if !look {
                alone = Some(FolderLock::take(folder).map_err(StoreError::of_migration)?);
            }
            safekeeping::copy_before_migration(&connection, folder, version)?;
        }
        let store = Self::on(connection, Some(folder.to_owned()), clock);
        drop(alone);
        store
    }

    /// A new store in the memory of this process, with a key of its own: for simulations, which
    /// leave nothing behind however they end.
    ///
    /// # Errors
    /// [`StoreError`]: the database's, or that of the random numbers.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::on(Connection::open_in_memory()?, None, clock)
    }

    fn on(
        mut connection: Connection,
        folder: Option<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        schema::prepare(&mut connection)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let signing = signing::SigningKeys::open(&transaction)?;
        transaction.commit()?;
        Ok(Self {
            connection: Mutex::new(connection),
            clock,
            folder,
            signing,
            outbox_changed: watch::Sender::new(()),
            last: trouble::Last::default(),
        })
    }

    /// Whether `folder` holds a store, or held one that is gone: opening it says so then.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        folder.join(DATABASE).is_file() || safekeeping::was_made(folder).unwrap_or(true)
    }

    /// The folder that it was opened in; none where it lives in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Now, by the clock that the store was given.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Changes whenever a deliverer may have something to do.
    pub(crate) fn outbox_changes(&self) -> watch::Receiver<()> {
        self.outbox_changed.subscribe()
    }

    /// To be called after each such change.
    pub(crate) fn outbox_has_changed(&self) {
        self.outbox_changed.send_replace(());
    }

    /// Runs `work` in one transaction that takes the write lock at its start: all of it is kept, or
    /// nothing. An error or a panic of `work` rolls back.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let ended = self.in_transaction(work, |transaction| transaction.commit());
        self.last.note(&ended);
        ended
    }

    /// Runs `work` in a transaction that is never kept.
    pub(crate) fn trial<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.in_transaction(work, |transaction| transaction.rollback())
    }

    fn in_transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
        end: impl FnOnce(Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<T, StoreError> {
        // A panic elsewhere has rolled its transaction back: the connection itself is sound.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        end(transaction)?;
        Ok(value)
    }

    /// Runs a read.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(
            &self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Folds the log into the file: until then it still holds the pages as they were. Whether that was
    /// done: another process that reads from the log meanwhile keeps it.
    fn fold_log(&self) -> Result<bool, StoreError> {
        let kept: bool = self.read(|connection| {
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            Ok(connection.query_row(checkpoint, [], |row| row.get(0))?)
        })?;
        Ok(!kept)
    }

    /// Folds the log into the file for sure.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where another process kept it.
    fn cut_log(&self) -> Result<(), StoreError> {
        if self.fold_log()? {
            Ok(())
        } else {
            Err(StoreError::Busy)
        }
    }
}

/// Asks a store on a thread that may block.
pub(crate) async fn in_store<T: Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || work(&store))
        .await
        .unwrap_or(Err(StoreError::State("the store's work was cut off")))
}

/// Where systemd puts credentials for this process.
fn credentials() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// Makes the data folder where it is missing, for its owner alone.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| StoreError::folder(folder, &error))
}

/// Milliseconds since 1970, as the database keeps times.
fn to_millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of that many milliseconds since 1970.
fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// RFC 3339 in UTC, to the millisecond.
pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    let millis = from_millis(to_millis(time));
    millis
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
