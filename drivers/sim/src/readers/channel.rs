//! One exchange with one card on one reader.

use std::sync::PoisonError;
use std::time::Duration;

use cccd_port::{CardChannel, LinkFault};

use super::state::{Shared, SharedCard, State};
use super::{ReaderModel, SimReaders};
use crate::card::Reply;
use crate::card::faults::LinkMishap;
use crate::latency::{Pace, TimeModel};

/// How long a mute card is waited for by a virtual clock: longer than any limit of a desk.
const FOR_EVER: Duration = Duration::from_hours(1);

/// `SCARD_E_NOT_TRANSACTED`: what one reader says to a command that is too long for it.
const NOT_TRANSACTED: LinkFault = LinkFault::Driver { code: 0x8010_0016 };

pub(super) struct Connection<'a> {
    pub shared: &'a Shared,
    pub name: &'a str,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.shared.lock().readers.get_mut(self.name) {
            slot.connected = false;
        }
    }
}

pub(super) struct Channel<'a> {
    pub readers: &'a SimReaders,
    pub name: String,
    pub card: SharedCard,
    pub laying: u64,
    pub atr: Vec<u8>,
    pub model: ReaderModel,
    pub pace: Pace,
    pub time: Option<TimeModel>,
    /// The fault after which nothing goes any more.
    pub broken: Option<LinkFault>,
}

impl Channel<'_> {
    fn fault(&self) -> Option<LinkFault> {
        self.broken
            .or_else(|| self.readers.shared.lock().broken(&self.name, self.laying))
    }

    /// What a mute card makes of a transmit: in real time it waits until card, reader or service are
    /// gone; a virtual clock moves past every limit instead, since nobody waits by it.
    fn mute(&self) -> LinkFault {
        if let Pace::Virtual(_) = &self.pace {
            self.pace.pass(FOR_EVER);
            return LinkFault::Timeout;
        }
        let shared = &self.readers.shared;
        let mut state = shared.lock();
        loop {
            if let Some(fault) = state.broken(&self.name, self.laying) {
                return fault;
            }
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl CardChannel for Channel<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        if !self.model.bears(command) {
            return Err(NOT_TRANSACTED);
        }
        if self.readers.shared.change(|state| state.torn(&self.name)) {
            self.broken = Some(LinkFault::CardRemoved);
            return Err(LinkFault::CardRemoved);
        }
        let (reply, work, slow) = {
            let mut card = self.card.lock();
            let reply = card.handle(command);
            let slow = card.mishaps().iter().find_map(|mishap| match mishap {
                LinkMishap::Slow(time) => Some(*time),
                _ => None,
            });
            (reply, card.work(), slow)
        };
        if let Some(time) = slow {
            self.pace.pass(time);
        }
        let shared = &self.readers.shared;
        let fault = match reply {
            Reply::Answer(bytes) => {
                if let Some(model) = self.time {
                    self.pace
                        .pass(model.exchange(command.len(), bytes.len(), work));
                }
                return match self.fault() {
                    Some(fault) => Err(fault),
                    None if bytes.len() > self.model.longest_response && bytes.len() <= 65_538 => {
                        Err(NOT_TRANSACTED)
                    }
                    // Two status bytes at least, the longest extended response at most
                    None if !(2..=65_538).contains(&bytes.len()) => {
                        Err(LinkFault::ResponseMalformed {
                            length: bytes.len(),
                        })
                    }
                    None => Ok(bytes),
                };
            }
            Reply::Removed => {
                shared.change(|state| {
                    let lifted = state.lift(&self.name);
                    if let Some(laid) = lifted.filter(|laid| laid.card.lock().comes_back()) {
                        // The reader is there: the card was just lifted off it.
                        let _ = state.lay(&self.name, laid.card, laid.time);
                    }
                });
                LinkFault::CardRemoved
            }
            Reply::Reset => LinkFault::CardReset,
            Reply::Unplugged => {
                shared.change(|state| state.unplug(&self.name));
                LinkFault::ReaderLost
            }
            Reply::ServiceStopped => {
                shared.change(State::stop);
                LinkFault::ServiceLost
            }
            Reply::Mute => self.mute(),
        };
        self.broken = Some(fault);
        Err(fault)
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}
