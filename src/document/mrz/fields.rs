//! A zone taken apart into its fields.

use core::ops::Range;

use zeroize::Zeroizing;

use super::check_digit::digit_is_right;
use super::format::Layout;
use super::{Mrz, MrzField, MrzFormat};
use crate::document::date::{Date, DateError, PartialDate};
use crate::document::expiry::Expiry;
use crate::document::name::MrzName;
use crate::document::personal::Personal;
use crate::document::personal_number::PersonalNumber;
use crate::document::sex::Sex;

/// The fields as they are written. The text holds as many ASCII characters as the format has.
pub(super) struct Fields<'a> {
    text: &'a str,
    format: MrzFormat,
    layout: &'static Layout,
}

/// A number or optional data with what stands in place of its check digit.
struct Checked<'a> {
    value: Zeroizing<String>,
    digit: &'a str,
}

/// What is wrong with a zone, by kind.
#[derive(Default)]
struct Faults {
    wrong_check_digits: Vec<MrzField>,
    malformed_fields: Vec<MrzField>,
    invalid_dates: Vec<MrzField>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(text: &'a str, format: MrzFormat) -> Self {
        let layout = format.layout();
        Self {
            text,
            format,
            layout,
        }
    }

    fn at(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The character after a field: its check digit.
    fn digit_of(&self, range: &Range<usize>) -> &'a str {
        self.at(&(range.end..range.end.saturating_add(1)))
    }

