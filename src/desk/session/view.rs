//! What a caller sees of a session.

pub mod fingers;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use self::fingers::FingerView;
use super::super::conductor::overriding::may_override;
use super::super::ports::{DeliveryOutcome, DeliveryReason, Role};
use super::super::purpose::Purpose;
use super::super::wording::{Words, difference_title, phase_title, words};
use super::person::CHECKS;
use super::progress::Phase;
use super::{Session, State};
use crate::biometrics::Liveness;
use crate::decision::reason::Sentence;
use crate::decision::{CheckId, Reconciliation, VerdictKind, Weight};
use crate::document::Personal;

/// A session as its caller sees it. Holds personal data until `cleared`.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// The identifier, a ULID.
    pub id: String,
    /// Grows with every change: of two views the one with the higher number is the newer.
    pub revision: u64,
    /// Where it stands.
    pub state: State,
    /// What for.
    pub purpose: Purpose,
    /// The policy that judges.
    pub policy: String,
    /// The caller's reference of the case.
    pub case_ref: Option<String>,
    /// The list of payees that it is about: nothing of another list is paid in it.
    pub payee_list: Option<String>,
    /// The reader that serves it.
    pub reader: String,
    /// When it was opened, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: time::OffsetDateTime,
    /// When it expires unless a verdict comes first, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: time::OffsetDateTime,
    /// Which kind of key was taken: `qr`, `mrz`, `typed`, `number` or `can`.
    pub key: Option<&'static str>,
    /// What was perhaps scanned or typed, for the clerk to compare with the card: a guess, never a key
    /// by itself. Gone once it is answered, or the session moves on.
    pub proposal: Option<ProposalView>,
    /// How far the reading is, while it runs.
    pub progress: Option<ProgressView>,
    /// What the chip says, read and **not yet verified**; gone as soon as a verdict stands.
    #[schema(value_type = Option<Fields>)]
    pub claimed: Option<Value>,
    /// Whether the issuer's signature covers what is claimed. A copied chip holds the same bytes:
    /// only the verdict counts.
    pub claimed_is_signed: bool,
    /// The comparison with the person in front, while the session waits for it.
    pub person: Option<PersonView>,
    /// The fingerprint sensor, where it has something to do in this session.
    pub finger: Option<FingerView>,
    /// Who went on with the case although the verdict is open.
    pub r#override: Option<OverrideView>,
    /// Whether the policy lets a clerk do so.
    pub may_override: bool,
    /// The verdict, as `cccd-desk read --json` prints it; its headline alone once `cleared`.
    #[schema(value_type = Option<VerdictDocument>)]
    pub verdict: Option<Value>,
    /// What the clerk is told.
    pub explanation: Option<Explanation>,
    /// The fields of the card as far as signed data covers them.
    #[schema(value_type = Option<Fields>)]
    pub face: Option<Value>,
    /// What the case system has on record beside what the card says; there under `verified` alone, and
    /// where something is on record.
    pub reconciliation: Option<Vec<ReconciledView>>,
    /// Where the portrait is to be had; null where there is none, or none that is signed.
    pub portrait: Option<String>,
    /// Where the evidence is to be had.
    pub evidence: Option<String>,
    /// What became of the report.
    pub report: Option<ReportView>,
    /// When personal data will be gone, RFC 3339.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub clears_at: Option<time::OffsetDateTime>,
    /// True once personal data is gone.
    pub cleared: bool,
}

/// A field that the case system has on record, beside the card's.
#[derive(Serialize, ToSchema)]
pub struct ReconciledView {
    /// `personal_number`, `name`, `birth_date`, `sex` or `social_insurance_number`.
    pub field: &'static str,
    /// What is on record, where the two differ.
    pub on_record: Option<String>,
    /// What the card says, where the two differ.
    pub on_card: Option<String>,
    /// `same`, `spelling`, `order`, `swapped-day-month`, `year-only`, `old-number-linked`,
    /// `old-number-not-linked`, `other` or `missing`.
    pub difference: &'static str,
    /// What the record might say instead: somebody decides on it, nothing is overwritten.
    pub proposal: Option<String>,
    /// The difference, for the clerk.
    pub sentence: Words,
}

