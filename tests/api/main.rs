//! The HTTP interface, within the process: what it gives, what it refuses, and what it survives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod client;
mod description;
mod doors;
#[path = "../common/openapi.rs"]
mod openapi;
mod payees;
mod sessions;
mod streams;
mod support;
mod time_and_faults;
mod whole_chain;
