//! The policies that count: the ready-made ones, those that bundles brought, and those of the configuration.

use std::sync::{Arc, Mutex, PoisonError};

use super::Held;
use crate::config::Config;
use crate::decision::Policies;
use crate::desk::ports::{NotRecorded, PoliciesInForce};
use crate::store::{Store, StoreError};

/// The ready-made policies, those that bundles brought, and in the place of both those that the
/// configuration writes (`own`, [`Config::policy_texts`]).
#[must_use]
pub fn in_force(held: &Held, own: &[String]) -> Policies {
    let mut policies = Policies::default();
    for text in held.policies.iter().chain(own) {
        policies = match policies.clone().with(text) {
            Ok(more) => more,
            Err(mistake) => {
                // Checked when it was imported: a later version knows other checks.
                tracing::error!(%mistake, "a policy of a bundle cannot be used");
                policies
            }
        };
    }
    policies
}

/// The policies of a running desk, read anew where what the store keeps has changed: a bundle counts
/// from the next session on.
pub struct PoliciesOfDesk {
    store: Arc<Store>,
    own: Vec<String>,
    known: Mutex<Option<(i64, Arc<Policies>)>>,
}

impl PoliciesOfDesk {
    /// Of this store and this configuration.
    #[must_use]
    pub fn new(store: Arc<Store>, config: &Config) -> Self {
        Self {
            store,
            own: config.policy_texts(),
            known: Mutex::new(None),
        }
    }

    fn look(&self) -> Result<Arc<Policies>, StoreError> {
        let generation = self.store.trust_generation()?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, policies)) = known.as_ref()
            && *of == generation
        {
            return Ok(Arc::clone(policies));
        }
        let kept = self.store.trust()?;
        let generation = kept.generation;
        let policies = Arc::new(in_force(&Held::of(kept), &self.own));
        *known = Some((generation, Arc::clone(&policies)));
        Ok(policies)
    }
}

impl PoliciesInForce for PoliciesOfDesk {
    fn now(&self) -> Result<Arc<Policies>, NotRecorded> {
        self.look().map_err(|error| {
            tracing::error!(%error, "the policies cannot be read");
            NotRecorded
        })
    }
}
