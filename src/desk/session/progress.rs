//! How far a reading is, as one number.

use serde::Serialize;
use utoipa::ToSchema;

/// The phases with the bytes that each is expected to read, and what it costs besides: a protocol
/// step is counted as the bytes that would take as long (`CHECKS` (d): typical file sizes).
const PLAN: [(&str, u32); 10] = [
    ("select", 300),
    ("access", 1_500),
    ("dg1", 93),
    ("dg13", 700),
    ("sod", 2_000),
    ("dg14", 400),
    ("dg15", 300),
    ("chip-auth", 1_200),
    ("dg2", 18_000),
    ("com", 30),
];

/// A reading names a dozen phases; more than these are not kept.
const MOST_PHASES: usize = 32;

/// How far a reading is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    phases: Vec<Phase>,
    percent: u8,
    lifted: bool,
}

/// One phase, as far as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Phase {
    /// `select`, `access`, `dg1` and so on.
    pub name: &'static str,
    /// Bytes read so far.
    pub bytes: u32,
    /// Bytes in all, once known.
    pub total: Option<u32>,
}

impl Progress {
    /// Takes one report of the reading.
    pub fn note(&mut self, name: &'static str, bytes: u32, total: Option<u32>) {
        let room = self.phases.len() < MOST_PHASES;
        match self.phases.iter_mut().find(|phase| phase.name == name) {
            Some(phase) => {
                phase.bytes = bytes.max(phase.bytes);
                phase.total = total.or(phase.total);
            }
            None if room => self.phases.push(Phase { name, bytes, total }),
            None => {}
        }
        self.percent = self.percent.max(self.estimate());
    }

    /// The card was lifted, or laid back.
    pub const fn note_lifted(&mut self, lifted: bool) {
        self.lifted = lifted;
    }

    /// Whether the card was lifted and is waited for.
    #[must_use]
    pub const fn is_lifted(&self) -> bool {
        self.lifted
    }

    /// All phases met so far, in their order.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// The phase that is under way.
    #[must_use]
    pub fn current(&self) -> Option<&Phase> {
        self.phases.last()
    }

    /// 0 to 99: 100 is the verdict alone. Never goes back.
    #[must_use]
    pub const fn percent(&self) -> u8 {
        self.percent
    }

    /// Phases met before the last one are over; the last one counts by its bytes; those of the plan
    /// that were not met yet count as expected.
    fn estimate(&self) -> u8 {
        let current = self.current().map(|phase| phase.name);
        let (mut done, mut all) = (0_u64, 0_u64);
        for (name, planned) in PLAN {
            let met = self.phases.iter().find(|phase| phase.name == name);
            let cost = met
                .and_then(|phase| phase.total)
                .map_or(planned, |t| t.max(1));
            all += u64::from(cost);
            match met {
                Some(phase) if Some(name) == current => done += u64::from(phase.bytes.min(cost)),
                Some(_) => done += u64::from(cost),
                None => {}
            }
        }
        u8::try_from((done * 100).checked_div(all).unwrap_or(0).min(99)).unwrap_or(99)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{PLAN, Progress};

    #[test]
    fn a_whole_reading_goes_from_nothing_to_just_before_the_verdict() {
        let mut progress = Progress::default();
        assert_eq!(progress.percent(), 0);
        let mut seen = Vec::new();
        for (name, size) in PLAN {
            for part in [0, size / 2, size] {
                progress.note(name, part, Some(size));
                seen.push(progress.percent());
            }
        }
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&99));
        assert_eq!(progress.current().map(|phase| phase.name), Some("com"));
    }

    proptest! {
        #[test]
        fn whatever_is_reported_the_bar_never_goes_back_and_never_says_done(
            reports in proptest::collection::vec((0..PLAN.len(), any::<u32>(), any::<Option<u32>>()), 0..60),
        ) {
            let mut progress = Progress::default();
            let mut last = 0;
            for (phase, bytes, total) in reports {
                let name = PLAN.get(phase).map_or("other", |(name, _)| name);
                progress.note(name, bytes, total);
                assert!(progress.percent() >= last && progress.percent() <= 99);
                last = progress.percent();
            }
        }
    }
}
