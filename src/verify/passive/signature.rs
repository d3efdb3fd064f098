//! Checks 4 to 6: EF.SOD, the signed attributes, the signature (CHECKS b2; RFC 5652, 5.3–5.6).

use time::OffsetDateTime;

use super::{Objection, judge_signature};
use crate::chip::FileId;
use crate::codec::der::Reader;
use crate::crypto::hash::HashAlgorithm;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::com::is_known_lds_version;
use crate::lds::signed_data::{AlgorithmIdentifier, SignedData, Signer, SignerIdentifier};
use crate::lds::sod::{LDS_SECURITY_OBJECT, SecurityObject, SodError};
use crate::verify::algorithm::{self, AlgorithmError};
use crate::verify::certificate::{Certificate, Name, any_time};
use crate::verify::data::required;
use crate::verify::evidence::Evidence;
use crate::verify::passive::path::same_name;
use crate::verify::rules::Rules;
use crate::verify::trust::TrustAnchors;
use CheckResult::{Aborted, Failed, Undetermined};

/// `id-contentType`.
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// `id-messageDigest`.
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// `id-signingTime`.
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

/// Check 4: EF.SOD is there and parses.
pub(in crate::verify) fn read(evidence: &Evidence) -> (Check, Option<SecurityObject>) {
    let id = CheckId::SodRead;
    let file = match required(evidence, FileId::Sod, id) {
        Ok(file) => file,
        Err(check) => return (check, None),
    };
    let sod = match SecurityObject::parse(file) {
        Ok(sod) => sod,
        Err(error) => {
            let (result, reason) = match &error {
                SodError::Empty => (Failed, reason::SOD_EMPTY),
                SodError::ContentType(_) => (Failed, reason::SOD_CONTENT_TYPE_WRONG),
                _ => (Aborted, reason::SOD_MALFORMED),
            };
            return (
                Check::because(id, result, reason).fact("error", error.to_string()),
                None,
            );
        }
    };
    let mut numbers: Vec<u32> = sod.data_groups().collect();
    let out_of_range = numbers.iter().any(|number| !(1..=16).contains(number));
    numbers.sort_unstable();
    let duplicate = numbers.windows(2).any(|pair| pair.first() == pair.last());
    let check = if sod.signed.content_type != LDS_SECURITY_OBJECT {
        Check::because(id, Failed, reason::SOD_CONTENT_TYPE_WRONG)
            .fact("content-type", sod.signed.content_type.clone())
    } else if out_of_range {
        Check::because(id, Failed, reason::SOD_ENTRY_INVALID)
    } else if duplicate {
        Check::because(id, Failed, reason::SOD_DUPLICATE_ENTRY)
    } else if let Some(oid) = forbidden_digest(&sod.signed) {
        Check::because(id, Failed, reason::ALGORITHM_FORBIDDEN).fact("digest-algorithms", oid)
    } else if sod.signed.not_der {
        Check::because(id, Undetermined, reason::SOD_NOT_DER)
    } else if sod.signed.version != Some(3) {
        // ICAO 9303-10, 4.6.2.1: v3, as RFC 5652, 5.1 has it for any content that is no plain data.
        let met = sod
            .signed
            .version
            .map_or_else(|| "none".to_owned(), |version| version.to_string());
        Check::because(id, Undetermined, reason::SOD_MALFORMED).fact("cms-version", met)
    } else if let Some(fault) = outer_part_fault(&sod.signed) {
        Check::because(id, Undetermined, reason::SOD_MALFORMED).fact("met", fault)
    } else if sod.lds.version > 1 {
        Check::because(id, Undetermined, reason::LDS_VERSION_UNKNOWN)
            .fact("lds-security-object-version", sod.lds.version.to_string())
    } else if let Some(version) = unknown_lds_version(&sod) {
        Check::because(id, Undetermined, reason::LDS_VERSION_UNKNOWN).fact("lds-version", version)
    } else {
        Check::successful(id)
    };
    (check, Some(sod))
}

/// The LDS version that the signed object names and nobody knows.
fn unknown_lds_version(sod: &SecurityObject) -> Option<String> {
    let named = sod.lds.lds_version.as_ref();
    named
        .filter(|version| !is_known_lds_version(version))
        .cloned()
}

