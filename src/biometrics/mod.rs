//! The person in front of the desk, compared with the card.
//!
//! No model is installed yet: the check says so, and a policy that needs it cannot end `verified`.
//!
//! # Layout
//! - [`evaluation`]: error rates of a comparison, from scores alone

pub mod evaluation;

use crate::finding::{Check, CheckId};

/// Check 25: the live face against DG2.
#[must_use]
pub fn face() -> Check {
    Check::not_performed(CheckId::Face, "no face model is installed")
}
