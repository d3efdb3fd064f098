//! What the clerk gives as key: the printed side of a document, scanned or typed.
//!
//! It opens the chip, and later it is compared with what the chip has signed. Nothing of it is
//! ever reported.

use super::access_key::{AccessKeyError, Can, MrzInformation};
use super::date::{Date, DateError, PartialDate};
use super::expiry::{Expiry, candidates};
use super::mrz::{Mrz, MrzError, MrzField};
use super::name::{MrzName, NameLikeness, likeness};
use super::personal::Personal;
use super::personal_number::{PersonalNumber, PersonalNumberError};
use super::qr::{Qr, QrError};
use super::sex::Sex;

/// Why an input is no key. Never holds the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrintedError {
    /// Neither the fields of a QR code nor the lines of a machine readable zone.
    #[error("the scanned text is neither a QR code of a citizen card nor a machine readable zone")]
    Unrecognised,
    /// A QR code that is none of a citizen card.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// A machine readable zone that cannot be read.
    #[error(transparent)]
    Mrz(#[from] MrzError),
    /// A check digit says that the zone was misread: it would open nothing.
    #[error("the {} of the machine readable zone was misread: its check digit is wrong", .0.name())]
    Misread(MrzField),
    /// Nothing to derive a key from.
    #[error(transparent)]
    AccessKey(#[from] AccessKeyError),
    /// The typed birth date is no date.
    #[error("birth date: {0}")]
    BirthDate(DateError),
    /// The typed expiry date is no date.
    #[error("expiry date: {0}")]
    ExpiryDate(DateError),
    /// The typed personal number is none.
    #[error(transparent)]
    PersonalNumber(#[from] PersonalNumberError),
}

/// The fields of the key part, typed from the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The document number; of a personal number, its last 9 digits.
    pub document_number: Personal<String>,
    /// The personal number, where that was typed for the document number.
    pub personal_number: Option<PersonalNumber>,
    /// The birth date.
    pub birth_date: Personal<PartialDate>,
    /// The expiry date.
    pub expiry: Personal<Expiry>,
}

/// A printed name, as exactly as the source writes it.
#[derive(Clone, Copy, Debug)]
pub enum PrintedName<'a> {
    /// With diacritics.
    Full(&'a Personal<String>),
    /// A–Z, perhaps truncated.
    Mrz(&'a MrzName),
}

impl PrintedName<'_> {
    /// Whether `name`, written with diacritics, is this name: equal after composition and case
    /// folding, or equal to its transliteration.
    #[must_use]
    pub fn matches(self, name: &str) -> bool {
        match self {
            Self::Full(own) => likeness(own.reveal(), name) == NameLikeness::Same,
            Self::Mrz(own) => own.matches(name),
        }
    }
}

/// A key, by where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printed {
    /// The QR code.
    Qr(Box<Qr>),
    /// The machine readable zone.
    Mrz(Box<Mrz>),
    /// Document number, birth date and expiry date.
    Typed(Box<Typed>),
    /// The personal number, and what else is known.
    Number {
        /// 12 digits.
        personal_number: PersonalNumber,
        /// The birth date, where it was given.
        birth_date: Option<Personal<PartialDate>>,
        /// The expiry date, where it was given.
        expiry: Option<Personal<Expiry>>,
    },
    /// The card access number alone.
    Can(Can),
}

impl Printed {
    /// The text of a scanner: with `|` a QR code, else a machine readable zone.
    ///
    /// # Errors
    /// [`PrintedError`] when it is neither.
    pub fn parse_scan(text: &str, today: Date) -> Result<Self, PrintedError> {
        if text.contains('|') {
            Self::parse_qr(text)
        } else if text.contains('<') {
            Self::parse_mrz(text, today)
        } else {
            Err(PrintedError::Unrecognised)
        }
    }

    /// The text of a QR code.
    ///
    /// # Errors
    /// [`PrintedError::Qr`].
    pub fn parse_qr(text: &str) -> Result<Self, PrintedError> {
        Ok(Self::Qr(Box::new(Qr::parse(text)?)))
    }

    /// The text of a QR code that a keyboard typed: its digits alone, see [`Qr::parse_digits`].
    ///
    /// # Errors
    /// [`PrintedError::Qr`].
    pub fn parse_typed_qr(text: &str) -> Result<Self, PrintedError> {
        Ok(Self::Qr(Box::new(Qr::parse_digits(text)?)))
    }

