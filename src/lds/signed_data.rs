//! CMS SignedData: the form of EF.SOD and of EF.CardSecurity (RFC 5652, 5.1; ICAO 9303-10, 4.6.2;
//! ICAO 9303-11, 9.2.11).
//!
//! Parsed here value by value and not with a CMS library: the signed attributes must be hashed as
//! they were received, and a wrong version, a missing attribute or two signers are findings about
//! the card and no reason to stop reading it.

use std::borrow::Cow;

use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;

/// `id-signedData`.
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// Certificates that signed data may carry; real ones carry one.
const MAX_CERTIFICATES: usize = 16;
/// Signers that are looked at; exactly one is accepted.
const MAX_SIGNERS: usize = 4;
/// Digest algorithms that are kept; real ones have one.
const MAX_DIGEST_ALGORITHMS: usize = 16;
/// Attributes of one signer; real ones have two or three.
const MAX_ATTRIBUTES: usize = 32;

/// An `AlgorithmIdentifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// Dotted object identifier.
    pub oid: String,
    /// The parameters in DER; empty where they are absent.
    pub parameters: Vec<u8>,
}

impl AlgorithmIdentifier {
    /// Reads `SEQUENCE { algorithm, parameters OPTIONAL }`.
    ///
    /// # Errors
    /// [`TlvError`] where the bytes are none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, TlvError> {
        let mut inner = Reader::new(reader.expect(0x30)?);
        let oid = der::oid_text(inner.expect(0x06)?);
        let parameters = if inner.is_empty() {
            Vec::new()
        } else {
            inner.any()?.2.to_vec()
        };
        inner.end()?;
        Ok(Self { oid, parameters })
    }
}

/// Which certificate signed (RFC 5652, 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// Issuer name in DER, serial number as received.
    IssuerAndSerial {
        /// `Name` in DER.
        issuer: Vec<u8>,
        /// The INTEGER's content bytes.
        serial: Vec<u8>,
    },
    /// The subject key identifier.
    SubjectKeyIdentifier(Vec<u8>),
}

impl SignerIdentifier {
    /// Reads `CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }`.
    ///
    /// # Errors
    /// [`TlvError`] where the bytes are none.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, TlvError> {
        if let Some(key) = reader.optional(0x80)? {
            return Ok(Self::SubjectKeyIdentifier(key.to_vec()));
        }
        let mut pair = Reader::new(reader.expect(0x30)?);
        let (tag, _, issuer) = pair.any()?;
        if tag != 0x30 {
            let expected = 0x30;
            return Err(TlvError::UnexpectedTag { expected, met: tag });
        }
        let serial = pair.expect(0x02)?.to_vec();
        pair.end()?;
        Ok(Self::IssuerAndSerial {
            issuer: issuer.to_vec(),
            serial,
        })
    }
}

/// One signed attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Dotted object identifier.
    pub oid: String,
    /// Each value: its tag and its content.
    pub values: Vec<(u32, Vec<u8>)>,
}

/// The signed attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAttributes {
    /// What the signature covers: the received bytes with the tag of a SET OF (RFC 5652, 5.4).
    pub signed: Vec<u8>,
    /// The attributes in their order.
    pub attributes: Vec<Attribute>,
}

/// One `SignerInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its version.
    pub version: Option<u32>,
    /// Who signed.
    pub identifier: SignerIdentifier,
    /// The hash of eContent and attributes.
    pub digest_algorithm: AlgorithmIdentifier,
    /// What was signed, where it was not eContent itself.
    pub signed_attributes: Option<SignedAttributes>,
    /// How it was signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// The signature.
    pub signature: Vec<u8>,
    /// Whether unsigned attributes stand behind it.
    pub has_unsigned: bool,
}

/// SignedData, parsed and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// True when the object came in BER and was written anew to be read.
    pub not_der: bool,
    /// Version of SignedData; `None` where it is missing.
    pub version: Option<u32>,
    /// The digest algorithms that the SignedData names, each in DER.
    pub digest_algorithms: Vec<Vec<u8>>,
    /// Whether revocation lists or unsigned attributes stand in it.
    pub has_unsigned: bool,
    /// Dotted object identifier of the content.
    pub content_type: String,
    /// The content that hashes and signature cover.
    pub content: Vec<u8>,
    /// Certificates in DER, as received.
    pub certificates: Vec<Vec<u8>>,
    /// The signers.
    pub signers: Vec<Signer>,
}

