//! A desk in a fleet: what it tells, what it takes, and payments that are claimed before they count.
//!
//! # Layout
//! - here: joining, and leaving
//! - [`telling`]: health, public keys and the head of the audit log go up
//! - [`taking`]: bundles and lists of payees come down
//! - [`claims`]: one claim stands on an entry of a list, at all desks
//! - [`collecting`]: what a receiver does with reports
//! - [`keyring`]: public keys, this desk's and others'
//! - [`payees`]: the desk's port, with the fleet asked first
//! - [`view`]: how the membership is
//!
//! Everything here is worth nothing without a connection, and nothing waits for one: a desk that is cut off
//! works on by its own database.

pub mod claims;
pub mod collecting;
mod keyring;
pub mod payees;
pub mod taking;
pub mod telling;
pub mod view;

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Timer;
use serde_json::Value;
use tokio::task::JoinHandle;

use claims::Claims;
use keyring::OwnKeys;
use taking::{Taking, Wanted};
use telling::Telling;
use view::FleetStanding;

use crate::fleet::{FleetError, Link};
use crate::store::{Store, StoreError};

/// What a member needs of its desk.
pub struct Joining {
    /// What it remembers.
    pub store: Arc<Store>,
    /// What it waits by.
    pub timer: Arc<dyn Timer>,
    /// How often it says how it is.
    pub health_every: Duration,
    /// How it is, without a word about anybody.
    pub health: Arc<dyn Fn() -> Value + Send + Sync>,
    /// Whose bundles and lists it takes.
    pub wanted: Wanted,
    /// Whether payments are claimed there.
    pub claims: bool,
}

/// A desk in a fleet. The tasks end when this is dropped.
pub struct Membership {
    link: Link,
    standing: Arc<FleetStanding>,
    claims: Option<Arc<Claims>>,
    tasks: Vec<JoinHandle<()>>,
}

/// After a failure the next attempt waits so long.
const PAUSE: Duration = Duration::from_secs(5);

impl Membership {
    /// Begins to tell and to take, on the current tokio runtime.
    #[must_use]
    pub fn begin(link: Link, joining: Joining) -> Self {
        let standing = Arc::new(FleetStanding::new(link.clone(), Arc::clone(&joining.store)));
        let keys = Arc::new(OwnKeys::new(link.clone(), Arc::clone(&joining.store)));
        let claims = joining.claims.then(|| {
            Arc::new(Claims::new(
                link.clone(),
                Arc::clone(&joining.store),
                Arc::clone(&standing),
                Arc::clone(&keys),
            ))
        });
        let telling = Telling {
            keys,
            link: link.clone(),
            store: Arc::clone(&joining.store),
            timer: Arc::clone(&joining.timer),
            every: joining.health_every,
            health: joining.health,
        };
        let taking = Taking {
            link: link.clone(),
            store: joining.store,
            timer: Arc::clone(&joining.timer),
            wanted: joining.wanted,
            standing: Arc::clone(&standing),
        };
        let mut tasks = vec![tokio::spawn(telling.run()), tokio::spawn(taking.run())];
        if let Some(claims) = &claims {
            tasks.push(tokio::spawn(Arc::clone(claims).run(joining.timer)));
        }
        Self {
            link,
            standing,
            claims,
            tasks,
        }
    }

    /// How the membership is.
    #[must_use]
    pub fn standing(&self) -> Arc<FleetStanding> {
        Arc::clone(&self.standing)
    }

    /// The book of claims; none where this desk keeps its payments to itself.
    #[must_use]
    pub fn claims(&self) -> Option<Arc<Claims>> {
        self.claims.clone()
    }

    /// Ends the tasks, and the connection after what is on its way.
    pub async fn leave(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.link.close().await;
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Waits until the link stands.
async fn connected(link: &Link) {
    // The sender lives as long as the link.
    let _ = link.changes().wait_for(|connected| *connected).await;
}

/// Waits until it does not.
async fn gone(link: &Link) {
    let _ = link.changes().wait_for(|connected| !connected).await;
}

/// What went wrong on the way between store and fleet.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
