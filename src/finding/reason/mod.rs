//! The registry of reasons: stable codes, and what the clerk is told for each.
//!
//! A reason alone never decides a verdict: some codes occur with more than one result, and the
//! check's result holds. The wording of each code therefore fits every result it may come with.
//!
//! # Layout
//! One file a [`Class`]. [`note`] holds what is worth knowing and changes no result.

use core::fmt;

use serde::{Serialize, Serializer};

/// Decides how a reason is worded for the clerk. `expired` is never worded as `fake`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Could not read the card.
    Technical,
    /// The typed code does not open the card.
    Input,
    /// Do not accept; keep the record, call the supervisor.
    Forgery,
    /// The chip is not the one that the issuer made.
    Clone,
    /// Two facts do not agree.
    Contradiction,
    /// Genuine, but not valid today.
    Validity,
    /// Something to decide with is missing.
    Missing,
    /// The issuer's own data are inconsistent.
    IssuerData,
    /// The comparison with the person is open.
    Person,
}

/// A sentence in the clerk's language and in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Vietnamese.
    pub vi: &'static str,
    /// English.
    pub en: &'static str,
}

/// All that is known of a reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The stable code, such as `dg-hash-mismatch`.
    pub code: &'static str,
    /// Its class.
    pub class: Class,
    /// What is the matter.
    pub sentence: Sentence,
    /// What the clerk does next.
    pub next_action: Sentence,
    /// The clause behind it, or `own`.
    pub clause: &'static str,
}

/// A reason of the registry. Serialises to its code.
#[derive(Clone, Copy)]
pub struct Reason(&'static Entry);

impl Reason {
    /// The registered facts.
    #[must_use]
    pub const fn entry(self) -> &'static Entry {
        self.0
    }

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// The class.
    #[must_use]
    pub const fn class(self) -> Class {
        self.0.class
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Reason {}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code)
    }
}

/// Declares the reasons of one class as constants, and lists them.
macro_rules! reasons {
    ($class:ident: $($name:ident = $code:literal {
        vi: $vi:literal, en: $en:literal,
        next_vi: $next_vi:literal, next_en: $next_en:literal,
        clause: $clause:literal $(,)?
    })*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $en)]
            pub const $name: $crate::finding::reason::Reason = $crate::finding::reason::Reason(
                &$crate::finding::reason::Entry {
                    code: $code,
                    class: $crate::finding::reason::Class::$class,
                    sentence: $crate::finding::reason::Sentence { vi: $vi, en: $en },
                    next_action: $crate::finding::reason::Sentence { vi: $next_vi, en: $next_en },
                    clause: $clause,
                },
            );
        )*
        /// The reasons of this class, in the order of the registry.
        pub(super) const ALL: &[$crate::finding::reason::Reason] = &[$($name),*];
    };
}

mod clone;
mod contradiction;
mod forgery;
mod input;
mod issuer_data;
mod missing;
pub mod note;
mod person;
mod technical;
mod validity;

pub use clone::*;
pub use contradiction::*;
pub use forgery::*;
pub use input::*;
pub use issuer_data::*;
pub use missing::*;
pub use note::Note;
pub use person::*;
pub use technical::*;
pub use validity::*;

/// Every reason there is, class by class.
pub fn all() -> impl Iterator<Item = Reason> {
    [
        technical::ALL,
        input::ALL,
        forgery::ALL,
        clone::ALL,
        contradiction::ALL,
        validity::ALL,
        missing::ALL,
        issuer_data::ALL,
        person::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The reason of that code.
#[must_use]
pub fn by_code(code: &str) -> Option<Reason> {
    all().find(|reason| reason.code() == code)
}

#[cfg(test)]
mod tests;
