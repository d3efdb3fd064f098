//! The chip: a pure function from command APDU to reply, with what it must remember between two.
//!
//! # Layout
//! - [`apdu`]: commands, responses, status words
//! - [`bac`], [`pace`], [`messaging`], [`active`]: access, secure messaging, active authentication
//! - [`files`]: the file system
//! - [`faults`]: what a chip or its link may do wrong; [`habits`]: what one in the field did
//! - [`random`]: where nonces come from
//! - [`chip_authentication`], [`terminal_authentication`], [`cv_certificate`]: extended access
//! - `commands`: one function a command
//! - `transmission`: lengths of commands and responses

pub mod active;
pub mod apdu;
pub mod bac;
pub mod chip_authentication;
mod commands;
pub mod cv_certificate;
pub mod faults;
pub mod files;
pub mod habits;
pub mod messaging;
pub mod pace;
pub mod random;
pub mod terminal_authentication;
mod transmission;

use std::collections::BTreeMap;

use active::ActiveKey;
use apdu::{Command, Response, StatusWord};
use bac::AccessKeys;
use chip_authentication::{Agreement, ChipKey};
use faults::{At, ChipFault, LinkMishap, When};
use files::{Directory, File, ReadAccess};
pub use habits::{Habits, SessionHabits};
use messaging::Session;
use pace::PaceAccess;
use random::Randomness;
use terminal_authentication::{Inspection, Presented};
pub use transmission::Transmission;
use transmission::atr;

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
    /// The static keys of chip authentication; a chip without them knows none of its commands.
    pub chip_authentication: Vec<ChipKey>,
    /// What the chip knows of terminals; without it, none can prove itself.
    pub inspection: Option<Inspection>,
    /// Lengths.
    pub transmission: Transmission,
    /// The answer to reset, where it does not follow from the lengths.
    pub atr: Option<Vec<u8>>,
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
    /// Verifying an ECDSA signature.
    VerifyEcdsa,
    /// Verifying an RSA signature.
    VerifyRsa,
    /// Key agreement of chip authentication.
    ChipAuthentication,
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
    agreement: Agreement,
    presented: Presented,
    /// ID_PICC: what stands for the chip in terminal authentication (ICAO 9303-11, 7.1.3).
    identity: Option<Vec<u8>>,
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
    /// How often each file was read since power-up.
    reads: BTreeMap<u16, u32>,
    /// The card has been lifted and laid back in its life.
    torn: bool,
    /// After the present removal, a card is laid back.
    returns: bool,
    work: Work,
    /// A run of PACE between two commands.
    pace: Option<Box<pace::Running>>,
    /// PACE has opened the chip since power-up.
    paced: bool,
    /// Wrong tokens in a row, over the card's life.
    wrong_tokens: u8,
    /// What it does after the next power-ups.
    coming: habits::Coming,
    atr: Vec<u8>,
}

impl Chip {
    /// The answer to reset that a PC/SC reader makes for it, or its own.
    fn answer_to_reset(&self) -> Vec<u8> {
        self.atr.clone().unwrap_or_else(|| atr(self.transmission))
    }
}

/// The identifier of EF.ATR/INFO.
const ATR_INFO: u16 = 0x2F01;
/// The most bytes of a short response, its status word included.
const SHORT: usize = 256;
/// The most data bytes that one GET RESPONSE hands out: with the status word never above 256.
const FRAGMENT: usize = SHORT - 2;

impl SimCard {
    /// A chip in its power-up state.
    #[must_use]
    pub fn from_chip(chip: Chip, random: Box<dyn Randomness>) -> Self {
        let mut card = Self {
            atr: chip.answer_to_reset(),
            occasions: vec![0; chip.faults.len()],
            chip,
            random,
            selected: Selected::Master,
            current: None,
            security: Security::Plain { challenge: None },
            agreement: Agreement::default(),
            presented: Presented::default(),
            identity: None,
            waiting: Vec::new(),
            count: 0,
            touched: None,
            unbounded: false,
            reads: BTreeMap::new(),
            torn: false,
            returns: false,
            work: Work::None,
            pace: None,
            paced: false,
            wrong_tokens: 0,
            coming: habits::Coming::default(),
        };
        card.choose_alike();
        card
    }

    /// The same card with other lengths, said so in EF.ATR/INFO and, where it is not the card's own,
    /// the answer to reset.
    #[must_use]
    pub fn with_transmission(mut self, transmission: Transmission) -> Self {
        let file = File {
            content: transmission.file(),
            access: ReadAccess::Always,
        };
        self.chip.master.insert(ATR_INFO, file);
        self.chip.transmission = transmission;
        self.atr = self.chip.answer_to_reset();
        self
    }

