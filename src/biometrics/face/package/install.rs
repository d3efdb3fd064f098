//! From the package to a models folder, whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::archive::{Package, PackageError, SOURCE};
use super::networks;
use super::vectors::{self, VectorFault};
use super::weights::{Weights, WeightsError};
use crate::biometrics::face::align::Alignment;
use crate::biometrics::face::models::manifest::{DetectorKind, DetectorModel, FILE_NAME};
use crate::biometrics::face::models::{
    Calibration, Decision, Manifest, ModelFile, Models, ModelsError, Rates,
};
use crate::biometrics::face::resample::Normalisation;
use crate::crypto::hash::sha256_hex;

/// Means and divisor of each network's pixels.
const DETECTOR_PIXELS: ([f64; 3], f64) = ([117.001, 114.697, 97.404], 255.0);
const LANDMARK_PIXELS: ([f64; 3], f64) = ([122.782, 117.001, 104.298], 255.0);
const EMBEDDER_PIXELS: ([f64; 3], f64) = ([122.782, 117.001, 104.298], 256.0);

/// What is to be known of the landmark network's origin.
const LANDMARK_NOTICE: &str = "trained on about 35,000 pictures whose sources are not disclosed: a \
    restriction to non-commercial use in those cannot be ruled out";
const DETECTOR_NOTICE: &str =
    "trained on about 14,000 pictures of the package's author; their sources are not disclosed";

/// Why a package was not installed. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Not the package.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its weights are not of the known form.
    #[error("{network}: {fault}")]
    Weights {
        /// Of which network.
        network: &'static str,
        /// What is the matter.
        fault: WeightsError,
    },
    /// What was written can't be loaded.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// What was loaded does not compute what it must.
    #[error("the converted networks do not compute what the package computes: {0}")]
    Vector(#[from] VectorFault),
    /// Something lies in the folder already.
    #[error("{} is not empty; say that it may be replaced", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that holds no models is never replaced.
    #[error("{} holds no models: it is not replaced", path.display())]
    NoModelsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Whether a folder that holds models may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// No: only what is empty or not there is filled.
    Keep,
    /// Yes, all of it.
    Replace,
}

/// Converts the package into the folder `into`, loads what it wrote, and holds it against known
/// numbers. Only then does the folder appear, at once.
///
/// # Errors
/// [`InstallError`]; nothing is left behind then, and what was there stays.
pub fn install(package: &Path, into: &Path, existing: Existing) -> Result<Models, InstallError> {
    // Said before the work, and looked at again after it.
    check_target(into, existing)?;
    Converted::of(&Package::read(package)?)?.place(into, existing)
}

/// The files of a models folder, in memory.
#[derive(Clone)]
pub struct Converted {
    /// Names and contents.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

impl Converted {
    /// Writes them beside `into`, checks what was written as a desk would load it, and puts it in its
    /// place.
    ///
    /// # Errors
    /// [`InstallError`]; nothing is left behind then, and what was there stays.
    pub fn place(&self, into: &Path, existing: Existing) -> Result<Models, InstallError> {
        let occupied = check_target(into, existing)?;
        let unwritable = |path: &Path, source| InstallError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let parent = match into.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|source| unwritable(parent, source))?;
        let temporary = Temporary::beside(into, parent)?;
        for (name, bytes) in &self.files {
            let path = temporary.0.join(name);
            let write = || -> io::Result<()> {
                let mut file = fs::File::create_new(&path)?;
                file.write_all(bytes)?;
                file.sync_all()
            };
            write().map_err(|source| unwritable(&path, source))?;
        }
        let models = Models::load(&temporary.0)?;
        vectors::check(&models)?;
        let sync = |folder: &Path| fs::File::open(folder)?.sync_all();
        sync(&temporary.0).map_err(|source| unwritable(&temporary.0, source))?;
        let flags = if occupied {
            RenameFlags::EXCHANGE
        } else {
            RenameFlags::empty()
        };
        renameat_with(CWD, &temporary.0, CWD, into, flags)
            .map_err(|source| unwritable(into, source.into()))?;
        sync(parent).map_err(|source| unwritable(parent, source))?;
        Ok(models)
    }
}

