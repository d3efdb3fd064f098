//! Lists of people who are to be paid, and who was. An entry is paid once: a constraint of the database
//! says so, whoever claims it and however many at once.
//!
//! # Layout
//! - here: what is kept, as the rest of the house sees it
//! - `importing`: lists come in and are withdrawn
//! - `finding`: what a person is to be paid, by number alone
//! - `claiming`: paid, and undone
//! - `authorising`: who may take the money of another
//! - `reconciling`: claims of other desks
//! - `conflicts`: what was paid twice, and how that was settled
//! - `reporting`: what of a payment is told to others
//! - `reckoning`: counts, sums and the sheet of a day

mod authorising;
mod claiming;
mod conflicts;
mod finding;
mod importing;
mod reckoning;
mod reconciling;
mod reporting;

use rusqlite::Row;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use super::{StoreError, from_millis};
use crate::document::Personal;
use crate::payees::Dong;

pub use authorising::{Authorisation, Kinship, NewAuthorisation};
pub use claiming::{Basis, Claimed, NewClaim};
pub use conflicts::{Conflict, Resolved};
pub use finding::{AlsoOn, ListNow, OnBehalf, Payable};
pub use importing::{ImportRefused, Imported, NewList};
pub use reckoning::{ListSums, Overview, Sheet, SheetClaim, SheetSums};
pub use reconciling::{Reconciled, RemoteClaim, RemoteUndo};
pub(super) use reporting::NAMING;
pub(crate) use reporting::{Handed, Paid, Unpaid};

/// How it was shown that the money went to the right person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// By a session that ended verified.
    Verified,
    /// By a supervisor who says why no card could show it. Never counts as verified.
    Manual,
}

impl ClaimKind {
    /// `verified` or `manual`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Manual => "manual",
        }
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        match name {
            "verified" => Ok(Self::Verified),
            "manual" => Ok(Self::Manual),
            _ => Err(StoreError::State("a claim is of an unknown kind")),
        }
    }
}

/// That an entry was paid: where, when, by whom. Says nothing of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Names the claim, at every desk.
    pub id: String,
    /// How it was shown that the person is the one.
    pub kind: ClaimKind,
    /// The session that showed it; none for a manual one.
    pub session: Option<String>,
    /// The authorisation by which somebody else took the money.
    pub authorisation: Option<String>,
    /// How much.
    pub amount: Dong,
    /// At which desk.
    pub desk: String,
    /// Who paid.
    pub clerk: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// True where a test anchor was involved.
    pub test: bool,
    /// True where another desk told of it.
    pub remote: bool,
    /// False while other desks have not heard of it.
    pub synced: bool,
    /// That it was undone; the entry is open again then.
    pub undone: Option<Undone>,
}

/// That a claim was undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// By whom.
    pub by: String,
}

/// Why nothing was paid. Nothing was changed then; a second attempt stands in the audit log.
#[derive(Debug, Error)]
pub enum ClaimRefused {
    /// Paid before: where and when.
    #[error("paid before at desk {}, {}", .0.desk, super::rfc3339(.0.at))]
    Claimed(Box<Claim>),
    /// Another desk claims it, and what it says cannot be read.
    #[error("another desk claims it, and what it says cannot be read")]
    Elsewhere,
    /// The fleet's servers answer and do not take the claim.
    #[error("the fleet's servers do not take the claim")]
    NotTaken,
    /// No such entry for this person on a list that is paid today.
    #[error("there is no such entry for this person on a list that is paid today")]
    NoEntry,
    /// The entry stands on a list that the session is not about.
    #[error("the session is about the list {wanted}, and the entry stands on another")]
    OtherList {
        /// The list that the session is about.
        wanted: String,
    },
    /// The session did not end verified for a payment, or was not recorded.
    #[error("no recorded session shows that this person is the payee")]
    NotVerified,
    /// No authorisation of that name lets this person take this money.
    #[error("no authorisation lets this person take the money of the payee")]
    NotAuthorised,
    /// The authorisation is over.
    #[error("the authorisation ended on {until}")]
    AuthorisationOver {
        /// Its last day, ISO 8601.
        until: String,
    },
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ClaimRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The columns of a claim, in the order in which [`claim_of`] reads them.
const CLAIM: &str = "c.id, c.kind, c.session, c.authorisation, c.amount, c.desk, c.clerk, c.at, c.test, \
     c.remote, c.synced, c.undone_at, c.undone_by";
/// How many columns those are.
const CLAIM_COLUMNS: usize = 13;

/// A claim from the columns [`CLAIM`] that begin at `first`; none where a join found none.
fn claim_of(row: &Row<'_>, first: usize) -> Result<Option<Claim>, StoreError> {
    let Some(id) = row.get::<_, Option<String>>(first)? else {
        return Ok(None);
    };
    let undone_at: Option<i64> = row.get(first + 11)?;
    let undone_by: Option<String> = row.get(first + 12)?;
    Ok(Some(Claim {
        id,
        kind: ClaimKind::parse(&row.get::<_, String>(first + 1)?)?,
        session: row.get(first + 2)?,
        authorisation: row.get(first + 3)?,
        amount: Dong(row.get(first + 4)?),
        desk: row.get(first + 5)?,
        clerk: row.get(first + 6)?,
        at: from_millis(row.get(first + 7)?),
        test: row.get(first + 8)?,
        remote: row.get(first + 9)?,
        synced: row.get(first + 10)?,
        undone: undone_at.map(|at| Undone {
            at: from_millis(at),
            by: undone_by.unwrap_or_default(),
        }),
    }))
}

/// A text that somebody gives as a reason, or by which they are named: 1 to `most` characters, none of them
/// a control character.
fn short(field: &'static str, text: &str, most: usize) -> Result<(), StoreError> {
    let count = text.trim().chars().count();
    if (1..=most).contains(&count) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(StoreError::Input {
        field,
        problem: "is empty, too long or holds control characters",
    })
}

/// A column of personal data; none once it was purged.
fn personal(row: &Row<'_>, column: usize) -> Result<Option<Personal<String>>, StoreError> {
    Ok(row.get::<_, Option<String>>(column)?.map(Personal::new))
}

#[cfg(test)]
mod tests;
