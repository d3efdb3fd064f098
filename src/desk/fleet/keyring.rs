//! Public keys of other desks, as each told them: the servers let a desk write under its own name alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::fleet::{FleetError, Link, names};
use crate::report::JwkSet;

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
