//! Whether a picture of a face is good enough to compare, after the formulas of ISO/IEC 29794-5. No
//! conformity with it is claimed.

use super::landmarks::FivePoints;
use super::numbers::{index, real};
use super::picture::Picture;

/// Values of brightness, of 255, up to and from which a pixel counts as clipped.
const BLACK: f64 = 25.0;
const WHITE: f64 = 247.0;
/// The ellipse of an aligned face in which brightness is measured, in shares of the chip's side:
/// middle and half axes. Hair and background stay outside.
const FACE: ([f64; 2], [f64; 2]) = ([0.5, 0.53], [0.32, 0.41]);

/// From where on a picture is poor, and from where on it is only noted. The project's own choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gates {
    /// Least distance of the eyes, in pixels.
    pub eyes_least: f64,
    /// Distance of the eyes below which it is noted, in pixels.
    pub eyes_good: f64,
    /// Mean brightness of the face, darkest and brightest, of 1.
    pub luminance: [f64; 2],
    /// Largest share of the face's pixels that are black or white.
    pub clipped_most: f64,
    /// Least variance of the aligned face's Laplacian; blurred with σ = 2 the median is 9.
    pub sharpness_least: f64,
    /// Variance below which it is noted; blurred with σ = 1 the median is 50, unblurred 523.
    pub sharpness_good: f64,
    /// Largest roll that is not noted, in degrees.
    pub roll_good: f64,
    /// Largest yaw proxy: offset of the nose by the distance of the eyes.
    pub yaw_most: f64,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            eyes_least: 60.0,
            eyes_good: 90.0,
            luminance: [0.20, 0.80],
            clipped_most: 0.25,
            sharpness_least: 10.0,
            sharpness_good: 50.0,
            roll_good: 8.0,
            yaw_most: 0.30,
        }
    }
}

/// Why a picture is poor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// The face is too far away.
    TooSmall,
    /// Too little light.
    TooDark,
    /// Too much light.
    TooBright,
    /// Shadows or lights without any detail.
    Clipped,
    /// Out of focus, or moved.
    Blurred,
    /// The head is turned.
    Turned,
}

impl Flaw {
    /// Its name in the facts of a check.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooSmall => "too-small",
            Self::TooDark => "too-dark",
            Self::TooBright => "too-bright",
            Self::Clipped => "clipped",
            Self::Blurred => "blurred",
            Self::Turned => "turned",
        }
    }
}

/// What was measured of a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Distance of the eyes' middles, in pixels of the picture.
    pub eye_distance: f64,
    /// Mean brightness of the face, 0 to 1.
    pub luminance: f64,
    /// Share of the face's pixels that are black or white.
    pub clipped: f64,
    /// Variance of the aligned face's Laplacian.
    pub sharpness: f64,
    /// Turn of the eyes' line, in degrees.
    pub roll: f64,
    /// Offset of the nose by the distance of the eyes, signed.
    pub yaw: f64,
}

impl Quality {
    /// Measures an aligned face and its five points.
    #[must_use]
    pub fn measure(chip: &Picture, points: &FivePoints) -> Self {
        let luminance = chip.luminance();
        let (mean, clipped) = brightness(&luminance, chip);
        Self {
            eye_distance: points.eye_distance(),
            luminance: mean,
            clipped,
            sharpness: laplacian_variance(&luminance, index(chip.width())),
            roll: points.roll(),
            yaw: points.yaw_proxy(),
        }
    }

    /// What makes it too poor to compare.
    #[must_use]
    pub fn flaws(&self, gates: &Gates) -> Vec<Flaw> {
        let [dark, bright] = gates.luminance;
        // Written so that what is no number counts as a flaw.
        let checks = [
            (self.eye_distance >= gates.eyes_least, Flaw::TooSmall),
            (self.luminance >= dark, Flaw::TooDark),
            (self.luminance <= bright, Flaw::TooBright),
            (self.clipped <= gates.clipped_most, Flaw::Clipped),
            (self.sharpness >= gates.sharpness_least, Flaw::Blurred),
            (self.yaw.abs() <= gates.yaw_most, Flaw::Turned),
        ];
        let failed = checks.into_iter().filter(|(good, _)| !good);
        failed.map(|(_, flaw)| flaw).collect()
    }

    /// What is only noted.
    #[must_use]
    pub fn warnings(&self, gates: &Gates) -> Vec<&'static str> {
        let checks = [
            (self.eye_distance >= gates.eyes_good, "small"),
            (self.sharpness >= gates.sharpness_good, "soft"),
            (self.roll.abs() <= gates.roll_good, "rolled"),
        ];
        let failed = checks.into_iter().filter(|(good, _)| !good);
        failed.map(|(_, name)| name).collect()
    }

    /// Orders pictures of one person: larger, sharper, straighter, better lit is higher.
    #[must_use]
    pub fn rank(&self, gates: &Gates) -> f64 {
        let size = (self.eye_distance / gates.eyes_good).min(1.0);
        let sharpness = self.sharpness / (self.sharpness + gates.sharpness_good);
        let straight = 1.0 - (self.yaw.abs() / gates.yaw_most).min(1.0);
        let light = 1.0 - (2.0 * self.luminance - 1.0).abs();
        let rank = size * sharpness * (0.2 + straight) * (0.5 + light) * (1.0 - self.clipped);
        if rank.is_finite() { rank } else { 0.0 }
    }

    /// The measures as text, by their names.
    #[must_use]
    pub fn facts(&self) -> [(&'static str, String); 6] {
        [
            ("eye-distance", format!("{:.1}", self.eye_distance)),
            ("luminance", format!("{:.3}", self.luminance)),
            ("clipped", format!("{:.3}", self.clipped)),
            ("sharpness", format!("{:.1}", self.sharpness)),
            ("roll", format!("{:.1}", self.roll)),
            ("yaw", format!("{:.3}", self.yaw)),
        ]
    }
}

