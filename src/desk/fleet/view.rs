//! How a membership is, for people and for `/v1/health`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::fleet::Link;
use crate::fleet::link::Trouble;
use crate::store::Store;
use crate::store::fleet::FleetObject;

/// How the membership of a fleet is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FleetHealth {
    /// Whether a server is connected.
    pub connected: bool,
    /// `fleet-unreachable` or `fleet-unauthorised`; null while connected.
    pub trouble: Option<&'static str>,
    /// Payments that other desks have not heard of; null where that is not known.
    pub untold_claims: Option<usize>,
    /// When claims were last laid beside those of other desks, RFC 3339.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reconciled_at: Option<OffsetDateTime>,
    /// What came down and was not taken.
    #[schema(value_type = Vec<Object>)]
    pub refused: Vec<FleetObject>,
}

/// What the tasks say of themselves.
#[derive(Debug)]
pub struct FleetStanding {
    link: Link,
    store: Arc<Store>,
    reconciled_at: Mutex<Option<OffsetDateTime>>,
    arrived: Notify,
}

impl FleetStanding {
    pub(super) fn new(link: Link, store: Arc<Store>) -> Self {
        Self {
            link,
            store,
            reconciled_at: Mutex::new(None),
            arrived: Notify::new(),
        }
    }

    /// A list may have come whose claims were heard before it.
    pub(super) fn arrived(&self) {
        self.arrived.notify_one();
    }

    /// Waits for that.
    pub(super) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// Claims were laid beside those of other desks.
    pub(super) fn reconciled(&self, at: OffsetDateTime) {
        *self
            .reconciled_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// How it is now. Blocks.
    #[must_use]
    pub fn health(&self) -> FleetHealth {
        FleetHealth {
            connected: self.link.connected(),
            trouble: self.link.trouble().map(|trouble| match trouble {
                Trouble::Unreachable => "fleet-unreachable",
                Trouble::Unauthorised => "fleet-unauthorised",
            }),
            untold_claims: self.store.unsynced_claims().ok().map(|claims| claims.len()),
            reconciled_at: *self
                .reconciled_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
            refused: self.store.fleet_refusals().unwrap_or_default(),
        }
    }
}
