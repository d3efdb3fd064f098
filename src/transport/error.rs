//! Why there is no response.

use cccd_port::LinkFault;

/// Why a command has no response. Says nothing of whether the card is genuine, and never stands
/// for a status word: a card that refuses has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The reader, its service or the card could not carry the exchange.
    #[error(transparent)]
    Link(LinkFault),
    /// The card, or the reading as a whole, took longer or more commands than it may.
    #[error("the card did not finish within the time that a reading has")]
    ReadTimeout,
    /// The response was no response: shorter than a status word, or longer than was asked for.
    #[error("the card's answer was {length} bytes long, at most {most} were asked for")]
    ResponseMalformed {
        /// Length of the answer in bytes, with the status word.
        length: usize,
        /// The longest that the command allowed, with the status word.
        most: usize,
    },
    /// The card keeps announcing more, or keeps correcting the length, without ever delivering.
    #[error("the card never finished its answer")]
    ResponseLoop,
    /// The command does not fit the form of an APDU (ISO/IEC 7816-3, 12.1): a fault of the caller.
    #[error("a command of {data} bytes that expects {expected} bytes is no APDU")]
    CommandMalformed {
        /// Bytes of the data field.
        data: usize,
        /// Bytes expected in return.
        expected: usize,
    },
    /// An earlier card on this reader has never answered, and the reader still waits for it.
    #[error("the reader still waits for an earlier card that does not answer")]
    ReaderStuck,
}

impl From<LinkFault> for TransportError {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::Timeout => Self::ReadTimeout,
            LinkFault::ResponseMalformed { length } => Self::ResponseMalformed {
                length,
                most: super::response::LONGEST,
            },
            other => Self::Link(other),
        }
    }
}
