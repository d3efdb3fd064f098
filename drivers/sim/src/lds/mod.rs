//! The files of the logical data structure as an issuer writes them (ICAO 9303-10).
//!
//! # Layout
//! - [`dg2`]: the portrait
//! - [`dg3`]: fingers, or none
//! - [`dg13`]: the national data
//! - [`security_infos`]: EF.CardAccess and DG14
//! - [`sod`]: hashes and signature
//! - here: DG1, DG15, EF.COM and the other small ones

pub mod dg13;
pub mod dg2;
pub mod dg3;
pub mod security_infos;
pub mod sod;

use crate::tlv::{constructed, object};

/// DG1: the machine readable zone (ICAO 9303-10, 4.7.1).
#[must_use]
pub fn dg1(mrz: &[u8]) -> Vec<u8> {
    object(0x61, &object(0x5F1F, mrz))
}

/// DG15: the public key of active authentication (ICAO 9303-11, 6.1.6).
#[must_use]
pub fn dg15(public_key_info: &[u8]) -> Vec<u8> {
    object(0x6F, public_key_info)
}

/// EF.COM: versions and the list of data groups (ICAO 9303-10, 4.6.1).
#[must_use]
pub fn com(version: &str, groups: &[u8]) -> Vec<u8> {
    let tags: Vec<u8> = groups
        .iter()
        .filter_map(|group| group_tag(*group))
        .collect();
    constructed(
        0x60,
        &[
            object(0x5F01, version.as_bytes()),
            object(0x5F36, b"040000"),
            object(0x5C, &tags),
        ],
    )
}

/// The tag of a data group (ICAO 9303-10, table 34).
#[must_use]
pub fn group_tag(group: u8) -> Option<u8> {
    const TAGS: [u8; 16] = [
        0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F,
        0x70,
    ];
    TAGS.get(usize::from(group.checked_sub(1)?)).copied()
}

/// The name of a data group's file.
#[must_use]
pub fn group_name(group: u8) -> String {
    format!("EF.DG{group}")
}
