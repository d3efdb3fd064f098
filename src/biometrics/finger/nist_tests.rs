#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cccd_sim::{Press, SynthFinger};

use super::super::{Comparison, Enrolment, EnrolmentStep, Outcome, Threshold};
use super::*;

/// Tests are built without optimisation, and share their machine.
fn matcher() -> NistMatcher {
    NistMatcher::new(Duration::from_secs(60))
}

fn press(finger: &SynthFinger, number: u32) -> Template {
    matcher().extract(&finger.press(number).unwrap()).unwrap()
}

#[test]
fn a_finger_enrolled_is_known_again_and_another_is_not() {
    let matcher = matcher();
    let finger = SynthFinger::new(21, 2);
    let mut enrolment = Enrolment::new(Threshold::default());
    let steps: Vec<_> = (0..3)
        .map(|number| enrolment.press(&matcher, &press(&finger, number)))
        .collect();
    let Some(EnrolmentStep::Enrolled(references)) = steps.last() else {
        panic!("{steps:?}");
    };
    // Stored and read again.
    let references = references
        .each_ref()
        .map(|one| Template::from_bytes(&one.to_bytes()).unwrap());
    let others = [SynthFinger::new(21, 3), SynthFinger::new(22, 2)];
    for (finger, outcome) in [
        (&finger, Outcome::Supports),
        (&others[0], Outcome::DoesNotSupport),
        (&others[1], Outcome::DoesNotSupport),
    ] {
        let mut comparison = Comparison::new(
            &matcher,
            ALGORITHM,
            references.to_vec(),
            Threshold::default(),
        )
        .unwrap();
        let mut number = 10;
        while comparison.wants_press() {
            comparison.press(&matcher, &press(finger, number));
            number += 1;
        }
        assert_eq!(comparison.outcome(), outcome, "{:?}", comparison.best());
    }
}

#[test]
fn a_finger_is_known_at_another_resolution_and_not_where_it_is_said_wrongly() {
    let matcher = matcher();
    let finger = SynthFinger::new(5, 1);
    let still = matcher
        .extract(&finger.impression(&Press::default()).unwrap())
        .unwrap();
    let score = |dpi: u16, said: u16| {
        let side = |side: u32| u16::try_from(side * u32::from(dpi) / 500).unwrap();
        let size = (side(256), side(288));
        let image = finger.impression(&Press {
            number: 1,
            size,
            dpi,
            ..Press::default()
        });
        let image = image.unwrap();
        let pixels = image.pixels().to_vec().into();
        let image = FingerImage::new(size.0, size.1, said, pixels).unwrap();
        let template = matcher.extract(&image).unwrap();
        matcher.compare(&template, &still).unwrap().0
    };
    let native = score(500, 500);
    for dpi in [508, 569, 400, 1_000] {
        let scaled = score(dpi, dpi);
        assert!(scaled * 2 > native, "{dpi}: {scaled} of {native}");
        let wrong = score(dpi, 500);
        assert!(wrong <= scaled, "{dpi}: {wrong} above {scaled}");
    }
    assert!(score(400, 500) < 40);
}

#[test]
fn pictures_without_ridges_have_no_minutiae_and_impossible_ones_are_refused() {
    let matcher = matcher();
    let grey = |width: u16, height: u16, dpi: u16| {
        let pixels = vec![128; usize::from(width) * usize::from(height)].into();
        matcher.extract(&FingerImage::new(width, height, dpi, pixels).unwrap())
    };
    let nothing = grey(256, 288, 500).unwrap();
    assert_eq!((nothing.count(), nothing.is_usable()), (0, false));
    for (size, dpi, (width, height)) in [
        ((24, 288), 500, (24, 288)),
        ((256, 40), 1_000, (128, 20)),
        ((800, 751), 500, (800, 751)),
        ((800, 600), 250, (1_600, 1_200)),
    ] {
        let fault = MatchFault::Size { width, height };
        assert_eq!(grey(size.0, size.1, dpi), Err(fault));
    }
    assert!(grey(800, 750, 500).is_ok());
    assert!(grey(1_600, 1_500, 1_000).is_ok());
}

#[test]
fn what_takes_too_long_gives_no_score() {
    let finger = SynthFinger::new(5, 1);
    let template = press(&finger, 1);
    let hurried = NistMatcher::new(Duration::ZERO);
    let slow = MatchFault::Overrun(Overrun::TimedOut);
    assert_eq!(hurried.compare(&template, &template), Err(slow));
    assert_eq!(hurried.extract(&finger.press(1).unwrap()).err(), Some(slow));
}

/// Minutiae on a grid, all of one direction, fit each other in every place: seconds. There are others
/// that take minutes.
#[test]
fn templates_that_were_made_to_hold_the_desk_up_do_not() {
    let grid = (0..150_u16).map(|at| Minutia {
        x: 10 + at % 12 * 20,
        y: 10 + at / 12 * 20,
        direction: 0,
        quality: 50,
    });
    let grid = Template::new(256, 288, Zeroizing::new(grid.collect())).unwrap();
    let matcher = NistMatcher::new(Duration::from_millis(20));
    for overrun in [Overrun::TimedOut, Overrun::TimedOut, Overrun::Overloaded] {
        let fault = MatchFault::Overrun(overrun);
        assert_eq!(matcher.compare(&grid, &grid), Err(fault));
    }
}
