//! The personal number: 12 digits.
//!
//! 3 for the place where the birth was registered, 1 for century and sex, 2 for the year of birth,
//! 6 random. There is no check digit, and the rule has lapsed (2024-07-01): digits that do not fit
//! are worth a note, never a refusal.

use super::date::PartialDate;
use super::personal::Personal;
use super::sex::Sex;

/// Place codes in use under the rule: provinces and cities as they were until 2025.
const PLACES: &[&str] = &[
    "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020",
    "022", "024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038",
    "040", "042", "044", "045", "046", "048", "049", "051", "052", "054", "056", "058", "060",
    "062", "064", "066", "067", "068", "070", "072", "074", "075", "077", "079", "080", "082",
    "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
];

/// Why a text is no personal number. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonalNumberError {
    /// Not 12 characters.
    #[error("a personal number has 12 digits, not {found} characters")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that is no ASCII digit.
    #[error("character {position} of the personal number is no digit")]
    NotADigit {
        /// Its position, from 1.
        position: usize,
    },
}

/// A digit group of the number that does not fit what else is known. A note, never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberInconsistency {
    /// The place code is not in the table, which may be old.
    Place,
    /// Digit 4 names another sex.
    Sex,
    /// Digits 4 to 6 name another year of birth.
    Year,
}

/// 12 digits, well formed: says nothing of whether anybody signed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalNumber(Personal<String>);

impl PersonalNumber {
    /// Exactly 12 ASCII digits, without spaces.
    ///
    /// # Errors
    /// [`PersonalNumberError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, PersonalNumberError> {
        let other = text.chars().position(|c| !c.is_ascii_digit());
        match (text.chars().count(), other) {
            (12, None) => Ok(Self(Personal::from(text))),
            (12, Some(index)) => Err(PersonalNumberError::NotADigit {
                position: index.saturating_add(1),
            }),
            (found, _) => Err(PersonalNumberError::Length { found }),
        }
    }

    /// The 12 digits.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The 12 digits, still in care.
    #[must_use]
    pub const fn personal(&self) -> &Personal<String> {
        &self.0
    }

    /// The number of the document: the last 9 digits.
    #[must_use]
    pub fn document_number(&self) -> &str {
        self.part(3, 12)
    }

    /// The card access number: the last 6 digits.
    #[must_use]
    pub fn card_access_number(&self) -> &str {
        self.part(6, 12)
    }

    /// The three digits of the place.
    #[must_use]
    pub fn place_code(&self) -> &str {
        self.part(0, 3)
    }

    /// Whether the place code is in the table.
    #[must_use]
    pub fn place_is_known(&self) -> bool {
        PLACES.contains(&self.place_code())
    }

    /// The sex that digit 4 names: even male, odd female.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.value(3, 4).is_multiple_of(2) {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// The year of birth that digits 4 to 6 name: 0 and 1 stand for 19xx, 2 and 3 for 20xx, and so
    /// on to 23xx.
    #[must_use]
    pub fn birth_year(&self) -> u16 {
        1900 + self.value(3, 4) / 2 * 100 + self.value(4, 6)
    }

    /// What does not fit the birth date and sex of the card, in the order of
    /// [`NumberInconsistency`]. What is unknown on the card fits.
    #[must_use]
    pub fn inconsistencies(
        &self,
        birth_date: Option<PartialDate>,
        sex: Option<Sex>,
    ) -> Vec<NumberInconsistency> {
        let other_sex = sex.is_some_and(|sex| sex != Sex::Unspecified && sex != self.sex());
        let year = birth_date.and_then(PartialDate::year);
        let other_year = year.is_some_and(|year| year != self.birth_year());
        [
            (!self.place_is_known(), NumberInconsistency::Place),
            (other_sex, NumberInconsistency::Sex),
            (other_year, NumberInconsistency::Year),
        ]
        .into_iter()
        .filter_map(|(found, kind)| found.then_some(kind))
        .collect()
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.0.reveal().get(from..to).unwrap_or_default()
    }

    fn value(&self, from: usize, to: usize) -> u16 {
        self.part(from, to).parse().unwrap_or_default()
    }
}

