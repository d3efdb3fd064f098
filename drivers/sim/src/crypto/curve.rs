//! Elliptic curves, keys from labels, ECDSA with chosen nonces (BSI TR-03111).
//!
//! These keys are public knowledge; no care is taken to hide them.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcGroup, EcPoint, PointConversionForm};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::sha::sha512;

use super::stream::LabelStream;
use crate::der;

/// A curve of the simulated world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// brainpoolP256r1 (RFC 5639).
    BrainpoolP256,
    /// brainpoolP384r1 (RFC 5639).
    BrainpoolP384,
    /// X9.62 prime239v1, which no passport uses.
    Prime239,
}

impl Curve {
    fn facts(self) -> (Nid, usize, &'static str) {
        match self {
            Self::P256 => (Nid::X9_62_PRIME256V1, 32, "1.2.840.10045.3.1.7"),
            Self::P384 => (Nid::SECP384R1, 48, "1.3.132.0.34"),
            Self::BrainpoolP256 => (Nid::BRAINPOOL_P256R1, 32, "1.3.36.3.3.2.8.1.1.7"),
            Self::BrainpoolP384 => (Nid::BRAINPOOL_P384R1, 48, "1.3.36.3.3.2.8.1.1.11"),
            Self::Prime239 => (Nid::X9_62_PRIME239V1, 30, "1.2.840.10045.3.1.4"),
        }
    }

    /// Length of a coordinate in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        self.facts().1
    }

    /// The curve in OpenSSL.
    ///
    /// # Errors
    /// The library's.
    pub fn group(self) -> Result<EcGroup, ErrorStack> {
        EcGroup::from_curve_name(self.facts().0)
    }
}

/// How a public key names its curve (RFC 3279, 2.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// All six numbers, as ICAO 9303-12, 4.1.6.3 demands.
    Explicit,
    /// The object identifier.
    Named,
}

/// A private key on a curve, with a generator of its own where a forger chose one.
#[derive(Clone)]
pub struct EcKey {
    curve: Curve,
    scalar: Vec<u8>,
    public: Vec<u8>,
    generator: Option<Vec<u8>>,
}

