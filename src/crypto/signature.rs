//! RSA and ECDSA verification (ICAO 9303-12, 4.1.6; RFC 8017; BSI TR-03111).

use std::borrow::Cow;

use openssl::bn::BigNum;
use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::{PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};
use ring::signature as ring_signature;

use super::CryptoFault;
use super::curve::Curve;
use super::hash::HashAlgorithm;
use crate::codec::der;

/// A public key as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Modulus, unsigned big-endian without leading zero.
        modulus: Vec<u8>,
        /// Public exponent, the same way.
        exponent: Vec<u8>,
    },
    /// A point on a named curve.
    Ec {
        /// The curve.
        curve: Curve,
        /// `04 ‖ x ‖ y`.
        point: Vec<u8>,
    },
}

impl PublicKey {
    /// Bits of the modulus or of the field.
    #[must_use]
    pub fn bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => {
                let leading = modulus.first().map_or(0, |byte| byte.leading_zeros());
                let leading = usize::try_from(leading).unwrap_or(0);
                modulus.len().saturating_mul(8).saturating_sub(leading)
            }
            Self::Ec {
                curve: Curve::P521, ..
            } => 521,
            Self::Ec { curve, .. } => curve.field_bytes().saturating_mul(8),
        }
    }

    /// The most bytes of a signature by it: as long as the modulus, or two integers in DER.
    #[must_use]
    pub fn signature_length(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => modulus.len(),
            Self::Ec { curve, .. } => curve.field_bytes().saturating_mul(2).saturating_add(9),
        }
    }

    /// What it is in words, such as `RSA-2048` or `ECDSA brainpoolP384r1`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA-{}", self.bits()),
            Self::Ec { curve, .. } => format!("ECDSA {}", curve.name()),
        }
    }
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS with the same hash in MGF1 and trailer field 1 (RFC 8017, 8.1).
    RsaPss {
        /// Of the message and of the mask.
        hash: HashAlgorithm,
        /// Salt length in bytes.
        salt: u16,
    },
    /// ECDSA; the signature is `SEQUENCE { r, s }` in DER.
    Ecdsa(HashAlgorithm),
    /// ECDSA; the signature is `r ‖ s` at the length of the order (BSI TR-03111, 5.2.1).
    EcdsaPlain(HashAlgorithm),
}

impl Scheme {
    /// The hash of the message.
    #[must_use]
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::RsaPkcs1(hash)
            | Self::RsaPss { hash, .. }
            | Self::Ecdsa(hash)
            | Self::EcdsaPlain(hash) => hash,
        }
    }
}

/// Why a signature does not hold, or could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is not of this key over this message, or not of the demanded form.
    #[error("the signature does not verify")]
    Invalid,
    /// The key is of another kind than the scheme.
    #[error("the key does not fit the signature scheme")]
    KeyMismatch,
    /// The key itself is no key: a point off its curve, an even modulus or exponent.
    #[error("the public key is not valid")]
    KeyInvalid,
    /// The library refused to work.
    #[error(transparent)]
    Fault(#[from] CryptoFault),
}

impl From<openssl::error::ErrorStack> for SignatureError {
    fn from(_: openssl::error::ErrorStack) -> Self {
        Self::Fault(CryptoFault)
    }
}

/// `r ‖ s` with both halves as long as the field, as BSI TR-03111, 5.2.1.1 has them. OpenPACE writes
/// them as long as the longer of the two numbers is, which on P-521 is shorter in every second case:
/// [`verify`] refuses that form, and whoever must bear such writers brings it to this one first.
#[must_use]
pub fn at_full_length<'s>(key: &PublicKey, scheme: Scheme, signature: &'s [u8]) -> Cow<'s, [u8]> {
    let (PublicKey::Ec { curve, .. }, Scheme::EcdsaPlain(_)) = (key, scheme) else {
        return Cow::Borrowed(signature);
    };
    let (full, half) = (curve.field_bytes(), signature.len() / 2);
    let Some((r, s)) = signature
        .split_at_checked(half)
        .filter(|(r, s)| r.len() == s.len() && !r.is_empty() && half < full)
    else {
        return Cow::Borrowed(signature);
    };
    let zeros = vec![0; full.saturating_sub(half)];
    Cow::Owned([&zeros, r, &zeros, s].concat())
}

/// Verifies `signature` over `message`.
///
/// RSA exponents must be odd and at least 3, RSA signatures as long as the modulus, ECDSA needs
/// 1 ≤ r, s < n in strict DER or at the length of the order; a high s is a valid signature (X9.62
/// knows no low-s rule).
///
/// # Errors
/// [`SignatureError`]; `Ok` means that the signature holds.
pub fn verify(
    key: &PublicKey,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    match (key, scheme) {
        (PublicKey::Rsa { modulus, exponent }, Scheme::RsaPkcs1(hash)) => {
            rsa_pkcs1(key, modulus, exponent, hash, message, signature)
        }
        (PublicKey::Rsa { modulus, exponent }, Scheme::RsaPss { hash, salt }) => {
            let key = rsa_key(modulus, exponent)?;
            // RFC 8017, 8.1.2, step 1: OpenSSL takes one whose zeros in front were left out.
            if signature.len() != modulus.len() {
                return Err(SignatureError::Invalid);
            }
            let mut verifier = Verifier::new(hash.openssl(), &key)?;
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_mgf1_md(hash.openssl())?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(i32::from(salt)))?;
            verdict(verifier.verify_oneshot(signature, message))
        }
        (PublicKey::Ec { curve, point }, Scheme::Ecdsa(hash)) => {
            let (r, s) = split_der(signature).ok_or(SignatureError::Invalid)?;
            ecdsa(*curve, point, hash, message, r, s)
        }
        (PublicKey::Ec { curve, point }, Scheme::EcdsaPlain(hash)) => {
            // On all of these curves the order is as long as the field. Halves of another length
            // are refused, for one signature would then have several forms.
            let half = curve.field_bytes();
            if signature.len() != half.saturating_mul(2) {
                return Err(SignatureError::Invalid);
            }
            let (r, s) = signature
                .split_at_checked(half)
                .ok_or(SignatureError::Invalid)?;
            ecdsa(*curve, point, hash, message, r, s)
        }
        _ => Err(SignatureError::KeyMismatch),
    }
}

