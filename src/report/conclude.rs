//! The end of a session: verdict, audit entry and report in one transaction.

use core::fmt;

use super::settings::ReportSettings;
use super::{event, jose, sha256};
use crate::decision::{Reconciliation, Verdict, VerdictKind};
use crate::document::Personal;
use crate::store::outbox::NewReport;
use crate::store::verdicts::VerdictRow;
use crate::store::{AuditEvent, Store, StoreError};

/// A session that came to its verdict.
pub struct Conclusion<'a> {
    /// The session; it is concluded once. 1 to 64 characters.
    pub session: &'a str,
    /// The case that the caller gave. At most 200 characters.
    pub case_ref: Option<&'a str>,
    /// Why the person is here, such as `benefit-payment`. 1 to 64 characters.
    pub purpose: &'a str,
    /// The desk's identifier (`desk.id`). 1 to 64 characters.
    pub desk: &'a str,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// The evidence as `cccd-desk verify` takes it, at most 32 MiB.
    pub evidence: Option<&'a [u8]>,
    /// What the case system has on record, beside what the card says.
    pub reconciliation: Option<&'a Reconciliation>,
}

impl fmt::Debug for Conclusion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conclusion")
            .field("session", &self.session)
            .field("purpose", &self.purpose)
            .field("verdict", &self.verdict.verdict)
            .finish_non_exhaustive()
    }
}

/// What a conclusion left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The report in the outbox; `None` where this verdict is not reported.
    pub report_id: Option<String>,
    /// The hash of the audit entry.
    pub audit_head: String,
}

const MAX_EVIDENCE: usize = 33_554_432;

impl Store {
    /// Keeps the verdict, its audit entry and its signed report, all or nothing. When this
    /// returns, a power cut loses none of them.
    ///
    /// # Errors
    /// [`StoreError::AlreadyConcluded`] for a session that has its verdict;
    /// [`StoreError::DiskFull`]: nothing was kept, and the same call may be made again.
    pub fn conclude(
        &self,
        conclusion: &Conclusion<'_>,
        settings: &ReportSettings,
    ) -> Result<Concluded, StoreError> {
        conclusion.check()?;
        self.refresh_signing()?;
        let verdict = conclusion.verdict;
        let record = serde_json::to_string(verdict)
            .map(Personal::new)
            .map_err(|_| StoreError::State("the verdict does not serialise"))?;
        let reported = settings.reports(verdict.verdict);
        let report_id = reported.then(|| self.new_id()).transpose()?;
        let now = self.now();

        let audit = self.transaction(|transaction| {
            let audit = self.append(
                transaction,
                &conclusion.audit_event(&record, report_id.as_deref()),
            )?;
            Self::insert_verdict(
                transaction,
                &VerdictRow {
                    session: conclusion.session,
                    case_ref: conclusion.case_ref,
                    purpose: conclusion.purpose,
                    desk: conclusion.desk,
                    verdict: verdict_name(verdict.verdict),
                    reason: verdict.reason.map(|reason| reason.code()),
                    test: verdict.test,
                    policy: &verdict.policy.name,
                    at: now,
                    audit_number: audit.number,
                    evidence_digest: &verdict.digests.evidence,
                    record: &record,
                    evidence: conclusion.evidence,
                },
            )?;
            if let Some(id) = &report_id {
                let envelope = event::Envelope {
                    id,
                    sequence: Self::next_sequence(transaction)?,
                    time: now,
                    audit: &audit,
                };
                let payload = event::write(conclusion, settings, &envelope)?;
                let jws = jose::sign(&self.signing(), &payload, "cloudevents+json")?;
                Self::insert_report(
                    transaction,
                    &NewReport {
                        report_id: id,
                        session: Some(conclusion.session),
                        destinations: &settings.destinations,
                        case_ref: conclusion.case_ref,
                        kind: event::kind(verdict.verdict),
                        jws: &jws,
                        sha256: &sha256(jws.as_bytes()),
                        audit: &audit,
                        at: now,
                    },
                )?;
            }
            Ok(audit)
        })?;
        if report_id.is_some() {
            self.outbox_has_changed();
        }
        Ok(Concluded {
            report_id,
            audit_head: audit.hash,
        })
    }
}

impl<'a> Conclusion<'a> {
    fn check(&self) -> Result<(), StoreError> {
        let short = |field, text: &str, most: usize| {
            if (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
                return Ok(());
            }
            Err(StoreError::Input {
                field,
                problem: "is empty, too long or holds control characters",
            })
        };
        short("session", self.session, 64)?;
        short("purpose", self.purpose, 64)?;
        short("desk", self.desk, 64)?;
        if let Some(case_ref) = self.case_ref {
            short("case_ref", case_ref, 200)?;
        }
        if self
            .evidence
            .is_some_and(|bytes| bytes.len() > MAX_EVIDENCE)
        {
            return Err(StoreError::Input {
                field: "evidence",
                problem: "is longer than 32 MiB",
            });
        }
        Ok(())
    }

    fn audit_event(&self, record: &'a Personal<String>, report_id: Option<&str>) -> AuditEvent<'a> {
        let verdict = self.verdict;
        let mut event = AuditEvent::new("concluded")
            .session(self.session)
            .fact("verdict", verdict_name(verdict.verdict))
            .fact("purpose", self.purpose)
            .fact("desk", self.desk)
            .fact("test", verdict.test)
            .fact("policy", &verdict.policy.name)
            .fact("policy-version", &verdict.policy.version)
            .fact("policy-digest", &verdict.policy.digest)
            .fact("evidence", &verdict.digests.evidence)
            .fact("trust", &verdict.digests.trust)
            .fact("report", report_id.unwrap_or("none"))
            .personal("record", record);
        if let Some(reason) = verdict.reason {
            event = event.fact("reason", reason);
        }
        if let Some(case_ref) = self.case_ref {
            event = event.fact("case-ref", case_ref);
        }
        if let Some(reconciliation) = self.reconciliation {
            event = event.fact("reconciliation", reconciliation.summary());
        }
        for (name, value) in [
            ("personal-number", &verdict.personal_number),
            ("name", &verdict.name),
            ("birth-date", &verdict.birth_date),
        ] {
            if let Some(value) = value {
                event = event.personal(name, value);
            }
        }
        event
    }
}

const fn verdict_name(verdict: VerdictKind) -> &'static str {
    match verdict {
        VerdictKind::Verified => "verified",
        VerdictKind::NotVerified => "not_verified",
        VerdictKind::Unreadable => "unreadable",
        VerdictKind::Undetermined => "undetermined",
    }
}

#[cfg(test)]
#[path = "conclude_tests.rs"]
mod tests;
