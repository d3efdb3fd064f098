//! The fleet's spine: NATS servers with JetStream, as one desk sees them. What travels is bytes here;
//! who signs and judges them stands in the rooms above.
//!
//! # Layout
//! - [`names`]: streams, buckets, subjects and keys, in one place
//! - [`link`]: the connection, with its credentials
//! - [`key`]: what the servers know somebody by
//! - [`publishing`]: reports and heads of audit logs go up, known by their message identifiers
//! - [`receiving`]: what arrived, as a receiver takes it
//! - [`book`]: one value a key: claims, public keys, health
//! - [`shelf`]: objects that come down
//! - [`rights`]: what a desk may do there
//! - [`setup`]: makes all of it on a server, once, by the operator

pub mod book;
pub mod key;
pub mod link;
pub mod names;
pub mod publishing;
pub mod receiving;
pub mod rights;
pub mod setup;
pub mod shelf;

pub use link::{FleetError, Link};
