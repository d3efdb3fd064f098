//! People compared.

use std::sync::Arc;
use std::time::Duration;

use cccd_desk::biometrics::face::models::Models;
use cccd_desk::biometrics::face::picture::{Picture, PictureError};
use cccd_desk::biometrics::face::sight::Sight;
use cccd_desk::biometrics::face::watch::{Stopped, Watch};
use cccd_desk::biometrics::face::{
    Comparison, FaceEngine as _, FacePool, Finding, Live, ModelEngine, NotPerformed, PoolSettings,
    Settings, engine_of,
};
use cccd_desk::finding::CheckResult;
use cccd_desk::lds::portrait::PortraitError;
use cccd_port::SystemClock;
use image::RgbImage;

use super::{bytes, compared, frame, jpeg, models, picture, portrait, rgb};

fn similarity(models: &Models, one: &Picture, other: &Picture) -> f64 {
    let template = |picture: &Picture| match models.look(picture).unwrap() {
        Sight::One(face) => models.embed(&face).unwrap(),
        other => panic!("{other:?}"),
    };
    template(one).similarity(&template(other)).unwrap()
}

#[test]
fn pictures_of_one_person_are_alike_and_those_of_two_are_not() {
    let (Some(models), Some(one), Some(two), Some(other)) = (
        models(),
        picture("obama"),
        picture("obama2"),
        picture("biden"),
    ) else {
        return;
    };
    let genuine = similarity(models, &one, &two);
    let impostors = [
        similarity(models, &one, &other),
        similarity(models, &two, &other),
    ];
    eprintln!("one person {genuine:.4}, two {impostors:.4?}");
    assert!((genuine - 0.967).abs() < 0.01, "{genuine}");
    assert!(impostors.iter().all(|score| *score < 0.86), "{impostors:?}");
}

#[test]
fn a_comparison_says_what_it_rests_on() {
    let (Some(models), Some(one), Some(two), Some(other)) =
        (models(), bytes("obama"), bytes("obama2"), bytes("biden"))
    else {
        return;
    };
    let outcome = compared(models, &one, &[&two]);
    assert_eq!(outcome.finding, Finding::Supports, "{outcome:?}");
    assert!(outcome.score.unwrap() >= 0.94);
    let check = outcome.check();
    assert_eq!(check.result, CheckResult::Successful);
    for fact in [
        "model",
        "models",
        "threshold",
        "threshold-inconclusive",
        "calibration",
        "calibration-fmr",
        "score",
        "pictures",
        "pictures-used",
        "eye-distance",
        "luminance",
        "clipped",
        "sharpness",
        "roll",
        "yaw",
        "portrait-eye-distance",
    ] {
        assert!(check.facts.contains_key(fact), "{fact}");
    }
    let outcome = compared(models, &other, &[&two]);
    assert_eq!(outcome.finding, Finding::DoesNotSupport, "{outcome:?}");
    let check = outcome.check();
    assert_eq!(check.result, CheckResult::Failed);
    assert_eq!(check.reason.unwrap().code(), "face-mismatch");
}

#[test]
fn of_several_pictures_the_middle_score_counts() {
    let (Some(models), Some(one), Some(two), Some(other)) =
        (models(), bytes("obama"), bytes("obama2"), bytes("biden"))
    else {
        return;
    };
    let outcome = compared(models, &one, &[&one, &two, &one, &two]);
    assert_eq!(outcome.facts["pictures-used"], "3");
    assert_eq!(outcome.finding, Finding::Supports);
    // Somebody else among them: two of three still match, and that is not enough.
    let outcome = compared(models, &one, &[&one, &two, &other]);
    assert_eq!(outcome.finding, Finding::Inconclusive, "{outcome:?}");
    assert_eq!(outcome.check().reason.unwrap().code(), "face-inconclusive");
}

#[test]
fn a_turned_copy_is_turned_back_by_its_exif_data() {
    let (Some(models), Some(one), Some(two)) = (models(), bytes("obama"), rotated("obama2")) else {
        return;
    };
    let upright = compared(models, &one, &[&two.with_exif]);
    assert_eq!(upright.finding, Finding::Supports, "{upright:?}");
    let lying = compared(models, &one, &[&two.without]);
    assert_ne!(lying.finding, Finding::Supports, "{lying:?}");
}

struct Rotated {
    with_exif: Vec<u8>,
    without: Vec<u8>,
}

/// A picture that lies on its side, with and without EXIF data that say so.
fn rotated(name: &str) -> Option<Rotated> {
    let lying = jpeg(&image::imageops::rotate270(&rgb(&bytes(name)?)));
    let tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
    let with_exif = [
        &lying[..2],
        &[0xff, 0xe1],
        &length,
        b"Exif\0\0",
        tiff,
        &lying[2..],
    ]
    .concat();
    Some(Rotated {
        with_exif,
        without: lying,
    })
}

/// Two pictures side by side.
fn beside(one: &RgbImage, other: &RgbImage) -> RgbImage {
    let height = one.height().max(other.height());
    let mut both = RgbImage::new(one.width() + other.width(), height);
    image::imageops::replace(&mut both, one, 0, 0);
    image::imageops::replace(&mut both, other, i64::from(one.width()), 0);
    both
}

