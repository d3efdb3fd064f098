//! Rates as a calibration keeps them, and verdicts cite them.

use serde::{Deserialize, Serialize};

use super::{Interval, Proportion};

/// Errors at one threshold: shares of pairs, 0 to 1, with their 95 % intervals (Wilson).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Pairs of different people that were taken for one.
    pub fmr: f64,
    /// Its interval.
    pub fmr_interval: [f64; 2],
    /// Pairs of one person that were not.
    pub fnmr: f64,
    /// Its interval.
    pub fnmr_interval: [f64; 2],
}

impl Rates {
    /// What was measured at a threshold.
    #[must_use]
    pub fn of(measured: &super::Rates) -> Self {
        let wilson = |proportion: Proportion| {
            let Interval { low, high } = proportion.wilson();
            [low, high]
        };
        Self {
            fmr: measured.fmr.rate(),
            fmr_interval: wilson(measured.fmr),
            fnmr: measured.fnmr.rate(),
            fnmr_interval: wilson(measured.fnmr),
        }
    }

    /// Whether the rates are shares that lie within their intervals.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let within = |rate: f64, [low, high]: [f64; 2]| {
            (0.0..=1.0).contains(&low)
                && (low..=1.0).contains(&high)
                && (low..=high).contains(&rate)
        };
        within(self.fmr, self.fmr_interval) && within(self.fnmr, self.fnmr_interval)
    }
}

/// The measurement that a threshold rests on, as facts of a verdict: its name and its rates; or that there
/// is none.
#[must_use]
pub fn facts(calibration: Option<(&str, Rates)>) -> Vec<(&'static str, String)> {
    let Some((name, rates)) = calibration else {
        let none = "none: the thresholds are not measured";
        return vec![("calibration", none.to_owned())];
    };
    let rate = |rate: f64, [low, high]: [f64; 2]| format!("{rate} [{low}, {high}]");
    vec![
        ("calibration", name.to_owned()),
        ("calibration-fmr", rate(rates.fmr, rates.fmr_interval)),
        ("calibration-fnmr", rate(rates.fnmr, rates.fnmr_interval)),
    ]
}
