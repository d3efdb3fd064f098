//! Detection error trade-off: the two error rates against each other (ISO/IEC 19795-1, 3).

use super::{EvaluationFault, Scores};

/// The rates at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetPoint {
    /// At or above it a pair matches; `+∞` where none does.
    pub threshold: f64,
    /// False match rate.
    pub fmr: f64,
    /// False non-match rate.
    pub fnmr: f64,
}

/// Where the two rates are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqualError {
    /// The rate: between two thresholds it lies on the straight line.
    pub rate: f64,
    /// The first threshold at which the false non-match rate is no lower.
    pub threshold: f64,
}

/// The whole curve: a point for every score that occurs and one above them all, by ascending
/// threshold. The false match rate falls from 1 to 0, the false non-match rate rises from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Det {
    points: Vec<DetPoint>,
}

impl Det {
    /// The curve of these scores, each pair with the same weight.
    ///
    /// # Errors
    /// As [`Scores::check`].
    pub fn new(scores: &Scores) -> Result<Self, EvaluationFault> {
        let sorted = Sorted::new(scores)?;
        sorted
            .curve(|_| 1.0)
            .ok_or(EvaluationFault::NoPairs("weighted"))
    }

    /// The points, by ascending threshold.
    #[must_use]
    pub fn points(&self) -> &[DetPoint] {
        &self.points
    }

    /// The equal error rate.
    #[must_use]
    pub fn equal_error(&self) -> EqualError {
        let crossing = self.points.iter().position(|point| point.fnmr >= point.fmr);
        let at = crossing.and_then(|at| self.points.get(at));
        let before = crossing
            .and_then(|at| at.checked_sub(1))
            .and_then(|before| self.points.get(before));
        match (before, at) {
            (Some(before), Some(at)) => {
                let gap = before.fmr - before.fnmr;
                let share = gap / (gap + at.fnmr - at.fmr);
                let rate = before.fnmr + share * (at.fnmr - before.fnmr);
                EqualError {
                    // It may round to a little more than 1.
                    rate: rate.clamp(0.0, 1.0),
                    threshold: at.threshold,
                }
            }
            // A curve begins at (1, 0) and ends at (0, 1), so that it crosses between two points.
            (_, at) => EqualError {
                rate: at.map_or(1.0, |at| at.fnmr),
                threshold: at.map_or(f64::INFINITY, |at| at.threshold),
            },
        }
    }

    /// The point with the lowest threshold whose false match rate is at most `fmr`: the best false
    /// non-match rate that this rate leaves.
    #[must_use]
    pub fn at_fmr(&self, fmr: f64) -> DetPoint {
        let found = self.points.iter().find(|point| point.fmr <= fmr);
        found.copied().unwrap_or(DetPoint {
            threshold: f64::INFINITY,
            fmr: 0.0,
            fnmr: 1.0,
        })
    }

    /// At most `most` points, for a drawing: the ends and, between them, every so many.
    #[must_use]
    pub fn thinned(&self, most: usize) -> Vec<DetPoint> {
        let step = self.points.len().div_ceil(most.saturating_sub(1).max(1));
        let mut points: Vec<_> = self.points.iter().copied().step_by(step.max(1)).collect();
        if points.last() != self.points.last() {
            points.extend(self.points.last());
        }
        points
    }
}

/// Whose pair a score is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pair {
    /// Of one person, by place in the list of subjects.
    Genuine(usize),
    /// Of two.
    Impostor(usize, usize),
}

/// All scores by size, so that a curve is one walk over them.
pub(super) struct Sorted {
    pairs: Vec<(f64, Pair)>,
    /// How many people there are.
    pub(super) subjects: usize,
}

impl Sorted {
    pub(super) fn new(scores: &Scores) -> Result<Self, EvaluationFault> {
        scores.check()?;
        let subjects = scores.subjects();
        let place = |subject: &u32| subjects.binary_search(subject).unwrap_or_default();
        let genuine = scores
            .genuine
            .iter()
            .map(|(who, score)| (*score, Pair::Genuine(place(who))));
        let impostor = scores
            .impostor
            .iter()
            .map(|(who, other, score)| (*score, Pair::Impostor(place(who), place(other))));
        let mut pairs: Vec<_> = genuine.chain(impostor).collect();
        // −0 is 0: the two must not stand apart.
        pairs.sort_unstable_by(|one, other| (one.0 + 0.0).total_cmp(&(other.0 + 0.0)));
        Ok(Self {
            pairs,
            subjects: subjects.len(),
        })
    }

