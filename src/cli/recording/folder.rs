//! A folder that the service keeps recordings in: one a connection, the newest ones alone.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use cccd_replay::Recorder;
use cccd_replay::recorder::{Keeper, Keeping};

/// Recordings that are kept.
const MOST: usize = 1_000;
/// What a recording's file name ends in.
const ENDING: &str = ".recording.json";

/// Keeps one recording a connection. Nothing of a person is in them, whoever is read.
pub struct Folder {
    folder: PathBuf,
    count: AtomicU64,
}

impl Folder {
    /// Recordings go into `folder`, which is made where it is missing.
    pub fn at(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self {
            folder,
            count: AtomicU64::new(0),
        })
    }

    fn write(&self, recorder: &Recorder) -> Result<()> {
        let recording = recorder.recorded();
        if recording.links.is_empty() {
            return Ok(());
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        // Names in the order in which they were made, over restarts as well.
        let name = format!("{}-{count:06}{ENDING}", recording.made.unix_timestamp());
        super::write(&recording, &self.folder.join(name))?;
        self.let_go_of_the_oldest()
    }

    fn let_go_of_the_oldest(&self) -> Result<()> {
        let mut names: Vec<PathBuf> = std::fs::read_dir(&self.folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with(ENDING))
            .collect();
        names.sort();
        let over = names.len().saturating_sub(MOST);
        for path in names.into_iter().take(over) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

impl Keeper for Folder {
    fn begin(&self) -> Recorder {
        super::new_recorder(Keeping::Shapes)
    }

    fn end(&self, recorder: Recorder) {
        // A reading never fails for its recording.
        if let Err(error) = self.write(&recorder) {
            tracing::error!(%error, "a recording could not be kept");
        }
    }
}
