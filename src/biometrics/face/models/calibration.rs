//! What thresholds rest on: which pairs were compared, and how often the comparison erred.

use serde::{Deserialize, Serialize};

pub use crate::biometrics::evaluation::cited::Rates;

/// A measurement that thresholds were chosen by. Verdicts cite it by its name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Its name, unique among the operator's.
    pub name: String,
    /// Which pictures.
    pub set: String,
    /// The day, ISO 8601, where it is known.
    pub made: Option<String>,
    /// SHA-256 of the embedder that it was made with.
    pub embedder: String,
    /// People.
    pub subjects: u64,
    /// Pairs of one person.
    pub genuine: u64,
    /// Pairs of different people.
    pub impostor: u64,
    /// At the threshold from which a comparison supports.
    pub at_supports: Rates,
    /// At the threshold from which it is inconclusive.
    pub at_inconclusive: Option<Rates>,
}

impl Calibration {
    /// Whether it says what it must, of that embedder.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn check(&self, embedder: &str) -> Result<(), String> {
        if !self.embedder.eq_ignore_ascii_case(embedder) {
            return Err(
                "this calibration was made with another embedder: evaluate this one, or leave the \
                 table out"
                    .to_owned(),
            );
        }
        if self.name.trim().is_empty() {
            return Err("a calibration needs a name".to_owned());
        }
        let rates = [Some(&self.at_supports), self.at_inconclusive.as_ref()];
        if rates.into_iter().flatten().all(Rates::is_sound) {
            Ok(())
        } else {
            Err("rates are shares from 0 to 1 that lie within their intervals".to_owned())
        }
    }
}
