//! Lists that an authority signs: master lists, deviation lists, defect lists (CMS SignedData;
//! ICAO 9303-12, 5 and 6; ICAO 9303-3, 8; BSI TR-03129).
//!
//! A list distributes and creates no trust (ICAO 9303-12, 5.3): what is here proves only that the
//! list is whole and who signed it. Whether that signer is pinned is for whoever imports it.

use time::OffsetDateTime;

use super::defects::{self, Defect};
use super::{master_list, signed_by};
use crate::codec::der::Reader;
use crate::codec::tlv::TlvError;
use crate::finding::{Check, CheckResult};
use crate::lds::signed_data::{AlgorithmIdentifier, SignedData, SignedDataError, SignerIdentifier};
use crate::verify::certificate::Certificate;
use crate::verify::passive::signature;
use crate::verify::rules::Rules;

/// Longest list that is opened, in bytes; the largest published one has less than 1 MiB.
pub const MAX_LIST: usize = 16 * 1024 * 1024;

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Certificates of signing authorities (`CscaMasterList`).
    Master,
    /// What an issuing state says of its own faulty documents (`DeviationList`).
    Deviation,
    /// What an inspecting state says of anybody's faulty signers and documents (`DefectList`).
    Defect,
}

impl ListKind {
    /// By the content type, dotted. Two national types for master lists exist besides ICAO's.
    fn of_content_type(oid: &str) -> Option<Self> {
        match oid {
            "2.23.136.1.1.2" | "1.3.27.1.1.1" | "1.2.528.1.1006.1.20.1" => Some(Self::Master),
            "2.23.136.1.1.7" => Some(Self::Deviation),
            "0.4.0.127.0.7.3.1.5" => Some(Self::Defect),
            _ => None,
        }
    }

    /// The extended key usage that its signer must have, dotted (ICAO 9303-12, 7.1.1.3 and
    /// table 6). Nothing is laid down for defect lists.
    const fn key_usage(self) -> Option<&'static str> {
        match self {
            Self::Master => Some("2.23.136.1.1.3"),
            Self::Deviation => Some("2.23.136.1.1.8"),
            Self::Defect => None,
        }
    }

    /// The stable name, such as `master-list`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Master => "master-list",
            Self::Deviation => "deviation-list",
            Self::Defect => "defect-list",
        }
    }
}

/// Why bytes are no list that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Larger than [`MAX_LIST`].
    #[error("the list is too large")]
    TooLarge,
    /// Not SignedData.
    #[error("not a signed list: {0}")]
    SignedData(#[from] SignedDataError),
    /// SignedData with another content.
    #[error("content type {0} is no list that is known")]
    ContentType(String),
    /// What is signed is not what its content type says.
    #[error("the content of the list is malformed: {0}")]
    Content(#[from] TlvError),
    /// One entry cannot be read.
    #[error("entry {number} of the list: {why}")]
    Entry {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        why: String,
    },
    /// More entries than any list has.
    #[error("more than {0} entries")]
    TooMany(usize),
    /// The signer's certificate is missing or is no certificate.
    #[error("the list does not carry its signer's certificate")]
    NoSigner,
    /// The signature, or what it must cover, does not hold.
    #[error("the signature of the list does not hold: {0}")]
    Signature(String),
    /// The signer may not sign lists of this kind.
    #[error("{signer} may not sign a {kind}")]
    KeyUsage {
        /// Its subject.
        signer: String,
        /// What the list is.
        kind: &'static str,
    },
    /// Signed before or after the signer's certificate is valid.
    #[error("the list was signed when its signer's certificate was not valid")]
    SignerNotValid,
}

/// What is in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Certificates of authorities.
    Authorities(Vec<Certificate>),
    /// Faulty signers and documents.
    Defects(Vec<Defect>),
}

/// A whole list under its signer's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedList {
    /// What it is.
    pub kind: ListKind,
    /// Who signed it.
    pub signer: Certificate,
    /// When, if the signer says so.
    pub signed_at: Option<OffsetDateTime>,
    /// What it holds.
    pub content: Content,
}

