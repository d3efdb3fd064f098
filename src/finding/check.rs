//! The checks and their results (BSI TR-03135-1, 3.5 and 5.6–5.7).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::reason::Reason;
use crate::document::Personal;

/// Which check. The order of the variants is the order in which the checks run, and decides which
/// of two reasons of equal weight is the headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckId {
    /// Card present, answer to reset, eMRTD application selects (ICAO 9303-11, 4.2).
    Link,
    /// PACE or basic access control (ICAO 9303-11, 4.2–4.4).
    Access,
    /// DG1 intact over secure messaging, MRZ grammar and check digits (ICAO 9303-10).
    Dg1Read,
    /// EF.SOD intact and parsed (ICAO 9303-11, 5.1.1).
    SodRead,
    /// The messageDigest attribute is the hash of the eContent (RFC 5652, 5.4).
    SodHash,
    /// The signature over the signed attributes (ICAO 9303-11, 5.1.1).
    SodSignature,
    /// The document signer certificate under a pinned CSCA key (ICAO 9303-12, D.1).
    DscSignature,
    /// Key usage, extensions, document types of the signer (ICAO 9303-12, table 6).
    DscProfile,
    /// The time model of signer and CSCA.
    DscTime,
    /// The CRL of the CSCA (ICAO 9303-12, D.1.2).
    DscRevocation,
    /// The data groups of EF.COM are those of EF.SOD.
    ComSod,
    /// The hash of data group N (ICAO 9303-11, 5.1.1).
    DgHash(u8),
    /// EF.CardAccess says what DG14 says (ICAO 9303-11, 4.2).
    CardaccessAuth,
    /// The chip is no copy (ICAO 9303-11, 6).
    ChipAuth,
    /// Terminal authentication (ICAO 9303-11, 7.1).
    Ta,
    /// One portrait that decodes within its bounds (ISO/IEC 19794-5).
    Dg2,
    /// The national data group.
    Dg13,
    /// Countries of MRZ, signer and CSCA agree.
    Country,
    /// The date of issue lies in the signer's private key usage period.
    IssuePeriod,
    /// The card has not expired.
    Expiry,
    /// What is printed agrees with what is signed.
    PrintChip,
    /// The personal number is well formed and agrees with the document number.
    NumberForm,
    /// The dossier names the same person.
    Dossier,
    /// The card is not reported lost.
    Status,
    /// Nothing of earlier sessions speaks against the card.
    History,
    /// A register that the desk asks knows the same person, and nothing against the card.
    Register,
    /// The person in front is the one in the portrait, as a camera sees it.
    Face,
    /// The same, as the clerk sees it.
    ClerkLook,
    /// A finger of the person in front is one that the card, or an earlier verified visit, holds.
    Fingerprint,
}

impl CheckId {
    /// All of them in their order, but for the hashes of data groups.
    pub const ALL: [Self; 28] = [
        Self::Link,
        Self::Access,
        Self::Dg1Read,
        Self::SodRead,
        Self::SodHash,
        Self::SodSignature,
        Self::DscSignature,
        Self::DscProfile,
        Self::DscTime,
        Self::DscRevocation,
        Self::ComSod,
        Self::CardaccessAuth,
        Self::ChipAuth,
        Self::Ta,
        Self::Dg2,
        Self::Dg13,
        Self::Country,
        Self::IssuePeriod,
        Self::Expiry,
        Self::PrintChip,
        Self::NumberForm,
        Self::Dossier,
        Self::Status,
        Self::History,
        Self::Register,
        Self::Face,
        Self::ClerkLook,
        Self::Fingerprint,
    ];

    /// The stable name, such as `dg-hash.1`.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self {
            Self::Link => "link",
            Self::Access => "access",
            Self::Dg1Read => "dg1-read",
            Self::SodRead => "sod-read",
            Self::SodHash => "sod-hash",
            Self::SodSignature => "sod-signature",
            Self::DscSignature => "dsc-signature",
            Self::DscProfile => "dsc-profile",
            Self::DscTime => "dsc-time",
            Self::DscRevocation => "dsc-revocation",
            Self::ComSod => "com-sod",
            Self::DgHash(number) => return format!("dg-hash.{number}"),
            Self::CardaccessAuth => "cardaccess-auth",
            Self::ChipAuth => "chip-auth",
            Self::Ta => "ta",
            Self::Dg2 => "dg2",
            Self::Dg13 => "dg13",
            Self::Country => "country",
            Self::IssuePeriod => "issue-period",
            Self::Expiry => "expiry",
            Self::PrintChip => "print-chip",
            Self::NumberForm => "number-form",
            Self::Dossier => "dossier",
            Self::Status => "status",
            Self::History => "history",
            Self::Register => "register",
            Self::Face => "face",
            Self::ClerkLook => "clerk-look",
            Self::Fingerprint => "fingerprint",
        };
        name.to_owned()
    }
}

