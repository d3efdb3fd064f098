//! Check 10: the authority's revocation list (CHECKS b4; ICAO 9303-12, D.1.2).

use time::OffsetDateTime;

use super::{Objection, judge_signature};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult, Reason};
use crate::verify::algorithm::{self, AlgorithmError};
use crate::verify::certificate::{Certificate, Name};
use crate::verify::crl::Crl;
use crate::verify::rules::Rules;
use crate::verify::trust::defects::Known;
use crate::verify::trust::{Anchor, Revoked, TrustAnchors};
use CheckResult::{Failed, NotSupported, Undetermined};

/// Lists of one authority that are looked at for one signer.
const MAX_LISTS: usize = 16;
/// Keys of one authority that are tried for one list.
const MAX_KEYS: usize = 16;

/// Whether `signer`, certified by `anchor`, is revoked.
pub fn revocation(
    signer: &Certificate,
    anchor: &Anchor,
    trust: &TrustAnchors,
    rules: &Rules,
    at: OffsetDateTime,
) -> Check {
    let id = CheckId::DscRevocation;
    if let Some(check) = known_to_be_revoked(signer, anchor, trust) {
        return check;
    }
    let mut lists: Vec<&Crl> = trust
        .crls
        .iter()
        .filter(|crl| trust.family_of(anchor).any(|key| concerns(crl, key)))
        .collect();
    lists.sort_by_key(|crl| core::cmp::Reverse(crl.this_update));
    let mut valid: Vec<&Crl> = Vec::new();
    let mut objection = None;
    for crl in lists.into_iter().take(MAX_LISTS) {
        match holds(crl, anchor, trust, rules) {
            Ok(()) => valid.push(crl),
            Err(met) => objection = objection.or(Some(met)),
        }
    }
    // A revocation stays one: later lists may drop what has expired.
    if let Some(crl) = valid.iter().find(|crl| crl.lists(&signer.serial)) {
        return judge(crl, signer, rules, at);
    }
    if let Some(newest) = valid.first() {
        // The newest that holds decides, unless its number goes back behind an older one's.
        if let Some(older) = valid.iter().skip(1).find(|older| is_behind(newest, older)) {
            return Check::because(id, Undetermined, reason::CRL_ROLLBACK)
                .fact("this-update", newest.this_update.date().to_string())
                .fact("held", older.this_update.date().to_string());
        }
        return judge(newest, signer, rules, at);
    }
    match objection {
        Some(Objection { reason, fact, .. }) => {
            // Every fault of the list itself leaves the question open.
            Check::because(id, Undetermined, reason).fact("met", fact)
        }
        None if rules.crl_may_be_missing => Check::new(id, NotSupported).note(note::CRL_MISSING),
        None => Check::because(id, Undetermined, reason::CRL_MISSING),
    }
}

/// What is known of the signer apart from the lists in force: a revocation seen on an earlier list,
/// an entry of a defect list (BSI TR-03135-1, 5.8.2.1), the operator's own doubt.
fn known_to_be_revoked(
    signer: &Certificate,
    anchor: &Anchor,
    trust: &TrustAnchors,
) -> Option<Check> {
    let id = CheckId::DscRevocation;
    let names = trust
        .family_of(anchor)
        .flat_map(Anchor::certificates)
        .map(|certificate| certificate.subject.text.to_lowercase());
    let mut seen = names.map(|issuer| Revoked {
        issuer,
        serial: signer.serial.clone(),
    });
    if seen.any(|revoked| trust.revoked.contains(&revoked)) {
        let check = Check::because(id, Failed, reason::DSC_REVOKED);
        return Some(check.fact("by", "an earlier revocation list"));
    }
    let mut doubted = None;
    for defect in trust
        .defects
        .iter()
        .filter(|defect| defect.concerns(signer, None))
    {
        for known in &defect.known {
            match known {
                // Under investigation, and what each inspecting state keeps to itself.
                Known::Revoked(1 | 5) | Known::Revoked(32..) => doubted = Some("a defect list"),
                Known::Revoked(status) => {
                    let check = Check::because(id, Failed, reason::DSC_REVOKED);
                    return Some(
                        check
                            .fact("by", "a defect list")
                            .fact("status", status.to_string()),
                    );
                }
                _ => {}
            }
        }
    }
    if trust.doubted.contains(&signer.fingerprint) {
        doubted = Some("the operator");
    }
    let by = doubted?;
    Some(Check::because(id, Undetermined, reason::DSC_UNDER_REVIEW).fact("by", by))
}

/// Whether the list is of the anchor's authority: by key, or by name.
pub fn concerns(crl: &Crl, anchor: &Anchor) -> bool {
    let by_key = crl
        .authority_key_id
        .as_deref()
        .is_some_and(|id| anchor.has_key_id(id));
    by_key || anchor.is_named(&crl.issuer)
}

/// Whether the number of the newer list is lower than that of the older one: lists only count up
/// (ICAO 9303-12, table 10).
#[must_use]
pub fn is_behind(newer: &Crl, older: &Crl) -> bool {
    let number = |crl: &Crl| {
        let digits = crl.number.as_deref().unwrap_or_default();
        let start = digits.iter().position(|byte| *byte != 0);
        let digits = start
            .and_then(|start| digits.get(start..))
            .unwrap_or_default();
        (digits.len(), digits.to_vec())
    };
    newer.number.is_some() && older.number.is_some() && number(newer) < number(older)
}

fn same_country(one: &Name, two: &Name) -> bool {
    let country = |name: &Name| name.country.as_ref().map(|met| met.to_ascii_uppercase());
    country(one).is_some() && country(one) == country(two)
}

/// Verifies the list under a key of the same authority, not necessarily the same key.
pub(in crate::verify) fn holds(
    crl: &Crl,
    anchor: &Anchor,
    trust: &TrustAnchors,
    rules: &Rules,
) -> Result<(), Objection> {
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
    // After a change of name the country is all that stays (ICAO 9303-12, D.1.2).
    let of_authority = trust.family_of(anchor).any(|key| {
        key.is_named(&crl.issuer) || same_country(&key.certificate.subject, &crl.issuer)
    });
    if !of_authority {
        let issuer = crl.issuer.text.clone();
        return Err(Objection::undetermined(reason::CRL_ISSUER_MISMATCH, issuer));
    }
    let invalid = reason::CRL_SIGNATURE_INVALID;
    let scheme =
        algorithm::scheme(&crl.signature_algorithm, None).map_err(|error| match error {
            AlgorithmError::Unsupported(_) => Objection::of_algorithm(&error),
            // No list of an authority is signed so.
            _ => Objection::undetermined(invalid, error.to_string()),
        })?;
    let mut objection = Objection::undetermined(invalid, "no key fits");
    for candidate in trust.family_of(anchor).take(MAX_KEYS) {
        let Ok(key) = &candidate.certificate.key else {
            continue;
        };
        match judge_signature(&key.key, scheme, &crl.tbs, &crl.signature, rules, invalid) {
            Ok(()) => return Ok(()),
            Err(met) => {
                objection = Objection {
                    result: Undetermined,
                    ..met.of_signature(invalid)
                }
            }
        }
    }
    Err(objection)
}

/// Whether the list could be judged by: complete, and under a key of the authority of `anchor`.
///
/// # Errors
/// The reason of the registry that such a list would be.
pub fn can_be_used(
    crl: &Crl,
    anchor: &Anchor,
    trust: &TrustAnchors,
    rules: &Rules,
) -> Result<(), Reason> {
    holds(crl, anchor, trust, rules).map_err(|objection| objection.reason)
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
