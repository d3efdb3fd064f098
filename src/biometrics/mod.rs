//! The person in front of the desk, compared with the card.
//!
//! # Layout
//! - [`face`]: the live face against the portrait in the chip
//! - [`finger`]: minutiae found and compared
//! - [`evaluation`]: error rates of comparisons, with their intervals
//! - [`rules`]: what a policy leaves open

pub mod evaluation;
pub mod face;
pub mod finger;
pub mod rules;

pub use rules::{Liveness, PersonRules};
