//! Waits by the machine's own time.

use core::time::Duration;

use cccd_port::{Timer, Waiting};
use tokio::time::Instant;

/// The runtime's timer.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeTimer(Instant);

impl Default for RuntimeTimer {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Timer for RuntimeTimer {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn until(&self, deadline: Duration) -> Waiting<'_> {
        // A deadline beyond what the runtime can count never comes.
        match self.0.checked_add(deadline) {
            Some(deadline) => Box::pin(tokio::time::sleep_until(deadline)),
            None => Box::pin(core::future::pending()),
        }
    }
}
