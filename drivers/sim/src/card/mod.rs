//! The chip: a pure function from command APDU to reply, with what it must remember between two.
//!
//! # Layout
//! - [`apdu`]: commands, responses, status words
//! - [`bac`], [`pace`], [`messaging`], [`active`]: access, secure messaging, active authentication
//! - [`files`]: the file system
//! - [`faults`]: what a chip or its link may do wrong
//! - [`random`]: where nonces come from
//! - `commands`: one function a command
//!
//! Chip authentication will open a [`messaging::Session::fresh`] with other
//! [`messaging::SessionKeys`]; terminal authentication will lift [`files::ReadAccess::Terminals`].

pub mod active;
pub mod apdu;
pub mod bac;
mod commands;
pub mod faults;
pub mod files;
pub mod messaging;
pub mod pace;
pub mod random;

use active::ActiveKey;
use apdu::{Command, Response, StatusWord};
use bac::AccessKeys;
use faults::{ChipFault, LinkMishap, When};
use files::Directory;
use messaging::Session;
use pace::PaceAccess;
use random::Randomness;

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
}

impl Default for Transmission {
    fn default() -> Self {
        Self {
            extended: true,
            chained: true,
            largest: 4096,
        }
    }
}

/// Everything that makes one chip another than the next.
#[derive(Clone, Default)]
pub struct Chip {
    /// Files under the master file.
    pub master: Directory,
    /// Files of the travel document application.
    pub application: Directory,
    /// The keys of basic access; a chip without them has none.
    pub access: Option<AccessKeys>,
    /// How PACE opens it; a chip without it answers 6D00.
    pub pace: Option<PaceAccess>,
    /// The key of active authentication; a chip without it answers 6D00.
    pub active: Option<ActiveKey>,
    /// Lengths.
    pub transmission: Transmission,
    /// Status word to SELECT of the application, where it is not 9000.
    pub application_refused: Option<StatusWord>,
    /// What the chip does wrong.
    pub faults: Vec<ChipFault>,
    /// What happens on the link.
    pub mishaps: Vec<LinkMishap>,
    /// The chip that comes back once this one has been taken away.
    pub successor: Option<Box<Chip>>,
}

/// What comes of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The response APDU with its status word, or what a broken chip sends in its place.
    Answer(Vec<u8>),
    /// The card left the field.
    Removed,
    /// Another program reset the card.
    Reset,
    /// The reader was unplugged.
    Unplugged,
    /// The service stopped.
    ServiceStopped,
    /// The card does not answer.
    Mute,
}

/// What a command cost the chip beside moving bytes; the time model prices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing of note.
    None,
    /// Basic access: key derivation and 3DES.
    BasicAccess,
    /// PACE: a mapping with a key agreement.
    PaceMap,
    /// PACE: a key agreement.
    PaceAgree,
    /// PACE: chip authentication data.
    PaceChipData,
    /// An RSA signature.
    Rsa,
    /// An ECDSA signature.
    Ecdsa,
}

/// Which directory is current.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Selected {
    Master,
    Application,
}

/// How far access has come.
enum Security {
    /// Nothing opened yet; perhaps a challenge is out.
    Plain { challenge: Option<Vec<u8>> },
    /// Secure messaging stands.
    Opened(Session),
}

/// A simulated chip.
pub struct SimCard {
    chip: Chip,
    random: Box<dyn Randomness>,
    selected: Selected,
    current: Option<u16>,
    security: Security,
    /// What GET RESPONSE hands out.
    waiting: Vec<u8>,
    /// Commands since power-up.
    count: u32,
    /// How often each fault's occasion came.
    occasions: Vec<u32>,
    /// The file that the present command read.
    touched: Option<u16>,
    /// The present response is longer than it may be, on purpose.
    unbounded: bool,
    /// Another chip has taken this one's place.
    swapped: bool,
    work: Work,
    /// A run of PACE between two commands.
    pace: Option<Box<pace::Running>>,
    /// PACE has opened the chip since power-up.
    paced: bool,
    /// Wrong tokens in a row, over the card's life.
    wrong_tokens: u8,
    atr: Vec<u8>,
}

/// The most bytes of a short response, its status word included.
const SHORT: usize = 256;
/// The most data bytes that one GET RESPONSE hands out: with the status word never above 256.
const FRAGMENT: usize = SHORT - 2;

impl SimCard {
    /// A chip in its power-up state.
    #[must_use]
    pub fn from_chip(chip: Chip, random: Box<dyn Randomness>) -> Self {
        Self {
            atr: atr(chip.transmission),
            occasions: vec![0; chip.faults.len()],
            chip,
            random,
            selected: Selected::Master,
            current: None,
            security: Security::Plain { challenge: None },
            waiting: Vec::new(),
            count: 0,
            touched: None,
            unbounded: false,
            swapped: false,
            work: Work::None,
            pace: None,
            paced: false,
            wrong_tokens: 0,
        }
    }

