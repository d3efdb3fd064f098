//! Simulated counterparts: for the demo, for tests, and for integrators.
//!
//! # Layout
//! - [`case_system`]: the receiver of reports

pub mod case_system;
