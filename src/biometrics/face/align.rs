//! Faces brought to one place: eyes, nose and mouth of the chip lie where the embedder learned them.

use super::geometry::{Point, Similarity};
use super::landmarks::Landmarks;
use super::picture::Picture;
use super::resample::chip;

/// Side of the chip for which the template is given.
const SIDE: f64 = 150.0;

/// Where the 36 inner points of a face belong: index and place. Neither jaw nor brows nor the lower
/// outer lip are among them, which move most.
const TEMPLATE: [(usize, f64, f64); 36] = [
    (27, 74.01, 45.34),
    (28, 74.01, 55.70),
    (29, 74.01, 65.98),
    (30, 74.01, 76.56),
    (31, 61.69, 83.73),
    (32, 67.60, 85.93),
    (33, 74.01, 87.81),
    (34, 80.42, 85.93),
    (35, 86.34, 83.73),
    (36, 37.17, 46.64),
    (37, 43.71, 42.88),
    (38, 51.58, 42.99),
    (39, 58.46, 48.17),
    (40, 51.09, 49.51),
    (41, 43.27, 49.41),
    (42, 89.56, 48.17),
    (43, 96.44, 42.99),
    (44, 104.31, 42.88),
    (45, 110.85, 46.64),
    (46, 104.75, 49.41),
    (47, 96.93, 49.51),
    (48, 50.41, 103.02),
    (49, 59.10, 99.54),
    (50, 67.89, 97.74),
    (51, 74.01, 99.26),
    (52, 80.14, 97.74),
    (53, 88.93, 99.54),
    (54, 97.61, 103.02),
    (60, 54.04, 103.48),
    (61, 67.81, 102.87),
    (62, 74.01, 103.53),
    (63, 80.22, 102.87),
    (64, 93.99, 103.48),
    (65, 80.34, 107.42),
    (66, 74.01, 108.18),
    (67, 67.69, 107.42),
];

/// Which points say where a face belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// 36 points of 68, by least squares.
    Dlib68,
    /// Eyes, nose and corners of the mouth.
    FivePoints,
}

/// Cuts the face out, upright, `side`×`side`. `None` where its points do not say how.
#[must_use]
pub fn aligned(
    picture: &Picture,
    landmarks: &Landmarks,
    alignment: Alignment,
    side: u32,
) -> Option<Picture> {
    let scale = f64::from(side) / SIDE;
    // The template counts from the middle of the first pixel.
    let place = |x: f64, y: f64| Point::new((x + 0.5) * scale, (y + 0.5) * scale);
    let (from, to): (Vec<Point>, Vec<Point>) = match alignment {
        Alignment::Dlib68 => {
            if !landmarks.is_full() {
                return None;
            }
            let pairs = TEMPLATE
                .iter()
                .filter_map(|(at, x, y)| Some((place(*x, *y), *landmarks.points().get(*at)?)));
            pairs.unzip()
        }
        Alignment::FivePoints => {
            let template = five_of_template().map(|point| place(point.x, point.y));
            (template.to_vec(), landmarks.five().all().to_vec())
        }
    };
    chip(picture, Similarity::between(&from, &to)?, side)
}

/// The five places of the template.
fn five_of_template() -> [Point; 5] {
    let points = |from: usize, to: usize| -> Vec<Point> {
        let inner = TEMPLATE.iter().filter(|(at, ..)| (from..to).contains(at));
        inner.map(|(_, x, y)| Point::new(*x, *y)).collect()
    };
    let mean = |from, to| super::geometry::middle(&points(from, to)).unwrap_or_default();
    [
        mean(36, 42),
        mean(42, 48),
        mean(30, 31),
        mean(48, 49),
        mean(54, 55),
    ]
}
