//! Certificates of the signing authority and of document signers (RFC 5280; ICAO 9303-12, 7.1).
//!
//! `x509-parser` takes them apart after a strict walk: it is lenient with lengths, duplicates and
//! trailing bytes, and leaves ICAO's own extensions unparsed.

use time::OffsetDateTime;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::x509::X509Name;

use super::algorithm;
use super::public_key::{self, KeyError, KeyInfo};
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::crypto::hash::sha256_hex;
use crate::lds::signed_data::AlgorithmIdentifier;

/// Longest certificate that is read, in bytes.
pub const MAX_CERTIFICATE: usize = 64 * 1024;
/// Most extensions of one certificate.
const MAX_EXTENSIONS: usize = 64;

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// In DER, as received.
    pub der: Vec<u8>,
    /// Its country, as received.
    pub country: Option<String>,
    /// Whether the country is an upper-case PrintableString, as ICAO 9303-12, table 5 demands.
    pub country_conforming: bool,
    /// For people.
    pub text: String,
}

impl Name {
    /// Reads a `Name` in DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        der::check(der)?;
        let (rest, parsed) = X509Name::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if rest.is_empty() {
            Ok(name(&parsed))
        } else {
            Err(CertificateError::Malformed)
        }
    }

    /// The name as it is compared: without regard to case, string type and spaces around its parts
    /// (RFC 5280, 7.1; RFC 4518, 2.6.1).
    #[must_use]
    pub fn folded(&self) -> String {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let text = words.join(" ").to_lowercase();
        text.replace(" ,", ",").replace("= ", "=")
    }
}

/// Key usage bits that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct KeyUsage {
    pub critical: bool,
    pub digital_signature: bool,
    pub key_cert_sign: bool,
    pub crl_sign: bool,
}

/// A certificate, taken apart and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// As received.
    pub der: Vec<u8>,
    /// SHA-256 of it, lower-case hex.
    pub fingerprint: String,
    /// What its signature covers.
    pub tbs: Vec<u8>,
    /// 3 for v3.
    pub version: u32,
    /// The INTEGER's content bytes.
    pub serial: Vec<u8>,
    /// Who issued it.
    pub issuer: Name,
    /// Whose key it holds.
    pub subject: Name,
    /// Valid from.
    pub not_before: OffsetDateTime,
    /// Valid until.
    pub not_after: OffsetDateTime,
    /// The key, or why there is none to use.
    pub key: Result<KeyInfo, KeyError>,
    /// How it is signed, as said outside the signed part.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Whether the signed part says the same.
    pub algorithms_agree: bool,
    /// The signature.
    pub signature: Vec<u8>,
    /// Subject key identifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// Key identifier of the issuer.
    pub authority_key_id: Option<Vec<u8>>,
    /// Key usage.
    pub key_usage: Option<KeyUsage>,
    /// `cA` of the basic constraints; `None` without the extension.
    pub is_ca: Option<bool>,
    /// Extended key usages, dotted.
    pub extended_key_usage: Vec<String>,
    /// Whether it says that the authority changed its name (ICAO 9303-12, 7.1.1.4).
    pub name_change: bool,
    /// Private key usage period: from, until (RFC 3280, 4.2.1.4).
    pub private_key_usage: (Option<OffsetDateTime>, Option<OffsetDateTime>),
    /// Document types that the signer may sign (ICAO 9303-12, 7.1.1.6).
    pub document_types: Option<Vec<String>>,
    /// Critical extensions that nobody here understands, dotted.
    pub unknown_critical: Vec<String>,
    /// Whether one extension stands twice.
    pub duplicate_extension: bool,
    /// Whether extensions that ICAO 9303-12, table 6 demands of a document signer are missing.
    pub profile_incomplete: bool,
}

/// Why bytes are no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Larger than [`MAX_CERTIFICATE`].
    #[error("the certificate is too large")]
    TooLarge,
    /// Not DER.
    #[error("the certificate is not DER: {0}")]
    NotDer(#[from] TlvError),
    /// DER, but no certificate.
    #[error("the certificate is malformed")]
    Malformed,
}

