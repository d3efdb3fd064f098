//! No search and no comparison runs for ever.
//!
//! The algorithms can't be asked to stop, so each runs on a thread of its own. Who waits gives up when
//! the time is over; the thread goes on to its end, which the bounds of its input let come, and while
//! too many do nothing new begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

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

/// Runs pieces of work, each for so long at most, and so many at once.
#[derive(Debug)]
pub struct Budget {
    each: Duration,
    at_once: usize,
    running: Arc<AtomicUsize>,
}

/// One of those that run; counts itself off, however it ends.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Budget {
    /// `each` for a piece of work, and no more than `at_once` threads, those that are overdue among
    /// them.
    #[must_use]
    pub fn new(each: Duration, at_once: usize) -> Self {
        Self {
            each,
            at_once,
            running: Arc::default(),
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
        let before = self.running.fetch_add(1, Ordering::AcqRel);
        let running = Running(Arc::clone(&self.running));
        if before >= self.at_once {
            return Err(Overrun::Overloaded);
        }
        let (done, result) = sync_channel(1);
        let thread = thread::Builder::new().name("finger".to_owned());
        let started = thread.spawn(move || {
            let made = work();
            // Off the count before the caller hears of it: who waits for one may begin the next.
            drop(running);
            // Nobody listens any more when it was too slow.
            let _ = done.send(made);
        });
        if started.is_err() {
            return Err(Overrun::BrokeOff);
        }
        result.recv_timeout(self.each).map_err(|error| match error {
            RecvTimeoutError::Timeout => Overrun::TimedOut,
            RecvTimeoutError::Disconnected => Overrun::BrokeOff,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn work_in_time_has_its_result_again_and_again() {
        let budget = Budget::new(LONG, 1);
        for number in 0..50 {
            assert_eq!(budget.run(move || number), Ok(number));
        }
    }

    #[test]
    fn overdue_work_is_given_up_and_too_much_of_it_bars_the_way() {
        let budget = Budget::new(Duration::from_millis(1), 2);
        let (ends, ended) = channel::<()>();
        let mut holds = Vec::new();
        for _ in 0..2 {
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
    fn work_that_panics_breaks_off_and_is_counted_off() {
        let budget = Budget::new(LONG, 1);
        let broken: Result<(), Overrun> = budget.run(|| panic!("as the test wants"));
        assert_eq!(broken, Err(Overrun::BrokeOff));
        while budget.running.load(Ordering::Acquire) > 0 {
            thread::yield_now();
        }
        assert_eq!(budget.run(|| 7), Ok(7));
    }
}
