//! Checks 8 and 9: what the signer's certificate may be, and when (CHECKS b1 and b3;
//! ICAO 9303-12, table 6).

use time::OffsetDateTime;

use crate::document::Date;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::verify::certificate::Certificate;
use crate::verify::rules::DscTimeModel;
use crate::verify::trust::Anchor;
use CheckResult::{Failed, Undetermined};

/// Check 8. `document_code` is that of DG1, where it could be read.
pub(in crate::verify) fn profile(signer: &Certificate, document_code: Option<&str>) -> Check {
    let id = CheckId::DscProfile;
    let failed = |reason, fact: &str| Check::because(id, Failed, reason).fact("met", fact);
    let open = |reason, fact: String| Check::because(id, Undetermined, reason).fact("met", fact);
    let types = signer.document_types.as_deref();
    let allowed = |code: &str| {
        types.is_none_or(|types| {
            let is = |kind: &str| {
                types
                    .iter()
                    .any(|allowed| allowed.trim_end_matches('<') == kind)
            };
            is(code) || code.get(..1).is_some_and(is)
        })
    };
    let check = match signer.key_usage {
        // Version 1 has no place for a key usage: its absence says nothing more.
        None if signer.version == 1 => open(reason::DSC_MALFORMED, "version 1".to_owned()),
        None => failed(reason::DSC_KEY_USAGE, "no key usage"),
        Some(usage) if !usage.digital_signature || usage.key_cert_sign || usage.crl_sign => {
            failed(reason::DSC_KEY_USAGE, "not for signing documents alone")
        }
        Some(_) if signer.is_ca == Some(true) => failed(reason::DSC_IS_CA, "cA TRUE"),
        Some(_) if !signer.extended_key_usage.is_empty() => {
            failed(reason::DSC_EXT_KEY_USAGE, "extended key usage")
        }
        Some(usage) if !usage.critical => open(reason::DSC_KEY_USAGE, "not critical".to_owned()),
        Some(_) if signer.version != 3 => {
            open(reason::DSC_MALFORMED, format!("version {}", signer.version))
        }
        Some(_) if signer.duplicate_extension => open(
            reason::DSC_MALFORMED,
            "an extension stands twice".to_owned(),
        ),
        Some(_) if !signer.algorithms_agree => {
            open(reason::DSC_MALFORMED, "two signature algorithms".to_owned())
        }
        Some(_) if !signer.unknown_critical.is_empty() => open(
            reason::CRITICAL_EXTENSION_UNKNOWN,
            signer.unknown_critical.join(", "),
        ),
        Some(_) if !document_code.is_none_or(allowed) => open(
            reason::DOCUMENT_TYPE_NOT_ALLOWED,
            types.unwrap_or_default().join(", "),
        ),
        Some(_) => Check::successful(id),
    };
    check
        .note_if(!signer.serial_conforming(), note::SERIAL_NONCONFORMING)
        .note_if(signer.profile_incomplete, note::DSC_PROFILE_INCOMPLETE)
}

/// When the security object was signed, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) struct SigningTimes {
    /// The signed attribute.
    pub attribute: Option<OffsetDateTime>,
    /// The date of issue in DG13, if its hash is good.
    pub issued: Option<Date>,
}

/// Check 9: the certificates were valid when the document was signed, or are so now.
pub(in crate::verify) fn time(
    signer: &Certificate,
    anchor: Option<&Anchor>,
    signed: SigningTimes,
    model: DscTimeModel,
    at: OffsetDateTime,
) -> Check {
    let id = CheckId::DscTime;
    let check = not_yet(signer, anchor, at).unwrap_or_else(|| match model {
        DscTimeModel::Signing => judge_signing(signer, anchor, signed, at),
        DscTimeModel::Current => judge_current(signer, anchor, at),
    });
    let csca_expired = anchor.is_some_and(|anchor| anchor.not_after() < at);
    let expired = signer.not_after < at && check.result == CheckResult::Successful;
    debug_assert_eq!(check.id, id);
    check
        .fact("not-before", signer.not_before.date().to_string())
        .fact("not-after", signer.not_after.date().to_string())
        .note_if(expired, note::DSC_EXPIRED_NOW)
        .note_if(csca_expired, note::CSCA_EXPIRED_NOW)
}

