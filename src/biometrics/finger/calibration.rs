//! `fingers.toml`: what the finger threshold rests on. It lies in the models folder, beside
//! `models.toml`; without it a verdict says that the threshold is not measured.
//!
//! ```toml
//! name = "office"                         # verdicts cite it
//! set = "collection"                      # which pictures
//! made = "2026-11-30"
//! algorithm = "nist-mindtct-bozorth3 0.1.0/1"
//! threshold = 40
//! dpi = 500
//! fingers = 10
//! pictures = 80
//! not_enrolled = 0                        # pictures beside them that gave no template
//! genuine = 280                           # pairs of one finger
//! impostor = 2880                         # and of two, each as the better of both orders
//! equal_error = 0.041
//!
//! [at_threshold]                          # shares of pairs with their 95 % intervals
//! fmr = 0.0
//! fmr_interval = [0.0, 0.0014]
//! fnmr = 0.1
//! fnmr_interval = [0.07, 0.14]
//!
//! [[visits]]                              # as the desk decides, with three references
//! presses = 2
//! own = 100
//! refused = 0
//! others = 900
//! taken = 0
//! ```
//!
//! Unknown keys are refused, and a mistake is told with its line.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Threshold;
pub use crate::biometrics::evaluation::cited::Rates;

/// Name of the file.
pub const FILE_NAME: &str = "fingers.toml";
/// Longest text, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;
/// Most kinds of visits.
const MOST_VISITS: usize = 8;

/// A measurement that a finger's threshold rests on.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Its name, unique among the operator's.
    pub name: String,
    /// Which pictures.
    pub set: String,
    /// The day, ISO 8601.
    pub made: String,
    /// The algorithm that it was made with: [`super::FingerMatcher::algorithm`].
    pub algorithm: String,
    /// From which score on two pictures are of one finger.
    pub threshold: u32,
    /// Pixels an inch of the pictures.
    pub dpi: u16,
    /// Fingers.
    pub fingers: u64,
    /// Pictures of them that were enrolled.
    pub pictures: u64,
    /// Pictures that were not.
    pub not_enrolled: u64,
    /// Pairs of one finger.
    pub genuine: u64,
    /// Pairs of two fingers.
    pub impostor: u64,
    /// The equal error rate over these pairs, 0 to 1.
    pub equal_error: f64,
    /// At the threshold, a pair as the better of both orders.
    pub at_threshold: Rates,
    /// As the desk decides.
    #[serde(default)]
    pub visits: Vec<Visits>,
}

/// Visits at a desk: three references, both orders, the best of so many presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Visits {
    /// Presses at most.
    pub presses: u64,
    /// Visits with one's own finger.
    pub own: u64,
    /// Of these, such that were not taken for it.
    pub refused: u64,
    /// Visits with another's finger.
    pub others: u64,
    /// Of these, such that were taken for one's own.
    pub taken: u64,
}

