//! The models folder: what lies in it, checked and loaded.

pub mod calibration;
pub mod manifest;

pub use calibration::{Calibration, Rates};
pub use manifest::{Decision, Manifest, Mistake, ModelFile};

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::align::Alignment;
use super::attack::AttackNet;
use super::detect::{Detector, Tiny, Yunet};
use super::embedding::Embedder;
use super::landmarks::LandmarkNet;
use super::network::{MAX_MODEL, Network, NetworkError};
use crate::crypto::hash::sha256_hex;
use manifest::{DetectorKind, DetectorModel};

/// Why a models folder can't be used. Then there is no comparison: nothing stands in for it.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// There is no `models.toml`: no model is installed.
    #[error("no model is installed: {} is not there", path.display())]
    NotInstalled {
        /// Where it would be.
        path: PathBuf,
    },
    /// A file that could not be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file beyond the bound.
    #[error("{}: larger than {most} bytes", path.display())]
    TooLarge {
        /// Which one.
        path: PathBuf,
        /// The bound.
        most: u64,
    },
    /// A mistake in the manifest.
    #[error("{}, {mistake}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        mistake: Mistake,
    },
    /// A file of another digest than the manifest says.
    #[error("{}: its SHA-256 is {found}, and the manifest says {expected}", path.display())]
    Digest {
        /// Which one.
        path: PathBuf,
        /// The digest of what lies there.
        found: String,
        /// The digest of what should.
        expected: String,
    },
    /// A model that can't be run, or is not of its kind.
    #[error("{}: {fault}", path.display())]
    Model {
        /// Which one.
        path: PathBuf,
        /// What is the matter.
        fault: NetworkError,
    },
}

/// Models in memory, as their manifest says.
#[derive(Debug)]
pub struct Models {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of the manifest's text: names all digests and thresholds at once.
    pub digest: String,
    /// Finds faces.
    pub detector: Detector,
    /// Finds points of a face.
    pub landmarks: Option<LandmarkNet>,
    /// Turns a face into numbers.
    pub embedder: Embedder,
    /// By which points a face is aligned for it.
    pub alignment: Alignment,
    /// Tells pictures of faces.
    pub attack: Option<AttackNet>,
}

impl Models {
    /// Loads what `models.toml` of a folder names, and checks every digest.
    ///
    /// # Errors
    /// [`ModelsError`].
    pub fn load(folder: &Path) -> Result<Self, ModelsError> {
        let (manifest, digest) = read_manifest(folder)?;
        let network = load(folder, &manifest.detector.model)?;
        let detector =
            detector(network, &manifest.detector).map_err(|fault| ModelsError::Model {
                path: folder.join(&manifest.detector.model.file),
                fault,
            })?;
        let landmarks = match &manifest.landmarks {
            Some(model) => Some(LandmarkNet {
                network: load(folder, model)?,
                normalisation: model.normalisation,
                side: model.input,
            }),
            None => None,
        };
        let network = load(folder, &manifest.embedder)?;
        let takes_several = network
            .input()
            .is_some_and(|shape| shape.first() == Some(&None));
        let embedder = Embedder {
            network,
            normalisation: manifest.embedder.normalisation,
            side: manifest.embedder.input,
            takes_several,
        };
        let attack = match &manifest.attack {
            Some(attack) => Some(AttackNet {
                network: load(folder, &attack.model)?,
                model: attack.clone(),
            }),
            None => None,
        };
        Ok(Self {
            alignment: manifest.alignment,
            manifest,
            digest,
            detector,
            landmarks,
            embedder,
            attack,
        })
    }
}

fn detector(network: Network, written: &DetectorModel) -> Result<Detector, NetworkError> {
    let DetectorModel {
        model,
        kind,
        threshold,
    } = written;
    Ok(match kind {
        DetectorKind::Tiny(further) => Detector::Tiny(Tiny {
            network,
            normalisation: model.normalisation,
            threshold: *threshold,
            side: model.input,
            further: further.clone(),
        }),
        DetectorKind::Yunet => Detector::Yunet(Yunet::new(
            network,
            model.normalisation,
            *threshold,
            model.input,
        )?),
    })
}

