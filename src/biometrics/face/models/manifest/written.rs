//! The text as it is written, each value with its place.

use core::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{AttackModel, Decision, DetectorKind, DetectorModel, Manifest, ModelFile};
use crate::biometrics::face::align::Alignment;
use crate::biometrics::face::detect::is_side;
use crate::biometrics::face::models::calibration::Calibration;
use crate::biometrics::face::resample::Normalisation;

/// A problem and where it stands.
pub(super) type Problem = (Range<usize>, String);

/// The whole text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    detector: WrittenDetector,
    landmarks: Option<WrittenLandmarks>,
    embedder: WrittenEmbedder,
    attack: Option<WrittenAttack>,
    decision: WrittenDecision,
}

/// `deny_unknown_fields` and `flatten` do not go together: hence the repetition, in a macro.
macro_rules! model {
    ($(#[$attribute:meta])* struct $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$attribute])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            file: Spanned<String>,
            sha256: Spanned<String>,
            licence: Spanned<String>,
            notice: Option<String>,
            source: Spanned<String>,
            input: Spanned<u32>,
            mean: Spanned<[f64; 3]>,
            scale: Spanned<f64>,
            #[serde(default)]
            channels: Channels,
            $($field: $kind,)*
        }

        impl $name {
            fn model(&self) -> Result<ModelFile, Problem> {
                Common {
                    file: &self.file,
                    sha256: &self.sha256,
                    licence: &self.licence,
                    notice: self.notice.as_deref(),
                    source: &self.source,
                    input: &self.input,
                    mean: &self.mean,
                    scale: &self.scale,
                    channels: self.channels,
                }
                .checked()
            }
        }
    };
}

model! {
    struct WrittenDetector {
        kind: WrittenDetectorKind,
        further: Option<Spanned<Vec<u32>>>,
        threshold: Spanned<f64>,
    }
}

model! {
    struct WrittenLandmarks {
        kind: WrittenLandmarksKind,
    }
}

model! {
    struct WrittenEmbedder {
        alignment: Spanned<WrittenAlignment>,
    }
}

model! {
    struct WrittenAttack {
        margin: Spanned<f64>,
        live: Spanned<usize>,
        threshold: Spanned<f64>,
    }
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum WrittenDetectorKind {
    Tiny,
    Yunet,
}

#[derive(Clone, Copy, Deserialize)]
enum WrittenLandmarksKind {
    #[serde(rename = "points-68")]
    Points68,
}

#[derive(Clone, Copy, Deserialize)]
enum WrittenAlignment {
    #[serde(rename = "dlib-68")]
    Dlib68,
    #[serde(rename = "five-points")]
    FivePoints,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Channels {
    #[default]
    Rgb,
    Bgr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDecision {
    supports: Spanned<f64>,
    inconclusive: Spanned<f64>,
    calibration: Option<Spanned<Calibration>>,
}

/// What is written of every model.
struct Common<'w> {
    file: &'w Spanned<String>,
    sha256: &'w Spanned<String>,
    licence: &'w Spanned<String>,
    notice: Option<&'w str>,
    source: &'w Spanned<String>,
    input: &'w Spanned<u32>,
    mean: &'w Spanned<[f64; 3]>,
    scale: &'w Spanned<f64>,
    channels: Channels,
}

fn wrong<T>(value: &Spanned<T>, problem: impl Into<String>) -> Problem {
    (value.span(), problem.into())
}

/// A number between two others.
fn between(value: &Spanned<f64>, least: f64, most: f64) -> Result<f64, Problem> {
    let number = *value.get_ref();
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        let problem = format!("a number from {least} to {most} is wanted here");
        Err(wrong(value, problem))
    }
}

impl Common<'_> {
    fn checked(&self) -> Result<ModelFile, Problem> {
        let file = self.file.get_ref();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if file.is_empty() || file.starts_with('.') || !file.chars().all(plain) {
            return Err(wrong(
                self.file,
                "the name of a file in this folder is wanted: letters, digits, “.”, “_” and “-”",
            ));
        }
        let sha256 = self.sha256.get_ref();
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong(self.sha256, "64 hexadecimal digits are wanted here"));
        }
        for text in [self.licence, self.source] {
            if text.get_ref().trim().is_empty() {
                return Err(wrong(
                    text,
                    "say under what licence, and where it came from",
                ));
            }
        }
        if !(16..=1_024).contains(self.input.get_ref()) {
            return Err(wrong(self.input, "a side from 16 to 1024 is wanted here"));
        }
        if self.mean.get_ref().iter().any(|mean| !mean.is_finite()) {
            return Err(wrong(self.mean, "three finite numbers are wanted here"));
        }
        Ok(ModelFile {
            file: file.clone(),
            sha256: sha256.to_ascii_lowercase(),
            licence: self.licence.get_ref().clone(),
            notice: self.notice.map(str::to_owned),
            source: self.source.get_ref().clone(),
            input: *self.input.get_ref(),
            normalisation: Normalisation {
                mean: *self.mean.get_ref(),
                scale: between(self.scale, 1e-3, 1e4)?,
                blue_first: self.channels == Channels::Bgr,
            },
        })
    }
}

