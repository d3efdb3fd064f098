//! Calendar dates of documents, whole and partial, and the date on which a card expires.
//!
//! Machine readable zones carry two digits of the year and fillers for what is unknown
//! (ICAO 9303-3, 4.8); the QR code writes ddMMyyyy, DG13 dd/MM/yyyy, everything outside ISO 8601.

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::macros::offset;
use zeroize::Zeroize;

/// Why a text is no date. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not of the form that was asked for: wrong length, letters, misplaced separators.
    #[error("the date is not of the form {expected}")]
    Malformed {
        /// The form, such as `yyyy-MM-dd`.
        expected: &'static str,
    },
    /// Of the right form, and in no calendar: month 13, 30 February.
    #[error("the date does not exist in the calendar")]
    Impossible,
}

const ISO: DateError = DateError::Malformed {
    expected: "yyyy-MM-dd",
};
const COMPACT: DateError = DateError::Malformed {
    expected: "yyyyMMdd",
};
const QR: DateError = DateError::Malformed {
    expected: "ddMMyyyy",
};
const DG13: DateError = DateError::Malformed {
    expected: "dd/MM/yyyy",
};
const MRZ: DateError = DateError::Malformed { expected: "YYMMDD" };

/// A day of the Gregorian calendar, years 1 to 9999. Shows as ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The first date that can be held.
    pub const MIN: Self = Self {
        year: 1,
        month: 1,
        day: 1,
    };
    /// The last date that can be held.
    pub const MAX: Self = Self {
        year: 9999,
        month: 12,
        day: 31,
    };

    /// The day `day` of month `month` (from 1).
    ///
    /// # Errors
    /// [`DateError::Impossible`] when the calendar has no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let exists = (1..=9999).contains(&year)
            && time::Month::try_from(month).is_ok_and(|month| {
                time::Date::from_calendar_date(i32::from(year), month, day).is_ok()
            });
        if exists {
            Ok(Self { year, month, day })
        } else {
            Err(DateError::Impossible)
        }
    }

    /// The year, four digits.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The date in Asia/Ho_Chi_Minh (+07:00 since 1975, no summer time) at the instant `at`.
    /// An instant beyond the years 1 to 9999 gives the nearest date.
    #[must_use]
    pub fn in_vietnam(at: OffsetDateTime) -> Self {
        let nearest = if at.year() <= 1 { Self::MIN } else { Self::MAX };
        at.checked_to_offset(offset!(+7))
            .and_then(|local| {
                let year = u16::try_from(local.year()).ok()?;
                Self::new(year, u8::from(local.month()), local.day()).ok()
            })
            .unwrap_or(nearest)
    }

    /// The instant at which the day begins in Asia/Ho_Chi_Minh.
    ///
    /// # Errors
    /// [`DateError::Impossible`] when `time` cannot hold it, which no date of a document meets.
    pub fn start_in_vietnam(self) -> Result<OffsetDateTime, DateError> {
        let month = time::Month::try_from(self.month).map_err(|_| DateError::Impossible)?;
        let day = time::Date::from_calendar_date(i32::from(self.year), month, self.day)
            .map_err(|_| DateError::Impossible)?;
        Ok(day.midnight().assume_offset(offset!(+7)))
    }

    /// `yyyyMMdd`.
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn from_compact(text: &str) -> Result<Self, DateError> {
        let (year, month, day) = whole(text, 8, (0, 4), (4, 6), (6, 8)).ok_or(COMPACT)?;
        Self::new(year, month, day)
    }

    /// `ddMMyyyy`, as the QR code writes it.
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn from_qr(text: &str) -> Result<Self, DateError> {
        let (year, month, day) = whole(text, 8, (4, 8), (2, 4), (0, 2)).ok_or(QR)?;
        Self::new(year, month, day)
    }

    /// `dd/MM/yyyy`, as DG13 writes it.
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn from_dg13(text: &str) -> Result<Self, DateError> {
        if text.get(2..3) != Some("/") || text.get(5..6) != Some("/") {
            return Err(DG13);
        }
        let (year, month, day) = whole(text, 10, (6, 10), (3, 5), (0, 2)).ok_or(DG13)?;
        Self::new(year, month, day)
    }

    /// `YYMMDD`, as a machine readable zone writes it (ICAO 9303-3, 4.8).
    #[must_use]
    pub fn to_mrz(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// ISO 8601, `yyyy-MM-dd`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
            return Err(ISO);
        }
        let (year, month, day) = whole(text, 10, (0, 4), (5, 7), (8, 10)).ok_or(ISO)?;
        Self::new(year, month, day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A date of which parts may be unknown, such as a birth date of which only the year is recorded.
///
/// Shows as ISO 8601 with reduced precision (`1955`, `1955-06`); where an unknown part stands
/// before a known one, as ISO 8601-2 with `X` for each unknown digit (`1955-XX-15`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Zeroize)]
pub struct PartialDate {
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
}

impl PartialDate {
    /// A date from its parts.
    ///
    /// # Errors
    /// [`DateError::Impossible`] when no date has these parts.
    pub fn new(year: Option<u16>, month: Option<u8>, day: Option<u8>) -> Result<Self, DateError> {
        // An unknown year may be a leap year, an unknown month may have 31 days.
        Date::new(year.unwrap_or(2000), month.unwrap_or(1), day.unwrap_or(1))?;
        Ok(Self { year, month, day })
    }

    /// The birth date of a machine readable zone, `YYMMDD`, each part possibly `<<`
    /// (ICAO 9303-3, 4.8).
    ///
    /// The century: nobody is born after `today`; of the years left the latest, unless
    /// `year_hint` ends with the same two digits (the personal number holds the century, and tells
    /// a person of 101 years from a child of one).
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn birth_from_mrz(
        text: &str,
        today: Date,
        year_hint: Option<u16>,
    ) -> Result<Self, DateError> {
        let (short_year, month, day) = mrz_parts(text)?;
        let Some(short_year) = short_year else {
            return Self::new(None, month, day);
        };
        let in_the_past = |year: u16| {
            (year, month.unwrap_or(1), day.unwrap_or(1)) <= (today.year, today.month, today.day)
        };
        let hinted = year_hint
            .filter(|year| year % 100 == u16::from(short_year) && in_the_past(*year))
            .and_then(|year| Self::new(Some(year), month, day).ok());
        if let Some(date) = hinted {
            return Ok(date);
        }
        let this_century = today.year - today.year % 100 + u16::from(short_year);
        let year = if in_the_past(this_century) {
            this_century
        } else {
            this_century.saturating_sub(100)
        };
        Self::new(Some(year), month, day)
    }

    /// `ddMMyyyy` of the QR code. How a birth date known by its year alone is encoded there has not
    /// been published: `yyyy`, `MMyyyy` and zeros for day and month are understood.
    ///
    /// # Errors
    /// [`DateError`] for any other form, or a day that does not exist.
    pub fn from_qr(text: &str) -> Result<Self, DateError> {
        match text.len() {
            4 => Self::new(Some(number(text).ok_or(QR)?), None, None),
            6 => {
                let (month, year) = text.split_at_checked(2).ok_or(QR)?;
                Self::new(
                    Some(number(year).ok_or(QR)?),
                    unless_zero(month).ok_or(QR)?,
                    None,
                )
            }
            8 => {
                let (day, rest) = text.split_at_checked(2).ok_or(QR)?;
                let (month, year) = rest.split_at_checked(2).ok_or(QR)?;
                Self::new(
                    Some(number(year).ok_or(QR)?),
                    unless_zero(month).ok_or(QR)?,
                    unless_zero(day).ok_or(QR)?,
                )
            }
            _ => Err(QR),
        }
    }

    /// `dd/MM/yyyy` of DG13; `MM/yyyy`, `yyyy` and zeros for unknown parts are understood.
    ///
    /// # Errors
    /// [`DateError`] for any other form, or a day that does not exist.
    pub fn from_dg13(text: &str) -> Result<Self, DateError> {
        let mut parts = text.rsplit('/');
        let year = parts
            .next()
            .filter(|part| part.len() == 4)
            .and_then(number)
            .ok_or(DG13)?;
        let mut two_digits = || match parts.next() {
            None => Ok(None),
            Some(part) if part.len() == 2 => unless_zero(part).ok_or(DG13),
            Some(_) => Err(DG13),
        };
        let (month, day) = (two_digits()?, two_digits()?);
        if parts.next().is_some() {
            return Err(DG13);
        }
        Self::new(Some(year), month, day)
    }

    /// The whole date, when every part is known.
    #[must_use]
    pub fn complete(self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?).ok()
    }

    /// The year, if known.
    #[must_use]
    pub const fn year(self) -> Option<u16> {
        self.year
    }

    /// The month, if known.
    #[must_use]
    pub const fn month(self) -> Option<u8> {
        self.month
    }

    /// The day, if known.
    #[must_use]
    pub const fn day(self) -> Option<u8> {
        self.day
    }

    /// `YYMMDD` with fillers for what is unknown (ICAO 9303-3, 4.8).
    #[must_use]
    pub fn to_mrz(self) -> String {
        let two = |part: Option<u16>| part.map_or("<<".to_owned(), |n| format!("{:02}", n % 100));
        two(self.year) + &two(self.month.map(u16::from)) + &two(self.day.map(u16::from))
    }

    /// Whether two statements of one date contradict each other nowhere: each part is equal, or
    /// unknown to one of them.
    #[must_use]
    pub fn agrees_with(self, other: Self) -> bool {
        fn part<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        part(self.year, other.year) && part(self.month, other.month) && part(self.day, other.day)
    }

    /// As [`Self::agrees_with`], where one of the two comes from a machine readable zone: that
    /// holds no century, so only the last two digits of the year count.
    #[must_use]
    pub fn agrees_in_mrz(self, other: Self) -> bool {
        let short = |date: Self| Self {
            year: date.year.map(|year| year % 100),
            ..date
        };
        short(self).agrees_with(short(other))
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self {
            year: Some(date.year),
            month: Some(date.month),
            day: Some(date.day),
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}")?,
            None => f.write_str("XXXX")?,
        }
        match (self.month, self.day) {
            (None, None) => return Ok(()),
            (Some(month), _) => write!(f, "-{month:02}")?,
            (None, Some(_)) => f.write_str("-XX")?,
        }
        match self.day {
            Some(day) => write!(f, "-{day:02}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PartialDate {
    type Err = DateError;

    /// ISO 8601: `yyyy-MM-dd`, `yyyy-MM` or `yyyy`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let mut parts = text.split('-');
        let year = parts
            .next()
            .filter(|part| part.len() == 4)
            .and_then(number)
            .ok_or(ISO)?;
        let mut two_digits = || match parts.next() {
            None => Ok(None),
            Some(part) if part.len() == 2 => number(part)
                .and_then(|n| u8::try_from(n).ok())
                .map(Some)
                .ok_or(ISO),
            Some(_) => Err(ISO),
        };
        let (month, day) = (two_digits()?, two_digits()?);
        if parts.next().is_some() {
            return Err(ISO);
        }
        Self::new(Some(year), month, day)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Until when a card is valid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Zeroize)]
pub enum Expiry {
    /// Through this day.
    On(Date),
    /// Without end: `991231` in the machine readable zone.
    Never,
    /// Fillers stand in its place.
    Unknown,
}

impl Expiry {
    /// What a machine readable zone writes for a card without end.
    pub const NEVER_IN_MRZ: &'static str = "991231";

    /// How far ahead of today a two-digit year is looked for. The longest term of a citizen card is
    /// 22 years (issued at 38, valid to 60); a year beyond the window lies in the past.
    pub const YEARS_AHEAD: u16 = 30;

    /// The expiry date of a machine readable zone, `YYMMDD` (ICAO 9303-3, 4.8).
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn from_mrz(text: &str, today: Date) -> Result<Self, DateError> {
        if text == Self::NEVER_IN_MRZ {
            return Ok(Self::Never);
        }
        let (short_year, month, day) = mrz_parts(text)?;
        let (Some(short_year), Some(month), Some(day)) = (short_year, month, day) else {
            PartialDate::new(None, month, day)?;
            return Ok(Self::Unknown);
        };
        let last = today.year.saturating_add(Self::YEARS_AHEAD);
        let age = (last % 100 + 100 - u16::from(short_year)) % 100;
        Date::new(last.saturating_sub(age), month, day).map(Self::On)
    }

    /// Whether the card has passed its last day; nothing when the expiry is unknown.
    #[must_use]
    pub fn is_past(self, today: Date) -> Option<bool> {
        match self {
            Self::On(date) => Some(date < today),
            Self::Never => Some(false),
            Self::Unknown => None,
        }
    }

    /// `YYMMDD` as a machine readable zone writes it.
    #[must_use]
    pub fn to_mrz(self) -> String {
        match self {
            Self::On(date) => date.to_mrz(),
            Self::Never => Self::NEVER_IN_MRZ.to_owned(),
            Self::Unknown => "<<<<<<".to_owned(),
        }
    }
}

impl From<Date> for Expiry {
    /// A date as somebody types it: 2099-12-31 is the machine readable zone's way to say never.
    fn from(date: Date) -> Self {
        if date.to_mrz() == Self::NEVER_IN_MRZ {
            Self::Never
        } else {
            Self::On(date)
        }
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(date) => fmt::Display::fmt(date, f),
            Self::Never => f.write_str("never"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// The value of up to four ASCII digits.
fn number(text: &str) -> Option<u16> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Two digits; zero stands for unknown.
fn unless_zero(text: &str) -> Option<Option<u8>> {
    let value = u8::try_from(number(text)?).ok()?;
    Some((value != 0).then_some(value))
}

/// Year, month and day at the given places of a text of `length` bytes.
fn whole(
    text: &str,
    length: usize,
    year: (usize, usize),
    month: (usize, usize),
    day: (usize, usize),
) -> Option<(u16, u8, u8)> {
    let part = |(from, to): (usize, usize)| text.get(from..to).and_then(number);
    if text.len() != length {
        return None;
    }
    Some((
        part(year)?,
        u8::try_from(part(month)?).ok()?,
        u8::try_from(part(day)?).ok()?,
    ))
}

type MrzParts = (Option<u8>, Option<u8>, Option<u8>);

/// The three pairs of `YYMMDD`, each two digits or two fillers.
fn mrz_parts(text: &str) -> Result<MrzParts, DateError> {
    let pair = |from: usize, to: usize| match text.get(from..to) {
        Some("<<") => Ok(None),
        Some(digits) => number(digits)
            .and_then(|n| u8::try_from(n).ok())
            .map(Some)
            .ok_or(MRZ),
        None => Err(MRZ),
    };
    if text.len() != 6 {
        return Err(MRZ);
    }
    Ok((pair(0, 2)?, pair(2, 4)?, pair(4, 6)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use time::macros::datetime;

    use super::{Date, DateError, Expiry, PartialDate};

    fn day(iso: &str) -> Date {
        iso.parse().unwrap()
    }

    fn partial(iso: &str) -> PartialDate {
        iso.parse().unwrap()
    }

    #[test]
    fn every_form_gives_the_same_day() {
        let expected = day("1990-01-02");
        assert_eq!(Date::from_qr("02011990"), Ok(expected));
        assert_eq!(Date::from_dg13("02/01/1990"), Ok(expected));
        assert_eq!(Date::from_compact("19900102"), Ok(expected));
        assert_eq!(expected.to_string(), "1990-01-02");
        assert_eq!(expected.to_mrz(), "900102");
        assert_eq!(serde_json::to_value(expected).unwrap(), "1990-01-02");
    }

    #[test]
    fn impossible_and_malformed_are_told_apart() {
        for (text, impossible) in [
            ("1990-13-01", true),
            ("2023-02-29", true),
            ("2030-02-30", true),
            ("1990-00-10", true),
            ("1990-01-00", true),
            ("0000-01-01", true),
            ("1990-1-01", false),
            ("1990/01/01", false),
            ("1990-01-011", false),
            ("+990-01-01", false),
            ("1990-01-0٣", false),
            ("", false),
        ] {
            let error = text.parse::<Date>().unwrap_err();
            assert_eq!(
                error == DateError::Impossible,
                impossible,
                "{text:?}: {error}"
            );
        }
        assert_eq!(Date::from_qr("31021990"), Err(DateError::Impossible));
        assert!(matches!(
            Date::from_qr("1990"),
            Err(DateError::Malformed { .. })
        ));
        assert!(matches!(
            Date::from_dg13("01-01-1990"),
            Err(DateError::Malformed { .. })
        ));
        assert!(matches!(
            Date::from_compact("1990010"),
            Err(DateError::Malformed { .. })
        ));
    }

    #[test]
    fn today_is_the_date_in_vietnam() {
        for (at, expected) in [
            (datetime!(2026-03-04 16:59:59 UTC), "2026-03-04"),
            (datetime!(2026-03-04 17:00:00 UTC), "2026-03-05"),
            (datetime!(2026-01-01 00:00:00 +07:00), "2026-01-01"),
            (datetime!(2026-12-31 23:00:00 -05:00), "2027-01-01"),
        ] {
            assert_eq!(Date::in_vietnam(at), day(expected), "{at}");
        }
        assert_eq!(
            Date::in_vietnam(datetime!(9999-12-31 23:00:00 UTC)),
            Date::MAX
        );
        assert_eq!(
            Date::in_vietnam(datetime!(-0001-01-01 00:00:00 UTC)),
            Date::MIN
        );
        let start = day("2026-03-05").start_in_vietnam().unwrap();
        assert_eq!(start, datetime!(2026-03-04 17:00:00 UTC));
    }

    #[test]
    fn a_birth_lies_in_the_past_and_the_number_tells_the_century() {
        let today = day("2026-03-05");
        for (mrz, hint, expected) in [
            ("900101", None, "1990-01-01"),
            ("260305", None, "2026-03-05"),
            ("260306", None, "1926-03-06"),
            ("250101", None, "2025-01-01"),
            ("250101", Some(1925), "1925-01-01"),
            ("250101", Some(2025), "2025-01-01"),
            ("250101", Some(1990), "2025-01-01"),
            ("300101", Some(2030), "1930-01-01"),
            ("000229", Some(1900), "2000-02-29"),
            ("55<<<<", None, "1955"),
            ("5506<<", None, "1955-06"),
            ("2603<<", None, "2026-03"),
            ("2604<<", None, "1926-04"),
        ] {
            let date = PartialDate::birth_from_mrz(mrz, today, hint).unwrap();
            assert_eq!(date.to_string(), expected, "{mrz} {hint:?}");
            assert_eq!(date.to_mrz(), mrz);
        }
        for (mrz, shown) in [
            ("<<<<<<", "XXXX"),
            ("<<0615", "XXXX-06-15"),
            ("55<<15", "1955-XX-15"),
        ] {
            let date = PartialDate::birth_from_mrz(mrz, today, None).unwrap();
            assert_eq!((date.to_string().as_str(), date.complete()), (shown, None));
            assert_eq!(date.to_mrz(), mrz);
        }
        for mrz in ["991301", "990230", "99<<32", "<<1301", "230229"] {
            assert_eq!(
                PartialDate::birth_from_mrz(mrz, today, None),
                Err(DateError::Impossible),
                "{mrz}"
            );
        }
        for mrz in [
            "", "9901", "9<0101", "99O101", "9901011", "９90101", "99 101",
        ] {
            assert!(
                matches!(
                    PartialDate::birth_from_mrz(mrz, today, None),
                    Err(DateError::Malformed { .. })
                ),
                "{mrz}"
            );
        }
    }

    #[test]
    fn birth_dates_known_by_the_year_alone() {
        for text in ["1955", "001955", "00001955"] {
            assert_eq!(PartialDate::from_qr(text), Ok(partial("1955")), "{text}");
        }
        assert_eq!(PartialDate::from_qr("061955"), Ok(partial("1955-06")));
        assert_eq!(PartialDate::from_qr("15061955"), Ok(partial("1955-06-15")));
        for text in ["1955", "00/1955", "00/00/1955"] {
            assert_eq!(PartialDate::from_dg13(text), Ok(partial("1955")), "{text}");
        }
        assert_eq!(
            PartialDate::from_dg13("15/06/1955"),
            Ok(partial("1955-06-15"))
        );
        for text in [
            "",
            "/",
            "//1955",
            "1/1/1955",
            "00/00/00/1955",
            "15/13/1955",
            "năm 1955",
        ] {
            assert!(PartialDate::from_dg13(text).is_err(), "{text}");
            assert!(PartialDate::from_qr(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_agree_where_both_speak() {
        let whole = partial("1955-06-15");
        for (other, agrees, agrees_in_mrz) in [
            ("1955-06-15", true, true),
            ("1955-06", true, true),
            ("1955", true, true),
            ("1955-06-16", false, false),
            ("2055-06-15", false, true),
            ("1956", false, false),
        ] {
            assert_eq!(whole.agrees_with(partial(other)), agrees, "{other}");
            assert_eq!(
                partial(other).agrees_in_mrz(whole),
                agrees_in_mrz,
                "{other}"
            );
        }
    }

    #[test]
    fn expiry_in_its_window() {
        let today = day("2026-03-05");
        for (mrz, expected) in [
            ("300101", Expiry::On(day("2030-01-01"))),
            ("260304", Expiry::On(day("2026-03-04"))),
            ("560101", Expiry::On(day("2056-01-01"))),
            ("570101", Expiry::On(day("1957-01-01"))),
            ("991230", Expiry::On(day("1999-12-30"))),
            ("991231", Expiry::Never),
            ("<<<<<<", Expiry::Unknown),
            ("30<<<<", Expiry::Unknown),
        ] {
            assert_eq!(Expiry::from_mrz(mrz, today), Ok(expected), "{mrz}");
        }
        assert_eq!(
            Expiry::from_mrz("300230", today),
            Err(DateError::Impossible)
        );
        assert_eq!(
            Expiry::from_mrz("<<1301", today),
            Err(DateError::Impossible)
        );
        assert!(matches!(
            Expiry::from_mrz("30O101", today),
            Err(DateError::Malformed { .. })
        ));
        assert_eq!(Expiry::On(today).is_past(today), Some(false));
        assert_eq!(Expiry::On(day("2026-03-04")).is_past(today), Some(true));
        assert_eq!(Expiry::Never.is_past(Date::MAX), Some(false));
        assert_eq!(Expiry::Unknown.is_past(today), None);
        assert_eq!(Expiry::from(day("2099-12-31")), Expiry::Never);
        // The window moves with the day.
        assert_eq!(
            Expiry::from_mrz("570101", day("2027-01-01")),
            Ok(Expiry::On(day("2057-01-01")))
        );
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,12}") {
            let today = day("2026-03-05");
            let _ = (text.parse::<Date>(), text.parse::<PartialDate>());
            let _ = (Date::from_qr(&text), Date::from_dg13(&text), Date::from_compact(&text));
            let _ = (PartialDate::from_qr(&text), PartialDate::from_dg13(&text));
            let _ = (PartialDate::birth_from_mrz(&text, today, Some(0)), Expiry::from_mrz(&text, today));
        }

        #[test]
        fn whole_dates_survive_every_form(y in 1u16..=9999, m in 1u8..=12, d in 1u8..=28) {
            let date = Date::new(y, m, d).unwrap();
            prop_assert_eq!(date.to_string().parse(), Ok(date));
            prop_assert_eq!(Date::from_qr(&format!("{d:02}{m:02}{y:04}")), Ok(date));
            prop_assert_eq!(Date::from_dg13(&format!("{d:02}/{m:02}/{y:04}")), Ok(date));
            prop_assert_eq!(PartialDate::from(date).complete(), Some(date));
        }

        #[test]
        fn no_birth_is_in_the_future(
            text in "[0-9]{2}(0[1-9]|1[0-2])([01][1-8])",
            y in 1900u16..2200, m in 1u8..=12, d in 1u8..=28, hint in proptest::option::of(1800u16..2300),
        ) {
            let today = Date::new(y, m, d).unwrap();
            let birth = PartialDate::birth_from_mrz(&text, today, hint).unwrap();
            prop_assert!(birth.complete().unwrap() <= today);
            prop_assert_eq!(birth.to_mrz(), text);
        }

        #[test]
        fn an_expiry_keeps_its_digits(text in "[0-9]{2}(0[1-9]|1[0-2])([01][1-8])", y in 1900u16..2200) {
            let today = Date::new(y, 7, 1).unwrap();
            prop_assert_eq!(Expiry::from_mrz(&text, today).unwrap().to_mrz(), text);
        }
    }
}
