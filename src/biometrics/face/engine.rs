//! What compares faces: a set of models, or nothing.

use std::path::Path;

use super::compare::{Comparison, Settings, compare};
use super::models::{Models, ModelsError};
use super::outcome::{NotPerformed, Outcome};
use super::watch::Watch;

/// Something that compares faces. It is asked from several threads at once.
pub trait FaceEngine: Send + Sync {
    /// Compares the chip's portrait with pictures of the person in front. It always comes to an end,
    /// soon after `watch` says so, and never decides where it could not compare.
    fn compare(&self, comparison: &Comparison, watch: &Watch) -> Outcome;

    /// The models that it compares with, where there are any.
    fn models(&self) -> Option<&Models> {
        None
    }
}

/// No engine: every comparison is `not_performed`, and says why.
#[derive(Clone, Debug)]
pub struct NoEngine(NotPerformed);

impl Default for NoEngine {
    fn default() -> Self {
        Self(NotPerformed::NoModel)
    }
}

impl FaceEngine for NoEngine {
    fn compare(&self, _: &Comparison, _: &Watch) -> Outcome {
        self.0.clone().into()
    }
}

/// The engine that runs models in this process.
#[derive(Debug)]
pub struct ModelEngine {
    models: Models,
    settings: Settings,
}

impl ModelEngine {
    /// An engine with these models.
    #[must_use]
    pub const fn new(models: Models, settings: Settings) -> Self {
        Self { models, settings }
    }
}

impl FaceEngine for ModelEngine {
    fn compare(&self, comparison: &Comparison, watch: &Watch) -> Outcome {
        compare(&self.models, &self.settings, comparison, watch)
    }

    fn models(&self) -> Option<&Models> {
        Some(&self.models)
    }
}

/// The engine of a models folder, or one that says why there is none. With it comes what is wrong with
/// a folder that is there.
#[must_use]
pub fn engine_of(folder: &Path, settings: Settings) -> (Box<dyn FaceEngine>, Option<ModelsError>) {
    match Models::load(folder) {
        Ok(models) => (Box::new(ModelEngine::new(models, settings)), None),
        Err(ModelsError::NotInstalled { .. }) => (Box::new(NoEngine::default()), None),
        Err(error) => {
            let none = NoEngine(NotPerformed::Models(error.to_string()));
            (Box::new(none), Some(error))
        }
    }
}
