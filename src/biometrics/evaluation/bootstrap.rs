//! Intervals that draw people and not pairs: pairs that share a person are not independent.

use super::det::{Det, Pair, Sorted};
use super::{EvaluationFault, Interval, Scores};

/// Drawn anew this often, where a draw leaves no pair of one kind.
const ATTEMPTS: u32 = 4;

/// What a bootstrap found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// The middle 95 % of the statistic.
    pub interval: Interval,
    /// Draws that it rests on.
    pub draws: u32,
}

/// The middle 95 % of `statistic` over `draws` draws of as many people as there are, each put back
/// (a pair of two people counts as often as the one was drawn times the other). The same seed draws
/// the same people.
///
/// # Errors
/// As [`Scores::check`]; [`EvaluationFault::NoPairs`] where no draw leaves pairs of both kinds, as
/// with a single person.
pub fn subject_bootstrap(
    scores: &Scores,
    draws: u32,
    seed: u64,
    statistic: impl Fn(&Det) -> f64,
) -> Result<Bootstrap, EvaluationFault> {
    let sorted = Sorted::new(scores)?;
    let mut random = SplitMix(seed);
    let mut found: Vec<f64> = Vec::new();
    let mut attempts = draws.saturating_mul(ATTEMPTS);
    while found.len() < usize::try_from(draws).unwrap_or(usize::MAX) && attempts > 0 {
        attempts = attempts.saturating_sub(1);
        let mut times = vec![0.0_f64; sorted.subjects];
        for _ in 0..sorted.subjects {
            if let Some(drawn) = times.get_mut(random.below(sorted.subjects)) {
                *drawn += 1.0;
            }
        }
        let drawn = |subject: usize| times.get(subject).copied().unwrap_or_default();
        let curve = sorted.curve(|pair| match pair {
            Pair::Genuine(one) => drawn(one),
            Pair::Impostor(one, other) => drawn(one) * drawn(other),
        });
        found.extend(curve.map(|det| statistic(&det)));
    }
    found.sort_unstable_by(f64::total_cmp);
    let tail = found
        .len()
        .saturating_mul(25)
        .checked_div(1_000)
        .unwrap_or_default();
    match (found.get(tail), found.iter().rev().nth(tail)) {
        (Some(&low), Some(&high)) => Ok(Bootstrap {
            interval: Interval { low, high },
            draws: u32::try_from(found.len()).unwrap_or(draws),
        }),
        _ => Err(EvaluationFault::NoPairs("drawn")),
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): draws for an experiment, never for a secret.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0. The bias is `bound` / 2⁶⁴.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let drawn = self.next().checked_rem(bound).unwrap_or_default();
        usize::try_from(drawn).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Twelve people; those with an odd number are told apart badly.
    fn people() -> Scores {
        let mut scores = Scores::default();
        for who in 0..12_u32 {
            for sample in 0..4_u32 {
                let own = f64::from(10 - (who % 2) * 6 * (sample % 2));
                scores.genuine.push((who, own));
                for other in 0..who {
                    let score = f64::from((who * 7 + other * 3 + sample) % 6);
                    scores.impostor.push((who, other, score));
                }
            }
        }
        scores
    }

    #[test]
    fn the_interval_holds_the_rate_and_the_seed_decides_it() {
        let scores = people();
        let rate = |det: &Det| det.equal_error().rate;
        let all = rate(&Det::new(&scores).unwrap());
        let found = subject_bootstrap(&scores, 400, 7, rate).unwrap();
        assert_eq!(found.draws, 400);
        assert!(
            found.interval.low <= all && all <= found.interval.high,
            "{found:?}"
        );
        assert!(found.interval.low < found.interval.high);
        assert_eq!(subject_bootstrap(&scores, 400, 7, rate).unwrap(), found);
        assert_ne!(subject_bootstrap(&scores, 400, 8, rate).unwrap(), found);
    }

    #[test]
    fn people_spread_wider_than_pairs() {
        let scores = people();
        let threshold = 5.0;
        let pairs = scores.rates(&[threshold]).unwrap()[0].fnmr.wilson();
        let people = subject_bootstrap(&scores, 1_000, 1, |det| {
            let above = det
                .points()
                .iter()
                .find(|point| point.threshold >= threshold);
            above.unwrap().fnmr
        });
        let people = people.unwrap().interval;
        assert!(people.high - people.low > 0.5 * (pairs.high - pairs.low));
    }

    #[test]
    fn draws_without_pairs_are_left_out() {
        let scores = Scores {
            genuine: vec![(1, 1.0)],
            impostor: vec![(2, 3, 0.0)],
        };
        // Three people, of whom a draw often misses one.
        let found = subject_bootstrap(&scores, 50, 3, |det| det.equal_error().rate).unwrap();
        assert!(found.draws > 0 && found.draws <= 50);
        let nothing = subject_bootstrap(&scores, 0, 3, |det| det.equal_error().rate);
        assert_eq!(nothing, Err(EvaluationFault::NoPairs("drawn")));
    }
}