/// Why bytes give no SignedData to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedDataError {
    /// Not what RFC 5652 describes.
    #[error(transparent)]
    Malformed(#[from] TlvError),
    /// The content is missing (detached signature).
    #[error("no eContent")]
    Detached,
    /// A ContentInfo of another type.
    #[error("content type {0}")]
    ContentType(String),
    /// More certificates, signers or attributes than the bounds.
    #[error("too many {0}")]
    TooMany(&'static str),
}

impl SignedData {
    /// Parses a ContentInfo of type SignedData; BER is normalised.
    ///
    /// # Errors
    /// [`SignedDataError`]; structural faults alone. Wrong versions, attributes or signer counts are
    /// left for the checks to judge.
    pub fn parse(content_info: &[u8]) -> Result<Self, SignedDataError> {
        let (bytes, not_der) = normalise(content_info)?;
        let mut outer = Reader::new(&bytes);
        let mut info = Reader::new(outer.expect(0x30)?);
        outer.end()?;
        let kind = der::oid_text(info.expect(0x06)?);
        if kind != SIGNED_DATA {
            return Err(SignedDataError::ContentType(kind));
        }
        let mut explicit = Reader::new(info.expect(0xa0)?);
        let mut data = Reader::new(explicit.expect(0x30)?);
        explicit.end()?;

        let version = if data.peek() == Some(0x02) {
            Some(data.small()?)
        } else {
            None
        };
        let mut algorithms = Reader::new(data.expect(0x31)?);
        let mut digest_algorithms = Vec::new();
        while !algorithms.is_empty() {
            let (_, _, whole) = algorithms.any()?;
            if digest_algorithms.len() < MAX_DIGEST_ALGORITHMS {
                digest_algorithms.push(whole.to_vec());
            }
        }
        let (content_type, content) = encapsulated(&mut data)?;
        let certificates = certificates(&mut data)?;
        let lists = data.optional(0xa1)?;
        let signers = signers(data.expect(0x31)?)?;
        data.end()?;
        let has_unsigned = lists.is_some() || signers.iter().any(|signer| signer.has_unsigned);
        Ok(Self {
            not_der,
            version,
            digest_algorithms,
            has_unsigned,
            content_type,
            content,
            certificates,
            signers,
        })
    }
}

/// The object in DER. Issuers have written BER; it is read through OpenSSL's encoder then.
fn normalise(value: &[u8]) -> Result<(Cow<'_, [u8]>, bool), SignedDataError> {
    let Err(error) = der::check(value) else {
        return Ok((Cow::Borrowed(value), false));
    };
    let rewritten = match error {
        TlvError::Indefinite { .. } | TlvError::NotMinimal { .. } | TlvError::Value { .. } => {
            openssl::cms::CmsContentInfo::from_der(value)
                .and_then(|cms| cms.to_der())
                .ok()
        }
        _ => None,
    };
    let rewritten = rewritten.ok_or(error)?;
    der::check(&rewritten)?;
    Ok((Cow::Owned(rewritten), true))
}

fn encapsulated(data: &mut Reader<'_>) -> Result<(String, Vec<u8>), SignedDataError> {
    let mut content = Reader::new(data.expect(0x30)?);
    let content_type = der::oid_text(content.expect(0x06)?);
    let Some(explicit) = content.optional(0xa0)? else {
        return Err(SignedDataError::Detached);
    };
    content.end()?;
    let mut explicit = Reader::new(explicit);
    let bytes = explicit.expect(0x04)?.to_vec();
    explicit.end()?;
    Ok((content_type, bytes))
}

fn certificates(data: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, SignedDataError> {
    let mut found = Vec::new();
    if let Some(set) = data.optional(0xa0)? {
        let mut set = Reader::new(set);
        while !set.is_empty() {
            if found.len() >= MAX_CERTIFICATES {
                return Err(SignedDataError::TooMany("certificates"));
            }
            found.push(set.any()?.2.to_vec());
        }
    }
    Ok(found)
}

fn signers(set: &[u8]) -> Result<Vec<Signer>, SignedDataError> {
    let mut set = Reader::new(set);
    let mut found = Vec::new();
    while !set.is_empty() {
        let bytes = set.expect(0x30)?;
        // Two are already too many: a hundred must not look like a fault of reading.
        if found.len() < MAX_SIGNERS {
            found.push(signer(bytes)?);
        }
    }
    Ok(found)
}

fn signer(bytes: &[u8]) -> Result<Signer, SignedDataError> {
    let mut reader = Reader::new(bytes);
    let version = if reader.peek() == Some(0x02) {
        Some(reader.small()?)
    } else {
        None
    };
    let identifier = SignerIdentifier::read(&mut reader)?;
    let digest_algorithm = AlgorithmIdentifier::read(&mut reader)?;
    let signed_attributes = match reader.peek() {
        Some(0xa0) => {
            let (_, value, whole) = reader.any()?;
            Some(signed_attributes(value, whole)?)
        }
        _ => None,
    };
    let signature_algorithm = AlgorithmIdentifier::read(&mut reader)?;
    let signature = reader.expect(0x04)?.to_vec();
    let has_unsigned = reader.optional(0xa1)?.is_some();
    reader.end()?;
    Ok(Signer {
        version,
        identifier,
        digest_algorithm,
        signed_attributes,
        signature_algorithm,
        signature,
        has_unsigned,
    })
}

fn signed_attributes(value: &[u8], whole: &[u8]) -> Result<SignedAttributes, SignedDataError> {
    // RFC 5652, 5.4: hashed with the tag of an explicit SET OF, everything else as received.
    let mut signed = whole.to_vec();
    if let Some(tag) = signed.first_mut() {
        *tag = 0x31;
    }
    let mut reader = Reader::new(value);
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(SignedDataError::TooMany("signed attributes"));
        }
        let mut attribute = Reader::new(reader.expect(0x30)?);
        let oid = der::oid_text(attribute.expect(0x06)?);
        let mut set = Reader::new(attribute.expect(0x31)?);
        attribute.end()?;
        let mut values = Vec::new();
        while !set.is_empty() {
            let (tag, value, _) = set.any()?;
            values.push((tag, value.to_vec()));
        }
        attributes.push(Attribute { oid, values });
    }
    Ok(SignedAttributes { signed, attributes })
}
