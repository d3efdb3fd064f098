//! What a terminal shows to a chip, so that it gives the fingerprints (ICAO 9303-11, 7.1;
//! BSI TR-03110-3, C).
//!
//! # Layout
//! - [`cv_certificate`]: card verifiable certificates, taken apart
//! - [`chain`]: the way from an authority that the chip trusts to the terminal
//! - [`material`]: what the operator supplied: certificates and a private key

pub mod chain;
pub mod cv_certificate;
pub mod material;

pub use chain::{Chain, ChainFault};
pub use cv_certificate::{CvCertificate, CvError, Reference};
pub use material::{MaterialError, TerminalMaterial};

#[cfg(test)]
mod testing;
