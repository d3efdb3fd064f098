//! Why a text is no personal number: spreadsheets keep numbers, and a number has no leading zero.

use super::FaultKind;
use crate::document::PersonalNumber;

/// Reads a personal number. Nothing is repaired: whoever guesses a digit pays somebody else.
pub(super) fn parse(text: &str) -> Result<PersonalNumber, FaultKind> {
    PersonalNumber::parse(text).map_err(|_| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let only_digits = digits == text.len() && digits > 0;
        let scientific = text
            .split_once(['e', 'E'])
            .is_some_and(|(mantissa, exponent)| {
                let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
                let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
                !mantissa.is_empty()
                    && mantissa.chars().all(number)
                    && !exponent.is_empty()
                    && exponent.bytes().all(|b| b.is_ascii_digit())
            });
        // 1090000001.0: a number all the same.
        let as_number = text.split_once(['.', ',']).is_some_and(|(whole, rest)| {
            whole.bytes().all(|b| b.is_ascii_digit()) && rest.bytes().all(|b| b == b'0')
        });
        if scientific {
            FaultKind::NumberScientific
        } else if (only_digits && digits < 12) || as_number {
            FaultKind::NumberLostZero
        } else {
            FaultKind::NumberMalformed
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{FaultKind as F, parse};

    #[test]
    fn what_a_spreadsheet_made_of_a_number_is_said() {
        for (text, expected) in [
            ("1090000001", F::NumberLostZero),
            ("79155000002", F::NumberLostZero),
            ("1", F::NumberLostZero),
            ("1090000001.0", F::NumberLostZero),
            ("1.09E+09", F::NumberScientific),
            ("1,09E+09", F::NumberScientific),
            ("1E9", F::NumberScientific),
            ("0010900000012", F::NumberMalformed),
            ("001 090 000 001", F::NumberMalformed),
            ("'001090000001", F::NumberMalformed),
            ("00109000000O", F::NumberMalformed),
            ("=\"001090000001\"", F::NumberMalformed),
        ] {
            assert_eq!(parse(text).map(|_| ()), Err(expected), "{text}");
        }
        assert!(parse("001090000001").is_ok());
    }
}
