//! An entry is paid, once; a claim is undone by somebody who says why.

use rusqlite::{ErrorCode, OptionalExtension, Transaction};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, rfc3339, to_millis};
use super::finding::CURRENT;
use super::reconciling::{RemoteClaim, take_the_place, unsynced};
use super::{CLAIM, Claim, ClaimKind, ClaimRefused, claim_of, short};
use crate::document::{Personal, PersonalNumber};
use crate::payees::Dong;

/// What shows that the person is the one.
#[derive(Clone, Copy, Debug)]
pub enum Basis<'a> {
    /// A session, whose recorded verdict is `verified` for the purpose `benefit-payment`.
    Session(&'a str),
    /// A supervisor's word, with the reason why no card shows it: 1 to 500 characters.
    Manual(&'a str),
}

/// Somebody is paid.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// The entry, as [`Store::payable`] names it.
    pub entry: i64,
    /// Who stands there: the payee, or whoever is authorised.
    pub person: &'a PersonalNumber,
    /// The authorisation by which the person takes the money of another.
    pub authorisation: Option<&'a str>,
    /// What shows it.
    pub basis: Basis<'a>,
    /// At which desk: 1 to 64 characters.
    pub desk: &'a str,
    /// Who pays: 1 to 200 characters.
    pub clerk: &'a str,
}

/// Somebody was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claimed {
    /// Names the claim.
    pub claim: String,
    /// The list.
    pub list: String,
    /// For when.
    pub period: String,
    /// How much.
    pub amount: Dong,
    /// How it was shown that the person is the one.
    pub kind: ClaimKind,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// An entry that is about to be paid.
struct Due {
    list: String,
    signed: bool,
    payee: Personal<String>,
    period: String,
    amount: i64,
}

impl Store {
    /// Notes that an entry was paid, with its audit entry, in one transaction. An attempt to pay it a second
    /// time is an audit entry of its own.
    ///
    /// # Errors
    /// [`ClaimRefused`]: says where and when it was paid before, or what is missing.
    pub fn claim_payee(&self, new: &NewClaim<'_>) -> Result<Claimed, ClaimRefused> {
        self.claim_payee_as(&self.new_id()?, new)
    }

    /// The claim as other desks would be told of it, if it were made now; it is not made. Under its identifier
    /// it can be made afterwards.
    ///
    /// # Errors
    /// [`ClaimRefused`], as [`Self::claim_payee`] would.
    pub fn draft_claim(&self, new: &NewClaim<'_>) -> Result<RemoteClaim, ClaimRefused> {
        new.check()?;
        let id = self.new_id()?;
        self.trial(|transaction| match self.claim_in(transaction, &id, new) {
            Err(ClaimRefused::Store(error)) => Err(error),
            Err(refused) => Ok(Err(refused)),
            Ok(_) => {
                let found = unsynced(transaction, &id)?;
                Ok(found.ok_or(ClaimRefused::NoEntry))
            }
        })?
    }

    /// As [`Self::claim_payee`], under an identifier that was given before.
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub fn claim_payee_as(&self, id: &str, new: &NewClaim<'_>) -> Result<Claimed, ClaimRefused> {
        new.check()?;
        // A refusal is a value in here: the second attempt stays in the audit log.
        self.transaction(|transaction| match self.claim_in(transaction, id, new) {
            Err(ClaimRefused::Store(error)) => Err(error),
            Err(ClaimRefused::Claimed(first)) => {
                let event = AuditEvent::new("payee-claim-refused")
                    .fact("first", &first.id)
                    .fact("first-desk", &first.desk)
                    .fact("desk", new.desk)
                    .fact("clerk", new.clerk)
                    .personal("person", new.person.personal());
                self.append(transaction, &by_basis(event, new.basis))?;
                Ok(Err(ClaimRefused::Claimed(first)))
            }
            done => Ok(done),
        })?
    }