/// A machine readable zone in which all check digits hold, and which differs from what was scanned only
/// in characters that are often taken for each other.
#[derive(Serialize, ToSchema)]
pub struct ProposalView {
    /// Goes back with the answer.
    pub number: u32,
    /// The lines of the zone.
    pub lines: Vec<String>,
    /// What is wrong with what was scanned.
    pub sentence: Words,
    /// What to do next.
    pub next_action: Words,
}

/// How far a reading is.
#[derive(Serialize, ToSchema)]
pub struct ProgressView {
    /// 0 to 99; never goes back.
    pub percent: u8,
    /// Whether the card was lifted before its time: laid back, it is read on from there.
    pub lifted: bool,
    /// The phase that is under way.
    pub phase: Option<Phase>,
    /// What that phase is called.
    pub title: Words,
    /// All phases so far.
    pub phases: Vec<Phase>,
}

/// Who went on with a case although the verdict is open.
#[derive(Serialize, ToSchema)]
pub struct OverrideView {
    /// `clerk` or `operator`.
    pub role: &'static str,
    /// The short name of the token.
    pub by: String,
    /// When, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: time::OffsetDateTime,
}

/// What is wanted of the person in front.
#[derive(Serialize, ToSchema)]
pub struct PersonView {
    /// What the session waits for: `face`, `clerk-look`, `fingerprint`.
    pub wanted: Vec<String>,
    /// What must be there for a verdict; the others count where they come.
    pub mandatory: Vec<String>,
    /// How many more comparisons of the face there may be.
    pub face_attempts_left: u32,
    /// Whether a comparison runs.
    pub comparing: bool,
    /// `required` or `offered`: whether the person must be seen to turn the head.
    pub liveness: &'static str,
    /// What came so far, as in the verdict's checks.
    #[schema(value_type = Vec<CheckDocument>)]
    pub checks: Vec<Value>,
    /// When what is missing is given up, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: time::OffsetDateTime,
}

/// What the clerk is told: what is the matter, and what to do next.
#[derive(Serialize, ToSchema)]
pub struct Explanation {
    /// The stable code: of the headline reason, or of the end without a verdict.
    pub code: Option<&'static str>,
    /// What is the matter.
    pub sentence: Words,
    /// What to do next.
    pub next_action: Words,
}

/// What became of the report.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    /// `not-due`, `waiting`, `delivered` or `refused`.
    pub state: &'static str,
    /// Its identifier.
    pub report_id: Option<String>,
    /// The receipt of the case system.
    pub receipt_id: Option<String>,
    /// How often delivery was tried in vain.
    pub attempts: Option<u32>,
    /// The status of a refusal.
    pub status: Option<u16>,
    /// Why the last attempt failed, a stable code such as `case-system-unreachable`.
    pub reason: Option<&'static str>,
    /// The same for a person.
    pub sentence: Words,
    /// What the clerk does next, where the case system has not got it yet.
    pub next_action: Option<Words>,
}

impl ReportView {
    /// Whether it is still on its way.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "waiting"
    }

    fn because(&mut self, reason: DeliveryReason) {
        self.reason = Some(reason.code());
        self.sentence = reason.sentence().into();
        self.next_action = Some(reason.next_action().into());
    }
}

/// The fields of the card that a clerk looks at.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the JSON of `CardFace`")]
pub struct Fields {
    personal_number: Option<String>,
    name: Option<String>,
    birth_date: Option<String>,
    sex: Option<String>,
    nationality: Option<String>,
    place_of_origin: Option<String>,
    residence: Option<String>,
    issue_date: Option<String>,
    expiry_date: Option<String>,
    old_number: Option<String>,
}

/// The verdict as `cccd-desk read --json` prints it. Fields may be added, never renamed.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the JSON of `Verdict`")]
pub struct VerdictDocument {
    /// `verified`, `not_verified`, `undetermined` or `unreadable`.
    verdict: String,
    /// The headline reason.
    reason: Option<String>,
    /// The class of the headline reason.
    class: Option<String>,
    /// True when a test anchor was involved: worth nothing outside tests.
    test: bool,
    /// RFC 3339.
    #[schema(format = DateTime)]
    at: String,
    /// There only when every rule for it held.
    personal_number: Option<String>,
    /// There only when signed.
    name: Option<String>,
    /// ISO 8601; there only when signed.
    birth_date: Option<String>,
    /// All checks in their order; absent once the session is cleared.
    checks: Option<Vec<CheckDocument>>,
}

