//! What a person is to be paid, by a number that was confirmed: nobody is searched by name.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::{Store, StoreError, from_millis};
use super::{CLAIM, CLAIM_COLUMNS, Claim, Kinship, claim_of, personal};
use crate::document::{Date, Personal, PersonalNumber};
use crate::payees::Dong;

/// An entry of a list that is paid today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payable {
    /// Names the entry at this desk.
    pub entry: i64,
    /// The list.
    pub list: String,
    /// Who pays.
    pub issuer: String,
    /// Whether somebody signed the list.
    pub signed: bool,
    /// For when.
    pub period: String,
    /// How much.
    pub amount: Dong,
    /// The name as the list has it.
    pub name: Personal<String>,
    /// The birth date as the list has it.
    pub birth_date: Option<Personal<String>>,
    /// That it was paid; null while it is open.
    pub claim: Option<Claim>,
    /// By which authorisation the person may take this money; null where it is the person's own.
    pub on_behalf: Option<OnBehalf>,
    /// Where the same payee stands for the same period on another list of the same issuer: for whoever pays to
    /// look at, as nothing forbids it.
    pub also_on: Vec<AlsoOn>,
}

/// An entry of another list for the same payee and period, of the same issuer: paid today, or paid already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlsoOn {
    /// The list.
    pub list: String,
    /// For when.
    pub period: String,
    /// How much.
    pub amount: Dong,
    /// When it was paid there; null while it is open.
    #[serde(with = "time::serde::rfc3339::option")]
    pub paid_at: Option<OffsetDateTime>,
    /// At which desk.
    pub paid_desk: Option<String>,
}

/// By which authorisation somebody takes the money of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnBehalf {
    /// The authorisation.
    pub authorisation: String,
    /// What the representative is to the payee.
    pub kind: Kinship,
    /// What shows it.
    pub document: Personal<String>,
    /// The last day that it counts, ISO 8601.
    pub valid_until: String,
}

/// Where a list stands today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListNow {
    /// It is paid today.
    Current,
    /// It is not paid today.
    NotToday {
        /// The first day on which it is paid, ISO 8601.
        from: String,
        /// The last day.
        until: Option<String>,
    },
    /// There is none of that name.
    Unknown {
        /// Those that are paid today.
        known: Vec<String>,
    },
}

/// What counts of an entry `e` on its list `l`: paid on the day `?2`, not forgotten, and not held since a copy
/// was restored ([`Store::payments_held`]).
pub(super) const CURRENT: &str = "l.withdrawn_at IS NULL AND l.pay_from <= ?2 \
     AND (l.pay_until IS NULL OR l.pay_until >= ?2) AND e.number IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'payees-held')";

impl Store {
    /// What the person of that number is to be paid or was paid, on lists that are paid today; and what
    /// they may take for others. `number` must be one that a card or a supervisor confirmed.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payable(&self, number: &PersonalNumber) -> Result<Vec<Payable>, StoreError> {
        let today = self.today().to_string();
        self.read(|connection| {
            let mut found = own(connection, number, &today)?;
            found.extend(for_others(connection, number, &today)?);
            for payable in &mut found {
                payable.also_on = also_on(connection, payable.entry, &today)?;
            }
            Ok(found)
        })
    }

    /// The entry for that period on a list of today: the person's own, or the one that an authorisation of
    /// theirs is for. Whether the authorisation counts says whoever pays.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_entry(
        &self,
        person: &PersonalNumber,
        list: &str,
        period: &str,
        authorisation: Option<&str>,
    ) -> Result<Option<i64>, StoreError> {
        let today = self.today().to_string();
        self.read(|connection| {
            let payee = match authorisation {
                None => "e.number = ?1 AND ?5 IS NULL",
                Some(_) => {
                    "e.number = (SELECT a.payee FROM payee_authorisations a \
                     WHERE a.id = ?5 AND a.representative = ?1)"
                }
            };
            let found = connection
                .prepare_cached(&format!(
                    "SELECT e.entry FROM payee_entries e JOIN payee_lists l ON l.list = e.list \
                     WHERE {payee} AND l.id = ?3 AND e.period = ?4 AND {CURRENT}"
                ))?
                .query_row(
                    (person.reveal(), &today, list, period, authorisation),
                    |row| row.get(0),
                )
                .optional()?;
            Ok(found)
        })
    }

    /// Where the list of that name stands today.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_list(&self, id: &str) -> Result<ListNow, StoreError> {
        let today = self.today().to_string();
        self.read(|connection| {
            let mut known = Vec::new();
            let mut statement = connection.prepare_cached(
                "SELECT id, pay_from, pay_until FROM payee_lists WHERE withdrawn_at IS NULL ORDER BY list",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                let (from, until): (String, Option<String>) = (row.get(1)?, row.get(2)?);
                let current = from <= today && until.as_ref().is_none_or(|until| *until >= today);
                match (name == id, current) {
                    (true, true) => return Ok(ListNow::Current),
                    (true, false) => return Ok(ListNow::NotToday { from, until }),
                    (false, true) => known.push(name),
                    (false, false) => {}
                }
            }
            Ok(ListNow::Unknown { known })
        })
    }

    /// The date in Asia/Ho_Chi_Minh.
    pub(in super::super) fn today(&self) -> Date {
        Date::in_vietnam(self.now())
    }
}

