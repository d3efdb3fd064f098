//! EF.SOD: the Document Security Object (ICAO 9303-10, 4.6.2; RFC 5652).
//!
//! Parsed here value by value and not with a CMS library: the signed attributes must be hashed as
//! they were received, and a wrong version, a missing attribute or two signers are findings about
//! the card and no reason to stop reading it.

use std::borrow::Cow;

use super::FileError;
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;

/// `id-icao-mrtd-security-ldsSecurityObject`.
pub const LDS_SECURITY_OBJECT: &str = "2.23.136.1.1.1";
/// `id-signedData`.
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// Certificates that a security object may carry; real ones carry one.
const MAX_CERTIFICATES: usize = 16;
/// Signers that are looked at; exactly one is accepted.
const MAX_SIGNERS: usize = 4;
/// Attributes of one signer; real ones have two or three.
const MAX_ATTRIBUTES: usize = 32;
/// Data groups are numbered 1 to 16.
const MAX_HASHES: usize = 64;

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
}

/// The hashes of the data groups (ICAO 9303-10, 4.6.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdsSecurityObject {
    /// 0 or 1.
    pub version: u32,
    /// The hash algorithm.
    pub hash_algorithm: AlgorithmIdentifier,
    /// Data group number and hash, in their order, as the object has them.
    pub hashes: Vec<(u32, Vec<u8>)>,
}

/// EF.SOD, parsed and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityObject {
    /// True when the object came in BER and was written anew to be read.
    pub not_der: bool,
    /// Version of SignedData; `None` where it is missing.
    pub version: Option<u32>,
    /// How many digest algorithms the SignedData names.
    pub digest_algorithms: usize,
    /// Dotted object identifier of the content.
    pub content_type: String,
    /// The content that hashes and signature cover.
    pub content: Vec<u8>,
    /// The content read as LDS security object.
    pub lds: LdsSecurityObject,
    /// Certificates in DER, as received.
    pub certificates: Vec<Vec<u8>>,
    /// The signers.
    pub signers: Vec<Signer>,
}