/// One check of a verdict.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the JSON of `Check`")]
pub struct CheckDocument {
    /// Such as `dg-hash.1`.
    id: String,
    /// `successful`, `failed`, `undetermined`, `not_supported`, `aborted` or `not_performed`.
    result: String,
    /// The stable code, where it did not end successfully.
    reason: Option<String>,
    /// The clause that demands the check.
    clause: String,
    /// What was met and what was expected.
    #[schema(value_type = Object)]
    facts: Value,
}

impl Session {
    /// What a caller sees.
    #[must_use]
    pub fn view(&self) -> SessionView {
        let path = |part: &str| format!("/v1/sessions/{}/{part}", self.id);
        let judgement = self.judgement.as_ref();
        // The clerk compares the person with what is signed, before there is a verdict.
        let shown = judgement.or(self.pending.as_ref());
        SessionView {
            id: self.id.to_string(),
            revision: self.revision,
            state: self.state,
            purpose: self.purpose,
            policy: self.policy.name.to_string(),
            case_ref: self.case_ref.clone(),
            payee_list: self.payee_list.clone(),
            reader: self.reader.to_string(),
            opened_at: self.opened_at,
            expires_at: self.expires_at,
            key: self.key_kind,
            proposal: self.proposal.as_ref().map(|proposed| ProposalView {
                number: proposed.number,
                lines: proposed
                    .proposal
                    .zone()
                    .lines()
                    .map(str::to_owned)
                    .collect(),
                sentence: proposed.sentence.into(),
                next_action: proposed.next_action.into(),
            }),
            progress: (self.state == State::Reading).then(|| self.progress_view()),
            claimed: self.claimed.as_ref().map(plain),
            claimed_is_signed: self.claimed.is_some() && self.claimed_is_signed,
            person: self.person_view(),
            finger: self.finger_view(),
            r#override: self.override_view(),
            may_override: self.overridden.is_none()
                && judgement.is_some_and(|j| may_override(&self.policy, &j.verdict, Role::Clerk)),
            verdict: judgement
                .map(|j| plain(&j.verdict))
                .or_else(|| self.headline()),
            explanation: self.explanation(),
            face: shown.map(|j| plain(&j.face)),
            reconciliation: judgement
                .and_then(|judged| judged.reconciliation.as_ref())
                .map(reconciled_view),
            portrait: shown
                .and_then(|j| j.portrait.as_ref())
                .map(|_| path("portrait")),
            evidence: judgement.map(|_| path("evidence")),
            report: self.report_view(),
            clears_at: self.clears_at,
            cleared: self.cleared,
        }
    }

    /// What everyone at the desk may know: nothing of the person and nothing of the case.
    #[must_use]
    pub fn public_view(&self) -> Value {
        json!({
            "id": self.id,
            "state": self.state,
            "purpose": self.purpose,
            "reader": self.reader.to_string(),
            "verdict": self.outcome.map(|outcome| outcome.verdict),
        })
    }

    /// How far the reading is.
    #[must_use]
    pub fn progress_view(&self) -> ProgressView {
        let phase = self.progress.current().cloned();
        let lifted = self.progress.is_lifted();
        let name = if lifted {
            "lifted"
        } else {
            phase.as_ref().map_or("", |phase| phase.name)
        };
        ProgressView {
            percent: self.progress.percent(),
            lifted,
            title: phase_title(name).into(),
            phase,
            phases: self.progress.phases().to_vec(),
        }
    }

    fn person_view(&self) -> Option<PersonView> {
        let person = self.person.as_ref()?;
        let names = |ids: Vec<CheckId>| ids.into_iter().map(CheckId::name).collect();
        let mandatory = |id: &CheckId| self.policy.weight(*id) == Weight::Mandatory;
        Some(PersonView {
            wanted: names(person.open()),
            mandatory: names(CHECKS.into_iter().filter(mandatory).collect()),
            face_attempts_left: person.face_attempts_left(),
            comparing: person.is_busy(),
            liveness: match self.policy.person.liveness {
                Liveness::Required => "required",
                Liveness::Offered => "offered",
            },
            checks: person.came().map(plain).collect(),
            closes_at: person.closes_at,
        })
    }