    /// A machine readable zone, line breaks optional. The check digits of document number and dates
    /// must be right: without them the zone opens nothing. What else is wrong is kept for the
    /// comparison with the chip.
    ///
    /// # Errors
    /// [`PrintedError::Mrz`], [`PrintedError::Misread`], [`PrintedError::AccessKey`].
    pub fn parse_mrz(text: &str, today: Date) -> Result<Self, PrintedError> {
        let mrz = Mrz::from_input(text, today)?;
        if let Some(field) = mrz.misread_key_field() {
            return Err(PrintedError::Misread(field));
        }
        mrz.mrz_information()?;
        Ok(Self::Mrz(Box::new(mrz)))
    }

    /// Typed fields: the document number (or the personal number of 12 digits, which ends with it)
    /// in any case, dates in ISO 8601. 2099-12-31 is the zone's way to write a card without expiry.
    ///
    /// # Errors
    /// [`PrintedError::AccessKey`], [`PrintedError::BirthDate`], [`PrintedError::ExpiryDate`].
    pub fn parse_typed(
        document_number: &str,
        birth_date: &str,
        expiry_date: &str,
    ) -> Result<Self, PrintedError> {
        let personal_number = PersonalNumber::parse(document_number.trim()).ok();
        let document_number = Personal::new(personal_number.as_ref().map_or_else(
            || document_number.trim().to_ascii_uppercase(),
            |number| number.document_number().to_owned(),
        ));
        let birth: PartialDate = birth_date.trim().parse().map_err(PrintedError::BirthDate)?;
        let expiry: Date = expiry_date
            .trim()
            .parse()
            .map_err(PrintedError::ExpiryDate)?;
        let expiry = Expiry::from(expiry);
        if document_number.reveal().contains('<') {
            return Err(AccessKeyError::DocumentNumber.into());
        }
        MrzInformation::from_fields(document_number.reveal(), birth, expiry)?;
        Ok(Self::Typed(Box::new(Typed {
            document_number,
            personal_number,
            birth_date: Personal::new(birth),
            expiry: Personal::new(expiry),
        })))
    }

    /// The personal number, typed: spaces and dots that group its digits are left out.
    ///
    /// # Errors
    /// [`PrintedError::PersonalNumber`].
    pub fn parse_number(text: &str) -> Result<Self, PrintedError> {
        let digits: zeroize::Zeroizing<String> = zeroize::Zeroizing::new(
            text.chars()
                .filter(|c| !matches!(c, ' ' | '.'))
                .take(13)
                .collect(),
        );
        let personal_number = PersonalNumber::parse(&digits)?;
        Ok(Self::Number {
            personal_number,
            birth_date: None,
            expiry: None,
        })
    }

    /// A card access number, typed.
    ///
    /// # Errors
    /// [`PrintedError::AccessKey`].
    pub fn parse_can(text: &str) -> Result<Self, PrintedError> {
        Ok(Self::Can(Can::parse(text.trim())?))
    }

