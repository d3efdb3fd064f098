//! The verdict and the fold that makes it.

use serde::Serialize;

use crate::document::Personal;
use crate::finding::{Check, Class, Reason};

/// The four verdicts (`DEFECTS`: precedence not verified, unreadable, undetermined, verified).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// Every required check is successful.
    Verified,
    /// A check that ran to its end proves contradiction, forgery, a copy, revocation or expiry.
    NotVerified,
    /// A required file or exchange was not obtained intact, and nothing worse was proven.
    Unreadable,
    /// Everything was read, nothing contradicted, but a required check could not be decided.
    Undetermined,
}

/// Which policy judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyRef {
    /// Its name, such as `document`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its content, lower-case hex.
    pub digest: String,
}

/// One phase of the reading, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PhaseCount {
    /// `select`, `access`, `dg1`, `aa` and so on.
    pub name: String,
    /// Command APDUs sent.
    pub apdus: u32,
    /// Bytes of file content read.
    pub bytes: u32,
    /// Time, by the clock that the reading was given.
    pub milliseconds: u64,
}

/// The reading, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReadingCount {
    /// All command APDUs sent.
    pub apdus: u32,
    /// All bytes of file content read.
    pub bytes: u32,
    /// By phase, in order.
    pub phases: Vec<PhaseCount>,
}

/// Digests that tie a verdict to what it was made of, SHA-256 in lower-case hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// Of the evidence: all files, the transcript and the printed inputs.
    pub evidence: String,
    /// Of the trust anchors and revocation lists.
    pub trust: String,
}

/// What the desk says of a card, and why. Serialises to the object of `read --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The verdict.
    pub verdict: VerdictKind,
    /// The headline reason.
    pub reason: Option<Reason>,
    /// The class of the headline reason.
    pub class: Option<Class>,
    /// Every reason found, the headline first.
    pub reasons: Vec<Reason>,
    /// True when a test anchor was involved: such a verdict is worth nothing outside tests.
    pub test: bool,
    /// The time of judgement, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub at: time::OffsetDateTime,
    /// The policy that judged.
    pub policy: PolicyRef,
    /// The confirmed number: there only when every rule for it held.
    pub personal_number: Option<Personal<String>>,
    /// The name as the card's DG13 (else its MRZ) has it; there only when signed.
    pub name: Option<Personal<String>>,
    /// ISO 8601 birth date; there only when signed.
    pub birth_date: Option<Personal<String>>,
    /// All checks in their order.
    pub checks: Vec<Check>,
    /// Notes of all checks.
    pub notes: Vec<&'static str>,
    /// `bac`, or null when nothing opened the chip.
    pub access: Option<&'static str>,
    /// `aa`, or null when the chip did not prove itself.
    pub chip_authentication: Option<&'static str>,
    /// The reading, counted.
    pub reading: ReadingCount,
    /// Digests of evidence and trust.
    pub digests: Digests,
}
