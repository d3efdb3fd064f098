//! Numbers on a grid.

/// Rows of numbers.
pub(super) struct Grid {
    width: u16,
    pub(super) cells: Vec<f32>,
}

impl Grid {
    /// One number everywhere.
    pub(super) fn new(width: u16, height: u16, value: f32) -> Self {
        Self {
            width,
            cells: vec![value; usize::from(width) * usize::from(height)],
        }
    }

    /// A number for each place.
    pub(super) fn by(width: u16, height: u16, mut value: impl FnMut(u16, u16) -> f32) -> Self {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            cells: places.map(|(x, y)| value(x, y)).collect(),
        }
    }

    pub(super) fn row(&self, y: u16) -> &[f32] {
        let start = usize::from(y) * usize::from(self.width);
        let end = start + usize::from(self.width);
        self.cells.get(start..end).unwrap_or_default()
    }

    pub(super) fn set(&mut self, x: u16, y: u16, value: f32) {
        let at = usize::from(y) * usize::from(self.width) + usize::from(x);
        if let (true, Some(cell)) = (x < self.width, self.cells.get_mut(at)) {
            *cell = value;
        }
    }

    /// The value between four cells, by how near each is; `outside` beyond the edge.
    pub(super) fn linear(&self, x: f32, y: f32, outside: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (right, low) = (x - left, y - top);
        let row = |y: f32| {
            let Some(row) = whole(y).map(|y| self.row(y)) else {
                return outside;
            };
            let cell = |x: f32| {
                whole(x)
                    .and_then(|x| row.get(usize::from(x)).copied())
                    .unwrap_or(outside)
            };
            cell(left) * (1.0 - right) + cell(left + 1.0) * right
        };
        row(top) * (1.0 - low) + row(top + 1.0) * low
    }

    /// The value of the smooth surface (Catmull and Rom) through sixteen cells; `outside` where one is
    /// beyond the edge.
    pub(super) fn smooth(&self, x: f32, y: f32, outside: f32) -> f32 {
        let (left, top) = (x.floor() - 1.0, y.floor() - 1.0);
        let (Some(column), Some(first)) = (whole(left), whole(top)) else {
            return outside;
        };
        let across = weights(x - x.floor());
        let down = weights(y - y.floor());
        let start = usize::from(column);
        let mut sum = 0.0;
        for (y, weight) in (first..).zip(down) {
            let Some([a, b, c, d]) = self.row(y).get(start..start + 4) else {
                return outside;
            };
            sum += weight * (a * across.0 + b * across.1 + c * across.2 + d * across.3);
        }
        sum
    }
}

/// How much each of four neighbours counts, `at` of the way from the second to the third.
fn weights(at: f32) -> Weights {
    let (square, cube) = (at * at, at * at * at);
    Weights(
        0.5 * (-cube + 2.0 * square - at),
        0.5 * (3.0 * cube - 5.0 * square + 2.0),
        0.5 * (-3.0 * cube + 4.0 * square + at),
        0.5 * (cube - square),
    )
}

struct Weights(f32, f32, f32, f32);

impl IntoIterator for Weights {
    type Item = f32;
    type IntoIter = std::array::IntoIter<f32, 4>;

    fn into_iter(self) -> Self::IntoIter {
        [self.0, self.1, self.2, self.3].into_iter()
    }
}

/// A whole number that is a place on a grid.
#[expect(
    clippy::as_conversions,
    reason = "float to integer has no other way, and it is within"
)]
pub(super) fn whole(value: f32) -> Option<u16> {
    (0.0..=65_535.0).contains(&value).then_some(value as u16)
}
