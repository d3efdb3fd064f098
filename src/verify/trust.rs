//! Trust anchors, document signers, revocation lists and lost cards, as the operator supplied them.

use std::fs;
use std::path::{Path, PathBuf};

use super::algorithm;
use super::certificate::Certificate;
use super::crl::Crl;
use super::lost_cards::{self, LostCards, LostCardsError};
use crate::crypto::hash::{HashAlgorithm, sha256_hex};
use crate::crypto::signature::verify;

/// Files of one trust folder that are read.
const MAX_FILES: usize = 4_096;
/// Bytes of one file that are read.
const MAX_FILE: u64 = 16 * 1024 * 1024;
/// Certificates in one PEM file that are read.
const MAX_PEM: usize = 1_024;

/// A pinned key of a signing authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The certificate that carries it.
    pub certificate: Certificate,
    /// True for the test authority: no verdict under it is worth anything outside tests.
    pub test: bool,
}

/// Everything that passive authentication trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustAnchors {
    /// Pinned signing authorities.
    pub anchors: Vec<Anchor>,
    /// Document signers that a card may refer to without carrying them.
    pub signers: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<Crl>,
    /// Lists of cards reported lost.
    pub lost_cards: Vec<LostCards>,
    /// SHA-256 over the digests of all of them, lower-case hex.
    pub digest: String,
}

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

impl TrustAnchors {
    /// Reads a folder of `.cer`, `.crt`, `.der`, `.pem` and `.crl` files, in the order of their
    /// names. Every signing authority in it counts as pinned; a certificate that is no authority's
    /// counts as a known document signer. The list of lost cards is named [`lost_cards::FILE_NAME`].
    /// All other files are left aside.
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
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| TrustError::Unreadable { path, source }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            if paths.len() >= MAX_FILES {
                return Err(TrustError::TooLarge {
                    path: folder.to_owned(),
                });
            }
            paths.push(entry.map_err(unreadable(folder))?.path());
        }
        paths.sort();
        let mut trust = Self::default();
        for path in paths {
            if path
                .file_name()
                .is_some_and(|name| name == lost_cards::FILE_NAME)
            {
                trust.lost_cards.push(LostCards::from_file(&path)?);
                continue;
            }
            let ending = path
                .extension()
                .and_then(|ending| ending.to_str())
                .unwrap_or_default();
            let ending = ending.to_ascii_lowercase();
            if !matches!(ending.as_str(), "cer" | "crt" | "der" | "pem" | "crl") {
                continue;
            }
            let size = fs::metadata(&path).map_err(unreadable(&path))?.len();
            if size > MAX_FILE {
                return Err(TrustError::TooLarge { path });
            }
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            let malformed = |why: String| TrustError::Malformed {
                path: path.clone(),
                why,
            };
            for (kind, der) in objects(&bytes, &ending).map_err(malformed)? {
                if kind == Kind::Crl {
                    let crl = Crl::parse(&der).map_err(|error| malformed(error.to_string()))?;
                    trust.crls.push(crl);
                    continue;
                }
                let certificate =
                    Certificate::parse(&der).map_err(|error| malformed(error.to_string()))?;
                let test = certificate
                    .subject_key_id
                    .as_deref()
                    .is_some_and(|id| test_key_ids.contains(&id));
                if test && test_authority == TestAuthority::Refuse {
                    return Err(TrustError::TestAuthority { path: path.clone() });
                }
                trust.add(certificate, test);
            }
        }
        trust.disown_forged_links();
        trust.seal();
        Ok(trust)
    }

    /// Adds a list of lost cards from elsewhere.
    pub fn add_lost_cards(&mut self, list: LostCards) {
        self.lost_cards.push(list);
        self.seal();
    }

    /// Adds one certificate: an authority's as anchor (one a key), any other as document signer.
    fn add(&mut self, certificate: Certificate, test: bool) {
        // A certificate of version 1 or without basic constraints is an anchor when it signs itself.
        let authority = certificate.is_ca.unwrap_or_else(|| {
            certificate
                .key_usage
                .map_or(certificate.is_self_issued(), |usage| usage.key_cert_sign)
        });
        if !authority {
            self.signers.push(certificate);
            return;
        }
        let known = self.anchors.iter().any(|anchor| {
            anchor.certificate.key.is_ok()
                && anchor.certificate.key == certificate.key
                && anchor.certificate.subject.der == certificate.subject.der
        });
        if !known {
            self.anchors.push(Anchor { certificate, test });
        }
    }

    /// Drops authorities that claim to be certified by one in the folder which did not do so: a link
    /// certificate counts when the older key signed it (ICAO 9303-12, 6.1.1). One whose older key
    /// is not here stands because the operator pinned it.
    fn disown_forged_links(&mut self) {
        let all: Vec<Certificate> = self
            .anchors
            .iter()
            .map(|anchor| anchor.certificate.clone())
            .collect();
        self.anchors.retain(|anchor| {
            let certificate = &anchor.certificate;
            let Some(wanted) = &certificate.authority_key_id else {
                return true;
            };
            if certificate.subject_key_id.as_ref() == Some(wanted) {
                return true;
            }
            let mut elders = all
                .iter()
                .filter(|elder| elder.subject_key_id.as_ref() == Some(wanted))
                .peekable();
            elders.peek().is_none() || elders.any(|elder| signed_by(certificate, elder))
        });
    }

    /// Names the content.
    fn seal(&mut self) {
        let mut digests: Vec<String> = self
            .anchors
            .iter()
            .map(|anchor| anchor.certificate.fingerprint.clone())
            .chain(self.signers.iter().map(|signer| signer.fingerprint.clone()))
            .chain(self.crls.iter().map(|crl| sha256_hex(&crl.der)))
            .chain(self.lost_cards.iter().map(|list| list.digest().to_owned()))
            .collect();
        digests.sort();
        self.digest = hex::encode(HashAlgorithm::Sha256.digest(digests.concat().as_bytes()));
    }

    /// The time of the newest revocation list: no honest clock is behind it.
    #[must_use]
    pub fn newest_crl(&self) -> Option<time::OffsetDateTime> {
        self.crls.iter().map(|crl| crl.this_update).max()
    }
}