    fn override_view(&self) -> Option<OverrideView> {
        let overridden = self.overridden.as_ref().filter(|one| one.recorded)?;
        Some(OverrideView {
            role: overridden.role,
            by: overridden.by.clone(),
            at: overridden.at,
        })
    }

    fn headline(&self) -> Option<Value> {
        self.outcome.map(|outcome| {
            json!({
                "verdict": outcome.verdict,
                "reason": outcome.reason,
                "class": outcome.class,
                "test": outcome.test,
                "at": outcome.at.format(&time::format_description::well_known::Rfc3339).ok(),
                "personal_number": null, "name": null, "birth_date": null, "checks": null,
            })
        })
    }

    fn explanation(&self) -> Option<Explanation> {
        if let Some(end) = self.end {
            return Some(explain(Some(end.code), end.sentence, end.next_action));
        }
        let outcome = self.outcome?;
        if let Some(reason) = outcome.reason {
            let entry = reason.entry();
            return Some(explain(Some(entry.code), entry.sentence, entry.next_action));
        }
        let (sentence, next_action) = match outcome.verdict {
            VerdictKind::Verified => (
                words(
                    "Thẻ thật, dữ liệu đúng như cơ quan cấp đã ký.",
                    "The card is genuine and its data are as the issuer signed them.",
                ),
                words(
                    "So người trước mặt với ảnh rồi tiếp tục hồ sơ.",
                    "Compare the person with the portrait and go on with the dossier.",
                ),
            ),
            // A verdict other than verified always has a headline; say the least where it has not.
            _ => (
                words("Chưa có kết luận.", "There is no conclusion."),
                words("Đọc lại thẻ.", "Read the card again."),
            ),
        };
        Some(explain(None, sentence, next_action))
    }

    fn report_view(&self) -> Option<ReportView> {
        self.outcome?;
        let mut view = ReportView {
            state: "waiting",
            report_id: self.report_id.clone(),
            receipt_id: None,
            attempts: None,
            status: None,
            reason: None,
            next_action: None,
            sentence: words("Đang gửi báo cáo.", "The report is being sent.").into(),
        };
        if self.report_id.is_none() {
            view.state = "not-due";
            view.sentence = words(
                "Kết quả này không gửi sang hệ thống hồ sơ.",
                "This result is not sent to the case system.",
            )
            .into();
            return Some(view);
        }
        match &self.delivery {
            None => {}
            Some(DeliveryOutcome::Waiting { attempts, reason }) => {
                view.attempts = Some(*attempts);
                view.because(*reason);
            }
            Some(DeliveryOutcome::Delivered { receipt_id }) => {
                view.state = "delivered";
                view.receipt_id = Some(receipt_id.clone());
                view.sentence = words(
                    "Hệ thống hồ sơ đã nhận.",
                    "The case system has received it.",
                )
                .into();
            }
            Some(DeliveryOutcome::Refused { status }) => {
                view.state = "refused";
                view.status = Some(*status);
                view.because(DeliveryReason::Refused);
            }
        }
        Some(view)
    }
}

fn reconciled_view(found: &Reconciliation) -> Vec<ReconciledView> {
    let plain = |value: &Option<Personal<String>>| Some(value.as_ref()?.reveal().clone());
    let fields = found.fields().iter();
    fields
        .map(|field| ReconciledView {
            field: field.field.name(),
            on_record: plain(&field.on_record),
            on_card: plain(&field.on_card),
            difference: field.difference.name(),
            proposal: plain(&field.proposal),
            sentence: difference_title(field.difference).into(),
        })
        .collect()
}

fn explain(code: Option<&'static str>, sentence: Sentence, next_action: Sentence) -> Explanation {
    Explanation {
        code,
        sentence: sentence.into(),
        next_action: next_action.into(),
    }
}

/// Values of ours serialise; one that did not would be shown as missing.
fn plain(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
