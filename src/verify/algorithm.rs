//! Algorithm identifiers, mapped to what is verified and what is refused (ICAO 9303-12, 4.1.6;
//! RFC 4055, 3.1; RFC 5758; BSI TR-03111, 5.2.1).

use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::signature::Scheme;
use crate::lds::signed_data::AlgorithmIdentifier;

/// Why an algorithm identifier gives no scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    /// Broken beyond any policy: MD2, MD4, MD5.
    #[error("algorithm {0} is forbidden")]
    Forbidden(String),
    /// Not implemented.
    #[error("algorithm {0} is not supported")]
    Unsupported(String),
    /// Parameters that the standard does not allow.
    #[error("algorithm parameters are not valid")]
    Parameters,
}

impl From<TlvError> for AlgorithmError {
    fn from(_: TlvError) -> Self {
        Self::Parameters
    }
}

/// Longest salt that is even looked at: the modulus bounds it further.
const MAX_SALT: u32 = 512;

/// The hash of a digest algorithm identifier.
///
/// # Errors
/// [`AlgorithmError`].
pub fn hash(identifier: &AlgorithmIdentifier) -> Result<HashAlgorithm, AlgorithmError> {
    if !matches!(identifier.parameters.as_slice(), [] | [0x05, 0x00]) {
        return Err(AlgorithmError::Parameters);
    }
    match identifier.oid.as_str() {
        oid @ ("1.2.840.113549.2.2" | "1.2.840.113549.2.4" | "1.2.840.113549.2.5") => {
            Err(AlgorithmError::Forbidden(oid.to_owned()))
        }
        oid => {
            HashAlgorithm::from_oid(oid).ok_or_else(|| AlgorithmError::Unsupported(oid.to_owned()))
        }
    }
}

/// The scheme of a signature algorithm identifier. `digest` is the hash that stands beside it where
/// the identifier itself names none (`rsaEncryption` in a SignerInfo).
///
/// # Errors
/// [`AlgorithmError`].
pub fn scheme(
    identifier: &AlgorithmIdentifier,
    digest: Option<HashAlgorithm>,
) -> Result<Scheme, AlgorithmError> {
    use HashAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    let oid = identifier.oid.as_str();
    Ok(match oid {
        "1.2.840.113549.1.1.2" | "1.2.840.113549.1.1.3" | "1.2.840.113549.1.1.4" => {
            return Err(AlgorithmError::Forbidden(oid.to_owned()));
        }
        "1.2.840.113549.1.1.1" => {
            Scheme::RsaPkcs1(digest.ok_or_else(|| AlgorithmError::Unsupported(oid.to_owned()))?)
        }
        "1.2.840.113549.1.1.5" => Scheme::RsaPkcs1(Sha1),
        "1.2.840.113549.1.1.14" => Scheme::RsaPkcs1(Sha224),
        "1.2.840.113549.1.1.11" => Scheme::RsaPkcs1(Sha256),
        "1.2.840.113549.1.1.12" => Scheme::RsaPkcs1(Sha384),
        "1.2.840.113549.1.1.13" => Scheme::RsaPkcs1(Sha512),
        "1.2.840.113549.1.1.10" => pss(&identifier.parameters)?,
        "1.2.840.10045.4.1" => Scheme::Ecdsa(Sha1),
        "1.2.840.10045.4.3.1" => Scheme::Ecdsa(Sha224),
        "1.2.840.10045.4.3.2" => Scheme::Ecdsa(Sha256),
        "1.2.840.10045.4.3.3" => Scheme::Ecdsa(Sha384),
        "1.2.840.10045.4.3.4" => Scheme::Ecdsa(Sha512),
        other => ecdsa_plain(other).ok_or_else(|| AlgorithmError::Unsupported(oid.to_owned()))?,
    })
}

/// `ecdsa-plain-SHA…` (BSI TR-03111, 5.2.1.1): `r ‖ s` without any encoding.
#[must_use]
pub fn ecdsa_plain(oid: &str) -> Option<Scheme> {
    let hash = match oid.strip_prefix("0.4.0.127.0.7.1.1.4.1.")? {
        "1" => HashAlgorithm::Sha1,
        "2" => HashAlgorithm::Sha224,
        "3" => HashAlgorithm::Sha256,
        "4" => HashAlgorithm::Sha384,
        "5" => HashAlgorithm::Sha512,
        _ => return None,
    };
    Some(Scheme::EcdsaPlain(hash))
}

/// `RSASSA-PSS-params` (RFC 4055, 3.1). Absent fields, and absent parameters, mean SHA-1 and 20.
fn pss(parameters: &[u8]) -> Result<Scheme, AlgorithmError> {
    let mut digest = HashAlgorithm::Sha1;
    let mut mask = HashAlgorithm::Sha1;
    let mut salt = 20_u32;
    let mut trailer = 1_u32;
    if !parameters.is_empty() {
        let mut outer = Reader::new(parameters);
        let mut fields = Reader::new(outer.expect(0x30)?);
        outer.end()?;
        if let Some(field) = fields.optional(0xa0)? {
            digest = hash(&AlgorithmIdentifier::read(&mut Reader::new(field))?)?;
        }
        if let Some(field) = fields.optional(0xa1)? {
            let mut generation = Reader::new(Reader::new(field).expect(0x30)?);
            if der::oid_text(generation.expect(0x06)?) != "1.2.840.113549.1.1.8" {
                return Err(AlgorithmError::Parameters);
            }
            mask = hash(&AlgorithmIdentifier::read(&mut generation)?)?;
        }
        if let Some(field) = fields.optional(0xa2)? {
            salt = Reader::new(field).small()?;
        }
        if let Some(field) = fields.optional(0xa3)? {
            trailer = Reader::new(field).small()?;
        }
        fields.end()?;
    }
    if digest != mask || trailer != 1 || salt > MAX_SALT {
        return Err(AlgorithmError::Parameters);
    }
    let salt = u16::try_from(salt).map_err(|_| AlgorithmError::Parameters)?;
    Ok(Scheme::RsaPss { hash: digest, salt })
}
