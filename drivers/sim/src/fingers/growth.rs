//! Ridges that grow from spots, along the field.

use core::f32::consts::{PI, TAU};

use super::draw::Draw;
use super::field::{self, Field, HEIGHT, WIDTH};
use super::grid::{Grid, whole};

/// Directions that filters are made for, over half a turn.
const DIRECTIONS: u16 = 24;
/// Distances of ridges that filters are made for.
const PERIODS: u16 = 7;
/// The smallest and the largest of them, in cells.
const RANGE: (f32, f32) = (3.7, 5.7);
/// Cells of a filter beside its middle.
const REACH: u16 = 4;
/// Cells of a filter in a row.
const SPAN: usize = 9;
/// One spot that ridges grow from stands in every square of so many cells. Closer ones meet out of step
/// more often: more minutiae.
const APART: u16 = 11;
/// Rounds of growth: the fronts meet after about three, and the rest lets the seams settle.
const ROUNDS: usize = 7;

/// A filter, row by row.
type Filter = [[f32; SPAN]; SPAN];

/// The ridges of a finger whose skin runs as `field` says.
pub(super) fn grow(field: &Field, draw: &mut Draw) -> Grid {
    let filters = filters();
    let (wide, high) = (WIDTH + 2 * REACH, HEIGHT + 2 * REACH);
    let mut skin = Grid::new(wide, high, 0.0);
    for (down, across) in (0..HEIGHT.div_ceil(APART))
        .flat_map(|down| (0..WIDTH.div_ceil(APART)).map(move |across| (down, across)))
    {
        let x = across * APART + draw.below(APART);
        let y = down * APART + draw.below(APART);
        let sign = if draw.below(2) == 0 { 1.0 } else { -1.0 };
        if x < WIDTH && y < HEIGHT {
            skin.set(x + REACH, y + REACH, sign);
        }
    }
    // Which filter each cell has; none beside the finger.
    let chosen: Vec<Option<&Filter>> = (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).map(move |x| field::place(x, y)))
        .map(|place| {
            Field::is_skin(place)
                .then(|| filter_at(field, place))
                .and_then(|at| filters.get(at))
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut grown = Grid::new(wide, high, 0.0);
        let targets = grown
            .cells
            .chunks_mut(usize::from(wide))
            .skip(usize::from(REACH));
        let rows = (0..HEIGHT).zip(chosen.chunks(usize::from(WIDTH)));
        for ((y, filters), target) in rows.zip(targets) {
            let target = target.iter_mut().skip(usize::from(REACH));
            for ((x, filter), cell) in filters.iter().enumerate().zip(target) {
                if let Some(filter) = filter {
                    *cell = answer(&skin, x, y, filter).clamp(-1.0, 1.0);
                }
            }
        }
        skin = grown;
    }
    Grid::by(WIDTH, HEIGHT, |x, y| {
        let row = skin.row(y + REACH);
        row.get(usize::from(x + REACH)).copied().unwrap_or(0.0)
    })
}

/// What a filter answers where its upper left corner lies on a cell. Written out, for it runs some
/// hundred million times, and tests are built without a thought for speed.
fn answer(skin: &Grid, x: usize, y: u16, filter: &Filter) -> f32 {
    let mut sum = 0.0;
    for (row, &[p, q, r, s, t, u, v, w, z]) in (y..).zip(filter) {
        if let Some(&[a, b, c, d, e, f, g, h, i]) = skin.row(row).get(x..x + SPAN) {
            sum += a * p + b * q + c * r + d * s + e * t + f * u + g * v + h * w + i * z;
        }
    }
    sum
}

/// Which filter fits a place.
fn filter_at(field: &Field, place: (f32, f32)) -> usize {
    let turn = field.direction(place).rem_euclid(PI) / PI;
    let direction = whole((turn * f32::from(DIRECTIONS)).round()).unwrap_or(0) % DIRECTIONS;
    let (low, high) = RANGE;
    let share = (field.period(place) - low) / (high - low);
    let period = whole((share * f32::from(PERIODS - 1)).round()).unwrap_or(0);
    usize::from(direction) * usize::from(PERIODS) + usize::from(period.min(PERIODS - 1))
}

/// Gabor's filters of all directions and periods.
fn filters() -> Vec<Filter> {
    let kinds = (0..DIRECTIONS).flat_map(|turn| (0..PERIODS).map(move |step| (turn, step)));
    kinds
        .map(|(turn, step)| {
            let share = f32::from(step) / f32::from(PERIODS - 1);
            gabor(
                PI * f32::from(turn) / f32::from(DIRECTIONS),
                RANGE.0 + (RANGE.1 - RANGE.0) * share,
            )
        })
        .collect()
}

/// A wave across the ridge under a bell, with nothing to say to an even grey, and so strong that a
/// pattern in step with it grows.
fn gabor(angle: f32, period: f32) -> Filter {
    let bell = period * 0.42;
    let (sine, cosine) = angle.sin_cos();
    // Rows go down, directions are counted upwards.
    let offsets = |at: u16| f32::from(at) - f32::from(REACH);
    let parts = |down: u16, right: u16| {
        let (x, y) = (offsets(right), -offsets(down));
        let weight = (-(x * x + y * y) / (2.0 * bell * bell)).exp();
        let wave = (TAU * (y * cosine - x * sine) / period).cos();
        (weight, wave)
    };
    let places = || (0..=2 * REACH).flat_map(|y| (0..=2 * REACH).map(move |x| (y, x)));
    let (mut weights, mut waves) = (0.0, 0.0);
    for (y, x) in places() {
        let (weight, wave) = parts(y, x);
        weights += weight;
        waves += weight * wave;
    }
    let even = waves / weights;
    let strength: f32 = places()
        .map(|(y, x)| parts(y, x))
        .map(|(weight, wave)| weight * (wave - even) * wave)
        .sum();
    let mut filter = [[0.0; SPAN]; SPAN];
    for (y, row) in (0..).zip(&mut filter) {
        for (x, cell) in (0..).zip(row) {
            let (weight, wave) = parts(y, x);
            *cell = 2.2 * weight * (wave - even) / strength;
        }
    }
    filter
}
