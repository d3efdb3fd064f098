//! What comes down: bundles of trust and policies, lists of payees. Each is taken as if its file had been
//! imported by hand: its signature decides, and who brought it does not.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Timer;

use super::view::FleetStanding;
use super::{PAUSE, Trouble, connected, gone};
use crate::config;
use crate::desk::payees::importing::{self as lists, Incoming, ListRefused, Signers};
use crate::desk::trust::importing::{self as trust, ImportError};
use crate::desk::trust::intake::Terms;
use crate::fleet::shelf::{Kind, Object};
use crate::fleet::{FleetError, Link};
use crate::payees::Given;
use crate::store::fleet::TAKEN;
use crate::store::payees::ImportRefused;
use crate::store::{Store, in_store};

/// Whose objects are taken.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Who signs lists of payees; the files of keys are read for each list, so that keys may change.
    pub lists: config::Payees,
    /// Subject key identifiers of test authorities, which are never imported.
    pub test_key_ids: Vec<Vec<u8>>,
}

pub(super) struct Taking {
    pub(super) link: Link,
    pub(super) store: Arc<Store>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) wanted: Wanted,
    pub(super) standing: Arc<FleetStanding>,
}

/// The outcome of what is not what it is said to be: it will not be better the next time, and another version of
/// it has another name.
const BROKEN: &str = "object-broken";
/// The outcome of what the servers did not hand out.
const NOT_READ: &str = "object-not-read";
/// All that lies there is looked through anew so often, what was refused with it.
const AGAIN: Duration = Duration::from_secs(3_600);
/// Who imports, in the audit log.
const BY: &str = "fleet";

impl Taking {
    pub(super) async fn run(self) {
        loop {
            connected(&self.link).await;
            if let Err(error) = self.follow().await {
                tracing::warn!(%error, "what comes down from the fleet could not be followed");
            }
            self.timer.pause(PAUSE).await;
        }
    }

    /// Comes back when the connection is gone, or after an hour. What was refused before is looked at once more:
    /// what was the matter, such as a signer who was not pinned, may have been mended meanwhile.
    async fn follow(&self) -> Result<(), Trouble> {
        let shelf = self.link.shelf().await?;
        let mut arriving = shelf.follow().await?;
        let again = self.timer.pause(AGAIN);
        tokio::pin!(again);
        loop {
            let object = tokio::select! {
                next = arriving.next() => match next? {
                    Some(object) => object,
                    None => return Ok(()),
                },
                () = gone(&self.link) => return Ok(()),
                () = &mut again => return Ok(()),
            };
            let (name, version) = (object.name.clone(), object.version.clone());
            let known = in_store(&self.store, move |store| {
                store.fleet_outcome(&name, &version)
            });
            let known = known.await?;
            if matches!(known.as_deref(), Some(TAKEN | BROKEN)) {
                continue;
            }
            let (outcome, why) = match shelf.take(&object).await {
                Ok(content) => self.take(&object, content).await?,
                Err(error @ (FleetError::Offline | FleetError::Timeout)) => {
                    return Err(error.into());
                }
                Err(error @ FleetError::Malformed(_)) => (BROKEN, error.to_string()),
                Err(error) => (NOT_READ, error.to_string()),
            };
            self.note(object, known.as_deref(), outcome, &why).await?;
        }
    }

    /// Takes an object in; what became of it, and why it was refused.
    async fn take(
        &self,
        object: &Object,
        content: Vec<u8>,
    ) -> Result<(&'static str, String), Trouble> {
        let (wanted, object) = (self.wanted.clone(), object.clone());
        let ended = in_store(&self.store, move |store| {
            let refused = match object.kind {
                Kind::Bundle => bundle(store, &wanted, &object.name, content),
                Kind::Payees => payees(store, &wanted, &object.name, &content),
            };
            match refused {
                Ok(()) => Ok((TAKEN, String::new())),
                Err(Refused::Store(error)) => Err(error),
                Err(Refused::Code(code, why)) => Ok((code, why)),
            }
        });
        Ok(ended.await?)
    }

    /// Notes what became of an object, where that is new.
    async fn note(
        &self,
        object: Object,
        known: Option<&str>,
        outcome: &'static str,
        why: &str,
    ) -> Result<(), Trouble> {
        if known == Some(outcome) {
            return Ok(());
        }
        if outcome != TAKEN {
            tracing::warn!(
                name = object.name,
                code = outcome,
                why,
                "an object of the fleet is refused"
            );
        }
        let note =
            move |store: &Store| store.note_fleet_object(&object.name, &object.version, outcome);
        in_store(&self.store, note).await?;
        if outcome == TAKEN {
            self.standing.arrived();
        }
        Ok(())
    }
}

enum Refused {
    /// With the code that health shows.
    Code(&'static str, String),
    /// Tried again: nothing is wrong with the object.
    Store(crate::store::StoreError),
}

fn bundle(store: &Store, wanted: &Wanted, name: &str, content: Vec<u8>) -> Result<(), Refused> {
    if !crate::desk::trust::bundle::looks_like_one(&content) {
        return Err(Refused::Code("no-bundle", String::new()));
    }
    let terms = Terms {
        by: BY,
        // Nobody compares a fingerprint here: the signer must be pinned.
        accept_signer: None,
        test_key_ids: &wanted.test_key_ids,
        at: store.now(),
    };
    match trust::import(store, &[(name.to_owned(), content)], terms) {
        Ok(_) => Ok(()),
        Err(ImportError::Store(error)) => Err(Refused::Store(error)),
        Err(error) => Err(Refused::Code("bundle-refused", error.to_string())),
    }
}

fn payees(store: &Store, wanted: &Wanted, name: &str, content: &[u8]) -> Result<(), Refused> {
    let signature = |error: ListRefused| Refused::Code("list-signature", error.to_string());
    let signers = Signers::of(&wanted.lists).map_err(|error| signature(error.into()))?;
    let incoming = Incoming {
        bytes: content,
        signature: None,
        given: &Given::default(),
        by: BY,
    };
    match lists::import(store, &signers.signed_alone(), &incoming) {
        Ok(taken) => {
            let also_elsewhere = taken.imported.also_elsewhere;
            if also_elsewhere > 0 {
                tracing::warn!(
                    name,
                    also_elsewhere,
                    "entries of a list stand with the same period on another list"
                );
            }
            Ok(())
        }
        // The very same file is here: by hand, or before a restart.
        Err(ListRefused::Import(ImportRefused::SameFile { .. })) => Ok(()),
        Err(ListRefused::Import(ImportRefused::Store(error))) => Err(Refused::Store(error)),
        Err(ListRefused::Unsigned) => Err(Refused::Code("list-unsigned", String::new())),
        Err(
            error @ (ListRefused::Signature(_) | ListRefused::NoSignature | ListRefused::Keys(_)),
        ) => Err(signature(error)),
        // A fault names nobody.
        Err(ListRefused::Faults(faults)) => Err(Refused::Code("list-faults", faults.to_string())),
        Err(error @ ListRefused::Import(ImportRefused::IdTaken { .. })) => {
            Err(Refused::Code("list-id-taken", error.to_string()))
        }
    }
}
