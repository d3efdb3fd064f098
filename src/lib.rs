//! Reads, proves and reports a Vietnamese citizen card at a service counter.
//!
//! # Layout
//! Data flows one way, and a folder a step shows it:
//!
//! ```text
//! transport → chip → lds → verify → biometrics → decision → report
//! ```
//!
//! - [`transport`]: APDUs over a card channel, readers that come and go
//! - [`chip`]: SELECT, access, secure messaging, reading, active authentication
//! - [`lds`]: what the files say: EF.COM, EF.SOD, data groups
//! - [`verify`]: passive authentication, chip authenticity, cross-checks
//! - [`biometrics`]: the person in front
//! - [`decision`]: evidence, policy and time in, a verdict with its reasons out
//! - [`report`]: the signed report and its delivery
//!
//! The ground floor, which every step may use and which uses none of them: [`crypto`],
//! [`codec`] (TLV, DER), [`document`] (dates, numbers, names, machine readable zones), [`finding`]
//! (checks, results, reasons).
//! Side rooms: [`config`], [`payees`] (lists of people who are to be paid), [`store`], [`fleet`] (the way to the
//! servers that many desks share). On top: [`desk`] (sessions, API and page) and
//! [`simulation`] (simulated cards and desks).

pub mod biometrics;
pub mod chip;
pub mod codec;
pub mod config;
pub mod crypto;
pub mod decision;
pub mod desk;
pub mod document;
pub mod finding;
pub mod fleet;
pub mod lds;
pub mod payees;
pub mod report;
pub mod simulation;
pub mod store;
pub mod transport;
pub mod verify;
