//! An entry is paid, once; a claim is undone by somebody who says why.

use rusqlite::{ErrorCode, OptionalExtension, Transaction, params};
use serde::Serialize;
use time::OffsetDateTime;

use super::super::audit::AuditEvent;
use super::super::{Store, StoreError, from_millis, rfc3339, to_millis};
use super::conflicts::{Undo, take_the_place, undo_second};
use super::finding::CURRENT;
use super::reconciling::{RemoteClaim, unsynced};
use super::reporting::{Handed, Paid, PaidTo, Unpaid};
use super::{CLAIM, Claim, ClaimKind, ClaimRefused, Kinship, claim_of, short};
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
    /// The list that it must stand on; none where any list of today will do.
    pub list: Option<&'a str>,
    /// Who stands there: the payee, or whoever is authorised.
    pub person: &'a PersonalNumber,
    /// The authorisation by which the person takes the money of another.
    pub authorisation: Option<&'a str>,
    /// What shows it.
    pub basis: Basis<'a>,
    /// The case that it belongs to: 1 to 200 characters; of a session it is the session's own.
    pub case_ref: Option<&'a str>,
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
    issuer: String,
    sha256: String,
    signed: bool,
    entry: String,
    payee: Personal<String>,
    name: Option<Personal<String>>,
    period: String,
    amount: i64,
}

/// Whom the recorded verdict of a session shows.
struct Shown {
    test: bool,
    name: Option<Personal<String>>,
    case_ref: Option<String>,
}

impl Store {
    /// Notes that an entry was paid, with its audit entry, in one transaction, and tells nobody. An attempt
    /// to pay it a second time is an audit entry of its own.
    ///
    /// # Errors
    /// [`ClaimRefused`]: says where and when it was paid before, or what is missing.
    pub fn claim_payee(&self, new: &NewClaim<'_>) -> Result<Claimed, ClaimRefused> {
        self.claim_reported(&self.new_id()?, new, None, &|_, _| Ok(()))
    }

    /// The claim as other desks would be told of it, if it were made now; it is not made. Under its identifier
    /// it can be made afterwards.
    ///
    /// # Errors
    /// [`ClaimRefused`], as [`Self::claim_payee`] would.
    pub fn draft_claim(&self, new: &NewClaim<'_>) -> Result<RemoteClaim, ClaimRefused> {
        new.check()?;
        let id = self.new_id()?;
        let nothing = &|_: &Transaction<'_>, _: &Paid<'_>| Ok(());
        self.trial(
            |transaction| match self.claim_in(transaction, &id, new, None, nothing) {
                Err(ClaimRefused::Store(error)) => Err(error),
                Err(refused) => Ok(Err(refused)),
                Ok(_) => {
                    let found = unsynced(transaction, &id)?;
                    Ok(found.ok_or(ClaimRefused::NoEntry))
                }
            },
        )?
    }

    /// As [`Self::claim_payee`], under an identifier of its own; `put_out` reports it as `report` in the same
    /// transaction.
    pub(crate) fn claim_reported(
        &self,
        id: &str,
        new: &NewClaim<'_>,
        report: Option<&str>,
        put_out: &dyn Fn(&Transaction<'_>, &Paid<'_>) -> Result<(), StoreError>,
    ) -> Result<Claimed, ClaimRefused> {
        new.check()?;
        // A refusal is a value in here: the second attempt stays in the audit log.
        self.transaction(|transaction| {
            match self.claim_in(transaction, id, new, report, put_out) {
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
            }
        })?
    }