impl EcKey {
    /// The key that belongs to a label.
    ///
    /// # Errors
    /// The library's.
    pub fn from_label(curve: Curve, label: &str) -> Result<Self, ErrorStack> {
        let group = curve.group()?;
        let scalar = LabelStream::new(label).take(curve.length() + 8);
        let (scalar, mut ctx) = (reduce(&scalar, &group)?, BigNumContext::new()?);
        let mut point = EcPoint::new(&group)?;
        point.mul_generator2(&group, &scalar, &mut ctx)?;
        Ok(Self {
            curve,
            scalar: scalar.to_vec(),
            public: point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut ctx)?,
            generator: None,
        })
    }

    /// A key whose public point is that of `victim`, under a generator chosen so that the private
    /// key is known (the fault of CVE-2020-0601).
    ///
    /// # Errors
    /// The library's.
    pub fn forged(victim: &Self, label: &str) -> Result<Self, ErrorStack> {
        let own = Self::from_label(victim.curve, label)?;
        let (group, mut ctx) = (victim.curve.group()?, BigNumContext::new()?);
        let order = order(&group, &mut ctx)?;
        let mut inverse = BigNum::new()?;
        let scalar = BigNum::from_slice(&own.scalar)?;
        inverse.mod_inverse(&scalar, &order, &mut ctx)?;
        let point = EcPoint::from_bytes(&group, &victim.public, &mut ctx)?;
        let mut generator = EcPoint::new(&group)?;
        generator.mul2(&group, &point, &inverse, &mut ctx)?;
        Ok(Self {
            public: victim.public.clone(),
            generator: Some(generator.to_bytes(
                &group,
                PointConversionForm::UNCOMPRESSED,
                &mut ctx,
            )?),
            ..own
        })
    }

    /// Its curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The private key's number.
    #[must_use]
    pub fn scalar(&self) -> &[u8] {
        &self.scalar
    }

    /// The public point, uncompressed.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// SubjectPublicKeyInfo (RFC 5480).
    ///
    /// # Errors
    /// The library's.
    pub fn public_key_info(&self, parameters: Parameters) -> Result<Vec<u8>, ErrorStack> {
        let parameters = match parameters {
            Parameters::Named => der::oid(self.curve.facts().2),
            Parameters::Explicit => self.explicit()?,
        };
        Ok(der::sequence(&[
            der::sequence(&[der::oid("1.2.840.10045.2.1"), parameters]),
            der::bits(0, &self.public),
        ]))
    }

    /// ECParameters with all six numbers (ANSI X9.62; BSI TR-03111, B.2).
    fn explicit(&self) -> Result<Vec<u8>, ErrorStack> {
        let (group, mut ctx) = (self.curve.group()?, BigNumContext::new()?);
        let (mut p, mut a, mut b) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        group.components_gfp(&mut p, &mut a, &mut b, &mut ctx)?;
        let mut cofactor = BigNum::new()?;
        group.cofactor(&mut cofactor, &mut ctx)?;
        let generator = match &self.generator {
            Some(chosen) => chosen.clone(),
            None => {
                // 1 · G
                let (mut point, one) = (EcPoint::new(&group)?, BigNum::from_u32(1)?);
                point.mul_generator2(&group, &one, &mut ctx)?;
                point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut ctx)?
            }
        };
        let field = |number: &BigNumRef| wide(number, self.curve.length());
        Ok(der::sequence(&[
            der::small(1),
            der::sequence(&[der::oid("1.2.840.10045.1.1"), der::integer(&p.to_vec())]),
            der::sequence(&[der::octets(&field(&a)), der::octets(&field(&b))]),
            der::octets(&generator),
            der::integer(&order(&group, &mut ctx)?.to_vec()),
            der::integer(&cofactor.to_vec()),
        ]))
    }

    /// ECDSA over a digest; the nonce comes from key and digest, so that the same data get the same
    /// signature in every process. Returns r and s, each as long as a coordinate.
    ///
    /// # Errors
    /// The library's.
    pub fn sign(&self, digest: &[u8]) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
        let seed = sha512(&[&self.scalar[..], digest].concat());
        self.sign_with(digest, &seed)
    }

    /// ECDSA over a digest with a nonce from the bytes given (BSI TR-03111, 4.2.1).
    ///
    /// # Errors
    /// The library's.
    pub fn sign_with(&self, digest: &[u8], nonce: &[u8]) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
        let (group, mut ctx) = (self.curve.group()?, BigNumContext::new()?);
        let n = order(&group, &mut ctx)?;
        let k = reduce(nonce, &group)?;
        let mut point = EcPoint::new(&group)?;
        match &self.generator {
            None => point.mul_generator2(&group, &k, &mut ctx)?,
            Some(chosen) => {
                let chosen = EcPoint::from_bytes(&group, chosen, &mut ctx)?;
                point.mul2(&group, &chosen, &k, &mut ctx)?;
            }
        }
        let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
        point.affine_coordinates_gfp(&group, &mut x, &mut y, &mut ctx)?;
        let mut r = BigNum::new()?;
        r.nnmod(&x, &n, &mut ctx)?;
        let mut e = BigNum::from_slice(digest)?;
        let excess = i32::try_from(digest.len() * 8).unwrap_or(0) - n.num_bits();
        if excess > 0 {
            let mut shifted = BigNum::new()?;
            shifted.rshift(&e, excess)?;
            e = shifted;
        }
        let (mut product, mut sum, mut inverse) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        product.mod_mul(&r, &*BigNum::from_slice(&self.scalar)?, &n, &mut ctx)?;
        sum.mod_add(&product, &e, &n, &mut ctx)?;
        inverse.mod_inverse(&k, &n, &mut ctx)?;
        let mut s = BigNum::new()?;
        s.mod_mul(&inverse, &sum, &n, &mut ctx)?;
        let length = self.curve.length();
        Ok((wide(&r, length), wide(&s, length)))
    }

    /// The other s of the same signature, n − s.
    ///
    /// # Errors
    /// The library's.
    pub fn other_s(&self, s: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let (group, mut ctx) = (self.curve.group()?, BigNumContext::new()?);
        let mut other = BigNum::new()?;
        other.checked_sub(&*order(&group, &mut ctx)?, &*BigNum::from_slice(s)?)?;
        Ok(wide(&other, self.curve.length()))
    }

    /// The order of the curve's generator.
    ///
    /// # Errors
    /// The library's.
    pub fn order(&self) -> Result<Vec<u8>, ErrorStack> {
        Ok(order(&self.curve.group()?, &mut *BigNumContext::new()?)?.to_vec())
    }
}

