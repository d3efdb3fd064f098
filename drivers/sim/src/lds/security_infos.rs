//! Security infos of chip and terminal authentication (ICAO 9303-11, 9.2; BSI TR-03110-3, A.1.1).

use crate::card::chip_authentication::cipher;
use crate::crypto::suite::Suite;
use crate::der;

fn arc(curve: bool) -> u8 {
    if curve { 2 } else { 1 }
}

/// ChipAuthenticationInfo (ICAO 9303-11, 9.2.5); the version that counts is 1.
#[must_use]
pub fn chip_authentication_info(
    curve: bool,
    suite: Suite,
    version: u8,
    key: Option<u8>,
) -> Vec<u8> {
    let protocol = format!("0.4.0.127.0.7.2.2.3.{}.{}", arc(curve), cipher(suite));
    let mut parts = vec![der::oid(&protocol), der::small(version.into())];
    parts.extend(key.map(|key| der::small(key.into())));
    der::sequence(&parts)
}

/// ChipAuthenticationPublicKeyInfo (ICAO 9303-11, 9.2.6).
#[must_use]
pub fn chip_authentication_key(curve: bool, public_key_info: &[u8], key: Option<u8>) -> Vec<u8> {
    let protocol = format!("0.4.0.127.0.7.2.2.1.{}", arc(curve));
    let mut parts = vec![der::oid(&protocol), public_key_info.to_vec()];
    parts.extend(key.map(|key| der::small(key.into())));
    der::sequence(&parts)
}

/// TerminalAuthenticationInfo, version 1, EF.CVCA where it always is (ICAO 9303-11, 9.2.7).
#[must_use]
pub fn terminal_authentication_info() -> Vec<u8> {
    der::sequence(&[der::oid("0.4.0.127.0.7.2.2.2"), der::small(1)])
}
