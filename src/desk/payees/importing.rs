//! A list comes in: whose it is, what is wrong with it, and then all of it or nothing.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::config;
use crate::crypto::hash::sha256_hex;
use crate::document::Date;
use crate::payees::signed::{MAX_SIGNED, enveloped, key_name, with_payload};
use crate::payees::{Fault, Faults, Given, Written, parse};
use crate::report::jose::{self, JoseError, Jwk, JwkSet};
use crate::store::payees::{ImportRefused, Imported, NewList};
use crate::store::{AuditEvent, Store, StoreError};

/// Longest file of keys, in bytes.
const MAX_KEYS: u64 = 64 * 1024;

/// Whose lists count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers {
    keys: JwkSet,
    unsigned: bool,
}

/// Why a file of keys cannot be used.
#[derive(Debug, Error)]
#[error("payees.signers: {}: {problem}", path.display())]
pub struct KeyFileError {
    path: PathBuf,
    problem: String,
}

/// A list as it came.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// A signature beside it: a JWS with a detached payload.
    pub signature: Option<&'a [u8]>,
    /// What is said of it.
    pub given: &'a Given,
    /// Who imports it.
    pub by: &'a str,
}

/// A list that counts now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// What came in.
    #[serde(flatten)]
    pub imported: Imported,
    /// How the file was written.
    pub written: Written,
}

/// Why a list was not taken. Nothing of it was kept.
#[derive(Debug, Error)]
pub enum ListRefused {
    /// Nobody signed it.
    #[error("nobody signed it: the configuration wants a signature (payees.unsigned = \"refuse\")")]
    Unsigned,
    /// What is given as its signature is none.
    #[error("the signature is no JWS with a detached payload")]
    NoSignature,
    /// The signature does not count.
    #[error("{0}; the keys that count are those of payees.signers")]
    Signature(JoseError),
    /// Whose signature counts is not known.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// Something is wrong with the list itself.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// The store has it, or does not take it.
    #[error(transparent)]
    Import(#[from] ImportRefused),
}

impl From<StoreError> for ListRefused {
    fn from(error: StoreError) -> Self {
        Self::Import(error.into())
    }
}

impl ListRefused {
    /// What is wrong with the list, as programs have it: `why`, each of its `faults` with its words, and how
    /// many `more` there are. No value of the file stands in it.
    #[must_use]
    pub fn document(&self) -> Value {
        let faults = self.faults();
        let told: Vec<Told<'_>> = faults
            .iter()
            .flat_map(|faults| &faults.told)
            .map(Told::of)
            .collect();
        json!({
            "why": self.to_string(),
            "faults": told,
            "more": faults.map_or(0, |faults| faults.more),
        })
    }

    /// The faults of the list, where it has some.
    #[must_use]
    pub const fn faults(&self) -> Option<&Faults> {
        match self {
            Self::Faults(faults) => Some(faults),
            _ => None,
        }
    }
}

/// A fault with its sentences.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    fault: &'a Fault,
    vi: String,
    en: String,
}

impl<'a> Told<'a> {
    fn of(fault: &'a Fault) -> Self {
        Self {
            fault,
            vi: fault.vietnamese(),
            en: fault.english(),
        }
    }
}

impl Signers {
    /// Those of the configuration.
    ///
    /// # Errors
    /// [`KeyFileError`] names the file that cannot be used: a key that is silently left out would be
    /// looked for in the wrong place.
    pub fn of(config: &config::Payees) -> Result<Self, KeyFileError> {
        let mut keys = Vec::new();
        for path in &config.signers {
            keys.extend(read_keys(path).map_err(|problem| KeyFileError {
                path: path.clone(),
                problem,
            })?);
        }
        Ok(Self {
            keys: JwkSet { keys },
            unsigned: config.unsigned == config::Unsigned::Allow,
        })
    }
}

impl Signers {
    /// The same, and an unsigned list counts in no case.
    #[must_use]
    pub fn signed_alone(self) -> Self {
        Self {
            unsigned: false,
            ..self
        }
    }
}

fn read_keys(path: &Path) -> Result<Vec<Jwk>, String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if about.len() > MAX_KEYS {
        return Err("is larger than 64 KiB".to_owned());
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let no_key = |error: serde_json::Error| format!("is no JSON Web Key: {error}");
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(no_key)?;
    let keys = if value.get("keys").is_some() {
        serde_json::from_value::<JwkSet>(value)
            .map_err(no_key)?
            .keys
    } else {
        vec![serde_json::from_value::<Jwk>(value).map_err(no_key)?]
    };
    if keys.is_empty() || keys.iter().any(|key| key.point().is_none()) {
        return Err("holds a key that is none for ES256 on P-256".to_owned());
    }
    Ok(keys)
}

/// Signs a list with the desk's own key, for desks that count it: a JWS around the list. The signing is an
/// audit entry.
///
/// # Errors
/// [`StoreError`] when the key cannot sign.
pub fn sign(store: &Store, list: &[u8], by: &str) -> Result<Zeroizing<String>, StoreError> {
    store.refresh_signing()?;
    let signed = jose::sign(&store.signing(), list, "json")?;
    let event = AuditEvent::new("payees-signed").fact("by", by);
    store.record(&event.fact("sha256", sha256_hex(list)))?;
    Ok(signed)
}

/// Takes a list in.
///
/// # Errors
/// [`ListRefused`].
pub fn import(store: &Store, signers: &Signers, list: &Incoming<'_>) -> Result<Taken, ListRefused> {
    let jws = match list.signature {
        Some(signature) => {
            let jws = with_payload(signature, list.bytes);
            Some(jws.ok_or(ListRefused::NoSignature)?)
        }
        None => enveloped(list.bytes),
    };
    let signed = match &jws {
        Some(jws) => {
            let payload = signers.keys.verify_up_to(MAX_SIGNED, jws);
            let payload = payload.map_err(ListRefused::Signature)?;
            let key = key_name(jws).ok_or(ListRefused::NoSignature)?;
            Some((payload, key))
        }
        None if signers.unsigned => None,
        None => return Err(ListRefused::Unsigned),
    };
    let (bytes, signer) = match &signed {
        Some((payload, key)) => (payload.as_slice(), Some(key.as_str())),
        None => (list.bytes, None),
    };
    let parsed = parse(bytes, list.given, Date::in_vietnam(store.now()))?;
    let imported = store.import_payees(&NewList {
        list: &parsed,
        signer,
        sha256: &sha256_hex(bytes),
        by: list.by,
    })?;
    Ok(Taken {
        imported,
        written: parsed.written,
    })
}

#[cfg(test)]
#[path = "importing_tests.rs"]
mod tests;
