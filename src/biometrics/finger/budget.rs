//! No search and no comparison runs for ever.
//!
//! The algorithms can't be asked to stop, and there are inputs, none of them a finger's, on which they
//! take minutes: so each runs on a thread of its own. Who waits gives up when the time is over; the
//! thread goes on to its end, and while two of them do, nothing new begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Where the work counts, it may wait this many times as long: for a machine that does other things.
const WAIT_FOR_WORK: u32 = 20;
/// Threads at once, the overdue ones among them.
const AT_ONCE: usize = 8;
/// Threads that may be overdue before nothing new begins: a desk has two processors.
const MOST_OVERDUE: usize = 2;

/// Why a piece of work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overrun {
    /// It took longer than it has.
    #[error("took too long")]
    TimedOut,
    /// So much is still running that nothing was begun.
    #[error("was not begun, for earlier ones still run")]
    Overloaded,
    /// It ended without a result: a defect of the program.
    #[error("broke off")]
    BrokeOff,
}

/// Runs pieces of work, each for so long at most.
#[derive(Debug)]
pub struct Budget {
    each: Duration,
    counted: Counted,
    counts: Arc<Counts>,
}

/// Whose time a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// The caller's: a counter waits no longer.
    Waiting,
    /// The processor's: a measurement asks what the work takes, and not what else the machine does.
    Working,
}

#[derive(Debug, Default)]
struct Counts {
    running: AtomicUsize,
    overdue: AtomicUsize,
}

/// One of those that run; counts itself off, however it ends.
struct Running {
    counts: Arc<Counts>,
    state: Arc<AtomicU8>,
}

/// Somebody waits for it.
const AWAITED: u8 = 0;
/// Nobody does any more.
const GIVEN_UP: u8 = 1;
/// It has ended.
const ENDED: u8 = 2;

impl Drop for Running {
    fn drop(&mut self) {
        if self.state.swap(ENDED, Ordering::AcqRel) == GIVEN_UP {
            self.counts.overdue.fetch_sub(1, Ordering::AcqRel);
        }
        self.counts.running.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Budget {
    /// `each` for a piece of work.
    #[must_use]
    pub fn new(each: Duration) -> Self {
        Self {
            each,
            counted: Counted::Waiting,
            counts: Arc::default(),
        }
    }

    /// `each` of a processor's time for a piece of work, and twenty times as much to wait for it.
    #[must_use]
    pub fn of_work(each: Duration) -> Self {
        Self {
            counted: Counted::Working,
            ..Self::new(each)
        }
    }

    /// The result of `work`, if it comes in time.
    ///
    /// # Errors
    /// [`Overrun`].
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Overrun> {
        let before = self.counts.running.fetch_add(1, Ordering::AcqRel);
        let state = Arc::<AtomicU8>::default();
        let running = Running {
            counts: Arc::clone(&self.counts),
            state: Arc::clone(&state),
        };
        let overdue = self.counts.overdue.load(Ordering::Acquire);
        if before >= AT_ONCE || overdue >= MOST_OVERDUE {
            return Err(Overrun::Overloaded);
        }
        let (done, result) = sync_channel(1);
        let thread = thread::Builder::new().name("finger".to_owned());
        let started = thread.spawn(move || {
            let made = work();
            let worked = worked();
            // Off the count before the caller hears of it: who waits for one may begin the next.
            drop(running);
            // Nobody listens any more when it was too slow.
            let _ = done.send((made, worked));
        });
        if started.is_err() {
            return Err(Overrun::BrokeOff);
        }
        let wait = match self.counted {
            Counted::Waiting => self.each,
            Counted::Working => self.each.saturating_mul(WAIT_FOR_WORK),
        };
        match result.recv_timeout(wait) {
            Ok((_, worked)) if self.counted == Counted::Working && worked > self.each => {
                Err(Overrun::TimedOut)
            }
            Ok((made, _)) => Ok(made),
            Err(RecvTimeoutError::Disconnected) => Err(Overrun::BrokeOff),
            Err(RecvTimeoutError::Timeout) => {
                // Counted first: it may end at this very moment, and count itself off.
                self.counts.overdue.fetch_add(1, Ordering::AcqRel);
                let still =
                    state.compare_exchange(AWAITED, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire);
                if still.is_err() {
                    self.counts.overdue.fetch_sub(1, Ordering::AcqRel);
                }
                Err(Overrun::TimedOut)
            }
        }
    }
}

/// The processor's time that this thread has had.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn work_in_time_has_its_result_again_and_again() {
        let budget = Budget::new(LONG);
        for number in 0..50 {
            assert_eq!(budget.run(move || number), Ok(number));
        }
    }

    #[test]
    fn overdue_work_is_given_up_and_too_much_of_it_bars_the_way() {
        let budget = Budget::new(Duration::from_millis(1));
        let (ends, ended) = channel::<()>();
        let mut holds = Vec::new();
        for _ in 0..MOST_OVERDUE {
            let (hold, held) = channel::<()>();
            holds.push(hold);
            let ends = ends.clone();
            let waits = move || {
                let _ = held.recv();
                ends
            };
            assert_eq!(budget.run(waits).err(), Some(Overrun::TimedOut));
        }
        assert_eq!(budget.run(|| ()), Err(Overrun::Overloaded));
        // They come to their end, and the way is free.
        drop((holds, ends));
        assert!(ended.recv().is_err());
        let patient = Budget {
            each: LONG,
            ..budget
        };
        assert_eq!(patient.run(|| 7), Ok(7));
    }

    #[test]
    fn where_work_counts_waiting_is_free_and_too_much_work_is_none() {
        // It does nothing for longer than it may work.
        let each = Duration::from_millis(300);
        let budget = Budget::of_work(each);
        assert_eq!(budget.run(move || thread::sleep(each * 2)), Ok(()));
        let works = || while worked() < Duration::from_millis(20) {};
        let hasty = Budget::of_work(Duration::from_millis(10));
        assert_eq!(hasty.run(works), Err(Overrun::TimedOut));
        assert_eq!(Budget::new(LONG).run(works), Ok(()));
    }

    #[test]
    fn work_that_panics_breaks_off_and_is_counted_off() {
        let budget = Budget::new(LONG);
        let broken: Result<(), Overrun> = budget.run(|| panic!("as the test wants"));
        assert_eq!(broken, Err(Overrun::BrokeOff));
        while budget.counts.running.load(Ordering::Acquire) > 0 {
            thread::yield_now();
        }
        assert_eq!(budget.run(|| 7), Ok(7));
    }
}
