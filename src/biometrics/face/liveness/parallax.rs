//! Whether what turned before the camera is a head or a picture of one.
//!
//! A flat thing, however it is turned, tilted or brought near, moves by a homography (a central
//! projection of one plane on another). So: eyes and mouth, which lie nearly in one plane, say which
//! homography leads from the picture before the turn to the turned one; where it brings the nose is
//! where the nose of a *flat* face would be. The tip of a real nose stands out by about four tenths of
//! the eyes' distance, and lies elsewhere. That distance, as a share of the distance from eyes to
//! mouth, is the parallax.
//!
//! The yaw proxy alone cannot tell the two apart: a print tilted about a slanted axis is sheared, and
//! its nose moves aside. A print folded along the nose is not flat, and passes here.

use crate::biometrics::face::geometry::{Point, middle};
use crate::biometrics::face::landmarks::Landmarks;

/// Points of eyes and mouth.
const PLANE: core::ops::Range<usize> = 36..68;
/// Points of the nose's ridge and tip that stand out most.
const NOSE: [usize; 3] = [29, 30, 33];

/// How far the nose lies from where that of a flat face would. `None` where the points do not say.
#[must_use]
pub fn parallax(before: &Landmarks, turned: &Landmarks) -> Option<f64> {
    let five = turned.five();
    let mouth = middle(&[five.left_mouth, five.right_mouth])?;
    let height = middle(&[five.left_eye, five.right_eye])?.distance(mouth);
    let (plane, nose) = (places(before)?, places(turned)?);
    let flat = Homography::between(&plane.0, &nose.0)?;
    let mut sum = 0.0;
    for (from, to) in plane.1.iter().zip(&nose.1) {
        sum += flat.apply(*from)?.distance(*to);
    }
    let share = sum / crate::biometrics::face::numbers::real(plane.1.len().max(1)) / height;
    share.is_finite().then_some(share)
}

/// The points of the plane, and those of the nose.
fn places(landmarks: &Landmarks) -> Option<(Vec<Point>, Vec<Point>)> {
    let points = landmarks.points();
    if landmarks.is_full() {
        let nose = NOSE.iter().filter_map(|at| points.get(*at).copied());
        Some((points.get(PLANE)?.to_vec(), nose.collect()))
    } else {
        let five = landmarks.five();
        let plane = vec![
            five.left_eye,
            five.right_eye,
            five.left_mouth,
            five.right_mouth,
        ];
        Some((plane, vec![five.nose]))
    }
}

/// A central projection of one plane on another, between points brought to the middle and to a mean
/// distance of √2 from it.
struct Homography {
    from: Frame,
    to: Frame,
    matrix: [f64; 8],
}

/// Where the middle of some points lies, and how far they spread.
#[derive(Clone, Copy)]
struct Frame {
    middle: Point,
    scale: f64,
}

impl Frame {
    fn of(points: &[Point]) -> Option<Self> {
        let middle = middle(points)?;
        let spread: f64 = points.iter().map(|point| point.distance(middle)).sum();
        let count = crate::biometrics::face::numbers::real(points.len());
        let scale = core::f64::consts::SQRT_2 * count / spread;
        scale.is_finite().then_some(Self { middle, scale })
    }

    fn inward(self, point: Point) -> (f64, f64) {
        (
            (point.x - self.middle.x) * self.scale,
            (point.y - self.middle.y) * self.scale,
        )
    }
}

impl Homography {
    /// By least squares over the equations that are linear in its eight numbers.
    fn between(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.len() != to.len() || from.len() < 4 {
            return None;
        }
        let frames = (Frame::of(from)?, Frame::of(to)?);
        // Normal equations: eight rows of eight numbers and the right side.
        let mut equations = [[0.0; 9]; 8];
        for (from, to) in from.iter().zip(to) {
            let ((x, y), (u, v)) = (frames.0.inward(*from), frames.1.inward(*to));
            for row in [
                [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u],
                [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v],
            ] {
                for (equation, factor) in equations.iter_mut().zip(row) {
                    for (sum, value) in equation.iter_mut().zip(row) {
                        *sum += factor * value;
                    }
                }
            }
        }
        Some(Self {
            from: frames.0,
            to: frames.1,
            matrix: solved(equations)?,
        })
    }

