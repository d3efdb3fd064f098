//! The chip's and the issuer's cryptography, over OpenSSL's primitives.
//!
//! # Layout
//! - [`kdf`]: keys from a seed (ICAO 9303-11, 9.7.1)
//! - [`suite`]: either cipher, and the keys that it derives
//! - [`aes`]: AES in CBC mode and CMAC (ICAO 9303-11, 9.8.6.2)
//! - [`tdes`]: 3DES in CBC mode and the retail MAC (ICAO 9303-11, 9.8.6)
//! - [`pad`]: ISO/IEC 9797-1 padding method 2
//! - [`stream`]: an endless stream of bytes from a label, for the test authority's keys
//! - [`curve`]: elliptic curves, their keys, deterministic ECDSA
//! - [`domain`]: standardised domain parameters, key agreement, the mappings of PACE
//! - [`rsa`]: RSA keys from a label, signatures that pad themselves

pub mod aes;
pub mod curve;
pub mod domain;
pub mod kdf;
pub mod pad;
pub mod rsa;
pub mod stream;
pub mod suite;
pub mod tdes;
