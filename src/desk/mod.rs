//! The desk: sessions that drive the pipeline, the API and the page.
//!
//! # Layout
//! - [`reading`]: one card, from the reader to the verdict
//! - [`ports`]: what the desk needs of the rest of the house
//! - [`session`]: one person at one desk for one purpose
//! - [`conductor`]: holds the sessions and moves them
//! - [`api`]: the HTTP interface and the page
//! - [`trust`]: what the desk trusts, and how it comes in
//! - [`payees`]: lists of people who are to be paid, and who was
//! - [`fleet`]: a desk in a fleet: what it tells, what it takes, what it claims
//! - [`register`]: a register that is asked about cards
//! - [`scanning`]: code scanners, and who gets what they scan
//! - [`cameras`]: the desk's own cameras
//! - [`faces`]: where faces are compared
//! - [`purging`]: personal data goes when its term is over
//! - [`quirks`]: what readers and chips bear, learned and configured
//! - [`pairing`], [`tokens`]: who may call
//! - [`wiring`]: the real parts behind the traits; [`assembly`]: puts them together; [`server`]:
//!   listens and stops in good order
//! - [`events`]: what happened, for those who listen
//! - [`key`], [`purpose`], [`refusal`], [`end`], [`wording`]: vocabulary

pub mod api;
pub mod assembly;
pub mod cameras;
pub mod conductor;
pub mod end;
pub mod events;
pub mod faces;
pub mod fingers;
pub mod fleet;
pub mod key;
pub mod pairing;
pub mod payees;
pub mod ports;
pub mod purging;
pub mod purpose;
pub mod quirks;
pub mod reading;
pub mod refusal;
pub mod register;
pub mod scanning;
pub mod server;
pub mod session;
pub mod tokens;
pub mod trust;
pub mod wiring;
pub mod wording;

pub use conductor::{Desk, Opening, Settings};
