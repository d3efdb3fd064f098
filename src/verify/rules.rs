//! What a policy leaves open to verification.

use time::Duration;

/// How strictly the checks judge. Part of every policy.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rules {
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
    /// The grace as a duration.
    #[must_use]
    pub fn crl_grace(&self) -> Duration {
        Duration::days(i64::from(self.crl_grace_days))
    }
}
