//! A copy of what is kept of a person, for them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, rfc3339};
use super::{Shows, entries_that_name, holder, reports_of, sessions_by_record};
use crate::document::{Personal, PersonalNumber};

impl Store {
    /// Everything that is kept of a person, as a JSON object; of enrolled fingers which, when and until
    /// when, of evidence its digest and length, of another person nothing: not in an authorisation, not in a
    /// report, and of a session to which another came when, what for and how it ended. The export is an
    /// audit entry. `by` says who made it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn subject_export(
        &self,
        number: &PersonalNumber,
        by: &str,
        shows: Shows<'_>,
    ) -> Result<Personal<String>, StoreError> {
        let by_evidence = self.sessions_by_evidence(number, shows)?;
        let at = self.now();
        self.transaction(|transaction| {
            let holder = holder(transaction, number)?;
            let mut sessions = sessions_by_record(transaction, number)?;
            sessions.extend(by_evidence.iter().cloned());
            let visits = visits(transaction, number, &sessions, &by_evidence)?;
            let reports = reports_of(transaction, &visits.own, number)?;
            let everything = json!({
                "personal_number": number.reveal(),
                "exported_at": rfc3339(at),
                "sessions": visits.told,
                "named_in": visits.others,
                "reports": of_reports(transaction, number, &reports)?,
                "enrolled_fingers": of_fingers(transaction, &holder)?,
                "remembered_chips": of_chips(transaction, &holder)?,
                "payee_entries": of_entries(transaction, number)?,
                "authorisations": of_authorisations(transaction, number)?,
                "audit_entries": of_audit(transaction, number)?,
                "pending_erasures": of_erasures(transaction, &holder)?,
            });
            let event = AuditEvent::new("person-exported")
                .fact("by", by)
                .fact("sessions", sessions.len())
                .personal("personal-number", number.personal());
            self.append(transaction, &event)?;
            serde_json::to_string_pretty(&everything)
                .map(Personal::new)
                .map_err(|_| StoreError::State("the export does not serialise"))
        })
    }
}

fn time(millis: i64) -> String {
    rfc3339(from_millis(millis))
}

fn json_of(text: Option<String>) -> Value {
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null)
}

/// Sessions in which a number came up.
#[derive(Default)]
struct Visits {
    /// Those to which the person came with their card.
    own: BTreeSet<String>,
    /// Each of these, told.
    told: Vec<Value>,
    /// Those to which another came while the person's number was expected or printed: nothing of the other.
    others: Vec<Value>,
}

fn visits(
    connection: &Connection,
    number: &PersonalNumber,
    sessions: &BTreeSet<String>,
    by_evidence: &BTreeSet<String>,
) -> Result<Visits, StoreError> {
    let mut statement = connection.prepare(
        "SELECT purpose, case_ref, desk, verdict, reason, test, policy, concluded_at, record, \
         evidence_digest, length(evidence) FROM verdicts WHERE session = ?1",
    )?;
    let mut visits = Visits::default();
    for session in sessions {
        let mut rows = statement.query([session])?;
        let Some(row) = rows.next()? else { continue };
        let mut record = json_of(row.get(8)?);
        let named_as = named_as(&record, number);
        // Of whom no number was confirmed, the chip's files tell, or what a check met on the chip.
        let own = match record.get("personal_number").and_then(Value::as_str) {
            Some(confirmed) => confirmed == number.reveal(),
            None => by_evidence.contains(session) || named_as.contains("chip"),
        };
        let (purpose, verdict) = (row.get::<_, String>(0)?, row.get::<_, String>(3)?);
        let concluded_at = time(row.get(7)?);
        if !own {
            visits.others.push(json!({
                "purpose": purpose,
                "verdict": verdict,
                "concluded_at": concluded_at,
                "named_as": named_as,
            }));
            continue;
        }
        hide_others(&mut record, number);
        visits.own.insert(session.clone());
        visits.told.push(json!({
            "session": session,
            "purpose": purpose,
            "case_ref": row.get::<_, Option<String>>(1)?,
            "desk": row.get::<_, String>(2)?,
            "verdict": verdict,
            "reason": row.get::<_, Option<String>>(4)?,
            "test": row.get::<_, bool>(5)?,
            "policy": row.get::<_, String>(6)?,
            "concluded_at": concluded_at,
            "record": record,
            "evidence": {
                "digest": row.get::<_, String>(9)?,
                "bytes": row.get::<_, Option<i64>>(10)?,
            },
        }));
    }
    Ok(visits)
}

