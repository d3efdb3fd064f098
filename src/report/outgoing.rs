//! A report on its way into the outbox: the CloudEvents 1.0 envelope (JSON format), its signature and its row,
//! in the transaction of what it reports.

use serde::Serialize;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::settings::ReportSettings;
use super::{jose, sha256};
use crate::store::outbox::NewReport;
use crate::store::{AuditHead, Store, StoreError, Transaction, rfc3339};

/// One report, without what it says.
pub(super) struct Outgoing<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'static str,
    pub(super) desk: &'a str,
    /// What it is about.
    pub(super) subject: &'a str,
    /// The session whose verdict it belongs to.
    pub(super) session: Option<&'a str>,
    pub(super) case_ref: Option<&'a str>,
    pub(super) at: OffsetDateTime,
    pub(super) audit: &'a AuditHead,
}

#[derive(Serialize)]
struct CloudEvent<'a, D> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    r#type: &'static str,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    /// CloudEvents extension "sequence": the order in which the desk reported.
    sequence: String,
    data: &'a D,
}

impl Store {
    /// Signs a report that says `data`, and puts it into the outbox.
    pub(super) fn put_out(
        &self,
        transaction: &Transaction<'_>,
        outgoing: &Outgoing<'_>,
        settings: &ReportSettings,
        data: &impl Serialize,
    ) -> Result<(), StoreError> {
        let sequence = Self::next_sequence(transaction)?;
        let event = CloudEvent {
            specversion: "1.0",
            id: outgoing.id,
            source: format!("/desks/{}", segment(outgoing.desk)),
            r#type: outgoing.kind,
            subject: outgoing.subject,
            time: rfc3339(outgoing.at),
            datacontenttype: "application/json",
            sequence: format!("{sequence:020}"),
            data,
        };
        let payload = serde_json::to_vec(&event)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::State("the report does not serialise"))?;
        let jws = jose::sign(&self.signing(), &payload, "cloudevents+json")?;
        Self::insert_report(
            transaction,
            &NewReport {
                report_id: outgoing.id,
                session: outgoing.session,
                destinations: &settings.destinations,
                case_ref: outgoing.case_ref,
                kind: outgoing.kind,
                jws: &jws,
                sha256: &sha256(jws.as_bytes()),
                audit: outgoing.audit,
                at: outgoing.at,
            },
        )
    }
}

/// One segment of a path in a URI (RFC 3986, 2.1).
fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
