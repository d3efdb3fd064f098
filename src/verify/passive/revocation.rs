//! Check 10: the authority's revocation list (CHECKS b4; ICAO 9303-12, D.1.2).

use time::OffsetDateTime;

use super::path::same_name;
use super::{Objection, judge_signature};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::verify::algorithm;
use crate::verify::certificate::Certificate;
use crate::verify::crl::Crl;
use crate::verify::rules::Rules;
use crate::verify::trust::{Anchor, TrustAnchors};
use CheckResult::{Failed, NotSupported, Undetermined};

/// Whether `signer`, certified by `anchor`, is revoked.
pub(in crate::verify) fn revocation(
    signer: &Certificate,
    anchor: &Anchor,
    trust: &TrustAnchors,
    rules: &Rules,
    at: OffsetDateTime,
) -> Check {
    let id = CheckId::DscRevocation;
    let mut lists: Vec<&Crl> = trust
        .crls
        .iter()
        .filter(|crl| concerns(crl, anchor))
        .collect();
    // The newest that holds decides; a newer one that does not hold is told where none does.
    lists.sort_by_key(|crl| core::cmp::Reverse(crl.this_update));
    let mut first_objection = None;
    for crl in lists {
        match holds(crl, anchor, trust, rules) {
            Ok(()) => return judge(crl, signer, rules, at),
            Err(objection) => first_objection = first_objection.or(Some(objection)),
        }
    }
    match first_objection {
        Some(Objection { reason, fact, .. }) => {
            // Every fault of the list itself leaves the question open.
            Check::because(id, Undetermined, reason).fact("met", fact)
        }
        None if rules.crl_may_be_missing => Check::new(id, NotSupported).note(note::CRL_MISSING),
        None => Check::because(id, Undetermined, reason::CRL_MISSING),
    }
}

/// Whether the list is of the anchor's authority: by key, or by name.
fn concerns(crl: &Crl, anchor: &Anchor) -> bool {
    let by_key =
        crl.authority_key_id.is_some() && crl.authority_key_id == anchor.certificate.subject_key_id;
    by_key || same_name(&crl.issuer, &anchor.certificate.subject)
}

/// Verifies the list under a key of the same authority, not necessarily the same key.
fn holds(crl: &Crl, anchor: &Anchor, trust: &TrustAnchors, rules: &Rules) -> Result<(), Objection> {
    if crl.unsupported {
        return Err(Objection::undetermined(
            reason::CRL_UNSUPPORTED,
            "not a complete list",
        ));
    }
    if !crl.algorithms_agree {
        return Err(Objection::undetermined(
            reason::CRL_SIGNATURE_INVALID,
            "two algorithms",
        ));
    }
    let scheme = algorithm::scheme(&crl.signature_algorithm, None)
        .map_err(|error| Objection::of_algorithm(&error))?;
    let siblings = trust
        .anchors
        .iter()
        .filter(|other| same_name(&other.certificate.subject, &anchor.certificate.subject));
    let mut objection = Objection::undetermined(reason::CRL_SIGNATURE_INVALID, "no key fits");
    for candidate in core::iter::once(anchor).chain(siblings) {
        let Ok(key) = &candidate.certificate.key else {
            continue;
        };
        let invalid = reason::CRL_SIGNATURE_INVALID;
        match judge_signature(&key.key, scheme, &crl.tbs, &crl.signature, rules, invalid) {
            Ok(()) => return Ok(()),
            Err(met) => {
                objection = Objection {
                    result: Undetermined,
                    ..met
                }
            }
        }
    }
    Err(objection)
}

/// Looks the serial number up in a list that holds.
fn judge(crl: &Crl, signer: &Certificate, rules: &Rules, at: OffsetDateTime) -> Check {
    let id = CheckId::DscRevocation;
    let due = crl.next_update.unwrap_or(crl.this_update);
    let check = if crl.lists(&signer.serial) {
        // A revocation stays one, however old the list.
        Check::because(id, Failed, reason::DSC_REVOKED)
    } else if crl.this_update > at {
        Check::because(id, Undetermined, reason::CRL_NOT_YET_VALID)
    } else if at
        .checked_sub(rules.crl_grace())
        .is_none_or(|moment| due < moment)
    {
        Check::because(id, Undetermined, reason::CRL_STALE)
    } else {
        Check::successful(id).note_if(due < at, note::CRL_STALE)
    };
    check
        .fact("this-update", crl.this_update.date().to_string())
        .fact("next-update", due.date().to_string())
}
