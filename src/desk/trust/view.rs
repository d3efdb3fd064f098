//! What is trusted, for whoever looks: the operator in a terminal, programs over the API.

use std::sync::Arc;

use cccd_port::Clock;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::age::{Alarm, alarms};
use super::{Held, StandingTrust};
use crate::desk::ports::{NotRecorded, Trusting};
use crate::verify::TrustAnchors;
use crate::verify::certificate::Certificate;

/// What the health of the desk says of its trust.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrustHealth {
    /// How many keys of authorities are trusted.
    pub anchors: usize,
    /// What the operator should see to.
    pub alarms: Vec<Alarm>,
}

/// What `GET /v1/trust` and `trust list --json` show.
#[must_use]
pub fn document(trust: &TrustAnchors, held: &Held) -> Value {
    let source = |certificate: &Certificate| {
        held.objects
            .iter()
            .find(|object| object.sha256 == certificate.fingerprint)
    };
    let anchors: Vec<Value> = trust
        .anchors
        .iter()
        .map(|anchor| {
            let certificate = &anchor.certificate;
            let also: Vec<&String> = anchor.also.iter().map(|also| &also.fingerprint).collect();
            let kept = source(certificate);
            json!({
                "subject": certificate.subject.text,
                "country": certificate.subject.country,
                "sha256": certificate.fingerprint,
                "key_id": certificate.subject_key_id.as_deref().map(hex::encode),
                "not_before": day(certificate.not_before),
                "not_after": day(certificate.not_after),
                "key": certificate.key.as_ref().map(|key| key.key.describe()).ok(),
                "standing": kept.map(|kept| kept.standing.as_str()),
                "import": kept.map(|kept| kept.import),
                "pinned": held.pinned.contains(certificate) || kept.is_none(),
                "also": also,
                "authority": anchor.family,
                "test": anchor.test,
            })
        })
        .collect();
    let signers: Vec<Value> = trust
        .signers
        .iter()
        .map(|signer| json!({ "subject": signer.subject.text, "sha256": signer.fingerprint }))
        .collect();
    let crls: Vec<Value> = trust
        .crls
        .iter()
        .map(|crl| {
            json!({
                "issuer": crl.issuer.text,
                "number": crl.number.as_deref().map(hex::encode),
                "this_update": moment(crl.this_update),
                "next_update": crl.next_update.map(moment),
                "revoked": crl.revoked.len(),
            })
        })
        .collect();
    json!({
        "digest": trust.digest,
        "anchors": anchors,
        "signers": signers,
        "crls": crls,
        "defects": trust.defects.len(),
        "revoked": trust.revoked.len(),
        "imports": held.imports,
        "accepted_signers": held.accepted_signers,
        "distrusted": held.distrusted,
    })
}

fn day(at: OffsetDateTime) -> String {
    at.date().to_string()
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// The trust of a running desk.
pub struct TrustOfDesk {
    /// Its store and its folder.
    pub standing: Arc<StandingTrust>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl Trusting for TrustOfDesk {
    fn document(&self) -> Result<Value, NotRecorded> {
        let (trust, held) = self.standing.look().map_err(|error| {
            tracing::error!(%error, "what is trusted cannot be used");
            NotRecorded
        })?;
        Ok(document(&trust, &held))
    }

    fn health(&self) -> Result<TrustHealth, NotRecorded> {
        let (trust, held) = self.standing.look().map_err(|_| NotRecorded)?;
        Ok(TrustHealth {
            anchors: trust.anchors.len(),
            alarms: alarms(&trust, &held, self.clock.now()),
        })
    }
}

/// The trust of a demonstration, which nobody renews.
pub struct TrustOfDemo(pub Box<dyn Fn() -> Arc<TrustAnchors> + Send + Sync>);

impl Trusting for TrustOfDemo {
    fn document(&self) -> Result<Value, NotRecorded> {
        Ok(document(&(self.0)(), &Held::default()))
    }

    fn health(&self) -> Result<TrustHealth, NotRecorded> {
        Ok(TrustHealth {
            anchors: (self.0)().anchors.len(),
            alarms: Vec::new(),
        })
    }
}
