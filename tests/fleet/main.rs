//! Desks at one NATS server: a real one, killed and started again.
//!
//! # Layout
//! - here: what all tests stand on
//! - [`commands`]: what an operator types
//! - [`member`]: a desk that belongs to the office
//! - [`reports`]: reports arrive in the stream once
//! - [`many`]: many desks at once, the server killed meanwhile
//! - [`payments`]: paid once, or a conflict
//! - [`spine`]: what goes up and what comes down
//! - [`tls`]: both ends prove who they are
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod many;
mod member;
mod payments;
mod reports;
mod spine;
mod tls;

use core::time::Duration;
use std::path::PathBuf;

use cccd_desk::config::Fleet;
use cccd_desk::fleet::Link;
use cccd_desk::fleet::rights::Rights;
use cccd_desk::fleet::setup::Keeping;
use cccd_desk::simulation::fleet::server::{NatsServer, User};

/// No test waits longer for what must come: so that a fault fails instead of hanging.
pub const LONG: Duration = Duration::from_secs(60);

/// A server with all that desks need, and who may speak there.
pub struct Office {
    /// Its files.
    pub folder: tempfile::TempDir,
    /// The server.
    pub server: NatsServer,
    /// Who set it up.
    pub operator: Link,
}

/// The file with the seed of somebody's NKey, and the public key.
fn key_file(folder: &std::path::Path, who: &str) -> (PathBuf, String) {
    let path = folder.join(format!("{who}.nkey"));
    let public = cccd_desk::fleet::key::make(&path).unwrap();
    (path, public)
}

impl Office {
    /// One that lets these desks in, and the operator.
    pub async fn open(desks: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let user = |who: &str, rights| User {
            public_key: key_file(folder.path(), who).1,
            rights,
        };
        let mut users: Vec<_> = desks
            .iter()
            .map(|desk| user(desk, Rights::of_desk(desk)))
            .collect();
        users.push(user("operator", Rights::of_operator("operator")));
        let server = NatsServer::start(folder.path(), &users).unwrap();
        let mut office = Self {
            operator: link(
                &server.url(),
                folder.path().join("operator.nkey"),
                "operator",
            )
            .await,
            folder,
            server,
        };
        connected(&mut office.operator).await;
        office.operator.set_up(Keeping::default()).await.unwrap();
        office
    }

    /// The client library itself, with an operator's rights: for what nobody here would do.
    pub async fn bare(&self) -> async_nats::jetstream::Context {
        let seed = std::fs::read_to_string(self.folder.path().join("operator.nkey")).unwrap();
        let options = async_nats::ConnectOptions::with_nkey(seed.trim().to_owned())
            .custom_inbox_prefix("_INBOX_operator");
        let client = options.connect(self.server.url()).await.unwrap();
        async_nats::jetstream::new(client)
    }

    /// The settings of a desk.
    pub fn settings(&self, desk: &str) -> Fleet {
        settings(
            &self.server.url(),
            self.folder.path().join(format!("{desk}.nkey")),
        )
    }

    /// The link of a desk, connected.
    pub async fn link(&self, desk: &str) -> Link {
        let mut link = Link::open(&self.settings(desk), desk).await.unwrap();
        connected(&mut link).await;
        link
    }
}

/// The settings of whoever holds that NKey.
pub fn settings(url: &str, nkey: PathBuf) -> Fleet {
    Fleet {
        servers: vec![url.parse().unwrap()],
        nkey_file: Some(nkey),
        ..Fleet::default()
    }
}

async fn link(url: &str, nkey: PathBuf, desk: &str) -> Link {
    Link::open(&settings(url, nkey), desk).await.unwrap()
}

/// Freezes a process, or lets it go on: it keeps its connections and answers nobody meanwhile.
pub fn freeze(process: u32, frozen: bool) {
    let signal = if frozen { "-STOP" } else { "-CONT" };
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill {signal} {process}")])
        .status();
    assert!(sent.unwrap().success());
}

/// Waits until the link stands.
pub async fn connected(link: &mut Link) {
    let mut changes = link.changes();
    let stands = changes.wait_for(|connected| *connected);
    tokio::time::timeout(LONG, stands).await.unwrap().unwrap();
}
