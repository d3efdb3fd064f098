//! Whether lines are a machine readable zone (ICAO 9303-3, 4.3 and 4.9; 9303-4, -5, -6, 4.2).

use core::ops::Range;

use cccd_port::Misread;
use zeroize::Zeroizing;

use super::proposal::proposal;

/// A format: what may stand where, and what the check digits cover. Positions count from 0 over all
/// lines.
pub(super) struct Format {
    line: usize,
    lines: usize,
    /// One letter a character, see [`Kind::of`].
    kinds: &'static [u8],
    number: Range<usize>,
    /// Where the document number goes on when it is longer than nine characters; empty where it
    /// can't.
    number_goes_on: Range<usize>,
    /// Each ends before its check digit.
    dates: [Range<usize>; 2],
    /// Optional data with a check digit of its own, which may be a filler where there are none.
    optional: Option<Range<usize>>,
    covered: [Range<usize>; 4],
    composite: usize,
}

static FORMATS: [Format; 3] = [
    // TD1, ICAO 9303-5, 4.2.2 and 4.2.4
    Format {
        line: 30,
        lines: 3,
        kinds: b"aaaaannnnnnnnncnnnnnnnnnnnnnnn\
                 ffffffdsffffffdaaannnnnnnnnnnd\
                 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        number: 5..14,
        number_goes_on: 15..30,
        dates: [30..36, 38..44],
        optional: None,
        covered: [5..30, 30..37, 38..45, 48..59],
        composite: 59,
    },
    // TD2, ICAO 9303-6, 4.2.2 and 4.2.4
    Format {
        line: 36,
        lines: 2,
        kinds: b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
                 nnnnnnnnncaaaffffffdsffffffdnnnnnnnd",
        number: 36..45,
        number_goes_on: 64..71,
        dates: [49..55, 57..63],
        optional: None,
        covered: [36..46, 49..56, 57..71, 71..71],
        composite: 71,
    },
    // TD3, ICAO 9303-4, 4.2.2 and 4.2.4
    Format {
        line: 44,
        lines: 2,
        kinds: b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
                 nnnnnnnnndaaaffffffdsffffffdnnnnnnnnnnnnnncd",
        number: 44..53,
        number_goes_on: 53..53,
        dates: [57..63, 65..71],
        optional: Some(72..86),
        covered: [44..54, 57..64, 65..87, 87..87],
        composite: 87,
    },
];

/// What may stand at a position. A filler may stand anywhere but in place of most check digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Letter,
    LetterOrDigit,
    Digit,
    DigitOrFiller,
    Sex,
}

impl Kind {
    const fn of(letter: u8) -> Self {
        match letter {
            b'a' => Self::Letter,
            b'd' => Self::Digit,
            // Dates, of which parts may be unknown, and check digits that may be left out.
            b'f' | b'c' => Self::DigitOrFiller,
            b's' => Self::Sex,
            _ => Self::LetterOrDigit,
        }
    }

    pub(super) const fn allows(self, byte: u8) -> bool {
        match self {
            Self::Letter => byte.is_ascii_uppercase() || byte == b'<',
            Self::LetterOrDigit => in_zone(byte),
            Self::Digit => byte.is_ascii_digit(),
            Self::DigitOrFiller => byte.is_ascii_digit() || byte == b'<',
            Self::Sex => matches!(byte, b'M' | b'F' | b'X' | b'<'),
        }
    }
}

/// The characters of a zone (ICAO 9303-3, 4.3).
const fn in_zone(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'<'
}

