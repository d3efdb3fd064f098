//! Reads one card into evidence, however often it is lifted and laid back.

use std::collections::BTreeMap;

use cccd_port::{CardChannel, Clock, LinkFault};

use super::ReadingEvent;
use super::keys::Keys;
use super::opening::Access;
use crate::chip::terminal_authentication::EfCvca;
use crate::chip::{Abilities, ChipError, Closed, FileId, Partial};
use crate::crypto::random::Random;
use crate::decision::verdict::{PhaseCount, ReadingCount};
use crate::document::Date;
use crate::transport::{Counts, Limits, Link, TransportError};
use crate::verify::Evidence;
use crate::verify::evidence::{
    ActiveAuthentication, ChipAuthentication, FileState, Step, TerminalAuthentication,
};
use crate::verify::terminal::TerminalMaterial;

/// How often a session is begun anew with shorter commands before that counts as a fault: twice for
/// the extended form, and once for each length of the short one.
const MOST_LENGTHS: u32 = 6;

/// Whether the fingerprints are to be read.
#[derive(Clone, Copy, Debug)]
pub enum Fingerprints<'a> {
    /// Nobody needs them: the chip is not asked for them.
    NotWanted,
    /// With what is shown to the chip for them; none where the operator supplied none.
    Wanted(Option<&'a TerminalMaterial>),
}

/// What a reading rests on.
#[derive(Clone, Copy)]
pub struct Instructions<'a> {
    /// What opens the chip.
    pub keys: &'a Keys,
    /// The day, and the budgets' time.
    pub clock: &'a dyn Clock,
    /// Bounds of each laying of the card.
    pub limits: Limits,
    /// Whether DG3 is wanted.
    pub fingerprints: Fingerprints<'a>,
}

/// What became of one laying of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Laying {
    /// The reading is over, well or not.
    Over,
    /// The card was lifted. Laid back, [`Reading::go_on`] goes on where this stopped; if it is not,
    /// the evidence says that it was removed.
    Torn,
}

/// The reading of one card.
pub struct Reading<'a> {
    pub(super) instructions: Instructions<'a>,
    pub(super) today: Date,
    pub(super) evidence: Evidence,
    /// Files that a session did not finish.
    pub(super) partials: BTreeMap<FileId, Partial>,
    /// Whether the chip refused what was assumed because EF.CardAccess cannot be read.
    pub(super) assumption_refused: bool,
    /// What was taken for the terminal's proof of itself on the way.
    pub(super) for_terminal: ForTerminal,
    /// Whether an earlier session showed that the proof does not fit this link.
    pub(super) unable_to_authenticate: bool,
    /// Whether the chip was opened before it was lifted: whatever is laid back must open too.
    pub(super) was_opened: bool,
    /// Files that were read again in this laying and found the same.
    pub(super) proven: Vec<FileId>,
    counts: Counts,
    retried: bool,
    shortened: u32,
}

/// What terminal authentication signs and asks (BSI TR-03110-3, B.3 and B.4).
#[derive(Default)]
pub(super) struct ForTerminal {
    /// ID_PICC.
    pub chip_identity: Vec<u8>,
    /// Comp(PK_DH,IFD).
    pub ephemeral_key: Option<Vec<u8>>,
    /// DO 87 and DO 88 of PACE.
    pub authorities: Vec<Vec<u8>>,
    /// Where EF.CVCA stands.
    pub ef_cvca: EfCvca,
}

/// Why a session ended before its end. What happened is in the evidence already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Another session would end alike.
    Final,
    /// A fresh session may help.
    Again,
    /// Reader or chip failed at the length of a command; the next session asks for less.
    AskLess,
    /// The chip must be opened in another way, which a fresh session tries.
    OtherWay,
    /// The card was lifted.
    Torn,
}

impl Ending {
    pub(super) const fn of(error: &ChipError) -> Self {
        match error {
            ChipError::TooLong => Self::AskLess,
            ChipError::Transport(TransportError::Link(LinkFault::CardRemoved)) => Self::Torn,
            error if may_help(error) => Self::Again,
            _ => Self::Final,
        }
    }
}

/// What a session works with.
pub(super) struct Session<'s> {
    pub random: &'s mut dyn Random,
    pub events: &'s mut dyn FnMut(ReadingEvent),
}

impl Session<'_> {
    pub(super) fn tell(&mut self, phase: &'static str, bytes: u32, total: Option<u32>) {
        (self.events)(ReadingEvent::Progress {
            phase,
            bytes,
            total,
        });
    }
}

/// Reads the card on `channel`, which lies there for as long as it takes. Whatever happens on the
/// way is in the evidence: a fault ends the reading and never this function.
pub fn read_card(
    channel: &mut dyn CardChannel,
    instructions: Instructions<'_>,
    abilities: &mut Abilities,
    random: &mut dyn Random,
    events: &mut dyn FnMut(ReadingEvent),
) -> (Evidence, ReadingCount) {
    let mut reading = Reading::new(instructions);
    // A card that is lifted is not waited for here.
    let _: Laying = reading.go_on(channel, abilities, random, events);
    reading.finish()
}

