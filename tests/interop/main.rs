//! The desk and other programs over the real PC/SC service and a virtual reader.
//!
//! # Layout
//! - [`bench`]: a service of the test's own
//! - [`card`]: a card that echoes
//! - [`commands`]: the commands of the desk
//! - [`readers`]: readers, cards and the service come, go and fail

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod bench;
mod card;
mod commands;
mod readers;
