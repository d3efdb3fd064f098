//! `models.toml`: which models a folder holds, and what is to be known of each.
//!
//! ```toml
//! [detector]
//! file = "tiny_face_detector.onnx"
//! sha256 = "…"                            # 64 hexadecimal digits, of the file
//! licence = "MIT"
//! source = "npm @vladmandic/face-api 1.7.15"
//! kind = "tiny"                           # tiny, yunet
//! input = 224                             # side in pixels
//! further = [416, 608]                    # tiny alone: finer passes, where the first found nothing
//! mean = [117.001, 114.697, 97.404]       # of red, green and blue
//! scale = 255.0                           # (value − mean) / scale
//! channels = "rgb"                        # rgb, bgr
//! threshold = 0.5                         # above it, a face
//!
//! [landmarks]                             # a detector that says five points needs none
//! kind = "points-68"
//! # file, sha256, licence, source, input, mean, scale, channels as above
//!
//! [embedder]
//! alignment = "dlib-68"                   # dlib-68, five-points
//! # file, sha256, licence, source, input, mean, scale, channels as above
//!
//! [attack]                                # optional: says whether a print or a screen is shown
//! margin = 2.7                            # side of what is cut out, in sides of the face
//! live = 1                                # which of its outputs is a living face
//! threshold = 0.5                         # below it, an attack
//! # file, sha256, licence, source, input, mean, scale, channels as above
//!
//! [decision]
//! supports = 0.940                        # cosine from which the comparison supports
//! inconclusive = 0.920                    # and from which it is inconclusive
//!
//! [decision.calibration]                  # what these thresholds rest on
//! ```
//!
//! Unknown keys are refused, and a mistake is told with its line.

mod write;
mod written;

use core::ops::Range;

use serde::Serialize;

use self::written::Written;
use super::calibration::Calibration;
use crate::biometrics::face::align::Alignment;
use crate::biometrics::face::resample::Normalisation;

/// Name of the file.
pub const FILE_NAME: &str = "models.toml";
/// Longest text, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

/// A mistake, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// What is to be known of one model's file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// Its name in the folder.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Under what licence it may be used.
    pub licence: String,
    /// What the licence does not settle.
    pub notice: Option<String>,
    /// Where it came from.
    pub source: String,
    /// Side of its square, in pixels.
    pub input: u32,
    /// How pixels become its numbers.
    pub normalisation: Normalisation,
}

/// A detector's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectorKind {
    /// The package's, with the sides of further passes.
    Tiny(Vec<u32>),
    /// YuNet.
    Yunet,
}

/// The detector.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorModel {
    /// Its file.
    pub model: ModelFile,
    /// Its kind.
    pub kind: DetectorKind,
    /// Score above which it is a face.
    pub threshold: f64,
}

/// The model that tells a living face from a picture of one.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackModel {
    /// Its file.
    pub model: ModelFile,
    /// Side of what it looks at, in sides of the face.
    pub margin: f64,
    /// Which of its outputs is a living face.
    pub live: usize,
    /// Share below which it is an attack.
    pub threshold: f64,
}

/// From which cosine a comparison says what, and what that rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// From here it supports.
    pub supports: f64,
    /// From here it is inconclusive; below it does not support.
    pub inconclusive: f64,
    /// Where these come from. Without one a verdict says that the thresholds are not measured.
    pub calibration: Option<Calibration>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Finds faces.
    pub detector: DetectorModel,
    /// Finds points of a face.
    pub landmarks: Option<ModelFile>,
    /// Turns a face into numbers.
    pub embedder: ModelFile,
    /// By which points a face is aligned for it.
    pub alignment: Alignment,
    /// Tells pictures of faces.
    pub attack: Option<AttackModel>,
    /// What similarity means.
    pub decision: Decision,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Mistake`], the first that is met.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        if text.len() > MAX_TEXT {
            let problem = format!("longer than {MAX_TEXT} bytes");
            return Err(Mistake { line: 1, problem });
        }
        let written: Written = toml::from_str(text).map_err(|error| Mistake {
            line: line(text, &error.span().unwrap_or(0..0)),
            problem: error.message().to_owned(),
        })?;
        written.checked().map_err(|(span, problem)| Mistake {
            line: line(text, &span),
            problem,
        })
    }

    /// The files, each with what it is for.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &ModelFile)> {
        let always = [
            ("detector", Some(&self.detector.model)),
            ("landmarks", self.landmarks.as_ref()),
            ("embedder", Some(&self.embedder)),
            ("attack", self.attack.as_ref().map(|attack| &attack.model)),
        ];
        always
            .into_iter()
            .filter_map(|(role, model)| Some((role, model?)))
    }
}

fn line(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    before.matches('\n').count().saturating_add(1)
}

#[cfg(test)]
mod tests;
