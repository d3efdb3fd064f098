//! Whether somebody is there who does what was asked just now.
//!
//! An active challenge: turns of the head in an order that nobody knew before, within ten seconds,
//! along one continuous track; after each turn the face comes back to the front, the nose moves
//! against eyes and mouth as that of a head does ([`parallax`]), and every turned face is still the
//! one that was compared. All of it is arithmetic over what was seen; pictures are looked at
//! elsewhere.
//!
//! What is not promised: protection against a video that is played on cue, a mask, or pictures fed in
//! through a virtual camera. The thresholds are the project's own choice; those of yaw, overlap and
//! likeness were not measured on people who turn their heads.
//!
//! # Layout
//! - [`challenge`]: the nonce and the turns
//! - [`parallax`]: a head or a picture of one
//! - [`replay`]: pictures of earlier sessions
//! - here: the judgement

pub mod challenge;
pub mod parallax;
pub mod replay;

pub use challenge::{Challenge, Challenges, Nonce, TURNS, Turn};
pub use replay::{FrameHash, frame_hash};

use core::time::Duration;

use super::geometry::Area;
use super::landmarks::Landmarks;
use super::outcome::Finding;

/// From where on what counts. The project's own choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Yaw proxy from which the head is turned.
    pub turned: f64,
    /// Yaw proxy below which it is back.
    pub back: f64,
    /// Longest time between two pictures with a face.
    pub gap: Duration,
    /// Least overlap of a face with the one before it.
    pub overlap: f64,
    /// Parallax below which the thing is flat.
    pub flat: f64,
    /// Parallax from which it is a head.
    pub deep: f64,
    /// Least cosine of a turned face with the one that was compared.
    pub likeness: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            turned: 0.30,
            back: 0.10,
            gap: Duration::from_millis(700),
            overlap: 0.30,
            flat: 0.06,
            deep: 0.12,
            likeness: 0.90,
        }
    }
}

/// What one picture showed, and when it came.
#[derive(Debug)]
pub struct Sighting {
    /// When, by the clock that the challenge was issued by.
    pub at: Duration,
    /// How many faces.
    pub faces: usize,
    /// The one face: where, and its points.
    pub face: Option<(Area, Landmarks)>,
}

/// Why the pictures do not show what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// No face in any picture.
    #[error("no face was seen")]
    NoFace,
    /// Several faces in a picture.
    #[error("{faces} faces were seen in picture {picture}")]
    Several {
        /// Which picture, from 1.
        picture: usize,
        /// How many.
        faces: usize,
    },
    /// A picture from before the challenge, after its end, or not after the one before it.
    #[error("picture {picture} did not come in its time")]
    Time {
        /// Which picture, from 1.
        picture: usize,
    },
    /// Too long without a face, or a face at another place than the one before.
    #[error("the face was lost before picture {picture}")]
    Track {
        /// Which picture, from 1.
        picture: usize,
    },
    /// A turn that did not come, or not to its end.
    #[error("turn {turn} was not seen")]
    TurnMissing {
        /// Which turn, from 1.
        turn: usize,
    },
    /// A turn the other way.
    #[error("turn {turn} went the wrong way")]
    WrongWay {
        /// Which turn, from 1.
        turn: usize,
    },
    /// Points that say nothing.
    #[error("turn {turn} could not be measured")]
    Unmeasured {
        /// Which turn, from 1.
        turn: usize,
    },
    /// What turned is flat.
    #[error("what turned is flat (turn {turn})")]
    Flat {
        /// Which turn, from 1.
        turn: usize,
    },
    /// What turned is neither clearly flat nor clearly a head.
    #[error("what turned is not clearly a head (turn {turn})")]
    Shallow {
        /// Which turn, from 1.
        turn: usize,
    },
    /// The turned face is not the one that was compared.
    #[error("the face of turn {turn} is not the one that was compared")]
    OtherFace {
        /// Which turn, from 1.
        turn: usize,
    },
}

impl Refused {
    /// What it means for the comparison.
    #[must_use]
    pub const fn finding(self) -> Finding {
        match self {
            Self::NoFace => Finding::LiveFaceMissing,
            Self::Several { .. } => Finding::LiveFaceAmbiguous,
            Self::Flat { .. } => Finding::PresentationAttack,
            _ => Finding::SensorUntrusted,
        }
    }
}

/// One turn as it was seen. Numbers alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turned {
    /// Which way.
    pub way: Turn,
    /// Furthest yaw proxy, counted this way.
    pub furthest: f64,
    /// Yaw proxy, counted this way, with which it was over.
    pub back: f64,
    /// Parallax at the furthest.
    pub parallax: f64,
    /// The picture, from 0, in which the head was turned least of those that count: the one whose
    /// face is held against the one that was compared.
    pub picture: usize,
}

/// A track that did what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The turns.
    pub turns: Vec<Turned>,
    /// Pictures with a face.
    pub pictures: usize,
    /// Longest time between two of them.
    pub gap: Duration,
    /// Least overlap of a face with the one before it.
    pub overlap: f64,
}

