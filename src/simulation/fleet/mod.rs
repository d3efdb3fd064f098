//! A fleet on this machine: a real NATS server, and as many desks as wanted.
//!
//! # Layout
//! - [`server`]: the server, as a process of its own

pub mod server;
