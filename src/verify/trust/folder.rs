//! A folder of files, all taken as pinned: the operator's own, or that of `--trust`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::objects::{TrustObject, objects};
use super::signed_list::Content;
use super::{TrustAnchors, master_list};
use crate::verify::certificate::Certificate;
use crate::verify::lost_cards::{self, LostCards, LostCardsError};

/// Files of one trust folder that are read.
const MAX_FILES: usize = 4_096;
/// Bytes of one file that are read.
const MAX_FILE: u64 = 16 * 1024 * 1024;
/// Endings of files that are read; the content says what they are.
pub const ENDINGS: [&str; 8] = ["cer", "crt", "der", "pem", "crl", "ml", "dl", "dvl"];

/// Why a trust folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The folder or a file could not be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is too large, or there are too many.
    #[error("{path}: more than a trust folder may hold")]
    TooLarge {
        /// Which one.
        path: PathBuf,
    },
    /// A file with the ending of a certificate or list is none.
    #[error("{path}: {why}")]
    Malformed {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The list of lost cards cannot be used.
    #[error(transparent)]
    LostCards(#[from] LostCardsError),
    /// The test authority where it is never trusted.
    #[error(
        "{path}: this is the test authority, which is trusted by demo, simulation and tests alone"
    )]
    TestAuthority {
        /// Which file.
        path: PathBuf,
    },
}

/// What to do about anchors of the test authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestAuthority {
    /// Take them, marked as test: for a run whose caller named the folder.
    Mark,
    /// Refuse the folder: for the service.
    Refuse,
}

/// Whether the certificate is the test authority's, or one that it issued.
#[must_use]
pub fn is_test(certificate: &Certificate, test_key_ids: &[&[u8]]) -> bool {
    let ids = [&certificate.subject_key_id, &certificate.authority_key_id];
    ids.into_iter()
        .flatten()
        .any(|id| test_key_ids.contains(&id.as_slice()))
}

impl TrustAnchors {
    /// Reads a folder of files with the endings in [`ENDINGS`], in the order of their names. Every
    /// signing authority in it, and in its master lists, counts as pinned; a certificate that is no
    /// authority's counts as a known document signer. The list of lost cards
    /// is named [`lost_cards::FILE_NAME`]. All other files are left aside.
    ///
    /// `test_key_ids` are the subject key identifiers of the test authority.
    ///
    /// # Errors
    /// [`TrustError`] at the first file that can't be used: half a trust folder is none.
    pub fn from_folder(
        folder: &Path,
        test_key_ids: &[&[u8]],
        test_authority: TestAuthority,
    ) -> Result<Self, TrustError> {
        let mut trust = Self::default();
        for path in files(folder)? {
            if is_lost_cards(&path) {
                trust.lost_cards.push(LostCards::from_file(&path)?);
            } else {
                trust.take_file(&path, &read(&path)?, test_key_ids, test_authority)?;
            }
        }
        trust.close();
        Ok(trust)
    }

    /// The same of files that were never on a disk, by their names: for simulations.
    ///
    /// # Errors
    /// As for [`Self::from_folder`].
    pub fn from_files(
        files: &BTreeMap<String, Vec<u8>>,
        test_key_ids: &[&[u8]],
        test_authority: TestAuthority,
    ) -> Result<Self, TrustError> {
        let mut trust = Self::default();
        for (name, bytes) in files {
            let path = Path::new(name);
            if is_lost_cards(path) {
                trust.lost_cards.push(LostCards::parse(path, bytes)?);
            } else if has_ending(path) {
                trust.take_file(path, bytes, test_key_ids, test_authority)?;
            }
        }
        trust.close();
        Ok(trust)
    }

    fn take_file(
        &mut self,
        path: &Path,
        bytes: &[u8],
        test_key_ids: &[&[u8]],
        test_authority: TestAuthority,
    ) -> Result<(), TrustError> {
        let found = objects(bytes).map_err(|error| TrustError::Malformed {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        found.into_iter().try_for_each(|object| {
            self.take(object, test_key_ids, test_authority)
                .map_err(|TestKeyMet| TrustError::TestAuthority {
                    path: path.to_owned(),
                })
        })
    }

    /// All files are in: what hangs together is decided.
    fn close(&mut self) {
        self.disown_forged_links();
        self.seal();
    }

    fn take(
        &mut self,
        object: TrustObject,
        test_key_ids: &[&[u8]],
        test_authority: TestAuthority,
    ) -> Result<(), TestKeyMet> {
        let mut pin = |certificate: Certificate| {
            let test = is_test(&certificate, test_key_ids);
            if test && test_authority == TestAuthority::Refuse {
                return Err(TestKeyMet);
            }
            self.pin(certificate, test);
            Ok(())
        };
        match object {
            TrustObject::Certificate(certificate) => pin(*certificate)?,
            TrustObject::Crl(crl) => self.crls.push(*crl),
            TrustObject::List(list) => match list.content {
                Content::Authorities(authorities) => {
                    let standings = master_list::classify(&authorities, core::iter::empty());
                    for (certificate, standing) in authorities.into_iter().zip(standings) {
                        if standing.is_usable() {
                            pin(certificate)?;
                        }
                    }
                }
                Content::Defects(defects) => self.defects.extend(defects),
            },
        }
        Ok(())
    }
}

/// A certificate of the test authority where it is refused.
struct TestKeyMet;

/// The files of the folder that are read, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let mut paths = Vec::new();
    for (number, entry) in fs::read_dir(folder)
        .map_err(unreadable(folder))?
        .enumerate()
    {
        if number >= MAX_FILES {
            return Err(TrustError::TooLarge {
                path: folder.to_owned(),
            });
        }
        let path = entry.map_err(unreadable(folder))?.path();
        if has_ending(&path) || is_lost_cards(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads one file that an operator names, within the bounds of [`TrustAnchors::from_folder`].
///
/// # Errors
/// [`TrustError::Unreadable`] and [`TrustError::TooLarge`].
pub fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    let about = fs::metadata(path).map_err(unreadable(path))?;
    // A pipe would be waited for, and a device never ends.
    if !about.is_file() {
        return Err(TrustError::Malformed {
            path: path.to_owned(),
            why: "no regular file".to_owned(),
        });
    }
    if about.len() > MAX_FILE {
        return Err(TrustError::TooLarge {
            path: path.to_owned(),
        });
    }
    fs::read(path).map_err(unreadable(path))
}

fn has_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn is_lost_cards(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == lost_cards::FILE_NAME)
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> TrustError {
    let path = path.to_owned();
    move |source| TrustError::Unreadable { path, source }
}
