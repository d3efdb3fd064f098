//! What a restored copy takes over from the database that it replaces. Nothing is taken back by it: what either
//! of the two knows as paid, undone, withdrawn, revoked or distrusted is so afterwards. The database that is
//! replaced is attached, and read alone: what it holds of people goes from file to file.

use rusqlite::Transaction;

use super::audit::{AuditEvent, AuditHead};
use super::{StoreError, signing, trust};

/// The name under which the database that is replaced is attached.
pub(super) const REPLACED: &str = "replaced";
/// So far ahead reports are numbered where nobody knows how far they were.
const LEAP: i64 = 1_000_000;

/// What a copy took over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The newest entry of the audit log that is replaced.
    pub head: AuditHead,
    /// Whether the copy is an earlier state of what it replaces: else there may be payments that neither
    /// of the two knows.
    pub continued: bool,
    /// Whether payments were held in what is replaced: what it lacked nobody has said since.
    pub held: bool,
    /// Payments since the copy.
    pub payments: usize,
    /// Payments that were undone since.
    pub undone: usize,
    /// Payments that have no place in the copy.
    pub unplaced: usize,
    /// Lists of payees that came since, or were withdrawn.
    pub lists: usize,
    /// Tokens, authorisations and certificates that were revoked or distrusted since, and imports of trust
    /// that were undone.
    pub revocations: usize,
}

impl Carried {
    /// Whether every payment since the copy was made is known.
    #[must_use]
    pub const fn all_known(&self) -> bool {
        self.continued && self.unplaced == 0 && !self.held
    }

    /// As facts of an audit entry.
    pub(super) fn told<'a>(&self, event: AuditEvent<'a>) -> AuditEvent<'a> {
        event
            .fact("replaced-number", self.head.number)
            .fact("replaced-hash", &self.head.hash)
            .fact("continued", self.continued)
            .fact("held-before", self.held)
            .fact("payments", self.payments)
            .fact("undone", self.undone)
            .fact("unplaced", self.unplaced)
            .fact("lists", self.lists)
            .fact("revocations", self.revocations)
    }
}

/// Takes over what has to outlive a restoring from the attached database.
pub(super) fn carry(transaction: &Transaction<'_>) -> Result<Carried, StoreError> {
    let head = transaction.query_row(
        "SELECT number, hash FROM replaced.audit ORDER BY number DESC LIMIT 1",
        [],
        |row| {
            Ok(AuditHead {
                number: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                hash: row.get(1)?,
            })
        },
    )?;
    let continued = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.audit m JOIN replaced.audit r ON r.number = m.number \
         AND r.hash = m.hash WHERE m.number = (SELECT max(number) FROM main.audit))",
        [],
        |row| row.get(0),
    )?;
    let held = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM replaced.meta WHERE name = ?1)",
        [super::restoring::HELD],
        |row| row.get(0),
    )?;
    let lists = payee_lists(transaction)?;
    let (payments, undone, unplaced) = payments(transaction)?;
    let carried = Carried {
        head,
        continued,
        held,
        payments,
        undone,
        unplaced,
        lists,
        revocations: revocations(transaction)?,
    };
    signing::take_over(transaction)?;
    number_on(transaction)?;
    Ok(carried)
}

