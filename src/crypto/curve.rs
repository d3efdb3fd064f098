//! Named elliptic curves, and explicit parameters mapped to them (ICAO 9303-12, 4.1.6).
//!
//! Real certificates carry explicit parameters. OpenSSL takes any of them, a forged generator
//! included, so that whoever chooses the generator knows a private key to somebody else's public
//! point. Here parameters only *select* one of the known curves; the known one does the work.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::EcGroup;
use openssl::nid::Nid;

use super::CryptoFault;

/// A standardised curve over a prime field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Curve {
    P192,
    P224,
    P256,
    P384,
    P521,
    BrainpoolP192r1,
    BrainpoolP224r1,
    BrainpoolP256r1,
    BrainpoolP320r1,
    BrainpoolP384r1,
    BrainpoolP512r1,
}

/// Name, object identifier, OpenSSL's number.
type Row = (Curve, &'static str, &'static str, Nid);

const CURVES: [Row; 11] = [
    (
        Curve::P192,
        "P-192",
        "1.2.840.10045.3.1.1",
        Nid::X9_62_PRIME192V1,
    ),
    (Curve::P224, "P-224", "1.3.132.0.33", Nid::SECP224R1),
    (
        Curve::P256,
        "P-256",
        "1.2.840.10045.3.1.7",
        Nid::X9_62_PRIME256V1,
    ),
    (Curve::P384, "P-384", "1.3.132.0.34", Nid::SECP384R1),
    (Curve::P521, "P-521", "1.3.132.0.35", Nid::SECP521R1),
    (
        Curve::BrainpoolP192r1,
        "brainpoolP192r1",
        "1.3.36.3.3.2.8.1.1.3",
        Nid::BRAINPOOL_P192R1,
    ),
    (
        Curve::BrainpoolP224r1,
        "brainpoolP224r1",
        "1.3.36.3.3.2.8.1.1.5",
        Nid::BRAINPOOL_P224R1,
    ),
    (
        Curve::BrainpoolP256r1,
        "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.7",
        Nid::BRAINPOOL_P256R1,
    ),
    (
        Curve::BrainpoolP320r1,
        "brainpoolP320r1",
        "1.3.36.3.3.2.8.1.1.9",
        Nid::BRAINPOOL_P320R1,
    ),
    (
        Curve::BrainpoolP384r1,
        "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.11",
        Nid::BRAINPOOL_P384R1,
    ),
    (
        Curve::BrainpoolP512r1,
        "brainpoolP512r1",
        "1.3.36.3.3.2.8.1.1.13",
        Nid::BRAINPOOL_P512R1,
    ),
];

/// Explicit domain parameters as a certificate carries them: unsigned big-endian numbers, the
/// generator as an uncompressed point (BSI TR-03111, 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DomainParameters {
    pub p: Vec<u8>,
    pub a: Vec<u8>,
    pub b: Vec<u8>,
    pub generator: Vec<u8>,
    pub order: Vec<u8>,
    /// Absent in certificates that leave it out, which the standard forbids and some do.
    pub cofactor: Option<Vec<u8>>,
}

/// Why explicit parameters select no curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurveError {
    /// Field and coefficients of a known curve with another generator, order or cofactor: made so
    /// that somebody knows a private key.
    #[error("domain parameters are those of {0:?} but for generator, order or cofactor")]
    Forged(Curve),
    /// No curve that we know.
    #[error("unknown elliptic curve")]
    Unknown,
    /// The library refused to work.
    #[error(transparent)]
    Fault(#[from] CryptoFault),
}

impl From<openssl::error::ErrorStack> for CurveError {
    fn from(_: openssl::error::ErrorStack) -> Self {
        Self::Fault(CryptoFault)
    }
}