/// As what the checks of a record name the number: `expected` by a dossier, `printed`, or on the `chip`.
fn named_as(record: &Value, number: &PersonalNumber) -> BTreeSet<String> {
    let checks = record.get("checks").and_then(Value::as_array);
    let facts = checks.into_iter().flatten();
    let facts = facts.filter_map(|check| check.get("facts")?.as_object());
    facts
        .flatten()
        .filter(|(_, fact)| fact.as_str() == Some(number.reveal()))
        .map(|(name, _)| name.clone())
        .collect()
}

/// What a person's own card was compared with and differs is perhaps another's, and so is any other number.
fn hide_others(record: &mut Value, number: &PersonalNumber) {
    let checks = record.get_mut("checks").and_then(Value::as_array_mut);
    let facts = checks.into_iter().flatten();
    let facts = facts.filter_map(|check| check.get_mut("facts")?.as_object_mut());
    for (name, fact) in facts.flatten() {
        let text = fact.as_str().unwrap_or_default();
        let of_another = || PersonalNumber::parse(text).is_ok() && text != number.reveal();
        if matches!(name.as_str(), "expected" | "printed") || of_another() {
            *fact = Value::Null;
        }
    }
}

/// The payload of a JSON Web Signature in its compact form (RFC 7515, 7.1).
fn payload(jws: Option<String>) -> Value {
    let text = jws.and_then(|jws| {
        let bytes = URL_SAFE_NO_PAD.decode(jws.split('.').nth(1)?).ok()?;
        String::from_utf8(bytes).ok()
    });
    json_of(text)
}

/// A report of a payment names the payee and whoever took the money: of the two, this person alone. What a
/// case system had on record is this person's where their number links it, or nothing in it says otherwise.
pub(super) fn without_others(mut content: Value, number: &PersonalNumber) -> Value {
    for who in ["payee", "representative"] {
        let Some(named) = content.pointer_mut(&format!("/data/{who}")) else {
            continue;
        };
        if named.get("personal_number").and_then(Value::as_str) != Some(number.reveal()) {
            *named = Value::Null;
        }
    }
    let confirmed = content.pointer("/data/personal_number");
    let own = confirmed.and_then(Value::as_str) == Some(number.reveal());
    let fields = content.pointer_mut("/data/reconciliation");
    if let Some(fields) = fields.and_then(Value::as_array_mut)
        && !(own && linked(fields))
    {
        for field in fields.iter_mut().filter_map(Value::as_object_mut) {
            field.insert("on_record".to_owned(), Value::Null);
        }
    }
    content
}

/// Whether a compared record is that of the person with the card.
fn linked(fields: &[Value]) -> bool {
    let difference = |field: &Value| field.get("difference")?.as_str().map(str::to_owned);
    let mut fields = fields.iter();
    let by_number = fields
        .clone()
        .find(|field| field.get("field").and_then(Value::as_str) == Some("personal_number"));
    match by_number.map(difference) {
        Some(how) => matches!(how.as_deref(), Some("same" | "old-number-linked")),
        None => fields.all(|field| difference(field).as_deref() != Some("other")),
    }
}

