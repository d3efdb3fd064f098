//! The driver against the simulated module: in memory, where time is made up, and on pseudo
//! terminals.
//!
//! # Layout
//! - [`packets`]: published packets, and the framer against bytes of all kinds
//! - [`presses`]: what a press gives, model by model
//! - [`faults`]: everything that can go wrong, at every byte
//! - [`ports`]: real ports: locks, names, unplugging
//! - [`peers`]: the simulated module against hosts that others wrote
//! - [`seeds`]: what the fuzzer begins with
//! - [`bench`]: a module, a line, a sensor

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stderr
)]

mod bench;
mod faults;
mod packets;
mod peers;
mod ports;
mod presses;
mod seeds;
