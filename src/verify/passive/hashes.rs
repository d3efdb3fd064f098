//! Checks 11 and 12: the data groups against EF.SOD (ICAO 9303-11, 5.1.1 (5)).

use std::collections::BTreeSet;

use crate::chip::FileId;
use crate::codec::header::{Header, TlvError};
use crate::crypto::hash::HashAlgorithm;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::com::{Com, data_group_of_tag};
use crate::lds::sod::SecurityObject;
use crate::verify::algorithm::{self, AlgorithmError};
use crate::verify::evidence::{Evidence, FileState};
use crate::verify::rules::Rules;
use CheckResult::{Aborted, Failed, NotSupported, Undetermined};

/// Check 11: EF.COM lists what EF.SOD lists. EF.COM is unsigned: it is compared and never believed.
pub(in crate::verify) fn com(evidence: &Evidence, sod: &SecurityObject) -> Check {
    let id = CheckId::ComSod;
    let file = match evidence.state(FileId::Com) {
        FileState::Read(bytes) => bytes,
        FileState::Absent | FileState::Denied => return Check::new(id, NotSupported),
        FileState::NotRead if evidence.is_offline() => return Check::new(id, NotSupported),
        FileState::NotRead => return Check::not_performed(id, "EF.COM was not read"),
        // A broken EF.COM is no link fault: it can't be compared.
        FileState::Faulty(reason)
            if *reason == reason::DG_TAG_WRONG || *reason == reason::DG_MALFORMED =>
        {
            return Check::because(id, Undetermined, reason::COM_MALFORMED);
        }
        FileState::Faulty(reason) => return Check::because(id, Aborted, *reason),
    };
    let com = match Com::parse(file) {
        Ok(com) => com,
        Err(error) => {
            return Check::because(id, Undetermined, reason::COM_MALFORMED)
                .fact("error", error.to_string());
        }
    };
    // As lists, in any order: a group that stands twice in one of them is a difference.
    let mut listed: Vec<Option<u8>> = com.data_groups().collect();
    let mut signed: Vec<Option<u8>> = sod
        .data_groups()
        .map(|number| u8::try_from(number).ok())
        .collect();
    listed.sort_unstable();
    signed.sort_unstable();
    let show = |list: &[Option<u8>]| {
        list.iter()
            .map(|number| number.map_or_else(|| "?".to_owned(), |number| number.to_string()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let check = if listed != signed {
        Check::because(id, Failed, reason::COM_SOD_MISMATCH)
    } else if com.version_is_known() {
        Check::successful(id)
    } else {
        Check::because(id, Undetermined, reason::LDS_VERSION_UNKNOWN)
            .fact("lds-version", com.lds_version.clone())
    };
    check
        .fact("com", show(&listed))
        .fact("sod", show(&signed))
        .note_if(com.untidy, note::NON_MINIMAL_LENGTH)
}

/// Check 12: one check for each data group that EF.SOD lists or that was read.
pub(in crate::verify) fn data_groups(
    evidence: &Evidence,
    sod: &SecurityObject,
    rules: &Rules,
) -> Vec<Check> {
    let mut numbers: BTreeSet<u8> = sod
        .data_groups()
        .filter_map(|number| u8::try_from(number).ok())
        .collect();
    numbers.extend(
        evidence
            .files
            .iter()
            .filter_map(|(file, state)| match (file, state) {
                (FileId::Dg(number), FileState::Read(_)) => Some(*number),
                _ => None,
            }),
    );
    numbers
        .into_iter()
        .filter(|number| (1..=16).contains(number))
        .map(|number| data_group(evidence, sod, rules, number))
        .collect()
}

/// Whether the bytes are the beginning of that data group's file, as far as they go.
fn belongs(bytes: &[u8], number: u8) -> bool {
    bytes
        .first()
        .is_none_or(|tag| data_group_of_tag(*tag) == Some(number))
}

fn data_group(evidence: &Evidence, sod: &SecurityObject, rules: &Rules, number: u8) -> Check {
    let id = CheckId::DgHash(number);
    let expected = sod
        .lds
        .hashes
        .iter()
        .find(|(listed, _)| *listed == u32::from(number));
    let bytes = match evidence.state(FileId::Dg(number)) {
        FileState::Read(bytes) => bytes,
        FileState::Absent if number <= 2 => {
            return Check::because(id, Aborted, reason::MANDATORY_FILE_MISSING);
        }
        FileState::Absent => return Check::because(id, Undetermined, reason::DG_MISSING),
        // Terminal authentication guards fingerprints and irises alone (ICAO 9303-11, 7.1).
        FileState::Denied if number <= 2 => {
            return Check::because(id, Aborted, reason::MANDATORY_FILE_MISSING);
        }
        FileState::Denied if !matches!(number, 3 | 4) => {
            return Check::because(id, Undetermined, reason::DG_MISSING);
        }
        FileState::Denied => {
            return Check::new(id, NotSupported)
                .fact("state", "present, not read")
                .note(note::DG_PROTECTED);
        }
        FileState::Faulty(reason) => return Check::because(id, Aborted, *reason),
        FileState::NotRead if matches!(number, 3 | 4) => {
            return Check::not_performed(id, "nobody wanted fingerprints or irises");
        }
        FileState::NotRead => return Check::not_performed(id, "the data group was not read"),
    };
    let Some((_, expected)) = expected else {
        return Check::because(id, Failed, reason::DG_NOT_IN_SOD);
    };
    let algorithm = match algorithm::hash(&sod.lds.hash_algorithm) {
        Ok(algorithm) => algorithm,
        Err(AlgorithmError::Forbidden(oid)) => {
            return Check::because(id, Failed, reason::ALGORITHM_FORBIDDEN).fact("hash", oid);
        }
        Err(error) => {
            return Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED)
                .fact("error", error.to_string());
        }
    };
    // The hash covers the data object and not what a file holds after it.
    let length = Header::read(bytes, 0).map_or(bytes.len(), |header| header.total());
    let object = bytes.get(..length).unwrap_or(bytes);
    let trailing = object.len() < bytes.len();
    let hash = algorithm.digest(object);
    // Half a file has another hash than the whole one, and nobody forged it.
    let short = match Header::read(bytes, 0) {
        Ok(header) => header.total() > bytes.len(),
        Err(error) => matches!(error, TlvError::Truncated { .. }),
    };
    let cut = short && hash != *expected && belongs(bytes, number);
    let check = if cut {
        Check::because(id, Aborted, reason::FILE_TRUNCATED)
    } else if hash == *expected && algorithm == HashAlgorithm::Sha1 && !rules.sha1_allowed {
        Check::because(id, Undetermined, reason::ALGORITHM_WEAK)
    } else if hash == *expected {
        Check::successful(id).note_if(trailing, note::TRAILING_BYTES)
    } else if trailing && algorithm.digest(bytes) == *expected {
        Check::because(id, Undetermined, reason::DG_HASH_SCOPE_AMBIGUOUS)
    } else {
        // Whoever has the hash of a zone finds the zone by trying: a few digits are all its secret.
        let shown = expected.get(..hash.len()).unwrap_or(expected);
        Check::because(id, Failed, reason::DG_HASH_MISMATCH)
            .personal_fact("expected", &hex::encode(shown))
            .personal_fact("met", &hex::encode(&hash))
    };
    check.fact("hash", algorithm.name())
}