impl Certificate {
    /// Parses one certificate in DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLarge);
        }
        der::check(bytes)?;
        let (rest, certificate) =
            X509Certificate::from_der(bytes).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        let tbs = &certificate.tbs_certificate;
        if tbs.extensions().len() > MAX_EXTENSIONS {
            return Err(CertificateError::Malformed);
        }
        let outer = outer_parts(bytes)?;
        let mut parsed = Self {
            der: bytes.to_vec(),
            fingerprint: sha256_hex(bytes),
            tbs: tbs.as_ref().to_vec(),
            version: tbs.version.0.saturating_add(1),
            serial: tbs.raw_serial().to_vec(),
            issuer: name(&tbs.issuer),
            subject: name(&tbs.subject),
            not_before: tbs.validity.not_before.to_datetime(),
            not_after: tbs.validity.not_after.to_datetime(),
            key: public_key::parse(tbs.subject_pki.raw),
            signature_algorithm: outer.algorithm,
            algorithms_agree: outer.agree,
            signature: outer.signature,
            subject_key_id: None,
            authority_key_id: None,
            key_usage: None,
            is_ca: None,
            extended_key_usage: Vec::new(),
            name_change: false,
            private_key_usage: (None, None),
            document_types: None,
            unknown_critical: Vec::new(),
            duplicate_extension: false,
            profile_incomplete: false,
        };
        parsed.read_extensions(tbs.extensions())?;
        Ok(parsed)
    }

    fn read_extensions(
        &mut self,
        extensions: &[X509Extension<'_>],
    ) -> Result<(), CertificateError> {
        let mut seen: Vec<String> = Vec::new();
        for extension in extensions {
            let oid = extension.oid.to_id_string();
            self.duplicate_extension |= seen.contains(&oid);
            match (oid.as_str(), extension.parsed_extension()) {
                ("2.5.29.16", _) => self.private_key_usage = usage_period(extension.value)?,
                ("2.23.136.1.1.6.2", _) => {
                    self.document_types = Some(document_types(extension.value)?);
                }
                (_, ParsedExtension::SubjectKeyIdentifier(id)) => {
                    self.subject_key_id = Some(id.0.to_vec());
                }
                (_, ParsedExtension::AuthorityKeyIdentifier(id)) => {
                    self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                (_, ParsedExtension::KeyUsage(usage)) => {
                    self.key_usage = Some(KeyUsage {
                        critical: extension.critical,
                        digital_signature: usage.digital_signature(),
                        key_cert_sign: usage.key_cert_sign(),
                        crl_sign: usage.crl_sign(),
                    });
                }
                (_, ParsedExtension::BasicConstraints(constraints)) => {
                    self.is_ca = Some(constraints.ca);
                }
                ("2.5.29.37", _) => self.extended_key_usage = key_purposes(extension.value)?,
                ("2.23.136.1.1.6.1", _) => self.name_change = true,
                (_, ParsedExtension::ParseError { .. }) => return Err(CertificateError::Malformed),
                ("2.5.29.17" | "2.5.29.18" | "2.5.29.31" | "2.5.29.32", _) => {}
                _ if extension.critical => self.unknown_critical.push(oid.clone()),
                _ => {}
            }
            seen.push(oid);
        }
        let demanded = [
            "2.5.29.35",
            "2.5.29.16",
            "2.5.29.17",
            "2.5.29.18",
            "2.5.29.31",
            "2.23.136.1.1.6.2",
        ];
        self.profile_incomplete = demanded
            .iter()
            .any(|oid| !seen.iter().any(|met| met == oid));
        Ok(())
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer.der == self.subject.der
    }

    /// Whether the key is a signing authority's: by the basic constraints; without them by the key
    /// usage; without both when it is issued to itself, as certificates of version 1 are.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.is_ca.unwrap_or_else(|| {
            self.key_usage
                .map_or(self.is_self_issued(), |usage| usage.key_cert_sign)
        })
    }

    /// Whether its key and the algorithm that signs it can be used here.
    #[must_use]
    pub fn can_be_verified(&self) -> bool {
        self.key.is_ok() && algorithm::scheme(&self.signature_algorithm, None).is_ok()
    }

    /// Whether the serial number is positive and of at most 20 bytes (ICAO 9303-12, table 5).
    #[must_use]
    pub fn serial_conforming(&self) -> bool {
        let negative = self.serial.first().is_none_or(|byte| byte & 0x80 != 0);
        let zero = self.serial.iter().all(|byte| *byte == 0);
        let length = self.serial.iter().skip_while(|byte| **byte == 0).count();
        !negative && !zero && length <= 20
    }
}

struct OuterParts {
    algorithm: AlgorithmIdentifier,
    agree: bool,
    signature: Vec<u8>,
}