    fn claim_in(
        &self,
        transaction: &Transaction<'_>,
        id: &str,
        new: &NewClaim<'_>,
        report: Option<&str>,
        put_out: &dyn Fn(&Transaction<'_>, &Paid<'_>) -> Result<(), StoreError>,
    ) -> Result<Claimed, ClaimRefused> {
        let today = self.today().to_string();
        let due = due(transaction, new.entry, &today)?.ok_or(ClaimRefused::NoEntry)?;
        let handed = self.entitled(transaction, new, &due, &today)?;
        if let Some(list) = new.list.filter(|list| *list != due.list) {
            return Err(ClaimRefused::OtherList {
                wanted: list.to_owned(),
            });
        }
        let (kind, session, reason, shown) = match new.basis {
            Basis::Session(session) => {
                let shown = verified(transaction, session, new.person)?;
                (ClaimKind::Verified, Some(session), None, shown)
            }
            Basis::Manual(reason) => {
                let shown = Shown {
                    test: false,
                    name: None,
                    case_ref: new.case_ref.map(str::to_owned),
                };
                (ClaimKind::Manual, None, Some(reason), shown)
            }
        };
        let test = shown.test;
        // As it is kept: whoever asks later is told the same.
        let at = from_millis(to_millis(self.now()));
        let values = params![
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
            &shown.case_ref,
        ];
        // Another process of this desk may have heard of it in the fleet's book: it is this desk's own.
        let heard = transaction.execute(
            "UPDATE payee_claims SET kind = ?3, session = ?4, authorisation = ?5, amount = ?6, clerk = ?8, \
             at = ?9, reason = ?10, test = ?11, case_ref = ?12, remote = 0, synced = 0 \
             WHERE id = ?1 AND entry = ?2 AND desk = ?7 AND remote = 1 AND undone_at IS NULL",
            values,
        )?;
        let inserted = if heard > 0 {
            Ok(heard)
        } else {
            transaction.execute(
                "INSERT INTO payee_claims (id, entry, kind, session, authorisation, amount, desk, clerk, at, \
                 reason, test, case_ref, remote, synced) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0)",
                values,
            )
        };
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
            .fact("report", report.unwrap_or("none"))
            .personal("payee", &due.payee);
        if let Some(authorisation) = new.authorisation {
            event = event
                .fact("authorisation", authorisation)
                .personal("representative", new.person.personal());
        }
        if let Some(why) = &why {
            event = event.personal("reason", why);
        }
        let audit = self.append(transaction, &by_basis(event, new.basis))?;
        let claimed = Claimed {
            claim: id.to_owned(),
            list: due.list,
            period: due.period,
            amount: Dong(due.amount),
            kind,
            at,
        };
        if let Some(report) = report {
            let paid = Paid {
                claimed: &claimed,
                issuer: due.issuer,
                sha256: due.sha256,
                entry: due.entry,
                payee: PaidTo {
                    number: due.payee,
                    name: due.name,
                },
                person: new.person.personal(),
                person_name: shown.name,
                handed,
                session,
                case_ref: shown.case_ref,
                desk: new.desk,
                clerk: new.clerk,
                reason: why.as_ref(),
                test,
                audit,
            };
            put_out(transaction, &paid)?;
            note_report(transaction, report, id)?;
        }
        Ok(claimed)
    }

