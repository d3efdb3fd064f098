//! Card verifiable certificates as a chip reads them (BSI TR-03110-3, C.1 and D; ICAO 9303-11, 7.1).

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcKey, EcPoint};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};

use crate::crypto::curve::Curve;
use crate::tlv::{self, Object};

/// `id-TA` without tag and length: 0.4.0.127.0.7.2.2.2.
const PROTOCOL: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02];
/// `id-IS`: 0.4.0.127.0.7.3.1.2.1.
const INSPECTION: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01];

/// How the holder of a certificate signs: the last two arcs of its protocol (TR-03110-3, A.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CvScheme {
    /// 1 is RSA, 2 is ECDSA.
    pub family: u8,
    /// Hash and padding.
    pub arc: u8,
}

impl CvScheme {
    /// ECDSA with SHA-256.
    pub const ECDSA_SHA256: Self = Self { family: 2, arc: 3 };
    /// RSASSA-PSS with SHA-256.
    pub const PSS_SHA256: Self = Self { family: 1, arc: 4 };

    /// The value of the protocol's object identifier.
    #[must_use]
    pub fn protocol(self) -> Vec<u8> {
        [&PROTOCOL[..], &[self.family, self.arc]].concat()
    }

    fn parse(protocol: &[u8]) -> Option<Self> {
        match protocol.strip_prefix(&PROTOCOL)? {
            &[family, arc] => Some(Self { family, arc }),
            _ => None,
        }
    }

    fn digest(self) -> Option<MessageDigest> {
        Some(match (self.family, self.arc) {
            (1, 1 | 3) | (2, 1) => MessageDigest::sha1(),
            (2, 2) => MessageDigest::sha224(),
            (1, 2 | 4) | (2, 3) => MessageDigest::sha256(),
            (2, 4) => MessageDigest::sha384(),
            (1, 5 | 6) | (2, 5) => MessageDigest::sha512(),
            _ => return None,
        })
    }
}

/// A public key of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CvKey {
    /// A point, uncompressed, and its curve.
    Elliptic(Curve, Vec<u8>),
    /// Modulus and public exponent.
    Rsa(Vec<u8>, Vec<u8>),
}

/// A key that a chip verifies with, and what its holder may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder's reference.
    pub reference: Vec<u8>,
    /// The holder's key.
    pub key: CvKey,
    /// How the holder signs.
    pub scheme: CvScheme,
    /// Role in the two high bits, rights in the low ones (TR-03110-3, C.4.1).
    pub authorization: u8,
}

/// Country verifying certification authority.
pub const CVCA: u8 = 0b11;
/// Document verifier of the chip's own state.
pub const DOMESTIC_VERIFIER: u8 = 0b10;
/// Document verifier of another state.
pub const FOREIGN_VERIFIER: u8 = 0b01;

impl Holder {
    /// The role.
    #[must_use]
    pub fn role(&self) -> u8 {
        self.authorization >> 6
    }

    /// Whether `signature` is this holder's over `message`.
    #[must_use]
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verified(message, signature).unwrap_or(false)
    }

    fn verified(&self, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let Some(digest) = self.scheme.digest() else {
            return Ok(false);
        };
        match (&self.key, self.scheme.family) {
            (CvKey::Elliptic(curve, point), 2) => {
                let length = curve.length();
                let Some((r, s)) = signature
                    .split_at_checked(length)
                    .filter(|(_, s)| s.len() == length)
                else {
                    return Ok(false);
                };
                let group = curve.group()?;
                let point = EcPoint::from_bytes(&group, point, &mut *BigNumContext::new()?)?;
                let key = EcKey::from_public_key(&group, &point)?;
                let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
                EcdsaSig::from_private_components(r, s)?.verify(&hash(digest, message)?, &key)
            }
            (CvKey::Rsa(modulus, exponent), 1) => {
                let key = Rsa::from_public_components(
                    BigNum::from_slice(modulus)?,
                    BigNum::from_slice(exponent)?,
                )?;
                let key = PKey::from_rsa(key)?;
                let mut verifier = Verifier::new(digest, &key)?;
                if matches!(self.scheme.arc, 3 | 4 | 6) {
                    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                    verifier.set_rsa_mgf1_md(digest)?;
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                }
                verifier.verify_oneshot(signature, message)
            }
            _ => Ok(false),
        }
    }
}

