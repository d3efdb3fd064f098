//! One transaction with one card.

use std::ffi::CString;
use std::time::Duration;

use cccd_port::{CardChannel, LinkFault};
use pcsc::{Context, Error, ReaderState, State, Transaction};

use crate::fault::{Moment, fault};

/// How long to look whether a card that answered nothing is still there. Removal is seen by the
/// service some hundred milliseconds after the fact.
const REMOVAL_SEEN_WITHIN: Duration = Duration::from_secs(1);

/// The card channel of a running transaction.
pub(crate) struct PcscChannel<'card> {
    pub(crate) context: &'card Context,
    pub(crate) reader: CString,
    pub(crate) transaction: &'card Transaction<'card>,
    pub(crate) atr: Vec<u8>,
}

impl PcscChannel<'_> {
    /// Whether the card leaves, or has left, the reader within [`REMOVAL_SEEN_WITHIN`].
    fn card_leaves(&self) -> Result<(), LinkFault> {
        let mut states = [ReaderState::new(self.reader.clone(), State::PRESENT)];
        let deadline = std::time::Instant::now() + REMOVAL_SEEN_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            match self.context.get_status_change(left, &mut states) {
                Ok(()) => {}
                Err(Error::Timeout) => return Ok(()),
                Err(error) => return Err(fault(error, Moment::Exchanging)),
            }
            if let Some(state) = states.first_mut() {
                if state
                    .event_state()
                    .intersects(State::UNKNOWN | State::UNAVAILABLE)
                {
                    return Err(LinkFault::ReaderLost);
                }
                if !state.event_state().contains(State::PRESENT) {
                    return Err(LinkFault::CardRemoved);
                }
                state.sync_current_state();
            }
            if left.is_zero() {
                return Ok(());
            }
        }
    }
}

impl CardChannel for PcscChannel<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let mut buffer = vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED];
        let response = match self.transaction.transmit(command, &mut buffer) {
            Ok(response) => response.to_vec(),
            Err(error @ Error::NotTransacted) => {
                // Some drivers report a card that was lifted as an exchange that failed.
                self.card_leaves()?;
                return Err(fault(error, Moment::Exchanging));
            }
            Err(error) => return Err(fault(error, Moment::Exchanging)),
        };
        if response.len() < 2 {
            // A card that goes in the middle of an exchange is reported by some drivers as success
            // with nothing in it. One that stays and says nothing is broken.
            self.card_leaves()?;
            return Err(LinkFault::ResponseMalformed {
                length: response.len(),
            });
        }
        Ok(response)
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}
