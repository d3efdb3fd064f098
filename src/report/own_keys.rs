//! The public keys of this desk, and what the fleet was told of them.

use std::sync::{Arc, Mutex, PoisonError};

use super::JwkSet;
use crate::fleet::{FleetError, Link, names};
use crate::store::Store;

pub(crate) struct OwnKeys {
    link: Link,
    store: Arc<Store>,
    told: Mutex<Option<JwkSet>>,
}

impl OwnKeys {
    pub(crate) const fn new(link: Link, store: Arc<Store>) -> Self {
        Self {
            link,
            store,
            told: Mutex::new(None),
        }
    }

    /// Tells them where they are not told yet: before anything that they sign.
    pub(crate) async fn tell(&self) -> Result<(), FleetError> {
        let keys = self.store.keys();
        if self.told().as_ref() == Some(&keys) {
            return Ok(());
        }
        let value = serde_json::to_vec(&keys)
            .map_err(|_| FleetError::Malformed("keys do not serialise"))?;
        let book = self.link.book(names::DESKS).await?;
        book.write(&names::token(self.link.desk()), value).await?;
        *self.told() = Some(keys);
        Ok(())
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Option<JwkSet>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
