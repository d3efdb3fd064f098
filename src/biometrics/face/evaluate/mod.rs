//! `models evaluate`: what a set of models gets wrong on pictures whose people are known.
//!
//! A folder for each person, pictures in it; every picture is compared with every other. The result is
//! a report, a DET curve, and a calibration that verdicts can cite.
//!
//! # Layout
//! - here: templates and scores
//! - [`report`]: the figures as text, and the calibration

pub mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::embedding::Embedding;
use super::models::Models;
use super::network::NetworkError;
use super::picture::{Picture, PictureError, PictureLimits};
use super::quality::{Flaw, Gates};
use super::sight::Sight;
use crate::biometrics::evaluation::walk::{Kind, Subject, WalkError, subjects};
use crate::biometrics::evaluation::{EvaluationFault, MOST_PAIRS, Scores};
use crate::lds::dg2::{FaceImage, ImageDataType};
use crate::lds::portrait;

/// Pictures of people.
const PICTURES: Kind = Kind {
    endings: &["jpg", "jpeg", "png", "jp2", "j2k", "jpf", "jpx"],
    most_subjects: 10_000,
    most_pictures: 50_000,
};

/// How an evaluation is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Bounds of each picture.
    pub limits: PictureLimits,
    /// What a picture must pass to be taken; `None` takes all that show one face. Live pictures pass
    /// the gates at a desk, and small pictures of old collections never would.
    pub gates: Option<Gates>,
}

/// Why an evaluation was not made.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The folder.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A picture that could not be read from the disk.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A model broke off.
    #[error("{}: {fault}", path.display())]
    Network {
        /// At which picture.
        path: PathBuf,
        /// What is the matter.
        fault: NetworkError,
    },
    /// More pairs than are evaluated.
    #[error("{pictures} pictures make more than {MOST_PAIRS} pairs")]
    TooManyPairs {
        /// How many were enrolled.
        pictures: usize,
    },
    /// Scores that can't be evaluated: no pairs of one person, or none of two.
    #[error(transparent)]
    Scores(#[from] EvaluationFault),
}

/// Why a picture gave no template. Its failure is counted, and not hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotEnrolled {
    /// It can't be decoded, or is out of bounds.
    Undecodable,
    /// No face.
    NoFace,
    /// Several faces.
    SeveralFaces,
    /// It is poor; the first of its flaws.
    Poor(Flaw),
}

impl NotEnrolled {
    /// Its name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undecodable => "can't be decoded",
            Self::NoFace => "no face found",
            Self::SeveralFaces => "several faces found",
            Self::Poor(flaw) => flaw.name(),
        }
    }
}

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Scores of all pairs. People are numbered in the order of their folders' names.
    pub scores: Scores,
    /// People with a picture that was enrolled.
    pub subjects: usize,
    /// Pictures that were enrolled.
    pub enrolled: usize,
    /// Pictures that were not, by why.
    pub not_enrolled: BTreeMap<NotEnrolled, usize>,
}

/// Compares every picture of a folder with every other. `progress` hears of each picture: its number
/// from 1, and how many there are.
///
/// # Errors
/// [`EvaluateError`].
pub fn evaluate(
    models: &Models,
    folder: &Path,
    terms: &Terms,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Evaluation, EvaluateError> {
    let people = subjects(folder, PICTURES)?;
    let total = people.iter().map(|person| person.pictures.len()).sum();
    let mut templates: Vec<(u32, Embedding)> = Vec::new();
    let mut not_enrolled: BTreeMap<NotEnrolled, usize> = BTreeMap::new();
    let mut done = 0_usize;
    for (Subject { pictures, .. }, subject) in people.iter().zip(0_u32..) {
        for path in pictures {
            done = done.saturating_add(1);
            progress(done, total);
            match enrol(models, path, terms)? {
                Ok(template) => templates.push((subject, template)),
                Err(why) => {
                    let count = not_enrolled.entry(why).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
    }
    let scores = scores(&templates)?;
    scores.check()?;
    let mut subjects: Vec<u32> = templates.iter().map(|(subject, _)| *subject).collect();
    subjects.dedup();
    Ok(Evaluation {
        scores,
        subjects: subjects.len(),
        enrolled: templates.len(),
        not_enrolled,
    })
}

/// The template of one picture, or why there is none.
fn enrol(
    models: &Models,
    path: &Path,
    terms: &Terms,
) -> Result<Result<Embedding, NotEnrolled>, EvaluateError> {
    let unreadable = |source| EvaluateError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let network = |fault| EvaluateError::Network {
        path: path.to_owned(),
        fault,
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if usize::try_from(length).map_or(true, |length| length > terms.limits.bytes) {
        return Ok(Err(NotEnrolled::Undecodable));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let Ok(picture) = decode(bytes, &terms.limits) else {
        return Ok(Err(NotEnrolled::Undecodable));
    };
    let face = match models.look(&picture).map_err(network)? {
        Sight::Nothing => return Ok(Err(NotEnrolled::NoFace)),
        Sight::Several(_) => return Ok(Err(NotEnrolled::SeveralFaces)),
        Sight::One(face) => face,
    };
    if let Some(gates) = &terms.gates
        && let Some(flaw) = face.quality.flaws(gates).into_iter().next()
    {
        return Ok(Err(NotEnrolled::Poor(flaw)));
    }
    models.embed(&face).map(Ok).map_err(network)
}

/// JPEG and PNG as from a camera, JPEG 2000 as from a chip.
fn decode(bytes: Vec<u8>, limits: &PictureLimits) -> Result<Picture, PictureError> {
    match Picture::decode(&bytes, limits) {
        Err(PictureError::FormatUnknown) => {
            let image = FaceImage {
                data_type: ImageDataType::Jpeg2000,
                width: 0,
                height: 0,
                data: bytes.into(),
            };
            let decoded = portrait::decode(&image).map_err(|_| PictureError::Malformed)?;
            Picture::from_image(decoded.image)
        }
        decoded => decoded,
    }
}

fn scores(templates: &[(u32, Embedding)]) -> Result<Scores, EvaluateError> {
    let pictures = templates.len();
    let pairs = pictures.saturating_mul(pictures.saturating_sub(1)) / 2;
    if pairs > MOST_PAIRS {
        return Err(EvaluateError::TooManyPairs { pictures });
    }
    let mut scores = Scores::default();
    for (at, (one, template)) in templates.iter().enumerate() {
        for (other, second) in templates.iter().skip(at.saturating_add(1)) {
            // Of one model all are of one length; a score that is none is refused with the scores.
            let score = template.similarity(second).unwrap_or(f64::NAN);
            if one == other {
                scores.genuine.push((*one, score));
            } else {
                scores.impostor.push((*one, *other, score));
            }
        }
    }
    Ok(scores)
}
