//! Signing with a private key of ours (RFC 8017; BSI TR-03111, 4.2.1).

use core::fmt;

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use zeroize::Zeroizing;

use super::CryptoFault;
use super::curve::{Curve, DomainParameters};
use super::signature::{PublicKey, Scheme};

/// Longest encoding of a private key that is read, in bytes: RSA-4096 in PEM has some 3,300.
pub const MAX_KEY: usize = 16 * 1024;

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// No private key in DER or PEM, or one that a password protects.
    #[error("no private key in PKCS#8 without a password")]
    Encoding,
    /// Neither RSA nor ECDSA on a curve that is known here.
    #[error("a private key of a kind that is not supported")]
    Unsupported,
    /// The key is of another kind than the signature that is asked of it.
    #[error("the private key does not fit the signature scheme")]
    Scheme,
    /// The library refused to work.
    #[error(transparent)]
    Fault(#[from] CryptoFault),
}

impl From<openssl::error::ErrorStack> for SigningKeyError {
    fn from(_: openssl::error::ErrorStack) -> Self {
        Self::Fault(CryptoFault)
    }
}

/// A private key: RSA, or ECDSA on a named curve. OpenSSL wipes it when it goes.
pub struct SigningKey {
    key: PKey<Private>,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, [redacted])", self.public.describe())
    }
}