/// OpenSSL says both "does not verify" and "makes no sense" as errors of one kind.
fn verdict(outcome: Result<bool, openssl::error::ErrorStack>) -> Result<(), SignatureError> {
    if outcome.unwrap_or(false) {
        Ok(())
    } else {
        Err(SignatureError::Invalid)
    }
}

fn rsa_pkcs1(
    key: &PublicKey,
    modulus: &[u8],
    exponent: &[u8],
    hash: HashAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let checked = rsa_key(modulus, exponent)?;
    let ring_parameters = match hash {
        HashAlgorithm::Sha256 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA256),
        HashAlgorithm::Sha384 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA384),
        HashAlgorithm::Sha512 => Some(&ring_signature::RSA_PKCS1_2048_8192_SHA512),
        HashAlgorithm::Sha1 | HashAlgorithm::Sha224 => None,
    };
    // ring takes moduli of whole bytes from 2,048 to 8,192 bits and exponents below 2^33.
    let within =
        (2048..=8192).contains(&key.bits()) && key.bits().is_multiple_of(8) && exponent.len() <= 4;
    if let (Some(parameters), true) = (ring_parameters, within) {
        let key = ring_signature::RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        };
        return key
            .verify(parameters, message, signature)
            .map_err(|_| SignatureError::Invalid);
    }
    let mut verifier = Verifier::new(hash.openssl(), &checked)?;
    verifier.set_rsa_padding(Padding::PKCS1)?;
    verdict(verifier.verify_oneshot(signature, message))
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<PKey<Public>, SignatureError> {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let one = exponent == [1];
    if !odd(modulus) || !odd(exponent) || one || modulus.len() > 1024 || exponent.len() > 8 {
        return Err(SignatureError::KeyInvalid);
    }
    let rsa =
        Rsa::from_public_components(BigNum::from_slice(modulus)?, BigNum::from_slice(exponent)?)?;
    Ok(PKey::from_rsa(rsa)?)
}

fn ecdsa(
    curve: Curve,
    point: &[u8],
    hash: HashAlgorithm,
    message: &[u8],
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError> {
    let order = BigNum::from_slice(&curve.parameters()?.order)?;
    let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
    let zero = BigNum::new()?;
    for number in [&r, &s] {
        if *number <= zero || *number >= order {
            return Err(SignatureError::Invalid);
        }
    }
    let ring_algorithm: Option<&dyn ring_signature::VerificationAlgorithm> = match (curve, hash) {
        (Curve::P256, HashAlgorithm::Sha256) => Some(&ring_signature::ECDSA_P256_SHA256_FIXED),
        (Curve::P384, HashAlgorithm::Sha384) => Some(&ring_signature::ECDSA_P384_SHA384_FIXED),
        _ => None,
    };
    if let Some(algorithm) = ring_algorithm {
        let width = i32::try_from(curve.field_bytes()).map_err(|_| CryptoFault)?;
        let fixed = [r.to_vec_padded(width)?, s.to_vec_padded(width)?].concat();
        // A point off the curve is told apart from a wrong signature: see below.
        ec_key(curve, point)?;
        return ring_signature::UnparsedPublicKey::new(algorithm, point)
            .verify(message, &fixed)
            .map_err(|_| SignatureError::Invalid);
    }
    let key = ec_key(curve, point)?;
    let signature = EcdsaSig::from_private_components(r, s)?;
    verdict(signature.verify(&hash.digest(message), &key))
}

fn ec_key(curve: Curve, point: &[u8]) -> Result<EcKey<Public>, SignatureError> {
    let uncompressed = point.first() == Some(&0x04)
        && point.len() == curve.field_bytes().saturating_mul(2).saturating_add(1);
    if !uncompressed {
        return Err(SignatureError::KeyInvalid);
    }
    let group = curve.group()?;
    let mut context = openssl::bn::BigNumContext::new()?;
    let point = openssl::ec::EcPoint::from_bytes(&group, point, &mut context)
        .map_err(|_| SignatureError::KeyInvalid)?;
    let key = EcKey::from_public_key(&group, &point).map_err(|_| SignatureError::KeyInvalid)?;
    key.check_key().map_err(|_| SignatureError::KeyInvalid)?;
    Ok(key)
}

/// `SEQUENCE { r INTEGER, s INTEGER }`, strict DER, nothing after it.
fn split_der(signature: &[u8]) -> Option<(&[u8], &[u8])> {
    der::check(signature).ok()?;
    let mut outer = der::Reader::new(signature);
    let mut inner = der::Reader::new(outer.expect(0x30).ok()?);
    outer.end().ok()?;
    let (r, s) = (inner.unsigned().ok()?, inner.unsigned().ok()?);
    inner.end().ok()?;
    Some((r, s))
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