/// The parts around the signed one, by their received bytes.
fn outer_parts(bytes: &[u8]) -> Result<OuterParts, TlvError> {
    let mut certificate = Reader::new(Reader::new(bytes).expect(0x30)?);
    let mut tbs = Reader::new(certificate.expect(0x30)?);
    tbs.optional(0xa0)?;
    tbs.expect(0x02)?;
    let (_, _, inner) = tbs.any()?;
    let mut peek = certificate;
    let (_, _, outer) = peek.any()?;
    let algorithm = AlgorithmIdentifier::read(&mut certificate)?;
    let signature = match certificate.expect(0x03)? {
        [0x00, signature @ ..] => signature.to_vec(),
        _ => return Err(TlvError::NotOne),
    };
    Ok(OuterParts {
        algorithm,
        agree: inner == outer,
        signature,
    })
}

pub(super) fn name(name: &X509Name<'_>) -> Name {
    let country = name.iter_country().next();
    let mut countries: Vec<&str> = name
        .iter_country()
        .filter_map(|value| value.as_str().ok())
        .collect();
    countries.dedup();
    // A name of two countries is of neither.
    let text = country
        .map(|_| countries.join(" "))
        .filter(|text| !text.is_empty());
    let printable = country.is_some_and(|value| value.attr_value().header.tag().0 == 0x13);
    let upper = text
        .as_deref()
        .is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_uppercase()));
    Name {
        der: name.as_raw().to_vec(),
        country: text,
        country_conforming: printable && upper,
        text: name.to_string(),
    }
}

/// `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0] GeneralizedTime OPTIONAL, notAfter [1] … }`.
fn usage_period(
    value: &[u8],
) -> Result<(Option<OffsetDateTime>, Option<OffsetDateTime>), CertificateError> {
    let mut outer = Reader::new(value);
    let mut period = Reader::new(outer.expect(0x30)?);
    // The implicit tags hide which kind of time it is, and issuers have taken the other one.
    let from = period.optional(0x80)?.map(any_time).transpose()?;
    let until = period.optional(0x81)?.map(any_time).transpose()?;
    period.end()?;
    Ok((from, until))
}

/// `YYYYMMDDHHMMSSZ`.
pub(super) fn generalized_time(value: &[u8]) -> Result<OffsetDateTime, CertificateError> {
    let format = time::macros::format_description!("[year][month][day][hour][minute][second]Z");
    let text = core::str::from_utf8(value).map_err(|_| CertificateError::Malformed)?;
    time::PrimitiveDateTime::parse(text, format)
        .map(time::PrimitiveDateTime::assume_utc)
        .map_err(|_| CertificateError::Malformed)
}

/// GeneralizedTime, or UTCTime, whose two-digit years mean 1950 to 2049 (RFC 5280, 4.1.2.5.1).
pub(super) fn any_time(value: &[u8]) -> Result<OffsetDateTime, CertificateError> {
    const UTC_TIME: usize = b"YYMMDDHHMMSSZ".len();
    if value.len() != UTC_TIME {
        return generalized_time(value);
    }
    let late = value.first().is_some_and(|digit| *digit >= b'5');
    let century: &[u8] = if late { b"19" } else { b"20" };
    generalized_time(&[century, value].concat())
}

/// `ExtKeyUsageSyntax ::= SEQUENCE OF KeyPurposeId` (RFC 5280, 4.2.1.12).
fn key_purposes(value: &[u8]) -> Result<Vec<String>, CertificateError> {
    let mut outer = Reader::new(value);
    let mut list = Reader::new(outer.expect(0x30)?);
    let mut purposes = Vec::new();
    while !list.is_empty() && purposes.len() < MAX_EXTENSIONS {
        purposes.push(der::oid_text(list.expect(0x06)?));
    }
    // An empty one allows nothing, and must not look like none.
    if purposes.is_empty() {
        return Err(CertificateError::Malformed);
    }
    Ok(purposes)
}

/// `DocumentTypeListSyntax ::= SEQUENCE { version, docTypeList SET OF PrintableString }`.
fn document_types(value: &[u8]) -> Result<Vec<String>, CertificateError> {
    let mut outer = Reader::new(value);
    let mut list = Reader::new(outer.expect(0x30)?);
    list.small()?;
    let mut set = Reader::new(list.expect(0x31)?);
    let mut types = Vec::new();
    while !set.is_empty() && types.len() < MAX_EXTENSIONS {
        let (_, value, _) = set.any()?;
        types.push(String::from_utf8(value.to_vec()).map_err(|_| CertificateError::Malformed)?);
    }
    Ok(types)
}
