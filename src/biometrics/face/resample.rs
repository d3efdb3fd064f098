//! Pictures made smaller, and faces cut out and turned upright.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use zeroize::Zeroizing;

use super::geometry::{Area, Point, Similarity};
use super::numbers::{index, real, single, whole};
use super::picture::Picture;

/// Most samples a side for one pixel of a chip: a face 1,200 pixels wide.
const MAX_SAMPLES: u32 = 8;

/// How pixels become the numbers of a network: (value − mean) / scale, channel by channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Means of red, green and blue.
    pub mean: [f64; 3],
    /// Divisor.
    pub scale: f64,
    /// Whether the network wants blue first.
    pub blue_first: bool,
}

/// The area of a picture in `width`×`height` pixels, by triangles as wide as what they shrink. None
/// where the area covers nothing of the picture.
#[must_use]
pub fn scaled(picture: &Picture, area: Area, width: u32, height: u32) -> Option<Picture> {
    let source = ImageRef::new(
        picture.width(),
        picture.height(),
        picture.rgb(),
        PixelType::U8x3,
    )
    .ok()?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(area.x, area.y, area.width, area.height);
    Resizer::new().resize(&source, &mut target, &options).ok()?;
    Picture::new(width, height, Zeroizing::new(target.into_vec()))
}

/// The whole of a picture as an area.
#[must_use]
pub fn whole_of(picture: &Picture) -> Area {
    Area {
        x: 0.0,
        y: 0.0,
        width: f64::from(picture.width()),
        height: f64::from(picture.height()),
    }
}

/// A picture laid on a square canvas, and the way back.
pub struct Placed {
    /// The canvas as a network wants it, channel by channel.
    pub values: Zeroizing<Vec<f32>>,
    /// Pixels of the canvas for one of the picture.
    pub scale: f64,
    /// Where the picture's upper left corner lies on the canvas.
    pub offset: Point,
    /// Where the canvas's picture begins in the whole one.
    pub origin: Point,
}

impl Placed {
    /// A point of the canvas in the picture.
    #[must_use]
    pub fn back(&self, point: Point) -> Point {
        Point::new(
            (point.x - self.offset.x) / self.scale + self.origin.x,
            (point.y - self.offset.y) / self.scale + self.origin.y,
        )
    }
}

/// Where a picture lies on its canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// At the upper left.
    UpperLeft,
    /// In the middle.
    Centre,
}

/// Shrinks or enlarges `area` of a picture until its longer side has `fit` pixels, and lays it on a
/// black canvas of `side` pixels. None where the area covers nothing.
#[must_use]
pub fn placed(
    picture: &Picture,
    area: Area,
    fit: u32,
    side: u32,
    corner: Corner,
    normalisation: &Normalisation,
) -> Option<Placed> {
    let longer = area.width.max(area.height);
    if !area.is_sound() || fit == 0 || fit > side {
        return None;
    }
    let scale = f64::from(fit) / longer;
    let length = |length: f64| whole((length * scale).round()).clamp(1, fit);
    let (width, height) = (length(area.width), length(area.height));
    let small = scaled(picture, area, width, height)?;
    let offset = |length: f64| match corner {
        Corner::UpperLeft => 0,
        Corner::Centre => whole((f64::from(side) - length * scale) / 2.0),
    };
    let (left, top) = (offset(area.width), offset(area.height));
    Some(Placed {
        values: normalisation.canvas(&small, side, left, top)?,
        scale,
        offset: Point::new(f64::from(left), f64::from(top)),
        origin: Point::new(area.x, area.y),
    })
}

