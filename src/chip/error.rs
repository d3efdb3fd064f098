//! Why the chip did not do what was asked of it.

use crate::crypto::CryptoFault;
use crate::transport::{StatusWord, TransportError};

use super::secure_messaging::SecureMessagingError;

/// Why a step with the chip broke off. Tells apart: the link failed · the chip refused · the chip
/// answered wrongly. Never holds data of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChipError {
    /// The exchange itself did not happen.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// SELECT by the eMRTD AID: there is no such application (6A82).
    #[error("the card holds no travel document application")]
    NotAnEmrtd,
    /// SELECT by the eMRTD AID was refused otherwise.
    #[error("the travel document application refused to be selected: {0:?}")]
    SelectRefused(StatusWord),
    /// Reader or chip failed at the length of a command or its response; the next session asks for
    /// less.
    #[error("the reader or the chip failed at a long command")]
    TooLong,
    /// SELECT of the application was refused to a session that PACE opened, for want of access.
    #[error("the chip wants to be opened a second time")]
    AccessAgain,
    /// What is known of the card opens it by PACE alone.
    #[error("no key of basic access control follows from what is known")]
    NoBasicAccessKey,
    /// Basic access control is not what this chip does.
    #[error("GET CHALLENGE was refused: {0:?}")]
    ChallengeRefused(StatusWord),
    /// The key does not open the chip (ICAO 9303-11, 4.3.1).
    #[error("the access key does not open the chip: {0:?}")]
    KeyWrong(StatusWord),
    /// The chip takes no more tries.
    #[error("access to the chip is blocked: {0:?}")]
    Blocked(StatusWord),
    /// EXTERNAL AUTHENTICATE was refused for another reason than the key.
    #[error("EXTERNAL AUTHENTICATE was refused: {0:?}")]
    AccessRefused(StatusWord),
    /// A response had the wrong length.
    #[error("{command}: {length} bytes of data where {expected} are due")]
    Length {
        /// Which command.
        command: &'static str,
        /// Bytes that came.
        length: usize,
        /// Bytes that are due.
        expected: usize,
    },
    /// The chip's cryptogram of basic access control does not authenticate (M_IC).
    #[error("the chip's answer to EXTERNAL AUTHENTICATE does not authenticate")]
    ChipCryptogram,
    /// The chip's cryptogram neither authenticates nor holds our nonces.
    #[error("the chip's answer to EXTERNAL AUTHENTICATE is not made with this key")]
    ForeignCryptogram,
    /// The chip's cryptogram authenticates and repeats other nonces than ours: a replay by somebody
    /// who knows the key (ICAO 9303-11, 4.3.1, step 4).
    #[error("the chip's answer to EXTERNAL AUTHENTICATE is not of this session")]
    ReplayedCryptogram,
    /// MSE:Set AT or GENERAL AUTHENTICATE was refused for another reason than the key.
    #[error("PACE was refused: {0:?}")]
    PaceRefused(StatusWord),
    /// An answer of PACE has not the objects that it must have.
    #[error("the chip's data in PACE are malformed: {0}")]
    PaceData(&'static str),
    /// A public key of the chip is no element of its group: no conforming chip sends such a key.
    #[error("a public key of the chip in PACE is invalid")]
    PaceKeyInvalid,
    /// The chip sent our own public key back.
    #[error("the chip sent the terminal's own public key back")]
    PaceKeyReflected,
    /// T_IC is not the token of this run (ICAO 9303-11, 4.4.3.4).
    #[error("the chip's token in PACE is wrong")]
    PaceToken,
    /// Secure messaging broke.
    #[error(transparent)]
    SecureMessaging(#[from] SecureMessagingError),
    /// The chip has no such file (6A82).
    #[error("no such file")]
    FileNotFound,
    /// The chip keeps the file from us (6982).
    #[error("access to the file is denied")]
    FileDenied,
    /// The file ends before the length that it announced.
    #[error("the file ends after {read} of {announced} bytes")]
    FileTruncated {
        /// Bytes that came.
        read: usize,
        /// Bytes that its header announces.
        announced: usize,
    },
    /// The file announces a length beyond the bound.
    #[error("the file announces an implausible length")]
    FileLength,
    /// The file begins with the tag of another.
    #[error("the file begins with tag {met:#x} where {expected:#x} is due")]
    FileTag {
        /// By ICAO 9303-10, table 38.
        expected: u32,
        /// What came.
        met: u32,
    },
    /// The file does not begin with a tag and length.
    #[error("the file does not begin with a data object")]
    FileHeader,
    /// READ BINARY brought nothing and no error.
    #[error("the chip reads without end")]
    ReadLoop,
    /// Every length of READ BINARY was refused.
    #[error("the chip refuses every length of READ BINARY")]
    LengthRefused,
    /// READ BINARY was refused in a way that no standard foresees here.
    #[error("READ BINARY was refused: {0:?}")]
    ReadRefused(StatusWord),
    /// INTERNAL AUTHENTICATE was refused.
    #[error("INTERNAL AUTHENTICATE was refused: {0:?}")]
    AuthenticateRefused(StatusWord),
    /// MSE:Set AT, MSE:Set KAT or GENERAL AUTHENTICATE of chip authentication was refused.
    #[error("chip authentication was refused: {0:?}")]
    ChipAuthenticationRefused(StatusWord),
    /// The chip's static key is no element of its group.
    #[error("the chip's static key is invalid")]
    ChipKeyInvalid,
    /// Our own cryptography failed.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}
