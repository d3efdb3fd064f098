//! Errors in trials.

use super::number;

/// The standard normal deviate that 2.5 % lie above.
const DEVIATE: f64 = 1.959_963_984_540_054;

/// Two bounds around a rate, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// So many errors in so many trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    /// Errors.
    pub errors: usize,
    /// Trials.
    pub trials: usize,
}

impl Proportion {
    /// `errors` of `trials`.
    #[must_use]
    pub const fn new(errors: usize, trials: usize) -> Self {
        Self { errors, trials }
    }

    /// Errors over trials; 0 where nothing was tried.
    #[must_use]
    pub fn rate(self) -> f64 {
        if self.trials == 0 {
            return 0.0;
        }
        number(self.errors) / number(self.trials)
    }

    /// Wilson's interval of 95 %, which takes the trials for independent: pairs that share a person
    /// are not, and [`super::subject_bootstrap`] is wider. No error in n trials still leaves about
    /// 3.8 / n above; nothing tried leaves everything.
    #[must_use]
    pub fn wilson(self) -> Interval {
        if self.trials == 0 {
            return Interval {
                low: 0.0,
                high: 1.0,
            };
        }
        let (rate, trials) = (self.rate(), number(self.trials));
        let square = DEVIATE * DEVIATE;
        let scale = 1.0 + square / trials;
        let middle = (rate + square / (2.0 * trials)) / scale;
        let variance = rate * (1.0 - rate) / trials + square / (4.0 * trials * trials);
        let reach = DEVIATE * variance.max(0.0).sqrt() / scale;
        Interval {
            low: if self.errors == 0 {
                0.0
            } else {
                (middle - reach).max(0.0)
            },
            high: if self.errors >= self.trials {
                1.0
            } else {
                (middle + reach).min(1.0)
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wilson_as_published() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        let table = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (errors, trials, low, high) in table {
            let interval = Proportion::new(errors, trials).wilson();
            assert!((interval.low - low).abs() < 5e-5, "{interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{interval:?}");
        }
    }

    #[test]
    fn nothing_tried_says_nothing() {
        assert_eq!(Proportion::new(0, 0).rate(), 0.0);
        assert_eq!(
            Proportion::new(0, 0).wilson(),
            Interval {
                low: 0.0,
                high: 1.0
            }
        );
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_rate(trials in 1_usize..100_000, share in 0.0..=1.0_f64) {
            let errors = (0..trials).take_while(|count| number(*count) < share * number(trials)).count();
            let one = Proportion::new(errors, trials);
            let interval = one.wilson();
            prop_assert!(0.0 <= interval.low && interval.low <= one.rate() + 1e-12);
            prop_assert!(one.rate() <= interval.high + 1e-12 && interval.high <= 1.0);
        }
    }
}
