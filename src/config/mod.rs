//! The configuration: one `desk.toml`, overridable by the environment.
//!
//! # Layout
//! - [`Config`] and its sections: what can be configured, with defaults and bounds
//! - [`Fingerprint`]: the fingerprint module
//! - [`Fleet`]: the fleet's servers
//! - [`Privacy`]: how long what is kept of people stays
//! - [`Report`]: where reports go and what is in them
//! - [`Quirk`]: what a reader or a chip is known to bear
//! - [`Scanner`]: a code scanner on a serial line
//! - [`Sources`]: where the values come from, and the errors that name key, origin and remedy
//! - [`folder`]: the data folder that every command agrees on
//!
//! Every key is documented in `desk.example.toml`; a test compares the two. Secrets are never
//! written here: a key that needs one is named `…_file` and holds a path.

mod endpoint;
mod environment;
mod fingerprint;
mod fleet;
pub mod folder;
mod privacy;
mod quirk;
mod report;
mod scanner;
mod sections;
mod sources;

pub use endpoint::Endpoint;
pub use fingerprint::{Fingerprint, four_bytes};
pub use fleet::{Fleet, FleetServer};
pub use privacy::{Days, Privacy};
pub use quirk::{AtrPattern, ExtendedLength, Quirk};
pub use report::{Report, ReportField, Retry};
pub use scanner::Scanner;
pub use sections::{
    Api, Camera, Config, Desk, Payees, Readers, Reading, Register, Session, Status, Terminal,
    Unsigned,
};
pub use sources::{ConfigError, Sources};
