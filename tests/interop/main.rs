//! The desk and other programs over the real PC/SC service and a virtual reader.
//!
//! # Layout
//! - [`bench`]: a service of the test's own
//! - [`card`]: a card that echoes
//! - [`commands`]: the commands of the desk
//! - [`conformance`]: the kit for makers of other readers
//! - [`readers`]: readers, cards and the service come, go and fail
//! - [`citizen`]: several people's cards, and several people's readers
//! - [`peers`]: readers by other people, which must read what the desk reads
//! - [`certificates`]: card verifiable certificates made by other people's program

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

mod bench;
mod card;
mod certificates;
mod citizen;
mod commands;
mod conformance;
mod peers;
mod readers;
