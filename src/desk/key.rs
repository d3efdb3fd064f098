//! What a clerk or a scanner hands over to open a chip with.

use time::{Date, macros::format_description};

use crate::document::Personal;

/// Longest text of a printed code that is looked at, in characters: the longest QR of a card has
/// about 400.
pub const LONGEST_TEXT: usize = 1_024;

/// A key as it was handed over, its form checked and its content not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyInput {
    /// The text of the printed QR code.
    Qr(Personal<String>),
    /// The machine readable zone, its three lines as one string.
    Mrz(Personal<String>),
    /// The three fields of basic access control (ICAO 9303-11, 4.3.2).
    Typed {
        /// The document number as printed in the machine readable zone.
        document_number: Personal<String>,
        /// ISO 8601.
        birth_date: Personal<String>,
        /// ISO 8601.
        expiry_date: Personal<String>,
    },
    /// The 12 digits of the personal number; its last six are the CAN.
    Number(Personal<String>),
    /// The six digits of the card access number (ICAO 9303-11, 4.4).
    Can(Personal<String>),
}

/// Why a key was not taken. Holds nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// The text is no QR code of a card, no machine readable zone and no number.
    #[error("the text is not a code of a citizen card")]
    NotACardCode,
    /// The QR code has not the fields of a card.
    #[error("the QR text has not the fields of a citizen card")]
    QrMalformed,
    /// The machine readable zone has not the form of a TD1 document.
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
}

impl KeyInput {
    /// What a scanner that types (keyboard wedge), or a clerk, put into the one field of the page:
    /// a QR text has bars between its fields, a machine readable zone has fillers, and digits alone
    /// are a personal number or a CAN.
    ///
    /// # Errors
    /// [`KeyRefused`] where it is none of these.
    pub fn from_scan(text: &str) -> Result<Self, KeyRefused> {
        bounded(text)?;
        let text = text.trim();
        if text.contains('|') {
            return Ok(Self::Qr(text.into()));
        }
        let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit());
        match (digits, bare.len()) {
            (true, 12) => Ok(Self::Number(Personal::new(bare))),
            (true, 6) => Ok(Self::Can(Personal::new(bare))),
            (true, _) => Err(KeyRefused::NumberMalformed),
            (false, _) if bare.contains('<') => Self::mrz(text),
            _ => Err(KeyRefused::NotACardCode),
        }
    }

    /// The text of a QR code.
    ///
    /// # Errors
    /// [`KeyRefused`] where it has not the fields of a card.
    pub fn qr(text: &str) -> Result<Self, KeyRefused> {
        bounded(text)?;
        if text.contains('|') {
            Ok(Self::Qr(text.trim().into()))
        } else {
            Err(KeyRefused::QrMalformed)
        }
    }

    /// A machine readable zone of 90 characters; line breaks and blanks are skipped.
    ///
    /// # Errors
    /// [`KeyRefused`] where it has another length or other characters (ICAO 9303-5).
    pub fn mrz(text: &str) -> Result<Self, KeyRefused> {
        bounded(text)?;
        let bare: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let clean = bare
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<');
        if clean && bare.len() == 90 {
            Ok(Self::Mrz(Personal::new(bare)))
        } else {
            Err(KeyRefused::MrzMalformed)
        }
    }

    /// The fields of basic access control as typed.
    ///
    /// # Errors
    /// [`KeyRefused`] where a number or a date has not its form.
    pub fn typed(document: &str, birth: &str, expiry: &str) -> Result<Self, KeyRefused> {
        let document = document.trim().to_ascii_uppercase();
        let clean = document.bytes().all(|b| b.is_ascii_alphanumeric());
        if !clean || document.is_empty() || document.len() > 22 {
            return Err(KeyRefused::NumberMalformed);
        }
        Ok(Self::Typed {
            document_number: Personal::new(document),
            birth_date: iso_date(birth)?,
            expiry_date: iso_date(expiry)?,
        })
    }

    /// A personal number as typed.
    ///
    /// # Errors
    /// [`KeyRefused`] where it has not 12 digits.
    pub fn number(text: &str) -> Result<Self, KeyRefused> {
        digits(text, 12).map(Self::Number)
    }

    /// A card access number.
    ///
    /// # Errors
    /// [`KeyRefused`] where it has not six digits.
    pub fn can(text: &str) -> Result<Self, KeyRefused> {
        digits(text, 6).map(Self::Can)
    }

    /// The stable name of the kind of key.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Qr(_) => "qr",
            Self::Mrz(_) => "mrz",
            Self::Typed { .. } => "typed",
            Self::Number(_) => "personal-number",
            Self::Can(_) => "can",
        }
    }
}

fn bounded(text: &str) -> Result<(), KeyRefused> {
    if text.chars().count() > LONGEST_TEXT {
        Err(KeyRefused::TooLong)
    } else {
        Ok(())
    }
}

fn digits(text: &str, length: usize) -> Result<Personal<String>, KeyRefused> {
    let text = text.trim();
    if text.len() == length && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text.into())
    } else {
        Err(KeyRefused::NumberMalformed)
    }
}

fn iso_date(text: &str) -> Result<Personal<String>, KeyRefused> {
    let text = text.trim();
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(|_| text.into())
        .map_err(|_| KeyRefused::DateMalformed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{KeyInput, KeyRefused};

    const MRZ: &str = "IDVNM0900000018001090000001<<9\n9001011M3001019VNM<<<<<<<<<<<6\nNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";

    #[test]
    fn a_scan_is_told_by_its_form() {
        let kind = |text: &str| KeyInput::from_scan(text).map(|key| key.kind());
        assert_eq!(
            kind("001090000001||NGUYỄN VĂN A|01011990|Nam|Hà Nội|01012021\r\n"),
            Ok("qr")
        );
        assert_eq!(kind(MRZ), Ok("mrz"));
        assert_eq!(kind(&MRZ.replace('\n', "")), Ok("mrz"));
        assert_eq!(kind(&MRZ.to_lowercase()), Ok("mrz"));
        assert_eq!(kind(" 001090000001 "), Ok("personal-number"));
        assert_eq!(kind("000001"), Ok("can"));
        assert_eq!(kind("00109000000"), Err(KeyRefused::NumberMalformed));
        assert_eq!(kind("https://example.org"), Err(KeyRefused::NotACardCode));
        assert_eq!(kind(""), Err(KeyRefused::NotACardCode));
        assert_eq!(kind("IDVNM<<"), Err(KeyRefused::MrzMalformed));
        assert_eq!(kind(&"|".repeat(2_000)), Err(KeyRefused::TooLong));
    }

    #[test]
    fn typed_fields_must_have_their_form() {
        let typed = |n: &str, b: &str, e: &str| KeyInput::typed(n, b, e).map(|key| key.kind());
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
        assert_eq!(KeyInput::can("12345a"), Err(KeyRefused::NumberMalformed));
        assert_eq!(
            KeyInput::number("00109000000１"),
            Err(KeyRefused::NumberMalformed)
        );
    }

    #[test]
    fn nothing_of_a_key_shows_in_debug_output() {
        let key = KeyInput::typed("090000001", "1990-01-01", "2030-01-01").unwrap();
        let shown = format!("{key:?}");
        assert!(!shown.contains("0900") && !shown.contains("19"), "{shown}");
    }
}
