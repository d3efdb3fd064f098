//! One value a key, kept by JetStream: claims, public keys, health.

use async_nats::jetstream::kv::{
    self, EntryErrorKind, Operation, UpdateErrorKind, Watch, WatchErrorKind,
};
use futures_util::StreamExt as _;

use super::link::{FleetError, Link, refused};

/// No value is longer.
pub const LONGEST_VALUE: usize = 65_536;

/// A bucket of keys.
#[derive(Clone)]
pub struct Book {
    link: Link,
    store: kv::Store,
}

/// What stands under a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// Its number: whoever writes the next one names it.
    pub revision: u64,
}

impl Link {
    /// Opens a bucket.
    ///
    /// # Errors
    /// [`FleetError`]: it is not there, or this desk may not see it.
    pub async fn book(&self, bucket: &str) -> Result<Book, FleetError> {
        let jetstream = self.jetstream()?;
        let store = self
            .within(async { jetstream.get_key_value(bucket).await.map_err(refused) })
            .await?;
        Ok(Book {
            link: self.clone(),
            store,
        })
    }
}

impl Book {
    /// What stands under a key; of one that was deleted an empty value, as whoever writes there must name
    /// its revision.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn look(&self, key: &str) -> Result<Option<Entry>, FleetError> {
        self.link.jetstream()?;
        let found = self
            .link
            .within(async {
                self.store
                    .entry(key)
                    .await
                    .map_err(|error| match error.kind() {
                        EntryErrorKind::TimedOut => FleetError::Timeout,
                        _ => refused(error),
                    })
            })
            .await?;
        found.map(entry).transpose()
    }

    /// Writes under a key if its revision is that one still (0: if nothing stands there); false where
    /// somebody else wrote first. Of any number of callers one succeeds.
    ///
    /// # Errors
    /// [`FleetError`]: whether it was written is not known, unless it was [`FleetError::Offline`].
    pub async fn write_if(
        &self,
        key: &str,
        value: Vec<u8>,
        revision: u64,
    ) -> Result<bool, FleetError> {
        self.link.jetstream()?;
        self.link
            .within(async {
                match self.store.update(key, value.into(), revision).await {
                    Ok(_) => Ok(true),
                    Err(error) => match error.kind() {
                        UpdateErrorKind::WrongLastRevision => Ok(false),
                        UpdateErrorKind::TimedOut => Err(FleetError::Timeout),
                        _ => Err(refused(error)),
                    },
                }
            })
            .await
    }

    /// Writes under a key, whatever stood there.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn write(&self, key: &str, value: Vec<u8>) -> Result<(), FleetError> {
        self.link.jetstream()?;
        self.link
            .within(async {
                let written = self.store.put(key, value.into()).await;
                written.map(drop).map_err(refused)
            })
            .await
    }

    /// How many keys have a value.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn count(&self) -> Result<u64, FleetError> {
        // One message a key: nothing is ever deleted.
        self.link.count(&self.store.stream_name).await
    }

    /// Follows all keys: what stands there now, then whatever is written.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn follow(&self) -> Result<Following, FleetError> {
        self.link.jetstream()?;
        let watch = self
            .link
            .within(async {
                let watched = self.store.watch_with_history(">").await;
                watched.map_err(|error| match error.kind() {
                    WatchErrorKind::TimedOut => FleetError::Timeout,
                    _ => refused(error),
                })
            })
            .await?;
        Ok(Following { watch })
    }
}

/// Entries as they come.
pub struct Following {
    watch: Watch,
}

impl Following {
    /// The next entry, that of a deleted key with an empty value; none where the connection is gone.
    ///
    /// # Errors
    /// [`FleetError`]: to be followed anew.
    pub async fn next(&mut self) -> Result<Option<Entry>, FleetError> {
        match self.watch.next().await {
            Some(next) => Ok(Some(entry(next.map_err(refused)?)?)),
            None => Ok(None),
        }
    }
}

fn entry(entry: kv::Entry) -> Result<Entry, FleetError> {
    if entry.value.len() > LONGEST_VALUE {
        return Err(FleetError::Malformed("a value is too long"));
    }
    let there = entry.operation == Operation::Put;
    Ok(Entry {
        key: entry.key,
        value: if there {
            entry.value.to_vec()
        } else {
            Vec::new()
        },
        revision: entry.revision,
    })
}
