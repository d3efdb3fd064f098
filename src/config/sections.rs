//! What can be configured.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::magic::RelativePathBuf;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Endpoint, Fingerprint, Fleet, Privacy, Quirk, Report, Scanner};
use crate::crypto::hash::sha256_hex;
use crate::decision::policy::written;
use crate::decision::{Policies, Policy};

/// The whole configuration. Every path is absolute or relative to the file that names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder of the database and its key; filled in when loaded.
    #[serde(deserialize_with = "path")]
    pub data_dir: PathBuf,
    /// The folder of trust anchors; filled in when loaded (`trust` in the data folder).
    #[serde(deserialize_with = "path")]
    pub trust_dir: PathBuf,
    /// The folder of face models; filled in when loaded (`models` in the data folder).
    #[serde(deserialize_with = "path")]
    pub models_dir: PathBuf,
    /// Which desk this is.
    pub desk: Desk,
    /// Where the desk listens, and for whom.
    pub api: Api,
    /// Which readers it uses.
    pub readers: Readers,
    /// Whose pictures count.
    pub camera: Camera,
    /// The fingerprint module, and what becomes of fingers.
    pub fingerprint: Fingerprint,
    /// How long a session and its waits last.
    pub session: Session,
    /// Budgets of one reading.
    pub reading: Reading,
    /// What this desk shows to a chip to be given the fingerprints.
    pub terminal: Terminal,
    /// Which cards were reported lost.
    pub status: Status,
    /// Whose lists of payees count.
    pub payees: Payees,
    /// The register that is asked about cards.
    pub register: Register,
    /// How long what is kept of people stays.
    pub privacy: Privacy,
    /// Where reports go and what is in them.
    pub report: Report,
    /// The fleet that this desk belongs to.
    pub fleet: Fleet,
    /// Code scanners on serial lines.
    pub scanner: Vec<Scanner>,
    /// What readers and chips are known to bear; later ones win.
    pub quirk: Vec<Quirk>,
    /// Policies as they are written; see [`Self::policies`].
    pub policy: BTreeMap<String, serde_json::Value>,
    /// The ready-made policies, with those of this configuration.
    #[serde(skip)]
    pub policies: Policies,
}

/// Which desk this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Desk {
    /// Stable, unique in the office: letters, digits, `.`, `_`, `-`; at most 64. Part of every
    /// report's `source`.
    pub id: String,
    /// For people.
    pub name: String,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            id: "desk-1".to_owned(),
            name: "Quầy số 1".to_owned(),
        }
    }
}

/// Where the desk listens, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Accepted names in the `Host` header, without port.
    pub allowed_hosts: Vec<String>,
    /// Accepted values of the `Origin` header besides the desk's own page.
    pub allowed_origins: Vec<String>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8737)),
            allowed_hosts: ["localhost", "127.0.0.1", "[::1]"]
                .map(str::to_owned)
                .into(),
            allowed_origins: Vec::new(),
        }
    }
}

/// Which readers the desk uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Readers {
    /// A reader is used when its name contains one of these; empty: all are.
    pub allowed: Vec<String>,
}

impl Readers {
    /// Whether the reader of that name is used.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Whose pictures of the person count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Camera {
    /// Cameras by the name that they give themselves; empty: every camera's pictures count.
    pub allowed: Vec<String>,
    /// The desk's own cameras (V4L2) by their names under `/dev/v4l/by-id`; the first one is used
    /// where no name is given.
    pub devices: Vec<String>,
}

/// How long a session and its waits last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// From opening to its end, whatever happens.
    pub lifetime_seconds: u64,
    /// The wait for the key: QR, MRZ, typed fields or CAN.
    pub key_wait_seconds: u64,
    /// The wait for a card, laid first or laid back.
    pub card_wait_seconds: u64,
    /// The wait for the clerk's look or for the person.
    pub person_wait_seconds: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            lifetime_seconds: 600,
            key_wait_seconds: 120,
            card_wait_seconds: 60,
            person_wait_seconds: 180,
        }
    }
}

