//! What goes up: how the desk is, its public keys, and the head of its audit log. Whoever keeps the heads can
//! say later whether a log was cut or written anew.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Timer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::keyring::OwnKeys;
use super::{PAUSE, Trouble, connected};
use crate::fleet::{Link, names};
use crate::report::jose;
use crate::store::{AuditHead, Store, StoreError, in_store};

/// The head of an audit log at one time, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadAt {
    /// Whose log.
    pub desk: String,
    /// How many entries it has.
    pub number: u64,
    /// The hash of the last one, lower-case hex.
    pub hash: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What is told of a desk's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthAt {
    /// Which desk.
    pub desk: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The program's version.
    pub version: String,
    /// How it is.
    pub health: Value,
}

pub(super) struct Telling {
    pub(super) keys: Arc<OwnKeys>,
    pub(super) link: Link,
    pub(super) store: Arc<Store>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) every: Duration,
    pub(super) health: Arc<dyn Fn() -> Value + Send + Sync>,
}

impl Telling {
    pub(super) async fn run(self) {
        // The newest entry of the audit log that was told.
        let mut told = 0;
        loop {
            connected(&self.link).await;
            let pause = match self.tell(&mut told).await {
                Ok(()) => self.every,
                Err(error) => {
                    tracing::warn!(%error, "the fleet was not told how this desk is");
                    PAUSE
                }
            };
            self.timer.pause(pause).await;
        }
    }

    async fn tell(&self, told: &mut u64) -> Result<(), Trouble> {
        in_store(&self.store, Store::refresh_signing).await?;
        // Keys first: what is signed below can be checked at once.
        self.keys.tell().await?;
        let health = Arc::clone(&self.health);
        let (head, health) = in_store(&self.store, move |store| {
            Ok((store.audit_head()?, health()))
        })
        .await?;
        if head.number > *told {
            self.tell_head(&head).await?;
            *told = head.number;
        }
        let health = HealthAt {
            desk: self.link.desk().to_owned(),
            at: self.store.now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            health,
        };
        let book = self.link.book(names::HEALTH).await?;
        let desk = names::token(self.link.desk());
        book.write(&desk, json(&health)?).await?;
        Ok(())
    }

    async fn tell_head(&self, head: &AuditHead) -> Result<(), Trouble> {
        let head = HeadAt {
            desk: self.link.desk().to_owned(),
            number: head.number,
            hash: head.hash.clone(),
            at: self.store.now(),
        };
        let signed = jose::sign(&self.store.signing(), &json(&head)?, "cccd-audit-head+json")?;
        self.link.publish_head(head.number, &signed).await?;
        Ok(())
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::State("what is told does not serialise"))
}
