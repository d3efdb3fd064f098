//! Habits of a chip met in the field, for a simulated one to do the same: faults and mishaps that hold
//! from one power-up to the next, and what is public of it.

use std::collections::VecDeque;

use super::faults::{ChipFault, LinkMishap};
use super::files::{File, ReadAccess};
use super::{SimCard, Transmission};

/// The identifier of EF.CardAccess.
const CARD_ACCESS: u16 = 0x011C;

/// What a chip does.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// The answer to reset.
    pub atr: Option<Vec<u8>>,
    /// EF.CardAccess as it stood there.
    pub card_access: Option<Vec<u8>>,
    /// What it bears; where that is not known, what the card bears anyway.
    pub transmission: Option<Transmission>,
    /// What it does between one power-up and the next, in order; nothing after the last.
    pub sessions: Vec<SessionHabits>,
}

/// What a chip does between one power-up and the next.
#[derive(Clone, Debug, Default)]
pub struct SessionHabits {
    /// Faults of the chip, counted from the power-up.
    pub faults: Vec<ChipFault>,
    /// Mishaps of the link.
    pub mishaps: Vec<LinkMishap>,
}

/// The habits to come, and where those of the chip itself end.
#[derive(Default)]
pub(super) struct Coming {
    sessions: VecDeque<SessionHabits>,
    /// Faults and mishaps that are the chip's own.
    own: Option<(usize, usize)>,
}

impl Coming {
    /// How many faults are the chip's own.
    pub(super) fn own_faults(&self) -> usize {
        self.own.map_or(usize::MAX, |(faults, _)| faults)
    }
}

impl SimCard {
    /// The same card with habits of another.
    #[must_use]
    pub fn with_habits(mut self, habits: Habits) -> Self {
        if let Some(transmission) = habits.transmission {
            self = self.with_transmission(transmission);
        }
        if let Some(content) = habits.card_access {
            let access = ReadAccess::Always;
            self.chip
                .master
                .insert(CARD_ACCESS, File { content, access });
        }
        if let Some(atr) = habits.atr.filter(|atr| !atr.is_empty()) {
            self.chip.atr = Some(atr);
            self.atr = self.chip.answer_to_reset();
        }
        self.coming = Coming {
            sessions: habits.sessions.into(),
            own: Some((self.chip.faults.len(), self.chip.mishaps.len())),
        };
        self.take_next_habits();
        self
    }

    /// The habits of the next power-up take the place of those of the last.
    pub(super) fn take_next_habits(&mut self) {
        let Some((faults, mishaps)) = self.coming.own else {
            return;
        };
        let next = self.coming.sessions.pop_front().unwrap_or_default();
        self.chip.faults.truncate(faults);
        self.chip.mishaps.truncate(mishaps);
        self.occasions.truncate(faults);
        // Lifted once in each of them, if it was.
        let lifted = |mishap: &LinkMishap| matches!(mishap, LinkMishap::Torn(_));
        self.torn &= !next.mishaps.iter().any(lifted);
        self.chip.faults.extend(next.faults);
        self.chip.mishaps.extend(next.mishaps);
        self.occasions.resize(self.chip.faults.len(), 0);
    }
}