    pub(super) fn code(&self) -> &'a str {
        self.at(&self.layout.document_code)
    }

    pub(super) fn state(&self) -> &'a str {
        self.at(&self.layout.issuing_state)
    }

    pub(super) fn birth(&self) -> &'a str {
        self.at(&self.layout.birth_date)
    }

    pub(super) fn sex(&self) -> &'a str {
        self.at(&self.layout.sex)
    }

    pub(super) fn expiry(&self) -> &'a str {
        self.at(&self.layout.expiry_date)
    }

    pub(super) fn nationality(&self) -> &'a str {
        self.at(&self.layout.nationality)
    }

    pub(super) fn optional_2(&self) -> &'a str {
        self.at(&self.layout.optional_2)
    }

    pub(super) fn name(&self) -> &'a str {
        self.at(&self.layout.name)
    }

    /// A TD1 zone of Viet Nam whose document code begins with I: the one zone in which twelve digits
    /// are a personal number, and 991231 is no date.
    pub(super) fn are_of_citizen_card(&self) -> bool {
        self.format == MrzFormat::Td1 && self.state() == "VNM" && self.code().starts_with('I')
    }

    /// Document number, its check digit, and what is left of the optional data.
    ///
    /// In TD1 and TD2 a filler in place of the check digit means that the number goes on in the
    /// optional data, up to a filler, its check digit last (ICAO 9303-5, 4.2.2.1; 9303-6, 4.2.2.2).
    /// A Vietnamese citizen card has its personal number there instead.
    fn document_number(&self) -> (Checked<'a>, &'a str) {
        let range = &self.layout.document_number;
        let (first, digit) = (self.at(range), self.digit_of(range));
        let optional = self.at(&self.layout.optional_1);
        let goes_on = digit == "<" && self.format != MrzFormat::Td3 && !self.are_of_citizen_card();
        if goes_on {
            let (rest, left) = optional.split_once('<').unwrap_or((optional, ""));
            if let Some((rest, digit)) = rest
                .len()
                .checked_sub(1)
                .and_then(|last| rest.split_at_checked(last))
            {
                let value = Zeroizing::new(format!("{first}{rest}"));
                return (Checked { value, digit }, left);
            }
        }
        let value = Zeroizing::new(first.to_owned());
        (Checked { value, digit }, optional)
    }

    /// The optional data that have a check digit of their own: the personal number of a citizen
    /// card (position 30 is its check digit, no filler), and the field of a TD3 zone.
    fn checked_optional(&self) -> Option<(&'a str, &'a str)> {
        let range = &self.layout.optional_1;
        let (digit, value) = match self.format {
            MrzFormat::Td3 => (self.digit_of(range), self.at(range)),
            MrzFormat::Td1 if self.are_of_citizen_card() => {
                let digits = range.start..range.end.saturating_sub(1);
                (self.digit_of(&digits), self.at(&digits))
            }
            MrzFormat::Td1 | MrzFormat::Td2 => return None,
        };
        Some((value, digit))
    }

    fn judge_codes(&self, faults: &mut Faults) {
        let mut code = self.code().chars();
        let kind = code.next().is_some_and(|c| self.layout.kinds.contains(c));
        if !kind || !is_name(code.as_str()) {
            faults.malformed_fields.push(MrzField::DocumentCode);
        }
        if !is_state(self.state()) {
            faults.malformed_fields.push(MrzField::IssuingState);
        }
        if !is_state(self.nationality()) {
            faults.malformed_fields.push(MrzField::Nationality);
        }
    }

    fn judge_check_digits(&self, number: &Checked<'_>, faults: &mut Faults) {
        let layout = self.layout;
        let of = |range| digit_is_right(self.at(range), self.digit_of(range));
        // ICAO 9303-4, 4.2.2.2: with an empty field the digit may be 0 or a filler. On a citizen
        // card nothing stands in its place then.
        let optional = self.checked_optional().is_none_or(|(value, digit)| {
            let empty = value.trim_end_matches('<').is_empty();
            (empty && digit == "<") || digit_is_right(value, digit)
        });
        let covered: Zeroizing<String> =
            Zeroizing::new(layout.covered.iter().map(|range| self.at(range)).collect());
        let composite = layout.composite..layout.composite.saturating_add(1);
        let judged = [
            (
                digit_is_right(&number.value, number.digit),
                MrzField::DocumentNumber,
            ),
            (optional, MrzField::PersonalNumber),
            (of(&layout.birth_date), MrzField::BirthDate),
            (of(&layout.expiry_date), MrzField::ExpiryDate),
            (
                digit_is_right(&covered, self.at(&composite)),
                MrzField::Composite,
            ),
        ];
        let wrong = judged.into_iter().filter(|(right, _)| !right);
        faults
            .wrong_check_digits
            .extend(wrong.map(|(_, field)| field));
    }

    pub(super) fn read(&self, today: Date) -> Mrz {
        let mut faults = Faults::default();
        self.judge_codes(&mut faults);
        let (number, optional) = self.document_number();
        if number.value.starts_with('<') {
            faults.malformed_fields.push(MrzField::DocumentNumber);
        }
        self.judge_check_digits(&number, &mut faults);

        let optional = self
            .checked_optional()
            .map_or(optional, |(value, _)| value)
            .trim_end_matches('<');
        let citizen = self.are_of_citizen_card();
        let personal_number = citizen
            .then(|| PersonalNumber::parse(optional).ok())
            .flatten();
        let hint = personal_number.as_ref().map(PersonalNumber::birth_year);
        let birth_date = faults.date(
            PartialDate::birth_from_mrz(self.birth(), today, hint),
            MrzField::BirthDate,
        );
        let expiry = if citizen {
            Expiry::of_citizen_card(self.expiry(), today)
        } else {
            Expiry::from_mrz(self.expiry(), today)
        };
        let expiry = faults.date(expiry, MrzField::ExpiryDate);
        let sex = self.sex().chars().next().and_then(Sex::from_mrz);
        if sex.is_none() {
            faults.malformed_fields.push(MrzField::Sex);
        }
        let name = MrzName::from_field(self.name());
        if !is_name(self.name()) || (self.name().starts_with('<') && !name.is_empty()) {
            faults.malformed_fields.push(MrzField::Name);
        }

        let [wrong_check_digits, malformed_fields, invalid_dates] = faults.in_order(self.layout);
        Mrz {
            format: self.format,
            text: Personal::from(self.text),
            document_code: self.code().trim_end_matches('<').to_owned(),
            issuing_state: self.state().trim_end_matches('<').to_owned(),
            document_number: Personal::from(number.value.trim_end_matches('<')),
            personal_number,
            optional_data_1: Personal::from(optional),
            birth_date,
            sex: sex.map(Personal::new),
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

impl Faults {
    /// A date, or the list that its fault belongs on.
    fn date<T: zeroize::Zeroize>(
        &mut self,
        date: Result<T, DateError>,
        field: MrzField,
    ) -> Option<Personal<T>> {
        match date {
            Ok(date) => return Some(Personal::new(date)),
            Err(DateError::Impossible) => self.invalid_dates.push(field),
            Err(DateError::Malformed { .. }) => self.malformed_fields.push(field),
        }
        None
    }

    /// Wrong check digits, malformed fields and invalid dates, each in the order of the zone.
    fn in_order(self, layout: &Layout) -> [Vec<MrzField>; 3] {
        [
            self.wrong_check_digits,
            self.malformed_fields,
            self.invalid_dates,
        ]
        .map(|mut fields| {
            fields.sort_by_key(|field| layout.start(*field));
            fields
        })
    }
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
