//! The connection. It is made anew whenever it breaks, for as long as the desk runs; nobody waits for it.

use core::fmt;
use core::time::Duration;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ClientError, ConnectErrorKind, ConnectOptions, Event};
use thiserror::Error;
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::names;
use crate::config::Fleet;

/// Why the fleet did not do what it was asked.
#[derive(Debug, Error)]
pub enum FleetError {
    /// A file of the credentials cannot be used.
    #[error("cannot use {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The address or the credentials do not make a connection.
    #[error("no connection to the fleet can be set up: {0}")]
    Setup(String),
    /// No server of the fleet is connected.
    #[error("no server of the fleet is connected")]
    Offline,
    /// No answer in time.
    #[error("the fleet did not answer in time")]
    Timeout,
    /// A server said no: a stream or bucket that is missing, or a right that this desk lacks.
    #[error("the fleet refused: {0}")]
    Refused(String),
    /// The message is longer than the servers take.
    #[error("the message is longer than the fleet takes")]
    TooLong,
    /// What came is no such thing.
    #[error("the fleet sent something else: {0}")]
    Malformed(&'static str),
}

/// What the operator is told when a link does not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No server answers.
    Unreachable,
    /// The server does not accept who this desk is.
    Unauthorised,
}

/// The connection of one desk to its fleet.
#[derive(Clone)]
pub struct Link {
    client: Client,
    jetstream: Context,
    desk: Arc<str>,
    timeout: Duration,
    connected: watch::Receiver<bool>,
    unauthorised: Arc<Mutex<bool>>,
    failures: watch::Receiver<u64>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("desk", &self.desk)
            .field("connected", &self.connected())
            .finish_non_exhaustive()
    }
}

/// No pause between two attempts to connect is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What a server answers to whom it does not know.
const NOT_LET_IN: [ConnectErrorKind; 2] = [
    ConnectErrorKind::AuthorizationViolation,
    ConnectErrorKind::Authentication,
];
/// The client's own patience, in questions: [`Link::within`] ends first, so that silence is never taken for a
/// refusal.
const INNER: u32 = 2;
/// A seed of an NKey is 58 characters.
const LONGEST_SEED: u64 = 256;

impl Link {
    /// Begins to connect, as a desk of that identifier; comes back at once. To be called within a Tokio
    /// runtime.
    ///
    /// # Errors
    /// [`FleetError::File`], [`FleetError::Setup`]: the settings cannot be used. That no server answers is
    /// no error here.
    pub async fn open(settings: &Fleet, desk: &str) -> Result<Self, FleetError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (told, connected) = watch::channel(false);
        let unauthorised = Arc::new(Mutex::new(false));
        let refused = Arc::clone(&unauthorised);
        let (failed, failures) = watch::channel(0_u64);
        let mut options = match &settings.nkey_file {
            Some(path) => ConnectOptions::with_nkey(seed(path)?.to_string()),
            None => ConnectOptions::new(),
        };
        if let Some(path) = &settings.ca_file {
            readable(path)?;
            options = options.add_root_certificates(path.clone());
        }
        if let (Some(certificate), Some(key)) =
            (&settings.client_certificate_file, &settings.client_key_file)
        {
            readable(certificate)?;
            readable(key)?;
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let inner = settings.timeout() * INNER;
        let options = options
            .name(format!("cccd-desk {desk}"))
            // No other desk can be let in to what is answered to this one.
            .custom_inbox_prefix(format!("_INBOX_{}", names::token(desk)))
            .require_tls(
                settings
                    .servers
                    .iter()
                    .any(crate::config::FleetServer::is_tls),
            )
            // What is sent is for the configured addresses alone.
            .ignore_discovered_servers()
            .connection_timeout(settings.timeout())
            .request_timeout(Some(inner))
            .ping_interval(Duration::from_secs(20))
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(pause)
            .event_callback(move |event| {
                match event {
                    Event::Connected => {
                        set(&refused, false);
                        told.send_replace(true);
                    }
                    Event::Disconnected | Event::Closed => {
                        told.send_replace(false);
                    }
                    // An attempt to connect tells why it failed by the words of its kind alone.
                    Event::ClientError(ClientError::Other(why)) => {
                        set(
                            &refused,
                            NOT_LET_IN.iter().any(|kind| why == kind.to_string()),
                        );
                        failed.send_modify(|count| *count = count.saturating_add(1));
                    }
                    _ => {}
                }
                core::future::ready(())
            });
        let servers: Vec<String> = settings.servers.iter().map(ToString::to_string).collect();
        let client = options
            .connect(servers)
            .await
            .map_err(|error| FleetError::Setup(error.to_string()))?;
        let jetstream = ContextBuilder::new()
            .timeout(inner)
            .ack_timeout(inner)
            .build(client.clone());
        Ok(Self {
            client,
            jetstream,
            desk: desk.into(),
            timeout: settings.timeout(),
            connected,
            unauthorised,
            failures,
        })
    }

