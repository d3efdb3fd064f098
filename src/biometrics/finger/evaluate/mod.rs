//! `models evaluate --fingers`: what the matcher gets wrong on pictures whose fingers are known.
//!
//! Every picture is compared with every other, in both orders, and then three pictures of a finger are
//! its references and others of the collection are pressed, as at a desk. The result is a report, a DET
//! curve, and a calibration that verdicts can cite.
//!
//! # Layout
//! - [`mod@collection`]: fingers and their pictures, from a folder
//! - [`picture`]: a file decoded within bounds
//! - here: templates and scores
//! - [`pairs`]: every template against every other; [`workers`]: over the processors
//! - [`decision`]: as the desk decides
//! - [`mod@report`]: the figures as text, and the calibration

pub mod collection;
pub mod decision;
pub mod pairs;
pub mod picture;
pub mod report;
pub mod workers;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cccd_port::FingerImage;
use zeroize::Zeroizing;

use self::collection::{CollectionError, Layout, collection};
use self::decision::Decisions;
use self::pairs::{Patience, Table};
use self::picture::{MOST_BYTES, PictureFault};
use super::{FingerMatcher, MatchFault, Template, Threshold};
use crate::biometrics::evaluation::{EvaluationFault, Scores};

/// How an evaluation is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the pictures were taken with, in pixels an inch: 250 to 1,200.
    pub dpi: u16,
    /// At which threshold the desk decides.
    pub threshold: Threshold,
}

impl Default for Terms {
    /// 500 dpi, and the desk's threshold.
    fn default() -> Self {
        Self {
            dpi: 500,
            threshold: Threshold::default(),
        }
    }
}

/// Why an evaluation was not made.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The folder.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// Scores that can't be evaluated: no pairs of one finger, or none of two.
    #[error(transparent)]
    Scores(#[from] EvaluationFault),
}

/// Why a picture gave no template. Its failure is counted, and not hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotEnrolled {
    /// The system does not give the file.
    Unreadable,
    /// The file gave no picture.
    Picture(PictureFault),
    /// At 500 dpi it is too small or too large to be searched.
    Size,
    /// The search did not come to an end in its time.
    Search,
}

impl NotEnrolled {
    /// Its name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "can't be read",
            Self::Picture(PictureFault::FormatUnknown) => "in a format that is not read",
            Self::Picture(PictureFault::TooLarge) => "too large to be decoded",
            Self::Picture(PictureFault::Malformed) => "can't be decoded",
            Self::Size => "too small or too large to be searched",
            Self::Search => "not searched within the time",
        }
    }
}

impl From<MatchFault> for NotEnrolled {
    fn from(fault: MatchFault) -> Self {
        match fault {
            MatchFault::Size { .. } => Self::Size,
            MatchFault::Overrun(_) | MatchFault::Overflow => Self::Search,
        }
    }
}

/// What an evaluation is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Pictures are searched.
    Pictures,
    /// Pairs are compared.
    Pairs,
}

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The matcher's algorithm.
    pub algorithm: &'static str,
    /// How it was made.
    pub terms: Terms,
    /// How the folder says which picture is of which finger.
    pub layout: Layout,
    /// Pictures that are nobody's.
    pub passed_over: usize,
    /// Fingers with a picture that was enrolled.
    pub fingers: usize,
    /// Pictures that were enrolled.
    pub enrolled: usize,
    /// Of these, such with too few minutiae for a desk to decide by.
    pub few_minutiae: usize,
    /// Pictures that were not enrolled, by why.
    pub not_enrolled: BTreeMap<NotEnrolled, usize>,
    /// A score a pair: the later picture as the probe. Fingers are numbered in their order.
    pub once: Scores,
    /// The same pairs as a desk compares them: the better of both orders.
    pub better: Scores,
    /// Comparisons, two a pair, that gave no score; they count as a score of 0.
    pub without_score: usize,
    /// As the desk decides, after up to two presses and up to three.
    pub decisions: Vec<Decisions>,
}

/// A template, whose it is.
struct Enrolled {
    finger: u32,
    template: Template,
}