/// What both models say of a time before the certificates.
fn not_yet(signer: &Certificate, anchor: Option<&Anchor>, at: OffsetDateTime) -> Option<Check> {
    let id = CheckId::DscTime;
    if anchor.is_some_and(|anchor| at < anchor.certificate.not_before) {
        // No card of this authority existed at the time that the clock shows.
        return Some(Check::because(id, Undetermined, reason::CLOCK_UNTRUSTED));
    }
    (at < signer.not_before).then(|| Check::because(id, Failed, reason::DSC_NOT_YET_VALID))
}

/// The current-time model (ICAO 9303-12, D.1.1.3; BSI TR-03135-1, tables 5.34 to 5.36): both
/// certificates are valid at the time of judgement.
fn judge_current(signer: &Certificate, anchor: Option<&Anchor>, at: OffsetDateTime) -> Check {
    let id = CheckId::DscTime;
    let authority = anchor.map(|anchor| ("csca", anchor.not_after()));
    let over: Vec<&str> = [("dsc", signer.not_after)]
        .into_iter()
        .chain(authority)
        .filter(|(_, until)| *until < at)
        .map(|(name, _)| name)
        .collect();
    if over.is_empty() {
        Check::successful(id)
    } else {
        Check::because(id, Failed, reason::DSC_EXPIRED).fact("expired", over.join(", "))
    }
}

/// The signing-time model: cards without expiry outlive their signer's certificate.
fn judge_signing(
    signer: &Certificate,
    anchor: Option<&Anchor>,
    signed: SigningTimes,
    at: OffsetDateTime,
) -> Check {
    let id = CheckId::DscTime;
    match signed {
        SigningTimes {
            attribute: Some(moment),
            ..
        } => {
            if moment < signer.not_before {
                return Check::because(id, Failed, reason::DSC_NOT_YET_VALID_AT_SIGNING);
            }
            if moment > signer.not_after {
                return Check::because(id, Failed, reason::DSC_EXPIRED_AT_SIGNING);
            }
        }
        SigningTimes {
            issued: Some(day), ..
        } => {
            // The day is all that is known: it counts wherever one of its hours does.
            if day < Date::in_vietnam(signer.not_before) {
                return Check::because(id, Failed, reason::DSC_NOT_YET_VALID_AT_SIGNING);
            }
            if day > Date::in_vietnam(signer.not_after) {
                return Check::because(id, Failed, reason::DSC_EXPIRED_AT_SIGNING);
            }
        }
        SigningTimes { .. } if signer.not_after < at => {
            return Check::because(id, Undetermined, reason::SIGNING_TIME_UNKNOWN);
        }
        SigningTimes { .. } => {}
    }
    // One key may have several certificates: its own, and the link to it.
    let covers = |authority: &Certificate| {
        let (from, until) = authority.private_key_usage;
        let from = from.map_or(authority.not_before, |from| from.max(authority.not_before));
        let until = until.map_or(authority.not_after, |until| until.min(authority.not_after));
        (from..=until).contains(&signer.not_before)
    };
    if anchor.is_some_and(|anchor| !anchor.certificates().any(covers)) {
        return Check::because(id, Failed, reason::CSCA_EXPIRED_AT_ISSUE);
    }
    Check::successful(id)
}

/// Check 19: the date of issue lies in the signer's private key usage period.
pub(in crate::verify) fn issue_period(signer: Option<&Certificate>, issued: Option<Date>) -> Check {
    let id = CheckId::IssuePeriod;
    let (Some(signer), Some(issued)) = (signer, issued) else {
        return Check::new(id, CheckResult::NotSupported);
    };
    let (from, until) = signer.private_key_usage;
    let early = from.is_some_and(|from| issued < Date::in_vietnam(from));
    let late = until.is_some_and(|until| issued > Date::in_vietnam(until));
    if from.is_none() && until.is_none() {
        Check::new(id, CheckResult::NotSupported)
    } else if early || late {
        Check::because(id, Undetermined, reason::DSC_KEY_USAGE_PERIOD)
    } else {
        Check::successful(id)
    }
}
