//! One code before a scanner is one scan, however often the scanner sends it.

use core::time::Duration;
use std::hash::{BuildHasher as _, RandomState};

use cccd_port::Feedback;

/// How long the same text again is no scan of its own.
const SAME_WITHIN: Duration = Duration::from_secs(2);

/// Remembers the last scan, by a keyed digest.
#[derive(Default)]
pub(crate) struct Repeats {
    keys: RandomState,
    last: Option<Last>,
}

struct Last {
    digest: u64,
    at: Duration,
    taken: bool,
}

impl Repeats {
    /// Whether `text`, which came at `at`, is a scan of its own.
    ///
    /// A text that a session took stays the same scan for as long as it goes on coming: a card that
    /// is left before a scanner must not open the next person's session. One that was refused may
    /// come again after two seconds, so that a card need not be lifted for a session that opened late.
    pub(crate) fn is_new(&mut self, text: &str, at: Duration) -> bool {
        let digest = self.keys.hash_one(text);
        if let Some(last) = &mut self.last
            && last.digest == digest
            && at.saturating_sub(last.at) < SAME_WITHIN
        {
            if last.taken {
                last.at = at;
            }
            return false;
        }
        let taken = false;
        self.last = Some(Last { digest, at, taken });
        true
    }

    pub(crate) fn told(&mut self, feedback: Feedback) {
        if let Some(last) = &mut self.last {
            last.taken = feedback == Feedback::Taken;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a text that comes every `every` milliseconds for ten seconds, when it is a scan.
    fn scans(every: u64, feedback: Feedback) -> Vec<u64> {
        let mut repeats = Repeats::default();
        (0..10_000)
            .step_by(usize::try_from(every).unwrap_or(1))
            .filter(|at| {
                let new = repeats.is_new("same", Duration::from_millis(*at));
                if new {
                    repeats.told(feedback);
                }
                new
            })
            .collect()
    }

    #[test]
    fn the_same_text_within_two_seconds_is_one_scan() {
        assert_eq!(scans(500, Feedback::Taken), [0]);
        assert_eq!(
            scans(1_000, Feedback::Refused),
            [0, 2_000, 4_000, 6_000, 8_000]
        );
        assert_eq!(scans(2_500, Feedback::Taken), [0, 2_500, 5_000, 7_500]);
    }

    #[test]
    fn another_text_is_another_scan() {
        let mut repeats = Repeats::default();
        let at = Duration::ZERO;
        assert!(repeats.is_new("a", at) && repeats.is_new("b", at) && repeats.is_new("a", at));
        assert!(!repeats.is_new("a", at));
    }
}
