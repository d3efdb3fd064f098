//! What a misread zone may have said: a guess that is shown, never taken.

use cccd_port::Proposal;
use zeroize::Zeroizing;

use super::zone::{Format, Kind};

/// Digits and the letters that optics take for them, the likeliest first.
const ALIKE: [(u8, &[u8]); 6] = [
    (b'0', b"OQD"),
    (b'1', b"IL"),
    (b'2', b"Z"),
    (b'5', b"S"),
    (b'6', b"G"),
    (b'8', b"B"),
];

/// The digit that a letter may have been.
fn digit(letter: u8) -> Option<u8> {
    ALIKE
        .iter()
        .find(|(_, letters)| letters.contains(&letter))
        .map(|(digit, _)| *digit)
}

/// The letters that a digit may have been.
fn letters(digit: u8) -> &'static [u8] {
    ALIKE
        .iter()
        .find(|(own, _)| *own == digit)
        .map_or(&[], |(_, letters)| letters)
}

/// A zone that differs from `zone` only in characters that are taken for each other, and in which all
/// holds; `None` where there is none that is likelier than others.
///
/// Letters where only digits may stand, and digits where only letters may, are exchanged first. What
/// is still wrong then is looked for where both may stand: first all letters there are digits, as in
/// the number of a citizen card; then one character is another, if that is right for one alone.
pub(super) fn proposal(format: &Format, zone: &[u8]) -> Option<Proposal> {
    let mut forced = Zeroizing::new(zone.to_vec());
    for (byte, kind) in forced.iter_mut().zip(format.kinds()) {
        let instead = match kind {
            kind if kind.allows(*byte) => None,
            Kind::Letter => letters(*byte).first().copied(),
            _ => digit(*byte),
        };
        *byte = instead.unwrap_or(*byte);
    }
    let mut digits = forced.clone();
    for (byte, kind) in digits.iter_mut().zip(format.kinds()) {
        if kind == Kind::LetterOrDigit {
            *byte = digit(*byte).unwrap_or(*byte);
        }
    }
    let found = if format.holds(&forced) {
        forced
    } else if format.holds(&digits) {
        digits
    } else {
        one_changed(format, &forced)?
    };
    format.text(&found).map(Proposal::new)
}

/// The one zone in which one character that may be letter or digit is another, and all holds.
fn one_changed(format: &Format, zone: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut found = None;
    for (at, (byte, kind)) in zone.iter().zip(format.kinds()).enumerate() {
        if kind != Kind::LetterOrDigit {
            continue;
        }
        for instead in digit(*byte).iter().chain(letters(*byte)) {
            let mut one = Zeroizing::new(zone.to_vec());
            *one.get_mut(at)? = *instead;
            if format.holds(&one) && found.replace(one).is_some() {
                return None;
            }
        }
    }
    found
}
