//! The comparison itself: the chip's portrait against pictures of the person in front.

use core::time::Duration;
use std::collections::BTreeMap;
use std::thread;

use cccd_port::Frame;

use super::embedding::Embedding;
use super::liveness::{Challenge, Followed, Refused, Rules, Sighting};
use super::models::Models;
use super::network::NetworkError;
use super::outcome::{Finding, NotPerformed, Outcome};
use super::picture::{Picture, PictureLimits};
use super::quality::{Flaw, Gates};
use super::sight::{Face, Sight};
use super::watch::Watch;
use crate::biometrics::evaluation::cited;
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

impl Live {
    /// All pictures, as they came.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        let (stills, moving) = match self {
            Self::Stills(frames) => (frames.as_slice(), &[][..]),
            Self::Movement(_, frames) => (&[][..], frames.as_slice()),
        };
        stills.iter().chain(moving.iter().map(|(_, frame)| frame))
    }
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
        let calibration = decision.calibration.as_ref();
        facts.extend(cited::facts(
            calibration.map(|one| (one.name.as_str(), one.at_supports)),
        ));
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

/// The best pictures with their templates, and what the others had instead of a usable face.
#[derive(Default)]
struct Chosen {
    best: Vec<(Candidate, Embedding)>,
    unusable: Unusable,
}

/// What pictures without a usable face had instead.
#[derive(Default)]
struct Unusable {
    several: usize,
    flaws: Vec<Flaw>,
}