    /// The answer to reset that a PC/SC reader makes for this card (PC/SC part 3, 3.1.3.2.3).
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Field off and on: everything but the files and the life's counters is forgotten.
    pub fn reset(&mut self) {
        self.selected = Selected::Master;
        self.count = 0;
        self.paced = false;
        self.end_session();
        self.forget_occasions();
    }

    /// What the last command cost the chip.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// What happens on this card's link, for the reader that it lies on.
    #[must_use]
    pub fn mishaps(&self) -> &[LinkMishap] {
        &self.chip.mishaps
    }

    /// Answers one command APDU. Never fails and never panics: what cannot be answered gets a
    /// status word.
    pub fn handle(&mut self, apdu: &[u8]) -> Reply {
        self.count = self.count.saturating_add(1);
        self.work = Work::None;
        self.touched = None;
        self.unbounded = false;
        for mishap in self.chip.mishaps.clone() {
            let count = self.count;
            match mishap {
                LinkMishap::Removed(at) if count >= at => {
                    self.swap();
                    return Reply::Removed;
                }
                LinkMishap::Reset(at) if count >= at => {
                    self.reset();
                    return Reply::Reset;
                }
                LinkMishap::Unplugged(at) if count >= at => return Reply::Unplugged,
                LinkMishap::ServiceStopped(at) if count >= at => return Reply::ServiceStopped,
                LinkMishap::Mute(at) if count >= at => return Reply::Mute,
                LinkMishap::Empty(at) if count >= at => return Reply::Answer(Vec::new()),
                LinkMishap::Oversize(at) if count >= at => {
                    return Reply::Answer([vec![0xA5; 70_000], vec![0x90, 0x00]].concat());
                }
                _ => {}
            }
        }
        Reply::Answer(self.answer(apdu))
    }

    /// Becomes the chip that comes back, if one does.
    fn swap(&mut self) {
        if let Some(successor) = self.chip.successor.take() {
            self.chip = *successor;
            self.occasions = vec![0; self.chip.faults.len()];
            self.atr = atr(self.chip.transmission);
            self.wrong_tokens = 0;
            self.swapped = true;
            self.reset();
        }
    }

    /// Whether this is the card that came back in place of another: a virtual reader lays it again.
    #[must_use]
    pub fn came_back(&self) -> bool {
        self.swapped
    }

    fn answer(&mut self, apdu: &[u8]) -> Vec<u8> {
        let command = match Command::parse(apdu) {
            Ok(command) => command,
            Err(status) => return status.bytes().to_vec(),
        };
        if command.ins == 0xC0 && !self.waiting.is_empty() {
            return self.fragment(command.le.unwrap_or(0));
        }
        self.waiting.clear();
        let protected = match command.cla {
            0x00 => false,
            // Command chaining (ICAO 9303-11, 4.4.4.2)
            0x10 if command.ins == 0x86 => false,
            0x0C => true,
            0x10 | 0x1C => return StatusWord::NO_CHAINING.bytes().to_vec(),
            _ => return StatusWord::CLASS.bytes().to_vec(),
        };
        let refuses = !self.chip.transmission.extended
            || self.chip.faults.contains(&ChipFault::ExtendedRefused);
        if command.extended && refuses {
            return StatusWord::WRONG_LENGTH.bytes().to_vec();
        }
        if protected {
            self.protected(&command)
        } else {
            self.plain(&command)
        }
    }

    /// A command without secure messaging. One that comes while secure messaging stands ends it
    /// (ICAO 9303-11, 9.8.1).
    fn plain(&mut self, command: &Command) -> Vec<u8> {
        if matches!(self.security, Security::Opened(_)) {
            self.end_session();
        }
        if let Some(raw) = self.raw(command.ins, false) {
            return raw;
        }
        let response = self.fitted(command, SHORT + 2, |room| room.saturating_sub(2));
        let bytes = response.bytes();
        self.deliver(bytes, command)
    }

    /// A command under secure messaging: opened, executed, its response sealed.
    fn protected(&mut self, command: &Command) -> Vec<u8> {
        let opened = match &mut self.security {
            Security::Opened(session) => session.open(command),
            Security::Plain { .. } => Err(StatusWord::SM_INCORRECT),
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(status) => {
                self.end_session();
                return status.bytes().to_vec();
            }
        };
        if let Some(raw) = self.raw(opened.ins, true) {
            return raw;
        }
        let limit = if command.extended {
            command
                .le
                .unwrap_or(SHORT)
                .min(self.chip.transmission.largest)
        } else {
            SHORT
        };
        let room = match &self.security {
            Security::Opened(session) => session.room(limit),
            Security::Plain { .. } => 0,
        };
        let response = self.fitted(&opened, limit, |_| room);
        let sealed = self.seal(&opened, &response);
        self.deliver(sealed, command)
    }