/// Lists that came or were withdrawn since, and a table of which list and entry there is which here.
fn payee_lists(transaction: &Transaction<'_>) -> Result<usize, StoreError> {
    let withdrawn = transaction.execute(
        "UPDATE main.payee_lists SET withdrawn_at = r.withdrawn_at, withdrawn_by = r.withdrawn_by, \
         withdrawn_reason = r.withdrawn_reason FROM replaced.payee_lists r \
         WHERE r.sha256 = payee_lists.sha256 AND r.imported_at = payee_lists.imported_at \
         AND r.withdrawn_at IS NOT NULL AND payee_lists.withdrawn_at IS NULL",
        [],
    )?;
    let columns = "id, issuer, pay_from, pay_until, signer, sha256, entries, total, imported_at, \
                   imported_by, withdrawn_at, withdrawn_by, withdrawn_reason";
    let came = transaction.execute(
        &format!(
            "INSERT INTO main.payee_lists ({columns}) SELECT {columns} FROM replaced.payee_lists r \
             WHERE NOT EXISTS (SELECT 1 FROM main.payee_lists m WHERE m.sha256 = r.sha256 \
             AND m.imported_at = r.imported_at) AND (r.withdrawn_at IS NOT NULL OR NOT EXISTS \
             (SELECT 1 FROM main.payee_lists m WHERE m.withdrawn_at IS NULL \
             AND (m.id = r.id OR m.sha256 = r.sha256))) ORDER BY r.list"
        ),
        [],
    )?;
    transaction.execute_batch(
        "DROP TABLE IF EXISTS temp.placed_lists; DROP TABLE IF EXISTS temp.placed;
         CREATE TEMP TABLE placed_lists AS SELECT r.list AS there, coalesce(
             (SELECT m.list FROM main.payee_lists m WHERE m.sha256 = r.sha256
                 AND m.imported_at = r.imported_at),
             (SELECT m.list FROM main.payee_lists m WHERE m.sha256 = r.sha256
                 AND m.withdrawn_at IS NULL)) AS here FROM replaced.payee_lists r;
         INSERT INTO main.payee_entries (list, id, line, number, name, birth_date, period, amount)
             SELECT p.here, e.id, e.line, e.number, e.name, e.birth_date, e.period, e.amount
             FROM temp.placed_lists p JOIN replaced.payee_entries e ON e.list = p.there
             WHERE NOT EXISTS (SELECT 1 FROM main.payee_entries m WHERE m.list = p.here AND m.id = e.id)
             AND p.here IS NOT NULL ORDER BY e.entry;
         CREATE TEMP TABLE placed (there INTEGER PRIMARY KEY, here INTEGER NOT NULL);
         INSERT INTO temp.placed SELECT e.entry, m.entry FROM temp.placed_lists p
             JOIN replaced.payee_entries e ON e.list = p.there
             JOIN main.payee_entries m ON m.list = p.here AND m.id = e.id;
         -- Whose entry was forgotten there is not remembered here.
         UPDATE main.payee_entries SET number = NULL, name = NULL, birth_date = NULL
             WHERE number IS NOT NULL AND entry IN (SELECT p.here FROM temp.placed p
             JOIN replaced.payee_entries e ON e.entry = p.there WHERE e.number IS NULL);",
    )?;
    Ok(withdrawn + came)
}

