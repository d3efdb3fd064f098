//! Primitives behind one façade: `ring` for what it has, OpenSSL's libcrypto for the rest.
//!
//! Nothing here knows a card or a certificate. Keys come in as numbers and named curves, never as
//! somebody's encoding, so that no library's own leniency decides (see
//! `hardware-notes/decisions`).
//!
//! # Layout
//! - [`hash`]: SHA-1 and SHA-2
//! - [`des`]: 3DES in CBC mode, the retail MAC, padding (ISO/IEC 9797-1)
//! - [`aes`]: AES in CBC mode, AES-CMAC
//! - [`symmetric`]: a key of either cipher
//! - [`agreement`]: ECDH and DH, and the mappings of PACE
//! - [`kdf`]: session keys from shared secrets (ICAO 9303-11, 9.7)
//! - [`curve`]: named elliptic curves, and explicit parameters mapped to them
//! - [`signature`]: RSA and ECDSA verification
//! - [`signing`]: RSA and ECDSA with a private key of ours
//! - [`recovery`]: RSA with message recovery (ISO/IEC 9796-2)
//! - [`point`]: points multiplied by public numbers
//! - [`random`]: randomness as something that is passed in

pub mod aes;
pub mod agreement;
pub mod curve;
pub mod des;
pub mod hash;
pub mod kdf;
pub mod point;
pub mod random;
pub mod recovery;
pub mod signature;
pub mod signing;
pub mod symmetric;

/// A primitive that failed for no reason of its inputs: the library refused to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused an operation")]
pub struct CryptoFault;

impl From<openssl::error::ErrorStack> for CryptoFault {
    fn from(_: openssl::error::ErrorStack) -> Self {
        Self
    }
}
