//! Which reason of the registry a fault of link or chip is.

use cccd_port::LinkFault;

use super::evidence::Step;
use crate::chip::ChipError;
use crate::chip::secure_messaging::SecureMessagingError;
use crate::finding::{Reason, reason};
use crate::transport::TransportError;

/// The reason of a fault of the link.
#[must_use]
pub const fn of_link(fault: LinkFault) -> Reason {
    match fault {
        LinkFault::NoCard | LinkFault::Cancelled => reason::NO_CARD,
        LinkFault::NoReader | LinkFault::ReaderLost => reason::READER_LOST,
        LinkFault::ServiceLost => reason::READER_SERVICE_LOST,
        LinkFault::ReaderBusy => reason::READER_BUSY,
        LinkFault::CardRemoved => reason::CARD_REMOVED,
        LinkFault::CardReset => reason::SESSION_RESET,
        LinkFault::MultipleCards => reason::MULTIPLE_CARDS,
        LinkFault::Timeout => reason::READ_TIMEOUT,
        LinkFault::ResponseMalformed { .. } => reason::RESPONSE_MALFORMED,
        LinkFault::Driver { .. } => reason::READER_LOST,
    }
}

/// The reason of a fault of an exchange.
#[must_use]
pub const fn of_transport(error: TransportError) -> Reason {
    match error {
        TransportError::Link(fault) => of_link(fault),
        TransportError::ReadTimeout => reason::READ_TIMEOUT,
        TransportError::ResponseMalformed { .. } => reason::RESPONSE_MALFORMED,
        TransportError::ResponseLoop => reason::RESPONSE_LOOP,
        TransportError::CommandMalformed { .. } => reason::INTERNAL_ERROR,
        TransportError::ReaderStuck => reason::READER_BUSY,
    }
}

/// The reason of a step with the chip that broke off.
#[must_use]
pub const fn of_chip(error: &ChipError) -> Reason {
    match error {
        ChipError::Transport(error) => of_transport(*error),
        ChipError::NotAnEmrtd => reason::NOT_AN_EMRTD,
        ChipError::SelectRefused(_) => reason::APP_SELECT_FAILED,
        ChipError::AccessAgain => reason::ACCESS_PROTOCOL_VIOLATION,
        ChipError::ChallengeRefused(_)
        | ChipError::AccessRefused(_)
        | ChipError::ForeignCryptogram => reason::ACCESS_FAILED,
        ChipError::NoBasicAccessKey => reason::PACE_UNSUPPORTED,
        ChipError::KeyWrong(_) => reason::ACCESS_KEY_WRONG,
        ChipError::Blocked(_) => reason::ACCESS_BLOCKED,
        ChipError::Length { .. } | ChipError::ReadRefused(_) => reason::RESPONSE_MALFORMED,
        ChipError::ChipCryptogram => reason::BAC_CHIP_AUTH_FAILED,
        ChipError::ReplayedCryptogram => reason::BAC_REPLAYED_RESPONSE,
        ChipError::PaceRefused(_) => reason::PACE_REFUSED,
        ChipError::PaceData(_) => reason::PACE_DATA_MALFORMED,
        ChipError::PaceKeyInvalid => reason::PACE_KEY_INVALID,
        ChipError::PaceKeyReflected => reason::PACE_KEY_REFLECTED,
        ChipError::PaceToken => reason::PACE_TOKEN_INVALID,
        ChipError::SecureMessaging(error) => match error {
            SecureMessagingError::Mac => reason::SM_MAC_INVALID,
            SecureMessagingError::Missing(_) => reason::SM_DO_MISSING,
            SecureMessagingError::Malformed => reason::SM_DO_MALFORMED,
            SecureMessagingError::Padding => reason::SM_PADDING_INVALID,
            SecureMessagingError::Plain => reason::SM_PLAIN_RESPONSE,
            SecureMessagingError::StatusMismatch => reason::SM_STATUS_MISMATCH,
            SecureMessagingError::SessionLost(_) | SecureMessagingError::Over => {
                reason::SM_SESSION_LOST
            }
        },
        ChipError::FileNotFound | ChipError::FileDenied => reason::MANDATORY_FILE_MISSING,
        ChipError::FileTruncated { .. } => reason::FILE_TRUNCATED,
        ChipError::FileLength => reason::LENGTH_IMPLAUSIBLE,
        ChipError::FileTag { .. } => reason::DG_TAG_WRONG,
        ChipError::FileHeader => reason::DG_MALFORMED,
        ChipError::ReadLoop => reason::RESPONSE_LOOP,
        ChipError::LengthRefused | ChipError::TooLong => reason::APDU_LENGTH_REFUSED,
        ChipError::AuthenticateRefused(_) => reason::CHIP_CLONE_AA_FAILED,
        ChipError::ChipAuthenticationRefused(_) => reason::CHIP_CLONE_CA_FAILED,
        ChipError::ChipKeyInvalid => reason::DOMAIN_PARAMS_FORGED,
        ChipError::Crypto(_) => reason::INTERNAL_ERROR,
    }
}

/// How a failed step is recorded: hostile where no honest chip does that.
#[must_use]
pub fn step(error: &ChipError) -> Step {
    match error {
        ChipError::ReplayedCryptogram | ChipError::PaceKeyInvalid | ChipError::PaceKeyReflected => {
            Step::Hostile(of_chip(error))
        }
        other => Step::Aborted(of_chip(other)),
    }
}

/// Whether the fault ends every further exchange of this session.
#[must_use]
pub const fn ends_session(error: &ChipError) -> bool {
    !matches!(
        error,
        ChipError::FileNotFound
            | ChipError::FileDenied
            | ChipError::FileLength
            | ChipError::FileTag { .. }
            | ChipError::FileHeader
            | ChipError::FileTruncated { .. }
            | ChipError::ReadRefused(_)
            | ChipError::AuthenticateRefused(_)
            | ChipError::ChipAuthenticationRefused(_)
    )
}
