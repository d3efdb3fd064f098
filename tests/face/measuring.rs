//! How long a comparison takes, and how much of that its networks: `make bench-face`.

use std::time::{Duration, Instant};

use cccd_desk::biometrics::face::detect::Detector;
use cccd_desk::biometrics::face::models::Models;
use cccd_desk::biometrics::face::network::Network;
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::face::sight::Sight;

use super::{bytes, compared, jpeg, models, rgb, target};

/// Runs of each measurement.
const ROUNDS: usize = 21;

fn median(mut work: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[0], times[ROUNDS / 2])
}

/// A portrait as a chip holds it (240×320) against a picture as a camera gives it (640×480).
#[test]
#[ignore = "measures; wants a quiet machine and a release build"]
fn the_time_of_a_whole_comparison() {
    let (Some(models), Some(one), Some(two)) = (models(), bytes("obama"), bytes("obama2")) else {
        return;
    };
    let chip = jpeg(&image::imageops::thumbnail(&rgb(&one), 240, 320));
    let whole = rgb(&two);
    let camera = image::imageops::crop_imm(&whole, 0, 200, 626, 470).to_image();
    let camera = jpeg(&image::imageops::resize(
        &camera,
        640,
        480,
        image::imageops::FilterType::Triangle,
    ));
    for (name, live) in [("640×480", &camera), ("626×1200", &two)] {
        let (least, middle) = median(|| {
            let outcome = compared(models, &chip, &[live]);
            assert!(outcome.score.is_some(), "{outcome:?}");
        });
        let networks = networks(models, &[&chip, live]);
        println!(
            "whole comparison with {name}: least {least:.1?}, median {middle:.1?}; \
             its networks alone {networks:.1?}; ratio {:.2}",
            middle.as_secs_f64() / networks.as_secs_f64()
        );
    }
}

/// The time of the bare networks, each run as often as the comparison of these pictures runs it: the
/// baseline that nothing around them can fall below.
fn networks(models: &Models, pictures: &[&[u8]]) -> Duration {
    let Detector::Tiny(tiny) = &models.detector else {
        panic!("the package's detector is measured");
    };
    let landmarks = models.landmarks.as_ref().unwrap();
    // Which pictures the first two passes find nothing in.
    let mut coarse = Models::load(&target("models")).unwrap();
    if let Detector::Tiny(tiny) = &mut coarse.detector {
        tiny.further.clear();
    }
    let limits = PictureLimits::default();
    let further = pictures.iter().filter(|bytes| {
        let picture = Picture::decode(bytes, &limits).unwrap();
        matches!(coarse.look(&picture).unwrap(), Sight::Nothing)
    });
    let further = u32::try_from(further.count()).unwrap();
    let each = u32::try_from(pictures.len()).unwrap();
    // One finer pass each: the comparison would not have found them otherwise, or in the next.
    let finer = tiny.further.first().map_or(Duration::ZERO, |side| {
        bare(&tiny.network, 1, *side) * further
    });
    let detection = bare(&tiny.network, 1, tiny.side) * 2;
    let points = bare(&landmarks.network, 1, landmarks.side);
    // Face and mirror image at once.
    let embedding = bare(&models.embedder.network, 2, models.embedder.side);
    println!(
        "bare networks of a picture: detection {detection:.1?}, points {points:.1?}, embedding \
         {embedding:.1?}; finer passes {finer:.1?} for {further} of {each}"
    );
    (detection + points + embedding) * each + finer
}

/// The median time of one run on grey squares.
fn bare(network: &Network, count: usize, side: u32) -> Duration {
    let side = usize::try_from(side).unwrap();
    let grey = vec![0.1; count * 3 * side * side];
    let (_, middle) = median(|| {
        network.run([count, 3, side, side], &grey).unwrap();
    });
    middle
}
