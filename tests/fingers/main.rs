//! Simulated fingers in WSQ, decoded beside another program.
//!
//! # Layout
//! - [`wsq`]: PyPI's `wsq`, which is NIST's code

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod wsq;
