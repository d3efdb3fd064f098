//! What a moved print looks like to the networks: pictures of one person, warped as a flat thing is
//! seen when it is tilted before a camera.

use std::time::Duration;

use cccd_desk::biometrics::face::landmarks::Landmarks;
use cccd_desk::biometrics::face::liveness::parallax::parallax;
use cccd_desk::biometrics::face::liveness::{Challenges, Rules};
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::face::sight::Sight;
use cccd_desk::biometrics::face::{Comparison, Finding, Live, Settings};
use cccd_desk::crypto::random::SystemRandom;
use image::{Rgb, RgbImage};

use super::{bytes, frame, jpeg, models, portrait, rgb, watch};

/// The picture as a print that is turned by `yaw` and `pitch` (radians) before a camera which is
/// `distance` print widths away.
fn tilted(print: &RgbImage, yaw: f64, pitch: f64, distance: f64) -> RgbImage {
    let (width, height) = (f64::from(print.width()), f64::from(print.height()));
    let (cy, sy, cp, sp) = (yaw.cos(), yaw.sin(), pitch.cos(), pitch.sin());
    RgbImage::from_fn(print.width(), print.height(), |x, y| {
        // The ray through this pixel meets the plane spanned by the print's turned axes.
        let (u, v) = (
            (f64::from(x) - width / 2.0) / width,
            (f64::from(y) - height / 2.0) / width,
        );
        let (ax, ay, az) = (cy, sy * sp, -sy * cp);
        let (bx, by, bz) = (0.0, cp, sp);
        // a·s + b·t = (u·(d − z), v·(d − z)) / d with z = az·s + bz·t.
        let d = distance;
        let (m11, m12, r1) = (ax + u * az / d, bx + u * bz / d, u);
        let (m21, m22, r2) = (ay + v * az / d, by + v * bz / d, v);
        let det = m11 * m22 - m12 * m21;
        let (s, t) = ((r1 * m22 - r2 * m12) / det, (m11 * r2 - m21 * r1) / det);
        let (px, py) = (s * width + width / 2.0, t * width + height / 2.0);
        if det.abs() < 1e-6 || px < 0.0 || py < 0.0 || px >= width - 1.0 || py >= height - 1.0 {
            return Rgb([120, 120, 120]);
        }
        #[allow(clippy::as_conversions)]
        let (left, top) = (px as u32, py as u32);
        let (right, down) = (px - f64::from(left), py - f64::from(top));
        let mut colour = [0; 3];
        for (channel, value) in colour.iter_mut().enumerate() {
            let at = |x: u32, y: u32| f64::from(print.get_pixel(x, y)[channel]);
            let above = at(left, top) * (1.0 - right) + at(left + 1, top) * right;
            let below = at(left, top + 1) * (1.0 - right) + at(left + 1, top + 1) * right;
            #[allow(clippy::as_conversions)]
            let mixed = (above * (1.0 - down) + below * down) as u8;
            *value = mixed;
        }
        Rgb(colour)
    })
}

fn small(bytes: &[u8]) -> RgbImage {
    let whole = rgb(bytes);
    let height = 560 * whole.height() / whole.width();
    image::imageops::thumbnail(&whole, 560, height)
}

fn landmarks(bytes: &[u8]) -> Option<Landmarks> {
    let picture = Picture::decode(bytes, &PictureLimits::default()).unwrap();
    match models()?.look(&picture).unwrap() {
        Sight::One(face) => Some(face.landmarks.clone()),
        _ => None,
    }
}

/// The landmark network sees faces, not planes: how much parallax it makes up where there is none.
#[test]
fn a_tilted_print_is_not_taken_for_a_head() {
    let (Some(_), Some(one), Some(other)) = (models(), bytes("obama"), bytes("biden")) else {
        return;
    };
    let rules = Rules::default();
    let (mut seen, mut turned, mut flat, mut passed) = (0, 0, 0, 0);
    let mut most = 0.0_f64;
    for print in [one, other] {
        let print = small(&print);
        let before = landmarks(&jpeg(&print)).unwrap();
        for yaw in [-1.0, -0.8, -0.6, -0.4, 0.4, 0.6, 0.8, 1.0] {
            for pitch in [-0.6, -0.3, 0.0, 0.3, 0.6] {
                let Some(after) = landmarks(&jpeg(&tilted(&print, yaw, pitch, 3.0))) else {
                    continue;
                };
                seen += 1;
                let proxy = after.five().yaw_proxy();
                let found = parallax(&before, &after).unwrap();
                most = most.max(found);
                if std::env::var_os("TELL").is_some() {
                    eprintln!(
                        "yaw {yaw:.1} pitch {pitch:.1}: proxy {proxy:.3} parallax {found:.3}"
                    );
                }
                if proxy.abs() >= rules.turned {
                    turned += 1;
                    flat += i32::from(found < rules.flat);
                    passed += i32::from(found >= rules.deep);
                }
            }
        }
    }
    eprintln!(
        "{seen} tilted prints with a face, parallax at most {most:.3}; {turned} pass for turned, of \
         which {flat} are flat and {passed} pass for a head"
    );
    assert!(seen > 30, "too few were seen");
    assert_eq!(passed, 0);
}

#[test]
fn a_print_held_still_or_tilted_meets_no_challenge() {
    let (Some(models), Some(one)) = (models(), bytes("obama")) else {
        return;
    };
    let print = small(&one);
    let still = jpeg(&print);
    let tilts: Vec<Vec<u8>> = [-0.8, 0.8]
        .map(|yaw| jpeg(&tilted(&print, yaw, 0.5, 3.0)))
        .to_vec();
    let movements = [
        vec![&still; 6],
        [
            &still, &tilts[0], &still, &tilts[1], &still, &tilts[0], &still,
        ]
        .to_vec(),
    ];
    for movement in movements {
        let mut challenges = Challenges::default();
        let issued = Duration::from_secs(5);
        let (nonce, _) = challenges.issue(&mut SystemRandom, issued).unwrap();
        let challenge = challenges.take(nonce, issued).unwrap();
        let frames = movement.iter().zip(1_u32..).map(|(bytes, number)| {
            let at = issued + Duration::from_millis(300) * number;
            (at, frame(bytes))
        });
        let comparison = Comparison {
            portrait: portrait(&one),
            live: Live::Movement(challenge, frames.collect()),
        };
        let outcome = cccd_desk::biometrics::face::compare::compare(
            models,
            &Settings::default(),
            &comparison,
            &watch(),
        );
        eprintln!("{:?} {:?}", outcome.finding, outcome.facts.get("movement"));
        assert!(
            matches!(
                outcome.finding,
                Finding::SensorUntrusted | Finding::PresentationAttack
            ),
            "{outcome:?}"
        );
        assert_eq!(outcome.score, None);
    }
}
