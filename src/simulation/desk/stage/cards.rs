//! Cards that are laid, lifted and torn away, and codes that are scanned.

use std::sync::Arc;

use cccd_port::{Clock as _, Feedback};
use cccd_sim::{Defect, LaidBack, SharedCard, SimCard, StoredFingers, TimeModel};

use super::making::{made, named_defects, trust};
use super::{SEEN, Stage};
use crate::simulation::desk::clock::LaneClock;
use crate::simulation::desk::lanes::LaidCard;
use crate::simulation::desk::refusal::StageRefusal;

/// A card to be laid.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Whose.
    pub persona: String,
    /// What is wrong with it, or special, in this order.
    pub defects: Vec<String>,
    /// Fingers that the chip holds in DG3, 1 to 10, each once; without them it holds none.
    pub fingers: Vec<u8>,
    /// What it takes, where that is not the desk's own model.
    pub time: Option<TimeModel>,
    /// The card as the desk must have read it before, where its defect asks for that.
    pub as_before: bool,
    /// The desk remembers what it saw of cards on this reader before; otherwise it begins anew.
    pub remembered: bool,
}

impl Stage {
    /// Lays a card on a reader, in place of one that lies there; a reader or a service that a defect
    /// took away is there again. Blocks until the desk sees the card.
    ///
    /// # Errors
    /// [`StageRefusal`] names what there is none of, or why the card cannot be made.
    pub fn lay(&self, reader: &str, wanted: &Wanted) -> Result<LaidCard, StageRefusal> {
        self.in_lane(reader, |_| ())?;
        let mut person = self.persona(&wanted.persona)?;
        if !wanted.fingers.is_empty() {
            person.fingers = Some(StoredFingers {
                positions: wanted.fingers.clone(),
                ..StoredFingers::default()
            });
        }
        let own = self.written_defects(&wanted.persona);
        let is_written = own.is_some();
        let mut named = own.unwrap_or_default();
        named.extend(named_defects(&wanted.defects)?);
        let made = made(&named, wanted.as_before)?;
        let made: Vec<&Defect> = made.iter().collect();
        let now = self.0.world.now();
        // The lists must know a written persona's signer.
        let trust = if is_written || made.iter().any(|defect| defect.concerns_trust()) {
            trust(&self.personas(), &made, &self.0.world)?
        } else {
            Some(Arc::clone(&self.0.trust))
        };
        let card = SimCard::new(&person, &made, self.randomness(), now)
            .map_err(|error| StageRefusal::Impossible(error.to_string()))?;
        let laid = LaidCard {
            persona: wanted.persona.clone(),
            defects: named.iter().map(|defect| defect.id.to_owned()).collect(),
        };
        self.lift_off(reader);
        let fresh = if wanted.remembered {
            None
        } else {
            Some(self.memory()?)
        };
        self.in_lane(reader, |lane| {
            lane.trust = trust;
            lane.clock = Arc::new(LaneClock {
                stage: Arc::clone(&self.0.clock),
                shown: made.iter().find_map(|defect| defect.desk_clock()),
                modelled: lane.modelled.clone(),
            });
            if let Some(fresh) = fresh {
                lane.memory = fresh;
            }
            lane.laid = Some(laid.clone());
        })?;
        self.set_up_again();
        self.put(reader, card.into(), wanted.time)?;
        Ok(laid)
    }

    fn put(
        &self,
        reader: &str,
        card: SharedCard,
        time: Option<TimeModel>,
    ) -> Result<(), StageRefusal> {
        self.0
            .readers
            .lay_timed(reader, card, time)
            .map_err(|fault| StageRefusal::Impossible(fault.to_string()))?;
        self.sees_card(reader, true);
        Ok(())
    }

    /// Lifts what lies on a reader; it can be laid back. Blocks until the desk sees it gone. A
    /// reader without a card stays as it is.
    ///
    /// # Errors
    /// [`StageRefusal::Reader`].
    pub fn lift(&self, reader: &str) -> Result<(), StageRefusal> {
        self.in_lane(reader, |_| ())?;
        self.lift_off(reader);
        Ok(())
    }

    pub(super) fn lift_off(&self, reader: &str) {
        self.0.readers.lift(reader);
        self.sees_card(reader, false);
    }

    /// Lays the card back that was lifted off, by hand or torn away. Blocks until the desk sees it.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such reader, or no card was lifted off it.
    pub fn lay_back(&self, reader: &str) -> Result<LaidCard, StageRefusal> {
        let laid = self.in_lane(reader, |lane| lane.laid.clone())?;
        let back = self.0.readers.lay_back(reader);
        let (Some(laid), Ok(())) = (laid, back) else {
            return Err(StageRefusal::NoCard("no card was lifted off this reader"));
        };
        self.sees_card(reader, true);
        Ok(laid)
    }

    /// Lifts the card at the `at`th command from now on, counted from 1; the card does not see it.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such reader, or it is not plugged in.
    pub fn tear(&self, reader: &str, at: usize, back: bool) -> Result<(), StageRefusal> {
        self.in_lane(reader, |_| ())?;
        let back = if back {
            LaidBack::Same
        } else {
            LaidBack::Nothing
        };
        self.0
            .readers
            .tear(reader, at, back)
            .map_err(|fault| StageRefusal::Impossible(fault.to_string()))
    }

    /// Scans a text at the reader's scanner.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such reader, or no session on it took the code.
    pub fn scan(&self, reader: &str, text: &str) -> Result<(), StageRefusal> {
        let scanner = self.in_lane(reader, |lane| lane.scanner.clone())?;
        match scanner.pull(text.to_owned(), SEEN) {
            Some(Feedback::Taken) => Ok(()),
            Some(Feedback::Refused) => Err(StageRefusal::NotTaken(
                "no session on this reader waits for a code, or this is no code of a card",
            )),
            None => Err(StageRefusal::NotTaken(
                "the desk does not look at the scanner",
            )),
        }
    }
}
