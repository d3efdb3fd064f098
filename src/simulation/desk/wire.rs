//! A serial line in this process: the simulation holds one end, and the driver that the desk uses at
//! a counter the other.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use cccd_port::ScannerFault;
use cccd_serial_scanner::{Line, LineLost, Socket};
use cccd_sim::Sent;

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    absent: Option<ScannerFault>,
    open: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for as long as `wanted` does not hold, up to `within`.
    fn wait(&self, within: Duration, wanted: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state();
        let waited = self
            .changed
            .wait_timeout_while(state, within, |state| !wanted(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A device's end. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Wire(Arc<Shared>);

impl Wire {
    /// The driver's end.
    pub(super) fn socket(&self) -> Box<dyn Socket> {
        Box::new(Far(Arc::clone(&self.0)))
    }

    /// Plugs the device in, or with a fault takes it away.
    pub(super) fn set(&self, absent: Option<ScannerFault>) {
        let mut state = self.0.state();
        state.absent = absent;
        state.open = state.open && absent.is_none();
        self.0.changed.notify_all();
    }

    /// Sends what a line left of a scan, stalls and all, once the driver has opened it; false where it
    /// does not within `within`.
    pub(super) fn send(&self, sent: &Sent, within: Duration) -> bool {
        if !self.0.wait(within, |state| state.open).open {
            return false;
        }
        for (stall, bytes) in &sent.pieces {
            thread::sleep(*stall);
            self.0.state().bytes.extend(bytes);
            self.0.changed.notify_all();
        }
        if sent.unplugged {
            // What was sent arrives before the line is lost.
            drop(self.0.wait(within, |state| state.bytes.is_empty()));
            self.set(Some(ScannerFault::Unplugged));
        }
        true
    }
}

struct Far(Arc<Shared>);

impl Socket for Far {
    fn open(&mut self) -> Result<Box<dyn Line>, ScannerFault> {
        let mut state = self.0.state();
        match state.absent {
            Some(fault) => Err(fault),
            None => {
                state.bytes.clear();
                state.open = true;
                self.0.changed.notify_all();
                Ok(Box::new(Self(Arc::clone(&self.0))))
            }
        }
    }

    fn pause(&mut self, length: Duration) {
        // A device that is plugged in is found at the next look.
        drop(self.0.wait(length, |state| state.absent.is_none()));
    }
}

impl Line for Far {
    fn read(&mut self, into: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        let mut state = self
            .0
            .wait(within, |state| !state.open || !state.bytes.is_empty());
        if !state.open {
            return Err(LineLost);
        }
        let count = into.len().min(state.bytes.len());
        for (to, byte) in into.iter_mut().zip(state.bytes.drain(..count)) {
            *to = byte;
        }
        self.0.changed.notify_all();
        Ok(count)
    }

    fn write(&mut self, _: &[u8]) -> Result<(), LineLost> {
        if self.0.state().open {
            Ok(())
        } else {
            Err(LineLost)
        }
    }
}
