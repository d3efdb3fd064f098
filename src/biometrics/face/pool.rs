//! Where comparisons run: a few threads, a bounded queue before them, and a deadline for each. What
//! does not fit is not performed, and says so; nothing waits without a bound.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, io, thread};

use cccd_port::Clock;

use super::compare::Comparison;
use super::engine::FaceEngine;
use super::outcome::{NotPerformed, Outcome};
use super::watch::{Stopped, Watch};

/// How much work a pool takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Threads; at least one.
    pub workers: usize,
    /// Comparisons that may wait for a thread.
    pub waiting: usize,
    /// Time that a comparison has, its waiting counted in.
    pub within: Duration,
}

impl Default for PoolSettings {
    /// Two desks at once, four more that wait.
    fn default() -> Self {
        Self {
            workers: 2,
            waiting: 4,
            within: Duration::from_secs(15),
        }
    }
}

/// Work, and who waits for it.
struct Job {
    comparison: Comparison,
    watch: Watch,
    answer: SyncSender<Outcome>,
}

/// Threads that compare faces. They end when this value is gone and what was begun is done.
pub struct FacePool {
    jobs: SyncSender<Job>,
    clock: Arc<dyn Clock>,
    within: Duration,
}

impl fmt::Debug for FacePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FacePool of {:?} each", self.within)
    }
}

impl FacePool {
    /// Starts the threads.
    ///
    /// # Errors
    /// What the system says where it starts none.
    pub fn start(
        engine: Arc<dyn FaceEngine>,
        clock: Arc<dyn Clock>,
        settings: PoolSettings,
    ) -> io::Result<Self> {
        let (jobs, taken) = mpsc::sync_channel(settings.waiting);
        let taken = Arc::new(Mutex::new(taken));
        for number in 0..settings.workers.max(1) {
            let (engine, taken) = (Arc::clone(&engine), Arc::clone(&taken));
            thread::Builder::new()
                .name(format!("face-{number}"))
                .spawn(move || work(&*engine, &taken))?;
        }
        Ok(Self {
            jobs,
            clock,
            within: settings.within,
        })
    }

    /// Hands a comparison over. Nobody waits here: either there is a place, or the answer is that
    /// there is none.
    ///
    /// # Errors
    /// An outcome that says why it was not performed.
    pub fn submit(&self, comparison: Comparison) -> Result<Ticket, Box<Outcome>> {
        let watch = Watch::new(Arc::clone(&self.clock), self.within);
        let (answer, outcome) = mpsc::sync_channel(1);
        let ticket = Ticket {
            outcome,
            watch: watch.clone(),
            within: self.within,
        };
        let job = Job {
            comparison,
            watch,
            answer,
        };
        self.jobs.try_send(job).map_err(|error| {
            let why = match error {
                TrySendError::Full(_) => NotPerformed::Busy,
                TrySendError::Disconnected(_) => NotPerformed::Broken,
            };
            Box::new(why.into())
        })?;
        Ok(ticket)
    }
}

/// The claim to an outcome. Dropped, it calls the work off.
#[derive(Debug)]
pub struct Ticket {
    outcome: Receiver<Outcome>,
    watch: Watch,
    within: Duration,
}

impl Ticket {
    /// Waits for the outcome, no longer than its time. Blocks: async callers do so on a thread for it.
    #[must_use]
    pub fn wait(self) -> Outcome {
        match self.outcome.recv_timeout(self.within) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => NotPerformed::Stopped(Stopped::Deadline).into(),
            Err(RecvTimeoutError::Disconnected) => NotPerformed::Broken.into(),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.watch.cancel();
    }
}

