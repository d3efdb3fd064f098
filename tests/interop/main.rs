//! The desk and other programs over the real PC/SC service and a virtual reader.
//!
//! # Layout
//! - [`bench`]: a service of the test's own
//! - [`card`]: a card that echoes
//! - [`readers`]: readers, cards and the service come, go and fail
//! - [`citizen`]: the desk's programs, one laying a citizen's card and one reading it
//! - [`peers`]: readers by other people, which must read what the desk reads

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod bench;
mod card;
mod citizen;
mod peers;
mod readers;
