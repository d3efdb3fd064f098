#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::super::Overrun;
use super::super::testing::{ALGORITHM, Table, template};
use super::*;

const SLOW: MatchFault = MatchFault::Overrun(Overrun::TimedOut);

/// A comparison with references 1, 2 and 3.
fn comparison(matcher: &Table) -> Comparison {
    let references = [1, 2, 3].map(|name| template(name, 40)).to_vec();
    Comparison::new(matcher, ALGORITHM, references, Threshold::default()).unwrap()
}

#[test]
fn no_threshold_lies_below_the_lowest() {
    for (score, fits) in [
        (0, false),
        (34, false),
        (35, true),
        (40, true),
        (200, true),
        (201, false),
    ] {
        assert_eq!(Threshold::new(score).is_some(), fits, "{score}");
    }
    assert_eq!(Threshold::default().score(), 40);
}

#[test]
fn references_are_one_to_three_usable_ones_of_the_algorithm() {
    let matcher = Table::default();
    let new = |algorithm, counts: &[usize]| {
        let references = counts.iter().map(|count| template(1, *count)).collect();
        Comparison::new(&matcher, algorithm, references, Threshold::default()).err()
    };
    let table: [(&str, &[usize], _); 7] = [
        (ALGORITHM, &[20], None),
        (ALGORITHM, &[20, 30, 150], None),
        (ALGORITHM, &[], Some(ReferenceFault::None)),
        (ALGORITHM, &[40; 4], Some(ReferenceFault::TooMany)),
        (ALGORITHM, &[40, 19], Some(ReferenceFault::TooFewMinutiae)),
        ("table 2", &[40], Some(ReferenceFault::OtherAlgorithm)),
        ("", &[40], Some(ReferenceFault::OtherAlgorithm)),
    ];
    for (algorithm, counts, fault) in table {
        assert_eq!(new(algorithm, counts), fault, "{counts:?}");
    }
}

/// What presses 11, 12 … with so many minutiae lead to, one after the other.
fn outcomes(matcher: &Table, counts: &[usize]) -> Vec<Outcome> {
    let mut comparison = comparison(matcher);
    (11..)
        .zip(counts)
        .map(|(name, count)| comparison.press(matcher, &template(name, *count)))
        .collect()
}

#[test]
fn the_best_score_of_any_reference_and_order_decides() {
    use Outcome::{DoesNotSupport, Inconclusive, Supports};
    let scored = |one: u16, other: u16, score| Table::default().with(one, other, Ok(score));
    let table = [
        (scored(11, 1, 40), vec![Supports]),
        (scored(11, 3, 41), vec![Supports]),
        (scored(3, 11, 41), vec![Supports]),
        (scored(2, 12, 400), vec![Inconclusive, Supports]),
        (
            scored(13, 2, 40),
            vec![Inconclusive, DoesNotSupport, Supports],
        ),
        (
            scored(11, 1, 39),
            vec![Inconclusive, Inconclusive, Inconclusive],
        ),
        (
            scored(12, 1, 35),
            vec![Inconclusive, Inconclusive, Inconclusive],
        ),
        (
            scored(12, 1, 34),
            vec![Inconclusive, DoesNotSupport, DoesNotSupport],
        ),
        (
            Table::default(),
            vec![Inconclusive, DoesNotSupport, DoesNotSupport],
        ),
    ];
    for (at, (matcher, expected)) in table.iter().enumerate() {
        assert_eq!(
            &outcomes(matcher, &[40; 3][..expected.len()]),
            expected,
            "{at}"
        );
    }
}

#[test]
fn three_presses_are_all() {
    let matcher = Table::default().with(14, 1, Ok(400)).with(12, 1, Ok(50));
    let mut comparison = comparison(&Table::default());
    assert_eq!(comparison.outcome(), Outcome::NotPerformed(None));
    for name in [11, 21, 31] {
        assert!(comparison.wants_press());
        comparison.press(&matcher, &template(name, 40));
    }
    assert!(!comparison.wants_press());
    assert_eq!(
        comparison.press(&matcher, &template(14, 40)),
        Outcome::DoesNotSupport
    );
    assert_eq!(
        (comparison.presses(), comparison.best()),
        (3, Some(Score(0)))
    );
    // None is wanted after one that supports, either.
    let mut comparison = self::comparison(&matcher);
    assert_eq!(
        comparison.press(&matcher, &template(12, 40)),
        Outcome::Supports
    );
    assert!(!comparison.wants_press());
    assert_eq!(
        (comparison.presses(), comparison.best()),
        (1, Some(Score(50)))
    );
}

#[test]
fn presses_with_few_minutiae_decide_nothing() {
    use Outcome::{DoesNotSupport, Inconclusive, TooFewMinutiae};
    let matcher = Table::default().with(11, 1, Ok(400));
    assert_eq!(outcomes(&matcher, &[19, 1, 19]), [TooFewMinutiae; 3]);
    let table = [
        ([19, 40, 19], [TooFewMinutiae, Inconclusive, Inconclusive]),
        ([40, 19, 40], [Inconclusive, Inconclusive, DoesNotSupport]),
    ];
    for (counts, expected) in table {
        assert_eq!(outcomes(&Table::default(), &counts), expected, "{counts:?}");
    }
}

#[test]
fn a_score_that_is_missing_is_no_finding() {
    use Outcome::{NotPerformed, Supports};
    let slow = || Table::default().with(11, 2, Err(SLOW));
    let missing = NotPerformed(Some(SLOW));
    let table = [
        (slow(), vec![missing, missing]),
        (slow().with(11, 3, Ok(40)), vec![Supports]),
        (slow().with(2, 11, Ok(40)), vec![Supports]),
        (slow().with(2, 11, Ok(39)), vec![missing]),
        (slow().with(12, 1, Ok(40)), vec![missing, Supports]),
    ];
    for (at, (matcher, expected)) in table.iter().enumerate() {
        assert_eq!(
            &outcomes(matcher, &[40; 3][..expected.len()]),
            expected,
            "{at}"
        );
    }
    let mut comparison = comparison(&Table::default());
    let size = MatchFault::Size {
        width: 1,
        height: 1,
    };
    assert_eq!(comparison.press_failed(size), NotPerformed(Some(size)));
    assert_eq!(comparison.presses(), 1);
}