impl SigningKey {
    /// Reads PKCS#8 (RFC 5958) in DER, or in PEM (`BEGIN PRIVATE KEY`), and the older forms that
    /// tools still write (RFC 5915, RFC 8017, A.1.2). Explicit curve parameters select a known
    /// curve, as everywhere.
    ///
    /// # Errors
    /// [`SigningKeyError::Encoding`] and [`SigningKeyError::Unsupported`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, SigningKeyError> {
        if bytes.len() > MAX_KEY {
            return Err(SigningKeyError::Encoding);
        }
        let pem = bytes.trim_ascii_start().starts_with(b"-----BEGIN");
        let key = if pem {
            // The callback answers a protected key with no password, so that nothing is asked of
            // a terminal.
            PKey::private_key_from_pem_callback(bytes, |_| Ok(0))
        } else {
            PKey::private_key_from_pkcs8(bytes).or_else(|_| PKey::private_key_from_der(bytes))
        }
        .map_err(|_| SigningKeyError::Encoding)?;
        match key.id() {
            Id::RSA => {
                let rsa = key.rsa()?;
                if !rsa.check_key()? {
                    return Err(SigningKeyError::Encoding);
                }
                let public = PublicKey::Rsa {
                    modulus: rsa.n().to_vec(),
                    exponent: rsa.e().to_vec(),
                };
                Ok(Self { key, public })
            }
            Id::EC => Self::elliptic(&key),
            _ => Err(SigningKeyError::Unsupported),
        }
    }

    fn elliptic(key: &PKey<Private>) -> Result<Self, SigningKeyError> {
        let given = key.ec_key()?;
        let group = given.group();
        let mut context = BigNumContext::new()?;
        let (mut p, mut a, mut b) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        group
            .components_gfp(&mut p, &mut a, &mut b, &mut context)
            .map_err(|_| SigningKeyError::Unsupported)?;
        let (mut order, mut cofactor) = (BigNum::new()?, BigNum::new()?);
        group.order(&mut order, &mut context)?;
        group.cofactor(&mut cofactor, &mut context)?;
        let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
        let generator = group
            .generator_opt()
            .ok_or(SigningKeyError::Unsupported)?
            .to_bytes(group, form, &mut context)?;
        let curve = Curve::from_parameters(&DomainParameters {
            p: p.to_vec(),
            a: a.to_vec(),
            b: b.to_vec(),
            generator,
            order: order.to_vec(),
            cofactor: Some(cofactor.to_vec()),
        })
        .map_err(|_| SigningKeyError::Unsupported)?;
        let named = curve.group()?;
        let point = given.public_key().to_bytes(group, form, &mut context)?;
        let public = openssl::ec::EcPoint::from_bytes(&named, &point, &mut context)?;
        let key = EcKey::from_private_components(&named, given.private_key(), &public)?;
        key.check_key().map_err(|_| SigningKeyError::Encoding)?;
        Ok(Self {
            key: PKey::from_ec_key(key)?,
            public: PublicKey::Ec { curve, point },
        })
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SigningKeyError::Scheme`] where the scheme is of another kind than the key.
    pub fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
        match (&self.public, scheme) {
            (PublicKey::Rsa { .. }, Scheme::RsaPkcs1(hash)) => {
                let mut signer = Signer::new(hash.openssl(), &self.key)?;
                signer.set_rsa_padding(Padding::PKCS1)?;
                Ok(signer.sign_oneshot_to_vec(message)?)
            }
            (PublicKey::Rsa { .. }, Scheme::RsaPss { hash, salt }) => {
                let mut signer = Signer::new(hash.openssl(), &self.key)?;
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                signer.set_rsa_mgf1_md(hash.openssl())?;
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::custom(i32::from(salt)))?;
                Ok(signer.sign_oneshot_to_vec(message)?)
            }
            (PublicKey::Ec { .. }, Scheme::Ecdsa(hash)) => {
                let digest = Zeroizing::new(hash.digest(message));
                Ok(EcdsaSig::sign(&digest, &*self.key.ec_key()?)?.to_der()?)
            }
            (PublicKey::Ec { curve, .. }, Scheme::EcdsaPlain(hash)) => {
                let digest = Zeroizing::new(hash.digest(message));
                let signature = EcdsaSig::sign(&digest, &*self.key.ec_key()?)?;
                let order = BigNum::from_slice(&curve.parameters()?.order)?;
                let width = order.num_bytes();
                let (r, s) = (signature.r(), signature.s());
                Ok([r.to_vec_padded(width)?, s.to_vec_padded(width)?].concat())
            }
            _ => Err(SigningKeyError::Scheme),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use openssl::ec::EcGroup;
    use openssl::nid::Nid;
    use openssl::rsa::Rsa;

    use super::super::hash::HashAlgorithm;
    use super::super::signature::verify;
    use super::*;

    fn elliptic(nid: Nid) -> PKey<Private> {
        let group = EcGroup::from_curve_name(nid).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    fn rsa() -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
    }

    #[test]
    fn what_is_signed_verifies_under_the_public_key() {
        use HashAlgorithm::{Sha1, Sha256, Sha512};
        let rsa_key = rsa();
        let keys = [
            (elliptic(Nid::BRAINPOOL_P256R1), Scheme::EcdsaPlain(Sha256)),
            (elliptic(Nid::SECP521R1), Scheme::EcdsaPlain(Sha512)),
            (elliptic(Nid::BRAINPOOL_P512R1), Scheme::EcdsaPlain(Sha1)),
            (elliptic(Nid::X9_62_PRIME256V1), Scheme::Ecdsa(Sha256)),
            (rsa_key.clone(), Scheme::RsaPkcs1(Sha256)),
            (
                rsa_key,
                Scheme::RsaPss {
                    hash: Sha256,
                    salt: 32,
                },
            ),
        ];
        for (key, scheme) in keys {
            for encoded in [
                key.private_key_to_pkcs8().unwrap(),
                key.private_key_to_pem_pkcs8().unwrap(),
                key.private_key_to_der().unwrap(),
            ] {
                let key = SigningKey::from_pkcs8(&encoded).unwrap();
                let signature = key.sign(scheme, b"message").unwrap();
                assert_eq!(verify(key.public(), scheme, b"message", &signature), Ok(()));
                assert!(verify(key.public(), scheme, b"massage", &signature).is_err());
            }
        }
    }

    #[test]
    fn a_signature_of_another_kind_is_refused() {
        let elliptic = SigningKey::from_pkcs8(
            &elliptic(Nid::X9_62_PRIME256V1)
                .private_key_to_pkcs8()
                .unwrap(),
        )
        .unwrap();
        let refused = elliptic.sign(Scheme::RsaPkcs1(HashAlgorithm::Sha256), b"");
        assert_eq!(refused, Err(SigningKeyError::Scheme));
    }

    #[test]
    fn what_is_no_plain_private_key_is_refused() {
        let key = elliptic(Nid::X9_62_PRIME256V1);
        let protected = key
            .private_key_to_pem_pkcs8_passphrase(
                openssl::symm::Cipher::aes_256_cbc(),
                b"a password",
            )
            .unwrap();
        let public = key.public_key_to_pem().unwrap();
        let long = vec![0x30; MAX_KEY + 1];
        for bytes in [&[][..], b"nonsense", &protected, &public, &long] {
            let refused = SigningKey::from_pkcs8(bytes);
            assert_eq!(refused.err(), Some(SigningKeyError::Encoding));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::from_pkcs8(&rsa().private_key_to_pkcs8().unwrap()).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(RSA-2048, [redacted])");
    }
}