impl serde::Serialize for PersonalNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{NumberInconsistency as N, PLACES, PersonalNumber, PersonalNumberError};
    use crate::document::Sex;

    #[test]
    fn the_parts_of_a_number() {
        let number = PersonalNumber::parse("001090000001").unwrap();
        assert_eq!(number.place_code(), "001");
        assert_eq!(number.sex(), Sex::Male);
        assert_eq!(number.birth_year(), 1990);
        assert_eq!(number.document_number(), "090000001");
        assert_eq!(number.card_access_number(), "000001");
        assert_eq!(format!("{number:?}"), "PersonalNumber([redacted])");
        for (text, sex, year) in [
            ("079155000002", Sex::Female, 1955),
            ("079201000002", Sex::Male, 2001),
            ("079301000002", Sex::Female, 2001),
            ("079401000002", Sex::Male, 2101),
            ("079999000002", Sex::Female, 2399),
        ] {
            let number = PersonalNumber::parse(text).unwrap();
            assert_eq!((number.sex(), number.birth_year()), (sex, year), "{text}");
        }
    }

    #[test]
    fn twelve_ascii_digits_and_nothing_else() {
        for (text, expected) in [
            ("", PersonalNumberError::Length { found: 0 }),
            ("00109000000", PersonalNumberError::Length { found: 11 }),
            ("0010900000011", PersonalNumberError::Length { found: 13 }),
            ("001090000001 ", PersonalNumberError::Length { found: 13 }),
            (
                "00109000000O",
                PersonalNumberError::NotADigit { position: 12 },
            ),
            (
                "00109000000<",
                PersonalNumberError::NotADigit { position: 12 },
            ),
            (
                "+01090000001",
                PersonalNumberError::NotADigit { position: 1 },
            ),
            (
                "00109000000\u{661}",
                PersonalNumberError::NotADigit { position: 12 },
            ),
        ] {
            let error = PersonalNumber::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            assert!(text.is_empty() || !error.to_string().contains(text));
        }
    }

    #[test]
    fn digits_that_do_not_fit_are_noted() {
        for (text, birth, sex, expected) in [
            ("001090000001", Some("1990-01-01"), Some(Sex::Male), vec![]),
            ("001090000001", Some("1990"), Some(Sex::Unspecified), vec![]),
            ("001090000001", None, None, vec![]),
            (
                "001090000001",
                Some("1991-01-01"),
                Some(Sex::Male),
                vec![N::Year],
            ),
            (
                "001090000001",
                Some("2090-01-01"),
                Some(Sex::Male),
                vec![N::Year],
            ),
            (
                "001190000001",
                Some("1990-01-01"),
                Some(Sex::Male),
                vec![N::Sex],
            ),
            (
                "003090000001",
                Some("1990-01-01"),
                Some(Sex::Male),
                vec![N::Place],
            ),
            (
                "999390000001",
                Some("1990-01-01"),
                Some(Sex::Male),
                vec![N::Place, N::Sex, N::Year],
            ),
        ] {
            let number = PersonalNumber::parse(text).unwrap();
            let birth = birth.map(|iso| iso.parse().unwrap());
            assert_eq!(number.inconsistencies(birth, sex), expected, "{text}");
        }
    }

    #[test]
    fn the_table_of_places_is_sorted_and_complete() {
        assert!(PLACES.is_sorted());
        assert_eq!(PLACES.len(), 63);
    }

    proptest! {
        #[test]
        fn twelve_digits_always_have_parts(text in "[0-9]{12}") {
            let number = PersonalNumber::parse(&text).unwrap();
            prop_assert_eq!(format!("{}{}", number.place_code(), number.document_number()), text);
            prop_assert!((1900..2400).contains(&number.birth_year()));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,20}") {
            let _ = PersonalNumber::parse(&text);
        }
    }
}
