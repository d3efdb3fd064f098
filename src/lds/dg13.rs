//! DG13 of the citizen card: the national data.
//!
//! Its form is known from few sources, so it is read tolerantly: unknown fields are kept, values may
//! be absent, and pairs of strings may stand in one SEQUENCE or in two.

use std::collections::BTreeMap;

use super::{FileError, file_value};
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::document::Personal;

/// Fields that are read; sixteen are known.
const MAX_FIELDS: usize = 64;

/// A field of DG13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// 1: the twelve digits.
    PersonalNumber,
    /// 2: the name with diacritics.
    Name,
    /// 3: dd/MM/yyyy.
    BirthDate,
    /// 4: Nam or Nữ.
    Sex,
    /// 5.
    Nationality,
    /// 6.
    Ethnicity,
    /// 7.
    Religion,
    /// 8.
    PlaceOfOrigin,
    /// 9.
    Residence,
    /// 10.
    IdentifyingFeatures,
    /// 11: dd/MM/yyyy.
    IssueDate,
    /// 12: dd/MM/yyyy, or a text for cards without expiry.
    ExpiryDate,
    /// 13: two strings, either may be empty.
    Parents,
    /// 14.
    Spouse,
    /// 15 or 16, whichever has nine or twelve digits: the number of an older card.
    OldNumber,
    /// 15 or 16, whichever has sixteen hexadecimal characters.
    ChipId,
    /// Any other number, kept and shown as such.
    Unknown(u32),
}

impl Field {
    const fn of_number(number: u32) -> Self {
        match number {
            1 => Self::PersonalNumber,
            2 => Self::Name,
            3 => Self::BirthDate,
            4 => Self::Sex,
            5 => Self::Nationality,
            6 => Self::Ethnicity,
            7 => Self::Religion,
            8 => Self::PlaceOfOrigin,
            9 => Self::Residence,
            10 => Self::IdentifyingFeatures,
            11 => Self::IssueDate,
            12 => Self::ExpiryDate,
            13 => Self::Parents,
            14 => Self::Spouse,
            other => Self::Unknown(other),
        }
    }

    /// Fields 15 and 16 change places between sources: their shape decides.
    fn of_shape(number: u32, values: &[Personal<String>]) -> Self {
        let Some(value) = values.first().map(Personal::reveal) else {
            return Self::Unknown(number);
        };
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
        match value.len() {
            9 | 12 if digits => Self::OldNumber,
            16 if hex => Self::ChipId,
            _ => Self::Unknown(number),
        }
    }
}

/// DG13, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg13 {
    fields: BTreeMap<Field, Vec<Personal<String>>>,
    /// Whether bytes follow the object.
    pub trailing: bool,
    /// Whether the length of the object is not minimal.
    pub long_length: bool,
}

/// Why DG13 could not be read. Never a sign of forgery: its form may differ between batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dg13Error {
    /// The file's own tag or structure.
    #[error(transparent)]
    File(#[from] FileError),
    /// A field that is no pair of number and value.
    #[error("DG13: {0}")]
    Field(#[from] TlvError),
    /// A value that is no text.
    #[error("DG13: a value is not valid text")]
    Text,
    /// More fields than the bound.
    #[error("DG13 holds more than {MAX_FIELDS} fields")]
    TooMany,
}

impl Dg13 {
    /// Parses the file `EF.DG13`.
    ///
    /// # Errors
    /// [`Dg13Error`].
    pub fn parse(file: &[u8]) -> Result<Self, Dg13Error> {
        let value = file_value(file, 0x6d)?;
        if value.is_empty() {
            return Err(FileError::Missing(0x30).into());
        }
        // The walk bounds depth and count before anything is taken apart.
        der::check(value)?;
        let mut outer = Reader::new(value);
        let mut object = Reader::new(outer.expect(0x30)?);
        object.optional(0x02)?;
        object.optional(0x06)?;
        let mut set = Reader::new(object.expect(0x31)?);
        let mut fields: BTreeMap<Field, Vec<Personal<String>>> = BTreeMap::new();
        let mut count = 0_usize;
        while !set.is_empty() {
            count = count.saturating_add(1);
            if count > MAX_FIELDS {
                return Err(Dg13Error::TooMany);
            }
            let mut entry = Reader::new(set.expect(0x30)?);
            let number = entry.small()?;
            let mut values = Vec::new();
            while !entry.is_empty() {
                let (tag, value, _) = entry.any()?;
                let met = texts(tag, value, &mut values);
                // Nobody knows of what type a field is that nobody knows: it is no error.
                if (1..=16).contains(&number) {
                    met?;
                }
            }
            let field = match number {
                15 | 16 => Field::of_shape(number, &values),
                number => Field::of_number(number),
            };
            fields.entry(field).or_default().extend(values);
        }
        let header = crate::codec::header::Header::read(file, 0)?;
        Ok(Self {
            fields,
            trailing: file.len() > header.total(),
            long_length: !header.minimal,
        })
    }

    /// The first value of a field that is there and not empty.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Personal<String>> {
        self.fields
            .get(&field)?
            .first()
            .filter(|value| !value.reveal().is_empty())
    }

    /// All values of a field, in order, empty ones included.
    #[must_use]
    pub fn all(&self, field: Field) -> &[Personal<String>] {
        self.fields.get(&field).map_or(&[], Vec::as_slice)
    }

    /// Whether there are fields of unknown number.
    #[must_use]
    pub fn has_unknown_fields(&self) -> bool {
        self.fields
            .keys()
            .any(|field| matches!(field, Field::Unknown(number) if !matches!(number, 15 | 16)))
    }

    /// Every value of every field: for looking at all text that will be shown.
    pub fn texts(&self) -> impl Iterator<Item = &Personal<String>> {
        self.fields.values().flatten()
    }
}