/// How many payments came, how many were undone, and how many have no place here.
fn payments(transaction: &Transaction<'_>) -> Result<(usize, usize, usize), StoreError> {
    let undone = transaction.execute(
        "UPDATE main.payee_claims SET undone_at = r.undone_at, undone_by = r.undone_by, \
         undone_reason = r.undone_reason, synced = r.synced FROM replaced.payee_claims r \
         WHERE r.id = payee_claims.id AND r.undone_at IS NOT NULL AND payee_claims.undone_at IS NULL",
        [],
    )?;
    let columns = "kind, session, authorisation, amount, desk, clerk, at, reason, test, remote, synced, \
                   undone_at, undone_by, undone_reason, case_ref";
    // Where another payment stands here, the entry was paid twice.
    let payments = transaction.execute(
        &format!(
            "INSERT OR IGNORE INTO main.payee_claims (id, entry, {columns}) SELECT r.id, p.here, {columns} \
             FROM replaced.payee_claims r JOIN temp.placed p ON p.there = r.entry \
             WHERE r.id NOT IN (SELECT id FROM main.payee_claims) ORDER BY r.at, r.rowid"
        ),
        [],
    )?;
    transaction.execute_batch(
        "INSERT OR IGNORE INTO main.payee_conflicts (claim, standing, entry, kind, amount, desk, clerk, at,
             basis, test, noted_at)
             SELECT r.id, s.id, p.here, r.kind, r.amount, r.desk, r.clerk, r.at,
             coalesce(r.session, r.reason), r.test, r.at FROM replaced.payee_claims r
             JOIN temp.placed p ON p.there = r.entry
             JOIN main.payee_claims s ON s.entry = p.here AND s.undone_at IS NULL
             WHERE r.undone_at IS NULL AND r.id NOT IN (SELECT id FROM main.payee_claims);
         INSERT OR IGNORE INTO main.payee_conflicts (claim, standing, entry, kind, amount, desk, clerk, at,
             basis, test, noted_at)
             SELECT x.claim, x.standing, p.here, x.kind, x.amount, x.desk, x.clerk, x.at, x.basis, x.test,
             x.noted_at FROM replaced.payee_conflicts x JOIN temp.placed p ON p.there = x.entry
             WHERE x.standing IN (SELECT id FROM main.payee_claims);
         DELETE FROM main.payee_conflicts WHERE claim IN (SELECT id FROM main.payee_claims);
         INSERT OR IGNORE INTO main.payee_resolutions (undone, kept, noted_at, resolved_at)
             SELECT undone, kept, noted_at, resolved_at FROM replaced.payee_resolutions
             WHERE undone IN (SELECT id FROM main.payee_claims)
             AND kept IN (SELECT id FROM main.payee_claims);",
    )?;
    let unplaced: i64 = transaction.query_row(
        "SELECT count(*) FROM replaced.payee_claims WHERE undone_at IS NULL \
         AND id NOT IN (SELECT id FROM main.payee_claims) \
         AND id NOT IN (SELECT claim FROM main.payee_conflicts)",
        [],
        |row| row.get(0),
    )?;
    transaction.execute_batch("DROP TABLE temp.placed; DROP TABLE temp.placed_lists;")?;
    Ok((payments, undone, usize::try_from(unplaced).unwrap_or(0)))
}

/// How many tokens, authorisations, certificates and imports do not count any more.
fn revocations(transaction: &Transaction<'_>) -> Result<usize, StoreError> {
    let mut count = 0;
    for change in [
        "UPDATE main.tokens SET revoked_at = r.revoked_at FROM replaced.tokens r WHERE r.id = tokens.id \
         AND r.revoked_at IS NOT NULL AND tokens.revoked_at IS NULL",
        "UPDATE main.payee_authorisations SET revoked_at = r.revoked_at, revoked_by = r.revoked_by \
         FROM replaced.payee_authorisations r WHERE r.id = payee_authorisations.id \
         AND r.revoked_at IS NOT NULL AND payee_authorisations.revoked_at IS NULL",
        "UPDATE main.trust_imports SET undone_at = r.undone_at, undone_by = r.undone_by \
         FROM replaced.trust_imports r WHERE r.number = trust_imports.number AND r.at = trust_imports.at \
         AND r.sha256 = trust_imports.sha256 AND r.undone_at IS NOT NULL \
         AND trust_imports.undone_at IS NULL",
        "INSERT OR IGNORE INTO main.trust_distrusted (sha256, at, by, reason) \
         SELECT sha256, at, by, reason FROM replaced.trust_distrusted",
        "INSERT OR IGNORE INTO main.trust_revoked (issuer, serial, since) \
         SELECT issuer, serial, since FROM replaced.trust_revoked",
    ] {
        count += transaction.execute(change, [])?;
    }
    trust::advance(transaction)?;
    Ok(count)
}

/// Whatever is numbered goes on from the higher of the two numbers.
fn number_on(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute_batch(
        "UPDATE main.sqlite_sequence SET seq = max(sqlite_sequence.seq, r.seq) FROM
             (SELECT name AS of, seq FROM replaced.sqlite_sequence) r WHERE r.of = sqlite_sequence.name;
         INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM replaced.sqlite_sequence
             WHERE name NOT IN (SELECT name FROM main.sqlite_sequence);",
    )?;
    Ok(())
}

/// Reports are numbered from so far ahead that no number comes twice.
pub(super) fn leap(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', 0 \
         WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'outbox')",
        [],
    )?;
    transaction.execute(
        "UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'outbox'",
        [LEAP],
    )?;
    Ok(())
}
