//! Card readers as a set that changes while the desk runs.

use core::fmt;
use core::time::Duration;

use crate::card::{Atr, CardChannel, LinkFault};

/// A reader's name exactly as its driver gives it; the key by which it is found again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReaderName(pub String);

impl fmt::Display for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A reader at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// Which reader.
    pub name: ReaderName,
    /// The answer to reset of the card that lies on it, if one does.
    pub card: Option<Atr>,
}

/// What happened at the readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderEvent {
    /// A reader was plugged in, or was there when the watch began.
    ReaderArrived(ReaderName),
    /// A reader was unplugged. A card that lay on it is gone with it, without an event of its own.
    ReaderLeft(ReaderName),
    /// A card was laid on a reader, or lay there when the watch began.
    CardArrived {
        /// Where.
        reader: ReaderName,
        /// Its answer to reset.
        atr: Atr,
    },
    /// A card was lifted.
    CardLeft {
        /// From where.
        reader: ReaderName,
    },
    /// The service behind the readers stopped: every reader is gone until it is back.
    ServiceLost,
    /// The service answers (again). Readers follow as arrivals.
    ServiceBack,
}

/// A running watch over all readers of a driver. Belongs to one thread, which may block in it.
pub trait ReaderWatcher: Send {
    /// Waits up to `timeout` for something to happen and returns what did: nothing, or several
    /// events in their order. A service that stops is an event and never an error: the watcher
    /// itself goes on and reports when the service is back.
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderEvent>;
}

/// All card readers of one driver.
pub trait CardReaders: Send + Sync {
    /// Readers and cards now.
    ///
    /// # Errors
    /// [`LinkFault::ServiceLost`] where the service does not run. No reader at all is an empty list.
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault>;

    /// A new watch. Its first events are the readers and cards that are there already.
    fn watch(&self) -> Box<dyn ReaderWatcher>;

    /// Connects to the card on `reader`, begins a transaction, lets `exchange` talk to the card and
    /// ends the transaction, whatever happened. Blocks; belongs on the reader's own thread.
    ///
    /// # Errors
    /// A fault of connecting or of beginning the transaction; faults of single exchanges go to
    /// `exchange` alone.
    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault>;
}
