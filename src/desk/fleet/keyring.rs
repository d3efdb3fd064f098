//! Public keys, as each desk tells its own: the servers let it write under its own name alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fleet::{FleetError, Link, names};
use crate::report::JwkSet;
use crate::store::Store;

/// No more desks are remembered; the next one is asked for each time.
const MOST: usize = 20_000;

pub(super) struct Keyring {
    link: Link,
    known: Mutex<BTreeMap<String, JwkSet>>,
}

impl Keyring {
    pub(super) const fn new(link: Link) -> Self {
        Self {
            link,
            known: Mutex::new(BTreeMap::new()),
        }
    }

    /// What a desk signed, once its signature holds; none where it does not.
    ///
    /// # Errors
    /// [`FleetError`]: the keys could not be looked up.
    pub(super) async fn open(&self, desk: &str, jws: &str) -> Result<Option<Vec<u8>>, FleetError> {
        let known = self.known().get(desk).cloned();
        if let Some(keys) = &known
            && let Ok(payload) = keys.verify(jws)
        {
            return Ok(Some(payload.to_vec()));
        }
        if !names::is_desk(desk) {
            return Ok(None);
        }
        // A desk that is not known, or has a new key.
        let book = self.link.book(names::DESKS).await?;
        let Some(entry) = book.look(&names::token(desk)).await? else {
            return Ok(None);
        };
        let Ok(keys) = serde_json::from_slice::<JwkSet>(&entry.value) else {
            return Ok(None);
        };
        let payload = keys.verify(jws).ok().map(|payload| payload.to_vec());
        let mut all = self.known();
        if all.len() < MOST || all.contains_key(desk) {
            all.insert(desk.to_owned(), keys);
        }
        Ok(payload)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, JwkSet>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The public keys of this desk, and what others were told of them.
pub(super) struct OwnKeys {
    link: Link,
    store: Arc<Store>,
    told: Mutex<Option<JwkSet>>,
}

impl OwnKeys {
    pub(super) const fn new(link: Link, store: Arc<Store>) -> Self {
        Self {
            link,
            store,
            told: Mutex::new(None),
        }
    }

    /// Tells them where they are not told yet: before anything that they sign.
    pub(super) async fn tell(&self) -> Result<(), FleetError> {
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
