//! A scan for which no session waits: held for some seconds, for a page that opens one.

use core::time::Duration;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Beside;
use crate::desk::session::SessionId;
use crate::document::Printed;

/// How long a scan waits for a page.
pub(super) const HELD_FOR: Duration = Duration::from_secs(3);

/// A scan that no session took. It names a person, wipes itself, and goes to one clerk's session.
#[derive(Debug)]
pub struct HeldScan {
    number: u64,
    /// The readers that it may go to.
    pub beside: Option<Beside>,
    /// What was scanned.
    pub key: Printed,
    taken: Sender<SessionId>,
}

impl HeldScan {
    /// Tells its scanner that a session has it.
    pub fn went_to(&self, id: SessionId) {
        // The scanner may have given up this moment; the session has the key all the same.
        let _ = self.taken.send(id);
    }
}

/// Scans that are held: one a scanner, since its thread waits meanwhile.
#[derive(Debug, Default)]
pub struct HeldScans {
    held: Mutex<(u64, Vec<HeldScan>)>,
    pages: Arc<AtomicUsize>,
}

/// A clerk's page that listens, for as long as this is held.
pub struct Page(Arc<AtomicUsize>);

impl Drop for Page {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl HeldScans {
    fn lock(&self) -> MutexGuard<'_, (u64, Vec<HeldScan>)> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clerk's page begins to listen.
    pub fn page(&self) -> Page {
        self.pages.fetch_add(1, Ordering::AcqRel);
        Page(Arc::clone(&self.pages))
    }

    /// Whether any page could open a session for a scan.
    pub(super) fn has_pages(&self) -> bool {
        self.pages.load(Ordering::Acquire) > 0
    }

    /// Holds a scan: its number, and who tells what session took it.
    pub(super) fn hold(&self, beside: Option<Beside>, key: Printed) -> (u64, Receiver<SessionId>) {
        let (taken, told) = channel();
        let mut held = self.lock();
        held.0 += 1;
        let number = held.0;
        held.1.push(HeldScan {
            number,
            beside,
            key,
            taken,
        });
        (number, told)
    }

    /// Takes the scan of that number out: once.
    pub fn take(&self, number: u64) -> Option<HeldScan> {
        let mut held = self.lock();
        let at = held.1.iter().position(|scan| scan.number == number)?;
        Some(held.1.swap_remove(at))
    }

    /// Puts one back whose session could not be opened.
    pub fn put_back(&self, scan: HeldScan) {
        self.lock().1.push(scan);
    }
}
