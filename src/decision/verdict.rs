//! The verdict and the fold that makes it.

use serde::{Deserialize, Serialize};

use super::face::CardFace;
use super::policy::{Policy, Weight};
use crate::crypto::hash::sha256_hex;
use crate::document::Personal;
use crate::finding::{Check, CheckId, CheckResult, Class, Reason, reason};
use crate::verify::Findings;

/// The four verdicts (`DEFECTS`: precedence not verified, unreadable, undetermined, verified).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Digests that tie a verdict to what it was made of, SHA-256 in lower-case hex: the same four, the
/// same verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// Of the evidence: all files and the transcript.
    pub evidence: String,
    /// Of the trust anchors and lists.
    pub trust: String,
    /// Of the policy: as in [`PolicyRef::digest`].
    pub policy: String,
    /// Of the time of judgement, RFC 3339 in UTC.
    pub time: String,
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

/// What the fold needs besides the checks: it goes into the verdict as it is.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The reading, counted.
    pub reading: ReadingCount,
    /// Digests of evidence and trust.
    pub digests: Digests,
}

/// Folds the checks into a verdict (CHECKS a, fold rule). Pure: the same findings, policy and time
/// give the same verdict.
#[must_use]
pub fn decide(
    findings: &Findings,
    person: Vec<Check>,
    policy: &Policy,
    at: time::OffsetDateTime,
    circumstances: Circumstances,
) -> Verdict {
    let mut checks = findings.checks.clone();
    checks.extend(person);
    let (verdict, reasons) = fold(&checks, policy);
    // A number of a card that is proven wrong is nobody's confirmed number.
    let stands = matches!(verdict, VerdictKind::Verified | VerdictKind::Undetermined);
    let number = findings.number.as_ref().filter(|_| stands);
    let shown = CardFace::of_findings(findings);
    let mut notes: Vec<&'static str> = Vec::new();
    for note in checks.iter().flat_map(|check| &check.notes) {
        if !notes.contains(note) {
            notes.push(note);
        }
    }
    if checks
        .iter()
        .any(|check| clerk_stands_in(check, &checks, policy))
    {
        notes.push(reason::note::CLERK_STOOD_IN);
    }
    let reason = reasons.first().copied();
    Verdict {
        verdict,
        reason,
        class: reason.map(Reason::class),
        reasons,
        test: findings.test,
        at,
        policy: PolicyRef {
            name: policy.name.clone(),
            version: policy.version.clone(),
            digest: policy.digest(),
        },
        personal_number: number.map(|number| number.number().personal().clone()),
        name: shown.name.filter(|_| stands),
        birth_date: shown.birth_date.filter(|_| stands),
        checks,
        notes,
        access: findings.access,
        chip_authentication: findings.chip_authentication,
        reading: circumstances.reading,
        digests: Digests {
            policy: policy.digest(),
            time: sha256_hex(moment(at).as_bytes()),
            ..circumstances.digests
        },
    }
}

/// RFC 3339 in UTC.
fn moment(at: time::OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    at.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

/// The verdict of checks under a policy, and every reason that led to it, the headline first.
#[must_use]
pub fn fold(checks: &[Check], policy: &Policy) -> (VerdictKind, Vec<Reason>) {
    use CheckResult::{Aborted, Failed, NotPerformed, NotSupported, Successful, Undetermined};
    // A check that the policy demands and that nobody even listed was not performed.
    let absent = policy
        .weights
        .iter()
        .filter(|(name, weight)| **weight == Weight::Mandatory && *name != "dg-hash")
        .any(|(name, _)| !checks.iter().any(|check| check.id.name() == *name));
    let counted = |check: &&Check| match policy.weight(check.id) {
        Weight::Mandatory => true,
        Weight::Optional => match check.result {
            Successful | Failed | Undetermined => true,
            Aborted => began(check),
            NotSupported | NotPerformed => false,
        },
        Weight::Evaluatory | Weight::NotAsked => false,
    };
    let kind_of = |check: &Check| match check.result {
        Undetermined if clerk_stands_in(check, checks, policy) => None,
        Failed => Some(VerdictKind::NotVerified),
        Aborted => Some(VerdictKind::Unreadable),
        Undetermined | NotPerformed => Some(VerdictKind::Undetermined),
        NotSupported if policy.demands_support(check.id) => Some(VerdictKind::Undetermined),
        NotSupported | Successful => None,
    };
    let mut found: Vec<(VerdictKind, Reason)> = checks
        .iter()
        .filter(counted)
        .filter_map(|check| {
            let reason = check.reason.unwrap_or(reason::CHECK_NOT_PERFORMED);
            kind_of(check).map(|kind| (kind, reason))
        })
        .collect();
    if absent {
        found.push((VerdictKind::Undetermined, reason::CHECK_NOT_PERFORMED));
    }
    // The checks are in their order already, and the sort is stable.
    found.sort_by_key(|(kind, reason)| (precedence(*kind), *reason == reason::CHECK_NOT_PERFORMED));
    // A group that nobody signed is told before the lists that differ because of it.
    let place = |wanted: Reason| {
        found
            .iter()
            .position(|(kind, reason)| *kind == VerdictKind::NotVerified && *reason == wanted)
    };
    if let (Some(lists), Some(group)) = (
        place(reason::COM_SOD_MISMATCH),
        place(reason::DG_NOT_IN_SOD),
    ) && lists < group
    {
        let group = found.remove(group);
        found.insert(lists, group);
    }
    let verdict = found
        .first()
        .map_or(VerdictKind::Verified, |(kind, _)| *kind);
    let mut reasons: Vec<Reason> = Vec::new();
    for (_, reason) in found {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (verdict, reasons)
}

/// Whether the clerk's look stands in for a machine that compared the face and is unsure: where the
/// policy says so, and never for one that was not there, or that does not trust its camera.
fn clerk_stands_in(check: &Check, checks: &[Check], policy: &Policy) -> bool {
    let unsure = check.id == CheckId::Face
        && check.result == CheckResult::Undetermined
        && check.reason != Some(reason::SENSOR_UNTRUSTED);
    let looked =
        |check: &Check| check.id == CheckId::ClerkLook && check.result == CheckResult::Successful;
    policy.person.clerk_stands_in && unsure && checks.iter().any(looked)
}

/// Whether an optional check that broke off had begun: the file was there and could not be taken
/// apart, or the chip withheld what its EF.SOD lists. Else a copy would pass by being silent at the
/// right place. A portrait that a child's card does not have began nothing.
fn began(check: &Check) -> bool {
    let withheld = check.reason == Some(reason::MANDATORY_FILE_MISSING);
    match check.id {
        CheckId::Link | CheckId::Access | CheckId::ChipAuth => true,
        CheckId::Dg2 => !withheld,
        CheckId::DgHash(_) => withheld,
        _ => false,
    }
}

const fn precedence(kind: VerdictKind) -> u8 {
    match kind {
        VerdictKind::NotVerified => 0,
        VerdictKind::Unreadable => 1,
        VerdictKind::Undetermined => 2,
        VerdictKind::Verified => 3,
    }
}
