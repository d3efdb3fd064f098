//! The fleet's servers, where an office has many desks.

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;

use reqwest::Url;
use serde::{Deserialize, Serialize, Serializer};

use super::endpoint::is_loopback;
use super::sections::{Problem, ensure, optional_path, within};

/// The fleet: NATS servers with JetStream, and what this desk does with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fleet {
    /// The servers of one cluster; without any this desk is on its own.
    pub servers: Vec<FleetServer>,
    /// The desk's seed of an NKey, mode 0600.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub nkey_file: Option<PathBuf>,
    /// PEM: the only authorities accepted for the servers; without it the system's.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub ca_file: Option<PathBuf>,
    /// PEM: the certificate chain that the desk shows.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_certificate_file: Option<PathBuf>,
    /// PEM: the private key of that certificate.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_key_file: Option<PathBuf>,
    /// Whether reports go there, besides the case system if there is one.
    pub reports: bool,
    /// Whether a payment is claimed there before it counts, while the servers answer.
    pub claims: bool,
    /// One question and its answer.
    pub timeout_milliseconds: u64,
    /// How often the desk says how it is.
    pub health_seconds: u64,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            nkey_file: None,
            ca_file: None,
            client_certificate_file: None,
            client_key_file: None,
            reports: true,
            claims: true,
            timeout_milliseconds: 3_000,
            health_seconds: 30,
        }
    }
}

impl Fleet {
    /// Whether this desk belongs to a fleet.
    #[must_use]
    pub const fn joined(&self) -> bool {
        !self.servers.is_empty()
    }

    /// Whether reports go there.
    #[must_use]
    pub const fn takes_reports(&self) -> bool {
        self.joined() && self.reports
    }

    /// How long one question and its answer may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    /// Checks what types cannot say.
    pub(super) fn check(&self) -> Result<(), Problem> {
        ensure(
            "fleet.client_key_file",
            self.client_key_file.is_some() == self.client_certificate_file.is_some(),
            "and fleet.client_certificate_file are given together or not at all",
        )?;
        ensure(
            "fleet.nkey_file",
            self.nkey_file.is_some()
                || self.client_key_file.is_some()
                || self.servers.iter().all(FleetServer::is_loopback),
            "or a client certificate is needed: the servers must know which desk speaks",
        )?;
        within(
            "fleet.timeout_milliseconds",
            self.timeout_milliseconds,
            200,
            30_000,
        )?;
        within("fleet.health_seconds", self.health_seconds, 5, 3_600)
    }
}

/// The address of a NATS server: `tls://host:port`, or `nats://` on this very machine.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FleetServer(Url);

impl FleetServer {
    /// True for an address of this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "tls"
    }
}

impl TryFrom<String> for FleetServer {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl core::str::FromStr for FleetServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| "not an address such as tls://host:4222")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address holds no user name and no password; use fleet.nkey_file");
        }
        match url.scheme() {
            "tls" if url.host_str().is_some() => Ok(Self(url)),
            "nats" if is_loopback(&url) => Ok(Self(url)),
            "nats" => {
                Err("nats:// is for this machine alone (localhost, 127.0.0.1, ::1); use tls://")
            }
            _ => Err("the address must begin with tls://"),
        }
    }
}

impl fmt::Display for FleetServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for FleetServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for FleetServer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
