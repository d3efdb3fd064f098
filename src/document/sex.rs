//! Sex as documents state it.

use zeroize::DefaultIsZeroes;

/// Sex as a document states it (ICAO 9303-3, 4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sex {
    /// `<` in a machine readable zone.
    #[default]
    Unspecified,
    /// `M`; Nam.
    Male,
    /// `F`; Nữ.
    Female,
}

impl DefaultIsZeroes for Sex {}

impl Sex {
    /// The character of a machine readable zone, or nothing when no document may hold it.
    #[must_use]
    pub const fn from_mrz(letter: char) -> Option<Self> {
        match letter {
            'M' => Some(Self::Male),
            'F' => Some(Self::Female),
            '<' => Some(Self::Unspecified),
            _ => None,
        }
    }

    /// The word of the QR code and of DG13, composed or decomposed, in any case, with or without its
    /// diacritics; the letters and words of other issuers too.
    #[must_use]
    pub fn from_vietnamese(word: &str) -> Option<Self> {
        let plain = super::name::without_diacritics(&super::name::folded(word));
        match plain.as_str() {
            "nam" | "nam gioi" | "m" | "male" => Some(Self::Male),
            "nu" | "nu gioi" | "f" | "female" => Some(Self::Female),
            _ => None,
        }
    }

    /// The character of a machine readable zone.
    #[must_use]
    pub const fn to_mrz(self) -> char {
        match self {
            Self::Male => 'M',
            Self::Female => 'F',
            Self::Unspecified => '<',
        }
    }

    /// The Vietnamese word, for showing; empty when unspecified.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
            Self::Unspecified => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sex;

    #[test]
    fn words_and_letters() {
        for (word, sex) in [
            ("Nam", Some(Sex::Male)),
            ("NAM", Some(Sex::Male)),
            ("Nữ", Some(Sex::Female)),
            ("NỮ", Some(Sex::Female)),
            ("Nu\u{31b}\u{303}", Some(Sex::Female)),
            ("Nu", Some(Sex::Female)),
            (" nam ", Some(Sex::Male)),
            ("M", Some(Sex::Male)),
            ("Female", Some(Sex::Female)),
            ("", None),
            ("Khác", None),
            ("N", None),
        ] {
            assert_eq!(Sex::from_vietnamese(word), sex, "{word}");
        }
        for sex in [Sex::Male, Sex::Female, Sex::Unspecified] {
            assert_eq!(Sex::from_mrz(sex.to_mrz()), Some(sex));
        }
        for letter in ['Q', 'X', 'm', '1'] {
            assert_eq!(Sex::from_mrz(letter), None);
        }
    }
}