impl Curve {
    fn row(self) -> Row {
        CURVES
            .into_iter()
            .find(|row| row.0 == self)
            .unwrap_or((self, "unknown", "", Nid::UNDEF))
    }

    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The curve of that object identifier (dotted).
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        CURVES.into_iter().find(|row| row.2 == oid).map(|row| row.0)
    }

    /// Bytes of one coordinate.
    #[must_use]
    pub const fn field_bytes(self) -> usize {
        match self {
            Self::P192 | Self::BrainpoolP192r1 => 24,
            Self::P224 | Self::BrainpoolP224r1 => 28,
            Self::P256 | Self::BrainpoolP256r1 => 32,
            Self::BrainpoolP320r1 => 40,
            Self::P384 | Self::BrainpoolP384r1 => 48,
            Self::BrainpoolP512r1 => 64,
            Self::P521 => 66,
        }
    }

    /// The group in OpenSSL, by name.
    pub(super) fn group(self) -> Result<EcGroup, CryptoFault> {
        Ok(EcGroup::from_curve_name(self.row().3)?)
    }

    /// The curve that these explicit parameters describe: all six values must agree.
    ///
    /// # Errors
    /// [`CurveError::Forged`] and [`CurveError::Unknown`].
    pub fn from_parameters(given: &DomainParameters) -> Result<Self, CurveError> {
        for (curve, ..) in CURVES {
            let known = curve.parameters()?;
            let same = |one: &[u8], two: &[u8]| trim(one) == trim(two);
            if !(same(&known.p, &given.p) && same(&known.a, &given.a) && same(&known.b, &given.b)) {
                continue;
            }
            let base = known.generator == given.generator && same(&known.order, &given.order);
            let cofactor = match (&known.cofactor, &given.cofactor) {
                (Some(one), Some(two)) => same(one, two),
                _ => true,
            };
            return if base && cofactor {
                Ok(curve)
            } else {
                Err(CurveError::Forged(curve))
            };
        }
        Err(CurveError::Unknown)
    }

    /// The six values of this curve.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn parameters(self) -> Result<DomainParameters, CryptoFault> {
        let group = self.group()?;
        let mut context = BigNumContext::new()?;
        let (mut p, mut a, mut b) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        group.components_gfp(&mut p, &mut a, &mut b, &mut context)?;
        let (mut order, mut cofactor) = (BigNum::new()?, BigNum::new()?);
        group.order(&mut order, &mut context)?;
        group.cofactor(&mut cofactor, &mut context)?;
        let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
        let generator =
            group
                .generator_opt()
                .ok_or(CryptoFault)?
                .to_bytes(&group, form, &mut context)?;
        Ok(DomainParameters {
            p: p.to_vec(),
            a: a.to_vec(),
            b: b.to_vec(),
            generator,
            order: order.to_vec(),
            cofactor: Some(cofactor.to_vec()),
        })
    }
}

/// Without leading zero bytes.
fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_curve_is_recognised_by_its_own_parameters() {
        for (curve, ..) in CURVES {
            let parameters = curve.parameters().unwrap();
            assert_eq!(Curve::from_parameters(&parameters), Ok(curve));
            assert_eq!(parameters.generator.len(), 1 + 2 * curve.field_bytes());
        }
    }

    /// The attack of CVE-2020-0601: the victim's public point as generator, private key 1.
    #[test]
    fn a_changed_generator_order_or_cofactor_is_a_forgery() {
        let good = Curve::BrainpoolP384r1.parameters().unwrap();
        let forged = Err(CurveError::Forged(Curve::BrainpoolP384r1));
        let mut generator = good.clone();
        *generator.generator.last_mut().unwrap() ^= 1;
        let mut order = good.clone();
        *order.order.last_mut().unwrap() ^= 2;
        let mut cofactor = good.clone();
        cofactor.cofactor = Some(vec![2]);
        for parameters in [generator, order, cofactor] {
            assert_eq!(Curve::from_parameters(&parameters), forged);
        }
        let mut other = good;
        *other.b.last_mut().unwrap() ^= 1;
        assert_eq!(Curve::from_parameters(&other), Err(CurveError::Unknown));
    }
}