/// Why there is no calibration: then verdicts cite none.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A mistake in it, and where it stands.
    #[error("{}, line {line}: {problem}", path.display())]
    Mistake {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Calibration {
    /// Reads one.
    ///
    /// # Errors
    /// The line of a mistake, from 1, and what is wrong.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        if text.len() > MAX_TEXT {
            return Err((1, format!("longer than {MAX_TEXT} bytes")));
        }
        let read: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or(text);
            let line = before.matches('\n').count().saturating_add(1);
            (line, error.message().to_owned())
        })?;
        read.check().map_err(|problem| (1, problem))?;
        Ok(read)
    }

    /// As text that [`Self::read`] reads.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn write(&self) -> Result<String, String> {
        self.check()?;
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        Self::read(&text).map_err(|(_, problem)| problem)?;
        Ok(text)
    }

    /// Whether it was made with that algorithm at that threshold: only then it may be cited.
    #[must_use]
    pub fn is_of(&self, algorithm: &str, threshold: Threshold) -> bool {
        self.algorithm == algorithm && self.threshold == threshold.score()
    }

    /// The one in a models folder; nothing where none was adopted.
    ///
    /// # Errors
    /// [`CalibrationError`].
    pub fn load(folder: &Path) -> Result<Option<Self>, CalibrationError> {
        let path = folder.join(FILE_NAME);
        let mut text = String::new();
        let most = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CalibrationError::Unreadable { path, source }),
        };
        let read = file.take(most.saturating_add(1)).read_to_string(&mut text);
        if let Err(source) = read {
            return Err(CalibrationError::Unreadable { path, source });
        }
        let read = Self::read(&text).map_err(|(line, problem)| CalibrationError::Mistake {
            path,
            line,
            problem,
        })?;
        Ok(Some(read))
    }

    /// Puts it into a models folder, in place of one that was there.
    ///
    /// # Errors
    /// [`CalibrationError`]; the one that was there stays then.
    pub fn adopt(&self, folder: &Path) -> Result<(), CalibrationError> {
        let path = folder.join(FILE_NAME);
        let text = match self.write() {
            Ok(text) => text,
            Err(problem) => {
                let line = 1;
                return Err(CalibrationError::Mistake {
                    path,
                    line,
                    problem,
                });
            }
        };
        let temporary = folder.join(format!(".{FILE_NAME}.new"));
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&temporary, text))
            .and_then(|()| File::open(&temporary)?.sync_all())
            .and_then(|()| fs::rename(&temporary, &path));
        written.map_err(|source| CalibrationError::Unreadable { path, source })
    }

    fn check(&self) -> Result<(), String> {
        if self.name.trim().is_empty() {
            return Err("a calibration needs a name".to_owned());
        }
        if Threshold::new(self.threshold).is_none() {
            return Err("no desk decides at this threshold".to_owned());
        }
        if !(0.0..=1.0).contains(&self.equal_error) || !self.at_threshold.is_sound() {
            return Err("rates are shares from 0 to 1 that lie within their intervals".to_owned());
        }
        if self.genuine == 0 || self.impostor == 0 {
            return Err("rates without pairs".to_owned());
        }
        let sound = |visits: &Visits| visits.refused <= visits.own && visits.taken <= visits.others;
        if self.visits.len() > MOST_VISITS || !self.visits.iter().all(sound) {
            return Err("more errors than visits".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn calibration() -> Calibration {
        Calibration {
            name: "office".to_owned(),
            set: "made up".to_owned(),
            made: "2026-11-30".to_owned(),
            algorithm: "table 1".to_owned(),
            threshold: 40,
            dpi: 500,
            fingers: 10,
            pictures: 80,
            not_enrolled: 1,
            genuine: 280,
            impostor: 2_880,
            equal_error: 0.041,
            at_threshold: Rates {
                fmr: 0.0,
                fmr_interval: [0.0, 0.001_4],
                fnmr: 0.1,
                fnmr_interval: [0.07, 0.14],
            },
            visits: vec![Visits {
                presses: 2,
                own: 100,
                refused: 0,
                others: 900,
                taken: 0,
            }],
        }
    }

    #[test]
    fn what_is_adopted_is_loaded_and_cited_for_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let models = folder.path().join("models");
        assert_eq!(Calibration::load(&models).unwrap(), None);
        let one = calibration();
        one.adopt(&models).unwrap();
        assert_eq!(Calibration::load(&models).unwrap(), Some(one.clone()));
        assert!(one.is_of("table 1", Threshold::default()));
        assert!(!one.is_of("table 2", Threshold::default()));
        assert!(!one.is_of("table 1", Threshold::LOWEST));
        assert_eq!(fs::read_dir(&models).unwrap().count(), 1);
    }

    #[test]
    fn one_that_says_too_little_or_nonsense_is_refused() {
        type Change = fn(&mut Calibration);
        let table: [(&str, Change); 7] = [
            ("name", |one| one.name = " ".to_owned()),
            ("threshold", |one| one.threshold = 34),
            ("shares", |one| one.equal_error = f64::NAN),
            ("shares", |one| one.at_threshold.fmr = 0.5),
            ("pairs", |one| one.impostor = 0),
            ("visits", |one| {
                one.visits.iter_mut().for_each(|visits| visits.taken = 901);
            }),
            ("visits", |one| one.visits = vec![one.visits[0]; 9]),
        ];
        let folder = tempfile::tempdir().unwrap();
        calibration().adopt(folder.path()).unwrap();
        for (word, change) in table {
            let mut one = calibration();
            change(&mut one);
            let told = one.adopt(folder.path()).unwrap_err().to_string();
            assert!(told.contains(word), "{told}");
        }
        // The good one is still there.
        assert!(Calibration::load(folder.path()).unwrap().is_some());
        let text = calibration().write().unwrap();
        for (text, line) in [
            (text.replace("dpi = 500\n", ""), 1),
            (text.replace("made =", "maid ="), 3),
            (text.replace("threshold = 40", "threshold = \"x\""), 5),
            ("#".repeat(MAX_TEXT + 1), 1),
        ] {
            assert_eq!(Calibration::read(&text).unwrap_err().0, line, "{text}");
        }
        fs::write(folder.path().join(FILE_NAME), "name = 1").unwrap();
        assert!(Calibration::load(folder.path()).is_err());
    }
}
