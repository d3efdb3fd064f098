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
    let bytes = index(side).saturating_pow(2).checked_mul(3)?;
    let mut rgb = Zeroizing::new(Vec::with_capacity(bytes));
    let shares: Vec<f64> = (0..samples)
        .map(|sample| (f64::from(sample) + 0.5) / f64::from(samples))
        .collect();
    let weight = single(1.0 / real(shares.len()).powi(2));
    let sampler = Sampler::new(picture);
    for y in 0..side {
        for x in 0..side {
            let mut sum = [0.0; 3];
            for down in &shares {
                for right in &shares {
                    let place = Point::new(f64::from(x) + right, f64::from(y) + down);
                    sampler.add(placing.apply(place), &mut sum);
                }
            }
            rgb.extend(sum.map(|sum| byte(f64::from(sum * weight))));
        }
    }
    Picture::new(side, side, rgb)
}

/// Colours between pixels.
struct Sampler<'p> {
    pixels: &'p [[u8; 3]],
    width: usize,
    last: (f64, f64),
}

impl<'p> Sampler<'p> {
    fn new(picture: &'p Picture) -> Self {
        let last = |length: u32| f64::from(length.saturating_sub(1));
        Self {
            pixels: picture.rgb().as_chunks::<3>().0,
            width: index(picture.width()),
            last: (last(picture.width()), last(picture.height())),
        }
    }

    /// Adds the colour at a place, between the four pixels around it.
    fn add(&self, place: Point, sum: &mut [f32; 3]) {
        // Counted from the middle of the first pixel, and held within the picture.
        let x = (place.x - 0.5).clamp(0.0, self.last.0);
        let y = (place.y - 0.5).clamp(0.0, self.last.1);
        let (left, top) = (whole(x), whole(y));
        let (right, down) = (single(x - f64::from(left)), single(y - f64::from(top)));
        let start = index(top)
            .saturating_mul(self.width)
            .saturating_add(index(left));
        let [a, b] = self.pair(start);
        // In the last row there is none below, and nothing of it is wanted.
        let [c, d] = if down > 0.0 {
            self.pair(start.saturating_add(self.width))
        } else {
            [a, b]
        };
        let corners = [
            (a, (1.0 - right) * (1.0 - down)),
            (b, right * (1.0 - down)),
            (c, (1.0 - right) * down),
            (d, right * down),
        ];
        for ([red, green, blue], share) in corners {
            let [r, g, b] = sum;
            *r += f32::from(red) * share;
            *g += f32::from(green) * share;
            *b += f32::from(blue) * share;
        }
    }

    /// A pixel and the one to its right; in the last column that one counts for nothing.
    fn pair(&self, at: usize) -> [[u8; 3]; 2] {
        match self.pixels.get(at..) {
            Some([one, other, ..]) => [*one, *other],
            Some([one]) => [*one, *one],
            _ => [[0; 3]; 2],
        }
    }
}

/// A colour value as a byte.
fn byte(value: f64) -> u8 {
    u8::try_from(whole(value.round())).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    const PLAIN: Normalisation = Normalisation {
        mean: [10.0, 20.0, 30.0],
        scale: 2.0,
        blue_first: false,
    };

    /// Red rises to the right, green downwards.
    fn ramp(width: u32, height: u32) -> Picture {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = pixels.flat_map(|(x, y)| [byte(f64::from(x)), byte(f64::from(y)), 100]);
        Picture::new(width, height, Zeroizing::new(rgb.collect())).unwrap()
    }

    fn moved(scale: f64, x: f64, y: f64) -> Similarity {
        let from = [Point::new(0.0, 0.0), Point::new(1.0, 0.0)];
        let to = [Point::new(x, y), Point::new(x + scale, y)];
        Similarity::between(&from, &to).unwrap()
    }

    #[test]
    fn a_chip_is_cut_where_it_lies() {
        let picture = ramp(200, 150);
        let same = chip(&picture, moved(1.0, 20.0, 30.0), 10).unwrap();
        assert_eq!(same.pixel(0, 0), [20, 30, 100]);
        assert_eq!(same.pixel(9, 9), [29, 39, 100]);
        // Three pixels of the picture in one: the one in the middle is their mean.
        let third = chip(&picture, moved(3.0, 20.0, 30.0), 10).unwrap();
        assert_eq!(third.pixel(0, 0), [21, 31, 100]);
        assert_eq!(third.pixel(9, 0), [48, 31, 100]);
        let twice = chip(&picture, moved(0.5, 20.0, 30.0), 10).unwrap();
        assert_eq!(twice.pixel(5, 5), [22, 32, 100]);
    }

    #[test]
    fn beyond_the_edge_the_edge_goes_on() {
        let picture = ramp(50, 40);
        let chip = chip(&picture, moved(1.0, -5.0, 35.0), 60).unwrap();
        assert_eq!(chip.pixel(0, 0), [0, 35, 100]);
        assert_eq!(chip.pixel(5, 4), [0, 39, 100]);
        assert_eq!(chip.pixel(59, 59), [49, 39, 100]);
    }

    #[test]
    fn a_picture_lies_on_its_canvas_and_leads_back() {
        let picture = ramp(100, 50);
        let whole = whole_of(&picture);
        let at = |placed: &Placed, channel: usize, x: usize, y: usize| {
            placed.values[channel * 64 * 64 + y * 64 + x]
        };
        let corner = placed(&picture, whole, 64, 64, Corner::UpperLeft, &PLAIN).unwrap();
        assert!((corner.scale - 0.64).abs() < 1e-12);
        assert!((at(&corner, 2, 3, 3) - 35.0).abs() < 1e-6, "(100 − 30) / 2");
        assert!((at(&corner, 2, 3, 40) + 15.0).abs() < 1e-6, "black below");
        let centre = placed(&picture, whole, 32, 64, Corner::Centre, &PLAIN).unwrap();
        assert_eq!(centre.offset, Point::new(16.0, 24.0));
        assert!((at(&centre, 2, 15, 30) + 15.0).abs() < 1e-6, "black beside");
        assert!((at(&centre, 2, 16, 30) - 35.0).abs() < 1e-6);
        let back = centre.back(Point::new(16.0 + 16.0, 24.0 + 8.0));
        assert!(back.distance(Point::new(50.0, 25.0)) < 1e-9);
        let blue = Normalisation {
            blue_first: true,
            ..PLAIN
        };
        let blue = placed(&picture, whole, 64, 64, Corner::UpperLeft, &blue).unwrap();
        assert!((at(&blue, 0, 3, 3) - 35.0).abs() < 1e-6);
        let nothing = Area::default();
        assert!(placed(&picture, nothing, 64, 64, Corner::Centre, &PLAIN).is_none());
    }

    #[test]
    fn an_area_beyond_the_picture_is_none() {
        let picture = ramp(20, 20);
        let area = Area {
            x: 10.0,
            y: 10.0,
            width: 20.0,
            height: 20.0,
        };
        assert!(scaled(&picture, area, 5, 5).is_none());
    }
}
