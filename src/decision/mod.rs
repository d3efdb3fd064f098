//! The verdict: a pure function of the checks, the policy and the time.
//!
//! # Layout
//! - [`face`]: the fields of a card that a clerk looks at
//! - [`policy`]: which checks a purpose requires
//! - [`reconciliation`]: what a case system has on record, beside what the card says
//! - [`verdict`]: the fold from checks to a verdict
//!
//! The checks themselves, and the reasons that they give, are the vocabulary of
//! [`finding`](crate::finding).

pub mod face;
pub mod policy;
pub mod reconciliation;
pub mod verdict;

pub use crate::finding::{Check, CheckId, CheckResult, Class, Fact, Reason, check, reason};
pub use face::CardFace;
pub use policy::{Policies, Policy, Weight};
pub use reconciliation::{OnRecord, Reconciliation, reconcile};
pub use verdict::{Verdict, VerdictKind, decide};
