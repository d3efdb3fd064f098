//! What the importer reads: npm's archive of the package, or the folder that it unpacks to. Digests
//! say whether it is the very package that was measured; bounds hold even where they do not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::crypto::hash::sha256_hex;

/// The package, as verdicts and manifests name it.
pub const SOURCE: &str = "npm @vladmandic/face-api 1.7.15";
/// SHA-256 of its archive.
pub const ARCHIVE: &str = "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031";
/// Largest archive, in bytes; the package's has 12,677,476.
const MAX_ARCHIVE: u64 = 32 * 1024 * 1024;
/// Most bytes that it may unpack to.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;
/// Most files in it; the package's has 254.
const MAX_ENTRIES: usize = 4_096;
/// Largest file that is taken from it, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The files that are needed, with their digests.
pub const FILES: [(&str, &str); 7] = [
    (
        "LICENSE",
        "9a3442b79acaf4fbc7c2e07b7e2d8f84af9bb3871bf08a69d80304ab00640e9a",
    ),
    (
        "model/tiny_face_detector_model.bin",
        "b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871",
    ),
    (
        "model/tiny_face_detector_model-weights_manifest.json",
        "5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5",
    ),
    (
        "model/face_landmark_68_model.bin",
        "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b",
    ),
    (
        "model/face_landmark_68_model-weights_manifest.json",
        "ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9",
    ),
    (
        "model/face_recognition_model.bin",
        "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
    ),
    (
        "model/face_recognition_model-weights_manifest.json",
        "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
    ),
];

/// Why a package can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file or the archive could not be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system or the decoder says.
        source: io::Error,
    },
    /// Larger than the bounds: more bytes, packed or unpacked, or more files.
    #[error("{}: larger than the package can be", path.display())]
    TooLarge {
        /// Which one.
        path: PathBuf,
    },
    /// A file that is needed and not there.
    #[error("{}: holds no {name}: this is not {SOURCE}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// Which file.
        name: &'static str,
    },
    /// A file that occurs twice.
    #[error("{}: holds {name} twice", path.display())]
    Twice {
        /// Where.
        path: PathBuf,
        /// Which file.
        name: &'static str,
    },
    /// Not the bytes that were measured.
    #[error("{name}: its SHA-256 is {found}, that of {SOURCE} is {expected}")]
    Digest {
        /// The archive, or a file of it.
        name: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
}

/// The files that are needed, by their names, each of the right digest.
#[derive(Clone)]
pub struct Package(BTreeMap<&'static str, Vec<u8>>);

impl Package {
    /// Reads the archive (`.tgz`), or the folder that it unpacks to, or one above it.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn read(path: &Path) -> Result<Self, PackageError> {
        let files = if path.is_dir() {
            from_folder(path)?
        } else {
            let bytes = bounded(path, MAX_ARCHIVE)?;
            digest(path.display().to_string(), &bytes, ARCHIVE)?;
            from_archive(path, &bytes)?
        };
        Self::checked(path, files)
    }

    /// One of [`FILES`].
    #[must_use]
    pub fn file(&self, name: &str) -> &[u8] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn checked(path: &Path, files: BTreeMap<&'static str, Vec<u8>>) -> Result<Self, PackageError> {
        for (name, expected) in FILES {
            let bytes = files.get(name).ok_or_else(|| PackageError::Missing {
                path: path.to_owned(),
                name,
            })?;
            digest(name.to_owned(), bytes, expected)?;
        }
        Ok(Self(files))
    }
}

fn digest(name: String, bytes: &[u8], expected: &'static str) -> Result<(), PackageError> {
    let found = sha256_hex(bytes);
    if found == expected {
        Ok(())
    } else {
        Err(PackageError::Digest {
            name,
            found,
            expected,
        })
    }
}

fn from_folder(path: &Path) -> Result<BTreeMap<&'static str, Vec<u8>>, PackageError> {
    let inner = path.join("package");
    let root = if inner.is_dir() {
        inner
    } else {
        path.to_owned()
    };
    let mut files = BTreeMap::new();
    for (name, _) in FILES {
        let file = root.join(name);
        if !file.exists() {
            let path = path.to_owned();
            return Err(PackageError::Missing { path, name });
        }
        files.insert(name, bounded(&file, MAX_FILE)?);
    }
    Ok(files)
}

