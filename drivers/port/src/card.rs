//! One card in one reader.

use core::fmt;

/// A transaction with one card: bytes out, bytes in, nothing of what they mean.
///
/// An implementation holds the card exclusively for as long as the value lives.
pub trait CardChannel {
    /// Sends one command APDU and returns the response APDU with its two status bytes.
    ///
    /// The response is handed over as it came: an implementation neither follows `61xx` nor `6Cxx`
    /// nor cuts a response that is too long (ISO/IEC 7816-3, 12.1).
    ///
    /// # Errors
    /// A [`LinkFault`] when the reader, its service or the card could not carry the exchange.
    /// Status words are no faults.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault>;

    /// The answer to reset, as the reader gave it.
    fn atr(&self) -> &[u8];
}

/// Why an exchange with a reader did not happen. Says nothing about whether a card is genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// No reader of that name, or none at all.
    #[error("no such card reader")]
    NoReader,
    /// No card in the reader, or none within the wait.
    #[error("no card on the reader")]
    NoCard,
    /// The reader was unplugged.
    #[error("the card reader is gone")]
    ReaderLost,
    /// The PC/SC service stopped or was never there.
    #[error("the smart card service is not running")]
    ServiceLost,
    /// Another program holds the card.
    #[error("another program is using the card")]
    ReaderBusy,
    /// The card was taken away in the middle.
    #[error("the card was taken away")]
    CardRemoved,
    /// Another program, or the reader itself, reset the card.
    #[error("the card was reset")]
    CardReset,
    /// More than one card lies in the field.
    #[error("more than one card on the reader")]
    MultipleCards,
    /// The card did not answer within the time that it has.
    #[error("the card did not answer in time")]
    Timeout,
    /// The answer was shorter than a status word, or longer than any answer may be.
    #[error("the card's answer was {length} bytes long")]
    ResponseMalformed {
        /// Length of the answer in bytes.
        length: usize,
    },
    /// The caller gave up waiting.
    #[error("the wait was called off")]
    Cancelled,
    /// Whatever else the driver said, by its own code (PC/SC: `SCARD_E_…`).
    #[error("the card reader reported error {code:#010x}")]
    Driver {
        /// The driver's code.
        code: u32,
    },
}

/// The answer to reset in hexadecimal: tells kinds of cards apart, holds nothing of a person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Atr(pub Vec<u8>);

impl fmt::Debug for Atr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
