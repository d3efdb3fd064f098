//! `seal.jws`: whose evidence it is. A JSON Web Signature (RFC 7515) under the key that signs the
//! desk's reports: evidence of one session cannot be handed in for another.

use serde::{Deserialize, Serialize};

use crate::decision::Verdict;
use crate::report::jose::{self, JwkSet};
use crate::store::{Store, StoreError};

/// The name of the file.
pub const SEAL: &str = "seal.jws";
/// Longest seal that is read, in bytes.
pub(super) const MAX_SEAL: usize = 16 * 1024;
/// Says what is signed.
const CONTENT: &str = "cccd-desk-evidence-seal/1";

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    session: String,
    desk: String,
    #[serde(with = "time::serde::rfc3339")]
    at: time::OffsetDateTime,
    verdict: crate::decision::VerdictKind,
    /// Digest of the evidence.
    evidence: String,
    /// Digest of the policy.
    policy: String,
    /// Digest of the trust.
    trust: String,
}

/// Seals the evidence of a session.
///
/// # Errors
/// [`StoreError`] where the key cannot sign.
pub fn seal(
    store: &Store,
    session: &str,
    desk: &str,
    verdict: &Verdict,
) -> Result<String, StoreError> {
    let seal = Seal {
        session: session.to_owned(),
        desk: desk.to_owned(),
        at: verdict.at,
        verdict: verdict.verdict,
        evidence: verdict.digests.evidence.clone(),
        policy: verdict.policy.digest.clone(),
        trust: verdict.digests.trust.clone(),
    };
    let payload =
        serde_json::to_vec(&seal).map_err(|_| StoreError::State("a seal does not serialise"))?;
    Ok(jose::sign(&store.signing(), &payload, CONTENT)?.to_string())
}

/// Why a seal does not show that the evidence is of that session; nothing where it does. `digest` is
/// that of the evidence itself.
#[must_use]
pub fn objection(jws: &str, keys: &JwkSet, session: &str, digest: &str) -> Option<&'static str> {
    let Ok(payload) = keys.verify_up_to(MAX_SEAL, jws.trim()) else {
        return Some("the seal is not of this desk");
    };
    let Ok(seal) = serde_json::from_slice::<Seal>(&payload) else {
        return Some("the seal says nothing that is understood");
    };
    if seal.session != session {
        return Some("the evidence is of another session");
    }
    (seal.evidence != digest).then_some("the evidence is not what was sealed")
}
