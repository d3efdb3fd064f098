//! What the desk trusts: real lists and chains, and lists that were tampered with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod data;
mod links;
mod lists;
mod revocation;
mod store;
