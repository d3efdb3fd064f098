//! How a membership is, for people and for `/v1/health`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::desk::scanning::FaultView;
use crate::desk::wording::words;
use crate::fleet::Link;
use crate::fleet::link::Trouble;
use crate::store::Store;
use crate::store::fleet::FleetObject;

/// How the membership of a fleet is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FleetHealth {
    /// Whether a server is connected.
    pub connected: bool,
    /// `fleet-unreachable` or `fleet-unauthorised`, and what to do; null while connected.
    pub fault: Option<FaultView>,
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
            fault: self.link.trouble().map(told),
            untold_claims: self.store.unsynced_claims().ok().map(|claims| claims.len()),
            reconciled_at: *self
                .reconciled_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
            refused: self.store.fleet_refusals().unwrap_or_default(),
        }
    }
}

impl FleetHealth {
    /// Whether an operator has to see to it: to be cut off is a state that a desk lives with, to be shut out or
    /// sent what it cannot take is none.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        let shut_out = self
            .fault
            .as_ref()
            .is_some_and(|fault| fault.code == UNAUTHORISED);
        shut_out || !self.refused.is_empty()
    }
}

const UNAUTHORISED: &str = "fleet-unauthorised";

/// What is the matter, in the words of the page.
fn told(trouble: Trouble) -> FaultView {
    match trouble {
        Trouble::Unreachable => FaultView {
            code: "fleet-unreachable",
            sentence: words(
                "Chưa kết nối được với máy chủ trung tâm; bàn vẫn làm việc được.",
                "No server of the fleet answers; the desk works on by itself.",
            )
            .into(),
            next_action: words(
                "Không cần làm gì ở quầy. Chi trả được ghi tại bàn và đối chiếu khi có lại kết nối.",
                "Nothing to do at the counter. Payments are noted here and laid beside those of other desks afterwards.",
            )
            .into(),
        },
        Trouble::Unauthorised => FaultView {
            code: UNAUTHORISED,
            sentence: words(
                "Máy chủ trung tâm không nhận bàn này.",
                "The fleet's servers do not know this desk.",
            )
            .into(),
            next_action: words(
                "Báo quản trị viên kiểm tra khóa của bàn ở máy chủ.",
                "Ask the operator to look at the desk's key at the servers.",
            )
            .into(),
        },
    }
}
