//! The QR code of a citizen card: fields separated by `|`, UTF-8, without a signature.
//!
//! 7 fields on the front of cards of 2021, 11 on the back of cards of 2024. Nothing in it is
//! proven: it is a key to the chip and a hint to compare with what the chip has signed. The number
//! must therefore be right, while a date in an unknown spelling is kept as unread.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::date::{Date, PartialDate};
use super::name::{Suspicion, suspicions};
use super::personal::Personal;
use super::personal_number::{PersonalNumber, PersonalNumberError};
use super::sex::Sex;

/// Why a text is no QR code of a citizen card. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// Longer than any code could be.
    #[error(
        "the QR text has {found} bytes; more than {} are not accepted",
        Qr::LONGEST
    )]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Not UTF-8.
    #[error("the QR text is not UTF-8")]
    NotUtf8,
    /// Neither 7 nor 11 fields.
    #[error("the QR text of a citizen card has 7 or 11 fields, not {found}")]
    FieldCount {
        /// Fields found.
        found: usize,
    },
    /// A field holds control, bidirectional, invisible or no characters.
    #[error("field {field} of the QR text holds characters that no card has")]
    Text {
        /// Which field, from 1.
        field: usize,
    },
    /// The first field is no personal number.
    #[error("field 1 of the QR text: {0}")]
    PersonalNumber(#[from] PersonalNumberError),
    /// The name is empty.
    #[error("field 3 of the QR text, the name, is empty")]
    NameMissing,
}

/// A field that was kept as text because its content was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QrField {
    /// Field 2: neither empty nor 9 digits.
    OldNumber,
    /// Field 4: no date.
    BirthDate,
    /// Field 5: neither Nam nor Nữ.
    Sex,
    /// Field 7: no date.
    IssueDate,
}

/// Which cards carry a code of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QrLayout {
    /// 7 fields.
    Card2021,
    /// 11 fields.
    Card2024,
}

/// What the QR code of a citizen card says. All text is composed (NFC).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    /// Which form the code has.
    pub layout: QrLayout,
    /// Field 1.
    pub personal_number: PersonalNumber,
    /// Field 2, the number of the earlier identity card: 9 digits.
    pub old_number: Option<Personal<String>>,
    /// Field 3, with diacritics; empty where it was not given ([`Qr::parse_digits`]).
    pub name: Personal<String>,
    /// Field 4; perhaps the year alone.
    pub birth_date: Option<Personal<PartialDate>>,
    /// Field 5.
    pub sex: Option<Personal<Sex>>,
    /// Field 6, the residence.
    pub address: Personal<String>,
    /// Field 7.
    pub issue_date: Option<Personal<Date>>,
    /// Fields 8 to 11, mostly empty: cancelled numbers, parents' names. Which is which has not been
    /// published, so they are kept as they are.
    pub others: Vec<Personal<String>>,
    /// The fields that are not empty and were not understood, in their order.
    pub unread: Vec<QrField>,
}

impl Qr {
    /// The longest text that is looked at, in bytes. A QR code holds 2,953 bytes at most.
    pub const LONGEST: usize = 4096;

    /// The line of a text without the breaks at its end, and its layout by how many fields it has.
    fn line(text: &str) -> Result<(&str, QrLayout), QrError> {
        if text.len() > Self::LONGEST {
            return Err(QrError::TooLong { found: text.len() });
        }
        let line = text.trim_end_matches(['\r', '\n']);
        let found = line.split('|').count();
        let layout = match found {
            7 => QrLayout::Card2021,
            11 => QrLayout::Card2024,
            _ => return Err(QrError::FieldCount { found }),
        };
        Ok((line, layout))
    }

