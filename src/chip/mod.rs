//! The chip: SELECT, access, secure messaging, reading, active authentication (ICAO 9303-11).
//!
//! What a chip can be asked depends on how far it was opened, and types say so: [`Selected`] can
//! only be opened, [`Opened`] reads under secure messaging and has no plain command at all, and a
//! [`Plain`] one can be had only where a chip has nothing to open.
//!
//! # Layout
//! - [`abilities`]: what reader and chip together bear
//! - [`closed`]: EF.CardAccess, and opening by PACE
//! - `extended_length`: what a chip says of it in EF.ATR/INFO and its answer to reset
//! - [`file_id`]: files and their identifiers
//! - [`opened`]: a chip that answers, and the two ways in which commands travel to it
//! - [`select`]: the eMRTD application
//! - [`bac`]: basic access control
//! - [`pace`]: password authenticated connection establishment
//! - [`secure_messaging`]: protected commands and responses
//! - [`files`]: reading whole files
//! - [`active_authentication`]: INTERNAL AUTHENTICATE
//! - [`chip_authentication`]: MSE:Set KAT, MSE:Set AT and GENERAL AUTHENTICATE
//! - [`terminal_authentication`]: the terminal proves itself to the chip

pub mod abilities;
pub mod active_authentication;
pub mod bac;
pub mod chip_authentication;
pub mod closed;
pub mod error;
mod extended_length;
pub mod file_id;
pub mod files;
pub mod opened;
pub mod pace;
pub mod secure_messaging;
pub mod select;
pub mod terminal_authentication;

pub use abilities::Abilities;
pub use closed::Closed;
pub use error::ChipError;
pub use file_id::FileId;
pub use files::Partial;
pub use opened::{Chip, Opened, Plain, Protection};
pub use select::Selected;
