//! One thread a reader.
//!
//! A call into a reader's driver can block for as long as a broken card likes. It therefore runs
//! on a thread of the reader's own, and whoever speaks with the card waits for answers with a
//! bound. A card that never answers costs its own session and holds its own reader; every other
//! reader goes on.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use cccd_port::{CardChannel, CardReaders, LinkFault, ReaderName};
use zeroize::Zeroizing;

use super::cancel::{CancelToken, OnCancel};
use super::error::TransportError;

/// How long to wait for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// For the connection to the card: powering it up, and other programs that hold it.
    pub connect: Duration,
    /// For the answer to one APDU.
    pub apdu: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            apdu: Duration::from_secs(5),
        }
    }
}

/// The thread of one reader. It ends when this value and its sessions are gone.
#[derive(Debug)]
pub struct ReaderThread {
    jobs: Sender<Job>,
    occupancy: Arc<Mutex<Occupancy>>,
}

/// Who has the reader.
#[derive(Debug)]
struct Occupancy {
    /// Counts sessions, so that the end of an old one does not free the reader of a new one.
    session: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody.
    Free,
    /// A session.
    InUse,
    /// A session that is over; the reader finishes with its card.
    Ending,
    /// A session that is over; the reader did not answer it in time and has not answered since.
    Stuck,
}

/// One session's work for the thread.
struct Job {
    session: u64,
    commands: Receiver<Zeroizing<Vec<u8>>>,
    replies: Sender<Reply>,
}

enum Reply {
    /// The transaction stands.
    Connected { atr: Vec<u8> },
    /// The answer to one command.
    Answer(Result<Vec<u8>, LinkFault>),
    /// There will be no transaction.
    NotConnected(LinkFault),
    /// The session's token was pulled.
    Cancelled,
}

impl ReaderThread {
    /// Starts the thread of `reader`.
    ///
    /// # Errors
    /// The system's error where it gives no thread.
    pub fn start(readers: Arc<dyn CardReaders>, reader: ReaderName) -> io::Result<Self> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let occupancy = Arc::new(Mutex::new(Occupancy {
            session: 0,
            state: State::Free,
        }));
        let shared = Arc::clone(&occupancy);
        thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || {
                for job in inbox {
                    let session = job.session;
                    serve(readers.as_ref(), &reader, job);
                    let mut occupancy = lock(&shared);
                    if occupancy.session == session {
                        occupancy.state = State::Free;
                    }
                }
            })?;
        Ok(Self { jobs, occupancy })
    }

    /// Whether the reader still waits for a card that did not answer an earlier session in time.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        lock(&self.occupancy).state == State::Stuck
    }

    /// Connects to the card on the reader and begins a transaction that lasts until the session is
    /// dropped. `cancel` ends it early: the exchange that is under way then fails at once.
    ///
    /// # Errors
    /// [`TransportError::ReaderStuck`] where an earlier card still holds the reader;
    /// [`LinkFault::ReaderBusy`] where another session of this program has it, or another program
    /// does not let go of the card within [`Waits::connect`]; faults of the reader otherwise.
    pub fn connect(
        &self,
        waits: Waits,
        cancel: &CancelToken,
    ) -> Result<CardSession, TransportError> {
        self.begin(waits, cancel)?.finish()
    }

    /// The part of [`ReaderThread::connect`] that does not wait.
    pub(super) fn begin(
        &self,
        waits: Waits,
        cancel: &CancelToken,
    ) -> Result<Connecting, TransportError> {
        let session = {
            let mut occupancy = lock(&self.occupancy);
            match occupancy.state {
                State::Stuck => return Err(TransportError::ReaderStuck),
                State::InUse => return Err(LinkFault::ReaderBusy.into()),
                State::Free | State::Ending => {}
            }
            occupancy.session += 1;
            occupancy.state = State::InUse;
            occupancy.session
        };
        let (commands, inbox) = mpsc::channel();
        let (sender, replies) = mpsc::channel();
        let on_cancel = cancel.on_cancel({
            let sender = sender.clone();
            move || {
                // A session that is over listens no more.
                let _ = sender.send(Reply::Cancelled);
            }
        });
        let pending = CardSession {
            session,
            occupancy: Arc::clone(&self.occupancy),
            commands: Some(commands),
            replies,
            waits,
            atr: Vec::new(),
            over: None,
            _on_cancel: on_cancel,
        };
        let job = Job {
            session,
            commands: inbox,
            replies: sender,
        };
        // The thread lives as long as this value, whatever a driver does in it.
        self.jobs
            .send(job)
            .map_err(|_| TransportError::Link(LinkFault::ReaderLost))?;
        Ok(Connecting(pending))
    }
}

