//! A case system that receives reports: the demo's, and a pattern for integrators.
//!
//! # Layout
//! - [`serve`] and [`CaseSystem`]: the running receiver and its handle
//! - [`fault`]: ways in which it can be made to fail
//! - `ledger`: what was received, each report once
//! - `archive`: the file that it is kept in, where it is to outlast the process
//! - `keys`: the desk's public keys
//! - `routes`: `POST /reports`, `GET /received`, and a page for people at `/`

mod archive;
pub mod fault;
mod keys;
mod ledger;
mod routes;

use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub use fault::Fault;
pub use keys::Keys;
use ledger::Ledger;
pub use ledger::Received;

/// How the receiver is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The keys that reports must be signed with.
    pub keys: Keys,
    /// How it fails from the start.
    pub fault: Fault,
    /// The file that keeps what was received, a line of JSON a report, written and synced before the
    /// receipt leaves; none: it is forgotten with the process. The reports in it are personal data.
    pub store: Option<PathBuf>,
}

impl Options {
    /// A receiver in good health for reports signed with `keys`.
    #[must_use]
    pub const fn new(keys: Keys) -> Self {
        Self {
            keys,
            fault: Fault::None,
            store: None,
        }
    }
}

/// What requests share.
struct Shared {
    keys: Keys,
    ledger: Ledger,
    fault: watch::Receiver<Fault>,
}

/// A running case system. [`CaseSystem::shutdown`] ends it; dropping it ends it too.
#[derive(Debug)]
pub struct CaseSystem {
    address: SocketAddr,
    shared: Arc<Shared>,
    fault: watch::Sender<Fault>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Serves on `listener` until the handle is shut down or dropped.
///
/// # Errors
/// The listener has no address, or the store cannot be used.
pub fn serve(listener: TcpListener, options: Options) -> std::io::Result<CaseSystem> {
    let address = listener.local_addr()?;
    let (fault, faults) = watch::channel(options.fault);
    let ledger = match &options.store {
        Some(file) => Ledger::kept_in(file)?,
        None => Ledger::default(),
    };
    let shared = Arc::new(Shared {
        keys: options.keys,
        ledger,
        fault: faults.clone(),
    });
    let (stop, stopped) = oneshot::channel();
    let router = routes::router(Arc::clone(&shared));
    let door = Door {
        listener,
        fault: faults,
    };
    let task = tokio::spawn(async move {
        let served = axum::serve(door, router).with_graceful_shutdown(async move {
            // A dropped handle ends the server as well.
            let _ = stopped.await;
        });
        if let Err(error) = served.await {
            tracing::error!(%error, "the simulated case system ended");
        }
    });
    Ok(CaseSystem {
        address,
        shared,
        fault,
        stop,
        task,
    })
}

impl CaseSystem {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where reports are posted.
    #[must_use]
    pub fn reports_url(&self) -> String {
        format!("http://{}/reports", self.address)
    }

    /// Makes it fail, or heals it ([`Fault::None`]). Answers that are held back go out.
    pub fn set_fault(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// How it fails now.
    #[must_use]
    pub fn fault(&self) -> Fault {
        *self.fault.borrow()
    }

    /// What was received, the oldest first; at most [`ledger::LISTED`] of them.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.ledger.list()
    }

    /// Waits until `enough` of what was received, the oldest first.
    pub async fn wait_until(&self, enough: impl Fn(&[Received]) -> bool) {
        self.shared.ledger.wait_until(enough).await;
    }

    /// Forgets what was received: the list is empty, and a report that comes again is a new one.
    pub fn forget(&self) {
        self.shared.ledger.forget();
    }

    /// Waits until at least `count` different reports were received since the start.
    pub async fn wait_for(&self, count: u64) {
        self.shared.ledger.wait_for(count, count).await;
    }

    /// Waits until at least `count` deliveries came since the start, repeated ones counted.
    pub async fn wait_for_deliveries(&self, count: u64) {
        self.shared.ledger.wait_for(0, count).await;
    }

    /// Ends it and waits for the requests under way.
    pub async fn shutdown(self) {
        self.fault.send_replace(Fault::None);
        // The task may have ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A listener that hangs up on whoever comes while the case system is down.
struct Door {
    listener: TcpListener,
    fault: watch::Receiver<Fault>,
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if *self.fault.borrow() != Fault::Down {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests;