/// One thread: takes a job, does it, answers, until there are no more to come.
fn work(engine: &dyn FaceEngine, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        let outcome = match job.watch.check() {
            Err(stopped) => NotPerformed::Stopped(stopped).into(),
            Ok(()) => {
                // One picture must not end a desk: a panic ends its own comparison.
                let done = catch_unwind(AssertUnwindSafe(|| {
                    engine.compare(&job.comparison, &job.watch)
                }));
                done.unwrap_or_else(|_| NotPerformed::Broken.into())
            }
        };
        // Whoever waited may be gone.
        let _ = job.answer.try_send(outcome);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use cccd_port::{Frame, SystemClock};
    use zeroize::Zeroizing;

    use super::super::compare::Live;
    use super::super::engine::NoEngine;
    use super::super::outcome::Finding;
    use super::*;
    use crate::lds::dg2::{FaceImage, ImageDataType};

    fn comparison() -> Comparison {
        Comparison {
            portrait: FaceImage {
                data_type: ImageDataType::Jpeg,
                width: 0,
                height: 0,
                data: Vec::new().into(),
            },
            live: Live::Stills(vec![Frame::new(Zeroizing::new(Vec::new()))]),
        }
    }

    fn pool(engine: impl FaceEngine + 'static, settings: PoolSettings) -> FacePool {
        FacePool::start(Arc::new(engine), Arc::new(SystemClock::default()), settings).unwrap()
    }

    fn why(outcome: Outcome) -> NotPerformed {
        match outcome.finding {
            Finding::NotPerformed(why) => why,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until it is let go, and then says that it was stopped, if it was.
    struct Held(Mutex<Receiver<()>>);

    impl FaceEngine for Held {
        fn compare(&self, _: &Comparison, watch: &Watch) -> Outcome {
            self.0.lock().unwrap().recv().unwrap();
            match watch.check() {
                Ok(()) => Outcome::new(Finding::Supports),
                Err(stopped) => NotPerformed::Stopped(stopped).into(),
            }
        }
    }

    struct Panics;

    impl FaceEngine for Panics {
        fn compare(&self, _: &Comparison, _: &Watch) -> Outcome {
            panic!("a picture that breaks the engine")
        }
    }

    #[test]
    fn without_a_model_nothing_is_performed() {
        let pool = pool(NoEngine::default(), PoolSettings::default());
        let outcome = pool.submit(comparison()).unwrap().wait();
        assert_eq!(why(outcome), NotPerformed::NoModel);
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let (go, held) = mpsc::channel();
        let settings = PoolSettings {
            workers: 1,
            waiting: 1,
            ..PoolSettings::default()
        };
        let pool = pool(Held(Mutex::new(held)), settings);
        let mut tickets = Vec::new();
        let refused = loop {
            match pool.submit(comparison()) {
                Ok(ticket) => tickets.push(ticket),
                Err(outcome) => break outcome,
            }
        };
        assert_eq!(why(*refused), NotPerformed::Busy);
        assert!(tickets.len() <= 2, "one at work, one waiting");
        for _ in &tickets {
            go.send(()).unwrap();
        }
        for ticket in tickets {
            assert_eq!(ticket.wait().finding, Finding::Supports);
        }
    }

    #[test]
    fn time_that_is_over_is_told_and_work_is_called_off() {
        let (go, held) = mpsc::channel();
        let settings = PoolSettings {
            workers: 1,
            waiting: 2,
            within: Duration::from_millis(1),
        };
        let pool = pool(Held(Mutex::new(held)), settings);
        let ticket = pool.submit(comparison()).unwrap();
        assert_eq!(why(ticket.wait()), NotPerformed::Stopped(Stopped::Deadline));
        go.send(()).unwrap();
        // Nobody waits for this one: its thread finds it called off and goes on.
        drop(pool.submit(comparison()).unwrap());
        go.send(()).unwrap();
    }

    #[test]
    fn a_panic_ends_its_own_comparison_alone() {
        let settings = PoolSettings {
            workers: 1,
            ..PoolSettings::default()
        };
        let pool = pool(Panics, settings);
        for _ in 0..3 {
            let outcome = pool.submit(comparison()).unwrap().wait();
            assert_eq!(why(outcome), NotPerformed::Broken);
        }
    }
}
