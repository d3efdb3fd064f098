//! What a way to a destination owes.

use core::future::Future;
use core::time::Duration;

use super::reason::DeliveryReason;
use super::receipt::Receipt;
use crate::store::Destination;
use crate::store::deliveries::DueReport;

/// A way to one destination.
pub(super) trait Way: Send + Sync + 'static {
    /// Where it leads.
    fn destination(&self) -> Destination;

    /// Sends the report once, within a time of its own.
    fn send(&self, report: &DueReport) -> impl Future<Output = Outcome> + Send;
}

/// How one attempt ended.
pub(super) enum Outcome {
    /// With a receipt that was checked.
    Receipted {
        /// The HTTP status, where there is one.
        status: Option<u16>,
        receipt: Receipt,
    },
    /// With a refusal that no repetition will change.
    Refused { status: u16 },
    /// Otherwise: the report is sent again.
    Failed {
        status: Option<u16>,
        reason: DeliveryReason,
        /// What the destination asks for (RFC 9110, 10.2.3).
        retry_after: Option<Duration>,
    },
}

/// A failure without more to say.
pub(super) const fn failed(status: Option<u16>, reason: DeliveryReason) -> Outcome {
    Outcome::Failed {
        status,
        reason,
        retry_after: None,
    }
}