impl Written {
    pub(super) fn checked(self) -> Result<Manifest, Problem> {
        let detector = self.detector.checked()?;
        let landmarks = self.landmarks.as_ref().map(|landmarks| {
            let WrittenLandmarksKind::Points68 = landmarks.kind;
            landmarks.model()
        });
        let landmarks = landmarks.transpose()?;
        let says_points = detector.kind == DetectorKind::Yunet;
        let alignment = match self.embedder.alignment.get_ref() {
            WrittenAlignment::Dlib68 if landmarks.is_none() => {
                let problem = "this needs 68 points: add a table [landmarks], or say “five-points”";
                return Err(wrong(&self.embedder.alignment, problem));
            }
            WrittenAlignment::FivePoints if landmarks.is_none() && !says_points => {
                let problem =
                    "nothing says five points: add a table [landmarks], or another detector";
                return Err(wrong(&self.embedder.alignment, problem));
            }
            WrittenAlignment::Dlib68 => Alignment::Dlib68,
            WrittenAlignment::FivePoints => Alignment::FivePoints,
        };
        let embedder = self.embedder.model()?;
        Ok(Manifest {
            decision: self.decision.checked(&embedder.sha256)?,
            detector,
            landmarks,
            embedder,
            alignment,
            attack: self.attack.map(|attack| attack.checked()).transpose()?,
        })
    }
}

impl WrittenDetector {
    fn checked(&self) -> Result<DetectorModel, Problem> {
        let kind = match (self.kind, &self.further) {
            (WrittenDetectorKind::Tiny, further) => {
                if !is_side(*self.input.get_ref()) {
                    let problem = "a multiple of 32 from 64 to 1024 is wanted here";
                    return Err(wrong(&self.input, problem));
                }
                let sides = further.as_ref().map(|sides| sides.get_ref().clone());
                let sides = sides.unwrap_or_default();
                if let Some(further) = further
                    && (sides.len() > 4 || sides.iter().any(|side| !is_side(*side)))
                {
                    let problem = "at most four multiples of 32 from 64 to 1024 are wanted here";
                    return Err(wrong(further, problem));
                }
                DetectorKind::Tiny(sides)
            }
            (WrittenDetectorKind::Yunet, None) => {
                if !self.input.get_ref().is_multiple_of(32) {
                    return Err(wrong(&self.input, "a multiple of 32 is wanted here"));
                }
                DetectorKind::Yunet
            }
            (WrittenDetectorKind::Yunet, Some(further)) => {
                return Err(wrong(further, "only the kind “tiny” looks several times"));
            }
        };
        Ok(DetectorModel {
            model: self.model()?,
            kind,
            threshold: between(&self.threshold, 0.0, 1.0)?,
        })
    }
}

impl WrittenAttack {
    fn checked(&self) -> Result<AttackModel, Problem> {
        if *self.live.get_ref() >= 16 {
            return Err(wrong(&self.live, "a number from 0 to 15 is wanted here"));
        }
        Ok(AttackModel {
            model: self.model()?,
            margin: between(&self.margin, 1.0, 8.0)?,
            live: *self.live.get_ref(),
            threshold: between(&self.threshold, 0.0, 1.0)?,
        })
    }
}

impl WrittenDecision {
    fn checked(self, embedder: &str) -> Result<Decision, Problem> {
        let supports = between(&self.supports, -1.0, 1.0)?;
        let inconclusive = between(&self.inconclusive, -1.0, supports)?;
        if let Some(calibration) = &self.calibration {
            let check = calibration.get_ref().check(embedder);
            check.map_err(|problem| wrong(calibration, problem))?;
        }
        Ok(Decision {
            supports,
            inconclusive,
            calibration: self.calibration.map(Spanned::into_inner),
        })
    }
}
