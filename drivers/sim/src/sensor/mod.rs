//! A simulated fingerprint module of the ZFM kind, the device's side of the protocol.
//!
//! Nothing of the driver's code is used, and the module is more obliging than the driver asks: it
//! knows every command of the manuals, its library included. Two fingers are the same where their
//! [`SimFinger::identity`] is; the module's own matching looks at nothing else.
//!
//! # Layout
//! - [`message`]: messages and their bytes
//! - [`kind`]: what models differ in
//! - [`module`]: the module, a function from message to messages; `picture`, `templates`,
//!   `library` and `system` hold its commands
//! - `wire`: from bytes to bytes; [`faults`]: what goes wrong on the way
//! - [`pty`]: a module on a pseudo terminal

pub mod faults;
pub mod kind;
mod library;
pub mod message;
pub mod module;
mod picture;
pub mod pty;
mod system;
mod templates;
mod wire;

use cccd_port::FingerImage;

pub use faults::{Mishap, SensorMishap};
pub use kind::SensorKind;
pub use message::Message;
pub use module::ZfmModule;
pub use pty::{SensorPort, SharedModule};
pub use wire::Sent;

/// A finger that can be laid on a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimFinger {
    /// Whose finger, and which: the module's matching follows it.
    pub identity: u64,
    /// What it looks like. A picture of another size is cut or framed in white.
    pub image: FingerImage,
}
