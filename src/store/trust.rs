//! What the desk trusts, import by import. The store keeps bytes and who brought them; what they mean
//! is for [`crate::desk::trust`].

use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::Serialize;
use time::OffsetDateTime;

use super::audit::AuditEvent;
use super::{Store, StoreError, from_millis, schema, to_millis};

/// Counts the changes to what is trusted.
const GENERATION: &str = "trust-generation";
/// Longest name or reason that somebody gives, in bytes.
const MAX_TEXT: usize = 500;

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustImport {
    /// Its number.
    pub number: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who.
    pub by: String,
    /// From which file.
    pub file: String,
    /// SHA-256 of that file, lower-case hex.
    pub sha256: String,
    /// `certificates`, `crl`, `master-list`, `deviation-list`, `defect-list`, `bundle`.
    pub kind: String,
    /// Who signed the list or bundle.
    pub signer_name: Option<String>,
    /// SHA-256 of that signer's certificate or key.
    pub signer_sha256: Option<String>,
    /// Whether the signer was accepted by whoever imported, for this import and from then on.
    pub accepted: bool,
    /// SHA-256 of the pinned certificate that vouches for the signer.
    pub vouched_by: Option<String>,
    /// When the list or bundle says that it was signed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub signed_at: Option<OffsetDateTime>,
    /// When it was undone.
    #[serde(with = "time::serde::rfc3339::option")]
    pub undone_at: Option<OffsetDateTime>,
    /// By whom.
    pub undone_by: Option<String>,
    /// How many objects it brought.
    pub objects: i64,
}

/// One object that an import brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedObject {
    /// The number of its import; 0 in a new one.
    pub import: i64,
    /// `certificate`, `crl`, `list` and so on: for whoever reads it.
    pub kind: String,
    /// What it was found to be when it was imported.
    pub standing: String,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// A certificate that the operator distrusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Distrusted {
    /// SHA-256 of the certificate, lower-case hex.
    pub sha256: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who decided so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Everything that is kept about trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptTrust {
    /// Counts the changes.
    pub generation: i64,
    /// All imports, the first first.
    pub imports: Vec<TrustImport>,
    /// The objects of imports that are not undone, in the order in which they came.
    pub objects: Vec<TrustedObject>,
    /// What is distrusted.
    pub distrusted: Vec<Distrusted>,
    /// Issuer and serial number of every signer that was ever on a valid list.
    pub revoked: Vec<(String, Vec<u8>)>,
}

/// What is to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImport {
    /// As in [`TrustImport`]; number, time and what is about undoing are filled in.
    pub about: TrustImport,
    /// What it brings.
    pub objects: Vec<TrustedObject>,
    /// Revocations on its lists.
    pub revoked: Vec<(String, Vec<u8>)>,
    /// Certificates that a bundle says are distrusted, and why.
    pub distrusted: Vec<(String, String)>,
}

impl Store {
    /// Counts the changes to what is trusted: the same number, the same trust.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn trust_generation(&self) -> Result<i64, StoreError> {
        self.read(generation)
    }

    /// Everything that is kept about trust.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn trust(&self) -> Result<KeptTrust, StoreError> {
        // One transaction: an import may come in between.
        self.transaction(|transaction| {
            Ok(KeptTrust {
                generation: generation(transaction)?,
                imports: imports(transaction)?,
                objects: objects(transaction)?,
                distrusted: distrusted(transaction)?,
                revoked: revoked(transaction)?,
            })
        })
    }

    /// Keeps these imports, all or none, and records them in the audit log. `seen` is the generation
    /// on which the decision to import rests.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when trust has changed since; [`StoreError::Input`] for texts that are
    /// too long; [`StoreError`] when the database fails.
    pub fn keep_trust(&self, seen: i64, imports: &[NewImport]) -> Result<Vec<i64>, StoreError> {
        let at = to_millis(self.now());
        self.transaction(|transaction| {
            if generation(transaction)? != seen {
                return Err(StoreError::Busy);
            }
            let mut numbers = Vec::new();
            for import in imports {
                short("by", &import.about.by)?;
                short("file", &import.about.file)?;
                let number = insert(transaction, import, at)?;
                self.append(transaction, &imported(number, import))?;
                numbers.push(number);
            }
            advance(transaction)?;
            Ok(numbers)
        })
    }

    /// Takes one import back. Revocations that it brought stay.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] where there is no such import, [`StoreError::State`] where it was
    /// undone before, [`StoreError`] when the database fails.
    pub fn undo_trust(&self, number: i64, by: &str) -> Result<(), StoreError> {
        short("by", by)?;
        let at = to_millis(self.now());
        self.transaction(|transaction| {
            let undone: Option<i64> = transaction
                .query_row(
                    "SELECT undone_at FROM trust_imports WHERE number = ?1",
                    [number],
                    |row| row.get(0),
                )
                .optional()?
                .ok_or(StoreError::Unknown { kind: "import" })?;
            if undone.is_some() {
                return Err(StoreError::State("the import was undone before"));
            }
            transaction.execute(
                "UPDATE trust_imports SET undone_at = ?2, undone_by = ?3 WHERE number = ?1",
                (number, at, by),
            )?;
            let event = AuditEvent::new("trust-undone").fact("import", number);
            self.append(transaction, &event.fact("by", by))?;
            advance(transaction)
        })
    }

    /// Takes trust from the certificate with that SHA-256, whatever brings it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn distrust(&self, sha256: &str, by: &str, reason: &str) -> Result<(), StoreError> {
        for (field, text) in [("by", by), ("reason", reason)] {
            short(field, text)?;
        }
        let at = to_millis(self.now());
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO trust_distrusted (sha256, at, by, reason) \
                 VALUES (?1, ?2, ?3, ?4)",
                (sha256, at, by, reason),
            )?;
            let event = AuditEvent::new("trust-withdrawn").fact("sha256", sha256);
            self.append(transaction, &event.fact("by", by).fact("reason", reason))?;
            advance(transaction)
        })
    }

    /// Gives trust back to a certificate that was distrusted, as far as anything brings it.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] where it was not distrusted; [`StoreError`].
    pub fn restore_trust(&self, sha256: &str, by: &str) -> Result<(), StoreError> {
        short("by", by)?;
        self.transaction(|transaction| {
            let gone =
                transaction.execute("DELETE FROM trust_distrusted WHERE sha256 = ?1", [sha256])?;
            if gone == 0 {
                return Err(StoreError::Unknown {
                    kind: "distrusted certificate",
                });
            }
            let event = AuditEvent::new("trust-restored").fact("sha256", sha256);
            self.append(transaction, &event.fact("by", by))?;
            advance(transaction)
        })
    }
}

