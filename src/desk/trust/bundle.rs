//! Everything that one desk trusts in one signed file, for other desks: a JSON Web Signature with
//! ES256 (RFC 7515) under the key of the desk that made it.
//!
//! A bundle is imported like a list: its signer is pinned or accepted, and everything in it is
//! checked again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Held;
use super::held::ObjectKind;
use super::intake::{Draft, Plan, Refusal, Terms, admit_crl};
use crate::crypto::hash::sha256_hex;
use crate::decision::Policies;
use crate::report::jose::{self, Jwk, JwkSet};
use crate::store::{Store, StoreError};
use crate::verify::certificate::Certificate;
use crate::verify::crl::Crl;
use crate::verify::trust::SignedList;

/// Says what the file is.
const FORMAT: &str = "cccd-desk-trust-bundle/1";
/// Longest bundle that is read, in bytes.
pub const MAX_BUNDLE: usize = 16 * 1024 * 1024;
/// Most objects of one bundle.
const MAX_OBJECTS: usize = 32_768;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    key: Jwk,
    bundle: String,
}

/// What is signed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    desk: String,
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    objects: Vec<Object>,
    revoked: Vec<RevokedSerial>,
    distrusted: Vec<DistrustedSigner>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    kind: String,
    standing: String,
    content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokedSerial {
    issuer: String,
    serial: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DistrustedSigner {
    sha256: String,
    reason: String,
}

/// Whether the bytes begin like a bundle.
#[must_use]
pub fn looks_like_one(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    start.first() == Some(&b'{')
}

/// SHA-256 of the key that signs this desk's bundles, lower-case hex: what another desk pins.
#[must_use]
pub fn signer_of(store: &Store) -> String {
    sha256_hex(store.signing().public())
}

/// Makes a bundle of everything that counts in the store, and of these policies.
///
/// # Errors
/// [`StoreError`] when the store fails.
pub fn make(store: &Store, desk: &str, policies: &[String]) -> Result<Vec<u8>, StoreError> {
    let kept = store.trust()?;
    let revoked = kept
        .revoked
        .iter()
        .map(|(issuer, serial)| RevokedSerial {
            issuer: issuer.clone(),
            serial: hex::encode(serial),
        })
        .collect();
    let held = Held::of(kept);
    let encode = |kind: &str, standing: &str, content: &[u8]| Object {
        kind: kind.to_owned(),
        standing: standing.to_owned(),
        content: STANDARD.encode(content),
    };
    let mut objects: Vec<Object> = held
        .objects
        .iter()
        .filter(|object| object.kind != ObjectKind::Policy.name() || policies.is_empty())
        .map(|object| encode(&object.kind, &object.standing, &object.content))
        .collect();
    let policy = ObjectKind::Policy.name();
    objects.extend(
        policies
            .iter()
            .map(|text| encode(policy, policy, text.as_bytes())),
    );
    let content = Content {
        desk: desk.to_owned(),
        made_at: store.now(),
        objects,
        revoked,
        distrusted: held
            .distrusted
            .into_iter()
            .map(|distrusted| DistrustedSigner {
                sha256: distrusted.sha256,
                reason: distrusted.reason,
            })
            .collect(),
    };
    let damaged = |_| StoreError::State("the bundle does not serialise");
    let payload = serde_json::to_vec(&content).map_err(damaged)?;
    let signed = jose::sign(&store.signing(), &payload, FORMAT)?;
    let key = Jwk::of_point(store.signing().public())
        .ok_or(StoreError::Crypto("the signing key is damaged"))?;
    let file = File {
        format: FORMAT.to_owned(),
        key,
        bundle: signed.to_string(),
    };
    serde_json::to_vec_pretty(&file).map_err(damaged)
}

/// Decides about a bundle, given what is held.
///
/// # Errors
/// [`Refusal`]; one bad object refuses the whole bundle, a revocation list that is older than the
/// one held is left aside.
pub fn plan(held: &Held, file: &str, bytes: &[u8], terms: Terms<'_>) -> Result<Plan, Refusal> {
    let refused = |why: &dyn core::fmt::Display| Refusal::Bundle(why.to_string());
    if bytes.len() > MAX_BUNDLE {
        return Err(refused(&"it is too large"));
    }
    let parsed: File = serde_json::from_slice(bytes).map_err(|error| refused(&error))?;
    if parsed.format != FORMAT {
        return Err(refused(&format_args!(
            "format “{}” is not known",
            parsed.format
        )));
    }
    let point = parsed
        .key
        .point()
        .ok_or_else(|| refused(&"its key is none"))?;
    let signer = sha256_hex(&point);
    let keys = JwkSet {
        keys: vec![parsed.key],
    };
    let payload = keys
        .verify_up_to(MAX_BUNDLE, &parsed.bundle)
        .map_err(|error| refused(&error))?;
    let content: Content = serde_json::from_slice(&payload).map_err(|error| refused(&error))?;
    if content.objects.len() > MAX_OBJECTS {
        return Err(refused(&"it holds too many objects"));
    }
    let mut draft = Draft::new(held, file, bytes, terms);
    draft.signed_by(&format!("desk {}", content.desk), &signer, false)?;
    let older = held.imports.iter().any(|import| {
        import.undone_at.is_none()
            && import.kind == "bundle"
            && import.signer_sha256.as_ref() == Some(&signer)
            && import.signed_at > Some(content.made_at)
    });
    if older {
        return Err(Refusal::BundleOlder);
    }
    draft.about().kind = "bundle".to_owned();
    draft.about().signed_at = Some(content.made_at);
    let mut lists = Vec::new();
    let mut trust = held.trust.clone();
    for object in content.objects {
        let kind = ObjectKind::of_name(&object.kind)
            .ok_or_else(|| refused(&format_args!("object “{}” is not known", object.kind)))?;
        let bytes = STANDARD
            .decode(&object.content)
            .map_err(|error| refused(&error))?;
        match kind {
            ObjectKind::Pinned | ObjectKind::Listed | ObjectKind::ListSigner => {
                let certificate = Certificate::parse(&bytes).map_err(|error| refused(&error))?;
                draft.refuse_test(&certificate)?;
                trust.pin(certificate, false);
            }
            ObjectKind::Crl => {
                lists.push(Crl::parse(&bytes).map_err(|error| refused(&error))?);
                continue;
            }
            ObjectKind::Defects => {
                SignedList::open(&bytes).map_err(|error| refused(&error))?;
            }
            ObjectKind::Policy => {
                let text = core::str::from_utf8(&bytes).map_err(|error| refused(&error))?;
                Policies::default()
                    .with(text)
                    .map_err(|mistake| refused(&format_args!("policy: {mistake}")))?;
            }
        }
        draft.add(kind, &object.standing, &bytes);
    }
    // Their authorities may be in the bundle itself.
    trust.seal();
    for crl in &lists {
        match admit_crl(&trust, crl, terms.at) {
            Ok(revoked) => {
                draft.revoke(revoked.into_iter());
                draft.add(ObjectKind::Crl, "crl", &crl.der);
            }
            Err(refusal) => draft.remark(refusal.to_string()),
        }
    }
    for revoked in content.revoked {
        let serial = hex::decode(&revoked.serial).map_err(|error| refused(&error))?;
        draft.revoke(core::iter::once((revoked.issuer, serial)));
    }
    for distrusted in content.distrusted {
        draft.withdraw(distrusted.sha256, distrusted.reason);
    }
    Ok(draft.plan())
}
