//! The keys of chip authentication: what DG14 and EF.CardSecurity offer, and what of it can be used
//! (ICAO 9303-11, 9.2.5 and 9.2.6; BSI TR-03110-3, A.1.1.3).

use super::domain;
use super::security_infos::{SecurityInfo, SecurityInfos};
use crate::codec::der::Reader;
use crate::codec::tlv::TlvError;
use crate::crypto::agreement::{Group, KeyFault};
use crate::crypto::kdf::Cipher;

/// `id-PK-DH` and `id-PK-ECDH`.
const PUBLIC_KEY: &str = "0.4.0.127.0.7.2.2.1.";
/// `id-CA-DH…` and `id-CA-ECDH…`.
const CHIP_AUTHENTICATION: &str = "0.4.0.127.0.7.2.2.3.";

/// A static key of the chip: a ChipAuthenticationPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipKey {
    /// Its domain parameters.
    pub group: Group,
    /// `04 ‖ x ‖ y`, or the DH value big-endian.
    pub public_key: Vec<u8>,
    /// Its number, where the chip has several.
    pub key_id: Option<u32>,
}

/// One way to authenticate the chip: a protocol and the key that it is done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipAuthenticationOffer {
    /// The object identifier of the protocol, dotted: what MSE:Set AT names.
    pub protocol: String,
    /// The cipher of the messages after it.
    pub cipher: Cipher,
    /// The number that the chip knows the key by; none where it has one key.
    pub key_id: Option<u32>,
    /// The key's domain parameters.
    pub group: Group,
    /// The key, valid on its group.
    pub public_key: Vec<u8>,
}

/// Why chip authentication that is offered cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferFault {
    /// A key off its curve, of a small subgroup, or on a curve with another generator: nobody honest
    /// makes one.
    #[error("a key of chip authentication is forged")]
    Forged,
    /// Offers and keys do not fit together, or are not of their form.
    #[error("{0}")]
    Malformed(&'static str),
    /// Domain parameters or a protocol that are not implemented.
    #[error("{0} is not supported")]
    Unsupported(String),
}

impl From<TlvError> for OfferFault {
    fn from(_: TlvError) -> Self {
        Self::Malformed("a SecurityInfo is not of its form")
    }
}

