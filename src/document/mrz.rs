//! The machine readable zone of a document, in the formats TD1, TD2 and TD3 (ICAO 9303-4, -5, -6).
//!
//! What is wrong with a zone is kept apart by kind, since each kind has its own outcome: a zone
//! that is no zone is an error; wrong check digits, malformed fields and impossible dates are
//! lists beside the fields that could be read. Nothing is repaired in silence.
//!
//! # Layout
//! - `format`: where the fields of each format stand
//! - `fields`: a zone taken apart
//! - `check_digit`: check digits
//! - here: a zone as others use it

mod check_digit;
mod fields;
mod format;

use zeroize::Zeroizing;

use super::access_key::{AccessKeyError, MrzInformation};
use super::date::{Date, PartialDate};
use super::expiry::Expiry;
use super::name::MrzName;
use super::personal::Personal;
use super::personal_number::PersonalNumber;
use super::sex::Sex;
pub use check_digit::check_digit;
use fields::Fields;
pub use format::{MrzField, MrzFormat};

/// Why a text is no machine readable zone that can be read. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MrzError {
    /// No format has that length.
    #[error("a machine readable zone has 90, 72 or 88 characters, not {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A line has not the length that the whole calls for.
    #[error("line {line} of the machine readable zone has not {due} characters")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Characters that a line of this format has.
        due: usize,
    },
    /// A character other than A–Z, 0–9 and the filler.
    #[error("character {position} of the machine readable zone is none of A to Z, 0 to 9, <")]
    Character {
        /// Its position, from 1, over all lines.
        position: usize,
    },
}

/// A machine readable zone, taken apart. What could not be read of it stands in the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mrz {
    /// Its format, which its length tells.
    pub format: MrzFormat,
    /// All characters, without line breaks.
    pub text: Personal<String>,
    /// Such as `ID` or `P`, without fillers.
    pub document_code: String,
    /// Such as `VNM`, without fillers. Digits in it make it malformed.
    pub issuing_state: String,
    /// The document number without fillers; longer than 9 where it goes on in the optional data.
    pub document_number: Personal<String>,
    /// The 12 digits of a Vietnamese citizen card, when they are 12 digits. No other zone has any.
    pub personal_number: Option<PersonalNumber>,
    /// Optional data without trailing fillers: of TD1 those of line 1, of a Vietnamese citizen card
    /// the 12 digits, of TD3 the personal number or what else the issuer put there; nothing of the
    /// rest of a long document number.
    pub optional_data_1: Personal<String>,
    /// The birth date, with what is unknown of it; nothing when malformed or impossible.
    pub birth_date: Option<Personal<PartialDate>>,
    /// Nothing when malformed.
    pub sex: Option<Personal<Sex>>,
    /// Nothing when malformed or impossible.
    pub expiry: Option<Personal<Expiry>>,
    /// Such as `VNM`, without fillers.
    pub nationality: String,
    /// Optional data of line 2 of a TD1 zone, without trailing fillers.
    pub optional_data_2: Personal<String>,
    /// The name; empty when all fillers.
    pub name: MrzName,
    /// The fields whose check digit is wrong, in the order of the zone.
    pub wrong_check_digits: Vec<MrzField>,
    /// The fields that hold what they must not, in the order of the zone.
    pub malformed_fields: Vec<MrzField>,
    /// The date fields of the right form which are in no calendar, in the order of the zone.
    pub invalid_dates: Vec<MrzField>,
}

impl Mrz {
    /// The content of data object 5F1F (ICAO 9303-10, 4.7.1): no line breaks, nothing forgiven.
    ///
    /// # Errors
    /// [`MrzError::Length`] and [`MrzError::Character`]: nothing can be read of such a zone.
    pub fn parse(zone: &[u8], today: Date) -> Result<Self, MrzError> {
        let format =
            MrzFormat::of_length(zone.len()).ok_or(MrzError::Length { found: zone.len() })?;
        if let Some(index) = zone.iter().position(|byte| !in_zone(char::from(*byte))) {
            return Err(MrzError::Character {
                position: index.saturating_add(1),
            });
        }
        let text: Zeroizing<String> =
            Zeroizing::new(zone.iter().map(|byte| char::from(*byte)).collect());
        Ok(Fields::new(&text, format).read(today))
    }

