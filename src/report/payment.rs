//! Payments: reported with who was paid, by whom and on what list, in the transaction that makes or undoes
//! them. What a supervisor noted without a card is reported as what it is, and never as a confirmed identity.

use core::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::outgoing::Outgoing;
use super::settings::ReportSettings;
use crate::config::ReportField;
use crate::document::Personal;
use crate::store::payees::{Claim, ClaimRefused, Claimed, Handed, Kinship, NewClaim, Paid, Unpaid};
use crate::store::{AuditHead, Store, StoreError, Transaction};

/// The event type of a payment that a session showed.
pub const PAID: &str = "benefit.paid";
/// The event type of a payment that a supervisor undid.
pub const UNDONE: &str = "benefit.undone";
/// The event type of an exception: somebody was paid without a card, or with a dead chip.
pub const MANUAL: &str = "identity.manual";
/// What amounts are in (ISO 4217).
const CURRENCY: &str = "VND";

/// A payment is undone.
#[derive(Clone, Copy)]
pub struct Undoing<'a> {
    /// The payment.
    pub claim: &'a str,
    /// At which desk that is said.
    pub desk: &'a str,
    /// The supervisor: 1 to 200 characters.
    pub by: &'a str,
    /// Why: 1 to 500 characters. May name a person.
    pub reason: &'a str,
}

impl fmt::Debug for Undoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undoing")
            .field("claim", &self.claim)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct ListRef<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    sha256: &'a str,
}

/// What was paid.
#[derive(Serialize)]
struct Payment<'a> {
    claim: &'a str,
    list: ListRef<'a>,
    entry: &'a str,
    period: &'a str,
    amount: i64,
    currency: &'static str,
}

/// A person; `confirmed` where a card showed them in this very session.
#[derive(Serialize)]
struct Person<'a> {
    personal_number: &'a Personal<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a Personal<String>>,
    confirmed: bool,
}

/// By what the representative took the money.
#[derive(Serialize)]
struct Authorised<'a> {
    id: &'a str,
    kind: Kinship,
    document: Option<&'a Personal<String>>,
    valid_until: &'a str,
}

#[derive(Serialize)]
struct PaidData<'a> {
    session: Option<&'a str>,
    case_ref: Option<&'a str>,
    desk: &'a str,
    #[serde(flatten)]
    by: By<'a>,
    kind: &'static str,
    test: bool,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(flatten)]
    payment: Payment<'a>,
    payee: Person<'a>,
    representative: Option<Person<'a>>,
    authorisation: Option<Authorised<'a>>,
    audit: &'a AuditHead,
}

/// Who paid, and on what ground.
#[derive(Serialize)]
#[serde(untagged)]
enum By<'a> {
    Verified {
        clerk: &'a str,
    },
    /// A supervisor's word. No check was made: there is no verdict.
    Manual {
        by: &'a str,
        reason: &'a Personal<String>,
    },
}

#[derive(Serialize)]
struct UndoneData<'a> {
    session: Option<&'a str>,
    case_ref: Option<&'a str>,
    desk: &'a str,
    by: &'a str,
    reason: &'a Personal<String>,
    kind: &'static str,
    test: bool,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    paid_at: OffsetDateTime,
    paid_desk: &'a str,
    #[serde(flatten)]
    payment: Payment<'a>,
    audit: &'a AuditHead,
}

impl Store {
    /// Notes that an entry was paid, with its audit entry and its report, all or nothing: `benefit.paid` where
    /// a session shows it, `identity.manual` where a supervisor says so.
    ///
    /// # Errors
    /// [`ClaimRefused`]: says where and when it was paid before, or what is missing.
    pub fn pay(
        &self,
        new: &NewClaim<'_>,
        settings: &ReportSettings,
    ) -> Result<Claimed, ClaimRefused> {
        self.pay_as(&self.new_id()?, new, settings)
    }

    /// The same, under an identifier that was given before ([`Self::draft_claim`]).
    ///
    /// # Errors
    /// [`ClaimRefused`].
    pub fn pay_as(
        &self,
        id: &str,
        new: &NewClaim<'_>,
        settings: &ReportSettings,
    ) -> Result<Claimed, ClaimRefused> {
        let claim = id;
        let report = self.next_report_id(settings)?;
        let put_out = |transaction: &Transaction<'_>, paid: &Paid<'_>| {
            let Some(id) = &report else { return Ok(()) };
            let outgoing = Outgoing {
                id,
                kind: paid.reason.map_or(PAID, |_| MANUAL),
                desk: paid.desk,
                subject: &paid.claimed.claim,
                session: paid.session,
                case_ref: paid.case_ref.as_deref(),
                at: paid.claimed.at,
                audit: &paid.audit,
            };
            let named = settings.fields.contains(&ReportField::Name);
            self.put_out(transaction, &outgoing, settings, &paid_data(paid, named))
        };
        let claimed = self.claim_reported(claim, new, report.as_deref(), &put_out)?;
        if report.is_some() {
            self.outbox_has_changed();
        }
        Ok(claimed)
    }