#[test]
fn what_can_not_be_compared_says_why() {
    let (Some(models), Some(one), Some(other)) = (models(), bytes("obama"), bytes("biden")) else {
        return;
    };
    // Eyes 66 pixels apart.
    let image = image::imageops::thumbnail(&rgb(&one), 560, 700);
    let nothing = jpeg(&RgbImage::from_fn(640, 480, |x, y| {
        image::Rgb([u8::try_from((x / 3 + y / 5) % 200).unwrap(); 3])
    }));
    let other = image::imageops::thumbnail(&rgb(&other), 560, 1272);
    let two = jpeg(&beside(&image, &other));
    let dark = jpeg(&image::imageops::brighten(&image, -110));
    let blurred = jpeg(&image::imageops::fast_blur(&image, 4.0));
    let small = jpeg(&image::imageops::thumbnail(&image, 300, 375));
    for (live, finding, flaw) in [
        (&nothing, Finding::LiveFaceMissing, None),
        (&two, Finding::LiveFaceAmbiguous, None),
        (&dark, Finding::LiveImagePoor, Some("too-dark")),
        (&blurred, Finding::LiveImagePoor, Some("blurred")),
        (&small, Finding::LiveImagePoor, Some("too-small")),
    ] {
        let outcome = compared(models, &one, &[live]);
        assert_eq!(outcome.finding, finding, "{outcome:?}");
        assert_eq!(outcome.score, None);
        if let Some(flaw) = flaw {
            assert!(outcome.facts["flaws"].contains(flaw), "{outcome:?}");
        }
        // One that can be compared is enough.
        let outcome = compared(models, &one, &[live, &one]);
        assert_eq!(outcome.finding, Finding::Supports, "{outcome:?}");
    }
    let portraits = [
        (nothing, NotPerformed::NoFaceInPortrait),
        (two, NotPerformed::SeveralInPortrait { count: 2 }),
        (Vec::new(), NotPerformed::Portrait(PortraitError::Malformed)),
    ];
    for (chip, why) in portraits {
        let outcome = compared(models, &chip, &[&one]);
        assert_eq!(outcome.finding, Finding::NotPerformed(why));
        assert_eq!(outcome.check().result, CheckResult::NotPerformed);
    }
}

#[test]
fn hostile_pictures_are_refused_and_never_compared() {
    let (Some(models), Some(one)) = (models(), bytes("obama")) else {
        return;
    };
    let cut = &one[..one.len() / 2];
    let mut bomb = jpeg(&rgb(&one));
    let frame = bomb
        .windows(2)
        .position(|marker| marker == [0xff, 0xc0])
        .unwrap();
    bomb[frame + 5..frame + 9].fill(0xff);
    let long = [&one[..], &vec![0; 8 * 1024 * 1024]].concat();
    for (live, error) in [
        (cut, PictureError::Truncated),
        (
            &bomb,
            PictureError::TooLarge {
                width: 65_535,
                height: 65_535,
            },
        ),
        (
            &long,
            PictureError::TooManyBytes {
                bytes: long.len(),
                most: 6 * 1024 * 1024,
            },
        ),
        (b"<svg/>", PictureError::FormatUnknown),
    ] {
        let outcome = compared(models, &one, &[&one, live]);
        let why = NotPerformed::Picture { number: 2, error };
        assert_eq!(outcome.finding, Finding::NotPerformed(why));
        assert_eq!(outcome.score, None);
    }
    let many: Vec<&[u8]> = vec![&one; 13];
    for live in [&many[..], &[]] {
        let outcome = compared(models, &one, live);
        let count = live.len();
        let why = NotPerformed::Pictures { count, most: 12 };
        assert_eq!(outcome.finding, Finding::NotPerformed(why));
    }
}

#[test]
fn a_deadline_that_has_passed_stops_the_work() {
    let (Some(models), Some(one)) = (models(), bytes("obama")) else {
        return;
    };
    let comparison = Comparison {
        portrait: portrait(&one),
        live: Live::Stills(vec![frame(&one)]),
    };
    let over = Watch::new(Arc::new(SystemClock::default()), Duration::ZERO);
    let outcome = cccd_desk::biometrics::face::compare::compare(
        models,
        &Settings::default(),
        &comparison,
        &over,
    );
    let why = NotPerformed::Stopped(Stopped::Deadline);
    assert_eq!(outcome.finding, Finding::NotPerformed(why));
}

#[test]
fn a_pool_compares_for_several_desks_at_once() {
    let (Some(_), Some(one), Some(two)) = (models(), bytes("obama"), bytes("obama2")) else {
        return;
    };
    let models = Models::load(&super::target("models")).unwrap();
    let engine = Arc::new(ModelEngine::new(models, Settings::default()));
    assert!(engine.models().is_some());
    let clock = Arc::new(SystemClock::default());
    let settings = PoolSettings {
        within: Duration::from_secs(300),
        ..PoolSettings::default()
    };
    let pool = FacePool::start(engine, clock, settings).unwrap();
    let tickets: Vec<_> = (0..4)
        .map(|_| {
            let comparison = Comparison {
                portrait: portrait(&one),
                live: Live::Stills(vec![frame(&two)]),
            };
            pool.submit(comparison).unwrap()
        })
        .collect();
    for ticket in tickets {
        assert_eq!(ticket.wait().finding, Finding::Supports);
    }
}

#[test]
fn without_models_nothing_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let comparison = Comparison {
        portrait: portrait(b""),
        live: Live::Stills(Vec::new()),
    };
    let (engine, fault) = engine_of(folder.path(), Settings::default());
    assert!(fault.is_none(), "none installed is no fault");
    let outcome = engine.compare(&comparison, &super::watch());
    assert_eq!(
        outcome.finding,
        Finding::NotPerformed(NotPerformed::NoModel)
    );
    std::fs::write(folder.path().join("models.toml"), "detector = 1").unwrap();
    let (engine, fault) = engine_of(folder.path(), Settings::default());
    assert!(fault.is_some());
    let outcome = engine.compare(&comparison, &super::watch());
    assert!(matches!(
        outcome.finding,
        Finding::NotPerformed(NotPerformed::Models(_))
    ));
    assert_eq!(outcome.check().result, CheckResult::NotPerformed);
}
