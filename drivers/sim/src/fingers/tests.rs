#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

/// Minutiae as the detector of the desk finds them; the simulator itself needs none.
fn minutiae(image: &FingerImage) -> Vec<fprint_bozorth3::Minutia> {
    let (width, height) = (image.width().into(), image.height().into());
    let grey = fprint_mindtct::GrayImage::new(image.pixels(), width, height, image.dpi()).unwrap();
    let found = fprint_mindtct::detect_minutiae(grey);
    found.iter().map(|one| one.as_xyt().into()).collect()
}

#[test]
fn the_same_numbers_make_the_same_picture_and_others_another() {
    let press = |seed, finger, number| SynthFinger::new(seed, finger).press(number).unwrap();
    let one = press(7, 2, 1);
    assert_eq!(one, press(7, 2, 1));
    for other in [press(7, 2, 2), press(7, 3, 1), press(8, 2, 1)] {
        assert_ne!(one.pixels(), other.pixels());
    }
    // What was forgotten grows again as it was.
    GROWN.get().unwrap().lock().unwrap().clear();
    assert_eq!(one, press(7, 2, 1));
}

#[test]
fn presses_of_a_finger_match_and_those_of_two_do_not() {
    let fingers: Vec<Vec<_>> = (0..8)
        .map(|seed| {
            let finger = SynthFinger::new(seed, 1);
            (0..3)
                .map(|number| minutiae(&finger.press(number).unwrap()))
                .collect()
        })
        .collect();
    let mut worst_genuine = u32::MAX;
    let mut best_impostor = 0;
    for (at, presses) in fingers.iter().enumerate() {
        for press in presses {
            assert!(press.len() >= 30, "finger {at}: {} minutiae", press.len());
        }
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let score = fprint_bozorth3::match_score(&presses[one], &presses[other]);
            worst_genuine = worst_genuine.min(score);
        }
        for others in &fingers[..at] {
            let score = fprint_bozorth3::match_score(&presses[0], &others[1]);
            best_impostor = best_impostor.max(score);
        }
    }
    assert!(worst_genuine >= 80, "{worst_genuine}");
    assert!(best_impostor < 40, "{best_impostor}");
}

#[test]
fn dry_wet_and_turned_fingers_are_harder() {
    let finger = SynthFinger::new(3, 7);
    let still = minutiae(&finger.impression(&Press::default()).unwrap());
    let score = |press: Press| {
        let image = finger.impression(&press).unwrap();
        fprint_bozorth3::match_score(&minutiae(&image), &still)
    };
    let itself = score(Press::default());
    for (pressure, noise) in [(-0.9, 0.8), (0.9, 0.8), (0.0, 1.0)] {
        let number = 1;
        let hard = score(Press {
            number,
            rotation: 15.0,
            pressure,
            noise,
            ..Press::default()
        });
        assert!(hard < itself, "{pressure} {noise}: {hard} of {itself}");
    }
}

#[test]
fn every_pattern_is_met() {
    let patterns: BTreeSet<String> = (0..60)
        .map(|seed| {
            let mut draw = Draw::new(&[seed, 1, 1]);
            format!("{:?}", field::Field::drawn(&mut draw).pattern())
        })
        .collect();
    assert_eq!(patterns.len(), 5, "{patterns:?}");
}

#[test]
fn the_sensor_decides_size_resolution_and_greys() {
    let finger = SynthFinger::new(1, 1);
    for (size, dpi) in [
        ((1, 1), 500),
        ((256, 360), 508),
        ((160, 160), 300),
        ((700, 90), 1_000),
    ] {
        let image = finger
            .impression(&Press {
                size,
                dpi,
                ..Press::default()
            })
            .unwrap();
        assert_eq!(
            (image.width(), image.height(), image.dpi()),
            (size.0, size.1, dpi)
        );
    }
    for (size, dpi) in [
        ((0, 9), 500),
        ((9, 0), 500),
        ((2_049, 9), 500),
        ((9, 9), 0),
        ((9, 9), 249),
    ] {
        assert!(
            finger
                .impression(&Press {
                    size,
                    dpi,
                    ..Press::default()
                })
                .is_err()
        );
    }
    let sixteen_greys = true;
    let image = finger
        .impression(&Press {
            sixteen_greys,
            noise: 0.5,
            ..Press::default()
        })
        .unwrap();
    let greys: BTreeSet<u8> = image.pixels().iter().copied().collect();
    assert!(greys.len() <= 16 && greys.iter().all(|grey| grey % 17 == 0));
}
