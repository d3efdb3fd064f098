//! Simulated fingers: measured as a collection, stored on a card and pressed, and decoded beside
//! another program.
//!
//! # Layout
//! - [`evaluating`]: the figures of a collection
//! - [`stored`]: from DG3 to the sensor
//! - [`wsq`]: PyPI's `wsq`, which is NIST's code; [`python`]: what runs it

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod evaluating;
mod python;
mod stored;
mod wsq;

use std::time::Duration;

use cccd_desk::biometrics::finger::NistMatcher;

/// The desk's matcher with time for a machine that is slow, or does other things.
fn matcher() -> NistMatcher {
    NistMatcher::new(Duration::from_secs(120))
}
