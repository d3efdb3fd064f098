//! All sessions of the desk: bounded, one active a reader.

use std::collections::{BTreeMap, BTreeSet};

use cccd_port::ReaderName;

use super::{Session, SessionId};

/// All sessions of the desk.
#[derive(Debug)]
pub struct Registry {
    sessions: BTreeMap<SessionId, Session>,
    /// Readers whose reading thread has not come back, whatever became of the session.
    reading: BTreeSet<ReaderName>,
    capacity: usize,
}

/// Why no session can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The reader serves another session.
    #[error("the reader serves another session")]
    ReaderInUse,
    /// As many sessions as the desk holds are open.
    #[error("the desk holds as many sessions as it may")]
    TooMany,
}

impl Registry {
    /// An empty registry of at most `capacity` sessions.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            sessions: BTreeMap::new(),
            reading: BTreeSet::new(),
            capacity,
        }
    }

    /// Takes a session in. One that has ended makes place, and what it held of a person is gone.
    ///
    /// # Errors
    /// [`Full`] where its reader is in use, or no place is left.
    pub fn insert(&mut self, session: Session) -> Result<(), Full> {
        if self.in_use(&session.reader) {
            return Err(Full::ReaderInUse);
        }
        if self.sessions.len() >= self.capacity {
            let ended = || {
                self.sessions
                    .values()
                    .filter(|session| !session.state.is_active())
            };
            // First one that holds nothing of a person any more, else the oldest that has ended.
            let oldest = ended()
                .find(|session| session.cleared)
                .or_else(|| ended().next());
            let oldest = oldest.map(|session| session.id).ok_or(Full::TooMany)?;
            self.sessions.remove(&oldest);
        }
        self.sessions.insert(session.id, session);
        Ok(())
    }

    /// True while a session holds the reader, or a called-off reading has not let go of it.
    #[must_use]
    pub fn in_use(&self, reader: &ReaderName) -> bool {
        self.reading.contains(reader)
            || self
                .sessions
                .values()
                .any(|s| s.state.is_active() && s.reader == *reader)
    }

    /// Notes that a reading has the reader; false where one has it already.
    pub fn begin_reading(&mut self, reader: &ReaderName) -> bool {
        self.reading.insert(reader.clone())
    }

    /// Notes that the reading has let go of the reader.
    pub fn end_reading(&mut self, reader: &ReaderName) {
        self.reading.remove(reader);
    }

    /// True while any reading runs.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        !self.reading.is_empty()
    }

    /// The session of that identifier.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// The session of that identifier, to be moved.
    pub fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(&id)
    }

    /// Lets go of a session.
    pub fn remove(&mut self, id: SessionId) {
        self.sessions.remove(&id);
    }

    /// All sessions, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// All sessions, to be moved.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.sessions.values_mut()
    }
}
