//! The vocabulary of a document: dates, numbers, names, machine readable zones, printed codes.
//! Pure values without I/O; every step of the pipeline may use them.
//!
//! # Layout
//! - [`date`]: whole and partial dates, expiry
//! - [`sex`]: sex as documents state it
//! - [`name`]: comparison of names, text that hides something
//! - [`Personal`]: the wrapper of all that belongs to a person

pub mod date;
pub mod name;
mod personal;
pub mod sex;

pub use date::{Date, DateError, Expiry, PartialDate};
pub use name::MrzName;
pub use personal::Personal;
pub use sex::Sex;
