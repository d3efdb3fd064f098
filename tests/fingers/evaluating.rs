//! The figures of a collection of fingers. They are the simulator's, and say nothing about people.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use cccd_desk::biometrics::evaluation::drawing::det_svg;
use cccd_desk::biometrics::evaluation::{Det, Proportion};
use cccd_desk::biometrics::finger::calibration::Calibration;
use cccd_desk::biometrics::finger::evaluate::collection::Layout;
use cccd_desk::biometrics::finger::evaluate::picture::PictureFault;
use cccd_desk::biometrics::finger::evaluate::report::{Naming, calibration, report};
use cccd_desk::biometrics::finger::evaluate::{EvaluateError, NotEnrolled, Stage, Terms, evaluate};
use cccd_desk::biometrics::finger::{FingerMatcher, Threshold};
use cccd_port::FingerImage;
use cccd_sim::{Press, SynthFinger};
use image::{DynamicImage, GrayImage, ImageFormat};

use super::matcher;

/// Fingers of the collection, and pictures of each.
const FINGERS: u32 = 4;
const PICTURES: u32 = 8;

/// A press as a sensor of the competition's first database sees it: 388 × 374 at 500 dpi.
fn picture(finger: u32, number: u32) -> FingerImage {
    let finger = SynthFinger::new(700 + u64::from(finger), 1);
    let press = Press {
        size: (388, 374),
        ..finger.natural(number)
    };
    finger.impression(&press).unwrap()
}