/// Reads `models.toml` of a folder, and its digest.
///
/// # Errors
/// [`ModelsError`].
pub fn read_manifest(folder: &Path) -> Result<(Manifest, String), ModelsError> {
    let path = folder.join(manifest::FILE_NAME);
    if !path.exists() {
        return Err(ModelsError::NotInstalled { path });
    }
    let most = u64::try_from(manifest::MAX_TEXT).unwrap_or(u64::MAX);
    let bytes = read(&path, most)?;
    let digest = sha256_hex(&bytes);
    let mistake = |mistake| ModelsError::Manifest {
        path: path.clone(),
        mistake,
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        mistake(Mistake {
            line: 1,
            problem: "no text in UTF-8".to_owned(),
        })
    })?;
    let manifest = Manifest::read(&text).map_err(mistake)?;
    Ok((manifest, digest))
}

/// One model of a folder, and whether it can be used.
#[derive(Debug)]
pub struct Checked {
    /// What it is for.
    pub role: &'static str,
    /// What the manifest says of it.
    pub model: ModelFile,
    /// What is wrong with it.
    pub found: Result<(), ModelsError>,
}

/// What lies in a folder, model by model.
///
/// # Errors
/// [`ModelsError`] for the manifest itself.
pub fn check(folder: &Path) -> Result<Vec<Checked>, ModelsError> {
    let (manifest, _) = read_manifest(folder)?;
    let check = |(role, model): (&'static str, &ModelFile)| Checked {
        role,
        model: model.clone(),
        found: load(folder, model).map(|_| ()),
    };
    Ok(manifest.files().map(check).collect())
}

/// One model of a folder.
fn load(folder: &Path, model: &ModelFile) -> Result<Network, ModelsError> {
    let path = folder.join(&model.file);
    let bytes = read(&path, MAX_MODEL)?;
    let found = sha256_hex(&bytes);
    if found != model.sha256 {
        return Err(ModelsError::Digest {
            path,
            found,
            expected: model.sha256.clone(),
        });
    }
    let network = Network::load(bytes).map_err(|fault| ModelsError::Model {
        path: path.clone(),
        fault,
    })?;
    let side = usize::try_from(model.input).ok();
    let fits = |length: Option<&Option<usize>>| {
        length.is_some_and(|length| length.is_none() || *length == side)
    };
    let shape = network.input();
    let fitting = shape
        .as_ref()
        .is_none_or(|shape| shape.len() == 4 && fits(shape.get(2)) && fits(shape.get(3)));
    if fitting {
        Ok(network)
    } else {
        let fault = NetworkError::Form(format!(
            "it does not take pictures of {}×{} pixels",
            model.input, model.input
        ));
        Err(ModelsError::Model { path, fault })
    }
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, ModelsError> {
    let unreadable = |source| ModelsError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(bytes)
    } else {
        let path = path.to_owned();
        Err(ModelsError::TooLarge { path, most })
    }
}

/// Puts measured thresholds into a folder's `models.toml`. Notes of the operator in it are lost; the
/// rest is as it was.
///
/// # Errors
/// [`ModelsError`]; the manifest is as before then.
pub fn adopt(folder: &Path, decision: &Decision) -> Result<(), ModelsError> {
    let (mut manifest, _) = read_manifest(folder)?;
    manifest.decision = decision.clone();
    let path = folder.join(manifest::FILE_NAME);
    let text = manifest.write();
    // What is written must be what would be read.
    Manifest::read(&text).map_err(|mistake| ModelsError::Manifest {
        path: path.clone(),
        mistake,
    })?;
    let temporary = folder.join(format!(".{}.new", manifest::FILE_NAME));
    let written = std::fs::write(&temporary, text)
        .and_then(|()| File::open(&temporary)?.sync_all())
        .and_then(|()| std::fs::rename(&temporary, &path));
    written.map_err(|source| ModelsError::Unreadable { path, source })
}
