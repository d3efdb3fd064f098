//! Dates of which parts may be unknown.

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};
use zeroize::Zeroize;

use super::{DG13, Date, DateError, ISO, QR, dg13_form, in_dg13, mrz_parts, number, unless_zero};

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

    /// `dd/MM/yyyy` of DG13; `MM/yyyy`, `yyyy` and zeros for unknown parts are understood, hyphens or
    /// dots for the slashes, and ISO 8601.
    ///
    /// # Errors
    /// [`DateError`] for any other form, or a day that does not exist.
    pub fn from_dg13(text: &str) -> Result<Self, DateError> {
        let text = dg13_form(text);
        if text.get(4..5) == Some("-") {
            return text.parse().map_err(|error| in_dg13(&error));
        }
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
        [
            two(self.year),
            two(self.month.map(u16::from)),
            two(self.day.map(u16::from)),
        ]
        .concat()
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
