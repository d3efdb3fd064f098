//! The face of the person in front, against the portrait in the chip.
//!
//! It supports or it does not; it proves nothing. `docs/face.md` says what was measured and what must
//! not be claimed. Without models there is no comparison, and nothing stands in for one.
//!
//! # Layout
//! - [`engine`]: what compares, or says why nothing does; [`pool`]: where it runs, bounded;
//!   [`watch`]: deadlines
//! - [`compare`]: portrait against pictures; [`outcome`]: how it ended
//! - [`sight`]: one picture looked at: [`detect`], [`landmarks`], [`align`], [`quality`], [`attack`]
//! - [`liveness`]: a challenge and whether it was met
//! - [`evaluate`]: what a set of models gets wrong on known people
//! - [`models`]: `models.toml` and what it names; [`package`]: the importer of the package on npm
//! - [`picture`], [`resample`], [`geometry`], [`network`]: the ground floor

pub mod align;
pub mod attack;
pub mod compare;
pub mod detect;
mod embedding;
pub mod engine;
pub mod evaluate;
pub mod geometry;
pub mod landmarks;
pub mod liveness;
pub mod models;
pub mod network;
mod numbers;
pub mod outcome;
pub mod package;
pub mod picture;
pub mod pool;
pub mod quality;
pub mod resample;
pub mod sight;
pub mod watch;

pub use compare::{Comparison, Live, Settings};
pub use embedding::{Embedder, Embedding};
pub use engine::{FaceEngine, ModelEngine, NoEngine, engine_of};
pub use outcome::{Finding, NotPerformed, Outcome};
pub use pool::{FacePool, PoolSettings, Ticket};
