//! The importer of the package that holds all three networks: `@vladmandic/face-api` 1.7.15 on npm.
//!
//! # Layout
//! - [`fetch`]: npm fetches it
//! - [`archive`]: the archive or the folder, by its digests
//! - [`weights`]: the container of its tensors
//! - [`networks`]: what they are put together to
//! - [`onnx`]: the file format that this is written in
//! - [`vectors`]: whether it computes what it must
//! - [`mod@install`]: a models folder of it, whole or not at all

pub mod archive;
pub mod fetch;
pub mod install;
pub mod networks;
pub mod onnx;
pub mod vectors;
pub mod weights;

pub use archive::{Package, PackageError, SOURCE};
pub use fetch::{FetchError, fetch_package};
pub use install::{Converted, Existing, InstallError, install};