/// Whether the key of `elder` signed `certificate`.
fn signed_by(certificate: &Certificate, elder: &Certificate) -> bool {
    let (Ok(key), Ok(scheme)) = (
        &elder.key,
        algorithm::scheme(&certificate.signature_algorithm, None),
    ) else {
        return false;
    };
    verify(&key.key, scheme, &certificate.tbs, &certificate.signature).is_ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Certificate,
    Crl,
}

/// The DER objects of a file: itself, or the blocks of a PEM file.
fn objects(bytes: &[u8], ending: &str) -> Result<Vec<(Kind, Vec<u8>)>, String> {
    let kind = if ending == "crl" {
        Kind::Crl
    } else {
        Kind::Certificate
    };
    if !bytes.starts_with(b"-----") {
        return Ok(vec![(kind, bytes.to_vec())]);
    }
    let mut found = Vec::new();
    for block in x509_parser::pem::Pem::iter_from_buffer(bytes) {
        if found.len() >= MAX_PEM {
            return Err(format!("more than {MAX_PEM} PEM blocks"));
        }
        let block = block.map_err(|error| error.to_string())?;
        match block.label.as_str() {
            "CERTIFICATE" => found.push((Kind::Certificate, block.contents)),
            "X509 CRL" => found.push((Kind::Crl, block.contents)),
            label => {
                return Err(format!(
                    "a PEM block “{label}” is neither certificate nor list"
                ));
            }
        }
    }
    if found.is_empty() {
        Err("no PEM block".to_owned())
    } else {
        Ok(found)
    }
}
