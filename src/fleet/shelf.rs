//! Objects that come down: bundles of trust and policies, lists of payees. Whoever takes one looks at its
//! signature; the shelf only carries.

use std::io;

use async_nats::jetstream::object_store::{
    GetErrorKind, ObjectInfo, ObjectMetadata, ObjectStore, Watch, WatcherErrorKind,
};
use futures_util::StreamExt as _;
use tokio::io::AsyncReadExt as _;

use super::link::{FleetError, Link, refused};
use super::names;

/// No object is longer: that of a list of payees.
pub const LONGEST_OBJECT: usize = 32 << 20;
/// Objects come in pieces; no piece is waited for longer than so many questions.
const PIECES: u32 = 4;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A signed bundle of anchors, revocation lists and policies.
    Bundle,
    /// A signed list of payees.
    Payees,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bundle, Self::Payees];

    /// `bundles` or `payees`: the first part of an object's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundles",
            Self::Payees => "payees",
        }
    }
}

/// An object that lies on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its name: `<kind>/<desk or all>/<file>`.
    pub name: String,
    /// How many bytes.
    pub size: usize,
    /// Tells one version of it from another.
    pub version: String,
}

/// The name of an object for one desk, or for all where that is none.
#[must_use]
pub fn name(kind: Kind, desk: Option<&str>, file: &str) -> String {
    let safe: String = file
        .chars()
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() || "-_".contains(letter) => letter,
            '.' => '.',
            _ => '_',
        })
        .collect();
    let safe = safe.trim_matches('.');
    let desk = desk.map_or_else(|| "all".to_owned(), names::token);
    format!("{}/{desk}/{safe}", kind.name())
}

/// The shelf, as one desk sees it.
pub struct Shelf {
    link: Link,
    store: ObjectStore,
}

impl Link {
    /// Opens the shelf.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn shelf(&self) -> Result<Shelf, FleetError> {
        let jetstream = self.jetstream()?;
        let store = self
            .within(async {
                let store = jetstream.get_object_store(names::DOWN).await;
                store.map_err(refused)
            })
            .await?;
        Ok(Shelf {
            link: self.clone(),
            store,
        })
    }
}

impl Shelf {
    /// Puts an object on the shelf.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn put(&self, name: &str, content: &[u8]) -> Result<(), FleetError> {
        let meta = ObjectMetadata {
            name: name.to_owned(),
            ..ObjectMetadata::default()
        };
        let mut content = content;
        self.store
            .put(meta, &mut content)
            .await
            .map(drop)
            .map_err(refused)
    }

    /// Takes an object off the shelf, for good.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn remove(&self, name: &str) -> Result<(), FleetError> {
        self.link
            .within(async { self.store.delete(name).await.map_err(refused) })
            .await
    }

    /// Follows what lies there for this desk, now and from now on.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn follow(&self) -> Result<Arriving, FleetError> {
        let watch = self
            .link
            .within(async { self.store.watch_with_history().await.map_err(refused) })
            .await?;
        Ok(Arriving {
            watch,
            desk: names::token(self.link.desk()),
        })
    }

    /// Takes an object down: all of it, with its digest right.
    ///
    /// # Errors
    /// [`FleetError`]; [`FleetError::Malformed`] for more than [`LONGEST_OBJECT`], whatever its size was
    /// said to be.
    pub async fn take(&self, object: &Object) -> Result<Vec<u8>, FleetError> {
        let too_long = || FleetError::Malformed("an object is too long");
        if object.size > LONGEST_OBJECT {
            return Err(too_long());
        }
        let found = self
            .link
            .within(async {
                let found = self.store.get(&object.name).await;
                found.map_err(|error| match error.kind() {
                    GetErrorKind::TimedOut => FleetError::Timeout,
                    _ => refused(error),
                })
            })
            .await?;
        let most = u64::try_from(LONGEST_OBJECT).unwrap_or(u64::MAX);
        let mut pieces = found.take(most.saturating_add(1));
        let mut content = Vec::new();
        loop {
            let piece = pieces.read_buf(&mut content);
            let read = tokio::time::timeout(self.link.timeout() * PIECES, piece)
                .await
                .map_err(|_| FleetError::Timeout)?
                .map_err(|error| match error.kind() {
                    io::ErrorKind::TimedOut => FleetError::Timeout,
                    // Its digest is another.
                    io::ErrorKind::InvalidData => {
                        FleetError::Malformed("an object is not what it is said to be")
                    }
                    _ => refused(error),
                })?;
            if content.len() > LONGEST_OBJECT {
                return Err(too_long());
            }
            if read == 0 {
                return Ok(content);
            }
        }
    }
}

/// Objects as they come.
pub struct Arriving {
    watch: Watch,
    desk: String,
}

impl Arriving {
    /// The next object for this desk; none where the connection is gone.
    ///
    /// # Errors
    /// [`FleetError`]: to be followed anew.
    pub async fn next(&mut self) -> Result<Option<Object>, FleetError> {
        while let Some(next) = self.watch.next().await {
            match next {
                Ok(info) => {
                    if let Some(object) = for_desk(&info, &self.desk) {
                        return Ok(Some(object));
                    }
                }
                Err(error) if error.kind() == WatcherErrorKind::Other => {
                    tracing::warn!(%error, "what says what an object is cannot be read");
                }
                Err(error) => return Err(refused(error)),
            }
        }
        Ok(None)
    }
}

fn for_desk(info: &ObjectInfo, desk: &str) -> Option<Object> {
    let mut parts = info.name.splitn(3, '/');
    let (kind, whom, file) = (parts.next()?, parts.next()?, parts.next()?);
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
    let meant = whom == "all" || whom == desk;
    // A link leads somewhere that was not asked for.
    let plain = info
        .options
        .as_ref()
        .is_none_or(|options| options.link.is_none());
    (meant && plain && !info.deleted && !file.is_empty()).then(|| Object {
        kind,
        name: info.name.clone(),
        size: info.size,
        version: info.nuid.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str) -> ObjectInfo {
        ObjectInfo {
            name: name.to_owned(),
            description: None,
            metadata: std::collections::HashMap::new(),
            headers: None,
            options: None,
            bucket: names::DOWN.to_owned(),
            nuid: "n".to_owned(),
            size: 3,
            chunks: 1,
            modified: None,
            digest: None,
            deleted: false,
        }
    }

    #[test]
    fn a_desk_takes_what_is_for_it_or_for_all() {
        let mut gone = info("bundles/all/a");
        gone.deleted = true;
        for (info, mine) in [
            (info("bundles/all/2026-11.bundle"), Some(Kind::Bundle)),
            (info("payees/desk-1/list.jws"), Some(Kind::Payees)),
            (info("payees/desk-2/list.jws"), None),
            (info("payees/all/"), None),
            (info("payees/all"), None),
            (info("programs/all/run"), None),
            (info(""), None),
            (gone, None),
        ] {
            assert_eq!(
                for_desk(&info, "desk-1").map(|object| object.kind),
                mine,
                "{}",
                info.name
            );
        }
    }

    #[test]
    fn names_are_such_as_a_shelf_takes() {
        assert_eq!(
            name(Kind::Payees, Some("a.b"), "Phường 1.jws"),
            "payees/a=2Eb/Ph__ng_1.jws"
        );
        assert_eq!(name(Kind::Bundle, None, "..x."), "bundles/all/x");
    }
}
