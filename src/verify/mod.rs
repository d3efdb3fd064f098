//! Verification: what the signatures, the chip and the facts prove.
//!
//! # Layout
//! - [`evidence`]: what was obtained from a card
//! - [`trust`]: anchors, document signers, revocation lists
//! - [`certificate`], [`crl`], [`algorithm`]: what they are made of
//! - [`fault`]: which reason a fault of link or chip is
//! - [`terminal`]: what a terminal shows to a chip (ICAO 9303-11, 7.1)
//! - [`passive`]: passive authentication (ICAO 9303-11, 5.1)
//! - [`chip_auth`]: whether the chip is a copy (ICAO 9303-11, 6)
//! - `card_access`: whether the offers of EF.CardAccess are those that the issuer signed
//! - `known_defects`: what published lists of faults change about the checks
//! - `terminal_auth`: whether the chip took the terminal for one with rights
//! - [`data`]: DG1, DG2, DG13 taken apart
//! - [`cross`]: facts against facts
//! - [`country`]: which certificates are a country's
//! - [`documents`]: which documents a policy is made for
//! - `number_form`: DG1 against DG13
//! - [`history`]: what earlier sessions say of the card
//! - [`lost_cards`]: cards reported lost or withdrawn
//! - [`examine`](mod@examine): all checks in their order

pub mod algorithm;
mod card_access;
pub mod certificate;
pub mod chip_auth;
pub mod country;
pub mod crl;
pub mod cross;
pub mod data;
pub mod documents;
pub mod evidence;
pub mod examine;
pub mod fault;
pub mod history;
mod known_defects;
pub mod lost_cards;
mod number_form;
pub mod passive;
pub mod rules;
pub mod terminal;
mod terminal_auth;
pub mod trust;

pub use crate::lds::public_key;
pub use evidence::Evidence;
pub use examine::{Findings, Inputs, examine};
pub use lost_cards::LostCards;
pub use passive::{ConfirmedNumber, Signed};
pub use rules::Rules;
pub use trust::TrustAnchors;