fn of_reports(
    connection: &Connection,
    number: &PersonalNumber,
    reports: &BTreeSet<String>,
) -> Result<Vec<Value>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT o.session, o.kind, d.state, o.created_at, r.receipt_id, r.received_at, o.jws, d.destination, \
         o.sequence FROM outbox o JOIN deliveries d ON d.report_id = o.report_id \
         LEFT JOIN receipts r ON r.report_id = d.report_id AND r.destination = d.destination \
         WHERE o.report_id = ?1 ORDER BY o.sequence, d.destination",
    )?;
    let mut found = Vec::new();
    for report in reports {
        let rows = statement.query_map([report], |row| {
            let told = json!({
                "session": row.get::<_, Option<String>>(0)?,
                "report_id": report,
                "kind": row.get::<_, String>(1)?,
                "destination": row.get::<_, String>(7)?,
                "state": row.get::<_, String>(2)?,
                "created_at": time(row.get(3)?),
                "receipt_id": row.get::<_, Option<String>>(4)?,
                "received_at": row.get::<_, Option<String>>(5)?,
                "content": without_others(payload(row.get(6)?), number),
            });
            Ok((row.get::<_, i64>(8)?, told))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    // In the order in which they were made: identifiers of one millisecond stand in none.
    found.sort_by_key(|(sequence, _)| *sequence);
    Ok(found.into_iter().map(|(_, told)| told).collect())
}

fn of_fingers(transaction: &Transaction<'_>, holder: &str) -> Result<Vec<Value>, StoreError> {
    let mut statement = transaction.prepare(
        "SELECT finger, sensor, algorithm, enrolled_at, expires_at FROM fingers WHERE holder = ?1",
    )?;
    let rows = statement.query_map([holder], |row| {
        Ok(json!({
            "finger": row.get::<_, String>(0)?,
            "sensor": row.get::<_, String>(1)?,
            "algorithm": row.get::<_, String>(2)?,
            "enrolled_at": time(row.get(3)?),
            "expires_at": time(row.get(4)?),
        }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_chips(transaction: &Transaction<'_>, holder: &str) -> Result<Vec<Value>, StoreError> {
    let mut statement = transaction
        .prepare("SELECT chip, issued, seen_at FROM chips WHERE number = ?1 ORDER BY seen_at")?;
    let rows = statement.query_map([holder], |row| {
        Ok(json!({
            "key_digest": row.get::<_, String>(0)?,
            "issued": row.get::<_, Option<String>>(1)?,
            "seen_at": time(row.get(2)?),
        }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_entries(connection: &Connection, number: &PersonalNumber) -> Result<Vec<Value>, StoreError> {
    let mut claims = connection.prepare(
        "SELECT id, kind, amount, desk, at, reason, undone_at, undone_reason FROM payee_claims \
         WHERE entry = ?1 ORDER BY at",
    )?;
    let mut statement = connection.prepare(
        "SELECT e.entry, l.id, l.issuer, e.id, e.name, e.birth_date, e.period, e.amount \
         FROM payee_entries e JOIN payee_lists l ON l.list = e.list WHERE e.number = ?1 ORDER BY e.entry",
    )?;
    let mut rows = statement.query([number.reveal()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let paid = claims.query_map([row.get::<_, i64>(0)?], |row| {
            Ok(json!({
                "claim": row.get::<_, String>(0)?,
                "kind": row.get::<_, String>(1)?,
                "amount": row.get::<_, i64>(2)?,
                "desk": row.get::<_, String>(3)?,
                "at": time(row.get(4)?),
                "reason": row.get::<_, Option<String>>(5)?,
                "undone_at": row.get::<_, Option<i64>>(6)?.map(time),
                "undone_reason": row.get::<_, Option<String>>(7)?,
            }))
        })?;
        let paid = paid.collect::<Result<Vec<_>, _>>()?;
        found.push(json!({
            "list": row.get::<_, String>(1)?,
            "issuer": row.get::<_, String>(2)?,
            "entry": row.get::<_, String>(3)?,
            "name": row.get::<_, Option<String>>(4)?,
            "birth_date": row.get::<_, Option<String>>(5)?,
            "period": row.get::<_, String>(6)?,
            "amount": row.get::<_, i64>(7)?,
            "claims": paid,
        }));
    }
    Ok(found)
}

fn of_authorisations(
    connection: &Connection,
    number: &PersonalNumber,
) -> Result<Vec<Value>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id, iif(representative = ?1, 'representative', 'payee'), kind, document, valid_until, \
         added_at, revoked_at FROM payee_authorisations WHERE representative = ?1 OR payee = ?1 \
         ORDER BY added_at",
    )?;
    let rows = statement.query_map([number.reveal()], |row| {
        Ok(json!({
            "authorisation": row.get::<_, String>(0)?,
            "as": row.get::<_, String>(1)?,
            "kind": row.get::<_, String>(2)?,
            "document": row.get::<_, Option<String>>(3)?,
            "valid_until": row.get::<_, String>(4)?,
            "added_at": time(row.get(5)?),
            "revoked_at": row.get::<_, Option<i64>>(6)?.map(time),
        }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_audit(connection: &Connection, number: &PersonalNumber) -> Result<Vec<Value>, StoreError> {
    let naming = entries_that_name(connection, number)?;
    Ok(naming
        .into_iter()
        .map(|naming| {
            let entry = json_of(Some(naming.text));
            json!({
                "number": naming.number,
                "named_as": naming.fields,
                "at": entry.get("at"),
                "kind": entry.get("kind"),
                "session": entry.get("session"),
                "facts": entry.get("facts"),
            })
        })
        .collect())
}

fn of_erasures(transaction: &Transaction<'_>, holder: &str) -> Result<Vec<Value>, StoreError> {
    let mut statement = transaction.prepare(
        "SELECT kind, reference, asked_at FROM pending_erasures WHERE holder = ?1 ORDER BY asked_at",
    )?;
    let rows = statement.query_map([holder], |row| {
        Ok(json!({
            "kind": row.get::<_, String>(0)?,
            "reference": row.get::<_, String>(1)?,
            "asked_at": time(row.get(2)?),
        }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
