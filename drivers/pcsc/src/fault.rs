//! What each error of the service means to a reading.

use cccd_port::LinkFault;
use pcsc::Error;

/// When the service reported an error. The same code means different things to the clerk before
/// and after the card was met: a card that is missing at first was never laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// While the card was connected to, or the transaction begun.
    Connecting,
    /// In an exchange with the card.
    Exchanging,
}

/// The fault that a clerk can act upon, from the code of the service.
#[must_use]
pub fn fault(error: Error, moment: Moment) -> LinkFault {
    use Moment::{Connecting, Exchanging};
    match (error, moment) {
        (error, _) if service_is_gone(error) => LinkFault::ServiceLost,

        (Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable, moment) => {
            match moment {
                Connecting => LinkFault::NoReader,
                Exchanging => LinkFault::ReaderLost,
            }
        }
        (Error::NoSmartcard | Error::RemovedCard, Connecting) => LinkFault::NoCard,
        (Error::NoSmartcard | Error::RemovedCard, Exchanging) => LinkFault::CardRemoved,
        (Error::ResetCard | Error::UnpoweredCard, _) => LinkFault::CardReset,
        (Error::SharingViolation, _) => LinkFault::ReaderBusy,

        // A card that does not answer the reset, or an exchange, within its time.
        (Error::UnresponsiveCard | Error::Timeout | Error::NotReady | Error::WaitedTooLong, _) => {
            LinkFault::Timeout
        }
        (Error::Cancelled | Error::CancelledByUser, _) => LinkFault::Cancelled,

        // The buffer holds the longest response that there is; one that does not fit is longer.
        (Error::InsufficientBuffer, Exchanging) => LinkFault::ResponseMalformed {
            length: pcsc::MAX_BUFFER_SIZE_EXTENDED + 1,
        },
        (other, _) => LinkFault::Driver { code: code(other) },
    }
}

/// Whether the service behind the context has stopped, was never there, or has forgotten the
/// context because it was restarted. The context is then worth nothing and a new one is needed.
#[must_use]
pub const fn service_is_gone(error: Error) -> bool {
    matches!(
        error,
        Error::NoService
            | Error::ServiceStopped
            | Error::InvalidHandle
            | Error::Shutdown
            | Error::SystemCancelled
            // The client library lost its connection to the service in the middle of a call.
            | Error::CommError
            | Error::InternalError
    )
}

/// The code of the specification, such as `0x8010000B`.
#[must_use]
#[allow(
    clippy::as_conversions,
    reason = "the enumeration is declared with its codes as u32"
)]
pub const fn code(error: Error) -> u32 {
    error as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use Moment::{Connecting, Exchanging};

    const TOO_LONG: LinkFault = LinkFault::ResponseMalformed { length: 65_549 };

    /// Code, while connecting, while exchanging.
    const TABLE: &[(Error, LinkFault, LinkFault)] = &[
        (
            Error::NoService,
            LinkFault::ServiceLost,
            LinkFault::ServiceLost,
        ),
        (
            Error::ServiceStopped,
            LinkFault::ServiceLost,
            LinkFault::ServiceLost,
        ),
        (
            Error::InvalidHandle,
            LinkFault::ServiceLost,
            LinkFault::ServiceLost,
        ),
        (
            Error::Shutdown,
            LinkFault::ServiceLost,
            LinkFault::ServiceLost,
        ),
        (
            Error::CommError,
            LinkFault::ServiceLost,
            LinkFault::ServiceLost,
        ),
        (
            Error::UnknownReader,
            LinkFault::NoReader,
            LinkFault::ReaderLost,
        ),
        (
            Error::ReaderUnavailable,
            LinkFault::NoReader,
            LinkFault::ReaderLost,
        ),
        (
            Error::NoReadersAvailable,
            LinkFault::NoReader,
            LinkFault::ReaderLost,
        ),
        (
            Error::NoSmartcard,
            LinkFault::NoCard,
            LinkFault::CardRemoved,
        ),
        (
            Error::RemovedCard,
            LinkFault::NoCard,
            LinkFault::CardRemoved,
        ),
        (Error::ResetCard, LinkFault::CardReset, LinkFault::CardReset),
        (
            Error::SharingViolation,
            LinkFault::ReaderBusy,
            LinkFault::ReaderBusy,
        ),
        (
            Error::UnresponsiveCard,
            LinkFault::Timeout,
            LinkFault::Timeout,
        ),
        (Error::Timeout, LinkFault::Timeout, LinkFault::Timeout),
        (Error::Cancelled, LinkFault::Cancelled, LinkFault::Cancelled),
        (
            Error::InsufficientBuffer,
            LinkFault::Driver { code: 0x8010_0008 },
            TOO_LONG,
        ),
        (
            Error::ProtoMismatch,
            LinkFault::Driver { code: 0x8010_000F },
            LinkFault::Driver { code: 0x8010_000F },
        ),
        // A reader that refuses an extended APDU says this with the card still there: the code
        // must survive, so that the reading can go on with short ones.
        (
            Error::NotTransacted,
            LinkFault::Driver { code: 0x8010_0016 },
            LinkFault::Driver { code: 0x8010_0016 },
        ),
    ];

    #[test]
    fn each_error_has_its_fault() {
        for (error, connecting, exchanging) in TABLE {
            assert_eq!(
                fault(*error, Connecting),
                *connecting,
                "{error:?}, connecting"
            );
            assert_eq!(
                fault(*error, Exchanging),
                *exchanging,
                "{error:?}, exchanging"
            );
        }
    }

    #[test]
    fn codes_are_those_of_the_specification() {
        assert_eq!(code(Error::SharingViolation), 0x8010_000B);
        assert_eq!(code(Error::ReaderUnavailable), 0x8010_0017);
        assert_eq!(code(Error::NoService), 0x8010_001D);
        assert_eq!(code(Error::RemovedCard), 0x8010_0069);
    }
}
