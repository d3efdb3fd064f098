//! Counts, sums and the sheet of a day.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;
use time::OffsetDateTime;

use super::super::{Store, StoreError, from_millis, to_millis};
use super::conflicts::resolutions;
use super::{
    CLAIM, CLAIM_COLUMNS, Claim, ClaimKind, Conflict, Kinship, Resolved, claim_of, personal,
};
use crate::document::{Date, Personal};
use crate::payees::Dong;

/// A list and how far it is paid. Names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListSums {
    /// Its name.
    pub id: String,
    /// Who pays.
    pub issuer: String,
    /// The first day on which it is paid, ISO 8601.
    pub from: String,
    /// The last day.
    pub until: Option<String>,
    /// Whether it is paid today.
    pub current: bool,
    /// The key that signed it; null where nobody did.
    pub signer: Option<String>,
    /// SHA-256 of its file.
    pub sha256: String,
    /// When it was imported.
    #[serde(with = "time::serde::rfc3339")]
    pub imported_at: OffsetDateTime,
    /// By whom.
    pub imported_by: String,
    /// How many people.
    pub entries: u64,
    /// How many of them are paid.
    pub paid: u64,
    /// How many of those without a card.
    pub manual: u64,
    /// How many claims were undone.
    pub undone: u64,
    /// How much it sums up to.
    pub total: Dong,
    /// How much is paid.
    pub total_paid: Dong,
}

/// All lists that count, and what is left to look at. Names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The newest first.
    pub lists: Vec<ListSums>,
    /// How many entries were paid twice.
    pub conflicts: u64,
    /// How many conflicts are over: one of the two payments was undone.
    pub resolved: u64,
    /// How many claims other desks have not heard of.
    pub unsynced: u64,
}

/// What happened on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// The day in Asia/Ho_Chi_Minh.
    pub day: Date,
    /// For each list and period with a claim of that day.
    pub sums: Vec<SheetSums>,
    /// Claims of that day and claims undone on it, in their order.
    pub claims: Vec<SheetClaim>,
    /// Everything that was paid twice and is not settled, whenever that was.
    pub conflicts: Vec<Conflict>,
    /// What was paid twice and was settled on that day.
    pub resolved: Vec<Resolved>,
}

/// The sums of one desk, list and period on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetSums {
    /// At which desk the money was handed over.
    pub desk: String,
    /// The list.
    pub list: String,
    /// Who pays.
    pub issuer: String,
    /// Whether somebody signed it.
    pub signed: bool,
    /// For when.
    pub period: String,
    /// How many were paid on the day and not undone on it.
    pub paid: u64,
    /// How many of those without a card.
    pub manual: u64,
    /// How many were undone.
    pub undone: u64,
    /// How much was paid on the day and not undone on it.
    pub amount: Dong,
    /// How much of what was paid on days before came back.
    pub returned: Dong,
}

/// One claim on the sheet of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetClaim {
    /// The list.
    pub list: String,
    /// For when.
    pub period: String,
    /// The entry, as its list names it.
    pub entry: String,
    /// Who; null once it was purged.
    pub number: Option<Personal<String>>,
    /// The name on the list; null once it was purged.
    pub name: Option<Personal<String>>,
    /// Who took the money for them, and as what.
    pub representative: Option<Personal<String>>,
    /// What the representative is to the payee.
    pub representative_as: Option<Kinship>,
    /// The claim.
    pub claim: Claim,
    /// Why no card showed it.
    pub reason: Option<Personal<String>>,
    /// Why it was undone.
    pub undone_reason: Option<Personal<String>>,
}

impl Store {
    /// Lists, counts and sums.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payees(&self) -> Result<Overview, StoreError> {
        let today = self.today().to_string();
        self.read(|connection| {
            let count = |of: &str| -> Result<u64, StoreError> {
                let count =
                    connection
                        .query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0))?;
                Ok(unsigned(count))
            };
            Ok(Overview {
                lists: lists(connection, &today)?,
                conflicts: count("payee_conflicts")?,
                resolved: count("payee_resolutions")?,
                unsynced: count("payee_claims WHERE synced = 0")?,
            })
        })
    }

    /// What happened on that day in Asia/Ho_Chi_Minh.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the sums cannot be held.
    pub fn payee_sheet(&self, day: Date) -> Result<Sheet, StoreError> {
        let begin = day
            .start_in_vietnam()
            .map_err(|_| StoreError::State("the day is beyond the calendar"))?;
        let end = begin.saturating_add(time::Duration::DAY);
        let (begin, end) = (to_millis(begin), to_millis(end));
        let (claims, resolved) = self.read(|connection| {
            let claims = claims_of(connection, begin, end)?;
            Ok((claims, resolutions(connection, begin, end)?))
        })?;
        let mut sums: BTreeMap<[String; 3], SheetSums> = BTreeMap::new();
        for (claim, issuer, signed) in &claims {
            let desk = claim.claim.desk.clone();
            let key = [desk.clone(), claim.list.clone(), claim.period.clone()];
            let of = sums.entry(key).or_insert_with(|| SheetSums {
                desk,
                list: claim.list.clone(),
                issuer: issuer.clone(),
                signed: *signed,
                period: claim.period.clone(),
                paid: 0,
                manual: 0,
                undone: 0,
                amount: Dong(0),
                returned: Dong(0),
            });
            add(of, &claim.claim, begin, end)?;
        }
        Ok(Sheet {
            day,
            sums: sums.into_values().collect(),
            claims: claims.into_iter().map(|(claim, ..)| claim).collect(),
            conflicts: self.payee_conflicts()?,
            resolved,
        })
    }
}