impl SignedList {
    /// Whether the bytes begin like CMS SignedData: a SEQUENCE whose first value is its object
    /// identifier.
    #[must_use]
    pub fn looks_like_one(bytes: &[u8]) -> bool {
        const SIGNED_DATA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
        bytes.first() == Some(&0x30)
            && bytes
                .get(..20)
                .unwrap_or(bytes)
                .windows(SIGNED_DATA.len())
                .any(|window| window == SIGNED_DATA)
    }

    /// Takes a list apart and verifies its own signature.
    ///
    /// # Errors
    /// [`ListError`]: half a list is none.
    pub fn open(bytes: &[u8]) -> Result<Self, ListError> {
        if bytes.len() > MAX_LIST {
            return Err(ListError::TooLarge);
        }
        let signed = SignedData::parse(bytes)?;
        let kind = ListKind::of_content_type(&signed.content_type)
            .ok_or_else(|| ListError::ContentType(signed.content_type.clone()))?;
        let signer =
            signature::signer_certificate(&signed, None).map_err(|_| ListError::NoSigner)?;
        unsigned_parts_agree(&signed, &signer)?;
        // Lists are new, and have no reason for old algorithms.
        holds(&signature::hash(&signed))?;
        holds(&signature::signature(&signed, &signer, &Rules::STRICT))?;
        if let Some(usage) = kind.key_usage()
            && !signer.extended_key_usage.iter().any(|met| met == usage)
        {
            return Err(ListError::KeyUsage {
                signer: signer.subject.text.clone(),
                kind: kind.name(),
            });
        }
        let signed_at = signature::signing_time(&signed);
        if signed_at.is_some_and(|at| at < signer.not_before || at > signer.not_after) {
            return Err(ListError::SignerNotValid);
        }
        let content = match kind {
            ListKind::Master => Content::Authorities(master_list::parse(&signed.content)?),
            ListKind::Deviation => {
                let country = signer.issuer.country.as_deref().unwrap_or_default();
                Content::Defects(defects::deviation_list(&signed.content, country)?)
            }
            ListKind::Defect => Content::Defects(defects::defect_list(&signed.content)?),
        };
        Ok(Self {
            kind,
            signer,
            signed_at,
            content,
        })
    }
}

/// No signature covers the outer parts of SignedData: each must say what the signed parts say, and
/// nothing besides (RFC 5652, 5.1 and 5.3). Then no byte of a list can change and the list still
/// count.
fn unsigned_parts_agree(signed: &SignedData, signer: &Certificate) -> Result<(), ListError> {
    let fault = |what: &str| Err(ListError::Signature(what.to_owned()));
    let [info] = signed.signers.as_slice() else {
        return fault("not exactly one signer");
    };
    let version = match info.identifier {
        SignerIdentifier::IssuerAndSerial { .. } => 1,
        SignerIdentifier::SubjectKeyIdentifier(_) => 3,
    };
    if signed.version != Some(3) || info.version != Some(version) {
        return fault("version");
    }
    if signed.has_unsigned {
        return fault("unsigned attributes");
    }
    let plain = |algorithm: &AlgorithmIdentifier| {
        matches!(algorithm.parameters.as_slice(), [] | [0x05, 0x00])
    };
    let named = match signed.digest_algorithms.as_slice() {
        [one] => AlgorithmIdentifier::read(&mut Reader::new(one))?,
        _ => return fault("digest algorithms"),
    };
    if named.oid != info.digest_algorithm.oid || !plain(&named) || !plain(&info.digest_algorithm) {
        return fault("digest algorithms");
    }
    let pss = info.signature_algorithm.oid == "1.2.840.113549.1.1.10";
    if !pss && !plain(&info.signature_algorithm) {
        return fault("parameters of the signature algorithm");
    }
    let mut carried = Vec::new();
    for der in &signed.certificates {
        carried.push(Certificate::parse(der).map_err(|_| ListError::NoSigner)?);
    }
    // The signer's own certificate is known by its digest, or verified under its authority.
    let others = carried.iter().filter(|other| other.der != signer.der);
    for other in others {
        if !carried.iter().any(|elder| signed_by(other, elder)) {
            return fault("a certificate beside the signer's");
        }
    }
    Ok(())
}

fn holds(check: &Check) -> Result<(), ListError> {
    if check.result == CheckResult::Successful {
        return Ok(());
    }
    let why = check
        .reason
        .map_or_else(String::new, |reason| reason.code().to_owned());
    Err(ListError::Signature(why))
}
