//! How bytes become structure: BER-TLV of files and secure messaging, strict DER of certificates.
//!
//! # Layout
//! - [`header`]: one tag and length
//! - [`tlv`]: data objects as trees (ISO/IEC 7816-4, 5.2.2; ICAO 9303-10)
//! - [`der`]: the strictness of ITU-T X.690, 10–11 that certificate parsers lack

pub mod der;
pub mod header;
mod scan;
pub mod tlv;