impl Format {
    fn of(lines: &[&[u8]]) -> Option<&'static Self> {
        FORMATS.iter().find(|format| {
            lines.len() == format.lines && lines.iter().all(|line| line.len() == format.line)
        })
    }

    /// What may stand where.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        self.kinds.iter().map(|letter| Kind::of(*letter))
    }

    /// Whether each character may stand where it does.
    fn is_written(&self, zone: &[u8]) -> bool {
        zone.iter()
            .zip(self.kinds())
            .all(|(byte, kind)| kind.allows(*byte))
    }

    /// Whether each character may stand where it does, and all check digits are right.
    pub(super) fn holds(&self, zone: &[u8]) -> bool {
        let at = |range: &Range<usize>| zone.get(range.clone()).unwrap_or_default();
        let right = |range: &Range<usize>| is_digit_of(at(range), zone.get(range.end));
        let optional = self.optional.as_ref().is_none_or(|range| {
            let none = at(range).iter().all(|byte| *byte == b'<');
            right(range) || (none && zone.get(range.end) == Some(&b'<'))
        });
        let mut covered = Zeroizing::new(Vec::with_capacity(zone.len()));
        for range in &self.covered {
            covered.extend_from_slice(at(range));
        }
        self.is_written(zone)
            && (right(&self.number) || self.long_number_holds(zone))
            && self.dates.iter().all(right)
            && optional
            && is_digit_of(&covered, zone.get(self.composite))
    }

    /// A filler in place of the check digit: the number goes on in the optional data, up to a filler,
    /// its check digit last (ICAO 9303-5, 4.2.2.1; 9303-6, 4.2.2.2).
    fn long_number_holds(&self, zone: &[u8]) -> bool {
        let begun = zone.get(self.number.clone()).unwrap_or_default();
        let optional = zone.get(self.number_goes_on.clone()).unwrap_or_default();
        let rest = optional.split(|byte| *byte == b'<').next();
        let Some((digit, rest)) = rest.and_then(|rest| rest.split_last()) else {
            return false;
        };
        let mut number = Zeroizing::new(Vec::with_capacity(zone.len()));
        number.extend_from_slice(begun);
        number.extend_from_slice(rest);
        zone.get(self.number.end) == Some(&b'<') && is_digit_of(&number, Some(digit))
    }

    /// The lines, with a line feed between.
    pub(super) fn text(&self, zone: &[u8]) -> Option<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::with_capacity(zone.len().saturating_add(2)));
        for line in zone.chunks(self.line) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(core::str::from_utf8(line).ok()?);
        }
        Some(text)
    }
}

/// Whether `digit` is the check digit of `field`: weights 7, 3, 1, modulo 10 (ICAO 9303-3, 4.9).
fn is_digit_of(field: &[u8], digit: Option<&u8>) -> bool {
    let value = |byte: u8| match byte {
        b'<' => Some(0),
        _ => char::from(byte).to_digit(36),
    };
    let mut sum = 0;
    for (byte, weight) in field.iter().zip([7, 3, 1].into_iter().cycle()) {
        let Some(value) = value(*byte) else {
            return false;
        };
        sum = (sum + value * weight) % 10;
    }
    digit.and_then(|byte| char::from(*byte).to_digit(10)) == Some(sum)
}

/// The zone that the lines are, empty ones left out, with a line feed between: every character stands
/// where it may, and every check digit of ICAO 9303 holds. Nothing is repaired.
///
/// # Errors
/// [`Misread::NotAZone`] and [`Misread::CheckDigit`], with what it may have said.
pub fn zone<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Zeroizing<String>, Misread> {
    const MOST_LINES: usize = 3;
    let lines: Vec<&[u8]> = lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .take(MOST_LINES + 1)
        .collect();
    let format = Format::of(&lines).ok_or(Misread::NotAZone(None))?;
    let zone = Zeroizing::new(lines.concat());
    if format.holds(&zone) {
        return format.text(&zone).ok_or(Misread::NotAZone(None));
    }
    if !zone.iter().all(|byte| in_zone(*byte)) {
        return Err(Misread::NotAZone(None));
    }
    let proposal = proposal(format, &zone);
    Err(if format.is_written(&zone) {
        Misread::CheckDigit(proposal)
    } else {
        Misread::NotAZone(proposal)
    })
}