/// Compares every picture of a folder with every other. `progress` hears how far it is: of so many.
///
/// # Errors
/// [`EvaluateError`].
pub fn evaluate(
    matcher: &dyn FingerMatcher,
    folder: &Path,
    terms: &Terms,
    progress: &mut dyn FnMut(Stage, usize, usize),
) -> Result<Evaluation, EvaluateError> {
    let found = collection(folder)?;
    let of_finger = |(finger, subject): (u32, _)| {
        let collection::Subject { pictures, .. } = subject;
        pictures.into_iter().map(move |picture| (finger, picture))
    };
    let files: Vec<(u32, PathBuf)> = (0_u32..).zip(found.fingers).flat_map(of_finger).collect();
    let patience = Patience::default();
    let (enrolled, not_enrolled) = enrol(matcher, &files, terms.dpi, &patience, progress);
    let templates: Vec<Template> = enrolled.iter().map(|one| one.template.clone()).collect();
    let table = Table::new(matcher, &templates, &patience, &mut |done, all| {
        progress(Stage::Pairs, done, all);
    });
    let once = scores(&enrolled, &table, |pair| pair.there.unwrap_or_default());
    let better = scores(&enrolled, &table, pairs::Compared::better);
    once.check()?;
    let pressed: Vec<(u32, usize)> = enrolled
        .iter()
        .map(|one| (one.finger, one.template.count()))
        .collect();
    let mut fingers: Vec<u32> = enrolled.iter().map(|one| one.finger).collect();
    fingers.dedup();
    Ok(Evaluation {
        algorithm: matcher.algorithm(),
        terms: *terms,
        layout: found.layout,
        passed_over: found.passed_over,
        fingers: fingers.len(),
        enrolled: enrolled.len(),
        few_minutiae: templates.iter().filter(|one| !one.is_usable()).count(),
        not_enrolled,
        once,
        better,
        without_score: table.without_score(),
        decisions: decision::decisions(&pressed, &table, terms.threshold),
    })
}

/// The templates of all files in their order, and why there are no others.
fn enrol(
    matcher: &dyn FingerMatcher,
    files: &[(u32, PathBuf)],
    dpi: u16,
    patience: &Patience,
    progress: &mut dyn FnMut(Stage, usize, usize),
) -> (Vec<Enrolled>, BTreeMap<NotEnrolled, usize>) {
    let mut templates: Vec<Option<Enrolled>> = files.iter().map(|_| None).collect();
    let mut not_enrolled: BTreeMap<NotEnrolled, usize> = BTreeMap::new();
    let mut done = 0_usize;
    let search = |number: usize| {
        let (finger, path) = files.get(number).ok_or(NotEnrolled::Unreadable)?;
        let image = read(path, dpi)?;
        let template = patience.wait(|| matcher.extract(&image))?;
        Ok(Enrolled {
            finger: *finger,
            template,
        })
    };
    workers::spread(files.len(), search, |number, made| {
        match (made, templates.get_mut(number)) {
            (Ok(made), Some(place)) => *place = Some(made),
            (Err(why), _) => {
                let count = not_enrolled.entry(why).or_default();
                *count = count.saturating_add(1);
            }
            (Ok(_), None) => {}
        }
        done = done.saturating_add(1);
        progress(Stage::Pictures, done, files.len());
    });
    (templates.into_iter().flatten().collect(), not_enrolled)
}

/// The picture in a file.
fn read(path: &Path, dpi: u16) -> Result<FingerImage, NotEnrolled> {
    let bytes = bounded(path).map_err(|_| NotEnrolled::Unreadable)?;
    picture::decode(&bytes, dpi).map_err(NotEnrolled::Picture)
}

/// A file's bytes, one more than the bound at most.
fn bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    // Room for all: what grows leaves its former place behind unwiped.
    let length = file.metadata()?.len().min(most).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0)));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The scores of all pairs.
fn scores(
    enrolled: &[Enrolled],
    table: &Table,
    score: impl Fn(pairs::Compared) -> super::Score,
) -> Scores {
    let mut scores = Scores::default();
    for (later, one) in enrolled.iter().enumerate() {
        for (earlier, other) in enrolled.iter().enumerate().take(later) {
            let Some(compared) = table.of(earlier, later) else {
                continue;
            };
            let score = f64::from(score(compared).0);
            if one.finger == other.finger {
                scores.genuine.push((one.finger, score));
            } else {
                scores.impostor.push((other.finger, one.finger, score));
            }
        }
    }
    scores
}
