//! Verification.
pub mod algorithm;
pub mod certificate;
pub mod crl;
pub mod public_key;