    fn claim_in(
        &self,
        transaction: &Transaction<'_>,
        id: &str,
        new: &NewClaim<'_>,
    ) -> Result<Claimed, ClaimRefused> {
        let today = self.today().to_string();
        let due = due(transaction, new.entry, &today)?.ok_or(ClaimRefused::NoEntry)?;
        self.entitled(transaction, new, &due, &today)?;
        let (kind, session, reason, test) = match new.basis {
            Basis::Session(session) => {
                let test = verified(transaction, session, new.person)?;
                (ClaimKind::Verified, Some(session), None, test)
            }
            Basis::Manual(reason) => (ClaimKind::Manual, None, Some(reason), false),
        };
        // As it is kept: whoever asks later is told the same.
        let at = from_millis(to_millis(self.now()));
        let inserted = transaction.execute(
            "INSERT INTO payee_claims (id, entry, kind, session, authorisation, amount, desk, clerk, at, \
             reason, test, remote, synced) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0)",
            (
                id,
                new.entry,
                kind.name(),
                session,
                new.authorisation,
                due.amount,
                new.desk,
                new.clerk,
                to_millis(at),
                reason,
                test,
            ),
        );
        match inserted {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let first = standing(transaction, new.entry)?;
                return Err(first.map_or_else(
                    || ClaimRefused::Store(error.into()),
                    |first| ClaimRefused::Claimed(Box::new(first)),
                ));
            }
            done => done?,
        };
        let why = reason.map(Personal::from);
        let mut event = AuditEvent::new("payee-claimed")
            .fact("claim", id)
            .fact("list", &due.list)
            .fact("signed", due.signed)
            .fact("kind", kind.name())
            .fact("amount", due.amount)
            .fact("period", &due.period)
            .fact("desk", new.desk)
            .fact("clerk", new.clerk)
            .fact("test", test)
            .personal("payee", &due.payee);
        if let Some(authorisation) = new.authorisation {
            event = event
                .fact("authorisation", authorisation)
                .personal("representative", new.person.personal());
        }
        if let Some(why) = &why {
            event = event.personal("reason", why);
        }
        self.append(transaction, &by_basis(event, new.basis))?;
        Ok(Claimed {
            claim: id.to_owned(),
            list: due.list,
            period: due.period,
            amount: Dong(due.amount),
            kind,
            at,
        })
    }

    /// Whether the person may take that money: their own, or that of somebody who let them.
    fn entitled(
        &self,
        transaction: &Transaction<'_>,
        new: &NewClaim<'_>,
        due: &Due,
        today: &str,
    ) -> Result<(), ClaimRefused> {
        let Some(authorisation) = new.authorisation else {
            // Somebody else's entry is none of this person's: nothing is told of it.
            let own = due.payee.reveal() == new.person.reveal();
            return if own {
                Ok(())
            } else {
                Err(ClaimRefused::NoEntry)
            };
        };
        let until: Option<String> = transaction
            .query_row(
                "SELECT valid_until FROM payee_authorisations WHERE id = ?1 AND representative = ?2 \
                 AND payee = ?3 AND revoked_at IS NULL",
                (authorisation, new.person.reveal(), due.payee.reveal()),
                |row| row.get(0),
            )
            .optional()?;
        match until {
            None => Err(ClaimRefused::NotAuthorised),
            Some(until) if until.as_str() < today => Err(ClaimRefused::AuthorisationOver { until }),
            Some(_) => Ok(()),
        }
    }

    /// Undoes a claim: the entry is open again, unless another desk paid it too; then that claim stands. `by`
    /// is a supervisor.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for no such claim, [`StoreError::State`] where it was undone before.
    pub fn undo_claim(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        short("by", by, 200)?;
        short("reason", reason, 500)?;
        self.transaction(|transaction| {
            let found = claim_by_id(transaction, claim)?.ok_or(StoreError::Unknown { kind: "claim" })?;
            if found.undone.is_some() {
                return Err(StoreError::State("the claim was undone before"));
            }
            transaction.execute(
                "UPDATE payee_claims SET undone_at = ?2, undone_by = ?3, undone_reason = ?4, synced = 0 \
                 WHERE id = ?1",
                (claim, to_millis(self.now()), by, reason),
            )?;
            take_the_place(transaction, claim)?;
            let reason = Personal::from(reason);
            let event = AuditEvent::new("payee-claim-undone")
                .fact("claim", claim)
                .fact("by", by)
                .fact("claimed-at", rfc3339(found.at))
                .fact("amount", found.amount.0)
                .personal("reason", &reason);
            self.append(transaction, &event)?;
            claim_by_id(transaction, claim)?.ok_or(StoreError::Unknown { kind: "claim" })
        })
    }

    /// One claim, whatever became of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn payee_claim(&self, claim: &str) -> Result<Option<Claim>, StoreError> {
        self.transaction(|transaction| claim_by_id(transaction, claim))
    }
}

