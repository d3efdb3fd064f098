//! Where eyes, nose and mouth are.

use core::fmt;

use zeroize::Zeroize;

use super::geometry::{Area, Point, middle};
use super::network::{Network, NetworkError};
use super::numbers::index;
use super::picture::Picture;
use super::resample::{Corner, Normalisation, placed};

/// How many points of a face are told: jaw 0–16, brows 17–26, nose 27–35, eye on the picture's left
/// 36–41, eye on its right 42–47, mouth 48–67.
pub const POINTS: usize = 68;

/// The points of one face, in pixels of the picture. Biometric data: they print as their count alone
/// and wipe themselves.
#[derive(Clone, PartialEq)]
pub struct Landmarks(Vec<Point>);

impl fmt::Debug for Landmarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted, {} points]", self.0.len())
    }
}

impl Drop for Landmarks {
    fn drop(&mut self) {
        for point in &mut self.0 {
            point.x.zeroize();
            point.y.zeroize();
        }
    }
}

/// The five places that every detector and every alignment knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FivePoints {
    /// Middle of the eye on the picture's left.
    pub left_eye: Point,
    /// Middle of the eye on the picture's right.
    pub right_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Corner of the mouth on the picture's left.
    pub left_mouth: Point,
    /// Corner of the mouth on the picture's right.
    pub right_mouth: Point,
}

impl Landmarks {
    /// All 68 points, or the five in the order of [`FivePoints`]; `None` for any other number, and
    /// for points that lie nowhere.
    #[must_use]
    pub fn new(points: Vec<Point>) -> Option<Self> {
        let sound = points.iter().all(|point| point.is_finite());
        (sound && (points.len() == POINTS || points.len() == 5)).then_some(Self(points))
    }

    /// The points: never for a log or an error.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.0
    }

    /// Whether all 68 are known.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() == POINTS
    }

    /// The five places.
    #[must_use]
    pub fn five(&self) -> FivePoints {
        let at = |place: usize| self.0.get(place).copied().unwrap_or_default();
        let mean = |range| middle(self.0.get::<core::ops::Range<usize>>(range).unwrap_or(&[]));
        match (self.is_full(), mean(36..42), mean(42..48)) {
            (true, Some(left_eye), Some(right_eye)) => FivePoints {
                left_eye,
                right_eye,
                nose: at(30),
                left_mouth: at(48),
                right_mouth: at(54),
            },
            _ => FivePoints {
                left_eye: at(0),
                right_eye: at(1),
                nose: at(2),
                left_mouth: at(3),
                right_mouth: at(4),
            },
        }
    }
}

impl FivePoints {
    /// Distance of the eyes' middles, in pixels.
    #[must_use]
    pub fn eye_distance(&self) -> f64 {
        self.left_eye.distance(self.right_eye)
    }

    /// How far the eyes' line is turned, in degrees; clockwise is positive.
    #[must_use]
    pub fn roll(&self) -> f64 {
        let (x, y) = (
            self.right_eye.x - self.left_eye.x,
            self.right_eye.y - self.left_eye.y,
        );
        y.atan2(x).to_degrees()
    }

    /// How far the nose lies from the middle between the eyes, along their line, as a share of their
    /// distance. Positive towards the picture's right: in a picture that is not mirrored, the person
    /// has turned the head to the left. Not finite where both eyes are one.
    #[must_use]
    pub fn yaw_proxy(&self) -> f64 {
        let (x, y) = (
            self.right_eye.x - self.left_eye.x,
            self.right_eye.y - self.left_eye.y,
        );
        let (u, v) = (
            self.nose.x - (self.left_eye.x + self.right_eye.x) / 2.0,
            self.nose.y - (self.left_eye.y + self.right_eye.y) / 2.0,
        );
        (x * u + y * v) / (x * x + y * y)
    }

    /// The points in their order.
    #[must_use]
    pub const fn all(&self) -> [Point; 5] {
        [
            self.left_eye,
            self.right_eye,
            self.nose,
            self.left_mouth,
            self.right_mouth,
        ]
    }
}

/// A network that gives 68 points as shares of its square.
#[derive(Debug)]
pub struct LandmarkNet {
    /// The network.
    pub network: Network,
    /// How pixels become its numbers.
    pub normalisation: Normalisation,
    /// Side of its square.
    pub side: u32,
}

impl LandmarkNet {
    /// The points of the face in `area`. `None` where none of it lies in the picture.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn find(&self, picture: &Picture, area: Area) -> Result<Option<Landmarks>, NetworkError> {
        let Some(area) = within(picture, area) else {
            return Ok(None);
        };
        let square = placed(
            picture,
            area,
            self.side,
            self.side,
            Corner::Centre,
            &self.normalisation,
        );
        let Some(square) = square else {
            return Ok(None);
        };
        let side = index(self.side);
        let output = self.network.run_one([1, 3, side, side], &square.values)?;
        let (pairs, rest) = output.values.as_chunks::<2>();
        if pairs.len() != POINTS || !rest.is_empty() {
            return Err(NetworkError::Numbers);
        }
        let side = f64::from(self.side);
        let points = pairs
            .iter()
            .map(|[x, y]| square.back(Point::new(f64::from(*x) * side, f64::from(*y) * side)));
        Ok(Landmarks::new(points.collect()))
    }
}

/// A box in whole pixels, cut at the picture's edges.
fn within(picture: &Picture, area: Area) -> Option<Area> {
    let (x, y) = (area.x.floor(), area.y.floor());
    let right = (x + area.width.floor()).min(f64::from(picture.width()));
    let bottom = (y + area.height.floor()).min(f64::from(picture.height()));
    let (x, y) = (x.max(0.0), y.max(0.0));
    let cut = Area {
        x,
        y,
        width: right - x,
        height: bottom - y,
    };
    (cut.width >= 1.0 && cut.height >= 1.0 && cut.is_sound()).then_some(cut)
}
