//! Check 26: what earlier sessions of this desk say of the card: a chip whose key was seen under
//! another number, a card that has a successor, a chip that repeats what must be random.
//!
//! The desk asks its memory while it gathers evidence, and the answer is evidence like all the rest:
//! whoever judges again later judges by the same.

use core::fmt;

use super::chip_auth::active;
use super::evidence::Evidence;
use crate::chip::FileId;
use crate::crypto::hash::sha256_hex;
use crate::document::{Date, PersonalNumber};
use crate::finding::reason;
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::chip_keys::chip_keys;
use crate::lds::dg13::{Dg13, Field};
use crate::lds::dg15;
use crate::lds::security_infos::SecurityInfos;
use CheckResult::{Failed, Undetermined};

/// A value that a chip must choose anew in every session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NonceKind {
    /// RND.IC of basic access control (ICAO 9303-11, 4.3.1).
    BacChallenge,
    /// The chip's public key of the mapping (ICAO 9303-11, 4.4.3.3).
    PaceMapping,
    /// The chip's ephemeral public key (ICAO 9303-11, 4.4.1).
    PaceEphemeral,
    /// What the chip mixes into its signature: M1 of RSA (ICAO 9303-11, 6.1.2.1), r of ECDSA.
    ActiveAuthentication,
}

impl NonceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::BacChallenge,
        Self::PaceMapping,
        Self::PaceEphemeral,
        Self::ActiveAuthentication,
    ];

    /// The stable name, such as `bac-challenge`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BacChallenge => "bac-challenge",
            Self::PaceMapping => "pace-mapping",
            Self::PaceEphemeral => "pace-ephemeral",
            Self::ActiveAuthentication => "active-authentication",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A nonce by its digest: enough to know it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipNonce {
    /// What it was for.
    pub kind: NonceKind,
    /// SHA-256 of it, lower-case hex.
    pub digest: String,
}

impl ChipNonce {
    /// Of these bytes.
    #[must_use]
    pub fn of(kind: NonceKind, bytes: &[u8]) -> Self {
        Self {
            kind,
            digest: sha256_hex(bytes),
        }
    }
}

/// What the desk's memory answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// A key of this chip was proven under another personal number.
    pub key_of_another_number: bool,
    /// When the latest other card of the same number was issued, if one was seen.
    pub other_card_issued: Option<Date>,
    /// Nonces that were seen before.
    pub repeated: Vec<NonceKind>,
}

/// What the memory is asked about, and keeps.
#[derive(Clone, Default)]
pub struct Traces {
    /// SHA-256 of the chip's public keys in DG14 and DG15, lower-case hex.
    pub chip_keys: Vec<String>,
    /// The number of DG13.
    pub number: Option<PersonalNumber>,
    /// The date of issue in DG13.
    pub issued: Option<Date>,
    /// What the chip chose anew.
    pub nonces: Vec<ChipNonce>,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces([redacted])")
    }
}

impl Traces {
    /// What the evidence claims; nothing of it is proven here.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Self {
        let of_dg14 = evidence
            .bytes(FileId::Dg(14))
            .and_then(|file| SecurityInfos::parse_dg14(file).ok())
            .and_then(|infos| chip_keys(&infos).ok())
            .unwrap_or_default();
        let mut keys: Vec<String> = of_dg14
            .iter()
            .map(|key| sha256_hex(&key.public_key))
            .collect();
        let of_dg15 = evidence.bytes(FileId::Dg(15));
        let of_dg15 = of_dg15.and_then(|file| dg15::subject_public_key_info(file).ok());
        keys.extend(of_dg15.map(sha256_hex));
        let dg13 = evidence
            .bytes(FileId::Dg(13))
            .and_then(|file| Dg13::parse(file).ok());
        let number = dg13
            .as_ref()
            .and_then(|dg13| PersonalNumber::parse(dg13.get(Field::PersonalNumber)?.reveal()).ok());
        let mut nonces = evidence.nonces.clone();
        let chosen = active::chosen_by_the_chip(evidence);
        nonces.extend(chosen.map(|bytes| ChipNonce::of(NonceKind::ActiveAuthentication, &bytes)));
        Self {
            chip_keys: keys,
            issued: dg13.as_ref().and_then(super::passive::issue_date),
            number,
            nonces,
        }
    }
}

/// Check 26. `issued` is the card's own date of issue, `proven` whether a proven signature covers the
/// chip's keys and its number.
/// `replayed` says why the evidence is not of the session that is asked about.
pub(super) fn history(
    evidence: &Evidence,
    issued: Option<Date>,
    proven: bool,
    replayed: Option<&str>,
) -> Check {
    let id = CheckId::History;
    if let Some(why) = replayed {
        return Check::because(id, Failed, reason::VERDICT_REPLAYED).fact("met", why);
    }
    let Some(history) = &evidence.history else {
        return Check::not_performed(id, "nothing is remembered of earlier sessions");
    };
    if history.key_of_another_number && proven {
        return Check::because(id, Failed, reason::CHIP_KEY_REUSED);
    }
    if !history.repeated.is_empty() {
        let names: Vec<&str> = history.repeated.iter().map(|kind| kind.name()).collect();
        return Check::because(id, Undetermined, reason::CHIP_RNG_WEAK)
            .fact("repeated", names.join(", "));
    }
    // The older of two cards loses, and so does one whose age nobody knows.
    if let Some(other) = history.other_card_issued
        && issued.is_none_or(|issued| issued <= other)
    {
        return Check::because(id, Undetermined, reason::SUPERSEDED_CARD)
            .fact("other-card-issued", other.to_string());
    }
    Check::successful(id)
}
