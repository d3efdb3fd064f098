//! YuNet: a detector for an operator's own set of models, that says five points with each face.
//!
//! Three grids, of cells of 8, 16 and 32 pixels, give for each cell a class score, an objectness, a
//! box and five points, under the names `cls_8`, `obj_8`, `bbox_8`, `kps_8` and so on.

use super::{Detection, distinct, stretched};
use crate::biometrics::face::geometry::{Area, Point};
use crate::biometrics::face::network::{Network, NetworkError, Output};
use crate::biometrics::face::numbers::{index, real};
use crate::biometrics::face::picture::Picture;
use crate::biometrics::face::resample::{Corner, Normalisation, Placed, placed, whole_of};

/// Pixels of the cells of each grid.
const CELLS: [u32; 3] = [8, 16, 32];
/// Overlap from which two are one face.
const SAME_FACE: f64 = 0.3;

/// YuNet.
#[derive(Debug)]
pub struct Yunet {
    network: Network,
    normalisation: Normalisation,
    threshold: f64,
    side: u32,
    grids: Vec<Grid>,
}

/// Where among the network's outputs those of one grid are.
#[derive(Debug)]
struct Grid {
    cell: u32,
    class: usize,
    objectness: usize,
    boxes: usize,
    points: usize,
}

impl Yunet {
    /// Takes a network that gives what YuNet gives.
    ///
    /// # Errors
    /// [`NetworkError::Form`] for any other.
    pub fn new(
        network: Network,
        normalisation: Normalisation,
        threshold: f64,
        side: u32,
    ) -> Result<Self, NetworkError> {
        let names = network.outputs();
        let position = |name: String| {
            let found = names.iter().position(|output| *output == name);
            found.ok_or_else(|| NetworkError::Form(format!("no output {name}")))
        };
        let grid = |cell: u32| {
            Ok(Grid {
                cell,
                class: position(format!("cls_{cell}"))?,
                objectness: position(format!("obj_{cell}"))?,
                boxes: position(format!("bbox_{cell}"))?,
                points: position(format!("kps_{cell}"))?,
            })
        };
        let grids = CELLS.map(grid).into_iter().collect::<Result<_, _>>()?;
        Ok(Self {
            network,
            normalisation,
            threshold,
            side,
            grids,
        })
    }

    pub(super) fn detect(&self, picture: &Picture) -> Result<Vec<Detection>, NetworkError> {
        let canvas = placed(
            picture,
            whole_of(picture),
            self.side,
            self.side,
            Corner::UpperLeft,
            &self.normalisation,
        )
        .ok_or(NetworkError::Numbers)?;
        let side = index(self.side);
        let outputs = self.network.run([1, 3, side, side], &canvas.values)?;
        let mut found = Vec::new();
        for grid in &self.grids {
            self.read(grid, &outputs, &canvas, &mut found)?;
        }
        Ok(distinct(found, SAME_FACE))
    }

    fn read(
        &self,
        grid: &Grid,
        outputs: &[Output],
        canvas: &Placed,
        found: &mut Vec<Detection>,
    ) -> Result<(), NetworkError> {
        let columns = index(self.side.checked_div(grid.cell).unwrap_or_default());
        let cells = columns.saturating_mul(columns);
        let values = |output: usize, width: usize| -> Result<&[f32], NetworkError> {
            let values = outputs.get(output).ok_or(NetworkError::Numbers)?;
            let due = values.values.len() == cells.saturating_mul(width);
            due.then_some(values.values.as_slice())
                .ok_or(NetworkError::Numbers)
        };
        let class = values(grid.class, 1)?;
        let objectness = values(grid.objectness, 1)?;
        let (boxes, _) = values(grid.boxes, 4)?.as_chunks::<4>();
        let (points, _) = values(grid.points, 10)?.as_chunks::<10>();
        let cell = f64::from(grid.cell);
        let all = class.iter().zip(objectness).zip(boxes.iter().zip(points));
        for (at, ((class, objectness), (area, points))) in all.enumerate() {
            let product =
                f64::from(*class).clamp(0.0, 1.0) * f64::from(*objectness).clamp(0.0, 1.0);
            let score = product.sqrt();
            if score <= self.threshold {
                continue;
            }
            let column = real(at.checked_rem(columns).unwrap_or_default());
            let row = real(at.checked_div(columns).unwrap_or_default());
            let place = |x: f64, y: f64| Point::new((column + x) * cell, (row + y) * cell);
            let [x, y, width, height] = area.map(f64::from);
            let (width, height) = (stretched(width) * cell, stretched(height) * cell);
            let centre = place(x, y);
            let corner = Point::new(centre.x - width / 2.0, centre.y - height / 2.0);
            let corner = canvas.back(corner);
            let (pairs, _) = points.as_chunks::<2>();
            let mut five = [Point::default(); 5];
            for (point, [x, y]) in five.iter_mut().zip(pairs) {
                *point = canvas.back(place(f64::from(*x), f64::from(*y)));
            }
            found.push(Detection {
                area: Area {
                    x: corner.x,
                    y: corner.y,
                    width: width / canvas.scale,
                    height: height / canvas.scale,
                },
                score,
                points: Some(five),
            });
        }
        Ok(())
    }
}
