//! Where reports go and what is in them.

use core::time::Duration;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Endpoint;
use super::sections::{Problem, ensure, optional_path, within};
use crate::decision::VerdictKind;

/// Where reports go and what is in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// The case system's address for reports; without it nothing is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_system: Option<Endpoint>,
    /// PEM: the only authorities accepted for the case system; without it the system's.
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
    /// One attempt, from connecting to the last byte of the receipt.
    pub timeout_seconds: u64,
    /// What is sent of the person besides the confirmed number.
    pub fields: Vec<ReportField>,
    /// Which verdicts are reported: unreadable counts with undetermined.
    pub verdicts: Vec<VerdictKind>,
    /// How many reports may wait to be sent before no further session is opened; those refused for good do not
    /// count.
    pub outbox_limit: u64,
    /// How many megabytes of disk must be free before a session is opened.
    pub disk_reserve_megabytes: u64,
    /// When a report is tried again.
    pub retry: Retry,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            case_system: None,
            ca_file: None,
            client_certificate_file: None,
            client_key_file: None,
            timeout_seconds: 10,
            fields: vec![ReportField::Name, ReportField::BirthDate],
            verdicts: vec![
                VerdictKind::Verified,
                VerdictKind::NotVerified,
                VerdictKind::Undetermined,
            ],
            outbox_limit: 20_000,
            disk_reserve_megabytes: 200,
            retry: Retry::default(),
        }
    }
}

/// A field of the person that a report may carry besides the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportField {
    /// The name as the card's signed data have it.
    Name,
    /// ISO 8601.
    BirthDate,
}

/// When a report is tried again: the wait doubles from the first to the longest, with jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// The wait after the first failure.
    pub first_milliseconds: u64,
    /// No wait is longer.
    pub longest_seconds: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first_milliseconds: 1_000,
            longest_seconds: 300,
        }
    }
}

impl Retry {
    /// The wait after the first failure.
    #[must_use]
    pub const fn first(&self) -> Duration {
        Duration::from_millis(self.first_milliseconds)
    }

    /// No wait is longer.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        Duration::from_secs(self.longest_seconds)
    }
}

impl Report {
    /// Checks what types cannot say.
    pub(super) fn check(&self) -> Result<(), Problem> {
        within("report.timeout_seconds", self.timeout_seconds, 1, 120)?;
        within(
            "report.retry.first_milliseconds",
            self.retry.first_milliseconds,
            100,
            60_000,
        )?;
        within(
            "report.retry.longest_seconds",
            self.retry.longest_seconds,
            1,
            86_400,
        )?;
        ensure(
            "report.retry.longest_seconds",
            self.retry.first() <= self.retry.longest(),
            "must not be shorter than report.retry.first_milliseconds",
        )?;
        within("report.outbox_limit", self.outbox_limit, 100, 1_000_000)?;
        within(
            "report.disk_reserve_megabytes",
            self.disk_reserve_megabytes,
            50,
            100_000,
        )?;
        ensure(
            "report.client_key_file",
            self.client_key_file.is_some() == self.client_certificate_file.is_some(),
            "and report.client_certificate_file are given together or not at all",
        )
    }
}
