//! What opens a chip: the key part of the machine readable zone, or the card access number.

use super::date::PartialDate;
use super::expiry::Expiry;
use super::mrz::check_digit;
use super::personal::Personal;

/// Why an access key cannot be made. Never holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessKeyError {
    /// The document number is empty, longer than 22 characters, or holds others than A–Z, 0–9.
    #[error("the document number must have 1 to 22 characters, A to Z and 0 to 9")]
    DocumentNumber,
    /// A date is not six digits or fillers.
    #[error("a date of the access key must have six digits or fillers")]
    Date,
    /// A card access number is not six digits.
    #[error("a card access number has six digits")]
    CardAccessNumber,
}

/// `MRZ_information`, from which basic access control and PACE with the MRZ password derive their
/// key: document number, birth date and expiry date, each with its check digit
/// (ICAO 9303-11, 4.3.2 and D.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MrzInformation(Personal<Vec<u8>>);

impl MrzInformation {
    /// The longest document number that a TD1 zone can hold (ICAO 9303-5, 4.2.2).
    pub const LONGEST_DOCUMENT_NUMBER: usize = 22;

    /// The key part for a document number without its check digit, and two dates as `YYMMDD`.
    ///
    /// A number shorter than 9 characters is filled up; a longer one is taken whole
    /// (ICAO 9303-11, D.2). Fillers within the number stand for what the zone cannot write.
    ///
    /// # Errors
    /// [`AccessKeyError`] for characters or lengths that no machine readable zone has.
    pub fn new(document_number: &str, birth: &str, expiry: &str) -> Result<Self, AccessKeyError> {
        let number = document_number.trim_end_matches('<');
        let in_zone = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<';
        if !(1..=Self::LONGEST_DOCUMENT_NUMBER).contains(&number.len())
            || !number.chars().all(in_zone)
        {
            return Err(AccessKeyError::DocumentNumber);
        }
        let is_date =
            |text: &str| text.len() == 6 && text.chars().all(|c| c.is_ascii_digit() || c == '<');
        if !is_date(birth) || !is_date(expiry) {
            return Err(AccessKeyError::Date);
        }
        let number = zeroize::Zeroizing::new(format!("{number:<<9}"));
        // 22 + 6 + 6 and three check digits: never reallocated, so no copy is left behind.
        let mut bytes = Vec::with_capacity(40);
        for part in [number.as_str(), birth, expiry] {
            bytes.extend_from_slice(part.as_bytes());
            bytes.extend(check_digit(part).map(|digit| b'0'.saturating_add(digit)));
        }
        Ok(Self(Personal::new(bytes)))
    }

    /// As [`Self::new`], from typed values.
    ///
    /// # Errors
    /// [`AccessKeyError::DocumentNumber`].
    pub fn from_fields(
        document_number: &str,
        birth: PartialDate,
        expiry: Expiry,
    ) -> Result<Self, AccessKeyError> {
        Self::new(document_number, &birth.to_mrz(), &expiry.to_mrz())
    }

    /// The characters, ASCII, as they go into the key derivation.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        self.0.reveal()
    }
}

/// A card access number: six digits (ICAO 9303-11, 4.4). On a citizen card the last six of the
/// personal number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Can(Personal<String>);

impl Can {
    /// Exactly six ASCII digits.
    ///
    /// # Errors
    /// [`AccessKeyError::CardAccessNumber`] for anything else.
    pub fn parse(text: &str) -> Result<Self, AccessKeyError> {
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Personal::from(text)))
        } else {
            Err(AccessKeyError::CardAccessNumber)
        }
    }

    /// The digits, ASCII, as they go into the key derivation.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        self.0.reveal().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{AccessKeyError, Can, MrzInformation};
    use crate::document::{Date, Expiry};

    /// ICAO 9303-11, appendix D.2, and the sample cards.
    #[test]
    fn published_key_parts() {
        for (number, birth, expiry, expected) in [
            ("L898902C", "690806", "940623", "L898902C<369080619406236"),
            ("L898902C<", "690806", "940623", "L898902C<369080619406236"),
            (
                "D23145890734",
                "340712",
                "950712",
                "D23145890734934071279507122",
            ),
            ("T22000129", "640812", "101031", "T22000129364081251010318"),
            ("C11T002JM", "960812", "231031", "C11T002JM496081222310314"),
            ("090000001", "900101", "300101", "090000001890010113001019"),
            ("155000002", "550615", "991231", "155000002955061509912315"),
        ] {
            let key = MrzInformation::new(number, birth, expiry).unwrap();
            assert_eq!(key.reveal(), expected.as_bytes(), "{number}");
        }
    }

    #[test]
    fn typed_dates_give_the_same_key() {
        let birth: crate::document::PartialDate = "1990-01-01".parse().unwrap();
        let expiry = Expiry::On("2030-01-01".parse::<Date>().unwrap());
        let key = MrzInformation::from_fields("090000001", birth, expiry).unwrap();
        assert_eq!(key.reveal(), b"090000001890010113001019");
        let key = MrzInformation::from_fields("155000002", "1955".parse().unwrap(), Expiry::Never)
            .unwrap();
        assert_eq!(key.reveal(), b"155000002955<<<<09912315");
        assert_eq!(format!("{key:?}"), "MrzInformation([redacted])");
    }

    #[test]
    fn what_no_zone_holds_is_refused() {
        for (number, birth, expiry, expected) in [
            ("", "900101", "300101", AccessKeyError::DocumentNumber),
            ("<<<", "900101", "300101", AccessKeyError::DocumentNumber),
            (
                "l898902c",
                "900101",
                "300101",
                AccessKeyError::DocumentNumber,
            ),
            (
                "0900 0001",
                "900101",
                "300101",
                AccessKeyError::DocumentNumber,
            ),
            (
                "Đ90000001",
                "900101",
                "300101",
                AccessKeyError::DocumentNumber,
            ),
            (
                "12345678901234567890123",
                "900101",
                "300101",
                AccessKeyError::DocumentNumber,
            ),
            ("090000001", "90010", "300101", AccessKeyError::Date),
            ("090000001", "900101", "3001011", AccessKeyError::Date),
            ("090000001", "90O101", "300101", AccessKeyError::Date),
        ] {
            assert_eq!(
                MrzInformation::new(number, birth, expiry),
                Err(expected),
                "{number}"
            );
        }
    }

    #[test]
    fn a_card_access_number_has_six_digits() {
        assert_eq!(Can::parse("000001").unwrap().reveal(), b"000001");
        assert_eq!(format!("{:?}", Can::parse("000001")), "Ok(Can([redacted]))");
        for text in ["", "00001", "0000001", "00000a", " 00001", "٠٠٠"] {
            assert_eq!(
                Can::parse(text),
                Err(AccessKeyError::CardAccessNumber),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_key_part_has_its_length(number in "[A-Z0-9]{1,22}", dates in "[0-9]{6}") {
            let key = MrzInformation::new(&number, &dates, &dates).unwrap();
            prop_assert_eq!(key.reveal().len(), number.len().max(9) + 15);
        }

        #[test]
        fn any_text_is_answered(number in ".{0,30}", birth in ".{0,8}", expiry in ".{0,8}") {
            let _ = MrzInformation::new(&number, &birth, &expiry);
            let _ = Can::parse(&birth);
        }
    }
}
