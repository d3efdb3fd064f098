//! Going on with a case although the verdict is open: recorded and reported with who, why and what was
//! open. It changes no verdict.

use core::fmt;

use serde_json::json;
use zeroize::Zeroizing;

use super::event::segment;
use super::settings::ReportSettings;
use super::{jose, sha256};
use crate::document::Personal;
use crate::store::outbox::NewReport;
use crate::store::{AuditEvent, Store, StoreError, rfc3339};

/// The event type of its report.
pub const KIND: &str = "identity.overridden";
/// Longest reason that is given, in characters.
pub const LONGEST_REASON: usize = 500;

/// Somebody goes on with a case.
pub struct Overriding<'a> {
    /// The session, which has its verdict.
    pub session: &'a str,
    /// The case that the caller gave.
    pub case_ref: Option<&'a str>,
    /// Why the person is here.
    pub purpose: &'a str,
    /// The desk's identifier.
    pub desk: &'a str,
    /// The policy that allows it.
    pub policy: &'a str,
    /// Codes of the reasons that left the verdict open.
    pub reasons: &'a [&'a str],
    /// The role that may.
    pub role: &'a str,
    /// The short name of the token.
    pub by: &'a str,
    /// Why, in words of their own: may name a person.
    pub why: &'a Personal<String>,
    /// Whether a test anchor was involved.
    pub test: bool,
}

impl fmt::Debug for Overriding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overriding")
            .field("session", &self.session)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Records it in the audit log, and reports it where verdicts that are open are reported: all or
    /// nothing. The report's identifier, if there is one.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was kept.
    pub fn override_verdict(
        &self,
        overriding: &Overriding<'_>,
        settings: &ReportSettings,
    ) -> Result<Option<String>, StoreError> {
        self.refresh_signing()?;
        let reported = settings.reports(crate::decision::VerdictKind::Undetermined);
        let report_id = reported.then(|| self.new_id()).transpose()?;
        let now = self.now();
        self.transaction(|transaction| {
            let reasons = overriding.reasons.join(" ");
            let event = AuditEvent::new("overridden")
                .session(overriding.session)
                .fact("by", overriding.by)
                .fact("role", overriding.role)
                .fact("policy", overriding.policy)
                .fact("reasons", &reasons)
                .fact("report", report_id.as_deref().unwrap_or("none"))
                .personal("why", overriding.why);
            let audit = self.append(transaction, &event)?;
            let Some(id) = &report_id else {
                return Ok(());
            };
            let sequence = Self::next_sequence(transaction)?;
            let document = json!({
                "specversion": "1.0",
                "id": id,
                "source": format!("/desks/{}", segment(overriding.desk)),
                "type": KIND,
                "subject": overriding.session,
                "time": rfc3339(now),
                "datacontenttype": "application/json",
                "sequence": format!("{sequence:020}"),
                "data": {
                    "session": overriding.session,
                    "case_ref": overriding.case_ref,
                    "desk": overriding.desk,
                    "purpose": overriding.purpose,
                    "verdict": "undetermined",
                    "reasons": overriding.reasons,
                    "policy": overriding.policy,
                    "role": overriding.role,
                    "by": overriding.by,
                    "why": overriding.why,
                    "test": overriding.test,
                    "audit": audit,
                },
            });
            let payload = serde_json::to_vec(&document)
                .map(Zeroizing::new)
                .map_err(|_| StoreError::State("the report does not serialise"))?;
            let jws = jose::sign(&self.signing(), &payload, "cloudevents+json")?;
            Self::insert_report(
                transaction,
                &NewReport {
                    report_id: id,
                    session: Some(overriding.session),
                    destinations: &settings.destinations,
                    case_ref: overriding.case_ref,
                    kind: KIND,
                    jws: &jws,
                    sha256: &sha256(jws.as_bytes()),
                    audit: &audit,
                    at: now,
                },
            )
        })?;
        if report_id.is_some() {
            self.outbox_has_changed();
        }
        Ok(report_id)
    }
}
