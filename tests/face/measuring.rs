//! How long a comparison takes: `cargo test --release --test face -- --ignored --nocapture whole`.

use std::time::{Duration, Instant};

use super::{bytes, compared, jpeg, models, rgb};

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
        eprintln!("whole comparison with {name}: least {least:.1?}, median {middle:.1?}");
    }
}
