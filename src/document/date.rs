//! Calendar dates of documents, whole and partial.
//!
//! Machine readable zones carry two digits of the year and fillers for what is unknown
//! (ICAO 9303-3, 4.8); the QR code writes ddMMyyyy, DG13 dd/MM/yyyy, everything outside ISO 8601.

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::macros::offset;
use zeroize::{Zeroize, Zeroizing};

mod partial;

pub use partial::PartialDate;

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
    /// The Law on Identification (26/2023/QH15) came into force.
    pub const LAW_ON_IDENTIFICATION: Self = Self {
        year: 2024,
        month: 7,
        day: 1,
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
        let text = dg13_form(text);
        if text.get(2..3) != Some("/") || text.get(5..6) != Some("/") {
            return text.parse().map_err(|error| in_dg13(&error));
        }
        let (year, month, day) = whole(&text, 10, (6, 10), (3, 5), (0, 2)).ok_or(DG13)?;
        Self::new(year, month, day)
    }

    /// The same day `years` before, 28 February for 29 February of a year that has none; nothing
    /// before year 1.
    #[must_use]
    pub fn years_before(self, years: u16) -> Option<Self> {
        let year = self.year.checked_sub(years)?;
        Self::new(year, self.month, self.day)
            .or_else(|_| Self::new(year, self.month, self.day.saturating_sub(1)))
            .ok()
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

/// A date of DG13 as it should be written: without spaces around it, slashes between its parts.
/// What real cards hold is known from few sources, and nobody forges by a hyphen.
fn dg13_form(text: &str) -> Zeroizing<String> {
    let text = text.trim();
    // ISO 8601 keeps its hyphens.
    if text.get(4..5) == Some("-") {
        return Zeroizing::new(text.to_owned());
    }
    Zeroizing::new(text.replace(['-', '.'], "/"))
}

const fn in_dg13(error: &DateError) -> DateError {
    match error {
        DateError::Impossible => DateError::Impossible,
        DateError::Malformed { .. } => DG13,
    }
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

pub(super) type MrzParts = (Option<u8>, Option<u8>, Option<u8>);

/// The three pairs of `YYMMDD`, each two digits or two fillers.
pub(super) fn mrz_parts(text: &str) -> Result<MrzParts, DateError> {
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
mod tests;
