//! Defect lists and deviation lists: what is known to be wrong with a signer, or with the documents
//! that it signed (BSI TR-03129; BSI TR-03135-1, 5.8.2; ICAO 9303-3, 8).

use super::signed_list::ListError;
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::crypto::hash::{HashAlgorithm, sha256_hex};
use crate::document::Date;
use crate::lds::signed_data::{AlgorithmIdentifier, SignerIdentifier};
use crate::verify::certificate::{Certificate, generalized_time};

/// Most entries of one list.
const MAX_DEFECTS: usize = 8_192;
/// Most defects of one entry.
const MAX_KNOWN: usize = 32;

/// Which signers an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concerned {
    /// The signer that is named so.
    Signer(SignerIdentifier),
    /// The certificate with that digest.
    Digest(HashAlgorithm, Vec<u8>),
    /// Every signer of the country, upper case.
    Country(String),
}

/// What is known to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The signer is revoked, or doubted; the status code of BSI TR-03129.
    Revoked(u32),
    /// The signer's certificate is malformed; this one stands in its place.
    Replaced(Vec<u8>),
    /// The private keys of chip authentication are known to others.
    ChipAuthenticationKeys,
    /// The private keys of active authentication are known to others.
    ActiveAuthenticationKeys,
    /// The signature of the signer's certificate is wrong.
    SignerSignature,
    /// These data groups are malformed; none named: any may be.
    DataGroups(Vec<u8>),
    /// The hashes of these data groups are wrong; none named: any may be.
    DataGroupHashes(Vec<u8>),
    /// EF.SOD is malformed or its signature is wrong.
    SecurityObject,
    /// EF.COM and EF.SOD do not agree.
    ComSod,
    /// EF.CardSecurity is malformed.
    CardSecurity,
    /// The machine readable zone is wrong.
    Zone,
    /// Anything else, dotted: told and of no effect.
    Other(String),
}

impl Known {
    /// The stable name, such as `revoked`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Revoked(_) => "revoked",
            Self::Replaced(_) => "certificate-replaced",
            Self::ChipAuthenticationKeys => "chip-authentication-keys-compromised",
            Self::ActiveAuthenticationKeys => "active-authentication-keys-compromised",
            Self::SignerSignature => "signer-signature-wrong",
            Self::DataGroups(_) => "data-group-malformed",
            Self::DataGroupHashes(_) => "data-group-hash-wrong",
            Self::SecurityObject => "security-object-invalid",
            Self::ComSod => "com-sod-discrepancy",
            Self::CardSecurity => "card-security-malformed",
            Self::Zone => "zone-wrong",
            Self::Other(_) => "other",
        }
    }
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Whom it is about.
    pub concerned: Concerned,
    /// The country that it is about, where the list may speak of one country alone.
    pub country: Option<String>,
    /// The dates of issue that it is about, both included; without any, all.
    pub issued: Option<(Date, Date)>,
    /// What is wrong.
    pub known: Vec<Known>,
    /// SHA-256 of the entry, lower-case hex.
    pub digest: String,
}

impl Defect {
    /// Whether the entry is about what `signer` signed. `issued` is the date of issue, where known:
    /// an entry about a period says nothing of a document of unknown date.
    #[must_use]
    pub fn concerns(&self, signer: &Certificate, issued: Option<Date>) -> bool {
        let country = signer.issuer.country.as_deref().unwrap_or_default();
        let named = match &self.concerned {
            Concerned::Signer(SignerIdentifier::IssuerAndSerial { issuer, serial }) => {
                signer.serial == *serial && signer.issuer.der == *issuer
            }
            Concerned::Signer(SignerIdentifier::SubjectKeyIdentifier(key)) => {
                signer.subject_key_id.as_ref() == Some(key)
            }
            Concerned::Digest(hash, digest) => hash.digest(&signer.der) == *digest,
            Concerned::Country(wanted) => wanted.eq_ignore_ascii_case(country),
        };
        let of_country = self
            .country
            .as_ref()
            .is_none_or(|own| own.eq_ignore_ascii_case(country));
        let in_period = match (self.issued, issued) {
            (None, _) => true,
            (Some((from, until)), Some(day)) => (from..=until).contains(&day),
            (Some(_), None) => false,
        };
        named && of_country && in_period
    }
}

