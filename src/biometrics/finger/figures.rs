//! What the matcher reaches on simulated fingers: `cargo test --release figures -- --ignored
//! --nocapture`. It tries the program; people's fingers are worse.

use core::time::Duration;
use std::time::Instant;

use cccd_port::FingerImage;
use cccd_sim::{Press, SynthFinger};

use super::{Comparison, FingerMatcher, NistMatcher, Outcome, Template, Threshold};
use crate::biometrics::evaluation::{Det, Scores, subject_bootstrap};

const FINGERS: u32 = 20;
const PRESSES: u32 = 4;

/// How a condition changes a natural press.
type Change = fn(Press) -> Press;

/// Name, change, and what dpi the desk is told.
const CONDITIONS: [(&str, Change, u16); 5] = [
    ("natural, 256 greys", |press| press, 500),
    (
        "natural, 16 greys",
        |press| Press {
            sixteen_greys: true,
            ..press
        },
        500,
    ),
    ("hard, 16 greys", hard, 500),
    (
        "hard, 1,000 dpi",
        |press| Press {
            size: (512, 576),
            dpi: 1_000,
            ..hard(press)
        },
        1_000,
    ),
    ("hard, told 10 % too much", hard, 550),
];

/// Far aside, much turned, dry or wet, and stained.
fn hard(press: Press) -> Press {
    Press {
        shift: (press.shift.0 * 4.0, press.shift.1 * 4.0),
        rotation: press.rotation * 2.5,
        distortion: press.distortion * 2.0,
        pressure: press.pressure * 3.0,
        noise: press.noise + 0.7,
        sixteen_greys: true,
        ..press
    }
}

/// Takes `work`'s time.
fn timed<T>(times: &mut Vec<Duration>, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    times.push(start.elapsed());
    made
}

/// The half, nineteen of twenty, and all.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    format!(
        "median {:.1?}, p95 {:.1?}, worst {:.1?}",
        at(50),
        at(95),
        at(100)
    )
}

#[test]
#[ignore = "a measurement, of some minutes where nothing is optimised"]
fn figures() {
    let matcher = NistMatcher::new(Duration::from_secs(60));
    println!(
        "| presses | EER, 95 % over people | FNMR at 40 | FMR at 40 | minutiae |\n|---|---|---|---|---|"
    );
    let mut searches = Vec::new();
    let mut comparisons = Vec::new();
    for (name, change, told) in CONDITIONS {
        let mut templates: Vec<(u32, Template)> = Vec::new();
        for who in 0..FINGERS {
            let finger = SynthFinger::new(1_000 + u64::from(who), 1);
            for number in 0..PRESSES {
                let press = change(finger.natural(number));
                // A wrong resolution would do no harm if it were wrong on both sides.
                let told = if number % 2 == 0 { told } else { press.dpi };
                let image = finger.impression(&press).unwrap();
                let pixels = image.pixels().to_vec().into();
                let image = FingerImage::new(image.width(), image.height(), told, pixels).unwrap();
                templates.push((
                    who,
                    timed(&mut searches, || matcher.extract(&image)).unwrap(),
                ));
            }
        }
        let mut scores = Scores::default();
        for (at, (who, one)) in templates.iter().enumerate() {
            for (other, another) in templates.iter().take(at) {
                let score = timed(&mut comparisons, || matcher.compare(one, another)).unwrap();
                let score = f64::from(score.0);
                if who == other {
                    scores.genuine.push((*who, score));
                } else {
                    scores.impostor.push((*who, *other, score));
                }
            }
        }
        let equal = Det::new(&scores).unwrap().equal_error();
        let over = subject_bootstrap(&scores, 200, 1, |det| det.equal_error().rate)
            .unwrap()
            .interval;
        let rates = scores.rates(&[40.0]).unwrap()[0];
        let mut counts: Vec<usize> = templates.iter().map(|(_, one)| one.count()).collect();
        counts.sort_unstable();
        println!(
            "| {name} | {:.2} % [{:.2}, {:.2}] at {} | {}/{} | {}/{} | {}–{}–{} |",
            equal.rate * 100.0,
            over.low * 100.0,
            over.high * 100.0,
            equal.threshold,
            rates.fnmr.errors,
            rates.fnmr.trials,
            rates.fmr.errors,
            rates.fmr.trials,
            counts[0],
            counts[counts.len() / 2],
            counts[counts.len() - 1],
        );
    }
    println!("search: {}", spread(&mut searches));
    println!("comparison: {}", spread(&mut comparisons));
    decisions(&matcher);
}

/// Three references, both orders, the best of up to three presses, as the desk decides.
fn decisions(matcher: &NistMatcher) {
    let template = |who: u32, number: u32| {
        let finger = SynthFinger::new(1_000 + u64::from(who), 1);
        let image = finger.impression(&hard(finger.natural(number))).unwrap();
        matcher.extract(&image).unwrap()
    };
    let references: Vec<Vec<Template>> = (0..FINGERS)
        .map(|who| (0..3).map(|number| template(who, number)).collect())
        .collect();
    let presses: Vec<Vec<Template>> = (0..FINGERS)
        .map(|who| (10..13).map(|number| template(who, number)).collect())
        .collect();
    let mut refused = 0;
    let mut taken = 0;
    for (who, references) in references.iter().enumerate() {
        for (presser, presses) in presses.iter().enumerate() {
            let usable: Vec<_> = references
                .iter()
                .filter(|one| one.is_usable())
                .cloned()
                .collect();
            let algorithm = matcher.algorithm();
            let mut comparison =
                Comparison::new(matcher, algorithm, usable, Threshold::default()).unwrap();
            for press in presses {
                comparison.press(matcher, press);
            }
            let supports = comparison.outcome() == Outcome::Supports;
            refused += u32::from(who == presser && !supports);
            taken += u32::from(who != presser && supports);
        }
    }
    println!(
        "decisions on hard presses: {refused} of {FINGERS} refused, {taken} of {} others taken",
        FINGERS * (FINGERS - 1)
    );
}
