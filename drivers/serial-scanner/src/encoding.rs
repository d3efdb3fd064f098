//! From bytes to text, strictly: what is not text in an encoding that the operator allows is refused.

use core::str::FromStr;

use zeroize::Zeroizing;

/// A table of single bytes that some scanners send letters with diacritics in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// windows-1258, Vietnamese: tones come as marks of their own.
    Windows1258,
    /// windows-1252, Western European: has no letter for most of Vietnamese.
    Windows1252,
}

/// The encodings in which a scanner's text may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 and nothing else.
    Utf8,
    /// UTF-8; bytes that are none are read by the table. A UTF-8 text that was damaged on the line
    /// is then read as a wrong text, not refused: for scanners alone that can't send UTF-8.
    Utf8Or(Table),
}

/// A name that stands for no encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such encoding: utf-8, windows-1258 or windows-1252")]
pub struct NoSuchEncoding;

impl FromStr for Encoding {
    type Err = NoSuchEncoding;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "utf-8" => Ok(Self::Utf8),
            "windows-1258" => Ok(Self::Utf8Or(Table::Windows1258)),
            "windows-1252" => Ok(Self::Utf8Or(Table::Windows1252)),
            _ => Err(NoSuchEncoding),
        }
    }
}

impl Encoding {
    /// The text that the bytes are, whole; `None` where they are none, hold a control character, or
    /// the mark that a device put for a letter it could not send (U+FFFD).
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Zeroizing<String>> {
        let text = match (core::str::from_utf8(bytes), self) {
            (Ok(text), _) => Zeroizing::new(text.to_owned()),
            (Err(_), Self::Utf8) => return None,
            (Err(_), Self::Utf8Or(table)) => Zeroizing::new(table.read(bytes)?),
        };
        let bad = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
        (!text.contains(bad)).then_some(text)
    }
}

impl Table {
    fn read(self, bytes: &[u8]) -> Option<String> {
        let table = match self {
            Self::Windows1258 => encoding_rs::WINDOWS_1258,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        };
        table
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_guessed() {
        use Table::{Windows1252, Windows1258};
        let read = |encoding: Encoding, bytes: &[u8]| encoding.decode(bytes).map(|t| (*t).clone());
        let plain = Encoding::Utf8;
        let table = Encoding::Utf8Or;
        let cases: [(Encoding, &[u8], Option<&str>); 9] = [
            (plain, "NGUYỄN VĂN A".as_bytes(), Some("NGUYỄN VĂN A")),
            (plain, b"NGUY\xca\xdeN", None),
            (plain, "A\u{fffd}".as_bytes(), None),
            (plain, b"A\x07B", None),
            (plain, "\u{85}".as_bytes(), None),
            // The tone is a mark after its letter: the text is in decomposed form.
            (
                table(Windows1258),
                b"NGUY\xca\xdeN",
                Some("NGUY\u{ca}\u{303}N"),
            ),
            (table(Windows1258), "Ễ".as_bytes(), Some("Ễ")),
            (table(Windows1252), b"M\xfcller", Some("Müller")),
            // A place in the table that stands for no letter.
            (table(Windows1252), b"\x81", None),
        ];
        for (encoding, bytes, expected) in cases {
            assert_eq!(read(encoding, bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