    /// Waits until an attempt to connect has failed.
    pub async fn tried(&self) {
        // The sender lives as long as the client.
        let _ = self.failures.clone().wait_for(|count| *count > 0).await;
    }

    /// The desk that speaks.
    #[must_use]
    pub fn desk(&self) -> &str {
        &self.desk
    }

    /// Whether a server is connected now.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// What keeps the link from coming about; none while it stands.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        if self.connected() {
            return None;
        }
        let unauthorised = *self
            .unauthorised
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Some(if unauthorised {
            Trouble::Unauthorised
        } else {
            Trouble::Unreachable
        })
    }

    /// Waits until a server is connected, so long at most.
    ///
    /// # Errors
    /// What keeps the link from coming about.
    pub async fn stands_within(&self, patience: Duration) -> Result<(), Trouble> {
        let mut changes = self.changes();
        let stands = changes.wait_for(|connected| *connected);
        match tokio::time::timeout(patience, stands).await {
            Ok(_) => Ok(()),
            Err(_) => Err(self.trouble().unwrap_or(Trouble::Unreachable)),
        }
    }

    /// Changes when the link comes about and when it breaks.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<bool> {
        self.connected.clone()
    }

    /// How long one question and its answer may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends what is on its way, and ends.
    pub async fn close(&self) {
        // Without a server there is nothing to wait for.
        let _ = tokio::time::timeout(self.timeout, self.client.drain()).await;
    }

    /// JetStream, while a server is connected: nothing waits in the client for a server to come.
    pub(super) fn jetstream(&self) -> Result<&Context, FleetError> {
        if self.connected() {
            Ok(&self.jetstream)
        } else {
            Err(FleetError::Offline)
        }
    }

    /// Bounds a question.
    pub(super) async fn within<T>(
        &self,
        question: impl Future<Output = Result<T, FleetError>>,
    ) -> Result<T, FleetError> {
        tokio::time::timeout(self.timeout, question)
            .await
            .unwrap_or(Err(FleetError::Timeout))
    }
}

/// An answer that is neither what was asked for nor a reason of its own.
pub(super) fn refused(error: impl fmt::Display) -> FleetError {
    FleetError::Refused(error.to_string())
}

fn set(flag: &Mutex<bool>, value: bool) {
    *flag.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

/// Doubled each time, with a part of chance, so that the desks of an office do not return all at once.
fn pause(attempts: usize) -> Duration {
    let doubled = 1_u64 << attempts.min(12);
    let most = Duration::from_millis(doubled.saturating_mul(50)).min(LONGEST_PAUSE);
    let mut byte = [0; 1];
    // Without chance the pause is as good, only less spread.
    let _ = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut byte);
    let [chance] = byte;
    most / 2 + most.saturating_mul(u32::from(chance)) / 512
}

fn fault(path: &Path, problem: impl fmt::Display) -> FleetError {
    FleetError::File {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

fn readable(path: &Path) -> Result<(), FleetError> {
    std::fs::File::open(path)
        .map(drop)
        .map_err(|error| fault(path, error))
}

/// Reads the seed of an NKey.
fn seed(path: &Path) -> Result<Zeroizing<String>, FleetError> {
    let file = std::fs::File::open(path).map_err(|error| fault(path, error))?;
    let about = file.metadata().map_err(|error| fault(path, error))?;
    if about.mode() & 0o077 != 0 {
        return Err(fault(path, "others can read it; set its mode to 0600"));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST_SEED)
        .read_to_string(&mut text)
        .map_err(|error| fault(path, error))?;
    let seed = Zeroizing::new(text.trim().to_owned());
    if nkeys::KeyPair::from_seed(&seed).is_err() {
        return Err(fault(path, "it holds no seed of an NKey"));
    }
    Ok(seed)
}