/// What was seen of the person in front.
enum Seen {
    Stills(Chosen),
    Movement {
        followed: Followed,
        /// The template of each turn's face.
        turned: Vec<Embedding>,
        chosen: Chosen,
    },
    Refused(Refused),
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
        // The portrait beside the live pictures: on two cores, in half the time.
        let (portrait, seen) = thread::scope(|scope| {
            let portrait = scope.spawn(|| self.portrait(&comparison.portrait));
            let seen = self.live(&comparison.live);
            (portrait.join(), seen)
        });
        let (portrait, of_portrait) = portrait.map_err(|_| NotPerformed::Broken)??;
        facts.extend(of_portrait);
        match seen? {
            Seen::Refused(refused) => Ok(refusal(refused)),
            Seen::Stills(chosen) => self.against(&portrait, &chosen, facts),
            Seen::Movement {
                followed,
                turned,
                chosen,
            } => {
                facts.extend(followed.facts());
                let outcome = self.against(&portrait, &chosen, facts)?;
                let Some((_, compared)) = chosen.best.first() else {
                    return Ok(outcome);
                };
                Ok(self.moved(outcome, &followed, compared, &turned, facts))
            }
        }
    }

    /// The template of the chip's portrait, whose quality is only noted.
    fn portrait(&self, image: &FaceImage) -> Result<(Embedding, Facts), NotPerformed> {
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
        let mut facts = Facts::new();
        let gates = &self.settings.gates;
        let mut warnings: Vec<&str> = face.quality.warnings(gates);
        warnings.extend(face.quality.flaws(gates).into_iter().map(Flaw::name));
        if !warnings.is_empty() {
            facts.insert("portrait-warnings", warnings.join(" "));
        }
        let distance = format!("{:.1}", face.quality.eye_distance);
        facts.insert("portrait-eye-distance", distance);
        self.watch.check()?;
        Ok((self.models.embed(&face)?, facts))
    }

    fn live(&self, live: &Live) -> Result<Seen, NotPerformed> {
        match live {
            Live::Stills(frames) => {
                let mut candidates = Vec::new();
                let mut unusable = Unusable::default();
                for (frame, number) in frames.iter().zip(1_usize..) {
                    let (picture, sight) = self.see(frame, number)?;
                    match sight {
                        Sight::Nothing => {}
                        Sight::Several(_) => unusable.several = unusable.several.saturating_add(1),
                        Sight::One(face) => {
                            let live = self.living(&picture, &face)?;
                            self.sort(face, live, &mut candidates, &mut unusable);
                        }
                    }
                }
                self.choose(candidates, unusable).map(Seen::Stills)
            }
            Live::Movement(challenge, frames) => self.follow(challenge, frames),
        }
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

    /// How much speaks for a living face, where a model says so and the picture is good enough.
    fn living(&self, picture: &Picture, face: &Face) -> Result<Option<f64>, NotPerformed> {
        let Some(net) = &self.models.attack else {
            return Ok(None);
        };
        if face.quality.flaws(&self.settings.gates).is_empty() {
            Ok(net.live(picture, face.area)?)
        } else {
            Ok(None)
        }
    }

    /// Puts a face where it belongs.
    fn sort(
        &self,
        face: Box<Face>,
        live: Option<f64>,
        candidates: &mut Vec<Candidate>,
        unusable: &mut Unusable,
    ) {
        let gates = &self.settings.gates;
        let flaws = face.quality.flaws(gates);
        if flaws.is_empty() {
            let rank = face.quality.rank(gates);
            candidates.push(Candidate { rank, face, live });
        } else {
            unusable.flaws.extend(flaws);
        }
    }

    /// The best pictures, with their templates.
    fn choose(
        &self,
        mut candidates: Vec<Candidate>,
        unusable: Unusable,
    ) -> Result<Chosen, NotPerformed> {
        candidates.sort_by(|one, other| other.rank.total_cmp(&one.rank));
        candidates.truncate(BEST);
        let mut best = Vec::new();
        for candidate in candidates {
            self.watch.check()?;
            let template = self.models.embed(&candidate.face)?;
            best.push((candidate, template));
        }
        Ok(Chosen { best, unusable })
    }

    /// A movement: whoever is compared is whoever moved.
    fn follow(
        &self,
        challenge: &Challenge,
        frames: &[(Duration, Frame)],
    ) -> Result<Seen, NotPerformed> {
        let mut faces = Vec::new();
        let mut sightings = Vec::new();
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
            faces.push(match face {
                Some(face) => Some((self.living(&picture, &face)?, face)),
                None => None,
            });
        }
        let followed = match Followed::follow(challenge, &sightings, &self.settings.rules) {
            Ok(followed) => followed,
            Err(refused) => return Ok(Seen::Refused(refused)),
        };
        let mut turned = Vec::new();
        for turn in &followed.turns {
            self.watch.check()?;
            turned.push(match faces.get(turn.picture) {
                Some(Some((_, face))) => self.models.embed(face)?,
                _ => return Err(NotPerformed::Broken),
            });
        }
        let mut candidates = Vec::new();
        let mut unusable = Unusable::default();
        for (live, face) in faces.into_iter().flatten() {
            self.sort(face, live, &mut candidates, &mut unusable);
        }
        Ok(Seen::Movement {
            followed,
            turned,
            chosen: self.choose(candidates, unusable)?,
        })
    }

    /// The best pictures against the portrait.
    fn against(
        &self,
        portrait: &Embedding,
        chosen: &Chosen,
        facts: &mut Facts,
    ) -> Result<Outcome, NotPerformed> {
        facts.insert("pictures-used", chosen.best.len().to_string());
        let Some((best, _)) = chosen.best.first() else {
            return Ok(chosen.unusable.outcome());
        };
        facts.extend(best.face.quality.facts());
        let warnings = best.face.quality.warnings(&self.settings.gates);
        if !warnings.is_empty() {
            facts.insert("warnings", warnings.join(" "));
        }
        let mut scores = Vec::new();
        for (_, template) in &chosen.best {
            let score = portrait.similarity(template);
            scores.push(score.ok_or(NetworkError::Numbers)?);
        }
        let decision = &self.models.manifest.decision;
        let score = middle_of(&mut scores).ok_or(NetworkError::Numbers)?;
        let mut outcome = Outcome::of_score(score, decision);
        // Whoever changes places between two pictures does not lend a score to the other.
        if let Some(least) = least_likeness(&chosen.best) {
            facts.insert("pictures-alike", format!("{least:.4}"));
            if least < decision.inconclusive && outcome.finding == Finding::Supports {
                outcome.finding = Finding::Inconclusive;
            }
        }
        let mut live: Vec<f64> = chosen.best.iter().filter_map(|(one, _)| one.live).collect();
        if let (Some(live), Some(net)) = (middle_of(&mut live), &self.models.attack) {
            facts.insert("live", format!("{live:.3}"));
            facts.insert("live-model", net.model.model.sha256.clone());
            facts.insert("live-threshold", format!("{:.3}", net.model.threshold));
            // A veto alone: nothing becomes better by it.
            if live < net.model.threshold {
                outcome.finding = Finding::PresentationAttack;
            }
        }
        Ok(outcome)
    }

    /// Whether the turned faces are the one that was compared.
    fn moved(
        &self,
        outcome: Outcome,
        followed: &Followed,
        compared: &Embedding,
        turned: &[Embedding],
        facts: &mut Facts,
    ) -> Outcome {
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
            return outcome;
        }
        match followed.judge(&likeness, &self.settings.rules) {
            Ok(()) => outcome.with("movement", "as asked"),
            Err(refused) => refusal(refused),
        }
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
fn least_likeness(best: &[(Candidate, Embedding)]) -> Option<f64> {
    let pairs = best.iter().enumerate().flat_map(|(at, (_, one))| {
        let others = best.iter().skip(at.saturating_add(1));
        others.filter_map(move |(_, other)| one.similarity(other))
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
