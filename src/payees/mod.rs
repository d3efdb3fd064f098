//! Lists of people who are to be paid a benefit. A list counts whole or not at all: every line is
//! looked at, and one that is wrong refuses the file.
//!
//! # Layout
//! - here: a list, and what it may hold at most
//! - [`fault`]: what is wrong, where, in the words of the officer
//! - [`money`], [`period`]: values; `number`: why a personal number is none
//! - `text`: bytes to text; `table`: CSV; `document`: JSON; `checking`: what both must hold
//! - [`signed`]: how a signature stands with a list

mod checking;
mod document;
pub mod fault;
pub mod money;
mod number;
pub mod period;
pub mod signed;
mod table;
mod text;

use serde::Serialize;

use crate::document::{Date, PartialDate, Personal, PersonalNumber};
pub use fault::{Fault, FaultKind, Faults, Place};
pub use money::Dong;
pub use period::Period;
pub use text::Encoding;

/// Longest list that is read, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Most people of one list.
pub const MAX_ENTRIES: usize = 100_000;
/// Longest value of a field, in bytes.
pub const MAX_FIELD: usize = 1_000;
/// What a JSON list calls itself.
pub const FORMAT: &str = "cccd-desk-payee-list/1";

/// One person who is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The issuer's name of the entry, unique in its list; without one its line, or its place in
    /// the document, from 1.
    pub id: String,
    /// The line of the file, or the place in the document, from 1.
    pub line: u64,
    /// Who.
    pub number: PersonalNumber,
    /// The name as the issuer writes it, composed (NFC): for people to look at, never a key.
    pub name: Personal<String>,
    /// The birth date, where the list has it.
    pub birth_date: Option<Personal<PartialDate>>,
    /// For when.
    pub period: Period,
    /// How much.
    pub amount: Dong,
}

/// A list without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Names the list: 1 to 64 letters, digits, `.`, `_`, `-`.
    pub id: String,
    /// Who pays: 1 to 200 characters.
    pub issuer: String,
    /// The first day on which it is paid.
    pub from: Date,
    /// The last day; none: no last day.
    pub until: Option<Date>,
    /// Everyone on it, in its order.
    pub entries: Vec<Entry>,
    /// The sum of all amounts.
    pub total: Dong,
    /// How the file was written.
    pub written: Written,
}

/// How a file was written, for the one who imports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// `json` or `csv`.
    pub form: &'static str,
    /// Its characters.
    pub encoding: Encoding,
    /// What stands between fields of CSV.
    pub delimiter: Option<char>,
    /// How many columns nothing was read from.
    pub columns_ignored: usize,
}

/// What the one who imports says of a list. A CSV file says none of it; a JSON document says all, and
/// what is said here must agree then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Names the list.
    pub id: Option<String>,
    /// Who pays.
    pub issuer: Option<String>,
    /// The first day on which it is paid; none: the day of the import.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// For when, where the lines do not say.
    pub period: Option<Period>,
    /// How many people it must hold.
    pub count: Option<u64>,
    /// What it must sum up to.
    pub total: Option<Dong>,
}

/// Reads a list. `today` is the date in Asia/Ho_Chi_Minh.
///
/// # Errors
/// [`Faults`]: everything that is wrong, up to a bound; nothing of the list counts then. No value of
/// the file stands in it.
pub fn parse(bytes: &[u8], given: &Given, today: Date) -> Result<List, Faults> {
    if bytes.len() > MAX_BYTES {
        return Err(FaultKind::TooLarge.in_file().into());
    }
    let (text, encoding) = text::decode(bytes).ok_or(FaultKind::Encoding.in_file())?;
    if text.trim_start().starts_with('{') {
        document::read(&text, encoding, given, today)
    } else {
        table::read(&text, encoding, given, today)
    }
}

#[cfg(test)]
mod tests;
