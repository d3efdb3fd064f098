//! One attempt to give a report to the fleet's stream. What acknowledges it is its receipt: stream and
//! number.

use std::sync::Arc;

use cccd_port::Timer;
use tokio::sync::broadcast;

use super::deliver::{DeliverError, DelivererHandle, DeliveryEvent, spawn_on};
use super::own_keys::OwnKeys;
use super::reason::DeliveryReason;
use super::receipt::Receipt;
use super::settings::Pace;
use super::way::{Outcome, Way, failed};
use crate::fleet::publishing::Stored;
use crate::fleet::{FleetError, Link};
use crate::store::deliveries::DueReport;
use crate::store::{Destination, Store, in_store, rfc3339};

/// The way to the fleet's stream.
struct Stream {
    link: Link,
    store: Arc<Store>,
    keys: OwnKeys,
}

impl Stream {
    /// Publishes a report, once others can check it: its key is told first. It may be new, and of another process
    /// of this desk.
    async fn publish(&self, report: &DueReport) -> Result<Stored, FleetError> {
        if let Err(error) = in_store(&self.store, Store::refresh_signing).await {
            // What was known before signs most reports.
            tracing::warn!(%error, "the signing key could not be read anew");
        }
        self.keys.tell().await?;
        self.link
            .publish_report(&report.kind, &report.report_id, &report.jws)
            .await
    }
}

/// Starts the deliverer to the fleet on the current tokio runtime. One process at a time delivers the
/// reports of a data folder there.
///
/// # Errors
/// [`DeliverError`]: another process delivers already.
pub fn spawn(
    store: Arc<Store>,
    link: Link,
    pace: Pace,
    events: broadcast::Sender<DeliveryEvent>,
    timer: Arc<dyn Timer>,
) -> Result<DelivererHandle, DeliverError> {
    let way = Stream {
        keys: OwnKeys::new(link.clone(), Arc::clone(&store)),
        link,
        store: Arc::clone(&store),
    };
    spawn_on(way, pace, store, events, timer)
}

impl Way for Stream {
    fn destination(&self) -> Destination {
        Destination::Fleet
    }

    async fn send(&self, report: &DueReport) -> Outcome {
        match self.publish(report).await {
            Ok(stored) => Outcome::Receipted {
                status: None,
                receipt: Receipt {
                    receipt_id: format!("{}:{}", stored.stream, stored.sequence),
                    idempotency_key: report.report_id.clone(),
                    received_at: rfc3339(self.store.now()),
                    sha256: report.sha256.clone(),
                },
            },
            Err(FleetError::Offline | FleetError::Setup(_) | FleetError::File { .. }) => {
                failed(None, DeliveryReason::FleetUnreachable)
            }
            // As HTTP says it (RFC 9110, 15.5.14): no repetition makes it shorter.
            Err(FleetError::TooLong) => Outcome::Refused { status: 413 },
            Err(FleetError::Timeout) => failed(None, DeliveryReason::FleetTimeout),
            Err(error @ (FleetError::Refused(_) | FleetError::Malformed(_))) => {
                tracing::warn!(%error, "the fleet did not take a report");
                failed(None, DeliveryReason::FleetRefused)
            }
        }
    }
}
