//! Imports into the store: several files at once, all of them or none.

use super::intake::{Outcome, Plan, Refusal, Terms};
use super::{Held, bundle, intake};
use crate::store::trust::{Distrusted, KeptTrust, NewImport};
use crate::store::{Store, StoreError};

/// Most files of one import.
const MAX_FILES: usize = 4_096;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file is refused.
    #[error("{file}: {refusal}")]
    Refused {
        /// Which.
        file: String,
        /// Why.
        refusal: Refusal,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// More files than anybody has.
    #[error("more than {MAX_FILES} files")]
    TooMany,
}

/// Imports files, each with its name: all of them, or nothing has changed. They may stand in any
/// order: a file that waits for what another brings is tried again after it.
///
/// # Errors
/// [`ImportError`].
pub fn import(
    store: &Store,
    files: &[(String, Vec<u8>)],
    terms: Terms<'_>,
) -> Result<Vec<Outcome>, ImportError> {
    if files.len() > MAX_FILES {
        return Err(ImportError::TooMany);
    }
    let mut kept = store.trust()?;
    let seen = kept.generation;
    let mut held = Held::of(kept.clone());
    let mut open: Vec<&(String, Vec<u8>)> = files.iter().collect();
    let mut plans: Vec<Plan> = Vec::new();
    while !open.is_empty() {
        let before = open.len();
        let mut waiting = Vec::new();
        let mut refused = None;
        for file in open {
            match plan(&held, file, terms) {
                Ok(plan) => {
                    if plan.worth_keeping {
                        add(&mut kept, &plan.import);
                        held = Held::of(kept.clone());
                    }
                    plans.push(plan);
                }
                Err(refusal) if may_wait(&refusal) => {
                    refused.get_or_insert((file.0.clone(), refusal));
                    waiting.push(file);
                }
                Err(refusal) => {
                    return Err(ImportError::Refused {
                        file: file.0.clone(),
                        refusal,
                    });
                }
            }
        }
        if let Some((file, refusal)) = refused.filter(|_| waiting.len() == before) {
            return Err(ImportError::Refused { file, refusal });
        }
        open = waiting;
    }
    let imports: Vec<NewImport> = plans
        .iter()
        .filter(|plan| plan.worth_keeping)
        .map(|plan| plan.import.clone())
        .collect();
    let mut numbers = if imports.is_empty() {
        Vec::new()
    } else {
        store.keep_trust(seen, &imports)?
    }
    .into_iter();
    Ok(plans
        .into_iter()
        .map(|plan| {
            let mut outcome = plan.outcome;
            if plan.worth_keeping {
                outcome.import = numbers.next();
            }
            outcome
        })
        .collect())
}

fn plan(held: &Held, file: &(String, Vec<u8>), terms: Terms<'_>) -> Result<Plan, Refusal> {
    let (name, bytes) = file;
    if bundle::looks_like_one(bytes) {
        bundle::plan(held, name, bytes, terms)
    } else {
        intake::plan(held, name, bytes, terms)
    }
}

/// Whether another file of the same import may bring what is missing.
const fn may_wait(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoElder { .. } | Refusal::SignerNotPinned { .. } | Refusal::CrlIssuerUnknown(_)
    )
}

/// What the store would keep after the import.
fn add(kept: &mut KeptTrust, import: &NewImport) {
    let number = kept
        .imports
        .last()
        .map_or(1, |last| last.number.saturating_add(1));
    let mut about = import.about.clone();
    about.number = number;
    kept.imports.push(about);
    kept.objects
        .extend(import.objects.iter().cloned().map(|mut object| {
            object.import = number;
            object
        }));
    kept.revoked.extend(import.revoked.iter().cloned());
    let by = format!("import {number}");
    kept.distrusted
        .extend(import.distrusted.iter().map(|(sha256, reason)| Distrusted {
            sha256: sha256.clone(),
            at: import.about.at,
            by: by.clone(),
            reason: reason.clone(),
        }));
}
