//! The fleet's server: a real `nats-server` with JetStream, its store in a folder.

use std::path::Path;
use std::time::Duration;

use cccd_desk::config;
use cccd_desk::fleet::setup::Keeping;
use cccd_desk::fleet::{Link, names};
use cccd_desk::simulation::fleet::server::NatsServer;
use tokio::task::block_in_place;

use super::process::signal;

/// A report as the stream has it.
pub struct Message {
    pub id: String,
    pub jws: String,
}

/// The server, run after run at one address.
pub struct Fleet(NatsServer);

impl Fleet {
    /// None where there is no such program.
    pub async fn start(folder: &Path) -> Option<Self> {
        if !NatsServer::installed() {
            println!("SKIPPED: the fleet in the storm; nats-server is not installed");
            return None;
        }
        let folder = folder.join("fleet");
        std::fs::create_dir(&folder).unwrap();
        let fleet = Self(block_in_place(|| NatsServer::start(&folder, &[])).unwrap());
        fleet
            .link("operator")
            .await
            .set_up(Keeping::default())
            .await
            .unwrap();
        Some(fleet)
    }

    /// What a desk's configuration says of it.
    pub fn configuration(&self) -> String {
        format!(
            "[fleet]\nservers = [{:?}]\nclaims = false\ntimeout_milliseconds = 1000\n",
            self.0.url()
        )
    }

    /// A connection that stands.
    pub async fn link(&self, name: &str) -> Link {
        let settings = config::Fleet {
            servers: vec![self.0.url().parse().unwrap()],
            ..config::Fleet::default()
        };
        let link = Link::open(&settings, name).await.unwrap();
        let mut changes = link.changes();
        changes.wait_for(|connected| *connected).await.unwrap();
        link
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        block_in_place(|| self.0.kill());
    }

    pub fn start_again(&mut self) {
        block_in_place(|| self.0.restart()).unwrap();
    }

    /// SIGSTOP: its connections stay open.
    pub fn pause(&self) {
        signal(self.0.id(), "STOP");
    }

    /// SIGCONT.
    pub fn go_on(&self) {
        signal(self.0.id(), "CONT");
    }

    /// Every report in the stream, in its order, after the server was killed once more.
    pub async fn messages(&mut self) -> Vec<Message> {
        self.start_again();
        let client = async_nats::connect(self.0.url()).await.unwrap();
        let jetstream = async_nats::jetstream::new(client);
        let stream = jetstream.get_stream(names::REPORTS).await.unwrap();
        let last = stream.cached_info().state.last_sequence;
        let mut messages = Vec::new();
        for sequence in 1..=last {
            let asked = stream.get_raw_message(sequence);
            let message = tokio::time::timeout(Duration::from_secs(60), asked).await;
            let message = message.unwrap().unwrap();
            let id = message.headers.get("Nats-Msg-Id").unwrap();
            messages.push(Message {
                id: id.as_str().to_owned(),
                jws: String::from_utf8(message.payload.to_vec()).unwrap(),
            });
        }
        messages
    }
}