    /// Where the key comes from: `qr`, `mrz`, `typed`, `number` or `can`.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        match self {
            Self::Qr(_) => "qr",
            Self::Mrz(_) => "mrz",
            Self::Typed(_) => "typed",
            Self::Number { .. } => "number",
            Self::Can(_) => "can",
        }
    }

    /// The keys for basic access control (and for PACE with the MRZ password), the likeliest first,
    /// each once, at most 9. None for a card access number, nor where no birth date is known.
    ///
    /// A QR code lacks the expiry date: the candidates of [`candidates`] stand in for it. Without
    /// a date of issue the card is taken to be valid on `today`; of a birth date known in part
    /// only, no milestone can be told, and a card without expiry is the one guess.
    #[must_use]
    pub fn bac_candidates(&self, today: Date) -> Vec<MrzInformation> {
        let guesses = |birth: Option<PartialDate>, issue: Option<Date>| {
            birth.map_or_else(Vec::new, |birth| {
                let expiries = birth.complete().map_or_else(
                    || vec![Expiry::Never],
                    |whole| candidates(whole, issue.unwrap_or(today)),
                );
                expiries.into_iter().map(|expiry| (birth, expiry)).collect()
            })
        };
        let dates: Vec<(PartialDate, Expiry)> = match self {
            Self::Mrz(mrz) => return mrz.mrz_information().into_iter().collect(),
            Self::Typed(typed) => vec![(*typed.birth_date.reveal(), *typed.expiry.reveal())],
            Self::Number {
                birth_date: Some(birth),
                expiry: Some(expiry),
                ..
            } => {
                vec![(*birth.reveal(), *expiry.reveal())]
            }
            Self::Qr(qr) => guesses(
                self.birth_date(),
                qr.issue_date.as_ref().map(|date| *date.reveal()),
            ),
            Self::Number { .. } => guesses(self.birth_date(), None),
            Self::Can(_) => Vec::new(),
        };
        let Some(number) = self.document_number() else {
            return Vec::new();
        };
        dates
            .into_iter()
            .filter_map(|(birth, expiry)| MrzInformation::from_fields(number, birth, expiry).ok())
            .collect()
    }

    /// The card access number: given, or the last six digits of the personal number. A document
    /// number alone gives none: it may be of another document, and a wrong card access number
    /// counts against the card.
    #[must_use]
    pub fn can(&self) -> Option<Can> {
        match self {
            Self::Can(can) => Some(can.clone()),
            _ => Can::parse(self.personal_number()?.card_access_number()).ok(),
        }
    }

    /// The personal number, where the source has it.
    #[must_use]
    pub const fn personal_number(&self) -> Option<&PersonalNumber> {
        match self {
            Self::Qr(qr) => Some(&qr.personal_number),
            Self::Mrz(mrz) => mrz.personal_number.as_ref(),
            Self::Typed(typed) => typed.personal_number.as_ref(),
            Self::Number {
                personal_number, ..
            } => Some(personal_number),
            Self::Can(_) => None,
        }
    }

    /// The document number, where the source has it or the personal number ends with it.
    #[must_use]
    pub fn document_number(&self) -> Option<&str> {
        match self {
            Self::Mrz(mrz) => Some(mrz.document_number.reveal()),
            Self::Typed(typed) => Some(typed.document_number.reveal()),
            _ => self.personal_number().map(PersonalNumber::document_number),
        }
    }

    /// The name, where the source has one.
    #[must_use]
    pub fn name(&self) -> Option<PrintedName<'_>> {
        match self {
            Self::Qr(qr) => (!qr.name.reveal().is_empty()).then_some(PrintedName::Full(&qr.name)),
            Self::Mrz(mrz) => (!mrz.name.is_empty()).then_some(PrintedName::Mrz(&mrz.name)),
            Self::Typed(_) | Self::Number { .. } | Self::Can(_) => None,
        }
    }

    /// The birth date, where the source has one.
    #[must_use]
    pub fn birth_date(&self) -> Option<PartialDate> {
        match self {
            Self::Qr(qr) => qr.birth_date.as_ref(),
            Self::Mrz(mrz) => mrz.birth_date.as_ref(),
            Self::Typed(typed) => Some(&typed.birth_date),
            Self::Number { birth_date, .. } => birth_date.as_ref(),
            Self::Can(_) => None,
        }
        .map(|date| *date.reveal())
    }

    /// The expiry date, where the source has one.
    #[must_use]
    pub fn expiry(&self) -> Option<Expiry> {
        match self {
            Self::Mrz(mrz) => mrz.expiry.as_ref(),
            Self::Typed(typed) => Some(&typed.expiry),
            Self::Number { expiry, .. } => expiry.as_ref(),
            Self::Qr(_) | Self::Can(_) => None,
        }
        .map(|expiry| *expiry.reveal())
    }

    /// The sex, where the source has it.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        match self {
            Self::Qr(qr) => qr.sex.as_ref(),
            Self::Mrz(mrz) => mrz.sex.as_ref(),
            Self::Typed(_) | Self::Number { .. } | Self::Can(_) => None,
        }
        .map(|sex| *sex.reveal())
    }

    /// The whole machine readable zone, where that is the source, for a comparison field by field.
    #[must_use]
    pub fn mrz(&self) -> Option<&Mrz> {
        match self {
            Self::Mrz(mrz) => Some(mrz),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{Printed, PrintedError};
    use crate::document::access_key::AccessKeyError;
    use crate::document::personal_number::PersonalNumberError;
    use crate::document::{Date, DateError, MrzError, MrzField, QrError, Sex};

    const MRZ: &str = "IDVNM0900000018001090000001<<9\n\
                       9001011M3001019VNM<<<<<<<<<<<6\n\
                       NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";
    const QR: &str = "001090000001||Nguyễn Văn A|01011990|Nam|Hà Nội|10052021";
    const KEY: &[u8] = b"090000001890010113001019";

    fn today() -> Date {
        "2026-03-05".parse().unwrap()
    }

    fn keys(printed: &Printed) -> Vec<String> {
        printed
            .bac_candidates(today())
            .iter()
            .map(|key| String::from_utf8(key.reveal().to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn a_scan_is_a_qr_code_or_a_machine_readable_zone() {
        let scanned = Printed::parse_scan(MRZ, today()).unwrap();
        assert_eq!(scanned.source(), "mrz");
        assert_eq!(
            scanned.bac_candidates(today()).first().unwrap().reveal(),
            KEY
        );
        let scanned = Printed::parse_scan(QR, today()).unwrap();
        assert_eq!(scanned.source(), "qr");
        assert_eq!(
            scanned.bac_candidates(today()).first().unwrap().reveal(),
            KEY
        );
        for (text, expected) in [
            ("", PrintedError::Unrecognised),
            ("001090000001", PrintedError::Unrecognised),
            ("https://example.org", PrintedError::Unrecognised),
            ("a|b", PrintedError::Qr(QrError::FieldCount { found: 2 })),
            ("IDVNM<", PrintedError::Mrz(MrzError::Length { found: 6 })),
        ] {
            assert_eq!(Printed::parse_scan(text, today()), Err(expected), "{text}");
        }
    }

    #[test]
    fn every_source_of_the_sample_card_gives_the_same_access() {
        for printed in [
            Printed::parse_scan(MRZ, today()).unwrap(),
            Printed::parse_scan(QR, today()).unwrap(),
            Printed::parse_typed("001090000001", "1990-01-01", "2030-01-01").unwrap(),
            Printed::parse_number("001 090 000 001").unwrap(),
        ] {
            let source = printed.source();
            assert_eq!(
                printed.personal_number().unwrap().reveal(),
                "001090000001",
                "{source}"
            );
            assert_eq!(printed.document_number(), Some("090000001"), "{source}");
            assert_eq!(printed.can().unwrap().reveal(), b"000001", "{source}");
            if source != "number" {
                assert_eq!(
                    printed.bac_candidates(today()).first().unwrap().reveal(),
                    KEY
                );
                assert_eq!(
                    printed.birth_date().unwrap().to_string(),
                    "1990-01-01",
                    "{source}"
                );
            }
        }
    }

    #[test]
    fn a_qr_code_gives_candidates_in_order() {
        let printed = Printed::parse_qr(QR).unwrap();
        let tail = |key: &String| key.get(17..23).unwrap().to_owned();
        assert_eq!(
            keys(&printed).iter().map(tail).collect::<Vec<_>>(),
            ["300101", "500101", "991231"]
        );
        // Without a date of issue the card is valid today; born on a day unknown, it has no end.
        let undated = Printed::parse_qr(&QR.replace("10052021", "")).unwrap();
        assert_eq!(keys(&undated), keys(&printed));
        let elder = Printed::parse_qr(&QR.replace("01011990", "1940")).unwrap();
        assert_eq!(keys(&elder), ["090000001840<<<<89912315"]);
        let unborn = Printed::parse_qr(&QR.replace("01011990", "")).unwrap();
        assert!(keys(&unborn).is_empty() && unborn.can().is_some());
    }

    #[test]
    fn a_card_access_number_opens_and_says_nothing() {
        let printed = Printed::parse_can(" 000001 ").unwrap();
        assert_eq!(printed.can().unwrap().reveal(), b"000001");
        assert!(printed.bac_candidates(today()).is_empty());
        assert!(printed.personal_number().is_none() && printed.document_number().is_none());
        assert!(printed.name().is_none() && printed.birth_date().is_none());
        let wrong = PrintedError::AccessKey(AccessKeyError::CardAccessNumber);
        assert_eq!(Printed::parse_can("00001"), Err(wrong));
    }

    #[test]
    fn a_document_number_alone_gives_no_card_access_number() {
        let printed = Printed::parse_typed(" c11t002jm ", "1996-08-12", "2023-10-31").unwrap();
        assert_eq!(keys(&printed), ["C11T002JM496081222310314"]);
        assert!(printed.can().is_none() && printed.personal_number().is_none());
        let never = Printed::parse_typed("155000002", "1955-06-15", "2099-12-31").unwrap();
        assert_eq!(keys(&never), ["155000002955061509912315"]);
    }

    #[test]
    fn wrong_typing_is_refused_before_any_card_is_asked() {
        let malformed = DateError::Malformed {
            expected: "yyyy-MM-dd",
        };
        for (number, birth, expiry, expected) in [
            (
                "",
                "1990-01-01",
                "2030-01-01",
                AccessKeyError::DocumentNumber.into(),
            ),
            (
                "09000<001",
                "1990-01-01",
                "2030-01-01",
                AccessKeyError::DocumentNumber.into(),
            ),
            (
                "090000001",
                "01/01/1990",
                "2030-01-01",
                PrintedError::BirthDate(malformed),
            ),
            (
                "090000001",
                "1990-02-30",
                "2030-01-01",
                PrintedError::BirthDate(DateError::Impossible),
            ),
            (
                "090000001",
                "1990-01-01",
                "2030",
                PrintedError::ExpiryDate(malformed),
            ),
            (
                "090000001",
                "1990-01-01",
                "2030-02-30",
                PrintedError::ExpiryDate(DateError::Impossible),
            ),
        ] {
            assert_eq!(Printed::parse_typed(number, birth, expiry), Err(expected));
        }
        for (text, found) in [("", 0), ("00109000000", 11), ("0010900000011", 13)] {
            let expected = PersonalNumberError::Length { found };
            assert_eq!(Printed::parse_number(text), Err(expected.into()), "{text}");
        }
        assert!(Printed::parse_number(&"1".repeat(100_000)).is_err());
    }

    /// A wrong digit in the key part is a misread zone; elsewhere it is for the comparison with the
    /// chip.
    #[test]
    fn a_misread_zone_is_refused() {
        for (from, to, field) in [
            ("0900000018", "0900000017", MrzField::DocumentNumber),
            ("9001011M", "9001021M", MrzField::BirthDate),
            ("M3001019", "M3101019", MrzField::ExpiryDate),
        ] {
            let misread = Printed::parse_mrz(&MRZ.replace(from, to), today());
            assert_eq!(misread, Err(PrintedError::Misread(field)), "{to}");
        }
        let other = Printed::parse_mrz(&MRZ.replace("000001<<9", "000002<<9"), today()).unwrap();
        assert_eq!(other.mrz().unwrap().wrong_check_digits.len(), 2);
        assert_eq!(other.bac_candidates(today()).first().unwrap().reveal(), KEY);
    }

    #[test]
    fn names_and_sex_for_the_comparison() {
        for text in [MRZ, QR] {
            let printed = Printed::parse_scan(text, today()).unwrap();
            let name = printed.name().unwrap();
            assert!(name.matches("NGUYỄN VĂN A") && !name.matches("NGUYỄN VĂN B"));
            assert_eq!(printed.sex(), Some(Sex::Male));
        }
        // A zone has no diacritics to tell apart, a QR code has.
        let qr = Printed::parse_qr(QR).unwrap();
        assert!(!qr.name().unwrap().matches("NGUYÊN VĂN A"));
    }

    #[test]
    fn debug_output_holds_nothing_of_the_person() {
        for printed in [
            Printed::parse_scan(MRZ, today()),
            Printed::parse_scan(QR, today()),
            Printed::parse_typed("001090000001", "1990-01-01", "2030-01-01"),
            Printed::parse_number("001090000001"),
            Printed::parse_can("000001"),
        ] {
            let shown = format!("{printed:?}");
            for part in [
                "000001", "Nguyễn", "NGUYEN", "1990", "2030", "2021-", "Male",
            ] {
                assert!(!shown.contains(part), "{part} in {shown}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_input_is_answered(a in ".{0,60}", b in ".{0,12}", c in ".{0,12}") {
            for printed in [
                Printed::parse_scan(&a, today()),
                Printed::parse_qr(&a),
                Printed::parse_mrz(&a, today()),
                Printed::parse_typed(&a, &b, &c),
                Printed::parse_number(&a),
                Printed::parse_can(&b),
            ].into_iter().flatten() {
                prop_assert!(printed.bac_candidates(today()).len() <= 9);
            }
        }

        #[test]
        fn candidates_of_any_qr_code_are_few(birth in "[0-9]{8}", issue in "[0-9]{8}") {
            let text = format!("001090000001||A|{birth}|Nam||{issue}");
            let printed = Printed::parse_qr(&text).unwrap();
            prop_assert!(printed.bac_candidates(today()).len() <= 9);
        }
    }
}