/// Mean brightness, 0 to 1, and share of clipped pixels, within the face's ellipse.
fn brightness(luminance: &[f64], chip: &Picture) -> (f64, f64) {
    let (width, height) = (f64::from(chip.width()), f64::from(chip.height()));
    let ([x0, y0], [a, b]) = FACE;
    let (mut sum, mut clipped, mut count) = (0.0, 0_usize, 0_usize);
    for (row, y) in luminance.chunks(index(chip.width()).max(1)).zip(0_u32..) {
        let v = ((f64::from(y) + 0.5) / height - y0) / b;
        for (value, x) in row.iter().zip(0_u32..) {
            let u = ((f64::from(x) + 0.5) / width - x0) / a;
            if u * u + v * v <= 1.0 {
                sum += value;
                count = count.saturating_add(1);
                let is_clipped = *value <= BLACK || *value >= WHITE;
                clipped = clipped.saturating_add(usize::from(is_clipped));
            }
        }
    }
    let count = real(count.max(1));
    (sum / count / 255.0, real(clipped) / count)
}

/// Variance of the Laplacian (each pixel's four neighbours less four times itself).
fn laplacian_variance(luminance: &[f64], width: usize) -> f64 {
    let rows: Vec<&[f64]> = luminance.chunks_exact(width.max(1)).collect();
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0_usize);
    for three in rows.windows(3) {
        let [above, row, below] = three else { continue };
        let inner = row.windows(3).zip(above.iter().zip(*below).skip(1));
        for (across, (above, below)) in inner {
            let [left, middle, right] = across else {
                continue;
            };
            let value = left + right + above + below - 4.0 * middle;
            sum += value;
            squares += value * value;
            count = count.saturating_add(1);
        }
    }
    let count = real(count.max(1));
    (squares / count - (sum / count).powi(2)).max(0.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use zeroize::Zeroizing;

    use super::super::geometry::Point;
    use super::*;

    fn chip(pixel: impl Fn(u32, u32) -> u8) -> Picture {
        let pixels = (0..150).flat_map(|y| (0..150).map(move |x| (x, y)));
        let rgb: Vec<u8> = pixels.flat_map(|(x, y)| [pixel(x, y); 3]).collect();
        Picture::new(150, 150, Zeroizing::new(rgb)).unwrap()
    }

    fn points(nose: f64, tilt: f64) -> FivePoints {
        FivePoints {
            left_eye: Point::new(100.0, 100.0),
            right_eye: Point::new(200.0, 100.0 + tilt),
            nose: Point::new(150.0 + nose, 150.0),
            left_mouth: Point::new(110.0, 200.0),
            right_mouth: Point::new(190.0, 200.0),
        }
    }

    fn checks(x: u32, y: u32) -> u8 {
        if (x / 8 + y / 8).is_multiple_of(2) {
            90
        } else {
            160
        }
    }

    #[test]
    fn each_gate_has_its_flaw() {
        let gates = Gates::default();
        let good = Quality::measure(&chip(checks), &points(0.0, 0.0));
        assert_eq!(good.flaws(&gates), []);
        assert_eq!(good.warnings(&gates), [""; 0]);
        let table = [
            (
                Quality {
                    eye_distance: 59.9,
                    ..good
                },
                Flaw::TooSmall,
            ),
            (
                Quality {
                    luminance: 0.19,
                    ..good
                },
                Flaw::TooDark,
            ),
            (
                Quality {
                    luminance: 0.81,
                    ..good
                },
                Flaw::TooBright,
            ),
            (
                Quality {
                    clipped: 0.26,
                    ..good
                },
                Flaw::Clipped,
            ),
            (
                Quality {
                    sharpness: 9.9,
                    ..good
                },
                Flaw::Blurred,
            ),
            (Quality { yaw: -0.31, ..good }, Flaw::Turned),
            (
                Quality {
                    yaw: f64::NAN,
                    ..good
                },
                Flaw::Turned,
            ),
        ];
        for (quality, flaw) in table {
            assert_eq!(quality.flaws(&gates), [flaw], "{quality:?}");
            assert!(quality.rank(&gates) <= good.rank(&gates), "{quality:?}");
        }
        for (quality, warning) in [
            (
                Quality {
                    eye_distance: 89.0,
                    ..good
                },
                "small",
            ),
            (
                Quality {
                    sharpness: 49.0,
                    ..good
                },
                "soft",
            ),
            (Quality { roll: -8.1, ..good }, "rolled"),
        ] {
            assert_eq!(quality.flaws(&gates), []);
            assert_eq!(quality.warnings(&gates), [warning]);
        }
    }

    #[test]
    fn measures_are_what_they_say() {
        let flat = Quality::measure(&chip(|_, _| 51), &points(30.0, 100.0));
        assert!((flat.luminance - 0.2).abs() < 1e-9);
        assert!(flat.sharpness < 1e-9);
        assert!((flat.roll - 45.0).abs() < 1e-9);
        let turned = Quality::measure(&chip(|_, _| 255), &points(30.0, 0.0));
        assert!((turned.yaw - 0.3).abs() < 1e-9);
        assert!((turned.clipped - 1.0).abs() < 1e-9);
        // One white pixel in a grey field: a Laplacian of −4·100 there and of 100 beside.
        let point = Quality::measure(
            &chip(|x, y| if (x, y) == (75, 75) { 200 } else { 100 }),
            &points(0.0, 0.0),
        );
        let expected = (400.0_f64.powi(2) + 4.0 * 100.0_f64.powi(2)) / 148.0 / 148.0;
        assert!((point.sharpness - expected).abs() < 1e-6);
    }
}
