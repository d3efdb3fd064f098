//! Active authentication: a signature over our challenge (ICAO 9303-11, 6.1).

use super::{Coverage, not_covered};
use crate::chip::FileId;
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::recovery;
use crate::crypto::signature::{PublicKey, Scheme, at_full_length, verify};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::FileError;
use crate::lds::{dg15, security_infos::SecurityInfos};
use crate::verify::algorithm;
use crate::verify::evidence::{ActiveAuthentication, Evidence, FileState};
use crate::verify::public_key::{self, KeyError};
use CheckResult::{Aborted, Failed, NotSupported, Successful, Undetermined};

/// What DG14 says, where it was read.
type Infos<'a> = Option<&'a Result<SecurityInfos, FileError>>;

/// What active authentication proves. `listed`: EF.SOD lists DG15.
pub(super) fn judge(
    evidence: &Evidence,
    listed: bool,
    infos: Infos<'_>,
    coverage: Coverage,
) -> Check {
    let id = CheckId::ChipAuth;
    if !listed {
        return Check::new(id, NotSupported);
    }
    let file = match evidence.state(FileId::Dg(15)) {
        FileState::Read(bytes) => bytes,
        FileState::Faulty(reason) => return Check::because(id, Aborted, *reason),
        _ => return Check::not_performed(id, "DG15 was not read"),
    };
    let (challenge, response, retried) = match &evidence.active_authentication {
        ActiveAuthentication::Answered {
            challenge,
            response,
            retried,
        } => (challenge, response, *retried),
        // A chip that does not answer is no copy of a card whose DG15 is not the state's.
        ActiveAuthentication::Refused(_) if !coverage.dg15 => return not_covered("DG15"),
        ActiveAuthentication::Refused(status) => {
            return Check::because(id, Failed, reason::CHIP_CLONE_AA_FAILED)
                .fact("status", format!("{status:04x}"));
        }
        ActiveAuthentication::NeedsExtendedLength => {
            return Check::because(id, Undetermined, reason::AA_NEEDS_EXTENDED_LENGTH);
        }
        ActiveAuthentication::Aborted(reason) => return Check::because(id, Aborted, *reason),
        ActiveAuthentication::NotTried => {
            return Check::not_performed(id, "no transcript of active authentication");
        }
    };
    if !coverage.dg15 {
        return not_covered("DG15");
    }
    let check = prove(file, infos, challenge, response).note_if(retried, note::RETRIED);
    if check.result == Successful && !coverage.path {
        return not_covered("DG15");
    }
    check
}

/// Judges one answer under the key of DG15.
fn prove(file: &[u8], infos: Infos<'_>, challenge: &[u8; 8], response: &[u8]) -> Check {
    let id = CheckId::ChipAuth;
    let unsupported = |what: String| {
        Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED).fact("algorithm", what)
    };
    let failed =
        |what: &str| Check::because(id, Failed, reason::CHIP_CLONE_AA_FAILED).fact("met", what);
    let key = dg15::subject_public_key_info(file)
        .map_err(|_| KeyError::Malformed)
        .and_then(public_key::parse);
    let key = match key {
        Ok(info) => info.key,
        Err(KeyError::Forged) => return Check::because(id, Failed, reason::DOMAIN_PARAMS_FORGED),
        Err(KeyError::Unsupported(what)) => return unsupported(what),
        Err(KeyError::Malformed) => return Check::because(id, Aborted, reason::DG_MALFORMED),
    };
    let named = match infos {
        None => Ok(None),
        Some(Ok(infos)) => infos.active_authentication_algorithm(),
        Some(Err(error)) => Err(*error),
    };
    let named = match named {
        Ok(named) => named,
        Err(error) => {
            return Check::because(id, Undetermined, reason::DG14_MALFORMED)
                .fact("error", error.to_string());
        }
    };
    match &key {
        PublicKey::Rsa { modulus, exponent } => {
            // The entry is for ECDSA (ICAO 9303-11, 9.2.4); beside an RSA key it must at least agree.
            let demanded = match named.as_deref().map(hash_named) {
                Some(None) => return unsupported(named.unwrap_or_default()),
                Some(Some(hash)) => Some(hash),
                None => None,
            };
            match recovery::open(modulus, exponent, response) {
                Ok(Some(message)) => match recovered(&message, challenge) {
                    Some((hash, _)) if demanded.is_none_or(|demanded| demanded == hash) => {
                        Check::successful(id)
                            .fact("key", key.describe())
                            .fact("hash", hash.name())
                    }
                    _ => failed("the recovered message is not of this challenge"),
                },
                Ok(None) => failed("no signature of this key"),
                Err(_) => Check::because(id, Aborted, reason::INTERNAL_ERROR),
            }
        }
        PublicKey::Ec { .. } => {
            let Some(oid) = named else {
                return unsupported("ECDSA without ActiveAuthenticationInfo".to_owned());
            };
            let Some(plain) = algorithm::ecdsa_plain(&oid) else {
                return unsupported(oid);
            };
            if verify(
                &key,
                plain,
                challenge,
                &at_full_length(&key, plain, response),
            )
            .is_ok()
            {
                return Check::successful(id).fact("key", key.describe());
            }
            if verify(&key, Scheme::Ecdsa(plain.hash()), challenge, response).is_ok() {
                return Check::successful(id)
                    .fact("key", key.describe())
                    .note(note::AA_SIGNATURE_DER);
            }
            failed("no signature of this key")
        }
    }
}

