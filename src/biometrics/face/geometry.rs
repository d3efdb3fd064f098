//! Points and areas in a picture: x to the right, y down, in pixels from the outer corner of the
//! first pixel, whose centre is therefore (0.5, 0.5).

/// A place in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// A place.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// How far away the other one is.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// Whether it lies anywhere at all.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// The middle of some points; none without any.
#[must_use]
pub fn middle(points: &[Point]) -> Option<Point> {
    if points.is_empty() {
        return None;
    }
    let count = super::numbers::real(points.len());
    let sum = points.iter().fold(Point::default(), |sum, point| {
        Point::new(sum.x + point.x, sum.y + point.y)
    });
    Some(Point::new(sum.x / count, sum.y / count))
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    /// Its size in square pixels; nothing for what has none.
    #[must_use]
    pub fn size(self) -> f64 {
        (self.width.max(0.0) * self.height.max(0.0)).max(0.0)
    }

    /// What both cover, as a share of what either covers, 0 to 1.
    #[must_use]
    pub fn overlap(self, other: Self) -> f64 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let both = width.max(0.0) * height.max(0.0);
        let either = self.size() + other.size() - both;
        if either > 0.0 { both / either } else { 0.0 }
    }

    /// Whether it lies anywhere and covers something.
    #[must_use]
    pub fn is_sound(self) -> bool {
        [self.x, self.y, self.width, self.height]
            .iter()
            .all(|value| value.is_finite())
            && self.size() > 0.0
    }
}

/// Turning, scaling and moving: x' = a·x − b·y + tx, y' = b·x + a·y + ty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    tx: f64,
    ty: f64,
}

impl Similarity {
    /// The one that brings `from` nearest to `to`, by the sum of squared distances in `to`. None for
    /// fewer than two points, or where all of `from` are one.
    #[must_use]
    pub fn between(from: &[Point], to: &[Point]) -> Option<Self> {
        let (centre, target) = (middle(from)?, middle(to)?);
        if from.len() != to.len() {
            return None;
        }
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (from, to) in from.iter().zip(to) {
            let (x, y) = (from.x - centre.x, from.y - centre.y);
            let (u, v) = (to.x - target.x, to.y - target.y);
            along += x * u + y * v;
            across += x * v - y * u;
            spread += x * x + y * y;
        }
        if spread <= 0.0 {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        let found = Self {
            a,
            b,
            tx: target.x - a * centre.x + b * centre.y,
            ty: target.y - b * centre.x - a * centre.y,
        };
        (found.scale().is_finite() && found.scale() > 0.0).then_some(found)
    }

    /// Where it brings a point.
    #[must_use]
    pub fn apply(self, point: Point) -> Point {
        Point::new(
            self.a * point.x - self.b * point.y + self.tx,
            self.b * point.x + self.a * point.y + self.ty,
        )
    }

    /// How much longer it makes what it moves.
    #[must_use]
    pub fn scale(self) -> f64 {
        self.a.hypot(self.b)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn overlap_is_a_share_of_both() {
        let area = |x, width| Area {
            x,
            y: 0.0,
            width,
            height: 10.0,
        };
        for (one, other, share) in [
            (area(0.0, 10.0), area(0.0, 10.0), 1.0),
            (area(0.0, 10.0), area(5.0, 10.0), 1.0 / 3.0),
            (area(0.0, 10.0), area(10.0, 10.0), 0.0),
            (area(0.0, 0.0), area(0.0, 0.0), 0.0),
            (area(0.0, -5.0), area(0.0, 5.0), 0.0),
        ] {
            assert!(
                (one.overlap(other) - share).abs() < 1e-12,
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn points_that_are_one_have_no_direction() {
        let one = [Point::new(1.0, 1.0); 3];
        assert_eq!(Similarity::between(&one, &one), None);
        assert_eq!(Similarity::between(&[], &[]), None);
        let two = [Point::new(0.0, 0.0), Point::new(1.0, 0.0)];
        assert_eq!(Similarity::between(&two, &one), None);
    }

    proptest! {
        #[test]
        fn a_similarity_is_found_from_what_it_moved(
            points in proptest::collection::vec((-100.0..100.0, -100.0..100.0), 3..40),
            turn in -3.0..3.0_f64, scale in 0.1..9.0_f64, tx in -500.0..500.0, ty in -500.0..500.0,
        ) {
            let from: Vec<Point> = points.iter().map(|(x, y)| Point::new(*x, *y)).collect();
            let moved = Similarity { a: scale * turn.cos(), b: scale * turn.sin(), tx, ty };
            let to: Vec<Point> = from.iter().map(|point| moved.apply(*point)).collect();
            if let Some(found) = Similarity::between(&from, &to) {
                for (from, to) in from.iter().zip(&to) {
                    prop_assert!(found.apply(*from).distance(*to) < 1e-6);
                }
            }
        }
    }
}
