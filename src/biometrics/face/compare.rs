//! The comparison itself: the chip's portrait against pictures of the person in front.

use core::time::Duration;
use std::collections::BTreeMap;

use cccd_port::Frame;

use super::embedding::Embedding;
use super::liveness::{Challenge, Followed, Refused, Rules, Sighting};
use super::models::{Models, Rates};
use super::network::NetworkError;
use super::outcome::{Finding, NotPerformed, Outcome};
use super::picture::{Picture, PictureLimits};
use super::quality::{Flaw, Gates};
use super::sight::{Face, Sight};
use super::watch::Watch;
use crate::lds::dg2::FaceImage;
use crate::lds::portrait;

/// Most still pictures of one comparison.
pub const MAX_STILLS: usize = 12;
/// Most pictures of a movement: six a second for ten seconds.
pub const MAX_MOVING: usize = 60;
/// Pictures whose scores are looked at. The best of more would be a lucky one.
const BEST: usize = 3;

/// Pictures of the person in front.
#[derive(Debug)]
pub enum Live {
    /// Some pictures, in any order.
    Stills(Vec<Frame>),
    /// What came after a challenge, each with its time.
    Movement(Challenge, Vec<(Duration, Frame)>),
}

/// What is to be compared.
#[derive(Debug)]
pub struct Comparison {
    /// The chip's portrait. It counts only where its data group's hash is good and the chip has
    /// proven itself: that is for the caller to know.
    pub portrait: FaceImage,
    /// The person in front.
    pub live: Live,
}

/// How pictures are taken in and judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Bounds of each picture.
    pub limits: PictureLimits,
    /// Bounds of its quality.
    pub gates: Gates,
    /// What a movement must show.
    pub rules: Rules,
}

/// Compares.
pub fn compare(
    models: &Models,
    settings: &Settings,
    comparison: &Comparison,
    watch: &Watch,
) -> Outcome {
    let mut facts = models.facts();
    let work = Work {
        models,
        settings,
        watch,
    };
    let outcome = work.whole(comparison, &mut facts);
    outcome.unwrap_or_else(Outcome::from).with_all(facts)
}

type Facts = BTreeMap<&'static str, String>;

impl Models {
    /// What a verdict must name: digests, thresholds, and what these rest on.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let decision = &self.manifest.decision;
        let mut facts = Facts::from([
            ("models", self.digest.clone()),
            ("model", self.manifest.embedder.sha256.clone()),
            ("threshold", format!("{:.3}", decision.supports)),
            (
                "threshold-inconclusive",
                format!("{:.3}", decision.inconclusive),
            ),
        ]);
        let rate = |rate: f64, [low, high]: [f64; 2]| format!("{rate} [{low}, {high}]");
        match &decision.calibration {
            None => {
                facts.insert(
                    "calibration",
                    "none: the thresholds are not measured".to_owned(),
                );
            }
            Some(calibration) => {
                let Rates {
                    fmr,
                    fmr_interval,
                    fnmr,
                    fnmr_interval,
                } = calibration.at_supports;
                facts.insert("calibration", calibration.name.clone());
                facts.insert("calibration-fmr", rate(fmr, fmr_interval));
                facts.insert("calibration-fnmr", rate(fnmr, fnmr_interval));
            }
        }
        facts
    }
}

struct Work<'w> {
    models: &'w Models,
    settings: &'w Settings,
    watch: &'w Watch,
}

/// A picture that is good enough, with its place in the order.
struct Candidate {
    rank: f64,
    face: Box<Face>,
    live: Option<f64>,
}

/// What pictures without a usable face had instead.
#[derive(Default)]
struct Unusable {
    several: usize,
    flaws: Vec<Flaw>,
}

