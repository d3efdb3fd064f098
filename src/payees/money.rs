//! Amounts in đồng, which has no fractions.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::FaultKind;

/// So many digits an amount may have.
const MAX_DIGITS: usize = 12;

/// An amount in đồng.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Dong(pub i64);

impl Dong {
    /// The most that one entry may be worth.
    pub const MOST: Self = Self(999_999_999_999);

    /// The sum, where it can be held.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum of all of them, where it can be held.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::plus)
    }

    /// An amount that one entry may have: 1 to [`Self::MOST`].
    ///
    /// # Errors
    /// [`FaultKind::AmountNotPositive`], [`FaultKind::AmountTooLarge`].
    pub fn of_entry(value: i64) -> Result<Self, FaultKind> {
        match value {
            ..=0 => Err(FaultKind::AmountNotPositive),
            _ if value > Self::MOST.0 => Err(FaultKind::AmountTooLarge),
            _ => Ok(Self(value)),
        }
    }
}

impl fmt::Display for Dong {
    /// As it is written in Vietnam: `1.234.567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// What stands between groups of three digits in a file: the first that is met counts for all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grouping(Option<char>);

impl Grouping {
    /// Reads an amount as spreadsheets write it: `1234567`, `1.234.567`, `1,234,567`, `1 234 567`,
    /// perhaps with the currency behind it.
    ///
    /// One separator with three digits behind it groups thousands: đồng has no fractions. Where a file
    /// uses dots and commas both, one of them is a decimal sign in disguise, and nobody can say which.
    pub(super) fn parse(&mut self, text: &str) -> Result<Dong, FaultKind> {
        let text = without_currency(text.trim());
        if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
            let digits = rest.chars().any(|c| c.is_ascii_digit());
            return Err(if digits {
                FaultKind::AmountNotPositive
            } else {
                FaultKind::AmountMalformed
            });
        }
        let known = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || is_space(c);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() {
            return Err(FaultKind::AmountMalformed);
        }
        if !text.chars().all(known) {
            return Err(match text.contains(['e', 'E']) {
                true => FaultKind::AmountScientific,
                false => FaultKind::AmountMalformed,
            });
        }
        let mut separators: Vec<char> = text
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .map(|c| if is_space(c) { ' ' } else { c })
            .collect();
        separators.dedup();
        let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
        match separators.as_slice() {
            [] => {}
            // 1.234,00 and 1,234.00: whatever stands behind the last one is a fraction.
            [_, _, ..] => return Err(FaultKind::AmountFraction),
            [separator] => {
                let whole = groups.split_first().is_some_and(|(first, rest)| {
                    (1..=3).contains(&first.len())
                        && !first.starts_with('0')
                        && rest.iter().all(|group| group.len() == 3)
                });
                if !whole {
                    return Err(FaultKind::AmountFraction);
                }
                if *separator != ' ' && *self.0.get_or_insert(*separator) != *separator {
                    return Err(FaultKind::AmountAmbiguous);
                }
            }
        }
        if digits.len() > MAX_DIGITS {
            return Err(FaultKind::AmountTooLarge);
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(FaultKind::AmountMalformed);
        }
        let value = digits.parse().map_err(|_| FaultKind::AmountMalformed)?;
        Dong::of_entry(value)
    }
}

/// A space, also those that spreadsheets put between groups.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn without_currency(text: &str) -> &str {
    let lower = text.to_lowercase();
    for currency in ["vnđ", "vnd", "đồng", "dong", "đ", "₫"] {
        if lower.ends_with(currency)
            && let Some(end) = text.char_indices().rev().nth(currency.chars().count() - 1)
            && let Some(amount) = text.get(..end.0)
        {
            return amount.trim_end();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{Dong, FaultKind as F, Grouping};

    #[test]
    fn amounts_as_spreadsheets_write_them() {
        for (text, expected) in [
            ("1234567", Ok(1_234_567)),
            ("1.234.567", Ok(1_234_567)),
            ("1,234,567", Ok(1_234_567)),
            ("1 234 567", Ok(1_234_567)),
            ("1\u{a0}234\u{a0}567", Ok(1_234_567)),
            (" 500.000 ", Ok(500_000)),
            ("500.000 đ", Ok(500_000)),
            ("500,000 VNĐ", Ok(500_000)),
            ("500000₫", Ok(500_000)),
            ("500.000 đồng", Ok(500_000)),
            ("999.999.999.999", Ok(999_999_999_999)),
            ("1", Ok(1)),
            ("0", Err(F::AmountNotPositive)),
            ("-500000", Err(F::AmountNotPositive)),
            ("1.234.567,00", Err(F::AmountFraction)),
            ("1,234,567.00", Err(F::AmountFraction)),
            ("500000.0", Err(F::AmountFraction)),
            ("500000,5", Err(F::AmountFraction)),
            ("1234.567", Err(F::AmountFraction)),
            ("1.23", Err(F::AmountFraction)),
            ("0.500", Err(F::AmountFraction)),
            ("1..234", Err(F::AmountFraction)),
            (".500", Err(F::AmountFraction)),
            ("500.", Err(F::AmountFraction)),
            ("1 234.567", Err(F::AmountFraction)),
            ("5E+05", Err(F::AmountScientific)),
            ("5,0E+05", Err(F::AmountScientific)),
            ("0500000", Err(F::AmountMalformed)),
            ("1000000000000", Err(F::AmountTooLarge)),
            ("năm trăm", Err(F::AmountMalformed)),
            ("500k", Err(F::AmountMalformed)),
            ("₫", Err(F::AmountMalformed)),
            ("-", Err(F::AmountMalformed)),
            ("", Err(F::AmountMalformed)),
            ("+500000", Err(F::AmountMalformed)),
            ("=500000", Err(F::AmountMalformed)),
            ("٥٠٠", Err(F::AmountMalformed)),
        ] {
            let found = Grouping::default().parse(text);
            assert_eq!(found, expected.map(Dong), "{text}");
        }
    }

    #[test]
    fn a_file_that_groups_in_two_ways_is_ambiguous() {
        let mut grouping = Grouping::default();
        assert_eq!(grouping.parse("500000"), Ok(Dong(500_000)));
        assert_eq!(grouping.parse("500.000"), Ok(Dong(500_000)));
        assert_eq!(grouping.parse("500,000"), Err(F::AmountAmbiguous));
        assert_eq!(grouping.parse("1.500.000"), Ok(Dong(1_500_000)));
    }

    #[test]
    fn sums_that_cannot_be_held_are_none() {
        assert_eq!(Dong::sum([Dong(1), Dong(2)]), Some(Dong(3)));
        assert_eq!(Dong::sum([Dong(i64::MAX), Dong(1)]), None);
        assert_eq!(Dong(i64::MIN).to_string(), "-9.223.372.036.854.775.808");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in 1_i64..=Dong::MOST.0) {
            let written = Dong(value).to_string();
            prop_assert_eq!(Grouping::default().parse(&written), Ok(Dong(value)));
            let commas = written.replace('.', ",");
            prop_assert_eq!(Grouping::default().parse(&commas), Ok(Dong(value)));
            prop_assert_eq!(Grouping::default().parse(&value.to_string()), Ok(Dong(value)));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,30}") {
            let _ = Grouping::default().parse(&text);
        }
    }
}
