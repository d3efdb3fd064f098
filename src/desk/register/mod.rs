//! A register of the population, asked about a card that has proven itself: what is asked, what it may
//! answer, and the check that becomes of it. The contract is docs/register.md.
//!
//! # Layout
//! - here: question, answer, check
//! - [`https`]: the way there

pub mod https;

use core::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::decision::{Check, CheckId, CheckResult, Policy, Weight, reason};
use crate::document::Personal;

/// What a register is asked: no more than it needs to say yes or no.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// Names this question, for both sides' logs: it says nothing of the person.
    pub request_id: String,
    /// The confirmed number, 12 digits.
    pub personal_number: Personal<String>,
    /// As the signed machine readable zone has it.
    pub document_number: Option<Personal<String>>,
    /// As the signed data have it.
    pub name: Option<Personal<String>>,
    /// ISO 8601; of the unknown parts nothing.
    pub birth_date: Option<Personal<String>>,
    /// What for, such as `benefit-payment`.
    pub purpose: &'static str,
}

/// What a register says of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// It has the person with the same data.
    Match,
    /// It has the person with other data.
    Differs,
    /// The card was reported lost or withdrawn.
    Lost,
    /// It knows nobody of that number.
    Unknown,
}

impl Said {
    /// As the contract writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Differs => "differs",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }
}

/// A field that a register may find to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterField {
    /// The document number.
    DocumentNumber,
    /// The name.
    Name,
    /// The birth date.
    BirthDate,
}

impl RegisterField {
    /// As the contract writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DocumentNumber => "document_number",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
        }
    }
}

/// An answer. Says nothing of a person: values stay where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it says.
    pub answer: Said,
    /// What differs; there with `differs` and with nothing else.
    #[serde(default)]
    pub differs: Vec<RegisterField>,
    /// Of when the register's data are, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub as_of: OffsetDateTime,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Not within its time.
    #[error("it did not answer in time")]
    Timeout,
    /// Nobody listens there, or the connection broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// One side did not accept who the other is.
    #[error("its certificate or the desk's was refused")]
    Tls,
    /// Another status than 200.
    #[error("it answered with status {0}")]
    Status(u16),
    /// Longer than an answer may be.
    #[error("its answer is too long")]
    Oversize,
    /// Not an answer of the contract.
    #[error("its answer is not of the contract")]
    Malformed,
}

/// The longest answer that is read, in bytes.
pub const MOST_BYTES: usize = 4_096;

impl Answer {
    /// Reads an answer of the contract.
    ///
    /// # Errors
    /// [`NoAnswer::Oversize`], [`NoAnswer::Malformed`].
    pub fn parse(body: &[u8]) -> Result<Self, NoAnswer> {
        if body.len() > MOST_BYTES {
            return Err(NoAnswer::Oversize);
        }
        let mut answer: Self = serde_json::from_slice(body).map_err(|_| NoAnswer::Malformed)?;
        answer.differs.sort_unstable();
        answer.differs.dedup();
        let named = !answer.differs.is_empty();
        if named == (answer.answer == Said::Differs) {
            Ok(answer)
        } else {
            Err(NoAnswer::Malformed)
        }
    }
}

/// A register that can be asked.
pub trait Register: Send + Sync {
    /// What it is called in facts and logs: its host.
    fn source(&self) -> &str;

    /// How long a question may take.
    fn budget(&self) -> Duration;

    /// Asks. A dropped future takes the question back.
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, NoAnswer>>;
}

/// How far an answer's time may lie ahead: clocks differ.
const AHEAD: time::Duration = time::Duration::minutes(5);

/// The check where nothing was asked.
#[must_use]
pub fn not_asked(policy: &Policy) -> Check {
    let why = if policy.asks_for(CheckId::Register) {
        "no register was asked"
    } else {
        "the policy does not ask for it"
    };
    not_performed(why)
}

/// The check where nothing could be asked.
#[must_use]
pub fn not_performed(why: &str) -> Check {
    Check::not_performed(CheckId::Register, why)
}

/// The check that becomes of an answer, or of none. Where the policy does not insist, a register that
/// does not answer takes nothing away.
#[must_use]
pub fn check(
    source: &str,
    request_id: &str,
    answered: &Result<Answer, NoAnswer>,
    policy: &Policy,
    now: OffsetDateTime,
) -> Check {
    let id = CheckId::Register;
    let no_answer = |why: NoAnswer| {
        let result = match policy.weight(id) {
            Weight::Mandatory => CheckResult::Undetermined,
            _ => CheckResult::NotPerformed,
        };
        Check::because(id, result, reason::REGISTER_UNAVAILABLE).fact("why", why.to_string())
    };
    let check = match answered {
        Err(why) => no_answer(*why),
        Ok(answer) if answer.as_of > now.saturating_add(AHEAD) => no_answer(NoAnswer::Malformed),
        Ok(answer) => {
            let failed = CheckResult::Failed;
            let check = match answer.answer {
                Said::Match => Check::successful(id),
                Said::Differs => Check::because(id, failed, reason::REGISTER_MISMATCH)
                    .fact("differs", names(&answer.differs)),
                Said::Lost => Check::because(id, failed, reason::CARD_REPORTED_LOST),
                Said::Unknown => {
                    Check::because(id, CheckResult::Undetermined, reason::REGISTER_UNKNOWN)
                }
            };
            let as_of = answer.as_of.format(&Rfc3339).unwrap_or_default();
            check.fact("as-of", as_of)
        }
    };
    check.fact("source", source).fact("request-id", request_id)
}

fn names(fields: &[RegisterField]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests;