/// Budgets of one reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// One command and its answer.
    pub apdu_milliseconds: u64,
    /// The whole reading.
    pub total_seconds: u64,
    /// How long a card that was lifted while it was read is waited for; 0 is not at all.
    pub lay_back_seconds: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            apdu_milliseconds: 5_000,
            total_seconds: 30,
            lay_back_seconds: 20,
        }
    }
}

/// What this desk shows to a chip to be given the fingerprints (ICAO 9303-11, 7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terminal {
    /// The folder of card verifiable certificates; without it no fingerprints are read.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub certificates_dir: Option<PathBuf>,
    /// PKCS#8, mode 0600: the private key of the terminal's certificate; without it the one key
    /// file of that folder.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub key_file: Option<PathBuf>,
    /// The names of the policies that want the fingerprints.
    pub fingerprints: Vec<String>,
}

impl Terminal {
    /// The policy, wanting the fingerprints where its name is in the list.
    #[must_use]
    pub fn apply(&self, policy: Policy) -> Policy {
        if self.fingerprints.contains(&policy.name) {
            policy.wanting_fingerprints()
        } else {
            policy
        }
    }
}

/// Which cards were reported lost or withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Status {
    /// One card a line: personal number, document number or the SHA-256 of either; without it only
    /// what the trust folder holds of such is asked.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub lost_cards_file: Option<PathBuf>,
}

/// Whose lists of payees count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payees {
    /// Files of public keys: JSON Web Keys or sets of them (RFC 7517). A list signed with another key is
    /// refused.
    #[serde(deserialize_with = "paths")]
    pub signers: Vec<PathBuf>,
    /// What becomes of a list that nobody signed.
    pub unsigned: Unsigned,
}

/// What becomes of a list that nobody signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unsigned {
    /// It is refused.
    #[default]
    Refuse,
    /// It counts, and is marked wherever it is shown.
    Allow,
}

/// The register that is asked about cards: the contract is docs/register.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Register {
    /// Its address, below which `/v1/check` is; without it none is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Endpoint>,
    /// PEM: the only authorities accepted for the register; without it the system's.
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
    /// One question, from connecting to the last byte of its answer: nobody waits longer.
    pub budget_milliseconds: u64,
}

impl Default for Register {
    fn default() -> Self {
        Self {
            url: None,
            ca_file: None,
            client_certificate_file: None,
            client_key_file: None,
            budget_milliseconds: 3_000,
        }
    }
}

impl Register {
    /// The longest that a question may take.
    #[must_use]
    pub const fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_milliseconds)
    }
}

impl Config {
    /// SHA-256 of each section, lower-case hex, by its name: by what a change is known, and nothing of what
    /// stands in it.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        let written = serde_json::to_value(self).unwrap_or_default();
        let sections = written.as_object().into_iter().flatten();
        sections
            .map(|(name, section)| (name.clone(), sha256_hex(section.to_string().as_bytes())))
            .collect()
    }

    /// The policies that are not ready-made ones, each as text that another desk reads.
    #[must_use]
    pub fn policy_texts(&self) -> Vec<String> {
        let own = self.policies.all().iter();
        own.filter(|policy| Policy::ready_made(&policy.name).as_ref() != Some(policy))
            .map(written::write)
            .collect()
    }
}

/// A value that is out of its bounds.
pub(super) struct Problem {
    pub(super) key: &'static str,
    pub(super) problem: String,
}

