//! The machine readable zone of a card: TD1, three lines of 30 (ICAO 9303-5, 4.2).
//!
//! What is wrong with a zone is kept apart by kind, since each kind has its own outcome: a zone
//! that is no zone is an error; wrong check digits, malformed fields and impossible dates are
//! lists beside the fields that could be read. Nothing is repaired in silence.

use zeroize::Zeroizing;

use super::access_key::{AccessKeyError, MrzInformation};
use super::date::{Date, DateError, PartialDate};
use super::expiry::Expiry;
use super::name::MrzName;
use super::personal::Personal;
use super::personal_number::PersonalNumber;
use super::sex::Sex;

/// The layouts of ICAO 9303.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MrzFormat {
    /// Cards: three lines of 30 (ICAO 9303-5).
    Td1,
    /// Larger documents: two lines of 36 (ICAO 9303-6). Not supported.
    Td2,
    /// Passports: two lines of 44 (ICAO 9303-4). Not supported.
    Td3,
}

impl MrzFormat {
    /// The format of that many characters.
    #[must_use]
    pub const fn of_length(characters: usize) -> Option<Self> {
        match characters {
            90 => Some(Self::Td1),
            72 => Some(Self::Td2),
            88 => Some(Self::Td3),
            _ => None,
        }
    }
}

/// Why a text is no machine readable zone that can be read. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MrzError {
    /// No format has that length.
    #[error("a machine readable zone of a card has 90 characters, not {found}")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A line is not of 30 characters although the whole is of 90.
    #[error("line {line} of the machine readable zone has not 30 characters")]
    Line {
        /// Which line, from 1.
        line: usize,
    },
    /// A character other than A–Z, 0–9 and the filler.
    #[error("character {position} of the machine readable zone is none of A to Z, 0 to 9, <")]
    Character {
        /// Its position, from 1, over all lines.
        position: usize,
    },
    /// A zone of a format that is not supported.
    #[error("machine readable zones of format {0:?} are not supported")]
    Format(MrzFormat),
}

/// A field of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MrzField {
    /// Line 1, positions 1–2.
    DocumentCode,
    /// Line 1, positions 3–5.
    IssuingState,
    /// Line 1, positions 6–14, check digit 15; longer numbers go on in the optional data.
    DocumentNumber,
    /// Line 1, positions 16–29, check digit 30, of a Vietnamese card.
    PersonalNumber,
    /// Line 1, positions 16–30, of another card.
    OptionalData1,
    /// Line 2, positions 1–6, check digit 7.
    BirthDate,
    /// Line 2, position 8.
    Sex,
    /// Line 2, positions 9–14, check digit 15.
    ExpiryDate,
    /// Line 2, positions 16–18.
    Nationality,
    /// Line 2, positions 19–29.
    OptionalData2,
    /// Line 2, position 30: a check digit alone.
    Composite,
    /// Line 3.
    Name,
}

impl MrzField {
    /// The stable name, such as `birth-date`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DocumentCode => "document-code",
            Self::IssuingState => "issuing-state",
            Self::DocumentNumber => "document-number",
            Self::PersonalNumber => "personal-number",
            Self::OptionalData1 => "optional-data-1",
            Self::BirthDate => "birth-date",
            Self::Sex => "sex",
            Self::ExpiryDate => "expiry-date",
            Self::Nationality => "nationality",
            Self::OptionalData2 => "optional-data-2",
            Self::Composite => "composite",
            Self::Name => "name",
        }
    }
}

/// A machine readable zone of any supported format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mrz {
    /// A card.
    Td1(Box<Td1>),
}

impl Mrz {
    /// The content of data object 5F1F (ICAO 9303-10, 4.7.1): no line breaks, nothing forgiven.
    ///
    /// # Errors
    /// [`MrzError`] when it is no zone, or one of a format that is not supported.
    pub fn parse(zone: &[u8], today: Date) -> Result<Self, MrzError> {
        match MrzFormat::of_length(zone.len()) {
            Some(MrzFormat::Td1) => Ok(Self::Td1(Box::new(Td1::parse(zone, today)?))),
            Some(other) => Err(MrzError::Format(other)),
            None => Err(MrzError::Length { found: zone.len() }),
        }
    }