impl Work<'_> {
    fn whole(&self, comparison: &Comparison, facts: &mut Facts) -> Result<Outcome, NotPerformed> {
        let (count, most) = match &comparison.live {
            Live::Stills(frames) => (frames.len(), MAX_STILLS),
            Live::Movement(_, frames) => (frames.len(), MAX_MOVING),
        };
        facts.insert("pictures", count.to_string());
        if count == 0 || count > most {
            return Err(NotPerformed::Pictures { count, most });
        }
        let portrait = self.portrait(&comparison.portrait, facts)?;
        match &comparison.live {
            Live::Stills(frames) => {
                let mut candidates = Vec::new();
                let mut unusable = Unusable::default();
                for (frame, number) in frames.iter().zip(1_usize..) {
                    let (picture, sight) = self.see(frame, number)?;
                    self.sort(&picture, sight, &mut candidates, &mut unusable)?;
                }
                self.against(&portrait, candidates, &unusable, facts)
                    .map(|(outcome, _)| outcome)
            }
            Live::Movement(challenge, frames) => self.movement(&portrait, challenge, frames, facts),
        }
    }

    /// The template of the chip's portrait, whose quality is only noted.
    fn portrait(&self, image: &FaceImage, facts: &mut Facts) -> Result<Embedding, NotPerformed> {
        self.watch.check()?;
        let decoded = portrait::decode(image).map_err(NotPerformed::Portrait)?;
        let picture = Picture::from_image(decoded.image)
            .map_err(|_| NotPerformed::Portrait(portrait::PortraitError::Malformed))?;
        self.watch.check()?;
        let face = match self.models.look(&picture)? {
            Sight::Nothing => return Err(NotPerformed::NoFaceInPortrait),
            Sight::Several(count) => return Err(NotPerformed::SeveralInPortrait { count }),
            Sight::One(face) => face,
        };
        let gates = &self.settings.gates;
        let mut warnings: Vec<&str> = face.quality.warnings(gates);
        warnings.extend(face.quality.flaws(gates).into_iter().map(Flaw::name));
        if !warnings.is_empty() {
            facts.insert("portrait-warnings", warnings.join(" "));
        }
        let distance = format!("{:.1}", face.quality.eye_distance);
        facts.insert("portrait-eye-distance", distance);
        self.watch.check()?;
        Ok(self.models.embed(&face)?)
    }

    /// Decodes a picture of the camera and looks at it.
    fn see(&self, frame: &Frame, number: usize) -> Result<(Picture, Sight), NotPerformed> {
        self.watch.check()?;
        let picture = Picture::decode(frame.bytes(), &self.settings.limits)
            .map_err(|error| NotPerformed::Picture { number, error })?;
        self.watch.check()?;
        let sight = self.models.look(&picture)?;
        Ok((picture, sight))
    }

    /// Puts what was seen where it belongs.
    fn sort(
        &self,
        picture: &Picture,
        sight: Sight,
        candidates: &mut Vec<Candidate>,
        unusable: &mut Unusable,
    ) -> Result<(), NotPerformed> {
        match sight {
            Sight::Nothing => {}
            Sight::Several(_) => unusable.several = unusable.several.saturating_add(1),
            Sight::One(face) => {
                let gates = &self.settings.gates;
                let flaws = face.quality.flaws(gates);
                if flaws.is_empty() {
                    let live = match &self.models.attack {
                        Some(net) => net.live(picture, face.area)?,
                        None => None,
                    };
                    candidates.push(Candidate {
                        rank: face.quality.rank(gates),
                        face,
                        live,
                    });
                } else {
                    unusable.flaws.extend(flaws);
                }
            }
        }
        Ok(())
    }

    /// The best pictures against the portrait. With what was found comes the best one's template.
    fn against(
        &self,
        portrait: &Embedding,
        mut candidates: Vec<Candidate>,
        unusable: &Unusable,
        facts: &mut Facts,
    ) -> Result<(Outcome, Option<Embedding>), NotPerformed> {
        candidates.sort_by(|one, other| other.rank.total_cmp(&one.rank));
        candidates.truncate(BEST);
        facts.insert("pictures-used", candidates.len().to_string());
        let Some(best) = candidates.first() else {
            return Ok((unusable.outcome(), None));
        };
        facts.extend(best.face.quality.facts());
        let warnings = best.face.quality.warnings(&self.settings.gates);
        if !warnings.is_empty() {
            facts.insert("warnings", warnings.join(" "));
        }
        let mut templates = Vec::new();
        let mut scores = Vec::new();
        for candidate in &candidates {
            self.watch.check()?;
            let template = self.models.embed(&candidate.face)?;
            let score = portrait
                .similarity(&template)
                .ok_or(NetworkError::Numbers)?;
            scores.push(score);
            templates.push(template);
        }
        let decision = &self.models.manifest.decision;
        let score = middle_of(&mut scores).ok_or(NetworkError::Numbers)?;
        let mut outcome = Outcome::of_score(score, decision);
        // Whoever changes places between two pictures does not lend a score to the other.
        if let Some(least) = least_likeness(&templates) {
            facts.insert("pictures-alike", format!("{least:.4}"));
            if least < decision.inconclusive && outcome.finding == Finding::Supports {
                outcome.finding = Finding::Inconclusive;
            }
        }
        let mut live: Vec<f64> = candidates.iter().filter_map(|one| one.live).collect();
        if let (Some(live), Some(net)) = (middle_of(&mut live), &self.models.attack) {
            facts.insert("live", format!("{live:.3}"));
            facts.insert("live-model", net.model.model.sha256.clone());
            facts.insert("live-threshold", format!("{:.3}", net.model.threshold));
            // A veto alone: nothing becomes better by it.
            if live < net.model.threshold {
                outcome.finding = Finding::PresentationAttack;
            }
        }
        let template = templates.into_iter().next();
        Ok((outcome, template))
    }

    /// The comparison within a movement: whoever is compared is whoever moved.
    fn movement(
        &self,
        portrait: &Embedding,
        challenge: &Challenge,
        frames: &[(Duration, Frame)],
        facts: &mut Facts,
    ) -> Result<Outcome, NotPerformed> {
        let rules = &self.settings.rules;
        let gates = &self.settings.gates;
        let mut faces = Vec::new();
        let mut sightings = Vec::new();
        let mut live = Vec::new();
        for ((at, frame), number) in frames.iter().zip(1_usize..) {
            let (picture, sight) = self.see(frame, number)?;
            let (count, face) = match sight {
                Sight::Nothing => (0, None),
                Sight::Several(count) => (count, None),
                Sight::One(face) => (1, Some(face)),
            };
            sightings.push(Sighting {
                at: *at,
                faces: count,
                face: face
                    .as_ref()
                    .map(|face| (face.area, face.landmarks.clone())),
            });
            let usable = face
                .as_ref()
                .filter(|face| face.quality.flaws(gates).is_empty());
            live.push(match (&self.models.attack, usable) {
                (Some(net), Some(face)) => net.live(&picture, face.area)?,
                _ => None,
            });
            faces.push(face);
        }
        let followed = match Followed::follow(challenge, &sightings, rules) {
            Ok(followed) => followed,
            Err(refused) => return Ok(refusal(refused)),
        };
        facts.extend(followed.facts());
        let mut turned = Vec::new();
        for turn in &followed.turns {
            self.watch.check()?;
            turned.push(match faces.get(turn.picture) {
                Some(Some(face)) => self.models.embed(face)?,
                _ => return Err(NotPerformed::Broken),
            });
        }
        let mut candidates = Vec::new();
        let mut unusable = Unusable::default();
        for (face, live) in faces.into_iter().zip(live) {
            let Some(face) = face else { continue };
            let flaws = face.quality.flaws(gates);
            if flaws.is_empty() {
                let rank = face.quality.rank(gates);
                candidates.push(Candidate { rank, face, live });
            } else {
                unusable.flaws.extend(flaws);
            }
        }
        let (outcome, compared) = self.against(portrait, candidates, &unusable, facts)?;
        let Some(compared) = compared else {
            return Ok(outcome);
        };
        let likeness: Vec<f64> = turned
            .iter()
            .map(|face| compared.similarity(face).unwrap_or(f64::NAN))
            .collect();
        let text: Vec<String> = likeness
            .iter()
            .map(|cosine| format!("{cosine:.3}"))
            .collect();
        facts.insert("turn-likeness", text.join(" "));
        // A face that does not match is told as such, whoever turned.
        if outcome.finding != Finding::Supports {
            return Ok(outcome);
        }
        Ok(match followed.judge(&likeness, rules) {
            Ok(()) => outcome.with("movement", "as asked"),
            Err(refused) => refusal(refused),
        })
    }
}

