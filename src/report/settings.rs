//! What is reported, and where to.

use core::time::Duration;
use std::path::PathBuf;

use crate::config::{self, Config, Endpoint, ReportField};
use crate::decision::VerdictKind;
use crate::store::{Bounds, Destination};

/// What is reported. Without a destination nothing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSettings {
    /// Where reports go.
    pub destinations: Vec<Destination>,
    /// What is sent of the person besides the confirmed number.
    pub fields: Vec<ReportField>,
    /// Which verdicts are reported.
    pub verdicts: Vec<VerdictKind>,
    /// From where on no further session is opened.
    pub bounds: Bounds,
}

impl From<&Config> for ReportSettings {
    fn from(config: &Config) -> Self {
        let report = &config.report;
        let case_system = report.case_system.is_some();
        let fleet = config.fleet.takes_reports();
        let goes = |destination: &Destination| match destination {
            Destination::CaseSystem => case_system,
            Destination::Fleet => fleet,
        };
        Self {
            destinations: Destination::ALL.into_iter().filter(goes).collect(),
            fields: report.fields.clone(),
            verdicts: report.verdicts.clone(),
            bounds: Bounds {
                waiting: report.outbox_limit,
                disk: report.disk_reserve_megabytes << 20,
            },
        }
    }
}

impl ReportSettings {
    /// Whether a verdict of that kind is reported.
    #[must_use]
    pub fn reports(&self, verdict: VerdictKind) -> bool {
        !self.destinations.is_empty() && self.verdicts.contains(&verdict)
    }
}

/// How patiently one destination is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The wait after the first failure; it doubles with each, with jitter.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
}

impl From<&config::Report> for Pace {
    fn from(report: &config::Report) -> Self {
        Self {
            first_wait: report.retry.first(),
            longest_wait: report.retry.longest(),
        }
    }
}

/// Where reports go, and with what patience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySettings {
    /// The case system.
    pub endpoint: Endpoint,
    /// PEM: the only authorities accepted; without it the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM: the desk's certificate chain and its private key, for mutual TLS.
    pub client: Option<ClientFiles>,
    /// One attempt, from connecting to the last byte of the receipt.
    pub timeout: Duration,
    /// How patiently.
    pub pace: Pace,
}

/// The desk's identity towards the case system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFiles {
    /// PEM: the certificate chain.
    pub certificate: PathBuf,
    /// PEM: the private key.
    pub key: PathBuf,
}

impl ClientFiles {
    /// The two files of a configuration, where it names both.
    #[must_use]
    pub fn of(certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Option<Self> {
        let (certificate, key) = certificate.cloned().zip(key.cloned())?;
        Some(Self { certificate, key })
    }
}

impl DeliverySettings {
    /// The settings for a case system at `endpoint`, all else by default.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self::from_report(endpoint, &config::Report::default())
    }

    /// The settings of a configuration; `None` when it names no case system.
    #[must_use]
    pub fn of(report: &config::Report) -> Option<Self> {
        Some(Self::from_report(report.case_system.clone()?, report))
    }

    fn from_report(endpoint: Endpoint, report: &config::Report) -> Self {
        Self {
            endpoint,
            ca_file: report.ca_file.clone(),
            client: ClientFiles::of(
                report.client_certificate_file.as_ref(),
                report.client_key_file.as_ref(),
            ),
            timeout: Duration::from_secs(report.timeout_seconds),
            pace: Pace::from(report),
        }
    }
}