    /// The text of a code, as a scanner sends it: line breaks at its end are left out (CR, LF or
    /// both), composed and decomposed letters are accepted, empty fields count.
    ///
    /// # Errors
    /// [`QrError`] when it is no code of a citizen card.
    pub fn parse(text: &str) -> Result<Self, QrError> {
        let (line, layout) = Self::line(text)?;
        if let Some(index) = line.split('|').position(hides_something) {
            return Err(QrError::Text {
                field: index.saturating_add(1),
            });
        }

        let mut fields = line.split('|').map(|field| {
            let composed: Zeroizing<String> = Zeroizing::new(field.nfc().collect());
            Personal::from(composed.trim())
        });
        let mut next = || fields.next().unwrap_or_else(|| Personal::from(""));
        let (number, old_number, name) = (next(), next(), next());
        let (birth_date, sex, address, issue_date) = (next(), next(), next(), next());
        let others = fields.collect();

        let personal_number = PersonalNumber::parse(number.reveal())?;
        if name.reveal().is_empty() {
            return Err(QrError::NameMissing);
        }
        let mut unread = Vec::new();
        let old_number = read(old_number, QrField::OldNumber, &mut unread, |text| {
            let is_number = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| Personal::from(text))
        });
        let birth_date = read(birth_date, QrField::BirthDate, &mut unread, |text| {
            PartialDate::from_qr(text).ok().map(Personal::new)
        });
        let sex = read(sex, QrField::Sex, &mut unread, |text| {
            Sex::from_vietnamese(text).map(Personal::new)
        });
        let issue_date = read(issue_date, QrField::IssueDate, &mut unread, |text| {
            Date::from_qr(text).ok().map(Personal::new)
        });
        Ok(Self {
            layout,
            personal_number,
            old_number,
            name,
            birth_date,
            sex,
            address,
            issue_date,
            others,
            unread,
        })
    }

    /// What digits say in the text of a code whose letters cannot be relied on, because a keyboard
    /// typed it: fields 1, 4 and 7. The others count as not given, whatever they hold.
    ///
    /// # Errors
    /// [`QrError`] when it has not the fields of a citizen card, or no personal number.
    pub fn parse_digits(text: &str) -> Result<Self, QrError> {
        let (line, layout) = Self::line(text)?;
        let field = |index: usize| line.split('|').nth(index).unwrap_or_default().trim();
        let mut unread = Vec::new();
        let birth_date = read(field(3).into(), QrField::BirthDate, &mut unread, |text| {
            PartialDate::from_qr(text).ok().map(Personal::new)
        });
        let issue_date = read(field(6).into(), QrField::IssueDate, &mut unread, |text| {
            Date::from_qr(text).ok().map(Personal::new)
        });
        Ok(Self {
            layout,
            personal_number: PersonalNumber::parse(field(0))?,
            old_number: None,
            name: Personal::from(""),
            birth_date,
            sex: None,
            address: Personal::from(""),
            issue_date,
            others: Vec::new(),
            unread,
        })
    }

    /// As [`Self::parse`], from the bytes of a scanner.
    ///
    /// # Errors
    /// [`QrError`] when they are no code of a citizen card.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, QrError> {
        if bytes.len() > Self::LONGEST {
            return Err(QrError::TooLong { found: bytes.len() });
        }
        Self::parse(core::str::from_utf8(bytes).map_err(|_| QrError::NotUtf8)?)
    }
}

/// The value of a field; a field that holds something else is put on the list.
fn read<T>(
    text: Personal<String>,
    field: QrField,
    unread: &mut Vec<QrField>,
    value_of: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let value = value_of(text.reveal());
    if value.is_none() && !text.reveal().is_empty() {
        unread.push(field);
    }
    value
}