    /// Whether the person may take that money: their own, or that of somebody who let them, by what is told.
    fn entitled(
        &self,
        transaction: &Transaction<'_>,
        new: &NewClaim<'_>,
        due: &Due,
        today: &str,
    ) -> Result<Option<Handed>, ClaimRefused> {
        let Some(authorisation) = new.authorisation else {
            // Somebody else's entry is none of this person's: nothing is told of it.
            let own = due.payee.reveal() == new.person.reveal();
            return if own {
                Ok(None)
            } else {
                Err(ClaimRefused::NoEntry)
            };
        };
        let found: Option<(String, String, Option<String>)> = transaction
            .query_row(
                "SELECT valid_until, kind, document FROM payee_authorisations WHERE id = ?1 \
                 AND representative = ?2 AND payee = ?3 AND revoked_at IS NULL",
                (authorisation, new.person.reveal(), due.payee.reveal()),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let (until, kind, document) = found.ok_or(ClaimRefused::NotAuthorised)?;
        if until.as_str() < today {
            return Err(ClaimRefused::AuthorisationOver { until });
        }
        Ok(Some(Handed {
            authorisation: authorisation.to_owned(),
            kind: Kinship::parse(&kind)?,
            document: document.map(Personal::new),
            valid_until: until,
        }))
    }

    /// Undoes a claim, or the other claim of a conflict, and tells nobody: the entry is open again, unless another
    /// desk paid it too; then that claim stands. `by` is a supervisor.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for no such claim, [`StoreError::State`] where it was undone before.
    pub fn undo_claim(&self, claim: &str, by: &str, reason: &str) -> Result<Claim, StoreError> {
        self.undo_reported(claim, by, reason, None, &|_, _| Ok(()))
    }

    /// The same; `put_out` reports it as `report` in the same transaction.
    pub(crate) fn undo_reported(
        &self,
        claim: &str,
        by: &str,
        reason: &str,
        report: Option<&str>,
        put_out: &dyn Fn(&Transaction<'_>, &Unpaid<'_>) -> Result<(), StoreError>,
    ) -> Result<Claim, StoreError> {
        short("by", by, 200)?;
        short("reason", reason, 500)?;
        self.transaction(|transaction| {
            let undo = Undo { by, reason, at: self.now() };
            // The other claim of a conflict: the one that stands here stays.
            let second = undo_second(transaction, claim, &undo)?;
            let found = claim_by_id(transaction, claim)?.ok_or(StoreError::Unknown { kind: "claim" })?;
            if !second {
                if found.undone.is_some() {
                    return Err(StoreError::State("the claim was undone before"));
                }
                transaction.execute(
                    "UPDATE payee_claims SET undone_at = ?2, undone_by = ?3, undone_reason = ?4, synced = 0 \
                     WHERE id = ?1",
                    (claim, to_millis(undo.at), by, reason),
                )?;
                take_the_place(transaction, claim, undo.at)?;
            }
            let reason = Personal::from(reason);
            let event = AuditEvent::new("payee-claim-undone")
                .fact("claim", claim)
                .fact("by", by)
                .fact("claimed-at", rfc3339(found.at))
                .fact("amount", found.amount.0)
                .fact("report", report.unwrap_or("none"))
                .personal("reason", &reason);
            let audit = self.append(transaction, &event)?;
            let undone = claim_by_id(transaction, claim)?.ok_or(StoreError::Unknown { kind: "claim" })?;
            if let Some(report) = report {
                let unpaid = Unpaid::of(transaction, &undone, &reason, audit)?;
                put_out(transaction, &unpaid)?;
                note_report(transaction, report, claim)?;
            }
            Ok(undone)
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
        if let Basis::Manual(reason) = self.basis {
            short("reason", reason, 500)?;
        }
        match self.case_ref {
            Some(case_ref) => short("case_ref", case_ref, 200),
            None => Ok(()),
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
                "SELECT l.id, l.issuer, l.sha256, l.signer IS NOT NULL, e.id, e.number, e.name, e.period, \
                 e.amount FROM payee_entries e JOIN payee_lists l ON l.list = e.list WHERE e.entry = ?1 AND {CURRENT}"
            ),
            (entry, today),
            |row| {
                Ok(Due {
                    list: row.get(0)?,
                    issuer: row.get(1)?,
                    sha256: row.get(2)?,
                    signed: row.get(3)?,
                    entry: row.get(4)?,
                    payee: Personal::new(row.get(5)?),
                    name: row.get::<_, Option<String>>(6)?.map(Personal::new),
                    period: row.get(7)?,
                    amount: row.get(8)?,
                })
            },
        )
        .optional()?;
    Ok(found)
}

/// What of a claim was reported.
fn note_report(transaction: &Transaction<'_>, report: &str, claim: &str) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO payee_reports (report_id, claim) VALUES (?1, ?2)",
        (report, claim),
    )?;
    Ok(())
}

/// What the session's recorded verdict shows, where it shows the person.
fn verified(
    transaction: &Transaction<'_>,
    session: &str,
    person: &PersonalNumber,
) -> Result<Shown, ClaimRefused> {
    let personal = |text: Option<String>| text.map(Personal::new);
    let found = transaction
        .query_row(
            "SELECT test, record ->> '$.personal_number', record ->> '$.name', case_ref FROM verdicts \
             WHERE session = ?1 AND verdict = 'verified' AND purpose = 'benefit-payment'",
            [session],
            |row| {
                let shown = Shown {
                    test: row.get(0)?,
                    name: personal(row.get(2)?),
                    case_ref: row.get(3)?,
                };
                Ok((personal(row.get(1)?), shown))
            },
        )
        .optional()?;
    match found {
        Some((Some(number), shown)) if number.reveal() == person.reveal() => Ok(shown),
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
