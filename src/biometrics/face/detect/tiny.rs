//! The package's detector: a grid of cells of 32 pixels, five anchors each.

use super::{Detection, distinct, sigmoid, stretched};
use crate::biometrics::face::geometry::{Area, Point};
use crate::biometrics::face::network::{Network, NetworkError, Output};
use crate::biometrics::face::numbers::{index, real};
use crate::biometrics::face::picture::Picture;
use crate::biometrics::face::resample::{Corner, Normalisation, Placed, placed, whole_of};

/// Pixels of a cell.
const CELL: f64 = 32.0;
/// Widths and heights of the anchors, in cells.
const ANCHORS: [(f64, f64); 5] = [
    (1.603_231, 2.094_468),
    (6.041_143, 7.080_126),
    (2.882_459, 3.518_061),
    (4.266_906, 5.178_857),
    (9.041_765, 10.663_08),
];
/// Numbers of an anchor: tx, ty, tw, th, objectness.
const FIELDS: usize = 5;
/// Overlap from which two are one face.
const SAME_FACE: f64 = 0.4;

/// The package's detector.
#[derive(Debug)]
pub struct Tiny {
    /// The network.
    pub network: Network,
    /// How pixels become its numbers.
    pub normalisation: Normalisation,
    /// Score above which it is a face.
    pub threshold: f64,
    /// Side of its canvas in the first two passes.
    pub side: u32,
    /// Sides of further passes, each only where those before found nothing.
    pub further: Vec<u32>,
}

impl Tiny {
    /// Looks at the picture at half the canvas, centred, and at the whole canvas; a single pass misses
    /// up to three faces of four. Only where both find nothing, at the finer ones: for small faces.
    pub(super) fn detect(&self, picture: &Picture) -> Result<Vec<Detection>, NetworkError> {
        let mut found = self.pass(picture, self.side / 2, self.side, Corner::Centre)?;
        found.extend(self.pass(picture, self.side, self.side, Corner::UpperLeft)?);
        for side in &self.further {
            if !found.is_empty() {
                break;
            }
            found = self.pass(picture, *side, *side, Corner::UpperLeft)?;
        }
        Ok(distinct(found, SAME_FACE))
    }

    fn pass(
        &self,
        picture: &Picture,
        fit: u32,
        side: u32,
        corner: Corner,
    ) -> Result<Vec<Detection>, NetworkError> {
        let area = whole_of(picture);
        let canvas = placed(picture, area, fit, side, corner, &self.normalisation)
            .ok_or(NetworkError::Numbers)?;
        let side = index(side);
        let output = self.network.run_one([1, 3, side, side], &canvas.values)?;
        self.read(&output, &canvas)
    }

    /// What the grid says, in pixels of the picture.
    fn read(&self, output: &Output, canvas: &Placed) -> Result<Vec<Detection>, NetworkError> {
        let [1, channels, rows, columns] = *output.shape.as_slice() else {
            return Err(NetworkError::Numbers);
        };
        let plane = rows.saturating_mul(columns);
        if channels != ANCHORS.len().saturating_mul(FIELDS)
            || output.values.len() != plane.saturating_mul(channels)
            || plane == 0
        {
            return Err(NetworkError::Numbers);
        }
        let planes: Vec<&[f32]> = output.values.chunks_exact(plane).collect();
        let mut found = Vec::new();
        for (fields, (width, height)) in planes.chunks_exact(FIELDS).zip(ANCHORS) {
            let [tx, ty, tw, th, objectness] = fields else {
                return Err(NetworkError::Numbers);
            };
            for (at, objectness) in objectness.iter().enumerate() {
                let score = sigmoid(f64::from(*objectness));
                if score <= self.threshold {
                    continue;
                }
                let number = |plane: &[f32]| plane.get(at).copied().map_or(0.0, f64::from);
                let column = real(at.checked_rem(columns).unwrap_or_default());
                let row = real(at.checked_div(columns).unwrap_or_default());
                let centre = Point::new(
                    (column + sigmoid(number(tx))) * CELL,
                    (row + sigmoid(number(ty))) * CELL,
                );
                let width = stretched(number(tw)) * width * CELL;
                let height = stretched(number(th)) * height * CELL;
                let corner = Point::new(centre.x - width / 2.0, centre.y - height / 2.0);
                let corner = canvas.back(corner);
                found.push(Detection {
                    area: Area {
                        x: corner.x,
                        y: corner.y,
                        width: width / canvas.scale,
                        height: height / canvas.scale,
                    },
                    score,
                    points: None,
                });
            }
        }
        Ok(found)
    }
}

/// The side that a canvas may have: a multiple of a cell.
#[must_use]
pub const fn is_side(side: u32) -> bool {
    side >= 64 && side <= 1_024 && side.is_multiple_of(32)
}