/// What is printed can be read: anything else was put there to show another text than it holds.
fn hides_something(field: &str) -> bool {
    suspicions(field).iter().any(|kind| {
        matches!(
            kind,
            Suspicion::Control
                | Suspicion::BidiControl
                | Suspicion::ZeroWidth
                | Suspicion::NoCharacter
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::{Qr, QrError, QrField, QrLayout};
    use crate::document::Sex;
    use crate::document::personal_number::PersonalNumberError;

    const FRONT: &str = "001090000001|012345678|Nguyễn Văn A|01011990|Nam|\
        Số 1, phố Giả Định, phường Mẫu, Hà Nội|10052021";
    const BACK: &str = "079155000002||Trần Thị B|15061955|Nữ|Thôn Mẫu, xã Mẫu|01082024||||";

    #[test]
    fn the_code_of_2021() {
        let qr = Qr::parse(FRONT).unwrap();
        assert_eq!(qr.layout, QrLayout::Card2021);
        assert_eq!(qr.personal_number.reveal(), "001090000001");
        assert_eq!(qr.old_number.unwrap().reveal(), "012345678");
        assert_eq!(qr.name.reveal(), "Nguyễn Văn A");
        assert_eq!(qr.birth_date.unwrap().reveal().to_string(), "1990-01-01");
        assert_eq!(qr.sex.unwrap().reveal(), &Sex::Male);
        assert_eq!(
            qr.address.reveal(),
            "Số 1, phố Giả Định, phường Mẫu, Hà Nội"
        );
        assert_eq!(qr.issue_date.unwrap().reveal().to_string(), "2021-05-10");
        assert!(qr.others.is_empty() && qr.unread.is_empty());
    }

    #[test]
    fn the_code_of_2024_keeps_its_empty_fields() {
        let qr = Qr::parse(BACK).unwrap();
        assert_eq!(qr.layout, QrLayout::Card2024);
        assert_eq!(qr.old_number, None);
        assert_eq!(qr.sex.as_ref().unwrap().reveal(), &Sex::Female);
        assert_eq!(qr.others.len(), 4);
        assert!(qr.others.iter().all(|field| field.reveal().is_empty()));
        assert!(qr.unread.is_empty());
        let child = Qr::parse(&BACK.replace("||||", "||Trần Văn C|Lê Thị D|")).unwrap();
        let others: Vec<&str> = child.others.iter().map(|f| f.reveal().as_str()).collect();
        assert_eq!(others, ["", "Trần Văn C", "Lê Thị D", ""]);
    }

    #[test]
    fn line_breaks_and_normal_forms_are_all_one() {
        let expected = Qr::parse(FRONT).unwrap();
        for end in ["\r", "\n", "\r\n", "\r\r\n"] {
            assert_eq!(
                Qr::parse(&format!("{FRONT}{end}")),
                Ok(expected.clone()),
                "{end:?}"
            );
        }
        let decomposed: String = FRONT.nfd().collect();
        assert_ne!(decomposed, FRONT);
        assert_eq!(Qr::parse(&decomposed), Ok(expected.clone()));
        assert_eq!(Qr::parse_bytes(FRONT.as_bytes()), Ok(expected));
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_number_kept() {
        for (from, to, unread) in [
            ("01011990", "1990", vec![]),
            ("01011990", "00001990", vec![]),
            ("01011990", "", vec![]),
            ("01011990", "1990??", vec![QrField::BirthDate]),
            ("01011990", "31021990", vec![QrField::BirthDate]),
            ("10052021", "", vec![]),
            ("10052021", "2021", vec![QrField::IssueDate]),
            ("|Nam|", "|Khác|", vec![QrField::Sex]),
            ("|012345678|", "|12345678|", vec![QrField::OldNumber]),
            ("|012345678|", "||", vec![]),
        ] {
            let qr = Qr::parse(&FRONT.replace(from, to)).unwrap();
            assert_eq!(qr.unread, unread, "{to}");
            assert_eq!(qr.personal_number.reveal(), "001090000001");
        }
    }

    #[test]
    fn garbage_is_refused_with_its_reason() {
        let number = |error| QrError::PersonalNumber(error);
        for (text, expected) in [
            (String::new(), QrError::FieldCount { found: 1 }),
            (
                "https://example.org/".to_owned(),
                QrError::FieldCount { found: 1 },
            ),
            ("||||||||".to_owned(), QrError::FieldCount { found: 9 }),
            (
                "||||||".to_owned(),
                number(PersonalNumberError::Length { found: 0 }),
            ),
            (
                FRONT.replace("001090000001", "00109000000"),
                number(PersonalNumberError::Length { found: 11 }),
            ),
            (
                FRONT.replace("001090000001", "00109000000O"),
                number(PersonalNumberError::NotADigit { position: 12 }),
            ),
            (FRONT.replace("Nguyễn Văn A", " "), QrError::NameMissing),
            (
                FRONT.replace("Văn A", "Văn\u{202e} A"),
                QrError::Text { field: 3 },
            ),
            (
                FRONT.replace("Văn A", "Văn\u{200b} A"),
                QrError::Text { field: 3 },
            ),
            (
                FRONT.replace("Văn A", "V\u{fffd}n A"),
                QrError::Text { field: 3 },
            ),
            (FRONT.replace("phố", "\n"), QrError::Text { field: 6 }),
            (
                FRONT.replace("001090000001", "00109\u{0}000001"),
                QrError::Text { field: 1 },
            ),
            ("|".repeat(5000), QrError::TooLong { found: 5000 }),
        ] {
            let error = Qr::parse(&text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            assert!(!error.to_string().contains("Nguyễn"));
        }
        assert_eq!(
            Qr::parse_bytes(b"001090000001|\xc3\x28"),
            Err(QrError::NotUtf8)
        );
        assert_eq!(
            Qr::parse_bytes(&[0xff; 5000]),
            Err(QrError::TooLong { found: 5000 })
        );
    }

    #[test]
    fn debug_output_holds_nothing_of_the_person() {
        let shown = format!("{:?}", Qr::parse(FRONT));
        for part in [
            "001090000001",
            "012345678",
            "Nguyễn",
            "1990",
            "2021-",
            "Giả Định",
        ] {
            assert!(!shown.contains(part), "{part} in {shown}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,80}", fields in proptest::collection::vec(".{0,12}", 5..13)) {
            let _ = Qr::parse(&text);
            let _ = Qr::parse(&fields.join("|"));
            let _ = Qr::parse(&format!("001090000001|{}", fields.join("|")));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Qr::parse_bytes(&bytes);
        }
    }
}
