//! What the operator supplied: a folder of certificates, and a private key.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::chain::{self, Chain, ChainFault};
use super::cv_certificate::{CvCertificate, CvError, MAX_CERTIFICATE, Reference, Role};
use crate::chip::terminal_authentication::TerminalKey;
use crate::codec::tlv::Header;
use crate::crypto::CryptoFault;
use crate::crypto::signature::{PublicKey, Scheme};
use crate::crypto::signing::{MAX_KEY, SigningKey, SigningKeyError};
use crate::document::Date;

/// The most files that a folder may hold.
const MAX_FILES: usize = 256;
/// The most certificates of all files together.
const MAX_CERTIFICATES: usize = 256;
/// Names of certificate files end so.
const CERTIFICATES: [&str; 4] = ["cvcert", "cvc", "cv", "cvca"];
/// Names of key files end so.
const KEYS: [&str; 4] = ["key", "pem", "p8", "pk8"];

/// Why the operator's material cannot be used. Names files, never what is in them.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// The folder or a file in it cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file is no certificate.
    #[error("{}: no card verifiable certificate: {fault}", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        fault: CvError,
    },
    /// More files or certificates than the bound.
    #[error("{}: more than {MAX_FILES} files or {MAX_CERTIFICATES} certificates", .0.display())]
    TooMany(PathBuf),
    /// The private key can be read by others.
    #[error("{}: can be read by others: its mode must be 0600 (chmod 600)", .0.display())]
    KeyMode(PathBuf),
    /// There is no private key, or more than one.
    #[error("{}: {found} private keys ({}) where one is due", folder.display(), KEYS.join(", "))]
    KeyCount {
        /// The folder.
        folder: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// The private key cannot be used.
    #[error("{}: {fault}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        fault: SigningKeyError,
    },
}

/// A private key that stands in a file.
#[derive(Debug)]
struct KeyFile(SigningKey);

impl TerminalKey for KeyFile {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        self.0.sign(scheme, message).map_err(|_| CryptoFault)
    }
}

/// Certificates and the private key of one terminal.
#[derive(Clone, Debug)]
pub struct TerminalMaterial {
    certificates: Vec<CvCertificate>,
    key: Arc<dyn TerminalKey>,
}

impl TerminalMaterial {
    /// Certificates, and a key wherever it is kept: a PKCS#11 device comes in here.
    #[must_use]
    pub fn new(certificates: Vec<CvCertificate>, key: Arc<dyn TerminalKey>) -> Self {
        Self { certificates, key }
    }

    /// Reads the certificates in `folder` (`.cvcert`, `.cvc`, `.cv`, `.cvca`, one or several in a
    /// file) and the private key in `key_file`, or in the one file of `folder` that ends in `.key`,
    /// `.pem`, `.p8` or `.pk8`: PKCS#8 in PEM or DER, mode 0600. Other files are left aside.
    ///
    /// # Errors
    /// [`MaterialError`]: a certificate that cannot be read is an error and never passed over.
    pub fn from_folder(folder: &Path, key_file: Option<&Path>) -> Result<Self, MaterialError> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            paths.push(path);
            if paths.len() > MAX_FILES {
                return Err(MaterialError::TooMany(folder.to_owned()));
            }
        }
        paths.sort();
        let mut certificates = Vec::new();
        for path in paths.iter().filter(|path| ends_in(path, &CERTIFICATES)) {
            read_certificates(path, &mut certificates)?;
            if certificates.len() > MAX_CERTIFICATES {
                return Err(MaterialError::TooMany(folder.to_owned()));
            }
        }
        let key = if let Some(path) = key_file {
            read_key(path)?
        } else {
            let keys: Vec<_> = paths.iter().filter(|path| ends_in(path, &KEYS)).collect();
            let [path] = keys.as_slice() else {
                return Err(MaterialError::KeyCount {
                    folder: folder.to_owned(),
                    found: keys.len(),
                });
            };
            read_key(path)?
        };
        Ok(Self::new(certificates, Arc::new(KeyFile(key))))
    }

    /// All certificates.
    #[must_use]
    pub fn certificates(&self) -> &[CvCertificate] {
        &self.certificates
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &dyn TerminalKey {
        &*self.key
    }

    /// The chain to show to a chip that trusts `authorities`.
    ///
    /// # Errors
    /// [`ChainFault`].
    pub fn chain(&self, authorities: &[Reference], today: Date) -> Result<Chain<'_>, ChainFault> {
        chain::find(&self.certificates, authorities, self.key.public(), today)
    }

    /// The authorities that the certificates lead to: every one that certified an authority or a
    /// document verifier among them.
    #[must_use]
    pub fn authorities(&self) -> Vec<Reference> {
        let mut found: Vec<Reference> = self
            .certificates
            .iter()
            .filter(|one| one.role != Role::Terminal)
            .map(|one| one.authority.clone())
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| {
            endings
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
}

fn unreadable(path: &Path, error: &std::io::Error) -> MaterialError {
    MaterialError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn open(path: &Path) -> Result<(File, fs::Metadata), MaterialError> {
    // A pipe would keep its reader waiting.
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        return Err(MaterialError::Unreadable {
            path: path.to_owned(),
            reason: "it is not a file".to_owned(),
        });
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok((file, about))
}

fn read_certificates(path: &Path, found: &mut Vec<CvCertificate>) -> Result<(), MaterialError> {
    let wrong = |fault: CvError| MaterialError::Certificate {
        path: path.to_owned(),
        fault,
    };
    let (file, _) = open(path)?;
    let most = MAX_CERTIFICATE.saturating_mul(chain::MOST_CERTIFICATES);
    let mut bytes = Vec::new();
    file.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() > most {
        return Err(wrong(CvError::TooLong));
    }
    let mut rest = bytes.as_slice();
    loop {
        let header = Header::read(rest, 0).map_err(|error| wrong(error.into()))?;
        let (one, after) = rest.split_at_checked(header.total()).unwrap_or((rest, &[]));
        found.push(CvCertificate::parse(one).map_err(wrong)?);
        rest = after;
        if rest.is_empty() {
            return Ok(());
        }
    }
}

fn read_key(path: &Path) -> Result<SigningKey, MaterialError> {
    let (file, about) = open(path)?;
    if about.mode() & 0o077 != 0 {
        return Err(MaterialError::KeyMode(path.to_owned()));
    }
    let most = MAX_KEY.saturating_add(1);
    // Reserved whole, so that no half-filled copy is left behind unwiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    file.take(u64::try_from(most).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    SigningKey::from_pkcs8(&bytes).map_err(|fault| MaterialError::Key {
        path: path.to_owned(),
        fault,
    })
}

#[cfg(test)]
#[path = "material_tests.rs"]
mod tests;
