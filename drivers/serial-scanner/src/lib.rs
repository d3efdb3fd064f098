//! Scanners of QR codes and machine readable zones that speak over a serial line, RS-232 or USB-CDC.
//!
//! What comes over the line is taken whole or not at all. A QR code has no checksum on the line, so a
//! damaged one that is still text cannot be told from a good one here: the chip tells, which the
//! number in it opens or does not. A machine readable zone is handed on only where every check digit
//! of ICAO 9303 holds; what those do not cover (document code, issuing state, sex, nationality, name)
//! is covered on the line by nothing but the frame's own checksum, where it has one.
//!
//! # Layout
//! - [`mod@profile`]: what each kind of device sends, as data
//! - [`framer`]: from bytes and times to scans, without a device: `text`, `encoding`, `repeats`
//! - [`mrz`]: the frames of readers of machine readable zones, and the zone in them
//! - [`line`](mod@line): the port itself, and how it is lost
//! - [`scanner`]: a device on a thread
//! - [`mod@typed`]: the same texts and zones, typed by a scanner in keyboard mode
//! - [`overrides`]: what an operator knows better of one device than its profile does

pub mod framer;
pub mod line;
pub mod mrz;
pub mod overrides;
pub mod profile;
pub mod scanner;
pub mod typed;

mod encoding;
mod repeats;
mod text;

pub use encoding::{Encoding, Table};
pub use framer::{Framer, Outcome};
pub use line::{Line, LineLost, Socket, stable_names};
pub use overrides::{Mistake, Overrides};
pub use profile::{BlockCheck, Counts, Ends, Form, Profile, profile, profiles};
pub use scanner::SerialScanner;
pub use typed::{bare_text, typed_zone};