impl NewClaim<'_> {
    fn check(&self) -> Result<(), StoreError> {
        short("desk", self.desk, 64)?;
        short("clerk", self.clerk, 200)?;
        match self.basis {
            Basis::Manual(reason) => short("reason", reason, 500),
            Basis::Session(_) => Ok(()),
        }
    }
}

/// In the session where one shows who stands there.
fn by_basis<'a>(event: AuditEvent<'a>, basis: Basis<'a>) -> AuditEvent<'a> {
    match basis {
        Basis::Session(session) => event.session(session),
        Basis::Manual(_) => event,
    }
}

fn due(transaction: &Transaction<'_>, entry: i64, today: &str) -> Result<Option<Due>, StoreError> {
    let found = transaction
        .query_row(
            &format!(
                "SELECT l.id, l.signer IS NOT NULL, e.number, e.period, e.amount FROM payee_entries e \
                 JOIN payee_lists l ON l.list = e.list WHERE e.entry = ?1 AND {CURRENT}"
            ),
            (entry, today),
            |row| {
                Ok(Due {
                    list: row.get(0)?,
                    signed: row.get(1)?,
                    payee: Personal::new(row.get(2)?),
                    period: row.get(3)?,
                    amount: row.get(4)?,
                })
            },
        )
        .optional()?;
    Ok(found)
}

/// Whether the session's recorded verdict shows the person; whether a test anchor was involved.
fn verified(
    transaction: &Transaction<'_>,
    session: &str,
    person: &PersonalNumber,
) -> Result<bool, ClaimRefused> {
    let found: Option<(bool, Option<String>)> = transaction
        .query_row(
            "SELECT test, record ->> '$.personal_number' FROM verdicts \
             WHERE session = ?1 AND verdict = 'verified' AND purpose = 'benefit-payment'",
            [session],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match found.map(|(test, number)| (test, number.map(Personal::new))) {
        Some((test, Some(number))) if number.reveal() == person.reveal() => Ok(test),
        _ => Err(ClaimRefused::NotVerified),
    }
}

/// The claim that stands on an entry.
pub(super) fn standing(
    transaction: &Transaction<'_>,
    entry: i64,
) -> Result<Option<Claim>, StoreError> {
    one(transaction, "c.entry = ?1 AND c.undone_at IS NULL", entry)
}

pub(super) fn claim_by_id(
    transaction: &Transaction<'_>,
    id: &str,
) -> Result<Option<Claim>, StoreError> {
    one(transaction, "c.id = ?1", id)
}

fn one(
    transaction: &Transaction<'_>,
    which: &str,
    value: impl rusqlite::ToSql,
) -> Result<Option<Claim>, StoreError> {
    let mut statement =
        transaction.prepare_cached(&format!("SELECT {CLAIM} FROM payee_claims c WHERE {which}"))?;
    let mut rows = statement.query([value])?;
    match rows.next()? {
        Some(row) => claim_of(row, 0),
        None => Ok(None),
    }
}
