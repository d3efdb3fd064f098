//! Whether the networks compute what the package's own runtime computes: for a picture that is a
//! pattern, a few numbers of each, known beforehand. A conversion that misplaces a weight, a pad or an
//! axis gives others.

use crate::biometrics::face::detect::Detector;
use crate::biometrics::face::models::Models;
use crate::biometrics::face::network::{Network, NetworkError, Output};
use crate::biometrics::face::picture::Picture;
use crate::biometrics::face::resample::Normalisation;
use zeroize::Zeroizing;

/// A number that is not the one it should be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VectorFault {
    /// Another number.
    #[error("{what} is {found}, and should be {expected}")]
    Differs {
        /// Which number.
        what: String,
        /// What it is.
        found: f64,
        /// What it should be.
        expected: f64,
    },
    /// The network did not run.
    #[error("{what}: {error}")]
    Network {
        /// Which network.
        what: &'static str,
        /// What is the matter.
        error: NetworkError,
    },
    /// Not the package's set of models.
    #[error("not the models of the package")]
    OtherModels,
}

/// How far a number of the detector may lie from the known one.
const DETECTOR: f64 = 1e-3;
/// And one of the other networks.
const OTHERS: f64 = 1e-4;

/// Cells of the detector's grid: side of the canvas, row, column, channels 0 to 4.
const CELLS: [(usize, usize, usize, [f64; 5]); 3] = [
    (
        224,
        0,
        0,
        [2.98956, -0.179_274, -0.040_842, -0.729_837, -9.531_439],
    ),
    (
        224,
        3,
        3,
        [1.129_978, 0.367_304, -0.363_768, -0.608_223, -7.471_429],
    ),
    (
        416,
        6,
        6,
        [0.984_982, 0.599_916, -0.399_949, -0.660_919, -7.486_079],
    ),
];
/// Mean of all numbers of the grid at 224.
const MEAN_AT_224: f64 = -3.6499;
/// Points: index, x, y.
const POINTS: [(usize, [f64; 2]); 3] = [
    (0, [0.367_910, 0.511_861]),
    (30, [0.483_532, 0.518_553]),
    (67, [0.584_868, 0.461_175]),
];
/// The first numbers of the embedding, and its length.
const EMBEDDING: [f64; 4] = [-0.046_949, 0.128_903, 0.061_283, -0.012_094];
const EMBEDDING_LENGTH: f64 = 1.307_198;

/// Runs the package's three networks on the pattern.
///
/// # Errors
/// [`VectorFault`], the first that is met.
pub fn check(models: &Models) -> Result<(), VectorFault> {
    let (Detector::Tiny(detector), Some(landmarks)) = (&models.detector, &models.landmarks) else {
        return Err(VectorFault::OtherModels);
    };
    for side in [224, 416] {
        let grid = run(
            "the detector",
            &detector.network,
            &detector.normalisation,
            side,
        )?;
        let columns = side / 32;
        for (_, row, column, expected) in CELLS.iter().filter(|cell| cell.0 == side) {
            for (channel, expected) in expected.iter().enumerate() {
                let at = (channel * columns + row) * columns + column;
                let what = format!("the detector's number {channel} at {row}, {column} of {side}");
                near(what, value(&grid, at), *expected, DETECTOR)?;
            }
        }
        if side == 224 {
            let sum: f64 = grid.values.iter().map(|value| f64::from(*value)).sum();
            let mean = sum / crate::biometrics::face::numbers::real(grid.values.len());
            near(
                "the detector's mean".to_owned(),
                mean,
                MEAN_AT_224,
                DETECTOR,
            )?;
        }
    }
    let points = run(
        "the landmark network",
        &landmarks.network,
        &landmarks.normalisation,
        112,
    )?;
    for (point, expected) in POINTS {
        for (axis, expected) in expected.into_iter().enumerate() {
            let what = format!("coordinate {axis} of point {point}");
            near(what, value(&points, 2 * point + axis), expected, OTHERS)?;
        }
    }
    let embedder = &models.embedder;
    let embedding = run(
        "the embedder",
        &embedder.network,
        &embedder.normalisation,
        150,
    )?;
    for (at, expected) in EMBEDDING.into_iter().enumerate() {
        let what = format!("number {at} of the embedding");
        near(what, value(&embedding, at), expected, OTHERS)?;
    }
    let squares = embedding
        .values
        .iter()
        .map(|value| f64::from(*value).powi(2));
    let length = squares.sum::<f64>().sqrt();
    near(
        "the embedding's length".to_owned(),
        length,
        EMBEDDING_LENGTH,
        OTHERS,
    )
}

/// One network on the pattern.
fn run(
    what: &'static str,
    network: &Network,
    normalisation: &Normalisation,
    side: usize,
) -> Result<Output, VectorFault> {
    let network_fault = |error| VectorFault::Network { what, error };
    let pattern = pattern(side).ok_or_else(|| network_fault(NetworkError::Numbers))?;
    let mut values = Zeroizing::new(Vec::new());
    normalisation.append(&pattern, &mut values);
    network
        .run_one([1, 3, side, side], &values)
        .map_err(network_fault)
}

/// Column x, row y, channel c: (7x + 13y + 29c) mod 256.
fn pattern(side: usize) -> Option<Picture> {
    let mut rgb = Vec::new();
    for y in 0..side {
        for x in 0..side {
            for c in 0..3 {
                rgb.push(u8::try_from((7 * x + 13 * y + 29 * c) % 256).ok()?);
            }
        }
    }
    let side = u32::try_from(side).ok()?;
    Picture::new(side, side, Zeroizing::new(rgb))
}

fn value(output: &Output, at: usize) -> f64 {
    output.values.get(at).copied().map_or(f64::NAN, f64::from)
}

fn near(what: String, found: f64, expected: f64, tolerance: f64) -> Result<(), VectorFault> {
    // Written so that what is no number is never near.
    if (found - expected).abs() <= tolerance {
        Ok(())
    } else {
        Err(VectorFault::Differs {
            what,
            found,
            expected,
        })
    }
}