/// The digest algorithms that SignedData names, as far as they are any.
fn named_digests(signed: &SignedData) -> impl Iterator<Item = AlgorithmIdentifier> {
    signed
        .digest_algorithms
        .iter()
        .filter_map(|der| AlgorithmIdentifier::read(&mut Reader::new(der)).ok())
}

/// One of them that nobody may sign with any more: it is refused wherever it stands.
fn forbidden_digest(signed: &SignedData) -> Option<String> {
    named_digests(signed).find_map(|named| match algorithm::hash(&named) {
        Err(AlgorithmError::Forbidden(oid)) => Some(oid),
        _ => None,
    })
}

/// What no signature covers and RFC 5652 lays down all the same: the digest algorithms name the
/// signer's (5.1), and the signer's version goes with the form of its identifier (5.3).
fn outer_part_fault(signed: &SignedData) -> Option<&'static str> {
    let [signer] = signed.signers.as_slice() else {
        // How many signers there are is for check 5.
        return None;
    };
    let version = match signer.identifier {
        SignerIdentifier::IssuerAndSerial { .. } => 1,
        SignerIdentifier::SubjectKeyIdentifier(_) => 3,
    };
    if !named_digests(signed).any(|named| named.oid == signer.digest_algorithm.oid) {
        Some("digest algorithms without the signer's")
    } else if signer.version != Some(version) {
        Some("version of the signer")
    } else {
        None
    }
}

fn check_of(id: CheckId, outcome: Result<(), Objection>) -> Check {
    match outcome {
        Ok(()) => Check::successful(id),
        Err(Objection {
            result,
            reason,
            fact,
        }) => Check::because(id, result, reason).fact("met", fact),
    }
}

/// Check 5: exactly one signer, attributes as RFC 5652, 11 has them, and the digest of the content.
pub(in crate::verify) fn hash(signed: &SignedData) -> Check {
    check_of(CheckId::SodHash, content_is_hashed(signed))
}

fn content_is_hashed(signed: &SignedData) -> Result<(), Objection> {
    let signer = match signed.signers.as_slice() {
        [signer] => signer,
        [] => return Err(Objection::failed(reason::SOD_UNSIGNED, "no signer")),
        many => {
            let fact = format!("{} signers", many.len());
            return Err(Objection::failed(reason::SOD_SIGNER_AMBIGUOUS, fact));
        }
    };
    let digest = algorithm::hash(&signer.digest_algorithm)
        .map_err(|error| Objection::of_algorithm(&error))?;
    let content_type = single(signer, CONTENT_TYPE, 0x06)?;
    if crate::codec::der::oid_text(content_type) != signed.content_type {
        return Err(Objection::failed(
            reason::SOD_SIGNED_ATTRS_INVALID,
            "contentType",
        ));
    }
    let message_digest = single(signer, MESSAGE_DIGEST, 0x04)?;
    if digest.digest(&signed.content) != message_digest {
        return Err(Objection::failed(
            reason::SOD_MESSAGE_DIGEST_MISMATCH,
            digest.name(),
        ));
    }
    // RFC 5652, 11.3: at most one, of one value; which of two counts would be the reader's choice.
    let times: Vec<usize> = signer
        .signed_attributes
        .iter()
        .flat_map(|attributes| &attributes.attributes)
        .filter(|attribute| attribute.oid == SIGNING_TIME)
        .map(|attribute| attribute.values.len())
        .collect();
    if !matches!(times.as_slice(), [] | [1]) {
        return Err(Objection::failed(
            reason::SOD_SIGNED_ATTRS_INVALID,
            "signingTime",
        ));
    }
    Ok(())
}

/// The one value of the one attribute of that type (RFC 5652, 11.1 and 11.2).
fn single<'a>(signer: &'a Signer, oid: &str, tag: u32) -> Result<&'a [u8], Objection> {
    let wrong = || Objection::failed(reason::SOD_SIGNED_ATTRS_INVALID, oid);
    let attributes = signer.signed_attributes.as_ref().ok_or_else(wrong)?;
    let mut found = attributes
        .attributes
        .iter()
        .filter(|attribute| attribute.oid == oid);
    match (
        found.next().map(|attribute| attribute.values.as_slice()),
        found.next(),
    ) {
        (Some([(met, value)]), None) if *met == tag => Ok(value),
        _ => Err(wrong()),
    }
}