/// What the chip offers and this desk can do, the strongest first; empty where nothing is offered.
/// It needs both: a ChipAuthenticationInfo and the key that it names. Chips of the first generation
/// leave the former out and mean 3DES (BSI TR-03110-3, A.1.1.3 and 3.4).
///
/// # Errors
/// [`OfferFault`] where something is offered and nothing of it can be used, and where one of the
/// keys is forged, whatever the others are.
pub fn chip_authentication_offers(
    infos: &SecurityInfos,
) -> Result<Vec<ChipAuthenticationOffer>, OfferFault> {
    let (keys, mut fault) = readable_keys(infos)?;
    let protocols: Vec<&SecurityInfo> = infos
        .0
        .iter()
        .filter(|info| info.protocol.starts_with(CHIP_AUTHENTICATION))
        .collect();
    let mut offers = Vec::new();
    for info in &protocols {
        match offer(info, &keys) {
            Ok(offer) => offers.push(offer),
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    if protocols.is_empty() {
        offers.extend(keys.iter().map(|key| {
            let arc = match key.group {
                Group::Dh(_) => 1,
                Group::Ec(_) => 2,
            };
            ChipAuthenticationOffer {
                protocol: format!("{CHIP_AUTHENTICATION}{arc}.1"),
                cipher: Cipher::TripleDes,
                key_id: key.key_id,
                group: key.group,
                public_key: key.public_key.clone(),
            }
        }));
    }
    match fault {
        Some(fault) if offers.is_empty() => Err(fault),
        _ => {
            // Curves are quicker on every chip; of two the longer lasts longer.
            offers.sort_by_key(|offer| {
                let curve = matches!(offer.group, Group::Ec(_));
                let strength = match offer.cipher {
                    Cipher::TripleDes => 0,
                    cipher => cipher.key_length(),
                };
                core::cmp::Reverse((strength, curve, offer.public_key.len()))
            });
            Ok(offers)
        }
    }
}

/// All keys that can be read and are valid on their group, for the mapping that proves one of them
/// (ICAO 9303-11, 4.4.3.5).
///
/// # Errors
/// [`OfferFault`] of the first that cannot, where none can, and where one is forged.
pub fn chip_keys(infos: &SecurityInfos) -> Result<Vec<ChipKey>, OfferFault> {
    match readable_keys(infos)? {
        (keys, Some(fault)) if keys.is_empty() => Err(fault),
        (keys, _) => Ok(keys),
    }
}

/// The keys that can be read, and why the first of the others cannot.
fn readable_keys(infos: &SecurityInfos) -> Result<(Vec<ChipKey>, Option<OfferFault>), OfferFault> {
    let mut keys = Vec::new();
    let mut fault = None;
    for info in infos
        .0
        .iter()
        .filter(|info| info.protocol.starts_with(PUBLIC_KEY))
    {
        match chip_key(info) {
            Ok(key) => keys.push(key),
            Err(OfferFault::Forged) => return Err(OfferFault::Forged),
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    Ok((keys, fault))
}

/// The offer of one ChipAuthenticationInfo.
fn offer(info: &SecurityInfo, keys: &[ChipKey]) -> Result<ChipAuthenticationOffer, OfferFault> {
    let unsupported = || OfferFault::Unsupported(info.protocol.clone());
    let arcs = info.protocol.strip_prefix(CHIP_AUTHENTICATION);
    let (agreement, cipher) = arcs
        .and_then(|arcs| arcs.split_once('.'))
        .ok_or_else(unsupported)?;
    let cipher = match cipher {
        "1" => Cipher::TripleDes,
        "2" => Cipher::Aes128,
        "3" => Cipher::Aes192,
        "4" => Cipher::Aes256,
        _ => return Err(unsupported()),
    };
    let over_curve = match agreement {
        "1" => false,
        "2" => true,
        _ => return Err(unsupported()),
    };
    if one_number(&info.required)? != 1 {
        return Err(OfferFault::Malformed(
            "ChipAuthenticationInfo is of another version than 1",
        ));
    }
    let key_id = number_or_none(&info.optional)?;
    let fitting = |key: &&ChipKey| matches!(key.group, Group::Ec(_)) == over_curve;
    let named: Vec<&ChipKey> = keys
        .iter()
        .filter(fitting)
        .filter(|key| key_id.is_none() || key.key_id == key_id)
        .collect();
    let key = match named.as_slice() {
        [key] => *key,
        [] => {
            return Err(OfferFault::Malformed(
                "ChipAuthenticationInfo names a key that is not there",
            ));
        }
        // Without a number the one without a number is meant.
        several => {
            let mut unnumbered = several.iter().filter(|key| key.key_id == key_id);
            match (unnumbered.next(), unnumbered.next()) {
                (Some(key), None) => *key,
                _ => {
                    return Err(OfferFault::Malformed(
                        "ChipAuthenticationInfo names several keys",
                    ));
                }
            }
        }
    };
    Ok(ChipAuthenticationOffer {
        protocol: info.protocol.clone(),
        cipher,
        key_id: key.key_id,
        group: key.group,
        public_key: key.public_key.clone(),
    })
}

/// Reads a ChipAuthenticationPublicKeyInfo and checks the key on its group.
fn chip_key(info: &SecurityInfo) -> Result<ChipKey, OfferFault> {
    let (group, public_key) = key_agreement_key(&info.required)?;
    let generator = group
        .generator()
        .map_err(|_| OfferFault::Unsupported("the group of a key".to_owned()))?;
    match generator.check_public(&public_key) {
        Ok(()) => Ok(ChipKey {
            group,
            public_key,
            key_id: number_or_none(&info.optional)?,
        }),
        Err(KeyFault::Encoding) => Err(OfferFault::Malformed("a key is not of its length")),
        Err(KeyFault::Invalid) => Err(OfferFault::Forged),
        Err(KeyFault::Crypto(_)) => Err(OfferFault::Unsupported("the key".to_owned())),
    }
}

/// A SubjectPublicKeyInfo of ECDH (explicit, named or standardised parameters) or of DH (X9.42,
/// PKCS #3 or standardised parameters).
fn key_agreement_key(info: &[u8]) -> Result<(Group, Vec<u8>), OfferFault> {
    let mut outer = Reader::new(info);
    let mut parts = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    let group = domain::group(parts.expect(0x30)?)?;
    let key = match parts.expect(0x03)? {
        [0x00, key @ ..] => key,
        _ => return Err(OfferFault::Malformed("a key is no whole number of bytes")),
    };
    parts.end()?;
    let key = match group {
        Group::Ec(_) => key.to_vec(),
        Group::Dh(_) => {
            let mut reader = Reader::new(key);
            let value = reader.unsigned()?.to_vec();
            reader.end()?;
            value
        }
    };
    Ok((group, key))
}

fn one_number(value: &[u8]) -> Result<u32, OfferFault> {
    let mut reader = Reader::new(value);
    let number = reader.small()?;
    reader.end()?;
    Ok(number)
}

fn number_or_none(value: &[u8]) -> Result<Option<u32>, OfferFault> {
    if value.is_empty() {
        Ok(None)
    } else {
        one_number(value).map(Some)
    }
}

#[cfg(test)]
#[path = "chip_keys_testing.rs"]
pub(crate) mod testing;

#[cfg(test)]
#[path = "chip_keys_tests.rs"]
mod tests;