impl Normalisation {
    /// A picture on a black canvas, `side`×`side`, channel by channel.
    fn canvas(
        &self,
        picture: &Picture,
        side: u32,
        left: u32,
        top: u32,
    ) -> Option<Zeroizing<Vec<f32>>> {
        let side = index(side);
        let plane = side.checked_mul(side)?;
        let mut values = Zeroizing::new(Vec::with_capacity(plane.checked_mul(3)?));
        for (channel, table) in self.tables().iter().enumerate() {
            let [black, ..] = table.as_slice() else {
                return None;
            };
            let start = channel.checked_mul(plane)?;
            values.resize(start.checked_add(plane)?, *black);
            let channel = if self.blue_first {
                2_usize.saturating_sub(channel)
            } else {
                channel
            };
            let canvas = values.get_mut(start..)?;
            let below = canvas.chunks_exact_mut(side).skip(index(top));
            for (row, source) in below.zip(picture.rows()) {
                let right = row.iter_mut().skip(index(left));
                for (value, pixel) in right.zip(source) {
                    let byte = pixel.get(channel).copied().unwrap_or_default();
                    *value = table.get(usize::from(byte)).copied().unwrap_or_default();
                }
            }
        }
        Some(values)
    }

    /// A picture as it is, channel by channel, put behind what `values` holds.
    pub fn append(&self, picture: &Picture, values: &mut Zeroizing<Vec<f32>>) {
        let (pixels, _) = picture.rgb().as_chunks::<3>();
        for (channel, table) in self.tables().iter().enumerate() {
            let channel = if self.blue_first {
                2_usize.saturating_sub(channel)
            } else {
                channel
            };
            values.extend(pixels.iter().map(|pixel| {
                let byte = pixel.get(channel).copied().unwrap_or_default();
                table.get(usize::from(byte)).copied().unwrap_or_default()
            }));
        }
    }

    /// What each byte becomes, in the order in which the network wants the channels.
    fn tables(&self) -> [Vec<f32>; 3] {
        let table = |mean: f64| -> Vec<f32> {
            (0..=u8::MAX)
                .map(|byte| single((f64::from(byte) - mean) / self.scale))
                .collect()
        };
        let [red, green, blue] = self.mean.map(table);
        if self.blue_first {
            [blue, green, red]
        } else {
            [red, green, blue]
        }
    }
}

/// Cuts a square chip out of a picture: `placing` brings a place of the chip to its place in the
/// picture. Each pixel is the mean of as many samples a side as it covers pixels of the picture, and
/// beyond the edge the edge goes on.
#[must_use]
pub fn chip(picture: &Picture, placing: Similarity, side: u32) -> Option<Picture> {
    let samples = whole(placing.scale().ceil()).clamp(1, MAX_SAMPLES);
    let mut rgb = Zeroizing::new(Vec::with_capacity(
        index(side).saturating_pow(2).checked_mul(3)?,
    ));
    let shares: Vec<f64> = (0..samples)
        .map(|sample| (f64::from(sample) + 0.5) / f64::from(samples))
        .collect();
    let weight = 1.0 / real(shares.len()).powi(2);
    for y in 0..side {
        for x in 0..side {
            let mut sum = [0.0; 3];
            for down in &shares {
                for right in &shares {
                    let place = Point::new(f64::from(x) + right, f64::from(y) + down);
                    let sampled = sample(picture, placing.apply(place));
                    for (sum, sampled) in sum.iter_mut().zip(sampled) {
                        *sum += sampled;
                    }
                }
            }
            rgb.extend(sum.map(|sum| byte(sum * weight)));
        }
    }
    Picture::new(side, side, rgb)
}

/// The colour at a place, between the four pixels around it.
fn sample(picture: &Picture, place: Point) -> [f64; 3] {
    let (x, y) = ((place.x - 0.5).max(0.0), (place.y - 0.5).max(0.0));
    let (left, top) = (whole(x), whole(y));
    let (right, down) = (
        (x - f64::from(left)).min(1.0),
        (y - f64::from(top)).min(1.0),
    );
    let row = |top: u32| {
        let one = picture.pixel(left, top);
        let other = picture.pixel(left.saturating_add(1), top);
        mixed(one.map(f64::from), other.map(f64::from), right)
    };
    mixed(row(top), row(top.saturating_add(1)), down)
}

fn mixed(one: [f64; 3], other: [f64; 3], share: f64) -> [f64; 3] {
    let [a, b, c] = one;
    let [d, e, f] = other;
    [
        a + (d - a) * share,
        b + (e - b) * share,
        c + (f - c) * share,
    ]
}

/// A colour value as a byte.
fn byte(value: f64) -> u8 {
    u8::try_from(whole(value.round())).unwrap_or(u8::MAX)
}
