//! DER as a certification authority writes it (ITU-T X.690, 10 and 11).

use time::OffsetDateTime;

use crate::tlv::{constructed, object, significant};

/// SEQUENCE of parts already encoded.
#[must_use]
pub fn sequence<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    constructed(0x30, parts)
}

/// SET OF parts already encoded, sorted as DER demands (X.690, 11.6).
#[must_use]
pub fn set_of<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    constructed(0x31, &sorted)
}

/// INTEGER from a small number.
#[must_use]
pub fn small(number: u64) -> Vec<u8> {
    integer(&significant(number))
}

/// INTEGER from an unsigned big-endian magnitude.
#[must_use]
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let first = magnitude.iter().position(|byte| *byte != 0);
    let digits = first
        .and_then(|first| magnitude.get(first..))
        .unwrap_or(&[0]);
    let mut value = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_some_and(|lead| lead & 0x80 != 0) {
        value.push(0);
    }
    value.extend_from_slice(digits);
    object(0x02, &value)
}

/// OBJECT IDENTIFIER from its dotted form. A form that is none gives an empty one.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').filter_map(|arc| arc.parse::<u64>().ok());
    let (Some(root), Some(second)) = (arcs.next(), arcs.next()) else {
        return object(0x06, &[]);
    };
    let mut value = base128(root * 40 + second);
    arcs.for_each(|arc| value.extend(base128(arc)));
    object(0x06, &value)
}

fn base128(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let digit = u8::try_from(number & 0x7F).unwrap_or(0);
        out.insert(0, if out.is_empty() { digit } else { digit | 0x80 });
        number >>= 7;
        if number == 0 {
            return out;
        }
    }
}

/// OCTET STRING.
#[must_use]
pub fn octets(value: &[u8]) -> Vec<u8> {
    object(0x04, value)
}

/// BIT STRING whose last byte leaves `unused` bits.
#[must_use]
pub fn bits(unused: u8, value: &[u8]) -> Vec<u8> {
    constructed(0x03, &[&[unused][..], value])
}

/// BOOLEAN TRUE, the only one that DER writes out in the structures here.
#[must_use]
pub fn truth() -> Vec<u8> {
    object(0x01, &[0xFF])
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    object(0x05, &[])
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    object(0x0C, text.as_bytes())
}

/// PrintableString.
#[must_use]
pub fn printable(text: &str) -> Vec<u8> {
    object(0x13, text.as_bytes())
}

/// IA5String.
#[must_use]
pub fn ia5(text: &str) -> Vec<u8> {
    object(0x16, text.as_bytes())
}

/// A constructed context tag around parts already encoded.
#[must_use]
pub fn context<P: AsRef<[u8]>>(number: u32, parts: &[P]) -> Vec<u8> {
    constructed(0xA0 | number, parts)
}

/// Time of a certificate: UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5).
#[must_use]
pub fn time(at: OffsetDateTime) -> Vec<u8> {
    let digits = digits(at);
    if (1950..2050).contains(&at.year()) {
        object(0x17, digits.as_bytes().get(2..).unwrap_or_default())
    } else {
        object(0x18, digits.as_bytes())
    }
}

/// GeneralizedTime, seconds, UTC.
#[must_use]
pub fn generalized(at: OffsetDateTime) -> Vec<u8> {
    object(0x18, digits(at).as_bytes())
}

/// `YYYYMMDDhhmmssZ`.
pub(crate) fn digits(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primitives_match_known_encodings() {
        for (got, expected) in [
            (oid("2.23.136.1.1.1"), "060667810801010 1"),
            (oid("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"),
            (oid("1.0.10646.1.0.8"), "060628d316010008"),
            (small(0), "020100"),
            (small(128), "02020080"),
            (integer(&[0, 0, 0xFF]), "020200ff"),
            (bits(7, &[0x80]), "03020780"),
            (truth(), "0101ff"),
        ] {
            assert_eq!(hex::encode(got), expected.replace(' ', ""));
        }
    }

    #[test]
    fn time_turns_general_in_2050() {
        let at =
            |unix| OffsetDateTime::from_unix_timestamp(unix).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(time(at(2_524_607_999)), object(0x17, b"491231235959Z"));
        assert_eq!(time(at(2_524_608_000)), object(0x18, b"20500101000000Z"));
    }
}