/// A UTF8String, PrintableString or IA5String; SEQUENCEs of such are flattened one level deep.
fn texts(tag: u32, value: &[u8], out: &mut Vec<Personal<String>>) -> Result<(), Dg13Error> {
    match tag {
        0x0c | 0x13 | 0x16 => {
            let text = core::str::from_utf8(value).map_err(|_| Dg13Error::Text)?;
            out.push(Personal::from(text));
            Ok(())
        }
        0x30 => {
            let mut inner = Reader::new(value);
            while !inner.is_empty() {
                let (tag, value, _) = inner.any()?;
                if tag == 0x30 {
                    return Err(TlvError::UnexpectedTag {
                        expected: 0x0c,
                        met: tag,
                    }
                    .into());
                }
                texts(tag, value, out)?;
            }
            Ok(())
        }
        0x05 => Ok(()),
        met => Err(TlvError::UnexpectedTag {
            expected: 0x0c,
            met,
        }
        .into()),
    }
}

impl From<FileError> for TlvError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Tlv(error) => error,
            _ => Self::NotOne,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::codec::tlv::encode;

    fn field(number: u8, values: &[Vec<u8>]) -> Vec<u8> {
        encode(
            0x30,
            &[&[0x02, 0x01, number][..], &values.concat()].concat(),
        )
    }

    fn text(text: &str) -> Vec<u8> {
        encode(0x0c, text.as_bytes())
    }

    fn file(fields: &[Vec<u8>]) -> Vec<u8> {
        let oid = [0x06, 0x08, 0x2a, 0x81, 0xa4, 0x1e, 0x01, 0x00, 0x08, 0x00];
        let body = [
            &[0x02, 0x01, 0x01][..],
            &oid,
            &encode(0x31, &fields.concat()),
        ]
        .concat();
        encode(0x6d, &encode(0x30, &body))
    }

    #[test]
    fn the_old_number_is_told_by_its_shape() {
        for (at, chip_at) in [(15, 16), (16, 15)] {
            let file = file(&[
                field(at, &[text("012345678")]),
                field(chip_at, &[text("0011223344556677")]),
            ]);
            let dg13 = Dg13::parse(&file).unwrap();
            assert_eq!(dg13.get(Field::OldNumber).unwrap().reveal(), "012345678");
            assert_eq!(
                dg13.get(Field::ChipId).unwrap().reveal(),
                "0011223344556677"
            );
            assert!(!dg13.has_unknown_fields());
        }
    }

    #[test]
    fn parents_stand_in_one_sequence_or_in_two() {
        let one = field(13, &[encode(0x30, &[text("A"), text("B")].concat())]);
        let two = field(13, &[encode(0x30, &text("A")), encode(0x30, &text("B"))]);
        for parents in [one, two] {
            let dg13 = Dg13::parse(&file(&[parents])).unwrap();
            let names: Vec<_> = dg13
                .all(Field::Parents)
                .iter()
                .map(|name| name.reveal().as_str())
                .collect();
            assert_eq!(names, ["A", "B"]);
        }
    }

    #[test]
    fn absent_values_and_unknown_fields_are_no_errors() {
        let dg13 = Dg13::parse(&file(&[field(14, &[]), field(99, &[text("?")])])).unwrap();
        assert_eq!(dg13.get(Field::Spouse), None);
        assert!(dg13.has_unknown_fields());
    }

    #[test]
    fn bad_text_towers_and_overruns_are_refused() {
        assert_eq!(
            Dg13::parse(&file(&[field(2, &[encode(0x0c, &[0xc3, 0x28])])])),
            Err(Dg13Error::Text)
        );
        let mut tower = Vec::new();
        for _ in 0..4_000 {
            tower = encode(0x30, &tower);
        }
        assert!(Dg13::parse(&encode(0x6d, &tower)).is_err());
        let mut cut = file(&[field(2, &[text("NGUYỄN VĂN A")])]);
        let at = cut.iter().rposition(|byte| *byte == 0x0c).unwrap();
        *cut.get_mut(at + 1).unwrap() = 0x70;
        assert!(Dg13::parse(&cut).is_err());
        assert_eq!(
            Dg13::parse(&[0x6e, 0]),
            Err(Dg13Error::File(FileError::Tag {
                expected: 0x6d,
                met: 0x6e
            }))
        );
    }
}
