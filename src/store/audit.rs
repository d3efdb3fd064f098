//! The audit log: a hash chain that only grows.
//!
//! An entry is one line of JSON with its keys in alphabetical order and no white space; its hash
//! is SHA-256 over exactly those bytes, and the next entry names it as `previous`. Personal
//! values stand in it as HMAC-SHA-256 under a salt of the entry's own. The salts live in a table
//! apart: once purged, a digest can no longer be tried against all twelve-digit numbers, and the
//! chain still holds.

use core::fmt;
use std::collections::BTreeMap;
use std::io::Write;

use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Store, StoreError, rfc3339, to_millis};
use crate::document::Personal;

/// What the first entry names as the hash before it.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of the newest entry, noted apart from the log.
const HEAD: &str = "audit-head";
/// The kind of an entry that follows on entries which are lost.
const BROKEN: &str = "chain-broken";

/// The digest of kept evidence, as it stands with its verdict; none where it is no evidence.
pub type EvidenceDigest<'a> = &'a dyn Fn(&[u8]) -> Option<String>;

/// Something to record. Plain facts say nothing of a person.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    kind: &'static str,
    session: Option<&'a str>,
    facts: BTreeMap<&'static str, String>,
    personal: BTreeMap<&'static str, &'a Personal<String>>,
}

impl<'a> AuditEvent<'a> {
    /// An event of that kind, such as `concluded`.
    #[must_use]
    pub const fn new(kind: &'static str) -> Self {
        Self {
            kind,
            session: None,
            facts: BTreeMap::new(),
            personal: BTreeMap::new(),
        }
    }

    /// In that session.
    #[must_use]
    pub const fn session(mut self, session: &'a str) -> Self {
        self.session = Some(session);
        self
    }

    /// With a fact that says nothing of a person.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.facts.insert(name, value.to_string());
        self
    }

    /// With a personal value, recorded as a salted digest.
    #[must_use]
    pub fn personal(mut self, name: &'static str, value: &'a Personal<String>) -> Self {
        self.personal.insert(name, value);
        self
    }
}

/// The newest entry: publishing it makes every entry up to it undeniable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// How many entries there are.
    pub number: u64,
    /// SHA-256 of the newest, lower-case hex; 64 zeros before the first.
    pub hash: String,
}

/// Where the log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the audit log is broken at entry {number}: {problem}")]
pub struct ChainFault {
    /// The first entry that is wrong.
    pub number: u64,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// An entry. The fields stand in alphabetical order: so they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: String,
    facts: BTreeMap<String, String>,
    kind: String,
    number: u64,
    personal: BTreeMap<String, String>,
    previous: String,
    session: Option<String>,
}