    /// Undoes a payment, with its audit entry and its report, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for no such payment, [`StoreError::State`] where it was undone before,
    /// [`StoreError::Input`].
    pub fn unpay(
        &self,
        undoing: &Undoing<'_>,
        settings: &ReportSettings,
    ) -> Result<Claim, StoreError> {
        let report = self.next_report_id(settings)?;
        let put_out = |transaction: &Transaction<'_>, unpaid: &Unpaid<'_>| {
            let Some(id) = &report else { return Ok(()) };
            let outgoing = Outgoing {
                id,
                kind: UNDONE,
                desk: undoing.desk,
                subject: &unpaid.claim.id,
                session: unpaid.session.as_deref(),
                case_ref: unpaid.case_ref.as_deref(),
                at: unpaid.at,
                audit: &unpaid.audit,
            };
            let data = undone_data(unpaid, undoing.desk);
            self.put_out(transaction, &outgoing, settings, &data)
        };
        let (claim, by, reason) = (undoing.claim, undoing.by, undoing.reason);
        let undone = self.undo_reported(claim, by, reason, report.as_deref(), &put_out)?;
        if report.is_some() {
            self.outbox_has_changed();
        }
        Ok(undone)
    }

    /// The name of the next report, where there is somebody to report to.
    fn next_report_id(&self, settings: &ReportSettings) -> Result<Option<String>, StoreError> {
        if settings.destinations.is_empty() {
            return Ok(None);
        }
        self.refresh_signing()?;
        self.new_id().map(Some)
    }
}

fn paid_data<'a>(paid: &'a Paid<'_>, named: bool) -> PaidData<'a> {
    let claimed = paid.claimed;
    let shown = |name: Option<&'a Personal<String>>| name.filter(|_| named);
    let by_card = paid.session.is_some();
    let represented = paid.handed.is_some();
    // Of the payee who is not there the list is all that is known.
    let own_name = paid.person_name.as_ref().filter(|_| !represented);
    PaidData {
        session: paid.session,
        case_ref: paid.case_ref.as_deref(),
        desk: paid.desk,
        by: match paid.reason {
            None => By::Verified { clerk: paid.clerk },
            Some(reason) => By::Manual {
                by: paid.clerk,
                reason,
            },
        },
        kind: claimed.kind.name(),
        test: paid.test,
        at: claimed.at,
        payment: Payment {
            claim: &claimed.claim,
            list: ListRef {
                id: &claimed.list,
                issuer: Some(&paid.issuer),
                sha256: &paid.sha256,
            },
            entry: &paid.entry,
            period: &claimed.period,
            amount: claimed.amount.0,
            currency: CURRENCY,
        },
        payee: Person {
            personal_number: &paid.payee.number,
            name: shown(own_name.or(paid.payee.name.as_ref())),
            confirmed: by_card && !represented,
        },
        representative: represented.then(|| Person {
            personal_number: paid.person,
            name: shown(paid.person_name.as_ref()),
            confirmed: by_card,
        }),
        authorisation: paid.handed.as_ref().map(authorised),
        audit: &paid.audit,
    }
}

fn authorised(handed: &Handed) -> Authorised<'_> {
    Authorised {
        id: &handed.authorisation,
        kind: handed.kind,
        document: handed.document.as_ref(),
        valid_until: &handed.valid_until,
    }
}

fn undone_data<'a>(unpaid: &'a Unpaid<'_>, desk: &'a str) -> UndoneData<'a> {
    let claim = unpaid.claim;
    UndoneData {
        session: claim.session.as_deref(),
        case_ref: unpaid.case_ref.as_deref(),
        desk,
        by: unpaid.by,
        reason: unpaid.reason,
        kind: claim.kind.name(),
        test: claim.test,
        at: unpaid.at,
        paid_at: claim.at,
        paid_desk: &claim.desk,
        payment: Payment {
            claim: &claim.id,
            list: ListRef {
                id: &unpaid.list,
                issuer: None,
                sha256: &unpaid.sha256,
            },
            entry: &unpaid.entry,
            period: &unpaid.period,
            amount: claim.amount.0,
            currency: CURRENCY,
        },
        audit: &unpaid.audit,
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
