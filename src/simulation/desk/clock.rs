//! Clocks that can be set and moved on: the desk's, and one for each reader.

use core::time::Duration;
use std::sync::{Arc, PoisonError, RwLock};

use cccd_port::{Clock, SystemClock, Timer, Waiting};
use cccd_sim::VirtualClock;
use time::OffsetDateTime;
use tokio::sync::watch;

/// How far from the machine's time the desk's clock may be set, in days: a hundred years.
pub const FARTHEST_DAYS: i64 = 36_525;

/// The clock of a simulated desk: the machine's, until somebody sets it.
#[derive(Debug)]
pub struct StageClock {
    system: SystemClock,
    shift: RwLock<Shift>,
    /// Goes up with each step forward, so that whoever waits looks again.
    steps: watch::Sender<Duration>,
}

/// How it differs from the machine's.
#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    time_of_day: time::Duration,
    elapsed: Duration,
}

impl Default for StageClock {
    fn default() -> Self {
        Self {
            system: SystemClock::default(),
            shift: RwLock::default(),
            steps: watch::Sender::new(Duration::ZERO),
        }
    }
}

impl StageClock {
    fn shift(&self) -> Shift {
        *self.shift.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows `now` from here on. Waits go on as they were; false where that is farther off than
    /// [`FARTHEST_DAYS`].
    #[must_use]
    pub fn set(&self, now: OffsetDateTime) -> bool {
        let time_of_day = now - self.system.now();
        if time_of_day.whole_days().abs() > FARTHEST_DAYS {
            return false;
        }
        let mut shift = self.shift.write().unwrap_or_else(PoisonError::into_inner);
        shift.time_of_day = time_of_day;
        true
    }

    /// Lets that much time pass at once: what waits for it is over. False where the clock would be
    /// farther off than [`FARTHEST_DAYS`].
    #[must_use]
    pub fn advance(&self, by: Duration) -> bool {
        let mut shift = self.shift.write().unwrap_or_else(PoisonError::into_inner);
        let Some(time_of_day) = time::Duration::try_from(by)
            .ok()
            .and_then(|by| shift.time_of_day.checked_add(by))
            .filter(|shift| shift.whole_days().abs() <= FARTHEST_DAYS)
        else {
            return false;
        };
        shift.time_of_day = time_of_day;
        shift.elapsed = shift.elapsed.saturating_add(by);
        let elapsed = shift.elapsed;
        drop(shift);
        self.steps.send_replace(elapsed);
        true
    }

    /// Shows the machine's time of day again. Time that was let pass has passed.
    pub fn follow_the_machine(&self) {
        let mut shift = self.shift.write().unwrap_or_else(PoisonError::into_inner);
        shift.time_of_day = time::Duration::ZERO;
    }
}

impl Clock for StageClock {
    fn now(&self) -> OffsetDateTime {
        self.system.now().saturating_add(self.shift().time_of_day)
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed().saturating_add(self.shift().elapsed)
    }
}

impl Timer for StageClock {
    fn elapsed(&self) -> Duration {
        Clock::elapsed(self)
    }

    fn until(&self, deadline: Duration) -> Waiting<'_> {
        let mut steps = self.steps.subscribe();
        Box::pin(async move {
            loop {
                let left = deadline.saturating_sub(Clock::elapsed(self));
                if left.is_zero() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    // The sender lives as long as this clock.
                    _ = steps.changed() => {}
                }
            }
        })
    }
}

/// What a reader's card is read by.
#[derive(Debug)]
pub struct LaneClock {
    /// The desk's clock.
    pub stage: Arc<StageClock>,
    /// What the desk's clock shows while this card lies there, where the card's defect is a wrong
    /// clock.
    pub shown: Option<OffsetDateTime>,
    /// Modelled time, where nothing really waits for it.
    pub modelled: Option<Arc<VirtualClock>>,
}

impl Clock for LaneClock {
    fn now(&self) -> OffsetDateTime {
        self.shown.unwrap_or_else(|| self.stage.now())
    }

    fn elapsed(&self) -> Duration {
        match &self.modelled {
            Some(modelled) => modelled.elapsed(),
            None => Clock::elapsed(self.stage.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn what_waits_for_an_hour_is_over_when_the_hour_is_let_pass() {
        let clock = Arc::new(StageClock::default());
        let waiting = Arc::clone(&clock);
        let hour = Duration::from_hours(1);
        let before = clock.now();
        let wait = tokio::spawn(async move { waiting.pause(hour).await });
        tokio::task::yield_now().await;
        assert!(clock.advance(hour));
        wait.await.unwrap();
        assert!(clock.now() - before >= hour);
    }

    #[test]
    fn it_is_set_within_a_hundred_years_and_followed_again() {
        let clock = StageClock::default();
        let wanted = OffsetDateTime::UNIX_EPOCH;
        assert!(clock.set(wanted));
        assert!((clock.now() - wanted).whole_seconds() < 60);
        assert!(!clock.set(wanted - time::Duration::days(3 * FARTHEST_DAYS)));
        assert!(!clock.advance(Duration::from_secs(u64::MAX)));
        clock.follow_the_machine();
        assert!((OffsetDateTime::now_utc() - clock.now()).whole_seconds() < 60);
    }
}