    fn apply(&self, point: Point) -> Option<Point> {
        let (x, y) = self.from.inward(point);
        let [a, b, c, d, e, f, g, h] = self.matrix;
        let depth = g * x + h * y + 1.0;
        let place = Point::new(
            (a * x + b * y + c) / depth / self.to.scale + self.to.middle.x,
            (d * x + e * y + f) / depth / self.to.scale + self.to.middle.y,
        );
        place.is_finite().then_some(place)
    }
}

/// Gauss's elimination with the largest pivot of each column.
fn solved(mut equations: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    let mut done = 0;
    while done < 8 {
        let rest = equations.get_mut(done..)?;
        let at = |row: &[f64; 9]| row.get(done).copied().unwrap_or_default().abs();
        let best = (0..rest.len()).max_by(|one, other| {
            let value = |row: &usize| rest.get(*row).map_or(0.0, at);
            value(one).total_cmp(&value(other))
        })?;
        rest.swap(0, best);
        let (pivot, below) = rest.split_first_mut()?;
        let head = *pivot.get(done)?;
        if head.abs() < 1e-9 {
            return None;
        }
        pivot.iter_mut().for_each(|value| *value /= head);
        for row in below {
            let factor = *row.get(done)?;
            for (value, pivot) in row.iter_mut().zip(*pivot) {
                *value -= factor * pivot;
            }
        }
        done = done.saturating_add(1);
    }
    let mut found = [0.0; 8];
    for (at, row) in equations.iter().enumerate().rev() {
        let known: f64 = row
            .iter()
            .zip(&found)
            .map(|(value, found)| value * found)
            .sum();
        let [.., right] = row;
        *found.get_mut(at)? = right - known;
    }
    found.iter().all(|value| value.is_finite()).then_some(found)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// An invented head: 68 points in eye distances, the middle between the eyes at the origin, depth
    /// towards the camera.
    pub fn head() -> Vec<[f64; 3]> {
        let mut points = Vec::new();
        // Jaw, from the picture's left to its right.
        for step in 0..17 {
            let angle = core::f64::consts::PI * (f64::from(step) / 16.0 - 0.5);
            points.push([
                1.05 * angle.sin(),
                0.1 + 1.55 * angle.cos(),
                -0.6 * angle.sin().abs(),
            ]);
        }
        for side in [-1.0, 1.0] {
            for step in 0..5 {
                let across = (f64::from(step) - 2.0) * 0.16;
                points.push([side * 0.5 + across, -0.32 - 0.05 * across.abs(), 0.05]);
            }
        }
        for (y, depth) in [(-0.02, 0.12), (0.18, 0.22), (0.38, 0.34), (0.58, 0.46)] {
            points.push([0.0, y, depth]);
        }
        for (x, depth) in [
            (-0.24, 0.2),
            (-0.12, 0.28),
            (0.0, 0.32),
            (0.12, 0.28),
            (0.24, 0.2),
        ] {
            points.push([x, 0.72, depth]);
        }
        for side in [-1.0, 1.0] {
            for (x, y) in [
                (-0.2, 0.0),
                (-0.1, -0.07),
                (0.1, -0.07),
                (0.2, 0.0),
                (0.1, 0.06),
                (-0.1, 0.06),
            ] {
                points.push([side * 0.5 + x, y, 0.0]);
            }
        }
        for step in 0..20 {
            let inner = if step < 12 { 1.0 } else { 0.6 };
            let turn =
                core::f64::consts::TAU * f64::from(step) / if step < 12 { 12.0 } else { 8.0 };
            let x = -0.4 * inner * turn.cos();
            points.push([x, 1.05 - 0.16 * inner * turn.sin(), 0.14 - 0.5 * x * x]);
        }
        points
    }

    /// What a camera at that distance, in eye distances, sees of points turned by yaw, pitch and roll
    /// (radians).
    pub fn seen(points: &[[f64; 3]], [yaw, pitch, roll]: [f64; 3], distance: f64) -> Landmarks {
        let place = |[x, y, z]: &[f64; 3]| {
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let (y, z) = (
                y * pitch.cos() - z * pitch.sin(),
                z * pitch.cos() + y * pitch.sin(),
            );
            let (x, y) = (
                x * roll.cos() - y * roll.sin(),
                x * roll.sin() + y * roll.cos(),
            );
            let scale = 100.0 * distance / (distance - z);
            Point::new(320.0 + x * scale, 240.0 + y * scale)
        };
        Landmarks::new(points.iter().map(place).collect()).unwrap()
    }

    /// The same without depth: a print.
    pub fn print() -> Vec<[f64; 3]> {
        head().into_iter().map(|[x, y, _]| [x, y, 0.0]).collect()
    }

    #[test]
    fn a_head_that_turns_has_parallax() {
        for distance in [6.0, 10.0, 30.0] {
            let before = seen(&head(), [0.0; 3], distance);
            for yaw in [-0.65_f64, 0.65] {
                let turned = seen(&head(), [yaw, 0.05, 0.03], distance);
                let proxy = turned.five().yaw_proxy();
                assert!(proxy * yaw.signum() > 0.3, "{proxy}");
                let found = parallax(&before, &turned).unwrap();
                assert!(found > 0.15, "{found} from {distance}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_print_has_none_however_it_is_held(
            yaw in -1.0..1.0_f64, pitch in -1.0..1.0_f64, roll in -0.7..0.7_f64, distance in 3.0..40.0_f64,
        ) {
            let before = seen(&print(), [0.0; 3], 8.0);
            let turned = seen(&print(), [yaw, pitch, roll], distance);
            let found = parallax(&before, &turned).unwrap();
            prop_assert!(found < 1e-6, "{found}");
        }

        #[test]
        fn noise_of_two_hundredths_of_the_eye_distance_stays_below_the_flat_bound(
            seed in proptest::collection::vec(-1.0..1.0_f64, 136), yaw in -0.8..0.8_f64, pitch in -0.8..0.8_f64,
        ) {
            let before = seen(&print(), [0.0; 3], 8.0);
            let turned = seen(&print(), [yaw, pitch, 0.0], 8.0);
            let moved = turned.points().iter().zip(seed.chunks(2)).map(|(point, noise)| {
                Point::new(point.x + 2.0 * noise[0], point.y + 2.0 * noise[1])
            });
            let noisy = Landmarks::new(moved.collect()).unwrap();
            let found = parallax(&before, &noisy).unwrap();
            prop_assert!(found < 0.06, "{found}");
        }
    }

    #[test]
    fn a_tilted_print_passes_for_turned_by_the_yaw_proxy_alone() {
        // About an axis that is slanted: turned, tilted, turned back.
        let turned = seen(&print(), [0.9, 0.9, 0.0], 8.0);
        assert!(turned.five().yaw_proxy().abs() > 0.3);
    }

    #[test]
    fn points_that_say_nothing_have_no_parallax() {
        let one = Landmarks::new(vec![Point::new(1.0, 1.0); 68]).unwrap();
        assert_eq!(parallax(&one, &one), None);
        let five = Landmarks::new(vec![Point::new(1.0, 1.0); 5]).unwrap();
        assert_eq!(parallax(&five, &five), None);
        let whole = seen(&head(), [0.0; 3], 8.0);
        assert_eq!(parallax(&whole, &five), None);
    }
}
