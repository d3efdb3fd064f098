//! What the report of a verdict says.

use serde::Serialize;
use time::OffsetDateTime;

use super::conclude::Conclusion;
use super::settings::ReportSettings;
use crate::config::ReportField;
use crate::decision::reconciliation::{Reconciliation, RecordField};
use crate::decision::verdict::{Digests, PolicyRef};
use crate::decision::{Check, CheckId, CheckResult, Class, Reason, VerdictKind};
use crate::document::Personal;
use crate::store::AuditHead;

/// The event type of a verdict.
pub(super) const fn kind(verdict: VerdictKind) -> &'static str {
    match verdict {
        VerdictKind::Verified => "identity.confirmed",
        VerdictKind::NotVerified => "identity.rejected",
        VerdictKind::Undetermined | VerdictKind::Unreadable => "identity.undetermined",
    }
}

#[derive(Serialize)]
pub(super) struct Data<'a> {
    session: &'a str,
    case_ref: Option<&'a str>,
    desk: &'a str,
    purpose: &'a str,
    verdict: VerdictKind,
    reason: Option<Reason>,
    class: Option<Class>,
    test: bool,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    policy: &'a PolicyRef,
    personal_number: Option<&'a Personal<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a Personal<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<&'a Personal<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reconciliation: Option<Reconciliation>,
    checks: Vec<CheckLine>,
    digests: &'a Digests,
    audit: &'a AuditHead,
}

/// A check without its facts: they may hold more of the person than the case system needs.
#[derive(Serialize)]
struct CheckLine {
    id: CheckId,
    result: CheckResult,
    reason: Option<Reason>,
}

impl From<&Check> for CheckLine {
    fn from(check: &Check) -> Self {
        Self {
            id: check.id,
            result: check.result,
            reason: check.reason,
        }
    }
}

/// What is said of a conclusion. The number is in it only under the verdict `verified`.
pub(super) fn data<'a>(
    conclusion: &Conclusion<'a>,
    settings: &ReportSettings,
    audit: &'a AuditHead,
) -> Data<'a> {
    let verdict = conclusion.verdict;
    let wanted = |field| settings.fields.contains(&field);
    Data {
        session: conclusion.session,
        case_ref: conclusion.case_ref,
        desk: conclusion.desk,
        purpose: conclusion.purpose,
        verdict: verdict.verdict,
        reason: verdict.reason,
        class: verdict.class,
        test: verdict.test,
        at: verdict.at,
        policy: &verdict.policy,
        personal_number: verdict
            .personal_number
            .as_ref()
            .filter(|_| verdict.verdict == VerdictKind::Verified),
        name: verdict.name.as_ref().filter(|_| wanted(ReportField::Name)),
        birth_date: verdict
            .birth_date
            .as_ref()
            .filter(|_| wanted(ReportField::BirthDate)),
        reconciliation: conclusion
            .reconciliation
            .filter(|_| verdict.verdict == VerdictKind::Verified)
            .map(|found| {
                found.restricted(|field| match field {
                    // The confirmed number is in the report already; the reference is the case
                    // system's own.
                    RecordField::PersonalNumber | RecordField::SocialInsuranceNumber => true,
                    RecordField::Name => wanted(ReportField::Name),
                    RecordField::BirthDate => wanted(ReportField::BirthDate),
                    RecordField::Sex => false,
                })
            }),
        checks: verdict.checks.iter().map(CheckLine::from).collect(),
        digests: &verdict.digests,
        audit,
    }
}
