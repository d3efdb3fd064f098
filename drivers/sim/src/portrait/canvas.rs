//! A canvas with soft-edged shapes.

use image::{Rgb, RgbImage};

/// A colour.
pub(super) type Colour = [f32; 3];

/// A point, in pixels.
pub(super) type Point = (f32, f32);

/// Pixels that shapes are blended onto.
pub(super) struct Canvas {
    pixels: Vec<Colour>,
    width: u16,
    height: u16,
}

impl Canvas {
    pub(super) fn new(width: u16, height: u16) -> Self {
        Self {
            pixels: vec![[0.0; 3]; usize::from(width) * usize::from(height)],
            width,
            height,
        }
    }

    /// Blends a colour wherever `distance` (pixels outside the shape; negative inside) says so, with
    /// an edge `soft` pixels wide. `corners` are opposite corners of a box around the shape.
    fn blend(
        &mut self,
        corners: (Point, Point),
        soft: f32,
        colour: Colour,
        distance: impl Fn(Point) -> f32,
    ) {
        let ((left, top), (right, bottom)) = corners;
        let width = usize::from(self.width);
        let columns = (
            pixel(left - soft),
            pixel(right + soft).saturating_add(1).min(self.width),
        );
        let rows = (
            pixel(top - soft),
            pixel(bottom + soft).saturating_add(1).min(self.height),
        );
        for y in rows.0..rows.1 {
            let row = self
                .pixels
                .iter_mut()
                .skip(usize::from(y) * width)
                .take(width);
            for (x, pixel) in (0..columns.1).zip(row).skip(columns.0.into()) {
                let cover = 0.5 - distance((f32::from(x) + 0.5, f32::from(y) + 0.5)) / soft;
                if cover > 0.0 {
                    let cover = cover.min(1.0);
                    pixel
                        .iter_mut()
                        .zip(colour)
                        .for_each(|(old, new)| *old += (new - *old) * cover);
                }
            }
        }
    }

    /// Fills everything by a function of the place.
    pub(super) fn fill(&mut self, colour: impl Fn(Point) -> Colour) {
        let points = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        for (pixel, (x, y)) in self.pixels.iter_mut().zip(points) {
            *pixel = colour((f32::from(x), f32::from(y)));
        }
    }

    /// An ellipse around a centre.
    pub(super) fn ellipse(&mut self, (cx, cy): Point, (rx, ry): Point, soft: f32, colour: Colour) {
        let corners = ((cx - rx, cy - ry), (cx + rx, cy + ry));
        self.blend(corners, soft, colour, |(x, y)| {
            let (dx, dy) = ((x - cx) / rx, (y - cy) / ry);
            (dx.hypot(dy) - 1.0) * rx.min(ry)
        });
    }

    /// The part of an ellipse above (`upper`) or below a height.
    pub(super) fn cap(
        &mut self,
        (cx, cy): Point,
        (rx, ry): Point,
        edge: f32,
        upper: bool,
        soft: f32,
        colour: Colour,
    ) {
        let corners = ((cx - rx, cy - ry), (cx + rx, cy + ry));
        self.blend(corners, soft, colour, |(x, y)| {
            let (dx, dy) = ((x - cx) / rx, (y - cy) / ry);
            let beyond = if upper { y - edge } else { edge - y };
            ((dx.hypot(dy) - 1.0) * rx.min(ry)).max(beyond)
        });
    }

    /// A polygon, its points in order.
    pub(super) fn polygon(&mut self, points: &[Point], soft: f32, colour: Colour) {
        let edges: Vec<(Point, Point)> = points
            .iter()
            .copied()
            .zip(points.iter().copied().cycle().skip(1))
            .collect();
        self.blend(around(points, 0.0), soft, colour, |(x, y)| {
            let mut nearest = f32::MAX;
            let mut inside = false;
            for (from, to) in &edges {
                nearest = nearest.min(to_segment((x, y), *from, *to));
                if (from.1 > y) != (to.1 > y)
                    && x < (to.0 - from.0) * (y - from.1) / (to.1 - from.1) + from.0
                {
                    inside = !inside;
                }
            }
            if inside { -nearest } else { nearest }
        });
    }

    /// A line with round ends through points.
    pub(super) fn stroke(&mut self, points: &[Point], width: f32, soft: f32, colour: Colour) {
        let edges: Vec<(Point, Point)> = points
            .iter()
            .copied()
            .zip(points.iter().copied().skip(1))
            .collect();
        self.blend(around(points, width), soft, colour, |point| {
            edges.iter().fold(f32::MAX, |nearest, (from, to)| {
                nearest.min(to_segment(point, *from, *to))
            }) - width / 2.0
        });
    }

    /// An arc as a line: from the left over the middle, which lies `rise` above, to the right.
    pub(super) fn arc(
        &mut self,
        (left, right): (Point, Point),
        rise: f32,
        width: f32,
        soft: f32,
        colour: Colour,
    ) {
        let points: Vec<Point> = (0..=12u8)
            .map(|step| {
                let t = f32::from(step) / 12.0;
                let lift = 4.0 * t * (1.0 - t) * rise;
                (
                    left.0 + (right.0 - left.0) * t,
                    left.1 + (right.1 - left.1) * t - lift,
                )
            })
            .collect();
        self.stroke(&points, width, soft, colour);
    }

    /// The picture, with a fine grain so that it compresses like a photograph.
    pub(super) fn picture(&self, mut grain: impl FnMut() -> f32) -> RgbImage {
        let mut picture = RgbImage::new(self.width.into(), self.height.into());
        for (to, from) in picture.pixels_mut().zip(&self.pixels) {
            let noise = grain();
            *to = Rgb(from.map(|value| byte(value + noise)));
        }
        picture
    }
}

/// Opposite corners of a box around points, with a margin.
fn around(points: &[Point], margin: f32) -> (Point, Point) {
    points.iter().fold(
        ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN)),
        |(low, high), (x, y)| {
            (
                (low.0.min(x - margin), low.1.min(y - margin)),
                (high.0.max(x + margin), high.1.max(y + margin)),
            )
        },
    )
}

fn to_segment((x, y): Point, (ax, ay): Point, (bx, by): Point) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx.mul_add(dx, dy * dy);
    let along = if length > 0.0 {
        ((x - ax) * dx + (y - ay) * dy) / length
    } else {
        0.0
    }
    .clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

/// A coordinate as the index of a pixel.
#[expect(
    clippy::as_conversions,
    reason = "float to integer has no other way, and it saturates"
)]
fn pixel(value: f32) -> u16 {
    value.floor() as u16
}

/// A colour value as a byte.
#[expect(
    clippy::as_conversions,
    reason = "float to integer has no other way, and it saturates"
)]
fn byte(value: f32) -> u8 {
    value.round() as u8
}