fn written(image: &FingerImage, format: ImageFormat) -> Vec<u8> {
    let (width, height) = (image.width().into(), image.height().into());
    let grey = GrayImage::from_raw(width, height, image.pixels().to_vec()).unwrap();
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(grey).write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn pgm(image: &FingerImage) -> Vec<u8> {
    let head = format!("P5\n{} {}\n255\n", image.width(), image.height());
    [head.as_bytes(), image.pixels()].concat()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_collection_named_as_the_competitions_do_becomes_a_report_and_a_calibration() {
    let folder = tempfile::tempdir().unwrap();
    for finger in 0..FINGERS {
        for number in 0..PICTURES {
            let tiff = written(&picture(finger, number), ImageFormat::Tiff);
            let name = format!("{}_{}.tif", 101 + finger, 1 + number);
            put(folder.path(), &name, &tiff);
        }
    }
    // What a collection may hold besides.
    put(folder.path(), "101_9.tif", b"II*\0 and no picture");
    put(folder.path(), "102_9.png", b"GIF89a");
    put(
        folder.path(),
        "103_9.bmp",
        &written(&small(), ImageFormat::Bmp),
    );
    put(folder.path(), "cover.jpg", b"");
    put(folder.path(), "readme.txt", b"");
    put(folder.path(), "more/101_1.tif", b"");

    let matcher = matcher();
    let mut heard = Vec::new();
    let found = evaluate(
        &matcher,
        folder.path(),
        &Terms::default(),
        &mut |stage, done, all| heard.push((stage, done, all)),
    )
    .unwrap();
    let pairs = usize::try_from(FINGERS * PICTURES).unwrap();
    let pairs = pairs * (pairs - 1) / 2;
    assert_eq!(heard[0], (Stage::Pictures, 1, 35));
    assert_eq!(heard.last(), Some(&(Stage::Pairs, pairs, pairs)));
    assert_eq!(heard.len(), 35 + pairs);
    assert_eq!(found.layout, Layout::Named);
    assert_eq!(
        (found.fingers, found.enrolled, found.passed_over),
        (4, 32, 1)
    );
    let failed: Vec<(NotEnrolled, usize)> = found.not_enrolled.clone().into_iter().collect();
    let expected = [
        (NotEnrolled::Picture(PictureFault::FormatUnknown), 1),
        (NotEnrolled::Picture(PictureFault::Malformed), 1),
        (NotEnrolled::Size, 1),
    ];
    assert_eq!(failed, expected);
    // As of ten fingers: 280 and 2,880.
    assert_eq!(found.once.genuine.len(), 4 * 28);
    assert_eq!(found.once.impostor.len(), pairs - 4 * 28);
    assert_eq!(found.without_score, 0);

    let naming = Naming {
        name: "simulated",
        set: "made up",
        made: "2026-11-30",
    };
    let text = report(&found, &naming).unwrap();
    println!("{text}");
    for part in [
        "simulated (made up), 2026-11-30",
        matcher.algorithm(),
        "taken as of 500 pixels an inch",
        "1 pictures beside them left out",
        "4 fingers, 32 pictures enrolled",
        "failure to enrol 3 of 35",
        "112 pairs of one finger, 384 pairs of two",
        "Equal error rate",
        "best of up to 2 presses",
        "taken others 0 of 120",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    bounds(&found);

    let made = calibration(&found, &naming).unwrap();
    let models = tempfile::tempdir().unwrap();
    made.adopt(models.path()).unwrap();
    let cited = Calibration::load(models.path()).unwrap().unwrap();
    assert!(cited.is_of(matcher.algorithm(), Threshold::default()));
    assert_eq!((cited.genuine, cited.impostor), (112, 384));
    assert_eq!((cited.pictures, cited.not_enrolled), (32, 3));
    // No error in 384 pairs leaves one in a hundred.
    assert!((0.009..0.011).contains(&cited.at_threshold.fmr_interval[1]));
    let svg = det_svg(&Det::new(&found.once).unwrap(), "made up", &[40.0]);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
}

/// What was measured, with some room for other machines' sines.
fn bounds(found: &cccd_desk::biometrics::finger::evaluate::Evaluation) {
    for scores in [&found.once, &found.better] {
        let equal = Det::new(scores).unwrap().equal_error();
        assert!(equal.rate <= 0.01, "{equal:?}");
        let rates = scores.rates(&[40.0]).unwrap()[0];
        assert_eq!(rates.fmr.errors, 0);
        assert!(rates.fnmr.rate() <= 0.02, "{rates:?}");
    }
    // A pair is no worse in both orders than in one.
    for (once, better) in found.once.genuine.iter().zip(&found.better.genuine) {
        assert!(once.1 <= better.1);
    }
    let presses: Vec<usize> = found.decisions.iter().map(|one| one.presses).collect();
    assert_eq!(presses, [2, 3]);
    for decisions in &found.decisions {
        assert_eq!(decisions.refused, Proportion::new(0, 40), "{decisions:?}");
        assert_eq!(decisions.taken, Proportion::new(0, 120), "{decisions:?}");
    }
}

/// Too small to be searched.
fn small() -> FingerImage {
    FingerImage::new(5, 5, 500, vec![7; 25].into()).unwrap()
}

#[test]
fn a_folder_a_finger_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let wsq = |image: &FingerImage| {
        let options = wsq_codec::EncodeOptions::default();
        let (width, height) = (image.width().into(), image.height().into());
        wsq_codec::encode(image.pixels(), width, height, &options).unwrap()
    };
    for finger in 0..2 {
        for (number, ending) in (0..).zip(["tiff", "png", "bmp", "pgm", "jpg", "wsq"]) {
            let image = picture(finger, number);
            let bytes = match (ending, ImageFormat::from_extension(ending)) {
                ("pgm", _) => pgm(&image),
                (_, Some(format)) => written(&image, format),
                (_, None) => wsq(&image),
            };
            put(
                folder.path(),
                &format!("{finger}/{number}.{ending}"),
                &bytes,
            );
        }
    }
    let terms = Terms::default();
    let found = evaluate(&matcher(), folder.path(), &terms, &mut |_, _, _| {}).unwrap();
    assert_eq!(found.layout, Layout::Folders);
    assert_eq!((found.fingers, found.enrolled), (2, 12));
    assert!(found.not_enrolled.is_empty());
    // Whatever the format, pictures of one finger are alike.
    let rates = found.better.rates(&[40.0]).unwrap()[0];
    assert_eq!((rates.fmr.errors, rates.fnmr.errors), (0, 0), "{rates:?}");
}

#[test]
fn a_folder_without_two_fingers_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms::default();
    let refused = || evaluate(&matcher(), folder.path(), &terms, &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(refused(), EvaluateError::Collection(_)));
    for name in ["1_1.tif", "1_2.tif", "2_1.tif"] {
        put(folder.path(), name, b"no picture");
    }
    assert!(matches!(refused(), EvaluateError::Scores(_)));
    // More than are evaluated, looked at by their names alone.
    for number in 0..=2_000 {
        put(folder.path(), &format!("3_{number}.tif"), b"");
    }
    assert!(matches!(refused(), EvaluateError::Collection(_)));
}