impl CheckId {
    /// The clause that demands the check.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Link => "ICAO 9303-11, 4.2",
            Self::Access => "ICAO 9303-11, 4.2–4.4",
            Self::Dg1Read => "ICAO 9303-10, 4.7.1; BSI TR-03135-1, 5.5.4.1.1",
            Self::SodRead => "ICAO 9303-11, 5.1.1 (1)",
            Self::SodHash => "RFC 5652, 5.4; BSI TR-03135-1, table 5.29",
            Self::SodSignature => "ICAO 9303-11, 5.1.1 (3)",
            Self::DscSignature => "ICAO 9303-12, D.1.1.3 (a)",
            Self::DscProfile => "ICAO 9303-12, table 6",
            Self::DscTime => "ICAO 9303-12, D.1.1.3 (a); BSI TR-03135-1, tables 5.34–5.36",
            Self::DscRevocation => "ICAO 9303-12, D.1.2",
            Self::ComSod => "BSI TR-03135-1, table 5.40",
            Self::DgHash(_) => "ICAO 9303-11, 5.1.1 (5)",
            Self::CardaccessAuth => "ICAO 9303-11, 4.2",
            Self::ChipAuth => "ICAO 9303-11, 6",
            Self::Ta => "ICAO 9303-11, 7.1",
            Self::Dg2 => "ICAO 9303-10, 4.7.2; ISO/IEC 19794-5",
            Self::Dg13 => "ICAO 9303-10, 4.7.13",
            Self::Country => "ICAO 9303-11, 5.1.1 (2)",
            Self::IssuePeriod => "ICAO 9303-11, 5.1.1 (3)",
            Self::Expiry => "BSI TR-03135-1, 5.7.1",
            Self::PrintChip => "BSI TR-03135-1, 5.7.2",
            Self::NumberForm => "Law 26/2023/QH15, article 12",
            Self::ClerkLook => "BSI TR-03135-1, table 5.52",
            Self::Fingerprint => "ICAO 9303-10, 4.7.3; ISO/IEC 19794-4",
            Self::Dossier | Self::Status | Self::History | Self::Register | Self::Face => "own",
        }
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

/// How one check ended (BSI TR-03135-1, 3.5.2, and our own `not_performed`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Ran to its end and found what it must.
    Successful,
    /// Ran to its end and proves contradiction, forgery, a copy, revocation or expiry.
    Failed,
    /// Ran, and could not decide.
    Undetermined,
    /// The card or the input offers nothing to check.
    NotSupported,
    /// Broke off: no finding about the card.
    Aborted,
    /// Nothing was there to perform it: no model, no sensor, no code yet.
    NotPerformed,
}

/// One fact behind a result: an object identifier, a date, a name that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Says nothing of a person.
    Plain(String),
    /// Belongs to a person: shown to the clerk, never logged.
    Personal(Personal<String>),
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(text) => serializer.serialize_str(text),
            Self::Personal(text) => serializer.serialize_str(text.reveal()),
        }
    }
}

/// One check with its result and all that explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check.
    pub id: CheckId,
    /// How it ended.
    pub result: CheckResult,
    /// Why, where it did not end successfully.
    pub reason: Option<Reason>,
    /// The clause that demands the check.
    pub clause: &'static str,
    /// What was met and what was expected, by stable names.
    pub facts: BTreeMap<&'static str, Fact>,
    /// What is worth knowing and changes no result, by stable names such as `dsc-expired-now`.
    pub notes: Vec<&'static str>,
}

impl Check {
    /// A check with a result and no reason yet.
    #[must_use]
    pub fn new(id: CheckId, result: CheckResult) -> Self {
        let clause = id.clause();
        Self {
            id,
            result,
            reason: None,
            clause,
            facts: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Ended successfully.
    #[must_use]
    pub fn successful(id: CheckId) -> Self {
        Self::new(id, CheckResult::Successful)
    }

    /// Ended with `result` for `reason`.
    #[must_use]
    pub fn because(id: CheckId, result: CheckResult, reason: Reason) -> Self {
        Self {
            reason: Some(reason),
            ..Self::new(id, result)
        }
    }

    /// Nothing was there to perform it; `why` is a fact for whoever asks.
    #[must_use]
    pub fn not_performed(id: CheckId, why: &str) -> Self {
        Self::because(
            id,
            CheckResult::NotPerformed,
            super::reason::CHECK_NOT_PERFORMED,
        )
        .fact("why", why)
    }

    /// Adds a fact that says nothing of a person.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.insert(name, Fact::Plain(value.into()));
        self
    }

    /// Adds a fact that belongs to a person.
    #[must_use]
    pub fn personal_fact(mut self, name: &'static str, value: &str) -> Self {
        self.facts
            .insert(name, Fact::Personal(Personal::from(value)));
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: &'static str) -> Self {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
        self
    }

    /// Adds a note where `condition` holds.
    #[must_use]
    pub fn note_if(self, condition: bool, note: &'static str) -> Self {
        if condition { self.note(note) } else { self }
    }
}
