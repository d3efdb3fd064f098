//! The band that says what a portrait is.

use super::canvas::{Canvas, Colour, Point};

/// The band across the chest: `MẪU / TEST`.
pub(super) fn draw(canvas: &mut Canvas) {
    let (red, white): (Colour, Colour) = ([176.0, 32.0, 40.0], [255.0; 3]);
    canvas.polygon(
        &[(0.0, 566.0), (480.0, 566.0), (480.0, 626.0), (0.0, 626.0)],
        1.5,
        red,
    );
    let mut x = 66.0;
    for letter in "MẪU / TEST".chars() {
        for line in strokes(letter) {
            let points: Vec<Point> = line
                .iter()
                .map(|(u, v)| (x + u * 28.0, 614.0 - v * 34.0))
                .collect();
            canvas.stroke(&points, 5.0, 1.6, white);
        }
        x += if letter == ' ' { 20.0 } else { 40.0 };
    }
}

/// A letter as lines in a unit box, the origin at the lower left.
fn strokes(letter: char) -> Vec<Vec<Point>> {
    match letter {
        'M' => vec![vec![
            (0.0, 0.0),
            (0.0, 1.0),
            (0.5, 0.4),
            (1.0, 1.0),
            (1.0, 0.0),
        ]],
        'Ẫ' => vec![
            vec![(0.0, 0.0), (0.5, 0.8), (1.0, 0.0)],
            vec![(0.2, 0.28), (0.8, 0.28)],
            vec![(0.28, 0.88), (0.5, 1.04), (0.72, 0.88)],
            vec![(0.3, 1.20), (0.44, 1.27), (0.58, 1.19), (0.74, 1.26)],
        ],
        'U' => vec![vec![
            (0.0, 1.0),
            (0.0, 0.25),
            (0.25, 0.0),
            (0.75, 0.0),
            (1.0, 0.25),
            (1.0, 1.0),
        ]],
        '/' => vec![vec![(0.1, -0.05), (0.9, 1.05)]],
        'T' => vec![vec![(0.0, 1.0), (1.0, 1.0)], vec![(0.5, 1.0), (0.5, 0.0)]],
        'E' => vec![
            vec![(1.0, 1.0), (0.0, 1.0), (0.0, 0.0), (1.0, 0.0)],
            vec![(0.0, 0.52), (0.8, 0.52)],
        ],
        'S' => vec![vec![
            (0.95, 0.86),
            (0.7, 1.0),
            (0.3, 1.0),
            (0.05, 0.8),
            (0.2, 0.56),
            (0.8, 0.44),
            (0.95, 0.2),
            (0.7, 0.0),
            (0.3, 0.0),
            (0.05, 0.14),
        ]],
        _ => Vec::new(),
    }
}
