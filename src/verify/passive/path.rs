//! Check 7: the signer's certificate under a pinned authority (CHECKS b1; ICAO 9303-12, D.1).
//!
//! The path is exactly one certificate long. What the card itself encloses is never an anchor.

use super::{Objection, judge_signature};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::verify::algorithm;
use crate::verify::certificate::{Certificate, Name};
use crate::verify::rules::Rules;
use crate::verify::trust::{Anchor, TrustAnchors};

/// Anchors tried for one signer: one key may stand in several certificates.
const MAX_CANDIDATES: usize = 16;

/// Finds the anchor that certified `signer`.
pub(in crate::verify) fn signer_under_anchor<'t>(
    signer: &Certificate,
    trust: Option<&'t TrustAnchors>,
    rules: &Rules,
) -> (Check, Option<&'t Anchor>) {
    let id = CheckId::DscSignature;
    let Some(trust) = trust else {
        let check = Check::because(
            id,
            CheckResult::Undetermined,
            reason::TRUST_STORE_UNAVAILABLE,
        );
        return (check, None);
    };
    // ICAO 9303-12, D.1: the key identifier decides; BSI TR-03135-1, 5.6.4.3.3: the name only where
    // there is none, and then nothing can fail.
    let by_key = |anchor: &Anchor| {
        let wanted = signer.authority_key_id.as_deref();
        wanted.is_some_and(|key| anchor.has_key_id(key))
    };
    // An authority of old may have no key identifier that could be matched.
    let by_name = |anchor: &Anchor| {
        (signer.authority_key_id.is_none() || !anchor.tells_key_id())
            && anchor.is_named(&signer.issuer)
    };
    let candidates = trust
        .anchors
        .iter()
        .filter(|anchor| by_key(anchor) || by_name(anchor));
    let mut worst: Option<Objection> = None;
    for anchor in candidates.take(MAX_CANDIDATES) {
        match certified_by(signer, &anchor.certificate, rules) {
            Ok(()) => {
                let named = anchor
                    .certificate
                    .key
                    .as_ref()
                    .is_ok_and(|key| key.named_curve)
                    || signer.key.as_ref().is_ok_and(|key| key.named_curve);
                // Another country under the same name is what check 18 is for.
                let authority = &anchor.certificate.subject;
                let check = if anchor.is_named(&signer.issuer)
                    || same_but_for_country(authority, &signer.issuer)
                {
                    Check::successful(id)
                } else {
                    Check::because(id, CheckResult::Failed, reason::DSC_ISSUER_MISMATCH)
                        .fact("issuer", signer.issuer.text.clone())
                        .fact("authority", anchor.certificate.subject.text.clone())
                };
                let check = check
                    .fact("anchor", anchor.certificate.fingerprint.clone())
                    .note_if(signer.authority_key_id.is_none(), note::AKI_MISSING)
                    .note_if(named, note::NAMED_CURVE);
                return (check, Some(anchor));
            }
            Err(objection) => {
                // A name alone proves nothing wrong.
                let counts = by_key(anchor) || objection.result != CheckResult::Failed;
                worst = worst.or(counts.then_some(objection));
            }
        }
    }
    let unknown = Check::because(id, CheckResult::Undetermined, reason::CSCA_UNKNOWN)
        .fact("issuer", signer.issuer.text.clone())
        .fact(
            "authority-key-id",
            signer
                .authority_key_id
                .as_deref()
                .map(hex::encode)
                .unwrap_or_default(),
        );
    let check = match worst {
        Some(Objection {
            result,
            reason,
            fact,
        }) => Check::because(id, result, reason).fact("met", fact),
        None => unknown,
    };
    (check, None)
}

fn certified_by(
    signer: &Certificate,
    anchor: &Certificate,
    rules: &Rules,
) -> Result<(), Objection> {
    let key = &anchor.key.as_ref().map_err(Objection::of_key)?.key;
    if let Err(error @ crate::verify::public_key::KeyError::Forged) = &signer.key {
        return Err(Objection::of_key(error));
    }
    let scheme =
        algorithm::scheme(&signer.signature_algorithm, None).map_err(|error| match error {
            algorithm::AlgorithmError::Parameters => {
                Objection::failed(reason::DSC_SIGNATURE_INVALID, "algorithm parameters")
            }
            other => Objection::of_algorithm(&other),
        })?;
    let invalid = reason::DSC_SIGNATURE_INVALID;
    let outcome = judge_signature(key, scheme, &signer.tbs, &signer.signature, rules, invalid);
    outcome.map_err(|objection| objection.of_signature(invalid))
}

/// Names are the same in DER, or read the same without regard to case and string type: issuers have
/// written one name in several.
pub(in crate::verify) fn same_name(one: &Name, two: &Name) -> bool {
    one.der == two.der || one.folded() == two.folded()
}

/// Whether two names read the same but for their countries.
fn same_but_for_country(one: &Name, two: &Name) -> bool {
    let rest = |name: &Name| {
        let country = format!("c={}", name.country.as_ref()?).to_lowercase();
        let text = name.folded();
        let (before, after) = text.split_once(&country)?;
        Some(format!("{before}{after}"))
    };
    let rests = (rest(one), rest(two));
    rests.0.is_some() && rests.0 == rests.1
}
