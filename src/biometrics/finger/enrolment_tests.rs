#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use EnrolmentStep::{Again, Enrolled, GivenUp, TooFewMinutiae};

use super::super::Overrun;
use super::super::testing::{Table, template};
use super::*;

/// Presses 1, 2 … with so many minutiae, and what is said to each; those enrolled by their names.
fn steps(matcher: &Table, counts: &[usize]) -> (Vec<EnrolmentStep>, Vec<u16>) {
    let mut enrolment = Enrolment::new(Threshold::default());
    let mut steps: Vec<EnrolmentStep> = (1..)
        .zip(counts)
        .map(|(name, count)| enrolment.press(matcher, &template(name, *count)))
        .collect();
    let names = match steps.last() {
        Some(Enrolled(three)) => three.each_ref().map(|one| one.minutiae()[0].x).to_vec(),
        _ => Vec::new(),
    };
    if !names.is_empty() {
        steps.pop();
    }
    (steps, names)
}

/// Scores of pairs of presses, presses before the one that enrols, who is enrolled.
type Case<'a> = (&'a [(u16, u16, u32)], usize, &'a [u16]);

#[test]
fn three_presses_of_which_each_knows_another() {
    let table: [Case<'_>; 5] = [
        // All three, or a chain, in either order.
        (&[(2, 1, 90), (3, 1, 90), (3, 2, 90)], 2, &[1, 2, 3]),
        (&[(1, 2, 40), (3, 2, 40)], 2, &[1, 2, 3]),
        // The second press is of no use: a fourth.
        (&[(3, 1, 90), (4, 1, 50)], 3, &[1, 3, 4]),
        // Two pairs are no three; the fifth joins the better one.
        (
            &[(2, 1, 90), (4, 3, 50), (5, 4, 60), (5, 1, 55)],
            4,
            &[1, 2, 5],
        ),
        (&[(6, 2, 41), (6, 4, 40)], 5, &[2, 4, 6]),
    ];
    for (scores, before, expected) in table {
        let mut matcher = Table::default();
        for (one, other, score) in scores {
            matcher = matcher.with(*one, *other, Ok(*score));
        }
        let (steps, names) = steps(&matcher, &vec![40; before + 1]);
        assert_eq!(steps, vec![Again; before], "{scores:?}");
        assert_eq!(names, expected, "{scores:?}");
    }
}

#[test]
fn after_six_presses_it_is_given_up() {
    let pair = Table::default().with(2, 1, Ok(400)).with(4, 3, Ok(400));
    let (steps_taken, _) = steps(&pair, &[40; 7]);
    let expected = [Again, Again, Again, Again, Again, GivenUp, GivenUp];
    assert_eq!(steps_taken, expected);
    let (steps_taken, _) = steps(&Table::default(), &[19; 6]);
    assert_eq!(steps_taken[..5], vec![TooFewMinutiae; 5]);
    assert_eq!(steps_taken[5], GivenUp);
}

#[test]
fn a_threshold_that_is_not_reached_enrols_nobody() {
    let matcher = Table::default()
        .with(2, 1, Ok(39))
        .with(3, 1, Ok(39))
        .with(3, 2, Ok(400));
    assert_eq!(steps(&matcher, &[40; 3]).1, [0_u16; 0]);
}

#[test]
fn a_press_that_could_not_be_compared_is_said_and_may_still_go_with_others() {
    let slow = MatchFault::Overrun(Overrun::TimedOut);
    let matcher = Table::default()
        .with(2, 1, Err(slow))
        .with(3, 1, Ok(40))
        .with(3, 2, Ok(40));
    let (steps, names) = steps(&matcher, &[40; 3]);
    assert_eq!(steps, [Again, EnrolmentStep::Fault(slow)]);
    assert_eq!(names, [1, 2, 3]);
}

#[test]
fn what_is_enrolled_is_written_and_read() {
    use zeroize::Zeroizing;
    let template = |name: u16| crate::biometrics::finger::testing::template(name, 40);
    let references = [1, 2, 3].map(template);
    let module = ModuleTemplate::new(Zeroizing::new(vec![7; 512]));
    for (count, module) in [(3, None), (3, module.clone()), (1, module), (0, None)] {
        let bytes = to_bytes(&references[..count], module.as_ref());
        let (read, of_module) = from_bytes(&bytes).unwrap();
        assert_eq!(read, references[..count]);
        assert_eq!(of_module, module);
        for length in 0..bytes.len() {
            assert!(from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert!(from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }
    assert!(from_bytes(&[4, 0, 0]).is_err());
    // A template of the module that is too short for any.
    assert!(from_bytes(&[0, 0, 1, 9]).is_err());
}