    /// A zone that was typed or scanned: line breaks optional, lower case forgiven, spaces and tabs
    /// around a line left out. Nothing else is forgiven.
    ///
    /// # Errors
    /// [`MrzError`] as [`Self::parse`].
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
        let of_cards = MrzFormat::of_length(zone.len()) == Some(MrzFormat::Td1);
        if of_cards
            && lines().nth(1).is_some()
            && let Some(index) = lines().position(|line| line.len() != 30)
        {
            return Err(MrzError::Line {
                line: index.saturating_add(1),
            });
        }
        Self::parse(zone.as_bytes(), today)
    }
}

/// The zone of a card, taken apart. What could not be read of it stands in the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Td1 {
    /// All 90 characters.
    pub text: Personal<String>,
    /// Such as `ID`, without fillers.
    pub document_code: String,
    /// Such as `VNM`, without fillers. Digits in it make it malformed.
    pub issuing_state: String,
    /// The document number without fillers; longer than 9 where it goes on in the optional data.
    pub document_number: Personal<String>,
    /// The 12 digits of a Vietnamese card, when they are 12 digits.
    pub personal_number: Option<PersonalNumber>,
    /// Optional data of line 1 without trailing fillers; of a Vietnamese card the 12 digits, and
    /// nothing of the rest of a long document number.
    pub optional_data_1: Personal<String>,
    /// The birth date, with what is unknown of it; nothing when malformed or impossible.
    pub birth_date: Option<Personal<PartialDate>>,
    /// Nothing when malformed.
    pub sex: Option<Personal<Sex>>,
    /// Nothing when malformed or impossible.
    pub expiry: Option<Personal<Expiry>>,
    /// Such as `VNM`, without fillers.
    pub nationality: String,
    /// Optional data of line 2 without trailing fillers.
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

impl Td1 {
    /// The 90 characters of a card's zone, without line breaks.
    ///
    /// # Errors
    /// [`MrzError::Length`] and [`MrzError::Character`]: nothing can be read of such a zone.
    pub fn parse(zone: &[u8], today: Date) -> Result<Self, MrzError> {
        if zone.len() != 90 {
            return Err(MrzError::Length { found: zone.len() });
        }
        if let Some(index) = zone.iter().position(|byte| !in_zone(char::from(*byte))) {
            return Err(MrzError::Character {
                position: index.saturating_add(1),
            });
        }
        let text: Zeroizing<String> =
            Zeroizing::new(zone.iter().map(|byte| char::from(*byte)).collect());
        Ok(Fields(&text).read(today))
    }

    /// Whether the zone is laid out as on a Vietnamese card: line 1 from position 16 on holds the
    /// personal number and its check digit.
    #[must_use]
    pub fn is_vietnamese(&self) -> bool {
        Fields(self.text.reveal()).are_vietnamese()
    }

    /// What opens the chip of the card on which this zone is printed (ICAO 9303-11, 4.3.2).
    ///
    /// # Errors
    /// [`AccessKeyError`] when document number or dates are such that no key can be made.
    pub fn mrz_information(&self) -> Result<MrzInformation, AccessKeyError> {
        let fields = Fields(self.text.reveal());
        MrzInformation::new(
            self.document_number.reveal(),
            fields.birth(),
            fields.expiry(),
        )
    }

    /// Whether a check digit of the key part is wrong: such a zone was misread, and opens nothing.
    #[must_use]
    pub fn key_is_misread(&self) -> bool {
        self.wrong_check_digits.iter().any(|field| {
            matches!(
                field,
                MrzField::DocumentNumber | MrzField::BirthDate | MrzField::ExpiryDate
            )
        })
    }