fn imported(number: i64, import: &NewImport) -> AuditEvent<'static> {
    let about = &import.about;
    let mut event = AuditEvent::new("trust-imported")
        .fact("import", number)
        .fact("by", &about.by)
        .fact("kind", &about.kind)
        .fact("sha256", &about.sha256)
        .fact("objects", import.objects.len());
    if let Some(signer) = &about.signer_sha256 {
        event = event
            .fact("signer", signer)
            .fact("accepted", about.accepted);
    }
    event
}

fn short(field: &'static str, text: &str) -> Result<(), StoreError> {
    if (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let problem = "must be 1 to 500 bytes without control characters";
    Err(StoreError::Input { field, problem })
}

fn generation(connection: &Connection) -> Result<i64, StoreError> {
    let kept = schema::meta(connection, GENERATION)?;
    let bytes = kept.and_then(|value| <[u8; 8]>::try_from(value.as_slice()).ok());
    Ok(bytes.map_or(0, i64::from_be_bytes))
}

pub(super) fn advance(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let next = generation(transaction)?.saturating_add(1);
    schema::set_meta(transaction, GENERATION, &next.to_be_bytes())
}

fn insert(transaction: &Transaction<'_>, import: &NewImport, at: i64) -> Result<i64, StoreError> {
    let about = &import.about;
    transaction.execute(
        "INSERT INTO trust_imports (at, by, file, sha256, kind, signer_name, signer_sha256, \
         accepted, vouched_by, signed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (
            at,
            &about.by,
            &about.file,
            &about.sha256,
            &about.kind,
            &about.signer_name,
            &about.signer_sha256,
            about.accepted,
            &about.vouched_by,
            about.signed_at.map(to_millis),
        ),
    )?;
    let number = transaction.last_insert_rowid();
    let mut statement = transaction.prepare_cached(
        "INSERT INTO trust_objects (import, sequence, kind, standing, sha256, content) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (sequence, object) in (0_i64..).zip(&import.objects) {
        statement.execute((
            number,
            sequence,
            &object.kind,
            &object.standing,
            &object.sha256,
            &object.content,
        ))?;
    }
    let mut statement = transaction.prepare_cached(
        "INSERT OR IGNORE INTO trust_revoked (issuer, serial, since) VALUES (?1, ?2, ?3)",
    )?;
    for (issuer, serial) in &import.revoked {
        statement.execute((issuer, serial, at))?;
    }
    for (sha256, reason) in &import.distrusted {
        transaction.execute(
            "INSERT OR IGNORE INTO trust_distrusted (sha256, at, by, reason) VALUES (?1, ?2, ?3, ?4)",
            (sha256, at, format!("import {number}"), reason),
        )?;
    }
    Ok(number)
}

fn imports(transaction: &Transaction<'_>) -> Result<Vec<TrustImport>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT number, at, by, file, sha256, kind, signer_name, signer_sha256, accepted, \
         vouched_by, signed_at, undone_at, undone_by, \
         (SELECT count(*) FROM trust_objects WHERE import = number) \
         FROM trust_imports ORDER BY number",
    )?;
    let time = |millis: Option<i64>| millis.map(from_millis);
    let rows = statement.query_map([], |row| {
        Ok(TrustImport {
            number: row.get(0)?,
            at: from_millis(row.get(1)?),
            by: row.get(2)?,
            file: row.get(3)?,
            sha256: row.get(4)?,
            kind: row.get(5)?,
            signer_name: row.get(6)?,
            signer_sha256: row.get(7)?,
            accepted: row.get(8)?,
            vouched_by: row.get(9)?,
            signed_at: time(row.get(10)?),
            undone_at: time(row.get(11)?),
            undone_by: row.get(12)?,
            objects: row.get(13)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn objects(transaction: &Transaction<'_>) -> Result<Vec<TrustedObject>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT import, kind, standing, trust_objects.sha256, content FROM trust_objects \
         JOIN (SELECT number, undone_at FROM trust_imports) ON number = import \
         WHERE undone_at IS NULL ORDER BY import, sequence",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(TrustedObject {
            import: row.get(0)?,
            kind: row.get(1)?,
            standing: row.get(2)?,
            sha256: row.get(3)?,
            content: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn distrusted(transaction: &Transaction<'_>) -> Result<Vec<Distrusted>, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT sha256, at, by, reason FROM trust_distrusted ORDER BY at, sha256",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Distrusted {
            sha256: row.get(0)?,
            at: from_millis(row.get(1)?),
            by: row.get(2)?,
            reason: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn revoked(transaction: &Transaction<'_>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut statement = transaction
        .prepare_cached("SELECT issuer, serial FROM trust_revoked ORDER BY issuer, serial")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