impl<'a> Reading<'a> {
    /// Of a card that was not asked anything yet.
    #[must_use]
    pub fn new(instructions: Instructions<'a>) -> Self {
        Self {
            instructions,
            today: Date::in_vietnam(instructions.clock.now()),
            evidence: Evidence::default(),
            partials: BTreeMap::new(),
            assumption_refused: false,
            for_terminal: ForTerminal::default(),
            unable_to_authenticate: false,
            was_opened: false,
            proven: Vec::new(),
            counts: Counts::default(),
            retried: false,
            shortened: 0,
        }
    }

    /// Reads on with the card on `channel`. A session that broke in its messaging is tried once
    /// more; a card that was lifted and laid back is opened again and must show what it showed.
    pub fn go_on(
        &mut self,
        channel: &mut dyn CardChannel,
        abilities: &mut Abilities,
        random: &mut dyn Random,
        events: &mut dyn FnMut(ReadingEvent),
    ) -> Laying {
        let Instructions { clock, limits, .. } = self.instructions;
        let mut link = Link::new(channel, clock, limits);
        let mut session = Session { random, events };
        self.resume();
        let laying = loop {
            link.begin_session();
            match self.session(&mut link, abilities, &mut session) {
                Err(Ending::Torn) => break Laying::Torn,
                Err(Ending::AskLess) if self.shortened < MOST_LENGTHS => self.shortened += 1,
                Err(Ending::Again) if !self.retried => self.retried = true,
                Err(Ending::OtherWay) => {}
                Ok(()) | Err(_) => break Laying::Over,
            }
            self.forget();
        };
        self.counts.absorb(link.counts());
        laying
    }

    /// What it took so far, as the link counted it.
    #[must_use]
    pub const fn exchanges(&self) -> &Counts {
        &self.counts
    }

    /// What the card was, and what it took.
    #[must_use]
    pub fn finish(self) -> (Evidence, ReadingCount) {
        let counts = count(&self.counts, &self.evidence);
        (self.evidence, counts)
    }

    /// Before a card that was laid, for the first time or again: what it proved and what went wrong
    /// is forgotten, what was read is kept.
    fn resume(&mut self) {
        let evidence = &mut self.evidence;
        evidence.link = Step::NotTried;
        evidence.access = Step::NotTried;
        evidence.chip_authentication = ChipAuthentication::NotTried;
        evidence.active_authentication = ActiveAuthentication::NotTried;
        evidence.terminal_authentication = TerminalAuthentication::NotTried;
        evidence.dg1_again = None;
        evidence.nonces.clear();
        let faulty = |state: &mut FileState| !matches!(state, FileState::Faulty(_));
        evidence.files.retain(|_, state| faulty(state));
        // What proves that it is the same card is compared whole.
        self.partials.remove(&FileId::Sod);
        self.partials.remove(&FileId::Dg(1));
        self.proven.clear();
        self.for_terminal = ForTerminal::default();
    }

    /// A session in which nothing of an earlier one counts.
    fn forget(&mut self) {
        self.evidence = Evidence::default();
        self.partials.clear();
        self.proven.clear();
        self.for_terminal = ForTerminal::default();
        self.was_opened = false;
    }

    fn session(
        &mut self,
        link: &mut Link<'_>,
        abilities: &mut Abilities,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        let access = self.open(Closed::new(link, abilities), session)?;
        self.was_opened = true;
        match access {
            Access::Protected(mut chip) => {
                self.read_files(&mut chip, session, Self::authenticate_by_agreement)?;
                self.read_card_security(&mut chip, session)?;
                self.read_fingerprints(&mut chip, session)
            }
            // Keys can't be agreed on with a chip that has no secure messaging to renew.
            Access::Plain(mut chip) => self.read_files(&mut chip, session, |_, _, _| Ok(())),
        }
    }
}

/// Whether a fresh session on the same card may end better: not where the card or the reader is
/// gone, and never where a key was wrong or the chip is blocked.
const fn may_help(error: &ChipError) -> bool {
    match error {
        ChipError::Transport(error) => matches!(
            error,
            TransportError::ResponseMalformed { .. } | TransportError::ResponseLoop
        ),
        ChipError::KeyWrong(_)
        | ChipError::Blocked(_)
        | ChipError::NoBasicAccessKey
        | ChipError::NotAnEmrtd
        | ChipError::ReplayedCryptogram
        | ChipError::PaceKeyInvalid
        | ChipError::PaceKeyReflected
        | ChipError::Crypto(_) => false,
        _ => true,
    }
}

/// What the reading took, with the bytes of files by phase.
fn count(counts: &Counts, evidence: &Evidence) -> ReadingCount {
    let read = |phase: &str| {
        evidence
            .files
            .iter()
            .filter(|(file, _)| file.phase() == phase)
            .map(|(file, _)| evidence.bytes(*file).map_or(0, <[u8]>::len))
            .sum::<usize>()
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let phases: Vec<PhaseCount> = counts
        .phases()
        .iter()
        .map(|phase| PhaseCount {
            name: phase.name.to_owned(),
            apdus: phase.apdus,
            bytes: number(read(phase.name)),
            milliseconds: u64::try_from(phase.time.as_millis()).unwrap_or(u64::MAX),
        })
        .collect();
    ReadingCount {
        apdus: phases
            .iter()
            .map(|phase| phase.apdus)
            .fold(0, u32::saturating_add),
        bytes: phases
            .iter()
            .map(|phase| phase.bytes)
            .fold(0, u32::saturating_add),
        phases,
    }
}