    /// The fields in which this zone differs from another, in the order of the zone. Check digits
    /// are no fields of their own.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<MrzField> {
        let (ours, theirs) = (Fields(self.text.reveal()), Fields(other.text.reveal()));
        let optional = |td1: &Self| {
            if td1.is_vietnamese() {
                MrzField::PersonalNumber
            } else {
                MrzField::OptionalData1
            }
        };
        [
            (ours.code() != theirs.code(), MrzField::DocumentCode),
            (ours.state() != theirs.state(), MrzField::IssuingState),
            (
                self.document_number != other.document_number,
                MrzField::DocumentNumber,
            ),
            (
                self.optional_data_1 != other.optional_data_1,
                optional(self),
            ),
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
        .collect()
    }
}

/// Where the fields stand (ICAO 9303-5, 4.2.2). Holds 90 ASCII characters.
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    fn at(&self, from: usize, to: usize) -> &'a str {
        self.0.get(from..to).unwrap_or_default()
    }

    fn code(&self) -> &'a str {
        self.at(0, 2)
    }

    fn state(&self) -> &'a str {
        self.at(2, 5)
    }

    fn birth(&self) -> &'a str {
        self.at(30, 36)
    }

    fn sex(&self) -> &'a str {
        self.at(37, 38)
    }

    fn expiry(&self) -> &'a str {
        self.at(38, 44)
    }

    fn nationality(&self) -> &'a str {
        self.at(45, 48)
    }

    fn optional_2(&self) -> &'a str {
        self.at(48, 59)
    }

    fn name(&self) -> &'a str {
        self.at(60, 90)
    }

    /// State or nationality names Vietnam: either may be the damaged one.
    fn are_vietnamese(&self) -> bool {
        self.state() == "VNM" || self.nationality() == "VNM"
    }

    /// Document number, its check digit, and what is left of the optional data of line 1.
    ///
    /// A filler in place of the check digit means that the number goes on in the optional data,
    /// up to a filler, its check digit last (ICAO 9303-5, 4.2.2.1). A Vietnamese card has its
    /// personal number there instead.
    fn document_number(&self) -> (String, &'a str, &'a str) {
        let (first, digit, optional) = (self.at(5, 14), self.at(14, 15), self.at(15, 30));
        if digit == "<" && !self.are_vietnamese() {
            let (rest, left) = optional.split_once('<').unwrap_or((optional, ""));
            if let Some((rest, digit)) = rest
                .len()
                .checked_sub(1)
                .and_then(|last| rest.split_at_checked(last))
            {
                return (format!("{first}{rest}"), digit, left);
            }
        }
        (first.to_owned(), digit, optional)
    }

    fn read(&self, today: Date) -> Td1 {
        let mut wrong_check_digits = Vec::new();
        let mut malformed_fields = Vec::new();
        let mut invalid_dates = Vec::new();
        let vietnamese = self.are_vietnamese();

        let code_is_good = matches!(self.at(0, 1), "A" | "C" | "I") && is_name(self.at(1, 2));
        if !code_is_good {
            malformed_fields.push(MrzField::DocumentCode);
        }
        if !is_state(self.state()) {
            malformed_fields.push(MrzField::IssuingState);
        }

        let (number, number_digit, optional) = self.document_number();
        let number = Zeroizing::new(number);
        if number.starts_with('<') {
            malformed_fields.push(MrzField::DocumentNumber);
        }
        if !digit_is_right(&number, number_digit) {
            wrong_check_digits.push(MrzField::DocumentNumber);
        }
        let mut optional_1 = optional.trim_end_matches('<');
        let mut personal_number = None;
        if vietnamese && !optional_1.is_empty() {
            // Position 30 is the check digit over positions 16–29, not a filler.
            if !digit_is_right(self.at(15, 29), self.at(29, 30)) {
                wrong_check_digits.push(MrzField::PersonalNumber);
            }
            optional_1 = self.at(15, 29).trim_end_matches('<');
            personal_number = PersonalNumber::parse(optional_1).ok();
        }

        let hint = personal_number.as_ref().map(PersonalNumber::birth_year);
        let birth_date = match PartialDate::birth_from_mrz(self.birth(), today, hint) {
            Ok(date) => Some(Personal::new(date)),
            Err(error) => {
                let list = list_for(error, &mut invalid_dates, &mut malformed_fields);
                list.push(MrzField::BirthDate);
                None
            }
        };
        if !digit_is_right(self.birth(), self.at(36, 37)) {
            wrong_check_digits.push(MrzField::BirthDate);
        }
        let sex = self
            .sex()
            .chars()
            .next()
            .and_then(Sex::from_mrz)
            .map(Personal::new);
        if sex.is_none() {
            malformed_fields.push(MrzField::Sex);
        }
        let expiry = match Expiry::from_mrz(self.expiry(), today) {
            Ok(expiry) => Some(Personal::new(expiry)),
            Err(error) => {
                let list = list_for(error, &mut invalid_dates, &mut malformed_fields);
                list.push(MrzField::ExpiryDate);
                None
            }
        };
        if !digit_is_right(self.expiry(), self.at(44, 45)) {
            wrong_check_digits.push(MrzField::ExpiryDate);
        }
        if !is_state(self.nationality()) {
            malformed_fields.push(MrzField::Nationality);
        }
        // ICAO 9303-5, 4.2.4: line 1 from position 6, line 2 positions 1–7, 9–15 and 19–29.
        let composite = Zeroizing::new(
            [
                self.at(5, 30),
                self.at(30, 37),
                self.at(38, 45),
                self.at(48, 59),
            ]
            .concat(),
        );
        if !digit_is_right(&composite, self.at(59, 60)) {
            wrong_check_digits.push(MrzField::Composite);
        }
        let name = MrzName::from_field(self.name());
        if !is_name(self.name()) || (self.name().starts_with('<') && !name.is_empty()) {
            malformed_fields.push(MrzField::Name);
        }

        Td1 {
            text: Personal::from(self.0),
            document_code: self.code().trim_end_matches('<').to_owned(),
            issuing_state: self.state().trim_end_matches('<').to_owned(),
            document_number: Personal::from(number.trim_end_matches('<')),
            personal_number,
            optional_data_1: Personal::from(optional_1),
            birth_date,
            sex,
            expiry,
            nationality: self.nationality().trim_end_matches('<').to_owned(),
            optional_data_2: Personal::from(self.optional_2().trim_end_matches('<')),
            name,
            wrong_check_digits,
            malformed_fields,
            invalid_dates,
        }
    }
}