/// Whether the target holds something that is to be exchanged.
fn check_target(into: &Path, existing: Existing) -> Result<bool, InstallError> {
    let path = || into.to_owned();
    let mut entries = match fs::read_dir(into) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => {
            return Err(InstallError::Unwritable {
                path: path(),
                source,
            });
        }
    };
    if entries.next().is_none() {
        return Ok(false);
    }
    if existing == Existing::Keep {
        return Err(InstallError::Occupied { path: path() });
    }
    // A mistyped path must not cost anybody a folder.
    if into.join(FILE_NAME).is_file() {
        Ok(true)
    } else {
        Err(InstallError::NoModelsFolder { path: path() })
    }
}

/// A folder that goes when this value does. Renamed away, there is nothing left to remove; exchanged,
/// it is the old one.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(into: &Path, parent: &Path) -> Result<Self, InstallError> {
        let name = into.file_name().unwrap_or_default().to_string_lossy();
        let unwritable = |path: &Path, source| InstallError::Unwritable {
            path: path.to_owned(),
            source,
        };
        for attempt in 0..100_u32 {
            let id = std::process::id();
            let path = parent.join(format!(".{name}.importing-{id}-{attempt}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(unwritable(&path, source)),
            }
        }
        Err(unwritable(parent, io::ErrorKind::AlreadyExists.into()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Converted {
    /// Converts a package.
    ///
    /// # Errors
    /// [`InstallError::Weights`].
    pub fn of(package: &Package) -> Result<Self, InstallError> {
        let read = |network: &'static str,
                    build: fn(Weights) -> Result<Vec<u8>, WeightsError>|
         -> Result<Vec<u8>, InstallError> {
            let list = format!("model/{network}_model-weights_manifest.json");
            let container = format!("model/{network}_model.bin");
            Weights::parse(package.file(&list), package.file(&container))
                .and_then(build)
                .map_err(|fault| InstallError::Weights { network, fault })
        };
        let detector = read("tiny_face_detector", networks::detector)?;
        let landmarks = read("face_landmark_68", networks::landmarks)?;
        let embedder = read("face_recognition", networks::embedder)?;
        let manifest = manifest(&detector, &landmarks, &embedder).write();
        Ok(Self {
            files: vec![
                ("tiny_face_detector.onnx", detector),
                ("face_landmark_68.onnx", landmarks),
                ("face_recognition.onnx", embedder),
                ("LICENSE.face-api", package.file("LICENSE").to_vec()),
                (FILE_NAME, manifest.into_bytes()),
            ],
        })
    }
}

fn manifest(detector: &[u8], landmarks: &[u8], embedder: &[u8]) -> Manifest {
    let model = |file: &str, bytes: &[u8], input, notice: Option<&str>, (mean, scale)| ModelFile {
        file: file.to_owned(),
        sha256: sha256_hex(bytes),
        licence: "MIT".to_owned(),
        notice: notice.map(str::to_owned),
        source: SOURCE.to_owned(),
        input,
        normalisation: Normalisation {
            mean,
            scale,
            blue_first: false,
        },
    };
    Manifest {
        detector: DetectorModel {
            model: model(
                "tiny_face_detector.onnx",
                detector,
                224,
                Some(DETECTOR_NOTICE),
                DETECTOR_PIXELS,
            ),
            kind: DetectorKind::Tiny(vec![416, 608]),
            threshold: 0.5,
        },
        landmarks: Some(model(
            "face_landmark_68.onnx",
            landmarks,
            112,
            Some(LANDMARK_NOTICE),
            LANDMARK_PIXELS,
        )),
        embedder: model(
            "face_recognition.onnx",
            embedder,
            150,
            None,
            EMBEDDER_PIXELS,
        ),
        alignment: Alignment::Dlib68,
        attack: None,
        decision: decision(sha256_hex(embedder)),
    }
}

/// The thresholds of the package's pipeline and what they rest on: ORL (399 pictures) and ten people
/// of LFW, pooled, cosine of picture and mirror image added.
fn decision(embedder: String) -> Decision {
    Decision {
        supports: 0.940,
        inconclusive: 0.920,
        calibration: Some(Calibration {
            name: "orl-lfw10-pooled".to_owned(),
            set: "ORL, 40 people, and LFW, 10 people; the detector's passes and the template were \
                  chosen on the same pictures, hence slightly optimistic"
                .to_owned(),
            made: None,
            embedder,
            subjects: 50,
            genuine: 2_241,
            impostor: 82_110,
            at_supports: Rates {
                fmr: 0.000_13,
                fmr_interval: [0.000_07, 0.000_24],
                fnmr: 0.042,
                fnmr_interval: [0.034, 0.051],
            },
            at_inconclusive: None,
        }),
    }
}
