//! Going on with a case although the verdict is open: recorded and reported with who, why and what was
//! open. It changes no verdict.

use core::fmt;

use serde_json::json;

use super::outgoing::Outgoing;
use super::settings::ReportSettings;
use crate::document::Personal;
use crate::store::{AuditEvent, Store, StoreError};

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
            let outgoing = Outgoing {
                id,
                kind: KIND,
                desk: overriding.desk,
                subject: overriding.session,
                session: Some(overriding.session),
                case_ref: overriding.case_ref,
                at: now,
                audit: &audit,
            };
            let data = json!({
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
            });
            self.put_out(transaction, &outgoing, settings, &data)
        })?;
        if report_id.is_some() {
            self.outbox_has_changed();
        }
        Ok(report_id)
    }
}
