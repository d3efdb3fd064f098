//! A code scanner on a serial line: what each kind sends, everything that a line does to it, and a
//! pseudo terminal to send it through.
//!
//! # Layout
//! - [`SerialForm`]: a scan as each kind of device sends it
//! - [`LineFault`]: what a line does to it
//! - [`SerialDevice`]: a device that is plugged in and pulled out

mod fault;
mod form;
mod pty;

pub use fault::{LineFault, Sent};
pub use form::SerialForm;
pub use pty::SerialDevice;
