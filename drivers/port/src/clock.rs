//! Time as something that is passed in.

use core::time::Duration;
use std::time::Instant;

use time::OffsetDateTime;

/// The time of day, and time that only goes forward.
pub trait Clock: Send + Sync {
    /// The date and time in UTC, as far as the machine knows it.
    fn now(&self) -> OffsetDateTime;
    /// Time since some fixed moment; never goes back. Budgets are measured with it.
    fn elapsed(&self) -> Duration;
}

/// The machine's own clocks.
#[derive(Clone, Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
