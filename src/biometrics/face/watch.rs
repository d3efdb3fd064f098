//! How long work may take, and whether anybody still waits for it.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;

use cccd_port::Clock;

/// The work's time is over, or nobody waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The deadline has passed.
    #[error("the comparison took too long")]
    Deadline,
    /// Nobody waits any more.
    #[error("the comparison was called off")]
    Cancelled,
}

/// A deadline and a way to call work off. Work asks between its steps; a step takes a tenth of a
/// second at most.
#[derive(Clone)]
pub struct Watch {
    clock: Arc<dyn Clock>,
    until: Duration,
    cancelled: Arc<AtomicBool>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch until {:?}", self.until)
    }
}

impl Watch {
    /// Work that may go on for `length` from now.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, length: Duration) -> Self {
        let until = clock.elapsed().saturating_add(length);
        Self {
            clock,
            until,
            cancelled: Arc::default(),
        }
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn check(&self) -> Result<(), Stopped> {
        if self.cancelled.load(Ordering::Relaxed) {
            Err(Stopped::Cancelled)
        } else if self.clock.elapsed() >= self.until {
            Err(Stopped::Deadline)
        } else {
            Ok(())
        }
    }

    /// Nobody waits any more.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
