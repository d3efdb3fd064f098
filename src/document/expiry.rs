//! Until when a document is valid, and what a QR code lets one guess of it.

use core::fmt;

use zeroize::Zeroize;

use super::date::{Date, DateError, PartialDate, mrz_parts};
use super::name::{folded, without_diacritics};

/// Until when a card is valid.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Zeroize)]
pub enum Expiry {
    /// Through this day.
    On(Date),
    /// Without end: `991231` in the machine readable zone of a Vietnamese citizen card.
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

    /// The expiry date in the zone of a Vietnamese citizen card: `991231` is no date there.
    ///
    /// # Errors
    /// As [`Self::from_mrz`].
    pub fn of_citizen_card(text: &str, today: Date) -> Result<Self, DateError> {
        if text == Self::NEVER_IN_MRZ {
            return Ok(Self::Never);
        }
        Self::from_mrz(text, today)
    }

    /// The expiry date of a machine readable zone, `YYMMDD` (ICAO 9303-3, 4.8).
    ///
    /// # Errors
    /// [`DateError`] for another form, or a day that does not exist.
    pub fn from_mrz(text: &str, today: Date) -> Result<Self, DateError> {
        let (short_year, month, day) = mrz_parts(text)?;
        let (Some(short_year), Some(month), Some(day)) = (short_year, month, day) else {
            PartialDate::new(None, month, day)?;
            return Ok(Self::Unknown);
        };
        let last = today.year().saturating_add(Self::YEARS_AHEAD);
        let age = (last % 100 + 100 - u16::from(short_year)) % 100;
        Date::new(last.saturating_sub(age), month, day).map(Self::On)
    }

