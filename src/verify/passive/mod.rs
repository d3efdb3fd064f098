//! Passive authentication (ICAO 9303-11, 5.1): from the bytes of EF.SOD to data that the state signed.
//!
//! # Layout
//! - [`signature`]: EF.SOD, its attributes and its signature
//! - [`path`]: the signer under a pinned authority
//! - [`profile`]: what the signer's certificate may be and when
//! - [`revocation`]: the authority's revocation list
//! - [`hashes`]: data groups against EF.SOD
//! - `card_security`: the same signature and path for EF.CardSecurity

pub(super) mod card_security;
pub mod hashes;
pub mod path;
pub mod profile;
pub mod revocation;
pub mod signature;

use super::algorithm::AlgorithmError;
use super::public_key::KeyError;
use super::rules::Rules;
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::signature::{PublicKey, Scheme, SignatureError, verify};
use crate::document::{Date, PersonalNumber};
use crate::finding::{CheckResult, Reason, reason};
use crate::lds::Claimed;
use crate::lds::dg1::Dg1;
use crate::lds::dg13::{Dg13, Field};

/// Proof that EF.SOD is signed by a signer under a pinned authority: every check from the SOD's hash
/// to the signer's time and profile was successful. Only [`super::examine`](mod@super::examine) makes one.
#[derive(Clone, Copy, Debug)]
pub struct Issuer(());

impl Issuer {
    pub(super) const fn proven() -> Self {
        Self(())
    }
}

/// Data that the issuing state signed: the hash is in a security object of a proven [`Issuer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T>(T);

impl<T> Signed<T> {
    /// Covers a claim, given the proof of the issuer and the successful check of its hash.
    pub(super) fn cover(
        _: Issuer,
        hash: &crate::finding::Check,
        claim: Claimed<T>,
    ) -> Option<Self> {
        (hash.result == CheckResult::Successful).then(|| Self(claim.into_claim()))
    }

    /// The data.
    pub const fn get(&self) -> &T {
        &self.0
    }
}

/// The personal number that a report may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmedNumber(PersonalNumber);

impl ConfirmedNumber {
    /// The number that signed DG1 and signed DG13 agree on, with the document number as its end.
    #[must_use]
    pub fn confirmed(dg1: &Signed<Dg1>, dg13: &Signed<Dg13>) -> Option<Self> {
        let of_dg1 = dg1.get().mrz.personal_number.as_ref()?;
        let all = dg13.get().all(Field::PersonalNumber);
        let (first, others) = all.split_first()?;
        if others.iter().any(|other| other != first) {
            return None;
        }
        let of_dg13 = PersonalNumber::parse(first.reveal()).ok()?;
        let suffix = of_dg13.document_number() == dg1.get().mrz.document_number.reveal();
        (*of_dg1 == of_dg13 && suffix).then_some(Self(of_dg13))
    }

    /// The number.
    #[must_use]
    pub const fn number(&self) -> &PersonalNumber {
        &self.0
    }
}

/// The date on which the card was issued, from DG13.
#[must_use]
pub fn issue_date(dg13: &Dg13) -> Option<Date> {
    Date::from_dg13(dg13.get(Field::IssueDate)?.reveal()).ok()
}

/// How a signature was judged, short of a whole check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    pub result: CheckResult,
    pub reason: Reason,
    pub fact: String,
}

impl Objection {
    pub fn failed(reason: Reason, fact: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Failed,
            reason,
            fact: fact.into(),
        }
    }

    pub fn undetermined(reason: Reason, fact: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Undetermined,
            reason,
            fact: fact.into(),
        }
    }

    /// What an unusable algorithm identifier means.
    pub fn of_algorithm(error: &AlgorithmError) -> Self {
        match error {
            AlgorithmError::Forbidden(oid) => {
                Self::failed(reason::ALGORITHM_FORBIDDEN, oid.clone())
            }
            AlgorithmError::Unsupported(oid) => {
                Self::undetermined(reason::ALGORITHM_UNSUPPORTED, oid.clone())
            }
            AlgorithmError::Parameters => {
                Self::failed(reason::SOD_PARAMS_INVALID, "algorithm parameters")
            }
        }
    }

    /// The same about another signature than that of EF.SOD, whose parts have reasons of their own:
    /// there they are one, `invalid`.
    pub fn of_signature(self, invalid: Reason) -> Self {
        let of_sod = [reason::SOD_PARAMS_INVALID, reason::SOD_ALGORITHM_MISMATCH];
        if of_sod.contains(&self.reason) {
            return Self {
                reason: invalid,
                ..self
            };
        }
        self
    }

    /// What an unusable key means.
    pub fn of_key(error: &KeyError) -> Self {
        match error {
            KeyError::Forged => Self::failed(
                reason::DOMAIN_PARAMS_FORGED,
                "explicit parameters with a foreign generator",
            ),
            KeyError::Unsupported(what) => {
                Self::undetermined(reason::ALGORITHM_UNSUPPORTED, what.clone())
            }
            KeyError::Malformed => Self::undetermined(reason::DSC_MALFORMED, "public key"),
        }
    }
}

/// Verifies one signature and then judges its strength: a signature that does not hold is never
/// merely weak. `invalid` is what a signature that does not hold means here.
pub(super) fn judge_signature(
    key: &PublicKey,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
    rules: &Rules,
    invalid: Reason,
) -> Result<(), Objection> {
    if let (Scheme::RsaPss { hash, salt }, PublicKey::Rsa { .. }) = (scheme, key) {
        // emLen − hLen − 2 (RFC 8017, 9.1.1).
        let encoded = key.bits().saturating_sub(1).div_ceil(8);
        let most = encoded.checked_sub(hash.length().saturating_add(2));
        if most.is_none_or(|most| usize::from(salt) > most) {
            return Err(Objection::failed(
                reason::SOD_PARAMS_INVALID,
                format!("salt of {salt} bytes"),
            ));
        }
    }
    match verify(key, scheme, message, signature) {
        Ok(()) => {}
        Err(SignatureError::Invalid | SignatureError::KeyInvalid) => {
            return Err(Objection::failed(invalid, key.describe()));
        }
        Err(SignatureError::KeyMismatch) => {
            return Err(Objection::failed(
                reason::SOD_ALGORITHM_MISMATCH,
                key.describe(),
            ));
        }
        Err(SignatureError::Fault(_)) => {
            return Err(Objection {
                result: CheckResult::Aborted,
                reason: reason::INTERNAL_ERROR,
                fact: key.describe(),
            });
        }
    }
    let weak_key = match key {
        PublicKey::Rsa { .. } => key.bits() < rules.rsa_min_bits,
        // ICAO 9303-12, 4.1.6.3.
        PublicKey::Ec { .. } => key.bits() < 224,
    };
    let weak_hash = scheme.hash() == HashAlgorithm::Sha1 && !rules.sha1_allowed;
    if weak_key || weak_hash {
        let fact = format!("{} with {}", key.describe(), scheme.hash().name());
        return Err(Objection::undetermined(reason::ALGORITHM_WEAK, fact));
    }
    Ok(())
}
