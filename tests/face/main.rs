//! The comparison of faces with real models and real pictures. Neither lies in the project:
//! `tools/fetch-face-models` and `tools/fetch-test-pictures` put them under `target`; a test that lacks
//! them says so in a line that begins with SKIPPED.
//!
//! # Layout
//! - [`importer`]: the package becomes models, whole or not at all
//! - [`comparing`]: people compared
//! - [`movement`]: what a moved print looks like to the networks
//! - [`evaluating`]: the figures of a set of models
//! - [`own_models`]: an operator's own set
//! - [`measuring`]: how long a comparison takes

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs
)]

mod comparing;
mod evaluating;
mod importer;
mod measuring;
mod movement;
mod own_models;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cccd_desk::biometrics::face::models::Models;
use cccd_desk::biometrics::face::package::{Existing, install};
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::face::watch::Watch;
use cccd_desk::biometrics::face::{Comparison, Live, Outcome, Settings};
use cccd_desk::lds::dg2::{FaceImage, ImageDataType};
use cccd_port::{Frame, SystemClock};
use zeroize::Zeroizing;

fn target(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(path)
}

/// What is there, or a line that says what is missing.
fn present(path: &str, tool: &str) -> Option<PathBuf> {
    let path = target(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {} is missing (tools/{tool} fetches it)",
        path.display()
    );
    None
}

/// The package's archive.
fn package() -> Option<PathBuf> {
    present(
        "test-data/vladmandic-face-api-1.7.15.tgz",
        "fetch-face-models",
    )
}

/// The package's models: those that are installed, or installed now from its archive.
fn models() -> Option<&'static Models> {
    static MODELS: OnceLock<Option<Models>> = OnceLock::new();
    let models = MODELS.get_or_init(|| {
        let folder = target("models");
        if !folder.join("models.toml").exists() {
            // Another test process may be quicker: then it is there all the same.
            let _ = install(&package()?, &folder, Existing::Keep);
        }
        Some(Models::load(&folder).unwrap())
    });
    models.as_ref()
}

/// One of the test pictures, encoded.
fn bytes(name: &str) -> Option<Vec<u8>> {
    let path = present(
        &format!("test-data/pictures/{name}.jpg"),
        "fetch-test-pictures",
    )?;
    Some(fs::read(path).unwrap())
}

fn picture(name: &str) -> Option<Picture> {
    Some(Picture::decode(&bytes(name)?, &PictureLimits::default()).unwrap())
}

fn portrait(bytes: &[u8]) -> FaceImage {
    FaceImage {
        data_type: ImageDataType::Jpeg,
        width: 0,
        height: 0,
        data: bytes.to_vec().into(),
    }
}

fn frame(bytes: &[u8]) -> Frame {
    Frame::new(Zeroizing::new(bytes.to_vec()))
}

fn watch() -> Watch {
    Watch::new(Arc::new(SystemClock::default()), Duration::from_secs(300))
}

/// A portrait against some pictures.
fn compared(models: &Models, chip: &[u8], live: &[&[u8]]) -> Outcome {
    let comparison = Comparison {
        portrait: portrait(chip),
        live: Live::Stills(live.iter().map(|bytes| frame(bytes)).collect()),
    };
    cccd_desk::biometrics::face::compare::compare(
        models,
        &Settings::default(),
        &comparison,
        &watch(),
    )
}

fn jpeg(picture: &image::RgbImage) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 95);
    picture.write_with_encoder(encoder).unwrap();
    out.into_inner()
}

fn rgb(bytes: &[u8]) -> image::RgbImage {
    image::load_from_memory(bytes).unwrap().into_rgb8()
}