impl Followed {
    /// Follows the face through the pictures.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn follow(
        challenge: &Challenge,
        sightings: &[Sighting],
        rules: &Rules,
    ) -> Result<Self, Refused> {
        let (gap, overlap, pictures) = track(challenge, sightings, rules)?;
        let mut seen = sightings.iter().enumerate().filter_map(|(at, sighting)| {
            let (_, landmarks) = sighting.face.as_ref()?;
            Some((at, landmarks))
        });
        let mut front = None;
        for (_, landmarks) in seen.by_ref() {
            if landmarks.five().yaw_proxy().abs() < rules.back {
                front = Some(landmarks);
                break;
            }
        }
        let mut front = front.ok_or(Refused::TurnMissing { turn: 1 })?;
        let mut turns = Vec::new();
        for (way, turn) in challenge.turns().iter().zip(1_usize..) {
            let mut furthest: Option<(f64, &Landmarks)> = None;
            let mut least: Option<(f64, usize)> = None;
            let mut back = None;
            for (at, landmarks) in seen.by_ref() {
                let yaw = way.along(landmarks.five().yaw_proxy());
                if yaw <= -rules.turned {
                    return Err(Refused::WrongWay { turn });
                }
                if yaw >= rules.turned {
                    if furthest.is_none_or(|(most, _)| yaw > most) {
                        furthest = Some((yaw, landmarks));
                    }
                    if least.is_none_or(|(least, _)| yaw < least) {
                        least = Some((yaw, at));
                    }
                } else if yaw.abs() < rules.back {
                    if furthest.is_some() {
                        back = Some((yaw, landmarks));
                        break;
                    }
                    front = landmarks;
                }
            }
            let missing = Refused::TurnMissing { turn };
            let (yaw, turned) = furthest.ok_or(missing)?;
            let (_, picture) = least.ok_or(missing)?;
            let (back, next) = back.ok_or(missing)?;
            let parallax = parallax::parallax(front, turned).ok_or(Refused::Unmeasured { turn })?;
            if parallax < rules.flat {
                return Err(Refused::Flat { turn });
            }
            if parallax < rules.deep {
                return Err(Refused::Shallow { turn });
            }
            turns.push(Turned {
                way: *way,
                furthest: yaw,
                back,
                parallax,
                picture,
            });
            front = next;
        }
        Ok(Self {
            turns,
            pictures,
            gap,
            overlap,
        })
    }

    /// Holds the cosine of each turn's face with the one that was compared against the rules.
    ///
    /// # Errors
    /// [`Refused::OtherFace`], for a cosine that is missing as well.
    pub fn judge(&self, likeness: &[f64], rules: &Rules) -> Result<(), Refused> {
        for at in 0..self.turns.len() {
            let alike = likeness
                .get(at)
                .is_some_and(|cosine| *cosine >= rules.likeness);
            if !alike {
                let turn = at.saturating_add(1);
                return Err(Refused::OtherFace { turn });
            }
        }
        Ok(())
    }

    /// The numbers as text, by their names.
    #[must_use]
    pub fn facts(&self) -> [(&'static str, String); 6] {
        let each = |number: fn(&Turned) -> String| {
            let numbers: Vec<String> = self.turns.iter().map(number).collect();
            numbers.join(" ")
        };
        [
            ("turns", each(|turn| turn.way.name().to_owned())),
            ("turn-yaw", each(|turn| format!("{:.2}", turn.furthest))),
            (
                "turn-parallax",
                each(|turn| format!("{:.2}", turn.parallax)),
            ),
            ("track-pictures", self.pictures.to_string()),
            ("track-gap-ms", self.gap.as_millis().to_string()),
            ("track-overlap", format!("{:.2}", self.overlap)),
        ]
    }
}

/// Whether the pictures came in their time and show one face that stays: the longest gap, the least
/// overlap, and how many show it.
fn track(
    challenge: &Challenge,
    sightings: &[Sighting],
    rules: &Rules,
) -> Result<(Duration, f64, usize), Refused> {
    let (mut gap, mut overlap, mut pictures) = (Duration::ZERO, 1.0_f64, 0_usize);
    let mut came: Option<Duration> = None;
    let mut last: Option<(Duration, Area)> = None;
    for (sighting, picture) in sightings.iter().zip(1_usize..) {
        let at = sighting.at;
        let in_time = (challenge.issued()..=challenge.ends()).contains(&at);
        if !in_time || came.is_some_and(|before| at <= before) {
            return Err(Refused::Time { picture });
        }
        came = Some(at);
        if sighting.faces > 1 {
            let faces = sighting.faces;
            return Err(Refused::Several { picture, faces });
        }
        let Some((area, _)) = &sighting.face else {
            continue;
        };
        if let Some((before, place)) = last {
            let (length, share) = (at.saturating_sub(before), place.overlap(*area));
            if length > rules.gap || share < rules.overlap {
                return Err(Refused::Track { picture });
            }
            gap = gap.max(length);
            overlap = overlap.min(share);
        }
        last = Some((at, *area));
        pictures = pictures.saturating_add(1);
    }
    if pictures == 0 {
        return Err(Refused::NoFace);
    }
    Ok((gap, overlap, pictures))
}

#[cfg(test)]
mod tests;
