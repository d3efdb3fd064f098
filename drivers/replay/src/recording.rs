//! What a recording is, and its file.

use core::fmt;

use cccd_port::LinkFault;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::shape::{Answer, Command, hex_option};

/// The version of the file.
const VERSION: u8 = 1;
/// The most bytes of a file: 1 MiB of a card in hexadecimal, in pieces of 223 bytes, and as much
/// again for the shapes.
pub const MOST_BYTES: usize = 16 * 1_024 * 1_024;
/// The most links of a recording, and the most exchanges of all of them.
const MOST_LINKS: usize = 64;
const MOST_EXCHANGES: usize = 40_000;

/// What went over the link in one reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// 1.
    pub version: u8,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub made: OffsetDateTime,
    /// What made it, and which version of it.
    pub program: String,
    /// The reader's name, as its driver gives it.
    pub reader: String,
    /// What opens the card and what chance gave, where everything was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Secrets>,
    /// Each connection to a card, in order.
    pub links: Vec<Link>,
}

/// What a recording holds only where it was asked for. Prints as `[redacted]`, and is wiped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// What opened the card: `qr`, `mrz`, `can` or `typed`.
    pub key_kind: String,
    /// Its text.
    pub key: String,
    /// The random bytes that the reader drew, in order, in hexadecimal.
    pub random: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// One connection to a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The answer to reset.
    #[serde(with = "hex::serde")]
    pub atr: Vec<u8>,
    /// Why there was no connection at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Fault>,
    /// What was exchanged, in order.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
}

/// One command and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The command.
    pub command: Command,
    /// What came of it.
    pub outcome: Outcome,
    /// How long that took, in microseconds.
    pub took_us: u64,
    /// Command and response as they were, where everything was asked for.
    #[serde(default, skip_serializing_if = "Raw::is_nothing")]
    pub raw: Raw,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A response.
    Answer(Answer),
    /// None.
    Fault(Fault),
}

/// The bytes of an exchange. Prints as `[redacted]`, and is wiped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_option")]
    command: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_option")]
    answer: Option<Vec<u8>>,
}

impl Raw {
    pub(crate) fn of(command: &[u8], answer: Option<&[u8]>) -> Self {
        Self {
            command: Some(command.to_vec()),
            answer: answer.map(<[u8]>::to_vec),
        }
    }

    /// The command's bytes.
    #[must_use]
    pub fn command(&self) -> Option<&[u8]> {
        self.command.as_deref()
    }

    /// The response's bytes.
    #[must_use]
    pub fn answer(&self) -> Option<&[u8]> {
        self.answer.as_deref()
    }

    fn is_nothing(&self) -> bool {
        self.command.is_none() && self.answer.is_none()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A [`LinkFault`] as the file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "those of LinkFault")]
pub enum Fault {
    NoReader,
    NoCard,
    ReaderLost,
    ServiceLost,
    ReaderBusy,
    CardRemoved,
    CardReset,
    MultipleCards,
    Timeout,
    ResponseMalformed(usize),
    Cancelled,
    Driver(u32),
}

impl From<LinkFault> for Fault {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::NoReader => Self::NoReader,
            LinkFault::NoCard => Self::NoCard,
            LinkFault::ReaderLost => Self::ReaderLost,
            LinkFault::ServiceLost => Self::ServiceLost,
            LinkFault::ReaderBusy => Self::ReaderBusy,
            LinkFault::CardRemoved => Self::CardRemoved,
            LinkFault::CardReset => Self::CardReset,
            LinkFault::MultipleCards => Self::MultipleCards,
            LinkFault::Timeout => Self::Timeout,
            LinkFault::ResponseMalformed { length } => Self::ResponseMalformed(length),
            LinkFault::Cancelled => Self::Cancelled,
            LinkFault::Driver { code } => Self::Driver(code),
        }
    }
}

impl From<Fault> for LinkFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NoReader => Self::NoReader,
            Fault::NoCard => Self::NoCard,
            Fault::ReaderLost => Self::ReaderLost,
            Fault::ServiceLost => Self::ServiceLost,
            Fault::ReaderBusy => Self::ReaderBusy,
            Fault::CardRemoved => Self::CardRemoved,
            Fault::CardReset => Self::CardReset,
            Fault::MultipleCards => Self::MultipleCards,
            Fault::Timeout => Self::Timeout,
            Fault::ResponseMalformed(length) => Self::ResponseMalformed { length },
            Fault::Cancelled => Self::Cancelled,
            Fault::Driver(code) => Self::Driver { code },
        }
    }
}

/// Why a file is no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than 16 MiB.
    #[error("longer than {MOST_BYTES} bytes")]
    TooLong,
    /// Not the JSON of a recording.
    #[error("line {line}, column {column}: not the JSON of a recording")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Made by a later version.
    #[error("version {0}; this program knows version {VERSION}")]
    Version(u8),
    /// More links or exchanges than a reading can have.
    #[error("more than {MOST_LINKS} links or {MOST_EXCHANGES} exchanges")]
    TooMuch,
}

impl Recording {
    /// A recording of nothing yet.
    #[must_use]
    pub fn new(made: OffsetDateTime, program: String, reader: String) -> Self {
        Self {
            version: VERSION,
            made,
            program,
            reader,
            secrets: None,
            links: Vec::new(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Malformed`], which repeats nothing of the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MOST_BYTES {
            return Err(Malformed::TooLong);
        }
        let recording: Self = serde_json::from_slice(bytes).map_err(|error| Malformed::Json {
            line: error.line(),
            column: error.column(),
        })?;
        if recording.version != VERSION {
            return Err(Malformed::Version(recording.version));
        }
        let exchanges: usize = recording
            .links
            .iter()
            .map(|link| link.exchanges.len())
            .sum();
        if recording.links.len() > MOST_LINKS || exchanges > MOST_EXCHANGES {
            return Err(Malformed::TooMuch);
        }
        Ok(recording)
    }

    /// The file.
    ///
    /// # Errors
    /// None that is known: a recording always has a form in JSON.
    pub fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let mut bytes = Zeroizing::new(Vec::new());
        serde_json::to_writer_pretty(&mut *bytes, self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether it holds everything: what opens the card, and every byte.
    #[must_use]
    pub fn holds_everything(&self) -> bool {
        self.secrets.is_some()
    }

    /// The same without what is secret or of a person.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut copy = self.clone();
        copy.secrets = None;
        for exchange in copy.links.iter_mut().flat_map(|link| &mut link.exchanges) {
            exchange.raw = Raw::default();
        }
        copy
    }
}

impl Exchange {
    /// The fault, where it was one.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self.outcome {
            Outcome::Fault(fault) => Some(fault),
            Outcome::Answer(_) => None,
        }
    }
}
