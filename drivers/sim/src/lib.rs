//! A simulated citizen card, its test authority and its readers.
//!
//! Everything here is made up, and plainly so. The test authority's keys follow from public labels:
//! whoever trusts them trusts everybody. Nothing of the reading side is used, so that a mistake
//! cannot agree with itself.
//!
//! # Layout
//! - [`card`]: the chip, a function from APDU to reply
//! - [`personas`], [`portrait`]: invented people
//! - [`crypto`], [`tlv`], [`der`]: its ground floor

pub mod card;
pub mod crypto;
pub mod der;
mod error;
pub mod personas;
pub mod portrait;
pub mod tlv;

pub use card::random::{FixedRandom, Randomness, SeededRandom, SystemRandom};
pub use card::{Chip, Reply, SimCard, Transmission, Work};
pub use error::SimError;
