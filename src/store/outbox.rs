//! Signed reports and where they stand. What a deliverer does with them is [`super::deliveries`]'.
//!
//! # Layout
//! - here: what there is
//! - `by_hand`: what people do about it

mod by_hand;

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use time::OffsetDateTime;

use super::audit::AuditHead;
use super::{Store, StoreError, from_millis, to_millis};

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// It will be sent, or sent again.
    Waiting,
    /// Its receipt is stored.
    Delivered,
    /// The case system refused it for good; it is kept and can be retried by hand.
    Refused,
}

impl OutboxState {
    fn parse(name: &str) -> Result<Self, StoreError> {
        match name {
            "waiting" => Ok(Self::Waiting),
            "delivered" => Ok(Self::Delivered),
            "refused" => Ok(Self::Refused),
            _ => Err(StoreError::State("the outbox holds an unknown state")),
        }
    }
}

/// Where reports go. Each has its own way, its own pace and its own receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// The office's case system, over HTTPS.
    CaseSystem,
    /// The fleet's stream, over NATS JetStream.
    Fleet,
}

impl Destination {
    /// All of them; whatever a session shows of its report is told of the first that is configured.
    pub const ALL: [Self; 2] = [Self::CaseSystem, Self::Fleet];

    /// `case-system` or `fleet`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaseSystem => "case-system",
            Self::Fleet => "fleet",
        }
    }

    /// The destination of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|destination| destination.name() == name)
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        Self::by_name(name).ok_or(StoreError::State("the outbox holds an unknown destination"))
    }
}

/// A report on its way to one destination, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxEntry {
    /// The report's identifier and idempotency key.
    pub report_id: String,
    /// Where it goes.
    pub destination: Destination,
    /// The session that it reports; none where it is about no session.
    pub session: Option<String>,
    /// The case that it belongs to.
    pub case_ref: Option<String>,
    /// `identity.confirmed` and so on.
    pub kind: String,
    /// Where it stands.
    pub state: OutboxState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it will be sent; null once it is delivered or refused.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_attempt: Option<OffsetDateTime>,
    /// The HTTP status of the last answer.
    pub status: Option<u16>,
    /// Why the last attempt failed, a stable code.
    pub reason: Option<String>,
    /// The case system's receipt.
    pub receipt_id: Option<String>,
    /// SHA-256 of the signed report, lower-case hex.
    pub sha256: String,
}

/// How many reports stand where, a report counted once for each destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutboxCounts {
    /// To be sent.
    pub waiting: u64,
    /// With their receipt.
    pub delivered: u64,
    /// Refused for good.
    pub refused: u64,
}

/// A report that is to be put into the outbox.
pub(crate) struct NewReport<'a> {
    pub(crate) report_id: &'a str,
    pub(crate) session: Option<&'a str>,
    pub(crate) destinations: &'a [Destination],
    pub(crate) case_ref: Option<&'a str>,
    pub(crate) kind: &'static str,
    pub(crate) jws: &'a str,
    pub(crate) sha256: &'a str,
    pub(crate) audit: &'a AuditHead,
    pub(crate) at: OffsetDateTime,
}

const COLUMNS: &str = "o.report_id, o.session, o.case_ref, o.kind, d.state, d.attempts, o.created_at, \
     d.next_attempt, d.status, d.reason, r.receipt_id, o.sha256, d.destination \
     FROM outbox o JOIN deliveries d ON d.report_id = o.report_id \
     LEFT JOIN receipts r ON r.report_id = d.report_id AND r.destination = d.destination";
/// Reports that some destination has not taken.
pub(super) const UNDELIVERED: &str = "SELECT report_id FROM deliveries WHERE state <> 'delivered'";

impl Store {
    /// A new identifier: a ULID of the store's clock and 80 random bits.
    ///
    /// # Errors
    /// [`StoreError::Crypto`] when the system gives no random bytes.
    pub fn new_id(&self) -> Result<String, StoreError> {
        let mut bytes = [0; 16];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
        let millis = u64::try_from(to_millis(self.now())).unwrap_or(0);
        Ok(ulid::Ulid::from_parts(millis, u128::from_be_bytes(bytes)).to_string())
    }