    /// The curve where each pair counts by its weight; `None` where all of one kind weigh nothing.
    pub(super) fn curve(&self, weight: impl Fn(Pair) -> f64) -> Option<Det> {
        let (mut genuine, mut impostor) = (0.0, 0.0);
        for (_, pair) in &self.pairs {
            match pair {
                Pair::Genuine(_) => genuine += weight(*pair),
                Pair::Impostor(..) => impostor += weight(*pair),
            }
        }
        if genuine <= 0.0 || impostor <= 0.0 {
            return None;
        }
        let (mut below_genuine, mut below_impostor) = (0.0, 0.0);
        let mut points: Vec<DetPoint> = Vec::new();
        for run in self.pairs.chunk_by(|one, other| one.0 == other.0) {
            let threshold = run.first().map_or(f64::INFINITY, |(score, _)| *score);
            let before = (below_genuine, below_impostor);
            points.push(DetPoint {
                threshold,
                fmr: 1.0 - below_impostor / impostor,
                fnmr: below_genuine / genuine,
            });
            for (_, pair) in run {
                match pair {
                    Pair::Genuine(_) => below_genuine += weight(*pair),
                    Pair::Impostor(..) => below_impostor += weight(*pair),
                }
            }
            // A score of pairs that all weigh nothing makes no point.
            if before == (below_genuine, below_impostor) {
                points.pop();
            }
        }
        points.push(DetPoint {
            threshold: f64::INFINITY,
            fmr: 0.0,
            fnmr: 1.0,
        });
        Some(Det { points })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::super::tests::small;
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-12
    }

    #[test]
    fn a_curve_by_hand() {
        let det = Det::new(&small()).unwrap();
        let expected = [
            (0.0, 1.0, 0.0),
            (0.1, 0.8, 0.0),
            (0.2, 0.6, 0.0),
            (0.3, 0.4, 0.0),
            (0.4, 0.2, 0.0),
            (0.5, 0.2, 0.25),
            (0.7, 0.0, 0.25),
            (0.8, 0.0, 0.5),
            (0.9, 0.0, 0.75),
            (f64::INFINITY, 0.0, 1.0),
        ];
        assert_eq!(det.points().len(), expected.len());
        for (point, (threshold, fmr, fnmr)) in det.points().iter().zip(expected) {
            assert_eq!(point.threshold, threshold);
            assert!(near(point.fmr, fmr) && near(point.fnmr, fnmr), "{point:?}");
        }
        let equal = det.equal_error();
        assert!(near(equal.rate, 0.2), "{equal:?}");
        assert_eq!(equal.threshold, 0.5);
        assert_eq!(det.at_fmr(0.2).threshold, 0.4);
        assert_eq!(det.at_fmr(0.1).threshold, 0.7);
    }

    #[test]
    fn kinds_that_are_apart_have_no_error_and_kinds_that_are_one_have_half() {
        let mut scores = Scores {
            genuine: vec![(1, 2.0), (2, 3.0)],
            impostor: vec![(1, 2, 0.0), (1, 2, 1.0)],
        };
        assert!(near(Det::new(&scores).unwrap().equal_error().rate, 0.0));
        scores.genuine = vec![(1, 0.0), (2, 1.0)];
        assert!(near(Det::new(&scores).unwrap().equal_error().rate, 0.5));
        scores.genuine = vec![(1, -2.0)];
        assert!(near(Det::new(&scores).unwrap().equal_error().rate, 1.0));
        scores.genuine = [[(1, 0.0); 6], [(1, 0.0); 6], [(1, 3.0); 6]].concat();
        scores.genuine.truncate(14);
        scores.impostor = vec![(1, 2, 4.0)];
        let rate = Det::new(&scores).unwrap().equal_error().rate;
        assert!(near(rate, 1.0) && rate <= 1.0, "{rate}");
    }

    #[test]
    fn a_thinned_curve_keeps_its_ends() {
        let det = Det::new(&small()).unwrap();
        for most in 0..14 {
            let points = det.thinned(most);
            assert!(points.len() <= most.max(2));
            assert_eq!(points.first(), det.points().first());
            assert_eq!(points.last(), det.points().last());
        }
    }

    proptest! {
        #[test]
        fn a_curve_falls_and_rises_and_agrees_with_the_table(
            genuine in proptest::collection::vec((0_u32..4, -5_i32..5), 1..40),
            impostor in proptest::collection::vec((0_u32..4, -5_i32..5), 1..40),
        ) {
            let scores = Scores {
                genuine: genuine.iter().map(|(who, score)| (*who, f64::from(*score))).collect(),
                impostor: impostor.iter().map(|(who, score)| (*who, who + 1, f64::from(*score))).collect(),
            };
            let det = Det::new(&scores).unwrap();
            for pair in det.points().windows(2) {
                prop_assert!(pair[0].threshold < pair[1].threshold);
                prop_assert!(pair[0].fmr >= pair[1].fmr && pair[0].fnmr <= pair[1].fnmr);
            }
            let thresholds: Vec<f64> = det.points().iter().map(|point| point.threshold).collect();
            for (rates, point) in scores.rates(&thresholds).unwrap().iter().zip(det.points()) {
                prop_assert!(near(rates.fmr.rate(), point.fmr));
                prop_assert!(near(rates.fnmr.rate(), point.fnmr));
            }
            let equal = det.equal_error();
            prop_assert!((0.0..=1.0).contains(&equal.rate));
        }
    }
}
