//! DER as ITU-T X.690, 10–11 has it: checked before a lenient parser reads the bytes.

pub use super::header::{Header, TlvError};
use super::scan::{Limits, walk};

/// Deepest nesting of a certificate, CRL or security object.
const DEPTH: usize = 40;
/// Most objects: a CRL with 20,000 entries has some 100,000.
const NODES: usize = 400_000;

/// Checks that `bytes` is exactly one DER object: tags and definite lengths in their shortest form
/// all through, and BOOLEAN, INTEGER, NULL, OBJECT IDENTIFIER and BIT STRING values in their only
/// allowed form.
///
/// # Errors
/// [`TlvError`] with the place of the first violation.
pub fn check(bytes: &[u8]) -> Result<(), TlvError> {
    let nodes = walk(
        bytes,
        Limits {
            depth: DEPTH,
            nodes: NODES,
        },
    )?;
    if nodes.iter().filter(|node| node.parent.is_none()).count() != 1 {
        return Err(TlvError::NotOne);
    }
    for node in &nodes {
        let (offset, tag) = (node.offset, node.header.tag);
        if !node.header.minimal {
            return Err(TlvError::NotMinimal { offset });
        }
        if !tag_is_minimal(tag) {
            return Err(TlvError::Tag { offset });
        }
        let value = bytes
            .get(node.value_start()..node.end())
            .ok_or(TlvError::Truncated { offset })?;
        if !value_is_der(tag, value) {
            return Err(TlvError::Value { offset, tag });
        }
    }
    Ok(())
}

/// Whether a tag has the form for its number (X.690, 8.1.2.2): up to 30 in one byte. Else a parser
/// that looks at the number, as x509-parser does, takes `1F 02` for an INTEGER, whose value nobody
/// has checked, and `3F 10` for a SEQUENCE.
///
/// Files of the chip do have such tags (`5F 0E` in DG11, ICAO 9303-10), so `tlv` takes them.
const fn tag_is_minimal(tag: u32) -> bool {
    tag <= 0xff || tag > 0xffff || tag & 0x7f >= 0x1f
}

/// Whether a universal primitive value is in the form that DER allows.
fn value_is_der(tag: u32, value: &[u8]) -> bool {
    match (tag, value) {
        (0x01, value) => matches!(value, [0x00] | [0xff]),
        (0x02 | 0x0a, value) => integer_is_minimal(value),
        (0x03, [unused, bits @ ..]) => match bits.last() {
            Some(last) => {
                *unused < 8 && last & !(0xff_u8.checked_shl(u32::from(*unused)).unwrap_or(0)) == 0
            }
            None => *unused == 0,
        },
        (0x03, []) => false,
        (0x05, value) => value.is_empty(),
        (0x06, value) => oid_is_minimal(value),
        // Constructed strings are BER alone.
        (0x23 | 0x24 | 0x2c | 0x33 | 0x36, _) => false,
        _ => true,
    }
}

