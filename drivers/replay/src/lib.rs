//! Exchanges with a card: recorded at any reader, read, compared and played again.
//!
//! A recording holds what went over the link: nothing of what it means. What is secret or of a person
//! is left out, unless everything was asked for.
//!
//! # Layout
//! - [`recording`]: what a recording is, and its file
//! - [`recorder`]: readers that keep a record of what goes over them
//! - [`shape`]: what is left of a command or a response when the person is taken out of it
//! - [`objects`]: data objects by tag and length
//! - [`mod@script`]: a recording as lines to read, and two of them compared
//! - [`player`]: a card that answers as recorded, byte for byte
//! - [`conduct`]: what was out of the ordinary, for a simulated card to do the same

pub mod conduct;
pub mod objects;
pub mod player;
pub mod recorder;
pub mod recording;
pub mod script;
pub mod shape;

pub use conduct::{Conduct, Deed, Occasion, SessionConduct};
pub use player::{Departure, Player};
pub use recorder::{Recorder, RecordingReaders};
pub use recording::{Exchange, Link, Malformed, Outcome, Recording, Secrets};
pub use script::{Difference, differences, script};
pub use shape::{Answer, Command};