const ENTRY: &str =
    "e.entry, l.id, l.issuer, l.signer IS NOT NULL, e.period, e.amount, e.name, e.birth_date";
const ENTRY_COLUMNS: usize = 8;

fn own(
    connection: &Connection,
    number: &PersonalNumber,
    today: &str,
) -> Result<Vec<Payable>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ENTRY}, {CLAIM} FROM payee_entries e JOIN payee_lists l ON l.list = e.list \
         LEFT JOIN payee_claims c ON c.entry = e.entry AND c.undone_at IS NULL \
         WHERE e.number = ?1 AND {CURRENT} ORDER BY e.period, e.entry"
    ))?;
    let mut rows = statement.query((number.reveal(), today))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(payable(row, None)?);
    }
    Ok(found)
}

fn for_others(
    connection: &Connection,
    number: &PersonalNumber,
    today: &str,
) -> Result<Vec<Payable>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ENTRY}, {CLAIM}, a.id, a.kind, a.document, a.valid_until \
         FROM payee_authorisations a JOIN payee_entries e ON e.number = a.payee \
         JOIN payee_lists l ON l.list = e.list \
         LEFT JOIN payee_claims c ON c.entry = e.entry AND c.undone_at IS NULL \
         WHERE a.representative = ?1 AND a.revoked_at IS NULL AND a.valid_until >= ?2 AND {CURRENT} \
         ORDER BY e.period, e.entry, a.added_at"
    ))?;
    let mut rows = statement.query((number.reveal(), today))?;
    let mut found: Vec<Payable> = Vec::new();
    while let Some(row) = rows.next()? {
        let first = ENTRY_COLUMNS + CLAIM_COLUMNS;
        let on_behalf = OnBehalf {
            authorisation: row.get(first)?,
            kind: Kinship::parse(&row.get::<_, String>(first + 1)?)?,
            document: personal(row, first + 2)?.unwrap_or_else(|| Personal::from("")),
            valid_until: row.get(first + 3)?,
        };
        let one = payable(row, Some(on_behalf))?;
        // Two authorisations open one entry: the older is shown.
        if !found.iter().any(|other| other.entry == one.entry) {
            found.push(one);
        }
    }
    Ok(found)
}

fn payable(row: &Row<'_>, on_behalf: Option<OnBehalf>) -> Result<Payable, StoreError> {
    Ok(Payable {
        entry: row.get(0)?,
        list: row.get(1)?,
        issuer: row.get(2)?,
        signed: row.get(3)?,
        period: row.get(4)?,
        amount: Dong(row.get(5)?),
        name: personal(row, 6)?.unwrap_or_else(|| Personal::from("")),
        birth_date: personal(row, 7)?,
        claim: claim_of(row, ENTRY_COLUMNS)?,
        on_behalf,
        also_on: Vec::new(),
    })
}

fn also_on(connection: &Connection, entry: i64, today: &str) -> Result<Vec<AlsoOn>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT l.id, e.period, e.amount, c.at, c.desk FROM payee_entries t \
         JOIN payee_lists tl ON tl.list = t.list \
         JOIN payee_entries e ON e.number = t.number AND e.period = t.period AND e.entry <> t.entry \
         JOIN payee_lists l ON l.list = e.list AND l.issuer = tl.issuer \
         LEFT JOIN payee_claims c ON c.entry = e.entry AND c.undone_at IS NULL \
         WHERE t.entry = ?1 AND (({CURRENT}) OR c.id IS NOT NULL) ORDER BY e.entry"
    ))?;
    let mut rows = statement.query((entry, today))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let paid_at: Option<i64> = row.get(3)?;
        found.push(AlsoOn {
            list: row.get(0)?,
            period: row.get(1)?,
            amount: Dong(row.get(2)?),
            paid_at: paid_at.map(from_millis),
            paid_desk: row.get(4)?,
        });
    }
    Ok(found)
}