/// INTEGER and ENUMERATED: at least one byte, and no superfluous one in front (X.690, 8.3.2).
#[must_use]
pub fn integer_is_minimal(value: &[u8]) -> bool {
    match value {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

/// Sub-identifiers: complete, none beginning with a padding byte (X.690, 8.19.2).
fn oid_is_minimal(value: &[u8]) -> bool {
    let mut begins = true;
    for byte in value {
        if begins && *byte == 0x80 {
            return false;
        }
        begins = byte & 0x80 == 0;
    }
    begins && !value.is_empty()
}

/// Most sub-identifiers that are written; none that anybody names here has more than twelve.
const MAX_ARCS: usize = 32;

/// The value of an OBJECT IDENTIFIER in dotted form. One that is too long, or with a sub-identifier
/// above 2⁵⁶, ends in `?`, so that it is never taken for the shorter one that it begins with.
#[must_use]
pub fn oid_text(value: &[u8]) -> String {
    let mut parts: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    let mut cut = value.last().is_some_and(|byte| byte & 0x80 != 0);
    for byte in value {
        if number > u64::MAX >> 8 || parts.len() >= MAX_ARCS {
            cut = true;
            break;
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match parts.is_empty() {
                true => {
                    let first = (number / 40).min(2);
                    parts.extend([first, number.saturating_sub(first.saturating_mul(40))]);
                }
                false => parts.push(number),
            }
            number = 0;
        }
    }
    let rest = cut.then(|| "?".to_owned());
    parts
        .iter()
        .map(u64::to_string)
        .chain(rest)
        .collect::<Vec<_>>()
        .join(".")
}

/// Walks DER values in order: for the small structures that no library here parses.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next object, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<u32> {
        Header::read(self.rest, 0).ok().map(|header| header.tag)
    }

    /// The next object, whatever its tag: tag, value and the whole encoding.
    ///
    /// # Errors
    /// [`TlvError`] where no whole object is left.
    pub fn any(&mut self) -> Result<(u32, &'a [u8], &'a [u8]), TlvError> {
        let header = Header::read(self.rest, 0)?;
        if !header.minimal {
            return Err(TlvError::NotMinimal { offset: 0 });
        }
        let overrun = TlvError::Overrun {
            offset: 0,
            tag: header.tag,
        };
        let whole = self.rest.get(..header.total()).ok_or(overrun)?;
        let value = whole.get(header.length..).ok_or(overrun)?;
        self.rest = self.rest.get(header.total()..).ok_or(overrun)?;
        Ok((header.tag, value, whole))
    }

    /// The value of the next object, which must have that tag.
    ///
    /// # Errors
    /// [`TlvError::UnexpectedTag`] and those of [`Self::any`].
    pub fn expect(&mut self, tag: u32) -> Result<&'a [u8], TlvError> {
        let (met, value, _) = self.any()?;
        if met == tag {
            Ok(value)
        } else {
            Err(TlvError::UnexpectedTag { expected: tag, met })
        }
    }

    /// The value of the next object if it has that tag; nothing is consumed otherwise.
    ///
    /// # Errors
    /// Those of [`Self::any`].
    pub fn optional(&mut self, tag: u32) -> Result<Option<&'a [u8]>, TlvError> {
        if self.peek() == Some(tag) {
            self.expect(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The magnitude of a non-negative INTEGER, without leading zero.
    ///
    /// # Errors
    /// [`TlvError`] where the next object is no minimal non-negative INTEGER.
    pub fn unsigned(&mut self) -> Result<&'a [u8], TlvError> {
        let value = self.expect(0x02)?;
        let wrong = TlvError::Value {
            offset: 0,
            tag: 0x02,
        };
        if !integer_is_minimal(value) {
            return Err(wrong);
        }
        match value {
            [0x00] => Ok(&[]),
            [0x00, rest @ ..] => Ok(rest),
            [first, ..] if first & 0x80 != 0 => Err(wrong),
            _ => Ok(value),
        }
    }

    /// A small non-negative INTEGER.
    ///
    /// # Errors
    /// As [`Self::unsigned`], and for values above `u32::MAX`.
    pub fn small(&mut self) -> Result<u32, TlvError> {
        let value = self.unsigned()?;
        if value.len() > 4 {
            return Err(TlvError::Value {
                offset: 0,
                tag: 0x02,
            });
        }
        Ok(value
            .iter()
            .fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    /// Demands that nothing is left.
    ///
    /// # Errors
    /// [`TlvError::NotOne`] if something is.
    pub const fn end(self) -> Result<(), TlvError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(TlvError::NotOne)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_one_form_that_der_allows_passes() {
        for (hex, allowed) in [
            ("0101ff", true),
            ("010101", false),
            ("02017f", true),
            ("0202007f", false),
            ("02020080", true),
            ("0202ff80", false),
            ("0200", false),
            ("0500", true),
            ("050100", false),
            ("06032a8648", true),
            ("06032a8086", false),
            ("060280 01", false),
            ("0600", false),
            ("030100", true),
            ("030101", false),
            ("03020780", true),
            ("03020781", false),
            ("0300", false),
            ("3000", true),
            ("3080 0000", false),
            ("308100", false),
            ("30820001 05", false),
            ("2400", false),
            ("1f02017f", false),
            ("3f1000", false),
            ("3004 1f0102 007f", false),
            ("5f0e00", false),
            ("5f1f00", true),
            ("7f4e03 5f2900", true),
            ("1f810000", true),
            ("0401 00 0401 00", false),
            ("3003 020100", true),
            ("3003 0202 00", false),
        ] {
            let bytes = hex::decode(hex.replace(' ', "")).unwrap();
            assert_eq!(check(&bytes).is_ok(), allowed, "{hex}");
        }
    }

    #[test]
    fn object_identifiers_are_written_as_people_write_them() {
        for (hex, text) in [
            ("678108010101", "2.23.136.1.1.1"),
            ("2a864886f70d010702", "1.2.840.113549.1.7.2"),
            ("2b2403030208010 10b", "1.3.36.3.3.2.8.1.1.11"),
            ("0102", "0.1.2"),
            ("6781ffffffffffffffffff01", "2.23.?"),
            ("2a81", "1.2.?"),
        ] {
            assert_eq!(oid_text(&hex::decode(hex.replace(' ', "")).unwrap()), text);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = check(&bytes);
            let _ = oid_text(&bytes);
            let mut reader = Reader::new(&bytes);
            while reader.any().is_ok() {}
        }
    }
}
