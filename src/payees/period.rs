//! The time that a benefit is for.

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};

use super::FaultKind;
use crate::document::name::{folded, without_diacritics};

/// A month, a quarter or a year. Shows as `2026-11`, `2026-Q4`, `2026`: two spellings of one period are
/// one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A year.
    Year(u16),
    /// A quarter, 1 to 4, of a year.
    Quarter(u16, u8),
    /// A month, 1 to 12, of a year.
    Month(u16, u8),
}

impl Period {
    /// Reads `2026-11`, `11/2026`, `tháng 11/2026`, `tháng 11 năm 2026`, `T11/2026`, `2026-Q4`,
    /// `quý IV/2026`, `2026` and what looks like them.
    ///
    /// # Errors
    /// [`FaultKind::PeriodMalformed`]: also for a day such as `01/11/2026`, which is what a spreadsheet
    /// makes of a month.
    pub fn parse(text: &str) -> Result<Self, FaultKind> {
        const BAD: FaultKind = FaultKind::PeriodMalformed;
        let plain = without_diacritics(&folded(text));
        let mut words: Vec<&str> = Vec::new();
        for word in plain.split(|c: char| !c.is_ascii_alphanumeric()) {
            // T11, Q4, thang11.
            let digits = word.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
            let (letters, rest) = word.split_at_checked(digits).ok_or(BAD)?;
            words.extend([letters, rest].into_iter().filter(|part| !part.is_empty()));
        }
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '/' | '-' | '.');
        if !plain.chars().all(known) {
            return Err(BAD);
        }
        words.retain(|word| !matches!(*word, "ky" | "nam"));
        match words.as_slice() {
            [year] => year_of(year).map(Self::Year),
            ["thang" | "t", month, year] | [month, year] if year.len() == 4 => {
                month_of(month, year)
            }
            ["quy" | "q", quarter, year] => quarter_of(quarter, year),
            [year, "q" | "quy", quarter] => quarter_of(quarter, year),
            [year, month] => month_of(month, year),
            _ => None,
        }
        .ok_or(BAD)
    }
}

fn year_of(text: &str) -> Option<u16> {
    let year = (text.len() == 4).then(|| text.parse().ok())??;
    (2000..2200).contains(&year).then_some(year)
}

fn month_of(month: &str, year: &str) -> Option<Period> {
    let month = (month.len() <= 2).then(|| month.parse().ok())??;
    (1..=12)
        .contains(&month)
        .then(|| year_of(year).map(|year| Period::Month(year, month)))?
}

fn quarter_of(quarter: &str, year: &str) -> Option<Period> {
    let quarter = match quarter {
        "1" | "i" => 1,
        "2" | "ii" => 2,
        "3" | "iii" => 3,
        "4" | "iv" => 4,
        _ => return None,
    };
    year_of(year).map(|year| Period::Quarter(year, quarter))
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
        }
    }
}

impl FromStr for Period {
    type Err = FaultKind;

    fn from_str(text: &str) -> Result<Self, FaultKind> {
        Self::parse(text)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{FaultKind, Period};

    #[test]
    fn spellings_of_one_period_are_one_period() {
        for (spellings, expected) in [
            (
                &[
                    "2026-11",
                    "11/2026",
                    "11-2026",
                    "11.2026",
                    "2026/11",
                    "Tháng 11/2026",
                    "THÁNG 11 NĂM 2026",
                    "T11/2026",
                    "t11-2026",
                    "kỳ tháng 11/2026",
                    "Kỳ 11/2026",
                    "tha\u{301}ng 11/2026",
                ][..],
                "2026-11",
            ),
            (&["1/2026", "2026-1", "01/2026"], "2026-01"),
            (
                &[
                    "2026-Q4",
                    "Q4/2026",
                    "Quý 4/2026",
                    "quý IV/2026",
                    "Quý IV năm 2026",
                    "q4 2026",
                ],
                "2026-Q4",
            ),
            (&["2026", "năm 2026"], "2026"),
        ] {
            for spelling in spellings {
                let period = Period::parse(spelling).unwrap();
                assert_eq!(period.to_string(), expected, "{spelling}");
                assert_eq!(expected.parse(), Ok(period));
            }
        }
    }

    #[test]
    fn anything_else_is_no_period() {
        for text in [
            "",
            "11",
            "13/2026",
            "0/2026",
            "01/11/2026",
            "2026-11-01",
            "Nov-26",
            "11/26",
            "Q5/2026",
            "quý V/2026",
            "46327",
            "1999",
            "2026-11 x",
            "11/2026; 12/2026",
            "=11/2026",
            "tháng mười một",
        ] {
            assert_eq!(
                Period::parse(text),
                Err(FaultKind::PeriodMalformed),
                "{text}"
            );
        }
    }
}