/// A certificate, taken apart.
pub(super) struct Certificate {
    /// Whose key verifies it.
    pub(super) authority: Vec<u8>,
    /// Its holder. The rights are those that the certificate states.
    pub(super) holder: Holder,
    /// First and last day: six digits, a byte each.
    pub(super) effective: [u8; 6],
    pub(super) expiry: [u8; 6],
}

impl Certificate {
    /// Takes a body, `7F4E` with its header, apart; keys without domain parameters are on the
    /// issuer's curve (TR-03110-3, D.3.3).
    pub(super) fn parse(body: &[u8], issuer: &CvKey) -> Option<Self> {
        let (body, rest) = tlv::first(body)?;
        if body.tag != 0x7F4E || !rest.is_empty() {
            return None;
        }
        let fields = tlv::split(body.value)?;
        // Profile, CAR, public key, CHR, CHAT, dates; extensions are passed over.
        let tags: Vec<u32> = fields.iter().map(|field| field.tag).collect();
        let order = [0x5F29, 0x42, 0x7F49, 0x5F20, 0x7F4C, 0x5F25, 0x5F24];
        if !matches!(tags.strip_prefix(&order), Some([] | [0x65]))
            || tlv::find(&fields, 0x5F29) != Some(&[0])
        {
            return None;
        }
        let template = tlv::split(tlv::find(&fields, 0x7F4C)?)?;
        let authorization = match template.as_slice() {
            [kind, bits] if kind.tag == 0x06 && bits.tag == 0x53 && kind.value == INSPECTION => {
                match bits.value {
                    &[bits] => bits,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let (scheme, key) = public_key(&tlv::split(tlv::find(&fields, 0x7F49)?)?, issuer)?;
        Some(Self {
            authority: reference(tlv::find(&fields, 0x42)?)?,
            holder: Holder {
                reference: reference(tlv::find(&fields, 0x5F20)?)?,
                key,
                scheme,
                authorization,
            },
            effective: date(tlv::find(&fields, 0x5F25)?)?,
            expiry: date(tlv::find(&fields, 0x5F24)?)?,
        })
    }
}

fn reference(bytes: &[u8]) -> Option<Vec<u8>> {
    (8..=16).contains(&bytes.len()).then(|| bytes.to_vec())
}

fn date(bytes: &[u8]) -> Option<[u8; 6]> {
    let digits: [u8; 6] = bytes.try_into().ok()?;
    digits.iter().all(|digit| *digit <= 9).then_some(digits)
}

fn public_key(fields: &[Object<'_>], issuer: &CvKey) -> Option<(CvScheme, CvKey)> {
    let value = |tag| tlv::find(fields, tag).map(<[u8]>::to_vec);
    let scheme = CvScheme::parse(tlv::find(fields, 0x06)?)?;
    let key = match (scheme.family, value(0x81)) {
        (1, Some(modulus)) => CvKey::Rsa(modulus, value(0x82)?),
        (2, None) => match issuer {
            CvKey::Elliptic(curve, _) => CvKey::Elliptic(*curve, value(0x86)?),
            CvKey::Rsa(..) => return None,
        },
        (2, Some(_)) => {
            let stated = [0x81, 0x82, 0x83, 0x84, 0x85].map(|tag| value(tag).unwrap_or_default());
            let known = |curve: &Curve| {
                let [p, a, b, generator, order, _] = curve.numbers().unwrap_or_default();
                [p, a, b, generator, order] == stated
            };
            CvKey::Elliptic(Curve::ALL.into_iter().find(known)?, value(0x86)?)
        }
        _ => return None,
    };
    Some((scheme, key))
}
