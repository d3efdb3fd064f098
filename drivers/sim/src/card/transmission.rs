//! How long commands and responses may be, and how a response that is longer is handed out.

use super::apdu::{Command, Response, StatusWord};
use super::faults::ChipFault;
use super::{FRAGMENT, SHORT, SimCard};
use crate::der;
use crate::tlv::{constructed, object};

/// How long commands and responses may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmission {
    /// Extended length fields are understood.
    pub extended: bool,
    /// What does not fit a short response is handed out by 61xx and GET RESPONSE; otherwise it is
    /// refused with 6700.
    pub chained: bool,
    /// The most bytes of an extended response, status word included.
    pub largest: usize,
    /// The most bytes of an extended command.
    pub longest_command: usize,
}

impl Transmission {
    /// A chip whose largest response has so many bytes: 256 is one without extended length.
    #[must_use]
    pub fn up_to(largest: usize) -> Self {
        Self {
            extended: largest > SHORT,
            largest,
            ..Self::default()
        }
    }

    /// EF.ATR/INFO: card capabilities in DO47, and extended length information in DO7F66
    /// (ISO/IEC 7816-4, 12.7.1; ICAO 9303-10, 3.11.2).
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let number = |count: usize| der::integer(&count.to_be_bytes());
        // By name, identifier and short identifier; one-byte data units; extended length and where
        // more of it stands.
        let lengths = if self.extended { 0x60 } else { 0x00 };
        let mut file = object(0x47, &[0x94, 0x01, lengths]);
        if self.extended {
            let limits = [number(self.longest_command), number(self.largest)];
            file.extend(constructed(0x7F66, &limits));
        }
        file
    }
}

impl Default for Transmission {
    fn default() -> Self {
        Self {
            extended: true,
            chained: true,
            largest: 4096,
            longest_command: 4096,
        }
    }
}

impl SimCard {
    /// Executes a command and fits its response to what was asked for: `room` tells how many plain
    /// bytes a response of at most so many bytes carries.
    pub(super) fn fitted(
        &mut self,
        command: &Command,
        limit: usize,
        room: impl Fn(usize) -> usize,
    ) -> Response {
        let everything = matches!(command.le, Some(256 | 65_536));
        // "All there is" means all that fits; an exact number may come in fragments.
        let most = match command.le {
            Some(_) if everything => room(limit),
            Some(le) => le,
            None => 0,
        };
        let mut response = self.execute(command, most);
        let lies = |fault: &ChipFault| matches!(fault, ChipFault::ChallengeLength(_));
        let free = matches!(command.ins, 0xB0 | 0xB1)
            || command.ins == 0x84 && self.chip.faults.iter().any(lies);
        let chained = self.chip.transmission.chained && !command.extended;
        if !free && !everything && response.data.len() > most {
            response = StatusWord::wrong_le(response.data.len()).into();
        }
        if response.data.len() > room(limit) && !chained && !self.unbounded {
            response = StatusWord::WRONG_LENGTH.into();
        }
        response
    }

    /// Hands a finished response out, in fragments where it does not fit a short one.
    pub(super) fn deliver(&mut self, bytes: Vec<u8>, command: &Command) -> Vec<u8> {
        let plain_fits = command.cla & 0x0C == 0 && bytes.len() <= SHORT + 2;
        if command.extended || plain_fits || self.unbounded || bytes.len() <= SHORT {
            return bytes;
        }
        // What fits comes at once, and says how much is left.
        self.waiting = bytes;
        self.fragment(command.le.unwrap_or(0))
    }

    /// GET RESPONSE (ISO/IEC 7816-4, 7.6.1): a part of the response that waits.
    pub(super) fn fragment(&mut self, le: usize) -> Vec<u8> {
        let data = self.waiting.len().saturating_sub(2);
        let count = le.min(FRAGMENT).min(data);
        let mut out: Vec<u8> = self.waiting.drain(..count).collect();
        if self.waiting.len() > 2 {
            out.extend(StatusWord::more(self.waiting.len() - 2).bytes());
        } else {
            out.append(&mut self.waiting);
        }
        out
    }
}

/// The answer to reset of a contactless card of type A: historical bytes of its answer to select,
/// and the check byte.
pub(super) fn atr(transmission: Transmission) -> Vec<u8> {
    // Card capabilities (ISO/IEC 7816-4, 8.1.1.2.7): by name, identifier and short identifier;
    // one-byte data units; extended length.
    let lengths = if transmission.extended { 0x40 } else { 0x00 };
    let mut atr = vec![0x3B, 0x85, 0x80, 0x01, 0x80, 0x73, 0x94, 0x01, lengths];
    atr.push(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte));
    atr
}
