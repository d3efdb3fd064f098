//! What a clerk or a scanner hands over to open a chip with, and why it is not taken.

use cccd_port::{Misread, Proposal};
use cccd_serial_scanner::{bare_text, typed_zone};

use crate::document::{Date, Printed, PrintedError};

/// Longest text of a printed code that is looked at, in characters: the longest QR of a card has
/// about 400.
pub const LONGEST_TEXT: usize = 1_024;

/// Why a key was not taken. Holds nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// The text is no QR code of a card, no machine readable zone and no number.
    #[error("the text is not a code of a citizen card")]
    NotACardCode,
    /// The QR code has not the fields of a card.
    #[error("the QR text has not the fields of a citizen card")]
    QrMalformed,
    /// The machine readable zone has not the form of a card's.
    #[error("the machine readable zone is malformed")]
    MrzMalformed,
    /// A check digit of the machine readable zone is wrong: most often a typing error.
    #[error("a check digit of the machine readable zone is wrong")]
    MrzCheckDigit,
    /// A document number, a personal number or a CAN has the wrong length or characters.
    #[error("the number has the wrong length or characters")]
    NumberMalformed,
    /// A date is none.
    #[error("the date is not a calendar date")]
    DateMalformed,
    /// Longer than any printed code.
    #[error("the text is longer than any code of a card")]
    TooLong,
    /// A good number from which nothing follows that opens a chip here.
    #[error("nothing that opens a chip follows from this alone")]
    OpensNothing,
}

impl From<PrintedError> for KeyRefused {
    fn from(error: PrintedError) -> Self {
        match error {
            PrintedError::Unrecognised => Self::NotACardCode,
            PrintedError::Qr(_) => Self::QrMalformed,
            PrintedError::Mrz(_) => Self::MrzMalformed,
            PrintedError::Misread(_) => Self::MrzCheckDigit,
            PrintedError::AccessKey(_) | PrintedError::PersonalNumber(_) => Self::NumberMalformed,
            PrintedError::BirthDate(_) | PrintedError::ExpiryDate(_) => Self::DateMalformed,
        }
    }
}

