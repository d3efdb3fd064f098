//! Fingerprint modules that speak the ZFM protocol on a serial line: ZFM-20, R30x, R50x, AS608 and
//! their like. Modules of other families (GT-511, Suprema) speak other protocols.
//!
//! # Layout
//! - [`sensor`](Zfm): what the desk calls; `talk`: a conversation, from handshake to handshake
//! - [`packet`]: packets and their framer; `command`: the commands; [`codes`]: their answers
//! - [`model`]: what models differ in; [`settings`]: how one is set up
//! - [`doubt`]: why an answer was not taken
//! - [`mod@line`]: a line of bytes and its time; [`serial`]: the system's ports
//! - [`parameters`]: what a module says of itself
//!
//! Nothing outlives a call: each begins with silence on the line and a handshake, and a result
//! counts once a handshake after it was answered in order. After any doubt the call ends without a
//! result; only while a finger is still waited for the line is mended within the call.

pub mod codes;
mod command;
pub mod doubt;
pub mod line;
pub mod model;
pub mod packet;
pub mod parameters;
mod sensor;
pub mod serial;
pub mod settings;
mod talk;

pub use doubt::Doubt;
pub use line::{Line, LineLost, LineOpener};
pub use model::{DataEnd, MODELS, ModuleModel, R30X};
pub use parameters::{Identity, Parameters};
pub use sensor::Zfm;
pub use serial::{OpenFault, PortLine, PortOpener, USUAL_BAUD};
pub use settings::{Settings, Timings};
