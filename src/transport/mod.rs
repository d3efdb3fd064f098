//! APDUs over a card channel, and readers that come and go.
//!
//! # Layout
//! - [`command`], [`response`], [`status`]: one exchange (ISO/IEC 7816-3, 12.1; ISO/IEC 7816-4, 5)
//! - [`link`]: commands in, whole responses out: chained responses, corrected lengths, bounds
//! - [`budget`]: how long and how much a reading may take, and what it took
//! - [`thread`]: one thread a reader, so that a mute card stops no one else
//! - [`hub`]: which readers and cards there are now, and waiting for a card
//! - [`reader_name`]: readers' names as people know them
//! - [`cancel`]: calling off a wait
//! - [`error`]: why there is no response. A status word is never an error here
//!
//! Below this folder nothing knows a card; above it nothing knows a reader's driver.

pub mod budget;
pub mod cancel;
pub mod command;
pub mod error;
pub mod hub;
pub mod link;
pub mod reader_name;
pub mod response;
pub mod status;
pub mod thread;

pub use budget::{Counts, Exchange, Limits, Phase};
pub use cancel::CancelToken;
pub use command::Command;
pub use error::TransportError;
pub use hub::{Arrival, ReaderChoice, ReaderHub, ReaderView};
pub use link::Link;
pub use reader_name::display_name;
pub use response::Response;
pub use status::StatusWord;
pub use thread::{CardSession, ReaderThread, Waits};
