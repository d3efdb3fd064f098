//! Where a session stands, and what moves it: a pure function, no clock and no I/O.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Opened; the desk has not yet asked for anything.
    Created,
    /// Waits for a printed code, a typed number or a CAN.
    KeyWanted,
    /// Waits for the card on the reader.
    CardWanted,
    /// The chip is being read.
    Reading,
    /// The person is being compared with the card.
    Biometrics,
    /// A verdict stands and is recorded; its report may still be on the way.
    Decided,
    /// The case system has the report, and its receipt is stored.
    Reported,
    /// Called off by the clerk or the case system.
    Cancelled,
    /// A wait or the lifetime ran out.
    Expired,
    /// The desk itself could not go on.
    Failed,
}

/// What moves a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The desk took the session up and asks for the key.
    Begin,
    /// A key that can be parsed arrived.
    KeyAccepted,
    /// A card lies on the session's reader and the reading begins.
    CardLaid,
    /// The reading ended with a judgement.
    ReadingDone,
    /// All comparisons that the policy asks for ended, or it asks for none.
    PersonDone,
    /// The receipt of the report is stored.
    Receipted,
    /// Someone called the session off.
    Cancel,
    /// A wait or the lifetime ran out.
    Expire,
    /// The desk cannot go on.
    Fail,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session that is {state:?} cannot take the step {step:?}")]
pub struct IllegalStep {
    /// Where the session stands.
    pub state: State,
    /// What was asked of it.
    pub step: Step,
}

impl State {
    /// All states, in their order.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::KeyWanted,
        Self::CardWanted,
        Self::Reading,
        Self::Biometrics,
        Self::Decided,
        Self::Reported,
        Self::Cancelled,
        Self::Expired,
        Self::Failed,
    ];

    /// The state after `step`.
    ///
    /// A verdict that stands can be neither called off nor expire: it is recorded already, and all
    /// that is left is its report.
    ///
    /// # Errors
    /// [`IllegalStep`] where the state does not allow it.
    pub const fn after(self, step: Step) -> Result<Self, IllegalStep> {
        Ok(match (self, step) {
            (Self::Created, Step::Begin) => Self::KeyWanted,
            // A second code before the card was laid: the clerk scanned the wrong paper first.
            (Self::KeyWanted | Self::CardWanted, Step::KeyAccepted) => Self::CardWanted,
            (Self::CardWanted, Step::CardLaid) => Self::Reading,
            (Self::Reading, Step::ReadingDone) => Self::Biometrics,
            (Self::Biometrics, Step::PersonDone) => Self::Decided,
            (Self::Decided, Step::Receipted) => Self::Reported,
            (state, Step::Cancel) if state.is_active() => Self::Cancelled,
            (state, Step::Expire) if state.is_active() => Self::Expired,
            (state, Step::Fail) if state.is_active() => Self::Failed,
            (state, step) => return Err(IllegalStep { state, step }),
        })
    }

    /// True while the session holds its reader.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Created | Self::KeyWanted | Self::CardWanted | Self::Reading | Self::Biometrics
        )
    }

    /// True where no step leads on.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Reported | Self::Cancelled | Self::Expired | Self::Failed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Step};
    use State::{
        Biometrics, Cancelled, CardWanted, Created, Decided, Expired, Failed, KeyWanted, Reading,
        Reported,
    };

    const STEPS: [Step; 9] = [
        Step::Begin,
        Step::KeyAccepted,
        Step::CardLaid,
        Step::ReadingDone,
        Step::PersonDone,
        Step::Receipted,
        Step::Cancel,
        Step::Expire,
        Step::Fail,
    ];

    /// A row a state; a column a step, in the order of `STEPS`. `None` is an error.
    #[rustfmt::skip]
    const TABLE: [(State, [Option<State>; 9]); 10] = [
        (Created,    [Some(KeyWanted), None, None, None, None, None, Some(Cancelled), Some(Expired), Some(Failed)]),
        (KeyWanted,  [None, Some(CardWanted), None, None, None, None, Some(Cancelled), Some(Expired), Some(Failed)]),
        (CardWanted, [None, Some(CardWanted), Some(Reading), None, None, None, Some(Cancelled), Some(Expired), Some(Failed)]),
        (Reading,    [None, None, None, Some(Biometrics), None, None, Some(Cancelled), Some(Expired), Some(Failed)]),
        (Biometrics, [None, None, None, None, Some(Decided), None, Some(Cancelled), Some(Expired), Some(Failed)]),
        (Decided,    [None, None, None, None, None, Some(Reported), None, None, None]),
        (Reported,   [None; 9]),
        (Cancelled,  [None; 9]),
        (Expired,    [None; 9]),
        (Failed,     [None; 9]),
    ];

    #[test]
    fn every_state_takes_exactly_the_steps_of_the_table() {
        for (state, row) in TABLE {
            for (step, expected) in STEPS.into_iter().zip(row) {
                assert_eq!(state.after(step).ok(), expected, "{state:?} after {step:?}");
            }
        }
    }

    #[test]
    fn the_table_names_every_state_once() {
        assert_eq!(TABLE.map(|(state, _)| state), State::ALL);
    }

    #[test]
    fn a_final_state_is_one_without_any_step() {
        for (state, row) in TABLE {
            assert_eq!(
                state.is_final(),
                row.iter().all(Option::is_none),
                "{state:?}"
            );
        }
    }
}
