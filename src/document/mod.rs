//! The vocabulary of a document: dates, numbers, names, machine readable zones, printed codes.
//! Pure values without I/O; every step of the pipeline may use them.
//!
//! # Layout
//! - [`date`]: whole and partial dates
//! - [`expiry`]: until when a document is valid
//! - [`sex`]: sex as documents state it
//! - [`personal_number`]: the 12 digits and their parts
//! - [`mrz`]: the machine readable zone of a card or a passport
//! - [`qr`]: the QR code of a citizen card
//! - [`access_key`]: what opens a chip
//! - [`name`]: comparison of names, text that hides something
//! - [`printed`]: what the clerk gives as key
//! - [`Personal`]: the wrapper of all that belongs to a person

pub mod access_key;
pub mod date;
pub mod expiry;
pub mod mrz;
pub mod name;
mod personal;
pub mod personal_number;
pub mod printed;
pub mod qr;
pub mod sex;

pub use access_key::{Can, MrzInformation};
pub use date::{Date, DateError, PartialDate};
pub use expiry::Expiry;
pub use mrz::{Mrz, MrzError, MrzField, MrzFormat};
pub use name::MrzName;
pub use personal::Personal;
pub use personal_number::PersonalNumber;
pub use printed::{Printed, PrintedError, PrintedName};
pub use qr::{Qr, QrError};
pub use sex::Sex;