fn refusal(refused: Refused) -> Outcome {
    Outcome::new(refused.finding()).with("movement", refused.to_string())
}

impl Unusable {
    fn outcome(&self) -> Outcome {
        if self.several > 0 {
            return Outcome::new(Finding::LiveFaceAmbiguous);
        }
        if self.flaws.is_empty() {
            return Outcome::new(Finding::LiveFaceMissing);
        }
        let mut flaws = self.flaws.clone();
        flaws.sort_unstable();
        flaws.dedup();
        let names: Vec<&str> = flaws.into_iter().map(Flaw::name).collect();
        Outcome::new(Finding::LiveImagePoor).with("flaws", names.join(" "))
    }
}

/// The middle one; of two the lower.
fn middle_of(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// How alike the two are that are least alike.
fn least_likeness(templates: &[Embedding]) -> Option<f64> {
    let pairs = templates.iter().enumerate().flat_map(|(at, one)| {
        let others = templates.iter().skip(at.saturating_add(1));
        others.filter_map(move |other| one.similarity(other))
    });
    pairs.min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_two_is_the_lower() {
        assert_eq!(middle_of(&mut []), None);
        assert_eq!(middle_of(&mut [0.9]), Some(0.9));
        assert_eq!(middle_of(&mut [0.9, 0.8]), Some(0.8));
        assert_eq!(middle_of(&mut [0.9, 0.7, 0.8]), Some(0.8));
    }
}
