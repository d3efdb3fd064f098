//! What the operator knows of a reader or a chip better than the desk could learn it.

use core::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One `[[quirk]]`: what a reader, a kind of chip, or the two together bear. A later one wins over
/// an earlier one, key by key, and all of them over what was learned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quirk {
    /// The reader's PC/SC name contains this; without it any reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// The chip's answer to reset; without it any chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub atr: Option<AtrPattern>,
    /// The most bytes that are asked for in the short form: 16 to 256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_length: Option<u16>,
    /// Extended length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended: Option<ExtendedLength>,
    /// Whether READ BINARY takes short file identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_identifiers: Option<bool>,
    /// Whether the answer to INTERNAL AUTHENTICATE needs the extended form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_authentication: Option<bool>,
}

/// The least that is asked for: the first response of a file must hold its whole header.
const LEAST_SHORT: u16 = 16;
/// The most that the short form can ask for (ISO/IEC 7816-4, 5.1).
const MOST_SHORT: u16 = 256;
/// Below this the extended form brings nothing that the short one does not.
const LEAST_EXTENDED: u32 = 257;
/// The most that the extended form can ask for.
const MOST_EXTENDED: u32 = 65_536;
/// ISO/IEC 7816-3, 8.2.1: TS and at most 32 characters.
const LONGEST_ATR: usize = 33;

impl Quirk {
    /// Whether it is about the chip of that answer to reset on that reader.
    #[must_use]
    pub fn concerns(&self, reader: &str, atr: &[u8]) -> bool {
        self.reader
            .as_ref()
            .is_none_or(|part| reader.contains(part.as_str()))
            && self.atr.as_ref().is_none_or(|pattern| pattern.matches(atr))
    }

    /// The key that is wrong, and how, where types cannot say it.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        if self.reader.is_none() && self.atr.is_none() {
            let problem = "names neither reader nor atr: it would concern every card";
            return Some(("", problem.to_owned()));
        }
        if self
            .reader
            .as_ref()
            .is_some_and(|part| part.trim().is_empty())
        {
            let problem = "is empty and would concern every reader; leave it out for that";
            return Some(("reader", problem.to_owned()));
        }
        if let Some(length) = self.short_length
            && !(LEAST_SHORT..=MOST_SHORT).contains(&length)
        {
            let problem = format!("must be {LEAST_SHORT} to {MOST_SHORT}, not {length}");
            return Some(("short_length", problem));
        }
        if self.short_length.is_none()
            && self.extended.is_none()
            && self.short_identifiers.is_none()
            && self.extended_authentication.is_none()
        {
            let problem = "says nothing: give short_length, extended, short_identifiers or \
                           extended_authentication";
            return Some(("", problem.to_owned()));
        }
        None
    }
}

/// Extended length as the operator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtendedLength {
    /// Reader or chip do not bear it: `"refused"`.
    Refused,
    /// Responses of so many bytes, the status word not counted: 257 to 65,536.
    UpTo(u32),
}

impl Serialize for ExtendedLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Refused => serializer.serialize_str("refused"),
            Self::UpTo(length) => serializer.serialize_u32(*length),
        }
    }
}

impl<'de> Deserialize<'de> for ExtendedLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = ExtendedLength;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(
                    f,
                    "\"refused\" or a number from {LEAST_EXTENDED} to {MOST_EXTENDED}"
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ExtendedLength, E> {
                match text {
                    "refused" => Ok(ExtendedLength::Refused),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<ExtendedLength, E> {
                u32::try_from(number)
                    .ok()
                    .filter(|length| (LEAST_EXTENDED..=MOST_EXTENDED).contains(length))
                    .map(ExtendedLength::UpTo)
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<ExtendedLength, E> {
                let unsigned = u64::try_from(number)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))?;
                self.visit_u64(unsigned)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// An answer to reset in hexadecimal, with `??` for a byte that may be any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtrPattern(Vec<Option<u8>>);

impl AtrPattern {
    /// Whether it is that answer to reset, byte by byte and of the same length.
    #[must_use]
    pub fn matches(&self, atr: &[u8]) -> bool {
        self.0.len() == atr.len()
            && self
                .0
                .iter()
                .zip(atr)
                .all(|(wanted, met)| wanted.is_none_or(|wanted| wanted == *met))
    }

    /// Two characters a byte; white space between bytes does not count.
    fn parse(text: &str) -> Option<Self> {
        let digits: Vec<char> = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let byte = |pair: &[char]| match pair {
            ['?', '?'] => Some(None),
            [high, low] => {
                let value = high
                    .to_digit(16)?
                    .checked_mul(16)?
                    .checked_add(low.to_digit(16)?)?;
                u8::try_from(value).ok().map(Some)
            }
            _ => None,
        };
        let bytes: Vec<Option<u8>> = digits.chunks(2).map(byte).collect::<Option<_>>()?;
        (1..=LONGEST_ATR)
            .contains(&bytes.len())
            .then_some(Self(bytes))
    }
}

impl fmt::Display for AtrPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| match byte {
            Some(byte) => write!(f, "{byte:02x}"),
            None => f.write_str("??"),
        })
    }
}

impl Serialize for AtrPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AtrPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wanted = "1 to 33 bytes in hexadecimal, ?? for a byte that may be any";
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &wanted))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_atr_is_met_byte_by_byte() {
        for (pattern, atr, met) in [
            ("3B8080 0101", "3b80800101", true),
            ("3b8080??01", "3b80805501", true),
            ("3b8080??01", "3b80805502", false),
            ("3b8080", "3b80800101", false),
            ("3b80800101", "3b8080", false),
            ("??", "3b", true),
        ] {
            let atr = hex::decode(atr).unwrap();
            let pattern = AtrPattern::parse(pattern).unwrap();
            assert_eq!(pattern.matches(&atr), met, "{pattern} {}", hex::encode(atr));
            assert_eq!(AtrPattern::parse(&pattern.to_string()), Some(pattern));
        }
        let too_long = "3b".repeat(34);
        for wrong in [
            "",
            "3",
            "3b8",
            "zz",
            "?b",
            "3?",
            "3b:80",
            "?",
            too_long.as_str(),
        ] {
            assert_eq!(AtrPattern::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_quirk_concerns_its_reader_and_its_chip() {
        let quirk = |reader: Option<&str>, atr: Option<&str>| Quirk {
            reader: reader.map(str::to_owned),
            atr: atr.and_then(AtrPattern::parse),
            ..Quirk::default()
        };
        for (reader, atr, concerned) in [
            (Some("OMNIKEY"), None, true),
            (Some("ACR122"), None, false),
            (None, Some("3b??"), true),
            (None, Some("3b81"), false),
            (Some("OMNIKEY"), Some("3b80"), true),
            (Some("OMNIKEY"), Some("3b81"), false),
            (Some("ACR122"), Some("3b80"), false),
        ] {
            let met = quirk(reader, atr).concerns("HID OMNIKEY 5022 00 00", &[0x3b, 0x80]);
            assert_eq!(met, concerned, "{reader:?} {atr:?}");
        }
    }
}
