//! What keeps the desk from recording, and what soon will: for whoever asks how it is.

use core::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{StatVfsMountFlags, statvfs};
use time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Store, StoreError};

/// Something that is the matter with what the desk remembers in, or with its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The last entry found no room.
    DiskFull,
    /// The next ones soon will not.
    DiskAlmostFull,
    /// The disk can be read and not written.
    DiskReadOnly,
    /// Another process held the database for too long.
    DatabaseLocked,
    /// The last entry failed in another way.
    DatabaseFailed,
    /// The clock is behind what was recorded already.
    ClockBehind,
    /// Reports that are still to be sent have piled up to the bound: no further session is opened.
    OutboxFull,
    /// Reports that are still to be sent pile up.
    OutboxAlmostFull,
    /// The clock is far ahead of what was recorded: nothing is purged until that is known to be right.
    ClockLeapt,
    /// Payments since a restored copy are not known: nobody is paid until an operator says so.
    PaymentsHeld,
}

/// From where on no further session is opened, so that what was begun can always be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// So many reports are still to be sent, at the destination that lacks most.
    pub waiting: u64,
    /// Less disk is free, in bytes.
    pub disk: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            waiting: 20_000,
            disk: 200 << 20,
        }
    }
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::DiskFull,
        Self::DiskAlmostFull,
        Self::DiskReadOnly,
        Self::DatabaseLocked,
        Self::DatabaseFailed,
        Self::ClockBehind,
        Self::OutboxFull,
        Self::OutboxAlmostFull,
        Self::ClockLeapt,
        Self::PaymentsHeld,
    ];

    /// The stable code, such as `disk-full`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DiskFull => "disk-full",
            Self::DiskAlmostFull => "disk-almost-full",
            Self::DiskReadOnly => "disk-read-only",
            Self::DatabaseLocked => "database-locked",
            Self::DatabaseFailed => "database-failed",
            Self::ClockBehind => "clock-behind",
            Self::OutboxFull => "outbox-full",
            Self::OutboxAlmostFull => "outbox-almost-full",
            Self::ClockLeapt => "clock-leapt",
            Self::PaymentsHeld => "payments-held",
        }
    }

    /// Why an entry failed; `None` where the store is well and what it was asked was wrong.
    const fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::DiskFull => Some(Self::DiskFull),
            StoreError::ReadOnly => Some(Self::DiskReadOnly),
            StoreError::Busy => Some(Self::DatabaseLocked),
            StoreError::Database(_)
            | StoreError::WrongKey
            | StoreError::Damaged { .. }
            | StoreError::Chain(_) => Some(Self::DatabaseFailed),
            _ => None,
        }
    }
}

/// Why the last entry failed.
#[derive(Default)]
pub(super) struct Last(Mutex<Option<Trouble>>);

impl fmt::Debug for Last {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl Last {
    /// Takes note of how an attempt to write ended.
    pub(super) fn note<T>(&self, ended: &Result<T, StoreError>) {
        let found = match ended {
            Ok(_) => None,
            // The store answered, and said no to what it was asked.
            Err(error) => match Trouble::of(error) {
                None => return,
                trouble => trouble,
            },
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    fn get(&self) -> Option<Trouble> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock may go back by so much and be honest: time zones that were set wrong, small corrections.
const TOLERANCE: Duration = Duration::DAY;

impl Store {
    /// Why the last entry failed, where none was made since.
    #[must_use]
    pub fn unrecorded(&self) -> Option<Trouble> {
        self.last.get()
    }

    /// Why no further session may be opened; none where there is room for one.
    #[must_use]
    pub fn no_room(&self, bounds: &Bounds) -> Option<Trouble> {
        let disk = self.folder().and_then(|folder| disk(folder, bounds.disk));
        disk.or_else(|| {
            let full = self.waiting().is_ok_and(|count| count >= bounds.waiting);
            full.then_some(Trouble::OutboxFull)
        })
    }

    /// All that is the matter now, without writing anything. The alarm comes before the bounds do: with
    /// twice the disk, and four fifths of the reports.
    #[must_use]
    pub fn troubles(&self, bounds: &Bounds) -> Vec<Trouble> {
        let mut found: Vec<Trouble> = self.unrecorded().into_iter().collect();
        let waiting = self.waiting().unwrap_or(0);
        if waiting >= bounds.waiting {
            found.push(Trouble::OutboxFull);
        } else if waiting >= bounds.waiting.saturating_sub(bounds.waiting / 5) {
            found.push(Trouble::OutboxAlmostFull);
        }
        let disk = |folder| disk(folder, bounds.disk.saturating_mul(2));
        if let Some(trouble) = self.folder().and_then(disk)
            && !found.contains(&trouble)
            && !found.contains(&Trouble::DiskFull)
        {
            found.push(trouble);
        }
        if self.is_behind().unwrap_or(false) {
            found.push(Trouble::ClockBehind);
        }
        if self.clock_leapt().unwrap_or(false) {
            found.push(Trouble::ClockLeapt);
        }
        if self.payments_held().unwrap_or(false) {
            found.push(Trouble::PaymentsHeld);
        }
        found
    }

    /// Whether the clock is more than a day behind one of the newest entries of the audit log.
    fn is_behind(&self) -> Result<bool, StoreError> {
        let newest: Option<String> = self.read(|connection| {
            let newest = "SELECT max(json_extract(entry, '$.at')) FROM \
                          (SELECT entry FROM audit ORDER BY number DESC LIMIT 200)";
            Ok(connection.query_row(newest, [], |row| row.get(0))?)
        })?;
        let newest = newest.and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok());
        Ok(newest.is_some_and(|at| self.now().saturating_add(TOLERANCE) < at))
    }
}

/// What the disk under a folder says of itself, where so many bytes are wanted.
fn disk(folder: &Path, least: u64) -> Option<Trouble> {
    let found = statvfs(folder).ok()?;
    if found.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Some(Trouble::DiskReadOnly);
    }
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    (free < least).then_some(Trouble::DiskAlmostFull)
}

/// What is said where a database cannot be used because its disk cannot be written.
pub(super) fn of_disk(error: StoreError, folder: &Path) -> StoreError {
    match error {
        StoreError::Database(_) if disk(folder, 0) == Some(Trouble::DiskReadOnly) => {
            StoreError::ReadOnly
        }
        error => error,
    }
}

#[cfg(test)]
#[path = "trouble_tests.rs"]
mod tests;