/// A session whose transaction does not stand yet.
pub(super) struct Connecting(CardSession);

impl Connecting {
    /// The part of [`ReaderThread::connect`] that waits.
    pub(super) fn finish(self) -> Result<CardSession, TransportError> {
        let mut session = self.0;
        match session.replies.recv_timeout(session.waits.connect) {
            Ok(Reply::Connected { atr }) => {
                session.atr = atr;
                Ok(session)
            }
            Ok(Reply::NotConnected(fault)) => Err(fault.into()),
            Ok(Reply::Cancelled) => Err(LinkFault::Cancelled.into()),
            // Beginning a transaction waits for other programs that hold the card.
            Err(RecvTimeoutError::Timeout) => {
                session.end(State::Stuck);
                Err(LinkFault::ReaderBusy.into())
            }
            Ok(Reply::Answer(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(LinkFault::ReaderLost.into())
            }
        }
    }
}

/// Carries one session's APDUs. A driver that panics ends the session and not the thread.
fn serve(readers: &dyn CardReaders, reader: &ReaderName, job: Job) {
    let Job {
        commands, replies, ..
    } = job;
    let mut exchange = |channel: &mut dyn CardChannel| {
        let atr = channel.atr().to_vec();
        if replies.send(Reply::Connected { atr }).is_err() {
            return;
        }
        for command in &commands {
            let answer = channel.transmit(&command);
            if replies.send(Reply::Answer(answer)).is_err() {
                return;
            }
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| {
        readers.with_card(reader, &mut exchange)
    }));
    let fault = match ended {
        Ok(Ok(())) => LinkFault::ReaderLost,
        Ok(Err(fault)) => fault,
        Err(_) => {
            tracing::error!(%reader, "the reader's driver panicked; its session is ended");
            LinkFault::ReaderLost
        }
    };
    // After the transaction nobody may listen any more.
    let _ = replies.send(Reply::NotConnected(fault));
}

/// A card that is held for one session: a [`CardChannel`] with a bound on every answer.
pub struct CardSession {
    session: u64,
    occupancy: Arc<Mutex<Occupancy>>,
    /// Taken when the session is over, so that the thread lets go of the card.
    commands: Option<Sender<Zeroizing<Vec<u8>>>>,
    replies: Receiver<Reply>,
    waits: Waits,
    atr: Vec<u8>,
    over: Option<LinkFault>,
    _on_cancel: OnCancel,
}

impl CardSession {
    /// Lets go of the card.
    fn end(&mut self, state: State) {
        if self.commands.take().is_none() {
            return;
        }
        let mut occupancy = lock(&self.occupancy);
        if occupancy.session == self.session && occupancy.state == State::InUse {
            occupancy.state = state;
        }
    }

    /// Ends the session with `fault`, which every later exchange repeats.
    fn fail(&mut self, fault: LinkFault) -> LinkFault {
        self.end(match fault {
            LinkFault::Timeout => State::Stuck,
            _ => State::Ending,
        });
        self.over = Some(fault);
        fault
    }
}

impl CardChannel for CardSession {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        if let Some(fault) = self.over {
            return Err(fault);
        }
        let sent = match &self.commands {
            Some(commands) => commands.send(Zeroizing::new(command.to_vec())).is_ok(),
            None => false,
        };
        if !sent {
            // The thread has said why it left, or the token was pulled before.
            return match self.replies.try_recv() {
                Ok(Reply::NotConnected(fault)) => Err(self.fail(fault)),
                Ok(Reply::Cancelled) => Err(self.fail(LinkFault::Cancelled)),
                _ => Err(self.fail(LinkFault::ReaderLost)),
            };
        }
        match self.replies.recv_timeout(self.waits.apdu) {
            Ok(Reply::Answer(answer)) => answer,
            Ok(Reply::NotConnected(fault)) => Err(self.fail(fault)),
            Ok(Reply::Cancelled) => Err(self.fail(LinkFault::Cancelled)),
            Err(RecvTimeoutError::Timeout) => Err(self.fail(LinkFault::Timeout)),
            Ok(Reply::Connected { .. }) | Err(RecvTimeoutError::Disconnected) => {
                Err(self.fail(LinkFault::ReaderLost))
            }
        }
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}

impl Drop for CardSession {
    fn drop(&mut self) {
        self.end(State::Ending);
    }
}

fn lock(occupancy: &Mutex<Occupancy>) -> MutexGuard<'_, Occupancy> {
    occupancy.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