/// `DefectList ::= SEQUENCE { version, hashAlg, defects SET OF Defect }` and
/// `Defect ::= SEQUENCE { signerIdentifier, certificateHash OPTIONAL, knownDefects SET OF … }`.
///
/// # Errors
/// [`ListError`] at the first entry that is none.
pub fn defect_list(content: &[u8]) -> Result<Vec<Defect>, ListError> {
    let mut outer = Reader::new(content);
    let mut list = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    list.small()?;
    // Written as an object identifier alone, and as a whole AlgorithmIdentifier.
    let hash = match list.peek() {
        Some(0x30) => AlgorithmIdentifier::read(&mut list)?.oid,
        _ => der::oid_text(list.expect(0x06)?),
    };
    let hash = HashAlgorithm::from_oid(&hash);
    let entries = entries(&mut list, 0x31)?;
    entries
        .into_iter()
        .map(|(whole, entry)| {
            let mut entry = Reader::new(entry);
            let signer = SignerIdentifier::read(&mut entry)?;
            let digest = entry.optional(0x04)?;
            // The digest says more than the name does.
            let concerned = match (hash, digest) {
                (Some(hash), Some(digest)) => Concerned::Digest(hash, digest.to_vec()),
                (_, _) => Concerned::Signer(signer),
            };
            let mut known = Vec::new();
            let mut set = Reader::new(entry.expect(0x31)?);
            entry.end()?;
            while !set.is_empty() {
                bounded(&known)?;
                let mut one = Reader::new(set.expect(0x30)?);
                let kind = der::oid_text(one.expect(0x06)?);
                let parameters = parameters(&mut one)?;
                known.push(defect(&kind, parameters)?);
            }
            Ok(Defect {
                concerned,
                country: None,
                issued: None,
                known,
                digest: sha256_hex(whole),
            })
        })
        .collect()
}

/// Parameters of a defect: tag, value and the whole encoding.
type Parameters<'a> = Option<(u32, &'a [u8], &'a [u8])>;

/// An entry of a list, whole and by its value.
type Entry<'a> = (&'a [u8], &'a [u8]);

/// Whatever follows, plain or in an explicit [0]: both are met.
fn parameters<'a>(reader: &mut Reader<'a>) -> Result<Parameters<'a>, TlvError> {
    if reader.is_empty() {
        return Ok(None);
    }
    let (tag, value, whole) = reader.any()?;
    reader.end()?;
    if tag == 0xa0 {
        return Reader::new(value).any().map(Some);
    }
    Ok(Some((tag, value, whole)))
}

fn defect(kind: &str, parameters: Parameters<'_>) -> Result<Known, ListError> {
    let other = || Known::Other(kind.to_owned());
    let Some(branch) = kind.strip_prefix("0.4.0.127.0.7.3.1.5.") else {
        return Ok(other());
    };
    Ok(match (branch, parameters) {
        // Without a status nothing is indicated, which is not trusted either.
        ("1.1", None) => Known::Revoked(0),
        ("1.1", Some((0x0a | 0x02, value, _))) => Known::Revoked(small(value)),
        ("1.2", Some((0x30, _, certificate))) => Known::Replaced(certificate.to_vec()),
        ("1.3", _) => Known::ChipAuthenticationKeys,
        ("1.4", _) => Known::ActiveAuthenticationKeys,
        ("2.1", groups) => Known::DataGroups(numbers(groups)?),
        ("2.2", _) => Known::SecurityObject,
        ("2.3", _) => Known::ComSod,
        ("4.1" | "4.2", _) => Known::CardSecurity,
        ("1.1" | "1.2", Some(_)) => return Err(TlvError::NotOne.into()),
        _ => other(),
    })
}

/// A status code; one that no code fits stands for a proprietary one.
fn small(value: &[u8]) -> u32 {
    match value {
        [one] => u32::from(*one),
        _ => u32::MAX,
    }
}

/// `SET OF INTEGER`, or one INTEGER: numbers of data groups.
fn numbers(parameters: Parameters<'_>) -> Result<Vec<u8>, TlvError> {
    let Some((tag, value, whole)) = parameters else {
        return Ok(Vec::new());
    };
    let mut reader = Reader::new(if tag == 0x02 { whole } else { value });
    let mut found = Vec::new();
    while !reader.is_empty() && found.len() < MAX_KNOWN {
        match reader.any()? {
            (0x02, [number], _) => found.push(*number),
            _ => return Err(TlvError::NotOne),
        }
    }
    Ok(found)
}

/// `DeviationList ::= SEQUENCE { version, digestAlg OPTIONAL, deviations SET OF Deviation }`, about
/// documents of the country of the list's own signer (ICAO 9303-3, 8.2.3).
///
/// # Errors
/// [`ListError`] at the first entry that is none.
pub fn deviation_list(content: &[u8], country: &str) -> Result<Vec<Defect>, ListError> {
    let mut outer = Reader::new(content);
    let mut list = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    list.small()?;
    let hash = match list.peek() {
        Some(0x30) => HashAlgorithm::from_oid(&AlgorithmIdentifier::read(&mut list)?.oid),
        _ => None,
    };
    let entries = entries(&mut list, 0x31)?;
    entries
        .into_iter()
        .map(|(whole, entry)| {
            let mut entry = Reader::new(entry);
            let (concerned, issued) = documents(entry.expect(0x30)?, hash, country)?;
            let mut known = Vec::new();
            let mut set = Reader::new(entry.expect(0x31)?);
            while !set.is_empty() {
                bounded(&known)?;
                let mut one = Reader::new(set.expect(0x30)?);
                // An optional sentence for people stands before the type.
                if one.peek() != Some(0x06) {
                    one.any()?;
                }
                let kind = der::oid_text(one.expect(0x06)?);
                let group = one.optional(0xa0)?;
                known.push(deviation(&kind, group)?);
            }
            Ok(Defect {
                concerned,
                country: Some(country.to_owned()),
                issued,
                known,
                digest: sha256_hex(whole),
            })
        })
        .collect()
}

