//! Between whole and real numbers, where the language offers `as` alone.

/// A count as a real number; exact to 2^53.
#[expect(
    clippy::as_conversions,
    reason = "counts of pixels and pairs stay far below 2^53"
)]
pub const fn real(count: usize) -> f64 {
    count as f64
}

/// A measure in the precision of the networks.
#[expect(
    clippy::as_conversions,
    reason = "rounds to the nearest, as the networks do"
)]
pub const fn single(value: f64) -> f32 {
    value as f32
}

/// The whole part. What is no number or below zero is 0; what is too large is the largest.
#[expect(
    clippy::as_conversions,
    reason = "float to integer has no other way, and it saturates"
)]
pub const fn whole(value: f64) -> u32 {
    value as u32
}

/// A length in pixels as an index.
pub fn index(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_saturates() {
        assert_eq!(whole(3.99), 3);
        assert_eq!(whole(-0.5), 0);
        assert_eq!(whole(f64::NAN), 0);
        assert_eq!(whole(1e30), u32::MAX);
    }
}