/// Why an EF.SOD gives nothing to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SodError {
    /// `77 00`: an issuer does not make that (BSI TR-03135-1, table 5.27).
    #[error("EF.SOD holds no security object")]
    Empty,
    /// Not what RFC 5652 describes.
    #[error("EF.SOD: {0}")]
    Malformed(#[from] TlvError),
    /// The content is missing (detached signature).
    #[error("EF.SOD holds no eContent")]
    Detached,
    /// The content is of another type than ICAO's, so that it can't be read.
    #[error("EF.SOD content type {0}")]
    ContentType(String),
    /// More certificates, signers, attributes or hashes than the bounds.
    #[error("EF.SOD holds too many {0}")]
    TooMany(&'static str),
    /// The file as such is wrong.
    #[error(transparent)]
    File(#[from] FileError),
}

impl SecurityObject {
    /// Parses the file `EF.SOD`.
    ///
    /// # Errors
    /// [`SodError`]; structural faults alone. Wrong versions, attributes or signer counts are left
    /// for the checks to judge.
    pub fn parse(file: &[u8]) -> Result<Self, SodError> {
        let value = super::file_value(file, 0x77)?;
        if value.is_empty() {
            return Err(SodError::Empty);
        }
        let (bytes, not_der) = normalise(value)?;
        let mut outer = Reader::new(&bytes);
        let mut info = Reader::new(outer.expect(0x30)?);
        outer.end()?;
        let kind = der::oid_text(info.expect(0x06)?);
        if kind != SIGNED_DATA {
            return Err(SodError::ContentType(kind));
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
        let mut digest_algorithms = 0_usize;
        while !algorithms.is_empty() {
            algorithms.any()?;
            digest_algorithms = digest_algorithms.saturating_add(1);
        }
        let (content_type, content) = encapsulated(&mut data)?;
        let certificates = certificates(&mut data)?;
        data.optional(0xa1)?;
        let signers = signers(data.expect(0x31)?)?;
        data.end()?;
        let lds = LdsSecurityObject::parse(&content).map_err(|error| {
            // A foreign type is the reason why the content makes no sense, not its parsing.
            if content_type == LDS_SECURITY_OBJECT {
                error
            } else {
                SodError::ContentType(content_type.clone())
            }
        })?;
        Ok(Self {
            not_der,
            version,
            digest_algorithms,
            content_type,
            content,
            lds,
            certificates,
            signers,
        })
    }

    /// The numbers of the data groups that it lists.
    pub fn data_groups(&self) -> impl Iterator<Item = u32> + '_ {
        self.lds.hashes.iter().map(|(number, _)| *number)
    }
}

/// The security object in DER. Issuers have written BER; it is read through OpenSSL's encoder then.
fn normalise(value: &[u8]) -> Result<(Cow<'_, [u8]>, bool), SodError> {
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

fn encapsulated(data: &mut Reader<'_>) -> Result<(String, Vec<u8>), SodError> {
    let mut content = Reader::new(data.expect(0x30)?);
    let content_type = der::oid_text(content.expect(0x06)?);
    let Some(explicit) = content.optional(0xa0)? else {
        return Err(SodError::Detached);
    };
    content.end()?;
    let mut explicit = Reader::new(explicit);
    let bytes = explicit.expect(0x04)?.to_vec();
    explicit.end()?;
    Ok((content_type, bytes))
}

fn certificates(data: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, SodError> {
    let mut found = Vec::new();
    if let Some(set) = data.optional(0xa0)? {
        let mut set = Reader::new(set);
        while !set.is_empty() {
            if found.len() >= MAX_CERTIFICATES {
                return Err(SodError::TooMany("certificates"));
            }
            found.push(set.any()?.2.to_vec());
        }
    }
    Ok(found)
}

fn signers(set: &[u8]) -> Result<Vec<Signer>, SodError> {
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

fn signer(bytes: &[u8]) -> Result<Signer, SodError> {
    let mut reader = Reader::new(bytes);
    let version = if reader.peek() == Some(0x02) {
        Some(reader.small()?)
    } else {
        None
    };
    let identifier = if let Some(key) = reader.optional(0x80)? {
        SignerIdentifier::SubjectKeyIdentifier(key.to_vec())
    } else {
        let mut pair = Reader::new(reader.expect(0x30)?);
        let (tag, _, issuer) = pair.any()?;
        if tag != 0x30 {
            return Err(TlvError::UnexpectedTag {
                expected: 0x30,
                met: tag,
            }
            .into());
        }
        let serial = pair.expect(0x02)?.to_vec();
        pair.end()?;
        SignerIdentifier::IssuerAndSerial {
            issuer: issuer.to_vec(),
            serial,
        }
    };
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
    reader.optional(0xa1)?;
    reader.end()?;
    Ok(Signer {
        version,
        identifier,
        digest_algorithm,
        signed_attributes,
        signature_algorithm,
        signature,
    })
}

fn signed_attributes(value: &[u8], whole: &[u8]) -> Result<SignedAttributes, SodError> {
    // RFC 5652, 5.4: hashed with the tag of an explicit SET OF, everything else as received.
    let mut signed = whole.to_vec();
    if let Some(tag) = signed.first_mut() {
        *tag = 0x31;
    }
    let mut reader = Reader::new(value);
    let mut attributes = Vec::new();
    while !reader.is_empty() {
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(SodError::TooMany("signed attributes"));
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

impl LdsSecurityObject {
    fn parse(content: &[u8]) -> Result<Self, SodError> {
        der::check(content)?;
        let mut outer = Reader::new(content);
        let mut object = Reader::new(outer.expect(0x30)?);
        outer.end()?;
        let version = object.small()?;
        let hash_algorithm = AlgorithmIdentifier::read(&mut object)?;
        let mut list = Reader::new(object.expect(0x30)?);
        let mut hashes = Vec::new();
        while !list.is_empty() {
            if hashes.len() >= MAX_HASHES {
                return Err(SodError::TooMany("data group hashes"));
            }
            let mut entry = Reader::new(list.expect(0x30)?);
            // A number out of range is a finding for the hash check, not a parse fault.
            let number = match entry.expect(0x02)? {
                number if number.len() > 3 => u32::MAX,
                number => number
                    .iter()
                    .fold(0, |sum, byte| (sum << 8) | u32::from(*byte)),
            };
            hashes.push((number, entry.expect(0x04)?.to_vec()));
            entry.end()?;
        }
        object.optional(0x30)?;
        object.end()?;
        Ok(Self {
            version,
            hash_algorithm,
            hashes,
        })
    }
}