/// `DeviationDocuments ::= SEQUENCE { documentType [0] OPTIONAL, dscIdentifier [1]|[2]|[3] OPTIONAL,
/// issuingDate [4] OPTIONAL, documentNumbers [5] OPTIONAL }`.
fn documents(
    value: &[u8],
    hash: Option<HashAlgorithm>,
    country: &str,
) -> Result<(Concerned, Option<(Date, Date)>), ListError> {
    let mut concerned = Concerned::Country(country.to_owned());
    let mut issued = None;
    let mut reader = Reader::new(value);
    while !reader.is_empty() {
        let (tag, value, _) = reader.any()?;
        match tag {
            0xa1 => {
                let mut pair = Reader::new(value);
                // Explicitly tagged, or with the tag in the place of SEQUENCE.
                if pair.peek() == Some(0x30) {
                    let mut inner = pair;
                    let sequence = inner.expect(0x30)?;
                    if inner.is_empty() {
                        pair = Reader::new(sequence);
                    }
                }
                let (_, _, issuer) = pair.any()?;
                let serial = pair.expect(0x02)?.to_vec();
                concerned = Concerned::Signer(SignerIdentifier::IssuerAndSerial {
                    issuer: issuer.to_vec(),
                    serial,
                });
            }
            0xa2 | 0x82 => {
                let key = octets(tag, value)?;
                concerned = Concerned::Signer(SignerIdentifier::SubjectKeyIdentifier(key));
            }
            0xa3 | 0x83 => {
                let hash = hash.unwrap_or(HashAlgorithm::Sha256);
                concerned = Concerned::Digest(hash, octets(tag, value)?);
            }
            0xa4 => issued = Some(period(value)?),
            _ => {}
        }
    }
    Ok((concerned, issued))
}

fn octets(tag: u32, value: &[u8]) -> Result<Vec<u8>, TlvError> {
    if tag & 0x20 == 0 {
        return Ok(value.to_vec());
    }
    Ok(Reader::new(value).expect(0x04)?.to_vec())
}

/// `IssuancePeriod ::= SEQUENCE { firstIssued GeneralizedTime, lastIssued GeneralizedTime }`.
fn period(value: &[u8]) -> Result<(Date, Date), ListError> {
    let mut reader = Reader::new(value);
    if reader.peek() == Some(0x30) {
        reader = Reader::new(reader.expect(0x30)?);
    }
    let mut day = || -> Result<Date, ListError> {
        let moment = generalized_time(reader.expect(0x18)?).map_err(|_| TlvError::NotOne)?;
        Ok(Date::in_vietnam(moment))
    };
    Ok((day()?, day()?))
}

fn deviation(kind: &str, group: Option<&[u8]>) -> Result<Known, ListError> {
    let groups = || match group {
        None => Ok(Vec::new()),
        Some(value) => numbers(Reader::new(value).any().map(Some)?),
    };
    Ok(match kind.strip_prefix("2.23.136.1.1.7.") {
        Some("1.1") => Known::SignerSignature,
        Some("1.4") => Known::ActiveAuthenticationKeys,
        Some("2.1") => Known::DataGroups(groups().unwrap_or_default()),
        Some("2.2") => Known::DataGroupHashes(groups().unwrap_or_default()),
        Some("2.3") => Known::SecurityObject,
        Some("2.4") => Known::ComSod,
        Some("3.1" | "3.2") => Known::Zone,
        _ => Known::Other(kind.to_owned()),
    })
}

/// Entries of a SET, each whole and by its value.
fn entries<'a>(list: &mut Reader<'a>, set: u32) -> Result<Vec<Entry<'a>>, ListError> {
    let mut set = Reader::new(list.expect(set)?);
    let mut found = Vec::new();
    while !set.is_empty() {
        if found.len() >= MAX_DEFECTS {
            return Err(ListError::TooMany(MAX_DEFECTS));
        }
        let (tag, value, whole) = set.any()?;
        if tag != 0x30 {
            let expected = 0x30;
            return Err(TlvError::UnexpectedTag { expected, met: tag }.into());
        }
        found.push((whole, value));
    }
    Ok(found)
}

fn bounded(known: &[Known]) -> Result<(), ListError> {
    if known.len() < MAX_KNOWN {
        Ok(())
    } else {
        Err(ListError::TooMany(MAX_KNOWN))
    }
}
