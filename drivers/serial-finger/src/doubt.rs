//! Why an answer was not taken.

use cccd_port::SensorFault;

use crate::codes::refusal;
use crate::line::LineLost;

/// What was wrong with what came, or that nothing came. It carries nothing of the data, and may be
/// logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Not `EF01` where a packet begins.
    #[error("no packet begins where one should")]
    Header,
    /// From another address.
    #[error("a packet from another address")]
    Address,
    /// A kind (PID) that there is not.
    #[error("a packet of no known kind")]
    Kind,
    /// Longer than any packet, or without payload.
    #[error("a packet of an impossible length")]
    Length,
    /// A wrong sum.
    #[error("a packet with a wrong sum")]
    Sum,
    /// Another kind of packet than the one that is due.
    #[error("a packet of another kind than was due")]
    OutOfPlace,
    /// An acknowledgement with another payload than the command has: it answers another one.
    #[error("an acknowledgement of another command")]
    PayloadLength,
    /// An acknowledgement whose content cannot be.
    #[error("an acknowledgement that makes no sense")]
    Content,
    /// Bytes that nobody asked for.
    #[error("bytes that nobody asked for")]
    Unasked,
    /// More or less data than there should be.
    #[error("another amount of data than was due")]
    Amount,
    /// What was sent twice, or sent and read back, was not the same.
    #[error("data that differ when they are read again")]
    Unsteady,
    /// Bytes after the first doubt.
    #[error("bytes of a broken stream")]
    Resumed,
    /// It never falls silent.
    #[error("the line does not fall silent")]
    Babble,
    /// No answer in its time.
    #[error("no answer in its time")]
    Silence,
    /// The beginning of an answer, in its time.
    #[error("an answer that breaks off")]
    BrokenOff,
    /// A confirmation code that the command has no use for.
    #[error("confirmation code {0:#04x}")]
    Code(u8),
}

impl Doubt {
    /// What the desk is told.
    pub(crate) fn fault(self) -> SensorFault {
        match self {
            Self::Silence | Self::BrokenOff => SensorFault::Timeout,
            Self::Code(code) => refusal(code),
            _ => SensorFault::ProtocolViolation,
        }
    }
}

/// Why a call ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// Something is in doubt: the line must fall silent and hands be shaken anew.
    Doubt(Doubt),
    /// The sensor said why not, or is gone, or the caller gave up.
    Fault(SensorFault),
}

impl From<Doubt> for Stop {
    fn from(doubt: Doubt) -> Self {
        Self::Doubt(doubt)
    }
}

impl From<SensorFault> for Stop {
    fn from(fault: SensorFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<LineLost> for Stop {
    fn from(lost: LineLost) -> Self {
        Self::Fault(lost.into())
    }
}

impl Stop {
    pub(crate) fn fault(self) -> SensorFault {
        match self {
            Self::Doubt(doubt) => doubt.fault(),
            Self::Fault(fault) => fault,
        }
    }
}
