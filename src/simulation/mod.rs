//! Simulated counterparts: for the demo, for tests, and for integrators.
//!
//! # Layout
//! - [`mod@bench`]: what a reading takes
//! - [`case_system`]: the receiver of reports
//! - [`demo`]: a whole desk in one process

pub mod bench;
pub mod case_system;
pub mod demo;

/// Subject key identifiers of every test authority: a service refuses them, and a verdict under one
/// of them says TEST.
#[must_use]
pub fn test_key_identifiers() -> Vec<Vec<u8>> {
    cccd_sim::KEY_IDENTIFIERS
        .iter()
        .map(|identifier| identifier.to_vec())
        .collect()
}