    /// The expiry date of DG13: dd/MM/yyyy, or words for a card without end, with or without their
    /// diacritics. Any other text says nothing of the expiry, and the machine readable zone decides.
    #[must_use]
    pub fn from_dg13(text: &str) -> Self {
        const NEVER: [&str; 6] = [
            "khong thoi han",
            "khong co thoi han",
            "khong gioi han",
            "khong ky han",
            "vo thoi han",
            "vinh vien",
        ];
        match Date::from_dg13(text) {
            Ok(date) => Self::from(date),
            Err(_) if NEVER.contains(&without_diacritics(&folded(text)).as_str()) => Self::Never,
            Err(_) => Self::Unknown,
        }
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
    /// A date as somebody types it: 2099-12-31, or that day of a later century, is the machine
    /// readable zone's way to say never.
    fn from(date: Date) -> Self {
        if date.to_mrz() == Self::NEVER_IN_MRZ && date.year() >= 2099 {
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

/// The ages at which a card must be renewed; 14 for cards issued from
/// [`Date::LAW_ON_IDENTIFICATION`] on.
const MILESTONES: [u16; 4] = [14, 25, 40, 60];

/// The expiry dates that a card may have of which birth and issue date are known, the likeliest
/// first, each once, at most 9: for basic access control with the QR code alone.
///
/// A card runs to the next milestone birthday; one issued within the two years before a milestone
/// runs to the one after. The candidates: that date; the milestone skipped; the later ones; no
/// expiry. Who is born on 29 February has the birthday on 28 February, then on 1 March, where the
/// year is no leap year. Nothing when the card was issued before birth.
#[must_use]
pub fn candidates(birth: Date, issue: Date) -> Vec<Expiry> {
    if issue < birth {
        return Vec::new();
    }
    let mut birthdays = MILESTONES
        .into_iter()
        .filter(|age| *age != 14 || issue >= Date::LAW_ON_IDENTIFICATION)
        .map(|age| birthdays(birth, age))
        .filter(|days| days.first().is_some_and(|day| *day > issue));
    let next = birthdays.next();
    let two_years_before = |days: &Vec<Date>| days.first().and_then(|day| day.years_before(2));
    let is_skipped = next
        .as_ref()
        .and_then(two_years_before)
        .is_some_and(|from| issue >= from);
    let (first, skipped) = if is_skipped {
        (birthdays.next(), next)
    } else {
        (next, None)
    };
    let without_end = first.is_none().then_some(Expiry::Never);
    let dated = [first, skipped].into_iter().flatten().chain(birthdays);

    let mut found = Vec::new();
    for expiry in without_end
        .into_iter()
        .chain(dated.flatten().map(Expiry::from))
        .chain([Expiry::Never])
    {
        if !found.contains(&expiry) {
            found.push(expiry);
        }
    }
    found
}

/// The birthday at `age`, or both days on which it may be held.
fn birthdays(birth: Date, age: u16) -> Vec<Date> {
    let Some(year) = birth.year().checked_add(age) else {
        return Vec::new();
    };
    match Date::new(year, birth.month(), birth.day()) {
        Ok(date) => vec![date],
        // 29 February of a year that has none.
        Err(_) => [(2, 28), (3, 1)]
            .into_iter()
            .filter_map(|(month, day)| Date::new(year, month, day).ok())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::{Expiry, candidates};
    use crate::document::{Date, DateError};

    fn day(iso: &str) -> Date {
        iso.parse().unwrap()
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
            ("991231", Expiry::On(day("1999-12-31"))),
            ("<<<<<<", Expiry::Unknown),
            ("30<<<<", Expiry::Unknown),
        ] {
            assert_eq!(Expiry::from_mrz(mrz, today), Ok(expected), "{mrz}");
        }
        // One text alone is read otherwise on a citizen card.
        for text in ["991230", "991231", "300101", "<<<<<<", "300230"] {
            let of_citizen_card = Expiry::of_citizen_card(text, today);
            let same = of_citizen_card == Expiry::from_mrz(text, today);
            assert_eq!(same, text != "991231", "{text}");
        }
        assert_eq!(Expiry::of_citizen_card("991231", today), Ok(Expiry::Never));
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

    #[test]
    fn expiry_of_the_national_data() {
        for (text, expected) in [
            ("01/01/2030", Expiry::On(day("2030-01-01"))),
            (" 01/01/2030 ", Expiry::On(day("2030-01-01"))),
            ("Không thời hạn", Expiry::Never),
            ("KHÔNG THỜI HẠN", Expiry::Never),
            ("Khong thoi han", Expiry::Never),
            ("Vĩnh viễn", Expiry::Never),
            ("31/12/2099", Expiry::Never),
            ("31/12/9999", Expiry::Never),
            ("31/12/1999", Expiry::On(day("1999-12-31"))),
            ("30/02/2030", Expiry::Unknown),
            ("", Expiry::Unknown),
            ("?", Expiry::Unknown),
        ] {
            assert_eq!(Expiry::from_dg13(text), expected, "{text}");
        }
    }

    /// Birth, issue, and the candidates in order.
    #[test]
    fn what_a_card_may_expire_on() {
        for (birth, issue, expected) in [
            // The sample cards.
            ("1990-01-01", "2021-05-10", "2030-01-01 2050-01-01 never"),
            ("1955-06-15", "2021-05-10", "never"),
            // Before and within the two years before a milestone.
            ("1990-01-01", "2027-12-31", "2030-01-01 2050-01-01 never"),
            ("1990-01-01", "2028-01-01", "2050-01-01 2030-01-01 never"),
            ("1990-01-01", "2029-12-31", "2050-01-01 2030-01-01 never"),
            // On a milestone birthday it is no longer ahead.
            ("1990-01-01", "2030-01-01", "2050-01-01 never"),
            // Within two years before the last one: no expiry, then the one skipped.
            ("1965-03-20", "2023-03-19", "2025-03-20 never"),
            ("1965-03-20", "2023-03-20", "never 2025-03-20"),
            ("1965-03-20", "2025-03-20", "never"),
            // Children: 14 counts from 2024-07-01 on.
            (
                "2015-09-02",
                "2024-06-30",
                "2040-09-02 2055-09-02 2075-09-02 never",
            ),
            (
                "2015-09-02",
                "2024-07-01",
                "2029-09-02 2040-09-02 2055-09-02 2075-09-02 never",
            ),
            (
                "2011-09-02",
                "2024-07-01",
                "2036-09-02 2025-09-02 2051-09-02 2071-09-02 never",
            ),
            (
                "2024-07-01",
                "2024-07-01",
                "2038-07-01 2049-07-01 2064-07-01 2084-07-01 never",
            ),
            (
                "2007-01-01",
                "2021-05-10",
                "2032-01-01 2047-01-01 2067-01-01 never",
            ),
            // 29 February: 25 years on there is none, 40 and 60 years on there is.
            (
                "1996-02-29",
                "2018-01-01",
                "2021-02-28 2021-03-01 2036-02-29 2056-02-29 never",
            ),
            (
                "1996-02-29",
                "2019-02-28",
                "2036-02-29 2021-02-28 2021-03-01 2056-02-29 never",
            ),
            (
                "2012-02-29",
                "2024-07-02",
                "2037-02-28 2037-03-01 2026-02-28 2026-03-01 2052-02-29 2072-02-29 never",
            ),
            (
                "2040-02-29",
                "2060-01-01",
                "2065-02-28 2065-03-01 2080-02-29 2100-02-28 2100-03-01 never",
            ),
            ("1990-01-01", "1989-12-31", ""),
        ] {
            let found: Vec<String> = candidates(day(birth), day(issue))
                .iter()
                .map(|c| format!("{c:?}"))
                .collect();
            assert_eq!(found.join(" "), expected, "{birth} {issue}");
        }
    }

    proptest! {
    #[test]
    fn an_expiry_keeps_its_digits(text in "[0-9]{2}(0[1-9]|1[0-2])([01][1-8])", y in 1900u16..2200) {
        let today = Date::new(y, 7, 1).unwrap();
        prop_assert_eq!(Expiry::from_mrz(&text, today).unwrap().to_mrz(), text);
    }


        #[test]
        fn candidates_are_few_ahead_and_each_once(
            by in 1u16..=9999, bm in 1u8..=12, bd in 1u8..=31, iy in 1u16..=9999, im in 1u8..=12,
        ) {
            let (Ok(birth), Ok(issue)) = (Date::new(by, bm, bd), Date::new(iy, im, 15)) else {
                return Ok(());
            };
            let found = candidates(birth, issue);
            prop_assert!(found.len() <= 9);
            prop_assert_eq!(found.is_empty(), issue < birth);
            prop_assert!(found.is_empty() || found.contains(&Expiry::Never));
            for (index, expiry) in found.iter().enumerate() {
                prop_assert!(!found[..index].contains(expiry));
                prop_assert!(!matches!(expiry, Expiry::On(date) if *date <= issue));
            }
        }
    }
}
