//! The verdict: a pure function of the checks, the policy and the time.
//!
//! # Layout
//! - [`policy`]: which checks a purpose requires
//! - [`verdict`]: the fold from checks to a verdict
//!
//! The checks themselves, and the reasons that they give, are the vocabulary of
//! [`finding`](crate::finding).

pub mod verdict;

pub use crate::finding::{Check, CheckId, CheckResult, Class, Fact, Reason, check, reason};
pub use verdict::{Verdict, VerdictKind};
