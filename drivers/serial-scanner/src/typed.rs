//! What a scanner in keyboard mode typed, or a person: one text, with whatever the scanner put around
//! it. The same prefixes and the same zones as on a line.

use cccd_port::Misread;
use zeroize::Zeroizing;

use crate::mrz::zone;
use crate::text::bare;

/// The most characters of a zone, TD1's three lines of 30.
const LONGEST_ZONE: usize = 90;

/// `text` without what scanners put before it (STX, byte order mark, `]Q1`) and after it (CR, LF, ETX,
/// NUL), and without white space around.
#[must_use]
pub fn bare_text(text: &str) -> &str {
    let around = |c: char| c.is_whitespace() || c == '\u{3}' || c == '\0';
    let text = text.trim_matches(around);
    // Prefixes are whole characters: what is left of a text is one.
    let left = core::str::from_utf8(bare(text.as_bytes())).unwrap_or(text);
    left.trim_matches(around)
}

/// The zone that was typed, its lines with or without ends between them, in any case; `None` where
/// nothing says that it is meant for one. Nothing of it is repaired.
///
/// # Errors
/// As for [`zone`]; [`Misread::TooLong`] beyond the longest zone.
#[must_use]
pub fn typed_zone(text: &str) -> Option<Result<Zeroizing<String>, Misread>> {
    let text = bare_text(text);
    if text.contains('|') || !text.contains('<') {
        return None;
    }
    let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST_ZONE));
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match u8::try_from(c) {
            // Between lines, where a reader frames each by itself.
            Ok(0x02 | 0x03) => {}
            Ok(_) if typed.len() >= LONGEST_ZONE => return Some(Err(Misread::TooLong)),
            Ok(byte) if byte.is_ascii() => typed.push(byte.to_ascii_uppercase()),
            _ => return Some(Err(Misread::NotAZone(None))),
        }
    }
    let line = match typed.len() {
        72 => 36,
        88 => 44,
        _ => 30,
    };
    Some(zone(typed.chunks(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "IDVNM0900000018001090000001<<9\n9001011M3001019VNM<<<<<<<<<<<6\nNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";

    #[test]
    fn what_scanners_put_around_a_text_is_left_out() {
        let table = [
            ("\u{2}]Q1a|b\u{3}", "a|b"),
            ("\u{feff}a|b\r\n", "a|b"),
            ("]Q1\u{2}a\0", "a"),
            ("  a b ", "a b"),
            ("]Q1", ""),
            ("a]Q1", "a]Q1"),
            ("Ễ", "Ễ"),
            ("", ""),
        ];
        for (typed, left) in table {
            assert_eq!(bare_text(typed), left, "{typed:?}");
        }
    }

    #[test]
    fn a_zone_is_found_however_its_lines_come() {
        let whole = Some(Ok(Zeroizing::new(ZONE.to_owned())));
        let table = [
            ZONE.to_owned(),
            ZONE.replace('\n', ""),
            ZONE.replace('\n', "\r\n") + "\r\n",
            format!("\u{2}{}\u{3}", ZONE.replace('\n', "\r")),
            ZONE.to_lowercase(),
        ];
        for typed in table {
            assert_eq!(typed_zone(&typed), whole, "{typed:?}");
        }
        for none in ["001090000001", "a|b<c", "", "https://example.org"] {
            assert_eq!(typed_zone(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_typed_wrong_is_refused_and_perhaps_proposed() {
        let proposal = |misread: Option<Result<_, Misread>>| match misread {
            Some(Err(Misread::CheckDigit(found) | Misread::NotAZone(found))) => {
                found.map(|found| found.zone().to_owned())
            }
            other => panic!("{other:?}"),
        };
        // An O for a 0 in the number.
        let misread = ZONE.replace("VNM0900", "VNMO900");
        assert_eq!(proposal(typed_zone(&misread)).as_deref(), Some(ZONE));
        let wrong = ZONE.replace("NGUYEN", "NGUY\u{ca}N");
        assert_eq!(proposal(typed_zone(&wrong)), None);
        assert_eq!(proposal(typed_zone("IDVNM<<")), None);
        let long = ZONE.repeat(2);
        assert_eq!(typed_zone(&long), Some(Err(Misread::TooLong)));
    }
}
