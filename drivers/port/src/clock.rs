//! Time as something that is passed in, and waits that follow it.

use core::pin::Pin;
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

/// What an async task waits for.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Waits of async tasks, by a time that a test may move on.
pub trait Timer: Send + Sync {
    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Done once [`Self::elapsed`] has reached `deadline`. Dropped, it waits no more.
    fn until(&self, deadline: Duration) -> Waiting<'_>;

    /// Done when `length` is over.
    fn pause(&self, length: Duration) -> Waiting<'_> {
        self.until(self.elapsed().saturating_add(length))
    }
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
