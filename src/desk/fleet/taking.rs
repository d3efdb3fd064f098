//! What comes down: bundles of trust and policies, lists of payees. Each is taken as if its file had been
//! imported by hand: its signature decides, and who brought it does not.

use std::sync::Arc;

use cccd_port::Timer;

use super::view::FleetStanding;
use super::{PAUSE, Trouble, connected, gone};
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
    /// Who signs lists of payees.
    pub signers: Signers,
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

/// The outcome of what cannot be taken down whole.
const BROKEN: &str = "object-broken";
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

    /// Comes back when the connection is gone.
    async fn follow(&self) -> Result<(), Trouble> {
        let shelf = self.link.shelf().await?;
        let mut arriving = shelf.follow().await?;
        loop {
            let object = tokio::select! {
                next = arriving.next() => match next? {
                    Some(object) => object,
                    None => return Ok(()),
                },
                () = gone(&self.link) => return Ok(()),
            };
            let (name, version) = (object.name.clone(), object.version.clone());
            let known = in_store(&self.store, move |store| {
                store.fleet_outcome(&name, &version)
            });
            if known.await?.is_some() {
                continue;
            }
            match shelf.take(&object).await {
                Ok(content) => self.take(object, content).await?,
                Err(error @ (FleetError::Offline | FleetError::Timeout)) => {
                    return Err(error.into());
                }
                // It will not be better the next time; another version of it has another name.
                Err(error) => {
                    tracing::warn!(name = object.name, %error, "an object of the fleet is broken");
                    let note = move |store: &Store| {
                        store.note_fleet_object(&object.name, &object.version, BROKEN)
                    };
                    in_store(&self.store, note).await?;
                }
            }
        }
    }

    async fn take(&self, object: Object, content: Vec<u8>) -> Result<(), Trouble> {
        let wanted = self.wanted.clone();
        let standing = Arc::clone(&self.standing);
        in_store(&self.store, move |store| {
            let refused = match object.kind {
                Kind::Bundle => bundle(store, &wanted, &object.name, content),
                Kind::Payees => payees(store, &wanted, &content),
            };
            let outcome = match refused {
                Ok(()) => TAKEN,
                Err(Refused::Store(error)) => return Err(error),
                Err(Refused::Code(code, why)) => {
                    tracing::warn!(
                        name = object.name,
                        code,
                        why,
                        "an object of the fleet is refused"
                    );
                    code
                }
            };
            store.note_fleet_object(&object.name, &object.version, outcome)?;
            standing.arrived();
            Ok(())
        })
        .await?;
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

fn payees(store: &Store, wanted: &Wanted, content: &[u8]) -> Result<(), Refused> {
    let incoming = Incoming {
        bytes: content,
        signature: None,
        given: &Given::default(),
        by: BY,
    };
    match lists::import(store, &wanted.signers.clone().signed_alone(), &incoming) {
        // The very same file is here: by hand, or before a restart.
        Ok(_) | Err(ListRefused::Import(ImportRefused::SameFile { .. })) => Ok(()),
        Err(ListRefused::Import(ImportRefused::Store(error))) => Err(Refused::Store(error)),
        Err(ListRefused::Unsigned) => Err(Refused::Code("list-unsigned", String::new())),
        Err(
            error @ (ListRefused::Signature(_) | ListRefused::NoSignature | ListRefused::Keys(_)),
        ) => Err(Refused::Code("list-signature", error.to_string())),
        // A fault names nobody.
        Err(ListRefused::Faults(faults)) => Err(Refused::Code("list-faults", faults.to_string())),
        Err(error @ ListRefused::Import(ImportRefused::IdTaken { .. })) => {
            Err(Refused::Code("list-id-taken", error.to_string()))
        }
    }
}
