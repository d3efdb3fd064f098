//! The verdict: a pure function of the checks, the policy and the time.
//!
//! # Layout
//! - [`check`]: the 25 checks and their results
//! - [`face`]: the fields of a card that a clerk looks at
//! - [`reason`]: the registry of reasons, with what the clerk is told
//! - [`policy`]: which checks a purpose requires
//! - [`verdict`]: the fold from checks to a verdict

pub mod check;
pub mod face;
pub mod policy;
pub mod reason;
pub mod verdict;

pub use check::{Check, CheckId, CheckResult, Fact};
pub use face::CardFace;
pub use policy::{Policy, Weight};
pub use reason::{Class, Reason};
pub use verdict::{Verdict, VerdictKind, decide};