/// The hash that an ActiveAuthenticationInfo names, as `ecdsa-plain` or as RSA with that hash.
fn hash_named(oid: &str) -> Option<HashAlgorithm> {
    let rsa = match oid {
        "1.2.840.113549.1.1.5" => Some(HashAlgorithm::Sha1),
        "1.2.840.113549.1.1.14" => Some(HashAlgorithm::Sha224),
        "1.2.840.113549.1.1.11" => Some(HashAlgorithm::Sha256),
        "1.2.840.113549.1.1.12" => Some(HashAlgorithm::Sha384),
        "1.2.840.113549.1.1.13" => Some(HashAlgorithm::Sha512),
        _ => None,
    };
    rsa.or_else(|| algorithm::ecdsa_plain(oid).map(Scheme::hash))
}

/// What the chip mixed into its answer: M1 of a recovered message, r of an ECDSA signature. Nothing
/// where there is no answer that holds under the key of DG15.
pub(in crate::verify) fn chosen_by_the_chip(evidence: &Evidence) -> Option<Vec<u8>> {
    let ActiveAuthentication::Answered {
        challenge,
        response,
        ..
    } = &evidence.active_authentication
    else {
        return None;
    };
    let file = evidence.bytes(FileId::Dg(15))?;
    let key = dg15::subject_public_key_info(file).ok()?;
    match public_key::parse(key).ok()?.key {
        PublicKey::Rsa { modulus, exponent } => {
            let message = recovery::open(&modulus, &exponent, response).ok()??;
            let (_, m1) = recovered(&message, challenge)?;
            Some(m1.to_vec())
        }
        PublicKey::Ec { .. } => {
            let half = response.len().checked_div(2)?;
            response.get(..half).map(<[u8]>::to_vec)
        }
    }
}

/// The hash and M1 of a recovered message `6A ‖ M1 ‖ H(M1 ‖ RND.IFD) ‖ trailer`, if it is of this
/// challenge (ISO/IEC 9796-2, scheme 1; ICAO 9303-11, 6.1.2.2 and appendix F). Header 6A is partial
/// recovery, the only kind here; every byte has its place, so that nothing can hide between them.
fn recovered<'m>(message: &'m [u8], challenge: &[u8; 8]) -> Option<(HashAlgorithm, &'m [u8])> {
    let (hash, trailer) = match message {
        [.., 0xbc] => (HashAlgorithm::Sha1, 1),
        [.., 0x33, 0xcc] => (HashAlgorithm::Sha1, 2),
        [.., 0x34, 0xcc] => (HashAlgorithm::Sha256, 2),
        [.., 0x35, 0xcc] => (HashAlgorithm::Sha512, 2),
        [.., 0x36, 0xcc] => (HashAlgorithm::Sha384, 2),
        [.., 0x38, 0xcc] => (HashAlgorithm::Sha224, 2),
        _ => return None,
    };
    let end = message.len().checked_sub(trailer)?;
    let start = end.checked_sub(hash.length())?;
    let (digest, rest) = (message.get(start..end)?, message.get(..start)?);
    let [0x6a, m1 @ ..] = rest else { return None };
    (hash.digest(&[m1, challenge].concat()) == digest).then_some((hash, m1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn message(header: u8, hash: HashAlgorithm, trailer: &[u8], challenge: &[u8; 8]) -> Vec<u8> {
        let m1 = [0x5a; 100];
        let digest = hash.digest(&[&m1[..], challenge].concat());
        [&[header][..], &m1, &digest, trailer].concat()
    }

    #[test]
    fn iso_9796_2_messages() {
        use HashAlgorithm::{Sha1, Sha256, Sha512};
        let challenge = [7; 8];
        for (name, header, hash, trailer, expected) in [
            ("trailer BC is SHA-1", 0x6a, Sha1, &[0xbc][..], Some(Sha1)),
            (
                "trailer 34CC is SHA-256",
                0x6a,
                Sha256,
                &[0x34, 0xcc],
                Some(Sha256),
            ),
            (
                "trailer 35CC is SHA-512",
                0x6a,
                Sha512,
                &[0x35, 0xcc],
                Some(Sha512),
            ),
            ("aa-rsa-trailer-bad", 0x6a, Sha256, &[0x33, 0xcc], None),
            ("aa-rsa-trailer-hash-mix", 0x6a, Sha256, &[0xbc], None),
            ("aa-rsa-header-full", 0x4a, Sha1, &[0xbc], None),
            ("aa-rsa-header-full", 0x4b, Sha1, &[0xbc], None),
            ("no trailer", 0x6a, Sha1, &[0x00], None),
        ] {
            assert_eq!(
                recovered(&message(header, hash, trailer, &challenge), &challenge)
                    .map(|(hash, _)| hash),
                expected,
                "{name}"
            );
        }
        let replayed = message(0x6a, Sha1, &[0xbc], &challenge);
        assert_eq!(recovered(&replayed, &[8; 8]), None);
        assert_eq!(recovered(&[0xbc], &challenge), None);
    }
}
