//! The DET curve (ISO/IEC 19795-1, 6.3): false non-match rate over false match rate, both on
//! logarithmic axes.

use std::fmt::Write as _;

use super::{Det, DetPoint};

/// Size of the drawing and its margins, in pixels.
const SIZE: (f64, f64) = (640.0, 480.0);
const LEFT: f64 = 70.0;
const BELOW: f64 = 60.0;
const ABOVE: f64 = 40.0;
const RIGHT: f64 = 20.0;
/// Lowest rate of either axis, as a power of ten; the highest is 1.
const LOWEST: i32 = -5;
/// Most points of the line.
const MAX_POINTS: usize = 4_000;

/// Draws the curve. `title` stands above it; `marks` are thresholds that are shown on it.
#[must_use]
pub fn det_svg(det: &Det, title: &str, marks: &[f64]) -> String {
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = draw(&mut out, det, title, marks);
    out
}

fn draw(out: &mut String, det: &Det, title: &str, marks: &[f64]) -> core::fmt::Result {
    let (width, height) = SIZE;
    let middle = LEFT + (width - LEFT - RIGHT) / 2.0;
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">"#
    )?;
    writeln!(
        out,
        r#"<rect width="{width}" height="{height}" fill="white"/>"#
    )?;
    writeln!(
        out,
        r#"<text x="{middle}" y="24" text-anchor="middle" font-size="14">{}</text>"#,
        escaped(title)
    )?;
    for power in LOWEST..=0 {
        let rate = 10.0_f64.powi(power);
        let (x, y) = (across(rate), down(rate));
        let (top, bottom, right) = (ABOVE, height - BELOW, width - RIGHT);
        writeln!(
            out,
            r##"<path d="M{x:.1} {top}V{bottom}M{LEFT} {y:.1}H{right}" stroke="#ccc"/>"##
        )?;
        let label = format!("{rate}");
        writeln!(
            out,
            r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#,
            bottom + 18.0
        )?;
        writeln!(
            out,
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
            LEFT - 8.0,
            y + 4.0
        )?;
    }
    writeln!(
        out,
        r#"<text x="{middle}" y="{:.1}" text-anchor="middle">false match rate</text>"#,
        height - 18.0
    )?;
    let half = ABOVE + (height - ABOVE - BELOW) / 2.0;
    writeln!(
        out,
        r#"<text transform="translate(18 {half}) rotate(-90)" text-anchor="middle">false non-match rate</text>"#
    )?;
    out.push_str(r##"<polyline fill="none" stroke="#0050a0" stroke-width="2" points=""##);
    for DetPoint { fmr, fnmr, .. } in det.thinned(MAX_POINTS) {
        write!(out, "{:.1},{:.1} ", across(fmr), down(fnmr))?;
    }
    out.push_str("\"/>\n");
    for mark in marks {
        let at = det.points().iter().find(|point| point.threshold >= *mark);
        // Above all scores nothing matches: no working point.
        let Some(point) = at.filter(|point| point.threshold.is_finite()) else {
            continue;
        };
        let (x, y) = (across(point.fmr), down(point.fnmr));
        writeln!(
            out,
            r##"<circle cx="{x:.1}" cy="{y:.1}" r="4" fill="#a03000"/>"##
        )?;
        writeln!(
            out,
            r#"<text x="{:.1}" y="{:.1}">{mark}</text>"#,
            x + 8.0,
            y - 8.0
        )?;
    }
    writeln!(out, "</svg>")
}

/// A rate on the axis to the right.
fn across(rate: f64) -> f64 {
    let (width, _) = SIZE;
    LEFT + share(rate) * (width - LEFT - RIGHT)
}

/// A rate on the axis upwards.
fn down(rate: f64) -> f64 {
    let (_, height) = SIZE;
    height - BELOW - share(rate) * (height - ABOVE - BELOW)
}

/// Where a rate lies between the lowest and 1; what is lower lies at the edge.
fn share(rate: f64) -> f64 {
    let lowest = f64::from(LOWEST);
    let power = rate.max(f64::MIN_POSITIVE).log10();
    ((power - lowest) / -lowest).clamp(0.0, 1.0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::biometrics::evaluation::Scores;

    #[test]
    fn a_curve_is_drawn_within_its_frame() {
        let scores = Scores {
            genuine: vec![(1, 0.9), (1, 0.8), (2, 0.4)],
            impostor: vec![(1, 2, 0.1), (1, 3, 0.5), (2, 3, 0.3)],
        };
        let det = Det::new(&scores).unwrap();
        let svg = det_svg(&det, "a <b> & c", &[0.45, 2.0]);
        assert!(svg.contains("a &lt;b&gt; &amp; c"));
        assert_eq!(
            svg.matches("<circle").count(),
            1,
            "no mark above all scores"
        );
        let (_, line) = svg.split_once("points=\"").unwrap();
        let (line, _) = line.split_once('"').unwrap();
        for point in line.split_whitespace() {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!(
                (70.0..=620.0).contains(&x) && (40.0..=420.0).contains(&y),
                "{point}"
            );
        }
    }
}
