//! What the desk trusts: the imports of its store and the files of its trust folder.
//!
//! # Layout
//! - [`held`]: what is kept, taken apart
//! - [`importing`]: several files at once, all or none
//! - [`intake`]: whether a file may be imported, and what it brings
//! - [`age`]: what is stale, or soon will be
//! - [`view`]: what is trusted, for whoever looks
//! - [`policies`]: by what is judged: ready-made, bundled and configured policies
//! - [`bundle`]: everything in one signed file, for other desks
//! - [`StandingTrust`]: both sources, for the one who judges

pub mod age;
pub mod bundle;
pub mod held;
pub mod importing;
pub mod intake;
pub mod policies;
pub mod view;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::store::{Store, StoreError};
use crate::verify::TrustAnchors;
use crate::verify::lost_cards::LostCardsFile;
use crate::verify::trust::{TestAuthority, TrustError};
pub use held::Held;

/// Why there is nothing to trust.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] TrustError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a folder looked: names, sizes and times of its files.
type Look = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What is trusted between two changes.
struct Known {
    generation: Option<i64>,
    look: Look,
    /// The digest of the list of lost cards.
    lost_cards: Option<String>,
    trust: Arc<TrustAnchors>,
    held: Arc<Held>,
}

/// The trust of a desk: what its store was given, and what lies in its trust folder.
pub struct StandingTrust {
    folder: PathBuf,
    store: Option<Arc<Store>>,
    lost_cards: Option<LostCardsFile>,
    test_key_ids: Vec<Vec<u8>>,
    known: Mutex<Option<Known>>,
}

impl StandingTrust {
    /// From a folder, which need not be there, and a store.
    #[must_use]
    pub fn new(folder: PathBuf, store: Option<Arc<Store>>, test_key_ids: Vec<Vec<u8>>) -> Self {
        Self {
            folder,
            store,
            lost_cards: None,
            test_key_ids,
            known: Mutex::new(None),
        }
    }

    /// With a list of lost cards from elsewhere.
    #[must_use]
    pub fn with_lost_cards(mut self, list: Option<LostCardsFile>) -> Self {
        self.lost_cards = list;
        self
    }

    /// What is trusted now. Read anew only where something has changed.
    ///
    /// # Errors
    /// [`StandingError`]: half of what should be trusted is nothing to judge by.
    pub fn now(&self) -> Result<Arc<TrustAnchors>, StandingError> {
        self.look().map(|(trust, _)| trust)
    }

    /// What is trusted now, and what the store keeps of it.
    ///
    /// # Errors
    /// [`StandingError`].
    pub fn look(&self) -> Result<(Arc<TrustAnchors>, Arc<Held>), StandingError> {
        let store = self.store.as_deref();
        let generation = store.map(Store::trust_generation).transpose()?;
        let look = look(&self.folder);
        let list = self.lost_cards.as_ref().map(LostCardsFile::now).transpose();
        let list = list.map_err(TrustError::from)?;
        let lost_cards = list.as_ref().map(|list| list.digest().to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref()
            && known.generation == generation
            && known.look == look
            && known.lost_cards == lost_cards
        {
            return Ok((Arc::clone(&known.trust), Arc::clone(&known.held)));
        }
        let held = match store {
            Some(store) => Held::of(store.trust()?),
            None => Held::default(),
        };
        let mut trust = held.trust.clone();
        if self.folder.is_dir() {
            let test: Vec<&[u8]> = self.test_key_ids.iter().map(Vec::as_slice).collect();
            let files = TrustAnchors::from_folder(&self.folder, &test, TestAuthority::Refuse)?;
            trust.merge(files);
            trust.distrust(&held.distrusted_fingerprints());
        }
        trust.lost_cards.extend(list);
        trust.seal();
        let (trust, held) = (Arc::new(trust), Arc::new(held));
        *known = Some(Known {
            generation,
            look,
            lost_cards,
            trust: Arc::clone(&trust),
            held: Arc::clone(&held),
        });
        Ok((trust, held))
    }
}

/// How the folder looks. One that cannot be read looks like nothing, and is told of when it is read.
fn look(folder: &Path) -> Look {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut look: Look = entries
        .flatten()
        .take(4_096)
        .filter_map(|entry| {
            let about = std::fs::metadata(entry.path()).ok()?;
            Some((entry.path(), about.len(), about.modified().ok()))
        })
        .collect();
    look.sort();
    look
}
