//! The simulated desk: what integrators test their case system with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod camera;
mod client;
mod control;
mod described;
#[path = "../common/described.rs"]
mod described_by;
mod failures;
mod finger;
mod lists;
#[path = "../common/openapi.rs"]
mod openapi;
mod overriding;
mod payees;
mod person;
mod personas;
mod process;
mod register;
mod scanners;
mod thousand;
