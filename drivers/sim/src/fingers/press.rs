//! A finger laid on a sensor: what it sees.

use core::f32::consts::TAU;

use cccd_port::FingerImage;
use zeroize::Zeroizing;

use super::draw::Draw;
use super::field::{self, Field};
use super::grid::Grid;
use crate::error::SimError;

/// The longest side of a sensor, in pixels.
const LONGEST_SIDE: u16 = 2_048;

/// How a finger is laid down, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct Press {
    /// Which press it is: decides how the skin bends and where the stains are.
    pub number: u32,
    /// The sensor's pixels, across and down.
    pub size: (u16, u16),
    /// The sensor's pixels an inch.
    pub dpi: u16,
    /// How far the finger's middle lies from the sensor's: right and down, in pixels of 500 dpi.
    pub shift: (f32, f32),
    /// How far it is turned, in degrees, counter-clockwise.
    pub rotation: f32,
    /// How far the skin is pulled aside where it is most, in pixels of 500 dpi.
    pub distortion: f32,
    /// −1, barely touching or dry, thin and broken ridges, to 1, hard or wet: thick ones that touch.
    pub pressure: f32,
    /// 0, a clean picture, to 1, one that is hardly usable.
    pub noise: f32,
    /// Whether the sensor tells sixteen greys apart and not 256.
    pub sixteen_greys: bool,
}

impl Default for Press {
    /// Straight, clean and in the middle, on a module of 256 × 288 pixels and 500 dpi.
    fn default() -> Self {
        Self {
            number: 0,
            size: (256, 288),
            dpi: 500,
            shift: (0.0, 0.0),
            rotation: 0.0,
            distortion: 0.0,
            pressure: 0.0,
            noise: 0.0,
            sixteen_greys: false,
        }
    }
}

/// What a sensor sees of `ridges`.
pub(super) fn image(ridges: &Grid, press: &Press, mut draw: Draw) -> Result<FingerImage, SimError> {
    const NO_SENSOR: SimError = SimError::Data("no sensor has this size or resolution");
    let (width, height) = press.size;
    let sides = 1..=LONGEST_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) || press.dpi == 0 {
        return Err(NO_SENSOR);
    }
    let bend = Bend::drawn(&mut draw, press.distortion);
    // Stains as wide as a ridge and as three: they part ridges, and join them.
    let fine = speckle(&mut draw, press, 4.0);
    let broad = speckle(&mut draw, press, 13.0);
    let scale = 250.0 / f32::from(press.dpi);
    let middle = (f32::from(width - 1) / 2.0, f32::from(height - 1) / 2.0);
    let (sine, cosine) = press.rotation.to_radians().sin_cos();
    let mut pixels = Zeroizing::new(Vec::with_capacity(usize::from(width) * usize::from(height)));
    for y in 0..height {
        for x in 0..width {
            // The place on the skin that this pixel looks at, in cells from the finger's middle.
            let right = (f32::from(x) - middle.0) * scale - press.shift.0 / 2.0;
            let up = (middle.1 - f32::from(y)) * scale + press.shift.1 / 2.0;
            let turned = (right * cosine + up * sine, up * cosine - right * sine);
            let on_skin = bend.apply(turned);
            let stain = fine.linear(f32::from(x) / 4.0, f32::from(y) / 4.0, 0.0)
                + broad.linear(f32::from(x) / 13.0, f32::from(y) / 13.0, 0.0);
            let grain = draw.between(-1.0, 1.0) * (3.0 + 22.0 * press.noise);
            let grey = if Field::is_skin(on_skin) {
                let (column, row) = field::cell(on_skin);
                let ridge = ridges.smooth(column, row, -1.0);
                let thick = ridge + 0.55 * press.pressure + stain * press.noise * 0.75;
                128.0 - 100.0 * (2.0 * thick).tanh() + grain
            } else {
                240.0 + grain / 2.0
            };
            let grey = byte(grey);
            pixels.push(if press.sixteen_greys {
                (grey >> 4) * 17
            } else {
                grey
            });
        }
    }
    FingerImage::new(width, height, press.dpi, pixels).ok_or(NO_SENSOR)
}

/// Random numbers a few pixels apart, to be read between.
fn speckle(draw: &mut Draw, press: &Press, apart: f32) -> Grid {
    let cells = |side: u16| super::grid::whole((f32::from(side) / apart).ceil() + 2.0).unwrap_or(2);
    Grid::by(cells(press.size.0), cells(press.size.1), |_, _| draw.bell())
}

/// How skin is pulled aside: waves longer than a fingertip is wide, and a twist about a place.
struct Bend {
    /// Amplitude, and the waves' lengths and beginnings.
    waves: [(f32, f32, f32, f32); 2],
    twist: f32,
    about: (f32, f32),
}

impl Bend {
    fn drawn(draw: &mut Draw, most: f32) -> Self {
        let mut wave = || {
            (
                most / 2.0 * draw.between(0.3, 0.7),
                TAU / draw.between(170.0, 300.0),
                TAU / draw.between(170.0, 300.0),
                draw.between(0.0, TAU),
            )
        };
        let waves = [wave(), wave()];
        Self {
            waves,
            // Over half a fingertip, 80 cells, this much again.
            twist: most / 2.0 * draw.between(-0.6, 0.6) / 80.0,
            about: (draw.between(-20.0, 20.0), draw.between(-20.0, 20.0)),
        }
    }

    fn apply(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let [across, down] = self
            .waves
            .map(|(amplitude, a, b, from)| amplitude * (a * x + b * y + from).sin());
        (
            x + across - self.twist * (y - self.about.1),
            y + down + self.twist * (x - self.about.0),
        )
    }
}

/// A grey value as a byte.
#[expect(
    clippy::as_conversions,
    reason = "float to integer has no other way, and it saturates"
)]
fn byte(value: f32) -> u8 {
    value.round() as u8
}