/// A key, by the field of the API that it came in.
#[derive(Clone, Copy)]
pub enum Handed<'a> {
    /// What a scanner on a line of its own sent: told by its form, and taken as it is.
    Scan(&'a str),
    /// Whatever a scanner that types (keyboard wedge), or a clerk, put into one field: told by its
    /// form. A keyboard loses letters with diacritics, so of a QR code the digits alone count; of a
    /// zone every check digit must hold.
    Wedge(&'a str),
    /// The text of the printed QR code.
    Qr(&'a str),
    /// The machine readable zone.
    Mrz(&'a str),
    /// The three fields of basic access control (ICAO 9303-11, 4.3.2).
    Typed {
        /// As printed in the machine readable zone.
        document_number: &'a str,
        /// ISO 8601.
        birth_date: &'a str,
        /// ISO 8601.
        expiry_date: &'a str,
    },
    /// 12 digits.
    Number(&'a str),
    /// Six digits.
    Can(&'a str),
}

impl Handed<'_> {
    /// The key in it. `today` tells the centuries of two-digit years.
    ///
    /// # Errors
    /// [`KeyRefused`] where it is none.
    pub fn parse(self, today: Date) -> Result<Printed, KeyRefused> {
        let fields = match self {
            Self::Scan(text) | Self::Wedge(text) | Self::Qr(text) => [text, "", ""],
            Self::Mrz(text) | Self::Number(text) | Self::Can(text) => [text, "", ""],
            Self::Typed {
                document_number,
                birth_date,
                expiry_date,
            } => [document_number, birth_date, expiry_date],
        };
        if fields
            .iter()
            .any(|text| text.chars().count() > LONGEST_TEXT)
        {
            return Err(KeyRefused::TooLong);
        }
        Ok(match self {
            Self::Scan(text) => return scan(text, today),
            Self::Wedge(text) => return wedge(text, today),
            Self::Qr(text) => Printed::parse_qr(text)?,
            Self::Mrz(text) => Printed::parse_mrz(text, today)?,
            Self::Typed {
                document_number,
                birth_date,
                expiry_date,
            } => Printed::parse_typed(document_number, birth_date, expiry_date)?,
            Self::Number(text) => Printed::parse_number(text)?,
            Self::Can(text) => Printed::parse_can(text)?,
        })
    }
}

impl Handed<'_> {
    /// What a zone that was typed and is none may have said: for the clerk to compare with the card.
    #[must_use]
    pub fn proposal(self) -> Option<Proposal> {
        let Self::Wedge(text) = self else {
            return None;
        };
        match typed_zone(text)?.err()? {
            Misread::CheckDigit(proposal) | Misread::NotAZone(proposal) => proposal,
            _ => None,
        }
    }
}

fn wedge(text: &str, today: Date) -> Result<Printed, KeyRefused> {
    let text = bare_text(text);
    if text.contains('|') {
        return Ok(Printed::parse_typed_qr(text)?);
    }
    match typed_zone(text) {
        None => scan(text, today),
        Some(Ok(zone)) => Ok(Printed::parse_mrz(&zone, today)?),
        Some(Err(Misread::CheckDigit(_))) => Err(KeyRefused::MrzCheckDigit),
        Some(Err(_)) => Err(KeyRefused::MrzMalformed),
    }
}

/// A QR text has bars between its fields, a machine readable zone has fillers, and digits alone are
/// a personal number or a CAN.
fn scan(text: &str, today: Date) -> Result<Printed, KeyRefused> {
    let digits = text.chars().filter(|c| !c.is_whitespace() && *c != '.');
    let (mut count, mut all) = (0_usize, true);
    for character in digits {
        count += 1;
        all &= character.is_ascii_digit();
    }
    Ok(match (all && count > 0, count) {
        (true, 6) => Printed::parse_can(text)?,
        (true, _) => Printed::parse_number(text.trim())?,
        (false, _) => Printed::parse_scan(text, today)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Date, Handed, KeyRefused};

    const MRZ: &str = "IDVNM0900000018001090000001<<9\n9001011M3001019VNM<<<<<<<<<<<6\nNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";

    fn today() -> Date {
        "2026-03-02".parse().unwrap()
    }

    const QR: &str = "001090000001||NGUYỄN VĂN A|01011990|Nam|Hà Nội|01012021";

    #[test]
    fn a_scan_is_told_by_its_form() {
        told_by_its_form(|text| Handed::Scan(text).parse(today()).map(|key| key.source()));
        told_by_its_form(|text| Handed::Wedge(text).parse(today()).map(|key| key.source()));
    }

    fn told_by_its_form(source: impl Fn(&str) -> Result<&'static str, KeyRefused>) {
        assert_eq!(source(&format!("{QR}\r\n")), Ok("qr"));
        assert_eq!(source(MRZ), Ok("mrz"));
        assert_eq!(source(&MRZ.replace('\n', "")), Ok("mrz"));
        assert_eq!(source(" 001090000001 "), Ok("number"));
        assert_eq!(source("001 090 000 001"), Ok("number"));
        assert_eq!(source("000001"), Ok("can"));
        assert_eq!(source("00109000000"), Err(KeyRefused::NumberMalformed));
        assert_eq!(source("https://example.org"), Err(KeyRefused::NotACardCode));
        assert_eq!(source(""), Err(KeyRefused::NotACardCode));
        assert_eq!(source("a|b"), Err(KeyRefused::QrMalformed));
        assert_eq!(source("IDVNM<<"), Err(KeyRefused::MrzMalformed));
        assert_eq!(
            source(&MRZ.replace("9001011M", "9001012M")),
            Err(KeyRefused::MrzCheckDigit)
        );
        assert_eq!(source(&"|".repeat(2_000)), Err(KeyRefused::TooLong));
    }

    /// A wedge that loses diacritics must not make a genuine card fail against its own print.
    #[test]
    fn of_a_typed_qr_code_digits_alone_count() {
        let whole = Handed::Scan(QR).parse(today()).unwrap();
        assert!(whole.name().is_some() && whole.sex().is_some());
        for typed in [
            QR,
            "001090000001||NGUYN VN A|01011990|Nam|H Ni|01012021",
            "001090000001||NGUY?N V?N A|01011990|N?|H\u{fffd} N\u{8}i|01012021\r\n",
            "\u{2}]Q1001090000001|x||01011990|||01012021\u{3}",
            "\u{feff}001090000001||nguy\u{ea}n|01011990|nam|h|01012021||||",
        ] {
            let key = Handed::Wedge(typed).parse(today()).unwrap();
            assert_eq!(key.source(), "qr", "{typed}");
            assert_eq!(key.personal_number(), whole.personal_number(), "{typed}");
            assert_eq!(key.birth_date(), whole.birth_date(), "{typed}");
            assert!(key.name().is_none() && key.sex().is_none(), "{typed}");
            // The keys to the chip are the same ones.
            assert_eq!(key.bac_candidates(today()), whole.bac_candidates(today()));
        }
        for bad in ["00109000000O||A|01011990|Nam|B|01012021", "a|b", "|||||||"] {
            let refused = Handed::Wedge(bad).parse(today()).unwrap_err();
            assert_eq!(refused, KeyRefused::QrMalformed, "{bad}");
        }
    }

    #[test]
    fn a_typed_zone_is_never_repaired_and_perhaps_proposed() {
        let framed = format!("\u{2}{}\r\u{3}", MRZ.replace('\n', "\r"));
        for good in [MRZ, &framed, &MRZ.to_lowercase()] {
            let key = Handed::Wedge(good).parse(today());
            assert_eq!(key.map(|key| key.source()), Ok("mrz"), "{good:?}");
            assert_eq!(Handed::Wedge(good).proposal(), None);
        }
        // An O read for a 0, and a digit under the composite check digit alone.
        let table = [
            (
                MRZ.replace("VNM0900", "VNMO900"),
                KeyRefused::MrzCheckDigit,
                true,
            ),
            (
                MRZ.replace("001090000001<<9", "001090000002<<9"),
                KeyRefused::MrzCheckDigit,
                false,
            ),
            (MRZ.repeat(2), KeyRefused::MrzMalformed, false),
        ];
        for (misread, why, proposed) in table {
            let handed = Handed::Wedge(&misread);
            assert_eq!(handed.parse(today()), Err(why), "{misread}");
            let proposal = handed.proposal();
            assert_eq!(proposal.is_some(), proposed, "{misread}");
            assert!(proposal.is_none_or(|found| found.zone() == MRZ));
        }
        assert_eq!(Handed::Scan(MRZ).proposal(), None);
    }

    #[test]
    fn typed_fields_must_have_their_form() {
        let typed = |document_number, birth_date, expiry_date| {
            let handed = Handed::Typed {
                document_number,
                birth_date,
                expiry_date,
            };
            handed.parse(today()).map(|key| key.source())
        };
        assert_eq!(typed("090000001", "1990-01-01", "2030-01-01"), Ok("typed"));
        assert_eq!(
            typed("09000-0001", "1990-01-01", "2030-01-01"),
            Err(KeyRefused::NumberMalformed)
        );
        assert_eq!(
            typed("090000001", "01/01/1990", "2030-01-01"),
            Err(KeyRefused::DateMalformed)
        );
        assert_eq!(
            typed("090000001", "1990-02-30", "2030-01-01"),
            Err(KeyRefused::DateMalformed)
        );
        assert_eq!(
            Handed::Can("12345a").parse(today()),
            Err(KeyRefused::NumberMalformed)
        );
        assert_eq!(
            Handed::Number("00109000000１").parse(today()),
            Err(KeyRefused::NumberMalformed)
        );
    }
}