impl Config {
    /// Checks what types cannot say.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let desk_id = &self.desk.id;
        ensure(
            "desk.id",
            (1..=64).contains(&desk_id.len())
                && desk_id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
            "must be 1 to 64 letters, digits, dots, underscores or hyphens (ASCII)",
        )?;
        ensure(
            "desk.name",
            (1..=200).contains(&self.desk.name.chars().count())
                && !self.desk.name.chars().any(char::is_control),
            "must be 1 to 200 characters, none of them a control character",
        )?;
        ensure(
            "api.listen",
            self.api.listen.ip().is_loopback(),
            "must be an address of this machine (127.0.0.1 or [::1]): beyond it the desk would need TLS",
        )?;
        ensure(
            "api.allowed_hosts",
            !self.api.allowed_hosts.is_empty(),
            "must name at least one host",
        )?;
        ensure(
            "readers.allowed",
            self.readers.allowed.iter().all(|part| !part.is_empty()),
            "an empty name would allow every reader; leave the list empty for that",
        )?;

        ensure(
            "camera.devices",
            self.camera.devices.len() <= MOST_CAMERAS
                && self.camera.devices.iter().all(|name| is_plain(name)),
            "each must be one name as it stands in /dev/v4l/by-id, and there may be 8",
        )?;
        ensure(
            "scanner",
            self.scanner.len() <= MOST_SCANNERS,
            "there may be 16",
        )?;

        within(
            "session.lifetime_seconds",
            self.session.lifetime_seconds,
            10,
            3_600,
        )?;
        within(
            "session.key_wait_seconds",
            self.session.key_wait_seconds,
            1,
            3_600,
        )?;
        within(
            "session.card_wait_seconds",
            self.session.card_wait_seconds,
            1,
            3_600,
        )?;
        within(
            "session.person_wait_seconds",
            self.session.person_wait_seconds,
            1,
            3_600,
        )?;
        within(
            "reading.apdu_milliseconds",
            self.reading.apdu_milliseconds,
            100,
            60_000,
        )?;
        within("reading.total_seconds", self.reading.total_seconds, 5, 300)?;
        let lay_back = self.reading.lay_back_seconds;
        within("reading.lay_back_seconds", lay_back, 0, 120)?;
        within(
            "register.budget_milliseconds",
            self.register.budget_milliseconds,
            100,
            30_000,
        )?;
        ensure(
            "register.client_key_file",
            self.register.client_key_file.is_some()
                == self.register.client_certificate_file.is_some(),
            "and register.client_certificate_file are given together or not at all",
        )?;
        self.fingerprint.check()?;
        self.privacy.check()?;
        self.fleet.check()?;
        ensure(
            "terminal.key_file",
            self.terminal.key_file.is_none() || self.terminal.certificates_dir.is_some(),
            "is of no use without terminal.certificates_dir",
        )?;
        ensure(
            "terminal.fingerprints",
            self.terminal
                .fingerprints
                .iter()
                .all(|name| self.policies.get(name).is_some()),
            format_args!("may name {}", self.policies.names().join(", ")),
        )?;
        self.report.check()
    }
}

/// The most scanners and cameras of one desk: each has a thread of its own.
const MOST_SCANNERS: usize = 16;
const MOST_CAMERAS: usize = 8;

/// Whether a name is one entry of a folder and leads nowhere else.
fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

pub(super) fn ensure(
    key: &'static str,
    holds: bool,
    problem: impl fmt::Display,
) -> Result<(), Problem> {
    if holds {
        return Ok(());
    }
    Err(Problem {
        key,
        problem: problem.to_string(),
    })
}

pub(super) fn within(key: &'static str, value: u64, least: u64, most: u64) -> Result<(), Problem> {
    ensure(
        key,
        (least..=most).contains(&value),
        format_args!("must be {least} to {most}, not {value}"),
    )
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    RelativePathBuf::deserialize(deserializer).map(|path| path.relative())
}

fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let paths = Vec::<RelativePathBuf>::deserialize(deserializer)?;
    Ok(paths.iter().map(RelativePathBuf::relative).collect())
}

pub(super) fn optional_path<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    Option::<RelativePathBuf>::deserialize(deserializer)
        .map(|path| path.map(|path| path.relative()))
}