/// Adds a claim to the sums of a day: what was paid and undone within it moved no money by its end.
fn add(of: &mut SheetSums, claim: &Claim, begin: i64, end: i64) -> Result<(), StoreError> {
    const TOO_MUCH: StoreError = StoreError::State("the sums cannot be held");
    let undone = claim.undone.as_ref().map(|undone| to_millis(undone.at));
    let undone_today = undone.is_some_and(|at| (begin..end).contains(&at));
    let made_today = (begin..end).contains(&to_millis(claim.at));
    if undone_today {
        of.undone += 1;
    }
    if made_today && !undone_today {
        of.paid += 1;
        of.manual += u64::from(claim.kind == ClaimKind::Manual);
        of.amount = of.amount.plus(claim.amount).ok_or(TOO_MUCH)?;
    }
    if undone_today && !made_today {
        of.returned = of.returned.plus(claim.amount).ok_or(TOO_MUCH)?;
    }
    Ok(())
}

fn lists(connection: &Connection, today: &str) -> Result<Vec<ListSums>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT l.id, l.issuer, l.pay_from, l.pay_until, l.signer, l.sha256, l.imported_at, l.imported_by, \
         l.entries, l.total, count(c.id) FILTER (WHERE c.undone_at IS NULL), \
         count(c.id) FILTER (WHERE c.undone_at IS NULL AND c.kind = 'manual'), \
         count(c.id) FILTER (WHERE c.undone_at IS NOT NULL), \
         coalesce(sum(c.amount) FILTER (WHERE c.undone_at IS NULL), 0), \
         l.pay_from <= ?1 AND (l.pay_until IS NULL OR l.pay_until >= ?1) \
         FROM payee_lists l JOIN payee_entries e ON e.list = l.list \
         LEFT JOIN payee_claims c ON c.entry = e.entry \
         WHERE l.withdrawn_at IS NULL GROUP BY l.list ORDER BY l.list DESC",
    )?;
    let mut rows = statement.query([today])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ListSums {
            id: row.get(0)?,
            issuer: row.get(1)?,
            from: row.get(2)?,
            until: row.get(3)?,
            signer: row.get(4)?,
            sha256: row.get(5)?,
            imported_at: from_millis(row.get(6)?),
            imported_by: row.get(7)?,
            entries: unsigned(row.get(8)?),
            total: Dong(row.get(9)?),
            paid: unsigned(row.get(10)?),
            manual: unsigned(row.get(11)?),
            undone: unsigned(row.get(12)?),
            total_paid: Dong(row.get(13)?),
            current: row.get(14)?,
        });
    }
    Ok(found)
}

/// The claims made or undone in that time, in milliseconds, with the issuer of the list and whether it is
/// signed.
fn claims_of(
    connection: &Connection,
    begin: i64,
    end: i64,
) -> Result<Vec<(SheetClaim, String, bool)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {CLAIM}, l.id, e.period, e.id, e.number, e.name, a.representative, a.kind, c.reason, \
         c.undone_reason, l.issuer, l.signer IS NOT NULL \
         FROM payee_claims c JOIN payee_entries e ON e.entry = c.entry \
         JOIN payee_lists l ON l.list = e.list \
         LEFT JOIN payee_authorisations a ON a.id = c.authorisation \
         WHERE (c.at >= ?1 AND c.at < ?2) OR (c.undone_at >= ?1 AND c.undone_at < ?2) \
         ORDER BY c.at, c.rowid"
    ))?;
    let mut rows = statement.query((begin, end))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(claim) = claim_of(row, 0)? else {
            continue;
        };
        let at = CLAIM_COLUMNS;
        let kind: Option<String> = row.get(at + 6)?;
        let claim = SheetClaim {
            list: row.get(at)?,
            period: row.get(at + 1)?,
            entry: row.get(at + 2)?,
            number: personal(row, at + 3)?,
            name: personal(row, at + 4)?,
            representative: personal(row, at + 5)?,
            representative_as: kind.as_deref().map(Kinship::parse).transpose()?,
            claim,
            reason: personal(row, at + 7)?,
            undone_reason: personal(row, at + 8)?,
        };
        found.push((claim, row.get(at + 9)?, row.get(at + 10)?));
    }
    Ok(found)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
