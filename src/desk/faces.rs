//! Where faces are compared: a bounded pool of workers on the models that are installed.

use std::path::Path;
use std::sync::Arc;

use cccd_port::SystemClock;

use super::ports::{FaceComparing, FrameMemory, NotRecorded};
use super::session::SessionId;
use crate::biometrics::face::liveness::FrameHash;
use crate::biometrics::face::{
    Comparison, FacePool, NotPerformed, Outcome, PoolSettings, Settings, engine_of,
};
use crate::store::Store;

/// A pool, or why there is none.
pub struct PooledFaces(Result<FacePool, NotPerformed>);

impl PooledFaces {
    /// The models of a folder. A folder that cannot be used leaves a desk that compares no faces, and
    /// says why.
    #[must_use]
    pub fn of_folder(folder: &Path) -> Self {
        let clock = Arc::new(SystemClock::default());
        let (engine, wrong) = engine_of(folder, Settings::default());
        if let Some(error) = &wrong {
            tracing::error!(%error, "the face models cannot be used: no face is compared");
            return Self(Err(NotPerformed::Models(error.to_string())));
        }
        if engine.models().is_none() {
            return Self(Err(NotPerformed::NoModel));
        }
        Self(
            FacePool::start(engine.into(), clock, PoolSettings::default()).map_err(|error| {
                tracing::error!(%error, "no thread compares faces");
                NotPerformed::Broken
            }),
        )
    }
}

/// The pictures that the store remembers.
pub struct StoreFrames(pub Arc<Store>);

impl FrameMemory for StoreFrames {
    fn came_before(&self, session: SessionId, frames: &[FrameHash]) -> Result<bool, NotRecorded> {
        let digests: Vec<String> = frames.iter().map(hex::encode).collect();
        let met = self.0.meet_frames(&session.to_string(), &digests);
        met.map(|place| place.is_some()).map_err(|error| {
            tracing::error!(%error, "the memory of pictures cannot be used");
            NotRecorded
        })
    }
}

impl FaceComparing for PooledFaces {
    fn cannot(&self) -> Option<NotPerformed> {
        self.0.as_ref().err().cloned()
    }

    fn compare(&self, comparison: Comparison) -> Outcome {
        match &self.0 {
            Ok(pool) => match pool.submit(comparison) {
                Ok(ticket) => ticket.wait(),
                Err(outcome) => *outcome,
            },
            Err(why) => why.clone().into(),
        }
    }
}