/// The signing time, where the signer states one. It is worth nothing before check 6.
pub(in crate::verify) fn signing_time(signed: &SignedData) -> Option<OffsetDateTime> {
    let attributes = signed.signers.first()?.signed_attributes.as_ref()?;
    let attribute = attributes
        .attributes
        .iter()
        .find(|attribute| attribute.oid == SIGNING_TIME)?;
    match attribute.values.as_slice() {
        [(0x17 | 0x18, value)] => any_time(value).ok(),
        _ => None,
    }
}

/// The certificate that the signer names: one that the card carries, else one that the operator
/// knows (CHECKS b1, step 1).
pub(in crate::verify) fn signer_certificate(
    signed: &SignedData,
    trust: Option<&TrustAnchors>,
) -> Result<Certificate, Check> {
    let id = CheckId::SodSignature;
    let Some(signer) = signed.signers.first() else {
        return Err(Check::not_performed(id, "no signer"));
    };
    let mut carried = Vec::new();
    let mut broken = None;
    for der in &signed.certificates {
        match Certificate::parse(der) {
            Ok(certificate) => carried.push(certificate),
            Err(error) => broken = Some(error),
        }
    }
    let known = trust
        .map(|trust| trust.signers.as_slice())
        .unwrap_or_default();
    let named = |certificate: &&Certificate| match &signer.identifier {
        SignerIdentifier::IssuerAndSerial { issuer, serial } => {
            // Issuers have written one name in two ways: the signature tells whose it is.
            let same =
                || Name::parse(issuer).is_ok_and(|name| same_name(&certificate.issuer, &name));
            certificate.serial == *serial && (certificate.issuer.der == *issuer || same())
        }
        SignerIdentifier::SubjectKeyIdentifier(key) => {
            certificate.subject_key_id.as_ref() == Some(key)
        }
    };
    if let Some(certificate) = carried.iter().chain(known).find(named) {
        return Ok(certificate.clone());
    }
    Err(match broken {
        Some(error) => Check::because(id, Aborted, reason::SOD_MALFORMED)
            .fact("certificate", error.to_string()),
        None if carried.is_empty() => Check::because(id, Undetermined, reason::DSC_MISSING),
        None => Check::because(id, Undetermined, reason::SIGNER_ID_MISMATCH),
    })
}

/// Check 6: the signature over the signed attributes.
pub(in crate::verify) fn signature(
    signed: &SignedData,
    signer: &Certificate,
    rules: &Rules,
) -> Check {
    let check = check_of(
        CheckId::SodSignature,
        attributes_are_signed(signed, signer, rules),
    );
    let carried = signed.certificates.contains(&signer.der);
    let legacy = check.result == CheckResult::Successful
        && signed.signers.first().is_some_and(|signer| {
            algorithm::hash(&signer.digest_algorithm) == Ok(HashAlgorithm::Sha1)
        });
    check
        .note_if(!carried, note::DSC_FROM_STORE)
        .note_if(legacy, note::ALGORITHM_LEGACY)
}

fn attributes_are_signed(
    signed: &SignedData,
    certificate: &Certificate,
    rules: &Rules,
) -> Result<(), Objection> {
    let unsigned = || Objection::failed(reason::SOD_UNSIGNED, "no signer");
    let signer = signed.signers.first().ok_or_else(unsigned)?;
    let digest: HashAlgorithm = algorithm::hash(&signer.digest_algorithm)
        .map_err(|error| Objection::of_algorithm(&error))?;
    let scheme = algorithm::scheme(&signer.signature_algorithm, Some(digest))
        .map_err(|error| Objection::of_algorithm(&error))?;
    let key = &certificate.key.as_ref().map_err(Objection::of_key)?.key;
    let attributes = signer.signed_attributes.as_ref().ok_or_else(|| {
        Objection::failed(reason::SOD_SIGNED_ATTRS_INVALID, "no signed attributes")
    })?;
    let invalid = reason::SOD_SIGNATURE_INVALID;
    let outcome = judge_signature(
        key,
        scheme,
        &attributes.signed,
        &signer.signature,
        rules,
        invalid,
    );
    // The contradiction is told before the signature, which may hold all the same.
    if scheme.hash() != digest
        && !matches!(&outcome, Err(objection) if objection.reason == invalid && matches!(scheme, crate::crypto::signature::Scheme::RsaPss { .. }))
    {
        let fact = format!("{} beside {}", scheme.hash().name(), digest.name());
        return Err(Objection::failed(reason::SOD_ALGORITHM_MISMATCH, fact));
    }
    outcome
}