impl Store {
    /// Records something that happened outside a conclusion: an attestation, an import, a change.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn record(&self, event: &AuditEvent<'_>) -> Result<AuditHead, StoreError> {
        self.transaction(|transaction| self.append(transaction, event))
    }

    /// The newest entry.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.read(newest)
    }

    /// Checks the whole log: every hash, every link, no number missing; the head that was noted
    /// apart; the heads that went out with reports; and each kept verdict against its digest.
    ///
    /// # Errors
    /// [`StoreError::Chain`] names the first entry that is wrong.
    pub fn audit_verify(&self) -> Result<AuditHead, StoreError> {
        self.audit_verify_against(&[], None)
    }

    /// The same, and that these entries, as somebody received them, are still what they were: who has the
    /// database's key can write the whole log anew, and not what others have. Kept evidence is read by
    /// `evidence` and compared with what was recorded of it.
    ///
    /// # Errors
    /// [`StoreError::Chain`] names the first entry that is wrong.
    pub fn audit_verify_against(
        &self,
        received: &[AuditHead],
        evidence: Option<EvidenceDigest<'_>>,
    ) -> Result<AuditHead, StoreError> {
        self.read(|connection| {
            // One transaction, as the log may grow meanwhile; one that only reads, as looking through
            // all evidence takes time and a running desk has to write.
            let transaction = &connection.unchecked_transaction()?;
            let head = verify_chain(transaction)?;
            verify_noted_head(transaction, &head)?;
            verify_published_heads(transaction)?;
            for received in received {
                verify_received(transaction, received)?;
            }
            verify_records(transaction)?;
            verify_evidence(transaction, evidence)?;
            Ok(head)
        })
    }

    /// Writes every entry as a line of JSON, `{"entry": "…", "hash": "…"}`, the first first.
    ///
    /// # Errors
    /// [`StoreError::Folder`] when `out` fails, [`StoreError`] when the database does.
    pub fn audit_export(&self, out: &mut dyn Write) -> Result<u64, StoreError> {
        #[derive(Serialize)]
        struct Line<'a> {
            entry: &'a str,
            hash: &'a str,
        }
        self.read(|connection| {
            let mut count = 0;
            each_entry(connection, |_, entry, hash| {
                count += 1;
                serde_json::to_writer(&mut *out, &Line { entry, hash })
                    .map_err(std::io::Error::from)
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(|error| StoreError::folder("export".as_ref(), &error))
            })?;
            Ok(count)
        })
    }

    /// Appends within a transaction. Where the newest entry is not the one that was noted apart, entries were
    /// cut off: what was noted is recorded first, as the note is written over.
    pub(crate) fn append(
        &self,
        transaction: &Transaction<'_>,
        event: &AuditEvent<'_>,
    ) -> Result<AuditHead, StoreError> {
        let before = newest(transaction)?;
        let noted = noted_head(transaction)?;
        if noted == before.hash {
            return self.append_after(transaction, before, event);
        }
        let lost = AuditEvent::new(BROKEN)
            .fact("lost-head", noted)
            .fact("found-number", before.number)
            .fact("found-hash", &before.hash);
        let before = self.append_after(transaction, before, &lost)?;
        self.append_after(transaction, before, event)
    }

    fn append_after(
        &self,
        transaction: &Transaction<'_>,
        before: AuditHead,
        event: &AuditEvent<'_>,
    ) -> Result<AuditHead, StoreError> {
        let number = before.number + 1;
        let at = self.now();
        self.note_leap(transaction, at)?;
        let mut salt = [0; 32];
        if !event.personal.is_empty() {
            SystemRandom::new()
                .fill(&mut salt)
                .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
        }
        let entry = Entry {
            at: rfc3339(at),
            facts: event
                .facts
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            kind: event.kind.to_owned(),
            number,
            personal: event
                .personal
                .iter()
                .map(|(name, value)| ((*name).to_owned(), salted(&salt, name, value.reveal())))
                .collect(),
            previous: before.hash,
            session: event.session.map(str::to_owned),
        };
        let text = serde_json::to_string(&entry)
            .map_err(|_| StoreError::State("an audit entry does not serialise"))?;
        let hash = hex::encode(digest(&SHA256, text.as_bytes()));
        let row = i64::try_from(number).map_err(|_| StoreError::State("the audit log is full"))?;
        transaction.execute(
            "INSERT INTO audit (number, entry, hash) VALUES (?1, ?2, ?3)",
            (row, &text, &hash),
        )?;
        if !event.personal.is_empty() {
            transaction.execute(
                "INSERT INTO audit_salts (number, salt, at) VALUES (?1, ?2, ?3)",
                (row, salt, to_millis(at)),
            )?;
        }
        let head = AuditHead { number, hash };
        super::schema::set_meta(transaction, HEAD, head.hash.as_bytes())?;
        Ok(head)
    }
}

/// The digest of a personal value: keyed by the entry's salt and bound to the field's name.
pub(super) fn salted(salt: &[u8; 32], name: &str, value: &str) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt));
    context.update(name.as_bytes());
    context.update(&[0]);
    context.update(value.as_bytes());
    hex::encode(context.sign())
}

fn newest(connection: &Connection) -> Result<AuditHead, StoreError> {
    let row = connection
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    Ok(match row {
        Some((number, hash)) => AuditHead {
            number: u64::try_from(number).unwrap_or(0),
            hash,
        },
        None => AuditHead {
            number: 0,
            hash: BEGINNING.to_owned(),
        },
    })
}

fn each_entry(
    connection: &Connection,
    mut each: impl FnMut(u64, &str, &str) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare("SELECT number, entry, hash FROM audit ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let entry: String = row.get(1)?;
        let hash: String = row.get(2)?;
        each(number, &entry, &hash)?;
    }
    Ok(())
}

fn verify_chain(connection: &Connection) -> Result<AuditHead, StoreError> {
    let mut head = AuditHead {
        number: 0,
        hash: BEGINNING.to_owned(),
    };
    each_entry(connection, |number, text, hash| {
        let expected = head.number + 1;
        let fault = |problem| {
            StoreError::from(ChainFault {
                number: expected,
                problem,
            })
        };
        if number != expected {
            return Err(fault("it is missing"));
        }
        if hex::encode(digest(&SHA256, text.as_bytes())) != hash {
            return Err(fault("its text does not have its hash"));
        }
        let entry: Entry = serde_json::from_str(text).map_err(|_| fault("it is no entry"))?;
        if entry.number != number {
            return Err(fault("it was written as another number"));
        }
        if entry.previous != head.hash {
            return Err(fault("it does not follow the entry before it"));
        }
        if entry.kind == BROKEN {
            return Err(fault(
                "entries before it were lost, as was noted when it was written",
            ));
        }
        head = AuditHead {
            number,
            hash: hash.to_owned(),
        };
        Ok(())
    })?;
    Ok(head)
}

