//! What a policy leaves open to verification.

use serde::Serialize;
use time::Duration;

use super::documents::Documents;

/// When the certificates behind a signature must be valid (CHECKS b3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DscTimeModel {
    /// The signer's when it signed: a citizen card without expiry outlives it.
    Signing,
    /// The signer's and the authority's now (ICAO 9303-12, D.1.1.3; BSI TR-03135-1, tables 5.34 to
    /// 5.36).
    Current,
}

/// How strictly the checks judge. Part of every policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// Which documents are expected.
    pub documents: Documents,
    /// When the certificates behind EF.SOD must be valid.
    pub dsc_time_model: DscTimeModel,
    /// How long after its next update a revocation list still counts, in days.
    pub crl_grace_days: u32,
    /// Whether a missing revocation list is only noted.
    pub crl_may_be_missing: bool,
    /// Whether SHA-1 in signatures counts.
    pub sha1_allowed: bool,
    /// Smallest RSA modulus of a signer, in bits.
    pub rsa_min_bits: usize,
}

impl Rules {
    /// The strictest: for payments, for foreign documents but for their own, and for lists that
    /// authorities sign.
    pub const STRICT: Self = Self {
        crl_grace_days: 0,
        crl_may_be_missing: false,
        sha1_allowed: false,
        rsa_min_bits: 2048,
        documents: Documents::CitizenCard,
        dsc_time_model: DscTimeModel::Signing,
    };

    /// The grace as a duration.
    #[must_use]
    pub fn crl_grace(&self) -> Duration {
        Duration::days(i64::from(self.crl_grace_days))
    }
}
