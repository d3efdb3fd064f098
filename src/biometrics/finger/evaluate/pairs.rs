//! Every template against every other, in both orders.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::workers::spread;
use crate::biometrics::finger::{FingerMatcher, MatchFault, Overrun, Score, Template};

/// How long is waited at a time for overdue comparisons to end.
const PAUSE: Duration = Duration::from_millis(100);
/// How often that is done in a whole evaluation: ten minutes, as long as it may hang.
const PAUSES: usize = 6_000;

/// What two templates gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The later one as the probe, the earlier one as the reference.
    pub there: Result<Score, MatchFault>,
    /// The other way round.
    pub back: Result<Score, MatchFault>,
}

impl Compared {
    const NOT_YET: Self = Self {
        there: Err(MatchFault::Overrun(Overrun::Overloaded)),
        back: Err(MatchFault::Overrun(Overrun::Overloaded)),
    };

    /// The better of both orders, as a desk takes it; 0 where there is none, as no desk takes it for
    /// a match.
    #[must_use]
    pub fn better(self) -> Score {
        self.there
            .unwrap_or_default()
            .max(self.back.unwrap_or_default())
    }
}

/// All pairs of some templates.
#[derive(Clone, Debug)]
pub struct Table(Vec<Compared>);

impl Table {
    /// Compares them. `progress` hears how many pairs are done.
    pub fn new(
        matcher: &dyn FingerMatcher,
        templates: &[Template],
        patience: &Patience,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Self {
        let count = place(0, templates.len());
        let mut table = vec![Compared::NOT_YET; count];
        let mut done = 0_usize;
        let compare = |number: usize| {
            let (earlier, later) = pair(number);
            match (templates.get(later), templates.get(earlier)) {
                (Some(later), Some(earlier)) => Compared {
                    there: patience.wait(|| matcher.compare(later, earlier)),
                    back: patience.wait(|| matcher.compare(earlier, later)),
                },
                _ => Compared::NOT_YET,
            }
        };
        spread(count, compare, |number, compared| {
            if let Some(place) = table.get_mut(number) {
                *place = compared;
            }
            done = done.saturating_add(1);
            progress(done, count);
        });
        Self(table)
    }

    /// What the pair of two templates gave, by their places; nothing for one and the same.
    #[must_use]
    pub fn of(&self, one: usize, other: usize) -> Option<Compared> {
        (one != other)
            .then(|| self.0.get(place(one.min(other), one.max(other))))?
            .copied()
    }

    /// Comparisons that gave no score.
    #[must_use]
    pub fn without_score(&self) -> usize {
        let both = self.0.iter().flat_map(|pair| [pair.there, pair.back]);
        both.filter(Result::is_err).count()
    }
}

/// Where a pair stands in the table.
const fn place(earlier: usize, later: usize) -> usize {
    later
        .saturating_mul(later.saturating_sub(1))
        .saturating_div(2)
        .saturating_add(earlier)
}

/// Which pair stands there: the other way round.
fn pair(number: usize) -> (usize, usize) {
    // n (n − 1) / 2 ≤ number, near the root of twice the number.
    let mut later = number.saturating_mul(2).isqrt().saturating_add(1);
    while place(0, later) > number {
        later = later.saturating_sub(1);
    }
    (number.saturating_sub(place(0, later)), later)
}

/// Waits for overdue work to end: a measurement has time, where a counter has none.
#[derive(Debug)]
pub struct Patience(AtomicUsize);

impl Default for Patience {
    fn default() -> Self {
        Self(AtomicUsize::new(PAUSES))
    }
}

impl Patience {
    /// What `work` gives, once it is begun; what it says then is final.
    ///
    /// # Errors
    /// [`MatchFault`], its own.
    pub fn wait<T>(&self, work: impl Fn() -> Result<T, MatchFault>) -> Result<T, MatchFault> {
        loop {
            let made = work();
            let barred = matches!(made, Err(MatchFault::Overrun(Overrun::Overloaded)));
            let left = |left: usize| left.checked_sub(1);
            if !barred
                || self
                    .0
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
                    .is_err()
            {
                return made;
            }
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::biometrics::finger::testing::{self, template};

    #[test]
    fn pairs_and_places_are_the_same() {
        let mut number = 0;
        for later in 0..300 {
            for earlier in 0..later {
                assert_eq!(place(earlier, later), number);
                assert_eq!(pair(number), (earlier, later));
                number += 1;
            }
        }
    }

    #[test]
    fn each_pair_has_its_scores_in_both_orders() {
        let late = MatchFault::Overrun(Overrun::TimedOut);
        let matcher = testing::Table::default()
            .with(2, 1, Ok(7))
            .with(1, 2, Ok(9))
            .with(3, 1, Err(late))
            .with(1, 3, Ok(4))
            .with(3, 2, Err(MatchFault::Overflow))
            .with(2, 3, Err(late));
        let templates = [template(1, 20), template(2, 20), template(3, 20)];
        let mut heard = Vec::new();
        let table = Table::new(
            &matcher,
            &templates,
            &Patience::default(),
            &mut |done, all| heard.push((done, all)),
        );
        assert_eq!(heard, [(1, 3), (2, 3), (3, 3)]);
        let first = table.of(0, 1).unwrap();
        assert_eq!((first.there, first.back), (Ok(Score(7)), Ok(Score(9))));
        assert_eq!(first.better(), Score(9));
        assert_eq!(table.of(2, 0).unwrap().better(), Score(4));
        assert_eq!(table.of(1, 2).unwrap().better(), Score(0));
        assert_eq!(table.of(1, 1), None);
        assert_eq!(table.of(1, 3), None);
        assert_eq!(table.without_score(), 3);
    }

    #[test]
    fn patience_has_an_end() {
        let barred = || Err::<(), _>(MatchFault::Overrun(Overrun::Overloaded));
        let patience = Patience(AtomicUsize::new(2));
        let times = AtomicUsize::new(0);
        let counted = || {
            times.fetch_add(1, Ordering::Relaxed);
            barred()
        };
        assert_eq!(patience.wait(counted), barred());
        assert_eq!(times.load(Ordering::Relaxed), 3);
        assert_eq!(patience.wait(|| Ok(5)), Ok(5));
        let late = || Err::<(), _>(MatchFault::Overrun(Overrun::TimedOut));
        assert_eq!(patience.wait(late), late());
    }
}
