//! Whom a session has confirmed, for a payment.

use super::Desk;
use crate::decision::VerdictKind;
use crate::desk::ports::Caller;
use crate::desk::purpose::Purpose;
use crate::desk::refusal::Refusal;
use crate::desk::session::{Session, SessionId, State};
use crate::document::{Personal, PersonalNumber};

/// A person whom a recorded verdict confirmed for a payment.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The confirmed number.
    pub number: PersonalNumber,
    /// The name as the signed data have it.
    pub name: Option<Personal<String>>,
    /// The birth date as the signed data have it, ISO 8601.
    pub birth_date: Option<Personal<String>>,
    /// The list that the session is about; none where all of today count.
    pub list: Option<String>,
    /// True where a test anchor was involved.
    pub test: bool,
}

/// Why a session confirms nobody for a payment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotConfirmed {
    /// No such session of this caller, or one without a recorded verdict.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was opened for something else, or judged by another policy.
    #[error("the session is not for a payment")]
    OtherPurpose,
    /// Its verdict is another one, or names no number.
    #[error("the session did not end verified")]
    NotVerified,
    /// The person's data are gone from it.
    #[error("the session has forgotten the person")]
    Forgotten,
}

impl Desk {
    /// Whom a session has confirmed: one for a payment, decided `verified` by the policy of that purpose.
    /// Such a verdict is recorded before it stands in the session.
    ///
    /// # Errors
    /// [`NotConfirmed`].
    pub fn confirmed(&self, id: SessionId, caller: &Caller) -> Result<Confirmed, NotConfirmed> {
        self.with(id, caller, confirmed)?
    }
}

fn confirmed(session: &Session) -> Result<Confirmed, NotConfirmed> {
    let purpose = Purpose::BenefitPayment;
    if session.purpose != purpose || session.policy.name != purpose.name() {
        return Err(NotConfirmed::OtherPurpose);
    }
    if !matches!(session.state, State::Decided | State::Reported) || session.recording {
        return Err(Refusal::WrongState(session.state).into());
    }
    let verified = |kind| kind == VerdictKind::Verified;
    if !session
        .outcome
        .is_some_and(|outcome| verified(outcome.verdict))
    {
        return Err(NotConfirmed::NotVerified);
    }
    let judgement = session.judgement.as_ref().ok_or(NotConfirmed::Forgotten)?;
    let verdict = &judgement.verdict;
    let number = verdict.personal_number.as_ref();
    let number = number.and_then(|number| PersonalNumber::parse(number.reveal()).ok());
    Ok(Confirmed {
        number: number.ok_or(NotConfirmed::NotVerified)?,
        name: verdict.name.clone(),
        birth_date: verdict.birth_date.clone(),
        list: session.payee_list.clone(),
        test: verdict.test,
    })
}