fn list_for<'a>(
    error: DateError,
    invalid: &'a mut Vec<MrzField>,
    malformed: &'a mut Vec<MrzField>,
) -> &'a mut Vec<MrzField> {
    match error {
        DateError::Impossible => invalid,
        DateError::Malformed { .. } => malformed,
    }
}

const fn in_zone(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<'
}

/// Letters and fillers alone.
fn is_name(field: &str) -> bool {
    field
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'<')
}

/// One to three letters, then fillers (ICAO 9303-3, 5).
fn is_state(field: &str) -> bool {
    let letters = field.trim_end_matches('<');
    !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The check digit of a field: weights 7, 3, 1, modulo 10 (ICAO 9303-3, 4.9). Nothing when a
/// character is none of A–Z, 0–9 and the filler.
#[must_use]
pub fn check_digit(field: &str) -> Option<u8> {
    let mut sum = 0_u32;
    for (c, weight) in field.chars().zip([7, 3, 1].into_iter().cycle()) {
        let value = match c {
            '<' => 0,
            c if in_zone(c) => c.to_digit(36)?,
            _ => return None,
        };
        sum = (sum + value * weight) % 10;
    }
    u8::try_from(sum).ok()
}

fn digit_is_right(field: &str, digit: &str) -> bool {
    let printed = digit.chars().next().and_then(|c| c.to_digit(10));
    printed.is_some() && printed == check_digit(field).map(u32::from)
}

#[cfg(test)]
mod tests;
