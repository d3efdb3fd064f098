//! Readers that keep a record of what goes over them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cccd_port::{
    CardChannel, CardReaders, Clock, LinkFault, ReaderName, ReaderState, ReaderWatcher,
};

use crate::recording::{Exchange, Link, Outcome, Raw, Recording, Secrets};
use crate::shape::{self, Selected};

/// How much of an exchange is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// What is neither secret nor of a person.
    Shapes,
    /// Everything: whoever has such a recording has the card's data.
    Everything,
}

/// Where a record is kept. Clones keep the same.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    keeping: Keeping,
    clock: Arc<dyn Clock>,
    recording: Mutex<Recording>,
}

impl Recorder {
    /// A recorder that has heard nothing yet.
    #[must_use]
    pub fn new(keeping: Keeping, program: &str, clock: Arc<dyn Clock>) -> Self {
        let recording = Recording::new(clock.now(), program.to_owned(), String::new());
        Self(Arc::new(Inner {
            keeping,
            clock,
            recording: Mutex::new(recording),
        }))
    }

    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.0
            .recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What was kept so far.
    #[must_use]
    pub fn recorded(&self) -> Recording {
        self.recording().clone()
    }

    /// What opens the card. Kept only where everything is.
    pub fn note_key(&self, kind: &str, text: &str) {
        self.with_secrets(|secrets| {
            kind.clone_into(&mut secrets.key_kind);
            text.clone_into(&mut secrets.key);
        });
    }

    /// Bytes that the reader drew. Kept only where everything is.
    pub fn note_random(&self, bytes: &[u8]) {
        self.with_secrets(|secrets| secrets.random.push(hex::encode(bytes)));
    }

    fn with_secrets(&self, note: impl FnOnce(&mut Secrets)) {
        if self.0.keeping == Keeping::Everything {
            let mut recording = self.recording();
            note(recording.secrets.get_or_insert_default());
        }
    }

    fn note_link(&self, reader: &ReaderName, atr: &[u8]) {
        let mut recording = self.recording();
        reader.0.clone_into(&mut recording.reader);
        recording.links.push(Link {
            atr: atr.to_vec(),
            ..Link::default()
        });
    }

    fn note_refused(&self, reader: &ReaderName, fault: LinkFault) {
        self.note_link(reader, &[]);
        if let Some(link) = self.recording().links.last_mut() {
            link.refused = Some(fault.into());
        }
    }

    fn note(
        &self,
        selected: &mut Selected,
        sent: &[u8],
        came: &Result<Vec<u8>, LinkFault>,
        took: Duration,
    ) {
        let command = shape::command(sent, selected);
        let outcome = match came {
            Ok(bytes) => Outcome::Answer(shape::answer(bytes, &command)),
            Err(fault) => Outcome::Fault((*fault).into()),
        };
        let raw = match self.0.keeping {
            Keeping::Shapes => Raw::default(),
            Keeping::Everything => Raw::of(sent, came.as_deref().ok()),
        };
        if let Some(link) = self.recording().links.last_mut() {
            link.exchanges.push(Exchange {
                command,
                outcome,
                took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                raw,
            });
        }
    }
}

/// Readers of any driver, with a record of what goes over them.
pub struct RecordingReaders {
    readers: Arc<dyn CardReaders>,
    /// A recorder for each connection, and what becomes of it at its end.
    keeper: Box<dyn Keeper>,
}

/// Who keeps the record of a connection.
pub trait Keeper: Send + Sync {
    /// Where the next connection is kept.
    fn begin(&self) -> Recorder;

    /// A connection has ended.
    fn end(&self, recorder: Recorder);
}

impl Keeper for Recorder {
    /// All connections in one recording.
    fn begin(&self) -> Recorder {
        self.clone()
    }

    fn end(&self, _: Recorder) {}
}

impl RecordingReaders {
    /// The same readers, recorded.
    #[must_use]
    pub fn new(readers: Arc<dyn CardReaders>, keeper: impl Keeper + 'static) -> Self {
        Self {
            readers,
            keeper: Box::new(keeper),
        }
    }
}

impl CardReaders for RecordingReaders {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        self.readers.list()
    }

    fn watch(&self) -> Box<dyn ReaderWatcher> {
        self.readers.watch()
    }

    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        let recorder = self.keeper.begin();
        let connected = self.readers.with_card(reader, &mut |channel| {
            recorder.note_link(reader, channel.atr());
            exchange(&mut Listening {
                channel,
                recorder: &recorder,
                selected: Selected::default(),
            });
        });
        if let Err(fault) = connected {
            recorder.note_refused(reader, fault);
        }
        self.keeper.end(recorder);
        connected
    }
}

struct Listening<'a> {
    channel: &'a mut dyn CardChannel,
    recorder: &'a Recorder,
    selected: Selected,
}

impl CardChannel for Listening<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let clock = &self.recorder.0.clock;
        let before = clock.elapsed();
        let came = self.channel.transmit(command);
        let took = clock.elapsed().saturating_sub(before);
        self.recorder.note(&mut self.selected, command, &came, took);
        came
    }

    fn atr(&self) -> &[u8] {
        self.channel.atr()
    }
}
