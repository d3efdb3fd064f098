//! Check digits (ICAO 9303-3, 4.9).

use super::in_zone;

/// The check digit of a field: weights 7, 3, 1, modulo 10 (ICAO 9303-3, 4.9). Nothing when a
/// character is none of A–Z, 0–9 and the filler.
#[must_use]
pub fn check_digit(field: &str) -> Option<u8> {
    let mut sum = 0_u32;
    for (c, weight) in field.chars().zip([7, 3, 1].into_iter().cycle()) {
        let value = match c {
            '<' => 0,
            c if in_zone(c) => c.to_digit(36)?,
            _ => return None,
        };
        sum = (sum + value * weight) % 10;
    }
    u8::try_from(sum).ok()
}

/// Whether `digit` is the check digit of `field`.
pub(super) fn digit_is_right(field: &str, digit: &str) -> bool {
    let printed = digit.chars().next().and_then(|c| c.to_digit(10));
    printed.is_some() && printed == check_digit(field).map(u32::from)
}