    /// Everything that has no receipt: what waits in the order of sending, and what was refused.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} WHERE d.state <> 'delivered' ORDER BY o.sequence, d.destination"
            ))?;
            let mut rows = statement.query([])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(entry(row)?);
            }
            Ok(entries)
        })
    }

    /// The first report of a session on its way to the first of its destinations, whatever became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn report_of(&self, session: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.one("o.session", session)
    }

    /// One report by its identifier, on its way to the first of its destinations.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_entry(&self, report_id: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.one("o.report_id", report_id)
    }

    fn one(&self, column: &'static str, value: &str) -> Result<Option<OutboxEntry>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} WHERE {column} = ?1 ORDER BY o.sequence, d.destination LIMIT 1"
            ))?;
            let mut rows = statement.query([value])?;
            rows.next()?.map(entry).transpose()
        })
    }

    /// How many reports are still to be sent, at the destination that lacks most. What was refused for good
    /// waits for a person and not for the destination: it does not count.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn waiting(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let most: i64 = connection
                .prepare_cached(
                    "SELECT coalesce(max(waiting), 0) FROM (SELECT count(*) AS waiting FROM deliveries \
                     WHERE state = 'waiting' GROUP BY destination)",
                )?
                .query_row([], |row| row.get(0))?;
            Ok(u64::try_from(most).unwrap_or(0))
        })
    }

    /// How many reports a destination has not taken, be it that they wait or that it refused them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn undelivered_to(&self, destination: Destination) -> Result<u64, StoreError> {
        self.read(|connection| {
            let count: i64 = connection
                .prepare_cached(
                    "SELECT count(*) FROM deliveries WHERE destination = ?1 \
                     AND state IN ('waiting', 'refused')",
                )?
                .query_row([destination.name()], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Identifiers of all reports that were made for a destination, whatever became of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn reports_to(&self, destination: Destination) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT report_id FROM deliveries WHERE destination = ?1")?;
            let ids = statement.query_map([destination.name()], |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    /// How many reports stand where.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT state, count(*) FROM deliveries GROUP BY state")?;
            let mut rows = statement.query([])?;
            let mut counts = OutboxCounts::default();
            while let Some(row) = rows.next()? {
                let count = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
                match OutboxState::parse(&row.get::<_, String>(0)?)? {
                    OutboxState::Waiting => counts.waiting = count,
                    OutboxState::Delivered => counts.delivered = count,
                    OutboxState::Refused => counts.refused = count,
                }
            }
            Ok(counts)
        })
    }

    /// The number that the next report will have: CloudEvents `sequence`.
    pub(crate) fn next_sequence(transaction: &Transaction<'_>) -> Result<i64, StoreError> {
        let last: Option<i64> = transaction
            .query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        Ok(last.unwrap_or(0).saturating_add(1))
    }

    pub(crate) fn insert_report(
        transaction: &Transaction<'_>,
        report: &NewReport<'_>,
    ) -> Result<(), StoreError> {
        let at = to_millis(report.at);
        transaction.execute(
            "INSERT INTO outbox (report_id, session, case_ref, kind, jws, sha256, audit_number, \
             audit_head, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                report.report_id,
                report.session,
                report.case_ref,
                report.kind,
                report.jws,
                report.sha256,
                i64::try_from(report.audit.number).unwrap_or(i64::MAX),
                &report.audit.hash,
                at,
            ),
        )?;
        for destination in report.destinations {
            transaction.execute(
                "INSERT INTO deliveries (report_id, destination, next_attempt) VALUES (?1, ?2, ?3)",
                (report.report_id, destination.name(), at),
            )?;
        }
        Ok(())
    }
}

fn entry(row: &Row<'_>) -> Result<OutboxEntry, StoreError> {
    let state = OutboxState::parse(&row.get::<_, String>(4)?)?;
    Ok(OutboxEntry {
        report_id: row.get(0)?,
        session: row.get(1)?,
        case_ref: row.get(2)?,
        kind: row.get(3)?,
        state,
        attempts: row.get(5)?,
        created_at: from_millis(row.get(6)?),
        next_attempt: match state {
            OutboxState::Waiting => Some(from_millis(row.get(7)?)),
            OutboxState::Delivered | OutboxState::Refused => None,
        },
        status: row.get(8)?,
        reason: row.get(9)?,
        receipt_id: row.get(10)?,
        sha256: row.get(11)?,
        destination: Destination::parse(&row.get::<_, String>(12)?)?,
    })
}