fn order(group: &EcGroup, ctx: &mut openssl::bn::BigNumContextRef) -> Result<BigNum, ErrorStack> {
    let mut order = BigNum::new()?;
    group.order(&mut order, ctx)?;
    Ok(order)
}

/// A number from 1 to n − 1 out of random bytes.
fn reduce(bytes: &[u8], group: &EcGroup) -> Result<BigNum, ErrorStack> {
    let mut ctx = BigNumContext::new()?;
    let mut below = order(group, &mut ctx)?;
    below.sub_word(1)?;
    let mut out = BigNum::new()?;
    out.nnmod(&*BigNum::from_slice(bytes)?, &below, &mut ctx)?;
    out.add_word(1)?;
    Ok(out)
}

/// Big-endian bytes of fixed length.
fn wide(number: &BigNumRef, length: usize) -> Vec<u8> {
    let bytes = number.to_vec();
    let mut out = vec![0; length.saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use openssl::ec::EcKey as Key;
    use openssl::ecdsa::EcdsaSig;
    use openssl::pkey::{PKey, Public};
    use openssl::sha::sha256;

    use super::*;

    const CURVES: [Curve; 5] = [
        Curve::P256,
        Curve::P384,
        Curve::BrainpoolP256,
        Curve::BrainpoolP384,
        Curve::Prime239,
    ];

    fn accepted(key: &EcKey, info: &[u8], digest: &[u8], (r, s): (Vec<u8>, Vec<u8>)) -> bool {
        let public: Key<Public> = PKey::public_key_from_der(info).unwrap().ec_key().unwrap();
        let signature = EcdsaSig::from_private_components(
            BigNum::from_slice(&r).unwrap(),
            BigNum::from_slice(&s).unwrap(),
        )
        .unwrap();
        assert_eq!(key.public().len(), 1 + 2 * key.curve().length());
        signature.verify(digest, &public).unwrap()
    }

    #[test]
    fn signatures_verify_in_the_library_on_every_curve() {
        let digest = sha256(b"message");
        for curve in CURVES {
            let key = EcKey::from_label(curve, "a label").unwrap();
            for parameters in [Parameters::Named, Parameters::Explicit] {
                let info = key.public_key_info(parameters).unwrap();
                let (r, s) = key.sign(&digest).unwrap();
                let other = key.other_s(&s).unwrap();
                assert!(accepted(&key, &info, &digest, (r.clone(), s)), "{curve:?}");
                assert!(
                    accepted(&key, &info, &digest, (r.clone(), other)),
                    "{curve:?}"
                );
                assert!(!accepted(
                    &key,
                    &info,
                    &sha256(b"another"),
                    key.sign(&digest).unwrap()
                ));
            }
        }
    }

    #[test]
    fn a_forged_generator_signs_for_the_victims_point() {
        let victim = EcKey::from_label(Curve::P384, "victim").unwrap();
        let forged = EcKey::forged(&victim, "forger").unwrap();
        assert_eq!(forged.public(), victim.public());
        let digest = sha256(b"message");
        let signature = forged.sign(&digest).unwrap();
        // OpenSSL believes explicit parameters, whatever they say; the true curve refuses.
        let explicit = forged.public_key_info(Parameters::Explicit).unwrap();
        assert!(accepted(&forged, &explicit, &digest, signature.clone()));
        let named = victim.public_key_info(Parameters::Named).unwrap();
        assert!(!accepted(&victim, &named, &digest, signature));
    }

    #[test]
    fn a_label_gives_the_same_key_and_signature_again() {
        let make = || EcKey::from_label(Curve::BrainpoolP384, "same").unwrap();
        assert_eq!(make().public(), make().public());
        assert_eq!(
            make().sign(&[1; 32]).unwrap(),
            make().sign(&[1; 32]).unwrap()
        );
        assert_ne!(
            make().public(),
            EcKey::from_label(Curve::BrainpoolP384, "other")
                .unwrap()
                .public()
        );
    }
}
