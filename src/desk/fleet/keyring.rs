//! Public keys, as each desk tells its own: the servers let it write under its own name alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::fleet::{FleetError, Link, names};
use crate::report::JwkSet;
use crate::report::jose::JoseError;
pub(super) use crate::report::own_keys::OwnKeys;

/// No more desks are remembered; the next one is asked for each time.
const MOST: usize = 20_000;

pub(super) struct Keyring {
    link: Link,
    known: Mutex<BTreeMap<String, JwkSet>>,
}

/// What became of a signed text.
#[derive(Debug)]
pub(super) enum Opened {
    /// Its signature holds: what it says.
    Payload(Vec<u8>),
    /// Its desk has told no such key, or not yet.
    UnknownKey,
    /// It is none, or its signature is wrong.
    Refused,
}

impl Opened {
    /// What it says, where that is believed.
    pub(super) fn payload(self) -> Option<Vec<u8>> {
        match self {
            Self::Payload(payload) => Some(payload),
            Self::UnknownKey | Self::Refused => None,
        }
    }
}

impl Keyring {
    pub(super) const fn new(link: Link) -> Self {
        Self {
            link,
            known: Mutex::new(BTreeMap::new()),
        }
    }

    /// What a desk signed, once its signature holds.
    ///
    /// # Errors
    /// [`FleetError`]: the keys could not be looked up.
    pub(super) async fn open(&self, desk: &str, jws: &str) -> Result<Opened, FleetError> {
        let known = self.known().get(desk).cloned();
        if let Some(keys) = &known
            && let Ok(payload) = keys.verify(jws)
        {
            return Ok(Opened::Payload(payload.to_vec()));
        }
        if !names::is_desk(desk) {
            return Ok(Opened::Refused);
        }
        // A desk that is not known, or has a new key.
        let book = self.link.book(names::DESKS).await?;
        let entry = book.look(&names::token(desk)).await?;
        let keys = entry.and_then(|entry| serde_json::from_slice::<JwkSet>(&entry.value).ok());
        let told = keys.is_some();
        let keys = keys.unwrap_or_default();
        let opened = match keys.verify(jws) {
            Ok(payload) => Opened::Payload(payload.to_vec()),
            Err(JoseError::UnknownKey) => Opened::UnknownKey,
            Err(_) => Opened::Refused,
        };
        if !told {
            return Ok(opened);
        }
        let mut all = self.known();
        if all.len() < MOST || all.contains_key(desk) {
            all.insert(desk.to_owned(), keys);
        }
        Ok(opened)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, JwkSet>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
