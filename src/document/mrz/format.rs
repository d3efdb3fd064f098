//! The three layouts: where each field stands, and what it is called.

use core::ops::Range;

/// The layouts of ICAO 9303.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MrzFormat {
    /// Cards: three lines of 30 (ICAO 9303-5, 4.2).
    Td1,
    /// Larger cards: two lines of 36 (ICAO 9303-6, 4.2).
    Td2,
    /// Passports: two lines of 44 (ICAO 9303-4, 4.2).
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

    /// Characters of one line.
    #[must_use]
    pub const fn line_length(self) -> usize {
        match self {
            Self::Td1 => 30,
            Self::Td2 => 36,
            Self::Td3 => 44,
        }
    }

    pub(super) const fn layout(self) -> &'static Layout {
        match self {
            Self::Td1 => &TD1,
            Self::Td2 => &TD2,
            Self::Td3 => &TD3,
        }
    }
}

/// A field of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MrzField {
    /// What kind of document it is.
    DocumentCode,
    /// Who issued it.
    IssuingState,
    /// Nine characters and a check digit; in TD1 and TD2 a longer number goes on in the optional
    /// data.
    DocumentNumber,
    /// The 12 digits of a Vietnamese citizen card, or the personal number or other optional data of
    /// a TD3 zone, each with its check digit.
    PersonalNumber,
    /// The optional data of line 1 of another TD1 zone, and those of a TD2 zone.
    OptionalData1,
    /// `YYMMDD` and a check digit.
    BirthDate,
    /// One letter.
    Sex,
    /// `YYMMDD` and a check digit.
    ExpiryDate,
    /// Whose citizen the holder is.
    Nationality,
    /// The optional data of line 2 of a TD1 zone.
    OptionalData2,
    /// A check digit alone.
    Composite,
    /// Primary and secondary identifier.
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

/// Where the fields of a format stand, counted from 0 over all lines. A field's check digit is the
/// character after it.
pub(super) struct Layout {
    pub(super) document_code: Range<usize>,
    /// The first letters that a document code of this format may have.
    pub(super) kinds: &'static str,
    pub(super) issuing_state: Range<usize>,
    pub(super) document_number: Range<usize>,
    pub(super) optional_1: Range<usize>,
    pub(super) birth_date: Range<usize>,
    pub(super) sex: Range<usize>,
    pub(super) expiry_date: Range<usize>,
    pub(super) nationality: Range<usize>,
    /// Empty where the format has none.
    pub(super) optional_2: Range<usize>,
    /// What the composite check digit covers.
    pub(super) covered: [Range<usize>; 4],
    pub(super) composite: usize,
    pub(super) name: Range<usize>,
}

impl Layout {
    /// Where a field begins: fields are listed in the order of the zone.
    pub(super) const fn start(&self, field: MrzField) -> usize {
        match field {
            MrzField::DocumentCode => self.document_code.start,
            MrzField::IssuingState => self.issuing_state.start,
            MrzField::DocumentNumber => self.document_number.start,
            MrzField::PersonalNumber | MrzField::OptionalData1 => self.optional_1.start,
            MrzField::BirthDate => self.birth_date.start,
            MrzField::Sex => self.sex.start,
            MrzField::ExpiryDate => self.expiry_date.start,
            MrzField::Nationality => self.nationality.start,
            MrzField::OptionalData2 => self.optional_2.start,
            MrzField::Composite => self.composite,
            MrzField::Name => self.name.start,
        }
    }
}

/// ICAO 9303-5, 4.2.2 and 4.2.4.
static TD1: Layout = Layout {
    document_code: 0..2,
    kinds: "ACI",
    issuing_state: 2..5,
    document_number: 5..14,
    optional_1: 15..30,
    birth_date: 30..36,
    sex: 37..38,
    expiry_date: 38..44,
    nationality: 45..48,
    optional_2: 48..59,
    covered: [5..30, 30..37, 38..45, 48..59],
    composite: 59,
    name: 60..90,
};

/// ICAO 9303-6, 4.2.2 and 4.2.4.
static TD2: Layout = Layout {
    document_code: 0..2,
    kinds: "ACI",
    issuing_state: 2..5,
    name: 5..36,
    document_number: 36..45,
    nationality: 46..49,
    birth_date: 49..55,
    sex: 56..57,
    expiry_date: 57..63,
    optional_1: 64..71,
    optional_2: 71..71,
    covered: [36..46, 49..56, 57..71, 71..71],
    composite: 71,
};

/// ICAO 9303-4, 4.2.2 and 4.2.4.
static TD3: Layout = Layout {
    document_code: 0..2,
    kinds: "P",
    issuing_state: 2..5,
    name: 5..44,
    document_number: 44..53,
    nationality: 54..57,
    birth_date: 57..63,
    sex: 64..65,
    expiry_date: 65..71,
    optional_1: 72..86,
    optional_2: 86..86,
    covered: [44..54, 57..64, 65..87, 87..87],
    composite: 87,
};
