//! Where the faces are.

mod tiny;
mod yunet;

pub use tiny::{Tiny, is_side};
pub use yunet::Yunet;

use super::geometry::{Area, Point};
use super::network::NetworkError;
use super::picture::Picture;

/// Most faces that are looked at in one picture; a picture of a crowd has no use here.
const MAX_FACES: usize = 64;

/// A face that a detector found.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Where, in pixels of the picture. It may reach beyond its edge.
    pub area: Area,
    /// How sure the detector is, 0 to 1.
    pub score: f64,
    /// Eye on the picture's left, eye on its right, tip of the nose, corner of the mouth on the left
    /// and on the right, where the detector says them.
    pub points: Option<[Point; 5]>,
}

/// A detector of either kind.
#[derive(Debug)]
pub enum Detector {
    /// The package's own.
    Tiny(Tiny),
    /// One that also says five points.
    Yunet(Yunet),
}

impl Detector {
    /// The faces in a picture, the largest first.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn detect(&self, picture: &Picture) -> Result<Vec<Detection>, NetworkError> {
        match self {
            Self::Tiny(tiny) => tiny.detect(picture),
            Self::Yunet(yunet) => yunet.detect(picture),
        }
    }
}

/// Keeps of those that overlap by more than `share` the surest, and orders what is left by size.
fn distinct(mut found: Vec<Detection>, share: f64) -> Vec<Detection> {
    found.retain(|face| face.area.is_sound() && face.score.is_finite());
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<Detection> = Vec::new();
    for face in found {
        let is_new = kept
            .iter()
            .all(|kept| kept.area.overlap(face.area) <= share);
        if is_new && kept.len() < MAX_FACES {
            kept.push(face);
        }
    }
    kept.sort_by(|one, other| other.area.size().total_cmp(&one.area.size()));
    kept
}

/// 1 / (1 + e^−x).
fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// e^x for a length: no face is e^8 anchors wide.
fn stretched(value: f64) -> f64 {
    value.clamp(-8.0, 8.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f64, width: f64, score: f64) -> Detection {
        Detection {
            area: Area {
                x,
                y: 0.0,
                width,
                height: 100.0,
            },
            score,
            points: None,
        }
    }

    #[test]
    fn of_those_that_overlap_the_surest_is_kept() {
        let found = vec![
            face(0.0, 100.0, 0.6),
            face(5.0, 100.0, 0.9),
            face(300.0, 50.0, 0.95),
            face(0.0, f64::NAN, 0.99),
            face(0.0, 0.0, 0.99),
        ];
        let kept = distinct(found, 0.4);
        let places: Vec<f64> = kept.iter().map(|face| face.area.x).collect();
        assert_eq!(places, [5.0, 300.0], "the larger first");
    }
}
