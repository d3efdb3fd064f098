//! A claim that stands in the book, or may, and on which nobody was paid.

use std::sync::{MutexGuard, PoisonError};

use super::{Claims, Made, Progress, add};
use crate::fleet::FleetError;
use crate::store::in_store;
use crate::store::payees::{RemoteClaim, RemoteUndo};

/// Why a claim is undone that the desk's own database did not take.
const NOT_NOTED: &str = "the desk could not note the payment; nobody was paid";
/// So many claims are remembered that are to be taken back and cannot be noted.
const MOST_UNNOTED: usize = 1_000;

impl Claims {
    /// Takes a claim back that stands in the book, or may, and on which nobody was paid: now, or as soon as the
    /// servers answer.
    pub async fn take_back(&self, claim: &RemoteClaim) {
        let undone = self.undone(claim);
        if !self.not_paid(&undone).await {
            return;
        }
        let told = async {
            match self.tell_unnoted().await {
                Ok(()) => self.tell_of(&undone.id).await,
                Err(_) => false,
            }
        };
        let told = tokio::time::timeout(self.link.timeout(), told).await;
        if !told.unwrap_or(false) {
            self.changed();
        }
    }

    pub(super) fn undone(&self, claim: &RemoteClaim) -> RemoteClaim {
        RemoteClaim {
            undone: Some(RemoteUndo {
                at: self.store.now(),
                by: self.link.desk().to_owned(),
                reason: NOT_NOTED.to_owned(),
            }),
            ..claim.clone()
        }
    }

    /// Notes that nobody was paid on a claim, so that others are told; false where somebody was after all.
    pub(super) async fn not_paid(&self, undone: &RemoteClaim) -> bool {
        let noted = undone.clone();
        match in_store(&self.store, move |store| store.take_back(&noted)).await {
            Ok(taken_back) => taken_back,
            Err(error) => {
                tracing::error!(claim = undone.id, %error, "a claim on which nobody was paid could not be noted as undone");
                let mut unnoted = self.unnoted();
                if unnoted.len() < MOST_UNNOTED {
                    unnoted.push(undone.clone());
                }
                true
            }
        }
    }

    fn unnoted(&self) -> MutexGuard<'_, Vec<RemoteClaim>> {
        self.unnoted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of claims that were taken back and could not be noted.
    pub(super) async fn tell_unnoted(&self) -> Result<(), FleetError> {
        loop {
            let Some(undone) = self.unnoted().last().cloned() else {
                return Ok(());
            };
            if self.write(&undone, add, &Progress::default()).await? != Made::Ours {
                tracing::error!(
                    claim = undone.id,
                    "a claim could not be taken back: what stands there cannot be read"
                );
            }
            self.unnoted().retain(|other| other.id != undone.id);
        }
    }
}
