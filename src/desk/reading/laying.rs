//! Waits for the card at a reader, reads it, and waits for it again where it was lifted.

use core::time::Duration;

use cccd_port::LinkFault;

use super::ReadingEvent;
use super::card::{Instructions, Laying, Reading};
use crate::chip::Abilities;
use crate::crypto::random::Random;
use crate::decision::verdict::ReadingCount;
use crate::transport::{
    Arrival, CancelToken, CardSession, Counts, ReaderChoice, ReaderHub, TransportError, Waits,
};
use crate::verify::Evidence;

/// How often a card is laid down for one reading at most: a contact that breaks more often than that
/// is a matter of the reader.
const MOST_LAYINGS: u32 = 6;

/// Where a card is waited for, and how long.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The readers.
    pub hub: &'a ReaderHub,
    /// Which of them.
    pub choice: &'a ReaderChoice,
    /// How long a reader may take.
    pub waits: Waits,
    /// How long a card is waited for at first.
    pub first: Duration,
    /// How long one that was lifted is waited for.
    pub lay_back: Duration,
    /// Calls it all off.
    pub cancel: &'a CancelToken,
}

/// A card that was read, well or not.
#[derive(Debug)]
pub struct Found {
    /// What was obtained from it.
    pub evidence: Evidence,
    /// What that took.
    pub counts: ReadingCount,
    /// The same as the link counted it.
    pub exchanges: Counts,
    /// Where it lay last.
    pub arrival: Arrival,
    /// What it and its reader were found to bear. Hearsay until the chip has proven itself.
    pub abilities: Abilities,
}

/// Waits for a card and reads it; `recall` tells what is known of a reader with a chip.
///
/// # Errors
/// [`TransportError`] where no card could be asked anything.
pub fn read_at(
    place: Place<'_>,
    instructions: Instructions<'_>,
    recall: &dyn Fn(&Arrival) -> Abilities,
    random: &mut dyn Random,
    events: &mut dyn FnMut(ReadingEvent),
) -> Result<Found, TransportError> {
    let Place { hub, cancel, .. } = place;
    let mut arrival = hub.wait_for_card(place.choice, None, place.first, cancel)?;
    let mut abilities = recall(&arrival);
    let mut reading = Reading::new(instructions);
    let mut session = hub.connect(&arrival.reader, place.waits, cancel)?;
    let same_reader = ReaderChoice::Named(arrival.reader.0.clone());
    let mut layings = 1;
    while reading.go_on(&mut session, &mut abilities, random, events) == Laying::Torn
        && layings < MOST_LAYINGS
    {
        layings += 1;
        // A reader has one connection at a time.
        drop(session);
        events(ReadingEvent::Lifted);
        let before = arrival.atr.clone();
        let Some(next) = laid_back(&place, &same_reader, &mut arrival) else {
            break;
        };
        session = next;
        if arrival.atr != before {
            abilities = recall(&arrival);
        }
        events(ReadingEvent::LaidBack);
    }
    let exchanges = reading.exchanges().clone();
    let (evidence, counts) = reading.finish();
    Ok(Found {
        evidence,
        counts,
        exchanges,
        arrival,
        abilities,
    })
}

/// The next card on that reader; none where none comes, or none that can be connected to.
fn laid_back(
    place: &Place<'_>,
    reader: &ReaderChoice,
    arrival: &mut Arrival,
) -> Option<CardSession> {
    let Place { hub, cancel, .. } = *place;
    for _ in 1..MOST_LAYINGS {
        let next = hub
            .wait_for_card(reader, Some(arrival.number), place.lay_back, cancel)
            .ok()?;
        *arrival = next;
        match hub.connect(&arrival.reader, place.waits, cancel) {
            Ok(session) => return Some(session),
            // Lifted again before anything was asked.
            Err(TransportError::Link(LinkFault::NoCard | LinkFault::CardRemoved)) => {}
            Err(_) => return None,
        }
    }
    None
}
