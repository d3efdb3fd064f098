//! SubjectPublicKeyInfo, with explicit curve parameters mapped to known curves (RFC 5280, 4.1.2.7;
//! RFC 3279, 2.3.5; ICAO 9303-12, 4.1.6).

use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::crypto::curve::{Curve, CurveError, DomainParameters};
use crate::crypto::signature::PublicKey;

/// A key as it came out of a SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The key as numbers.
    pub key: PublicKey,
    /// True for a curve that is only named, where ICAO asks for explicit parameters.
    pub named_curve: bool,
}

/// Why a SubjectPublicKeyInfo gives no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Known curve, foreign generator: made by a forger.
    #[error("forged domain parameters")]
    Forged,
    /// A curve or an algorithm that is not implemented.
    #[error("public key algorithm {0} is not supported")]
    Unsupported(String),
    /// Not the structure of the standard.
    #[error("the public key is malformed")]
    Malformed,
}

impl From<TlvError> for KeyError {
    fn from(_: TlvError) -> Self {
        Self::Malformed
    }
}

/// Reads a SubjectPublicKeyInfo in DER.
///
/// # Errors
/// [`KeyError`].
pub fn parse(bytes: &[u8]) -> Result<KeyInfo, KeyError> {
    der::check(bytes)?;
    let mut outer = Reader::new(bytes);
    let mut info = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    let mut algorithm = Reader::new(info.expect(0x30)?);
    let oid = der::oid_text(algorithm.expect(0x06)?);
    let [0x00, key @ ..] = info.expect(0x03)? else {
        return Err(KeyError::Malformed);
    };
    info.end()?;
    match oid.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => rsa(key),
        "1.2.840.10045.2.1" => {
            let (tag, value, _) = algorithm.any()?;
            let (curve, named_curve) = curve(tag, value)?;
            // ICAO 9303-12, 4.1.6.3 has points uncompressed; another form is none to verify with.
            if key.first() != Some(&0x04) {
                return Err(KeyError::Unsupported("point form".to_owned()));
            }
            let point = key.to_vec();
            Ok(KeyInfo {
                key: PublicKey::Ec { curve, point },
                named_curve,
            })
        }
        _ => Err(KeyError::Unsupported(oid)),
    }
}

/// The curve of EC parameters, and whether it is only named.
///
/// # Errors
/// [`KeyError`].
pub(super) fn curve(tag: u32, value: &[u8]) -> Result<(Curve, bool), KeyError> {
    match tag {
        0x06 => {
            let oid = der::oid_text(value);
            let curve = Curve::from_oid(&oid).ok_or(KeyError::Unsupported(oid))?;
            Ok((curve, true))
        }
        0x30 => Ok((explicit(value)?, false)),
        _ => Err(KeyError::Malformed),
    }
}

fn rsa(key: &[u8]) -> Result<KeyInfo, KeyError> {
    let mut outer = Reader::new(key);
    let mut numbers = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    let modulus = numbers.unsigned()?.to_vec();
    let exponent = numbers.unsigned()?.to_vec();
    numbers.end()?;
    Ok(KeyInfo {
        key: PublicKey::Rsa { modulus, exponent },
        named_curve: false,
    })
}

/// `SpecifiedECDomain` over a prime field.
fn explicit(value: &[u8]) -> Result<Curve, KeyError> {
    let mut domain = Reader::new(value);
    domain.small()?;
    let mut field = Reader::new(domain.expect(0x30)?);
    let field_type = der::oid_text(field.expect(0x06)?);
    if field_type != "1.2.840.10045.1.1" {
        return Err(KeyError::Unsupported(field_type));
    }
    let p = field.unsigned()?.to_vec();
    field.end()?;
    let mut coefficients = Reader::new(domain.expect(0x30)?);
    let a = coefficients.expect(0x04)?.to_vec();
    let b = coefficients.expect(0x04)?.to_vec();
    coefficients.optional(0x03)?;
    coefficients.end()?;
    let generator = domain.expect(0x04)?.to_vec();
    let order = domain.unsigned()?.to_vec();
    let cofactor = if domain.peek() == Some(0x02) {
        Some(domain.unsigned()?.to_vec())
    } else {
        None
    };
    // One in a form that tells no known curve's generator is compared as it is, and differs.
    let generator = uncompressed(&generator, &p).unwrap_or(generator);
    let parameters = DomainParameters {
        p,
        a,
        b,
        generator,
        order,
        cofactor,
    };
    Curve::from_parameters(&parameters).map_err(|error| match error {
        CurveError::Forged(_) => KeyError::Forged,
        CurveError::Unknown | CurveError::Fault(_) => {
            KeyError::Unsupported("explicit elliptic curve".to_owned())
        }
    })
}

/// The generator in uncompressed form. A compressed one tells x and the parity of y; it is compared
/// through the known curve with the same x.
fn uncompressed(generator: &[u8], p: &[u8]) -> Option<Vec<u8>> {
    match generator {
        [0x04, ..] => Some(generator.to_vec()),
        // The hybrid form: both coordinates, and the parity of y once more (X9.62, 4.3.6).
        [parity @ (0x06 | 0x07), point @ ..] => {
            let right = point.last().is_some_and(|last| (last & 1) == (parity & 1));
            right.then(|| [&[0x04], point].concat())
        }
        [parity @ (0x02 | 0x03), x @ ..] => {
            let known = [
                Curve::P192,
                Curve::P224,
                Curve::P256,
                Curve::P384,
                Curve::P521,
                Curve::BrainpoolP192r1,
                Curve::BrainpoolP224r1,
                Curve::BrainpoolP256r1,
                Curve::BrainpoolP320r1,
                Curve::BrainpoolP384r1,
                Curve::BrainpoolP512r1,
            ];
            known.into_iter().find_map(|curve| {
                let parameters = curve.parameters().ok()?;
                let last = *parameters.generator.last()?;
                let same = parameters.p == p
                    && parameters.generator.get(1..=curve.field_bytes()) == Some(x)
                    && (last & 1) == (parity & 1);
                same.then_some(parameters.generator)
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn one_generator_is_written_in_three_forms() {
        let known = Curve::BrainpoolP256r1.parameters().unwrap();
        let (point, odd) = (&known.generator[1..], known.generator[64] & 1);
        let form = |first: u8, point: &[u8]| [&[first], point].concat();
        for (written, same) in [
            (form(0x04, point), true),
            (form(0x02 | odd, &point[..32]), true),
            (form(0x06 | odd, point), true),
            (form(0x02 | (odd ^ 1), &point[..32]), false),
            (form(0x06 | (odd ^ 1), point), false),
            (form(0x05, point), false),
            (vec![], false),
        ] {
            let met = uncompressed(&written, &known.p);
            assert_eq!(met.as_ref() == Some(&known.generator), same);
        }
    }
}