    /// A zone that was typed or scanned: line breaks optional, lower case forgiven, spaces and tabs
    /// around a line left out. Nothing else is forgiven.
    ///
    /// # Errors
    /// [`MrzError`].
    pub fn from_input(text: &str, today: Date) -> Result<Self, MrzError> {
        const LONGEST: usize = 512;
        if text.len() > LONGEST {
            return Err(MrzError::Length {
                found: text.chars().count(),
            });
        }
        let lines = || {
            text.split(['\r', '\n'])
                .map(|line| line.trim_matches([' ', '\t']))
                .filter(|line| !line.is_empty())
        };
        let mut zone = Zeroizing::new(String::with_capacity(LONGEST));
        lines().for_each(|line| zone.push_str(line));
        zone.make_ascii_uppercase();
        // A character of several bytes is no character of a zone, and no reason to miscount.
        if let Some(index) = zone.chars().position(|c| !in_zone(c)) {
            return Err(MrzError::Character {
                position: index.saturating_add(1),
            });
        }
        let due = MrzFormat::of_length(zone.len()).map(MrzFormat::line_length);
        if let Some(due) = due
            && lines().nth(1).is_some()
            && let Some(index) = lines().position(|line| line.len() != due)
        {
            return Err(MrzError::Line {
                line: index.saturating_add(1),
                due,
            });
        }
        Self::parse(zone.as_bytes(), today)
    }

    fn fields(&self) -> Fields<'_> {
        Fields::new(self.text.reveal(), self.format)
    }

    /// Whether this is the zone of a Vietnamese citizen card: TD1, issued by Viet Nam, document code
    /// beginning with I. Line 1 from position 16 on then holds the personal number and its check
    /// digit, and 991231 is no date.
    #[must_use]
    pub fn is_citizen_card(&self) -> bool {
        self.fields().are_of_citizen_card()
    }

    /// What opens the chip of the document on which this zone is printed (ICAO 9303-11, 4.3.2).
    ///
    /// # Errors
    /// [`AccessKeyError`] when document number or dates are such that no key can be made.
    pub fn mrz_information(&self) -> Result<MrzInformation, AccessKeyError> {
        let fields = self.fields();
        MrzInformation::new(
            self.document_number.reveal(),
            fields.birth(),
            fields.expiry(),
        )
    }

    /// The field of the key part whose check digit is wrong, if any: such a zone was misread, and
    /// opens nothing.
    #[must_use]
    pub fn misread_key_field(&self) -> Option<MrzField> {
        self.wrong_check_digits.iter().copied().find(|field| {
            matches!(
                field,
                MrzField::DocumentNumber | MrzField::BirthDate | MrzField::ExpiryDate
            )
        })
    }

    /// The fields in which this zone differs from another, in the order of this zone. Check digits
    /// are no fields of their own. A zone of another format is of another kind of document.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<MrzField> {
        let (ours, theirs) = (self.fields(), other.fields());
        let optional = if self.is_citizen_card() || self.format == MrzFormat::Td3 {
            MrzField::PersonalNumber
        } else {
            MrzField::OptionalData1
        };
        let kind = self.format != other.format || ours.code() != theirs.code();
        let mut fields: Vec<MrzField> = [
            (kind, MrzField::DocumentCode),
            (ours.state() != theirs.state(), MrzField::IssuingState),
            (
                self.document_number != other.document_number,
                MrzField::DocumentNumber,
            ),
            (self.optional_data_1 != other.optional_data_1, optional),
            (ours.birth() != theirs.birth(), MrzField::BirthDate),
            (ours.sex() != theirs.sex(), MrzField::Sex),
            (ours.expiry() != theirs.expiry(), MrzField::ExpiryDate),
            (
                ours.nationality() != theirs.nationality(),
                MrzField::Nationality,
            ),
            (
                ours.optional_2() != theirs.optional_2(),
                MrzField::OptionalData2,
            ),
            (ours.name() != theirs.name(), MrzField::Name),
        ]
        .into_iter()
        .filter_map(|(differ, field)| differ.then_some(field))
        .collect();
        fields.sort_by_key(|field| self.format.layout().start(*field));
        fields
    }
}

/// The characters of a zone (ICAO 9303-3, 4.3).
const fn in_zone(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<'
}

#[cfg(test)]
mod tests;
