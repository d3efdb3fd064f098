//! Simulated fingers: stored as an issuer stores them and read as a desk does, and WSQ beside another
//! program's.
//!
//! # Layout
//! - [`stored`]: from the issuer's encoder to a comparison
//! - [`wsq`]: PyPI's `wsq`, which is NIST's code

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod stored;
mod wsq;