fn from_archive(
    path: &Path,
    bytes: &[u8],
) -> Result<BTreeMap<&'static str, Vec<u8>>, PackageError> {
    let unreadable = |source| PackageError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let too_large = || PackageError::TooLarge {
        path: path.to_owned(),
    };
    // What is unpacked is counted, whether it is taken or passed over.
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(MAX_UNPACKED));
    let mut files = BTreeMap::new();
    for (count, entry) in archive.entries().map_err(unreadable)?.enumerate() {
        let mut entry = entry.map_err(unreadable)?;
        if count >= MAX_ENTRIES {
            return Err(too_large());
        }
        let name = entry.path_bytes();
        let wanted = FILES
            .iter()
            .find(|(wanted, _)| name.strip_prefix(b"package/") == Some(wanted.as_bytes()));
        let Some((name, _)) = wanted else { continue };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        if entry.size() > MAX_FILE {
            return Err(too_large());
        }
        let mut content = Vec::new();
        let length = entry.read_to_end(&mut content).map_err(unreadable)?;
        if u64::try_from(length).ok() != Some(entry.size()) {
            return Err(too_large());
        }
        if files.insert(*name, content).is_some() {
            let path = path.to_owned();
            return Err(PackageError::Twice { path, name });
        }
    }
    Ok(files)
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, PackageError> {
    let unreadable = |source| PackageError::Unreadable {
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
        Err(PackageError::TooLarge { path })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn archive(entries: &[(&str, &[u8], tar::EntryType)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, content, kind) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(content.len()).unwrap());
            header.set_entry_type(*kind);
            archive.append_data(&mut header, name, *content).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> Result<BTreeMap<&'static str, Vec<u8>>, PackageError> {
        from_archive(Path::new("x.tgz"), bytes)
    }

    #[test]
    fn only_the_files_that_are_needed_are_taken() {
        let regular = tar::EntryType::Regular;
        let bytes = archive(&[
            ("package/LICENSE", b"one", regular),
            ("package/model/other.bin", b"two", regular),
            ("elsewhere/LICENSE", b"three", regular),
            (
                "package/model/tiny_face_detector_model.bin",
                b"",
                tar::EntryType::Symlink,
            ),
        ]);
        let files = unpack(&bytes).unwrap();
        assert_eq!(files, BTreeMap::from([("LICENSE", b"one".to_vec())]));
        assert!(matches!(
            Package::checked(Path::new("x"), files),
            Err(PackageError::Digest { .. })
        ));
        assert!(matches!(
            Package::checked(Path::new("x"), BTreeMap::new()),
            Err(PackageError::Missing {
                name: "LICENSE",
                ..
            })
        ));
        let twice = archive(&[
            ("package/LICENSE", b"one", regular),
            ("package/LICENSE", b"two", regular),
        ]);
        assert!(matches!(unpack(&twice), Err(PackageError::Twice { .. })));
    }

    #[test]
    fn what_is_cut_off_or_blows_up_is_refused() {
        let whole = archive(&[("package/LICENSE", &[7; 5_000], tar::EntryType::Regular)]);
        for length in [1, 20, whole.len() / 2] {
            assert!(unpack(whole.get(..length).unwrap()).is_err(), "{length}");
        }
        assert!(unpack(b"no archive").is_err());
        // 300 MB of zeros pass through 300 KB.
        let mut zeros = GzEncoder::new(Vec::new(), Compression::fast());
        let mut header = tar::Header::new_ustar();
        header.set_path("package/filler").unwrap();
        header.set_size(300 * 1024 * 1024);
        header.set_cksum();
        zeros.write_all(header.as_bytes()).unwrap();
        for _ in 0..300 {
            zeros.write_all(&[0; 1024 * 1024]).unwrap();
        }
        assert!(unpack(&zeros.finish().unwrap()).is_err());
    }

    #[test]
    fn another_archive_is_refused_by_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("face-api.tgz");
        let bytes = archive(&[("package/LICENSE", b"one", tar::EntryType::Regular)]);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(
            Package::read(&path),
            Err(PackageError::Digest {
                expected: ARCHIVE,
                ..
            })
        ));
        assert!(matches!(
            Package::read(folder.path()),
            Err(PackageError::Missing {
                name: "LICENSE",
                ..
            })
        ));
        assert!(matches!(
            Package::read(&folder.path().join("nothing")),
            Err(PackageError::Unreadable { .. })
        ));
    }
}
