//! What a step has to say: checks, their results, and the registry of reasons.
//!
//! This is vocabulary alone. The steps write findings; only [`decision`](crate::decision) weighs
//! them.
//!
//! # Layout
//! - [`check`]: the 25 checks and their results
//! - [`reason`]: the registry of reasons, with what the clerk is told

pub mod check;
pub mod reason;

pub use check::{Check, CheckId, CheckResult, Fact};
pub use reason::{Class, Reason};