    fn seal(&mut self, opened: &Command, response: &Response) -> Vec<u8> {
        if let Some(ChipFault::Unprotected(_)) = self.met(opened.ins, true, |fault| {
            matches!(fault, ChipFault::Unprotected(_))
        }) {
            return response.bytes();
        }
        let lost = self.met(opened.ins, true, |fault| {
            matches!(fault, ChipFault::SessionLost(..))
        });
        if let Some(ChipFault::SessionLost(_, status)) = lost {
            self.end_session();
            return StatusWord(status).bytes().to_vec();
        }
        let wrong = self.met(opened.ins, true, |fault| {
            matches!(fault, ChipFault::Messaging(..))
        });
        let wrong = match wrong {
            Some(ChipFault::Messaging(_, wrong)) => Some(wrong),
            _ => None,
        };
        let odd = opened.ins & 1 == 1;
        let sealed = match &mut self.security {
            Security::Opened(session) => session.seal(response, odd, wrong).ok(),
            Security::Plain { .. } => None,
        };
        sealed.unwrap_or_else(|| StatusWord::FAILURE.bytes().to_vec())
    }

    /// Executes a command and fits its response to what was asked for: `room` tells how many plain
    /// bytes a response of at most so many bytes carries.
    fn fitted(
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
    fn deliver(&mut self, bytes: Vec<u8>, command: &Command) -> Vec<u8> {
        let plain_fits = command.cla & 0x0C == 0 && bytes.len() <= SHORT + 2;
        if command.extended || plain_fits || self.unbounded || bytes.len() <= SHORT {
            return bytes;
        }
        self.waiting = bytes;
        StatusWord::more(self.waiting.len().saturating_sub(2))
            .bytes()
            .to_vec()
    }

    /// GET RESPONSE (ISO/IEC 7816-4, 7.6.1): a part of the response that waits.
    fn fragment(&mut self, le: usize) -> Vec<u8> {
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

    /// What a broken chip sends in place of its whole answer.
    fn raw(&mut self, ins: u8, protected: bool) -> Option<Vec<u8>> {
        let fault = self.met(ins, protected, |fault| {
            matches!(
                fault,
                ChipFault::Raw(..) | ChipFault::RawFilled(..) | ChipFault::WrongLeForEver(_)
            )
        })?;
        Some(match fault {
            ChipFault::Raw(_, bytes) => bytes.to_vec(),
            ChipFault::RawFilled(_, count) => [vec![0xA5; count], vec![0x90, 0x00]].concat(),
            _ => StatusWord::wrong_le(usize::try_from(0xFF - self.count % 0x80).unwrap_or(1))
                .bytes()
                .to_vec(),
        })
    }

    /// The first fault of a kind whose occasion has come. Counts the occasion for each of them.
    fn met(
        &mut self,
        ins: u8,
        protected: bool,
        kind: impl Fn(&ChipFault) -> bool,
    ) -> Option<ChipFault> {
        let even = if ins == 0xB1 { 0xB0 } else { ins };
        let mut met = None;
        for (fault, occasions) in self.chip.faults.iter().zip(&mut self.occasions) {
            let Some(when) = fault.when().filter(|_| kind(fault)) else {
                continue;
            };
            let here = when.ins.is_none_or(|wanted| wanted == even)
                && (protected || !when.protected)
                && (when.file.is_none() || when.file == self.touched);
            if here {
                *occasions = occasions.saturating_add(1);
                if (when.from..=when.to).contains(occasions) {
                    met = met.or(Some(*fault));
                }
            }
        }
        met
    }

    fn end_session(&mut self) {
        self.security = Security::Plain { challenge: None };
        self.current = None;
        self.pace = None;
        self.waiting.clear();
    }

    fn forget_occasions(&mut self) {
        for (fault, occasions) in self.chip.faults.iter().zip(&mut self.occasions) {
            if fault.when().is_none_or(|when| !when.life) {
                *occasions = 0;
            }
        }
    }
}

impl ChipFault {
    fn when(&self) -> Option<When> {
        match self {
            Self::Raw(when, _)
            | Self::RawFilled(when, _)
            | Self::Unprotected(when)
            | Self::SessionLost(when, _)
            | Self::Status(when, _)
            | Self::StatusWithData(when, _)
            | Self::Short(when, ..)
            | Self::Longer(when, _)
            | Self::OtherFile(when, _)
            | Self::WrongLeForEver(when)
            | Self::Messaging(when, _) => Some(*when),
            _ => None,
        }
    }
}

/// The answer to reset of a contactless card of type A: historical bytes of its answer to select,
/// and the check byte.
fn atr(transmission: Transmission) -> Vec<u8> {
    // Card capabilities (ISO/IEC 7816-4, 8.1.1.2.7): by name, identifier and short identifier;
    // one-byte data units; extended length.
    let lengths = if transmission.extended { 0x40 } else { 0x00 };
    let mut atr = vec![0x3B, 0x85, 0x80, 0x01, 0x80, 0x73, 0x94, 0x01, lengths];
    atr.push(atr.iter().skip(1).fold(0, |sum, byte| sum ^ byte));
    atr
}
