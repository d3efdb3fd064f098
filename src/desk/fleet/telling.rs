//! What goes up: how the desk is, its public keys, and the head of its audit log. Whoever keeps the heads can
//! say later whether a log was cut or written anew.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Timer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{PAUSE, Trouble, connected, in_store};
use crate::fleet::{Link, names};
use crate::report::JwkSet;
use crate::report::jose;
use crate::store::{AuditHead, Store, StoreError};

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
    pub(super) link: Link,
    pub(super) store: Arc<Store>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) every: Duration,
    pub(super) health: Arc<dyn Fn() -> Value + Send + Sync>,
}

/// What was told last.
#[derive(Default)]
struct Told {
    keys: Option<JwkSet>,
    head: u64,
}

impl Telling {
    pub(super) async fn run(self) {
        let mut told = Told::default();
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

    async fn tell(&self, told: &mut Told) -> Result<(), Trouble> {
        let keys = in_store(&self.store, |store| {
            store.refresh_signing()?;
            Ok(store.keys())
        })
        .await?;
        let desk = names::token(self.link.desk());
        // Keys first: what is signed below can be checked at once.
        if told.keys.as_ref() != Some(&keys) {
            let book = self.link.book(names::DESKS).await?;
            book.write(&desk, json(&keys)?).await?;
            told.keys = Some(keys);
        }
        let health = Arc::clone(&self.health);
        let (head, health) = in_store(&self.store, move |store| {
            Ok((store.audit_head()?, health()))
        })
        .await?;
        if head.number > told.head {
            self.tell_head(&head).await?;
            told.head = head.number;
        }
        let health = HealthAt {
            desk: self.link.desk().to_owned(),
            at: self.store.now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            health,
        };
        let book = self.link.book(names::HEALTH).await?;
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