fn noted_head(transaction: &Transaction<'_>) -> Result<String, StoreError> {
    let noted = super::schema::meta(transaction, HEAD)?;
    Ok(noted.map_or_else(
        || BEGINNING.to_owned(),
        |noted| String::from_utf8_lossy(&noted).into_owned(),
    ))
}

/// Entries cut off at the end leave a whole chain; the head noted apart tells.
fn verify_noted_head(transaction: &Transaction<'_>, head: &AuditHead) -> Result<(), StoreError> {
    if noted_head(transaction)? == head.hash {
        return Ok(());
    }
    Err(ChainFault {
        number: head.number + 1,
        problem: "entries are missing at the end",
    }
    .into())
}

fn verify_received(connection: &Connection, received: &AuditHead) -> Result<(), StoreError> {
    let number = i64::try_from(received.number).unwrap_or(i64::MAX);
    let kept: Option<String> = connection
        .query_row(
            "SELECT hash FROM audit WHERE number = ?1",
            [number],
            |row| row.get(0),
        )
        .optional()?;
    let problem = match kept {
        Some(hash) if hash.eq_ignore_ascii_case(&received.hash) => return Ok(()),
        Some(_) => "it is not the entry whose hash was received",
        None => "it was received, and is missing",
    };
    Err(ChainFault {
        number: received.number,
        problem,
    }
    .into())
}

fn verify_published_heads(connection: &Connection) -> Result<(), StoreError> {
    let broken: Option<i64> = connection
        .query_row(
            "SELECT o.audit_number FROM outbox o LEFT JOIN audit a ON a.number = o.audit_number \
             WHERE a.hash IS NOT o.audit_head ORDER BY o.audit_number LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    match broken {
        None => Ok(()),
        Some(number) => Err(ChainFault {
            number: u64::try_from(number).unwrap_or(0),
            problem: "it is not the entry whose hash was published with a report",
        }
        .into()),
    }
}

/// A verdict that was edited no longer has the digest that its entry holds. Its salt goes with it, and never
/// before.
fn verify_records(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT v.audit_number, a.entry, s.salt, v.record FROM verdicts v \
         LEFT JOIN audit a ON a.number = v.audit_number \
         LEFT JOIN audit_salts s ON s.number = v.audit_number \
         WHERE v.record IS NOT NULL ORDER BY v.audit_number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let fault = |problem| StoreError::from(ChainFault { number, problem });
        let entry = entry_of(row.get(1)?).ok_or_else(|| fault("it is no entry"))?;
        let salt: [u8; 32] = row.get::<_, Option<_>>(2)?.ok_or_else(|| {
            fault("its salt is gone, and the verdict is kept that it is to be tried against")
        })?;
        let record = Personal::new(row.get::<_, String>(3)?);
        if entry.personal.get("record") != Some(&salted(&salt, "record", record.reveal())) {
            return Err(fault(
                "the verdict kept for it is not the one that was concluded",
            ));
        }
    }
    Ok(())
}

fn entry_of(text: Option<String>) -> Option<Entry> {
    serde_json::from_str(&text?).ok()
}

/// The digest of the evidence stands with the verdict and in its entry, also when the evidence itself is gone.
fn verify_evidence(
    connection: &Connection,
    digest_of: Option<EvidenceDigest<'_>>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(
        "SELECT v.audit_number, a.entry, v.evidence_digest, iif(?1, v.evidence, NULL), \
         v.verdict = 'verified' FROM verdicts v \
         LEFT JOIN audit a ON a.number = v.audit_number ORDER BY v.audit_number",
    )?;
    let mut rows = statement.query([digest_of.is_some()])?;
    while let Some(row) = rows.next()? {
        let number = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        let fault = |problem| StoreError::from(ChainFault { number, problem });
        let entry = entry_of(row.get(1)?).ok_or_else(|| fault("it is no entry"))?;
        let digest: String = row.get(2)?;
        if entry.facts.get("evidence") != Some(&digest) {
            return Err(fault(
                "the digest of the evidence kept for it is not the one that was concluded",
            ));
        }
        let evidence = row.get::<_, Option<Vec<u8>>>(3)?.map(Zeroizing::new);
        let verified: bool = row.get(4)?;
        if let (Some(evidence), Some(digest_of)) = (evidence, digest_of)
            // Of a card that was not read there may be nothing that a digest could be made of.
            && digest_of(&evidence).map_or(verified, |found| found != digest)
        {
            return Err(fault(
                "the evidence kept for it is not what was concluded from",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
