//! Which way the ridges run, and how far apart.

use core::f32::consts::{PI, TAU};

use super::draw::Draw;

/// Cells of a finger from left to right, at 250 to the inch: 17.9 mm.
pub(super) const WIDTH: u16 = 176;
/// Cells from the tip down: 21.1 mm.
pub(super) const HEIGHT: u16 = 208;

/// What the ridges form (Henry's classes, of which nature knows more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Waves over one another.
    Arch,
    /// An arch about a spine: core and delta one above the other.
    TentedArch,
    /// Ridges that enter from the left, turn and leave to the left.
    LeftLoop,
    /// The same from the right.
    RightLoop,
    /// Rings about a middle.
    Whorl,
}

/// A place on the finger, cells from its middle, upwards counted positive.
type Place = (f32, f32);

/// Orientation and distance of the ridges, everywhere.
pub(super) struct Field {
    pattern: Pattern,
    cores: Vec<Place>,
    deltas: Vec<Place>,
    /// How steep an arch is.
    steepness: f32,
    /// How the ridges waver: amplitude, and the waves' lengths and beginnings.
    wavers: [(f32, f32, f32, f32); 3],
    /// Cells from ridge to ridge, in the middle.
    period: f32,
    /// How the period changes: amplitude, and where its waves begin.
    change: (f32, f32, f32),
}

impl Field {
    /// Draws one: every other finger a loop, every third a whorl, as people have them.
    pub(super) fn drawn(draw: &mut Draw) -> Self {
        let pattern = match draw.below(100) {
            0..=6 => Pattern::Arch,
            7..=12 => Pattern::TentedArch,
            13..=38 => Pattern::LeftLoop,
            39..=66 => Pattern::RightLoop,
            _ => Pattern::Whorl,
        };
        let mut near = |x: f32, y: f32, reach: f32| {
            (
                x + draw.between(-reach, reach),
                y + draw.between(-reach, reach),
            )
        };
        let (cores, deltas) = match pattern {
            Pattern::Arch => (vec![], vec![]),
            Pattern::TentedArch => {
                let core = near(0.0, 8.0, 12.0);
                let below = near(0.0, -36.0, 8.0);
                let delta = (core.0 + below.0 / 4.0, core.1 + below.1);
                (vec![core], vec![delta])
            }
            Pattern::LeftLoop => (vec![near(-2.0, 10.0, 17.0)], vec![near(52.0, -42.0, 17.0)]),
            Pattern::RightLoop => (vec![near(2.0, 10.0, 17.0)], vec![near(-52.0, -42.0, 17.0)]),
            Pattern::Whorl => {
                let core = near(0.0, 18.0, 15.0);
                let apart = near(0.0, -18.0, 14.0);
                let below = (core.0 + apart.0 / 2.0, core.1 + apart.1);
                (
                    vec![core, below],
                    vec![near(-56.0, -44.0, 16.0), near(56.0, -44.0, 16.0)],
                )
            }
        };
        let mut waver = || {
            let length = TAU / draw.between(60.0, 150.0);
            let (sine, cosine) = draw.between(-PI, PI).sin_cos();
            (
                draw.between(0.05, 0.2),
                length * cosine,
                length * sine,
                draw.between(-PI, PI),
            )
        };
        let wavers = [waver(), waver(), waver()];
        Self {
            pattern,
            wavers,
            cores,
            deltas,
            steepness: draw.between(0.9, 1.5),
            period: draw.between(3.95, 5.2),
            change: (
                draw.between(0.04, 0.1),
                draw.between(-PI, PI),
                draw.between(-PI, PI),
            ),
        }
    }

    pub(super) const fn pattern(&self) -> Pattern {
        self.pattern
    }

    /// The direction of the ridge at a place, in radians from the horizontal, counter-clockwise; half a
    /// turn more is the same.
    pub(super) fn direction(&self, (x, y): Place) -> f32 {
        let waver: f32 = self
            .wavers
            .iter()
            .map(|(amplitude, a, b, from)| amplitude * (a * x + b * y + from).sin())
            .sum();
        if self.pattern == Pattern::Arch {
            let (half_width, half_height) = (f32::from(WIDTH) / 2.0, f32::from(HEIGHT) / 2.0);
            let rise = (1.0 - (y / half_height + 0.1).abs()).max(0.0);
            return waver - (self.steepness * rise * (x / half_width * PI).sin()).atan();
        }
        let angle = |places: &[Place]| -> f32 {
            let angles = places.iter().map(|(px, py)| (y - py).atan2(x - px));
            angles.sum()
        };
        waver + (angle(&self.cores) - angle(&self.deltas)) / 2.0
    }

    /// Cells from ridge to ridge at a place: wider towards the joint, and wavering.
    pub(super) fn period(&self, (x, y): Place) -> f32 {
        let (amplitude, along, aslant) = self.change;
        let wave = (x / 31.0 + along).sin() + (y / 37.0 + x / 90.0 + aslant).sin();
        let joint = 0.08 * (-y / f32::from(HEIGHT)).clamp(0.0, 0.5);
        self.period * (1.0 + amplitude * wave / 2.0 + joint)
    }

    /// Whether the place is skin: a fingertip's outline.
    pub(super) fn is_skin((x, y): Place) -> bool {
        let (half_width, half_height) = (f32::from(WIDTH) / 2.0, f32::from(HEIGHT) / 2.0);
        let across = x / half_width;
        // Round at the tip, straight further down.
        let up = (y / half_height).max(0.0);
        across * across + up * up <= 1.0
    }
}

/// The place of a cell.
pub(super) fn place(x: u16, y: u16) -> Place {
    (
        f32::from(x) - f32::from(WIDTH - 1) / 2.0,
        f32::from(HEIGHT - 1) / 2.0 - f32::from(y),
    )
}

/// The cell of a place, between cells too: column and row.
pub(super) fn cell((x, y): Place) -> (f32, f32) {
    (
        x + f32::from(WIDTH - 1) / 2.0,
        f32::from(HEIGHT - 1) / 2.0 - y,
    )
}
