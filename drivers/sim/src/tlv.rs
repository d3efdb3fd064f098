//! BER-TLV data objects as a chip and an issuer write them (ISO/IEC 7816-4, 5.2.2; ICAO 9303-10, 3.9).
//!
//! The simulator's own: nothing of it is shared with the code that reads cards, so that a mistake
//! cannot agree with itself.

/// Encodes one data object: tag of one to four bytes, minimal length, value.
#[must_use]
pub fn object(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut out = significant(u64::from(tag));
    out.extend(length(value.len()));
    out.extend_from_slice(value);
    out
}

/// Encodes a data object whose value is the concatenation of `parts`.
#[must_use]
pub fn constructed<P: AsRef<[u8]>>(tag: u32, parts: &[P]) -> Vec<u8> {
    object(tag, &join(parts))
}

/// Puts byte strings one after the other.
#[must_use]
pub fn join<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| part.as_ref().iter().copied())
        .collect()
}

/// The minimal length field for `count` bytes.
#[must_use]
pub fn length(count: usize) -> Vec<u8> {
    match u8::try_from(count) {
        Ok(short) if short < 0x80 => vec![short],
        _ => {
            let bytes = significant(u64::try_from(count).unwrap_or(u64::MAX));
            let mut out = vec![0x80 | u8::try_from(bytes.len()).unwrap_or(8)];
            out.extend(bytes);
            out
        }
    }
}

/// The big-endian bytes of `number` without leading zeros; one zero byte for zero.
#[must_use]
pub(crate) fn significant(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let first = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len() - 1);
    bytes.iter().skip(first).copied().collect()
}

/// One data object of a parsed sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// Its tag, as many bytes as it has.
    pub tag: u32,
    /// Its value.
    pub value: &'a [u8],
    /// Tag, length and value as they came.
    pub bytes: &'a [u8],
}

/// Splits `input` into the data objects on its uppermost level; `None` where it is no sequence of
/// them. Definite lengths of at most four bytes.
#[must_use]
pub fn split(input: &[u8]) -> Option<Vec<Object<'_>>> {
    let mut rest = input;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (object, after) = first(rest)?;
        out.push(object);
        rest = after;
    }
    Some(out)
}

/// The first data object of `input` and what comes after it.
#[must_use]
pub fn first(input: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (&lead, mut rest) = input.split_first()?;
    let mut tag = u32::from(lead);
    if lead & 0x1F == 0x1F {
        loop {
            let (&next, after) = rest.split_first()?;
            if tag > 0x00FF_FFFF {
                return None;
            }
            tag = tag << 8 | u32::from(next);
            rest = after;
            if next & 0x80 == 0 {
                break;
            }
        }
    }
    let (&form, mut rest) = rest.split_first()?;
    let mut count = usize::from(form);
    if form >= 0x80 {
        let (digits, after) = rest.split_at_checked(usize::from(form & 0x7F))?;
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        count = digits.iter().try_fold(0usize, |sum, digit| {
            sum.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        rest = after;
    }
    let (value, after) = rest.split_at_checked(count)?;
    let bytes = input.get(..input.len() - after.len())?;
    Some((Object { tag, value, bytes }, after))
}

/// The value of the first object with that tag.
#[must_use]
pub fn find<'a>(objects: &[Object<'a>], tag: u32) -> Option<&'a [u8]> {
    objects
        .iter()
        .find(|object| object.tag == tag)
        .map(|object| object.value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lengths_are_minimal() {
        for (count, expected) in [
            (0, "00"),
            (127, "7f"),
            (128, "8180"),
            (255, "81ff"),
            (256, "820100"),
            (65_536, "83010000"),
        ] {
            assert_eq!(hex::encode(length(count)), expected);
        }
    }

    #[test]
    fn objects_come_back_as_they_were_written() {
        for count in [0, 1, 127, 128, 255, 256, 70_000] {
            let value = vec![7; count];
            for tag in [0x30, 0x5F2E, 0x7F61, 0x5F_81_02] {
                let bytes = object(tag, &value);
                let (object, rest) = first(&bytes).unwrap();
                assert_eq!(
                    (object.tag, object.value, rest),
                    (tag, value.as_slice(), &[][..])
                );
                assert_eq!(object.bytes, bytes);
            }
        }
    }

    #[test]
    fn what_runs_past_its_end_is_no_object() {
        for bad in [
            "",
            "30",
            "3002",
            "300201",
            "3080",
            "5f",
            "30850000000001",
            "5f8181818101",
        ] {
            assert_eq!(first(&hex::decode(bad).unwrap()), None, "{bad}");
        }
    }
}