    /// The answer to reset that a PC/SC reader makes for this card (PC/SC part 3, 3.1.3.2.3).
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Field off and on: everything but the files and the life's counters is forgotten.
    pub fn reset(&mut self) {
        self.choose_alike();
        self.selected = Selected::Master;
        // A field that goes off before anything was asked is no session.
        if self.count > 0 {
            self.take_next_habits();
        }
        self.count = 0;
        self.reads.clear();
        self.paced = false;
        self.end_session();
        self.forget_occasions();
    }

    /// A chip without randomness begins with the same after each power-up.
    fn choose_alike(&mut self) {
        if self.chip.faults.contains(&ChipFault::ConstantNonces) {
            self.random = Box::new(random::SeededRandom::new("no randomness"));
        }
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
        self.returns = false;
        if let Some(reply) = self.mishap() {
            return reply;
        }
        let answer = self.answer(apdu);
        // Which file a protected command reads is known only once it is opened.
        if let Some(file) = self.touched {
            let count = self.reads.entry(file).or_default();
            *count = count.saturating_add(1);
            if let Some(reply) = self.mishap() {
                return reply;
            }
        }
        Reply::Answer(answer)
    }

    /// What happens on the link now, if anything.
    fn mishap(&mut self) -> Option<Reply> {
        let come = |at: At| match at {
            At::Apdu(from) => self.count >= from,
            At::Reading(file, from) => {
                self.touched == Some(file)
                    && self.reads.get(&file).is_some_and(|count| *count >= from)
            }
        };
        let met = self.chip.mishaps.iter().find(|mishap| match mishap {
            LinkMishap::Torn(at) => come(*at) && !self.torn,
            LinkMishap::Removed(at)
            | LinkMishap::Reset(at)
            | LinkMishap::Unplugged(at)
            | LinkMishap::ServiceStopped(at)
            | LinkMishap::Mute(at)
            | LinkMishap::Empty(at)
            | LinkMishap::Oversize(at) => come(*at),
            LinkMishap::Slow(_) | LinkMishap::Busy | LinkMishap::TwoCards => false,
        });
        Some(match *met? {
            LinkMishap::Removed(_) => {
                self.swap();
                Reply::Removed
            }
            LinkMishap::Torn(_) => {
                self.torn = true;
                self.returns = true;
                self.reset();
                Reply::Removed
            }
            LinkMishap::Reset(_) => {
                self.reset();
                Reply::Reset
            }
            LinkMishap::Unplugged(_) => Reply::Unplugged,
            LinkMishap::ServiceStopped(_) => Reply::ServiceStopped,
            LinkMishap::Mute(_) => Reply::Mute,
            LinkMishap::Empty(_) => Reply::Answer(Vec::new()),
            LinkMishap::Oversize(_) => {
                Reply::Answer([vec![0xA5; 70_000], vec![0x90, 0x00]].concat())
            }
            LinkMishap::Slow(_) | LinkMishap::Busy | LinkMishap::TwoCards => return None,
        })
    }

    /// Becomes the chip that comes back, if one does.
    fn swap(&mut self) {
        if let Some(successor) = self.chip.successor.take() {
            self.chip = *successor;
            self.occasions = vec![0; self.chip.faults.len()];
            self.atr = self.chip.answer_to_reset();
            self.wrong_tokens = 0;
            self.torn = false;
            self.returns = true;
        }
        self.reset();
    }

    /// Whether the card, or another in its place, is laid back after the removal that has just
    /// happened.
    #[must_use]
    pub fn comes_back(&self) -> bool {
        self.returns
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
            || apdu.len() > self.chip.transmission.longest_command
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
        let limit = if command.extended {
            self.chip.transmission.largest
        } else {
            SHORT + 2
        };
        let response = self.fitted(command, limit, |room| room.saturating_sub(2));
        let bytes = response.bytes();
        self.deliver(bytes, command)
    }

    /// A command under secure messaging: opened, executed, its response sealed.
    fn protected(&mut self, command: &Command) -> Vec<u8> {
        let opened = match &mut self.security {
            Security::Opened(session) if self.agreement.deaf => session.overhear(command),
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
        self.change_keys();
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
        self.agreement = Agreement::default();
        self.presented = Presented::default();
        self.identity = None;
        self.current = None;
        self.pace = None;
        self.waiting.clear();
    }

    /// A session begins: the chip's own faults are counted anew, and those of its habits only after
    /// a power-up.
    fn forget_occasions(&mut self) {
        let own = self.coming.own_faults();
        let counted = self.chip.faults.iter().zip(&mut self.occasions);
        for (fault, occasions) in counted.take(own) {
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
            | Self::Refused(when, _)
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
