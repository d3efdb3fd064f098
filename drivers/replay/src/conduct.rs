//! What was out of the ordinary in a recording, for a simulated card to do the same.
//!
//! A chip's answers cannot be played to a reader that draws other random numbers. Its habits can: which
//! command it refused and with what, where the card was lifted, what EF.CardAccess offered.

use std::collections::BTreeMap;

use crate::recording::{Exchange, Fault, Link, Outcome, Recording};
use crate::shape::{Answer, Command, READ_BINARY};

/// A card's habits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// The answer to reset.
    pub atr: Option<Vec<u8>>,
    /// EF.CardAccess, where it was read in the plain.
    pub card_access: Option<Vec<u8>>,
    /// Whether a command of extended length was answered.
    pub extended: bool,
    /// The most bytes of an extended command and of its response, as EF.ATR/INFO says.
    pub lengths: Option<(usize, usize)>,
    /// What happened between one power-up and the next, in order.
    pub sessions: Vec<SessionConduct>,
}

/// What happened in one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionConduct {
    /// Why there was none.
    pub refused: Option<Fault>,
    /// What was out of the ordinary, in order.
    pub deeds: Vec<(Occasion, Deed)>,
}

/// A command by its place among its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occasion {
    /// The instruction; `B0` for both READ BINARY commands.
    pub ins: u8,
    /// The file that is read.
    pub file: Option<u16>,
    /// Under secure messaging.
    pub protected: bool,
    /// How many such commands there were in this connection, this one included.
    pub number: u32,
    /// How many commands there were at all, this one included.
    pub apdu: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// This status word and no data, protected as the command was.
    Status(u16),
    /// This status word beside the data.
    StatusWithData(u16),
    /// This status word without secure messaging, which is over then.
    SessionLost(u16),
    /// Data in the plain although secure messaging stood.
    Unprotected,
    /// No DO99, or no DO8E, in a protected response.
    StatusMissing,
    /// No DO8E.
    ChecksumMissing,
    /// No response.
    Fault(Fault),
}

impl Conduct {
    /// The conduct that a recording shows.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let connected = recording.links.iter().find(|link| link.refused.is_none());
        let exchanges = || recording.links.iter().flat_map(|link| &link.exchanges);
        let lengths = exchanges().find_map(|exchange| match &exchange.outcome {
            Outcome::Answer(answer) if exchange.command.file == Some(0x2F01) => {
                lengths(answer.data.as_deref()?)
            }
            _ => None,
        });
        Self {
            atr: connected.map(|link| link.atr.clone()),
            card_access: connected.and_then(|link| public(link, 0x011C)),
            extended: exchanges().any(|exchange| {
                exchange.command.extended
                    && matches!(&exchange.outcome, Outcome::Answer(answer) if answer.status != Some(0x6700))
            }),
            lengths,
            sessions: recording.links.iter().map(of_link).collect(),
        }
    }

    /// Whether a simulated card can do all of it: what cannot be done is named.
    #[must_use]
    pub fn deeds(&self) -> usize {
        let sessions = self.sessions.iter();
        sessions
            .map(|session| session.deeds.len() + usize::from(session.refused.is_some()))
            .sum()
    }
}

/// What was read of a public file in the plain: the first time that it was read from its beginning.
fn public(link: &Link, file: u16) -> Option<Vec<u8>> {
    let mut content: Option<Vec<u8>> = None;
    for exchange in &link.exchanges {
        let command = &exchange.command;
        let Outcome::Answer(answer) = &exchange.outcome else {
            continue;
        };
        let Some(data) = answer.data.as_ref().filter(|_| command.file == Some(file)) else {
            continue;
        };
        let so_far = content.get_or_insert_default();
        if offset(command) == Some(so_far.len()) {
            so_far.extend(data);
        }
    }
    content
}

/// Where an even READ BINARY begins (ISO/IEC 7816-4, 11.3.3).
fn offset(command: &Command) -> Option<usize> {
    match command.header {
        [_, READ_BINARY, p1, p2] if p1 & 0x80 == 0 => {
            Some(usize::from(u16::from_be_bytes([p1, p2])))
        }
        [_, READ_BINARY, _, p2] => Some(usize::from(p2)),
        _ => None,
    }
}

/// The numbers in DO7F66.
fn lengths(object: &[u8]) -> Option<(usize, usize)> {
    let value = object.get(3..)?;
    let row = crate::objects::objects(value)?;
    let number = |object: &crate::objects::Object<'_>| {
        let bytes = object.value;
        (object.tag == 2 && bytes.len() <= 4).then(|| {
            bytes
                .iter()
                .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
        })
    };
    match row.as_slice() {
        [command, response] => Some((number(command)?, number(response)?)),
        _ => None,
    }
}

fn of_link(link: &Link) -> SessionConduct {
    let mut counts: BTreeMap<(u8, Option<u16>), u32> = BTreeMap::new();
    let mut deeds = Vec::new();
    for (at, exchange) in link.exchanges.iter().enumerate() {
        let command = &exchange.command;
        let kind = (command.instruction(), command.file);
        let count = counts.entry(kind).or_default();
        *count = count.saturating_add(1);
        let occasion = Occasion {
            ins: command.instruction(),
            file: command.file,
            protected: command.is_protected(),
            number: *count,
            apdu: u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1),
        };
        deeds.extend(deed(exchange).map(|deed| (occasion, deed)));
    }
    SessionConduct {
        refused: link.refused,
        deeds,
    }
}

fn deed(exchange: &Exchange) -> Option<Deed> {
    let answer = match &exchange.outcome {
        Outcome::Fault(fault) => return Some(Deed::Fault(*fault)),
        Outcome::Answer(answer) => answer,
    };
    let Some(status) = answer.status else {
        return Some(Deed::Fault(Fault::ResponseMalformed(
            usize::try_from(answer.length).unwrap_or(usize::MAX),
        )));
    };
    if exchange.command.is_protected() {
        return protected(status, &exchange.command, answer);
    }
    if is_ordinary(status, &exchange.command) {
        return None;
    }
    Some(match answer.length {
        2 => Deed::Status(status),
        _ => Deed::StatusWithData(status),
    })
}

fn protected(status: u16, command: &Command, answer: &Answer) -> Option<Deed> {
    let has = |tag: &str| {
        let begins = |object: &String| object.split(':').next() == Some(tag);
        answer.objects.iter().any(begins)
    };
    match answer.inner_status {
        Some(_) if !has("8E") => Some(Deed::ChecksumMissing),
        Some(inner) if is_ordinary(inner, command) => None,
        Some(inner) if has("87") || has("85") => Some(Deed::StatusWithData(inner)),
        Some(inner) => Some(Deed::Status(inner)),
        // The pieces of a long response: what is inside shows when it is put together.
        None if status >> 8 == 0x61 || answer.length > 2 && answer.objects.is_empty() => None,
        None if has("8E") => Some(Deed::StatusMissing),
        None if answer.length > 2 => Some(Deed::Unprotected),
        None => Some(Deed::SessionLost(status)),
    }
}

/// Whether that is what a chip usually says. 6Cxx and 61xx are lengths, which the simulated card has
/// of its own.
fn is_ordinary(status: u16, command: &Command) -> bool {
    let length = matches!(status >> 8, 0x61 | 0x6C);
    // The warning at a file's end comes with the data.
    let end = command.instruction() == READ_BINARY && status == 0x6282;
    status == 0x9000 || length || end
}
