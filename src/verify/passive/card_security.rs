//! EF.CardSecurity under a document signer and a pinned authority (ICAO 9303-11, 4.4.3.5.2 and
//! 5.1), by the very checks that judge EF.SOD.

use time::OffsetDateTime;

use super::profile::SigningTimes;
use super::{Objection, path, profile, revocation, signature};
use crate::chip::FileId;
use crate::document::Date;
use crate::finding::{Check, CheckResult, Reason, reason};
use crate::lds::card_security::{CardSecurity, CardSecurityError};
use crate::lds::security_infos::SecurityInfos;
use crate::lds::signed_data::SignedDataError;
use crate::verify::evidence::{Evidence, FileState};
use crate::verify::rules::Rules;
use crate::verify::trust::TrustAnchors;
use CheckResult::{Aborted, Failed, Successful};

/// What EF.CardSecurity is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Standing {
    /// Nobody read it.
    NotRead,
    /// The chip has none, or keeps it to itself.
    Withheld,
    /// A signer under a pinned authority signed these infos.
    Signed(SecurityInfos),
    /// It proves nothing.
    Objection(Objection),
}

/// What the signature is judged by.
#[derive(Clone, Copy, Debug)]
pub(in crate::verify) struct Grounds<'a> {
    pub trust: Option<&'a TrustAnchors>,
    pub rules: &'a Rules,
    /// The date of issue, if signed data tell it: the file itself need not say when it was signed.
    pub issued: Option<Date>,
    pub at: OffsetDateTime,
}

/// Judges EF.CardSecurity.
pub(in crate::verify) fn standing(evidence: &Evidence, grounds: Grounds<'_>) -> Standing {
    let aborted = |reason, fact: String| {
        Standing::Objection(Objection {
            result: Aborted,
            reason,
            fact,
        })
    };
    let file = match evidence.state(FileId::CardSecurity) {
        FileState::Read(file) => file,
        FileState::Absent | FileState::Denied => return Standing::Withheld,
        FileState::Faulty(reason) => return aborted(*reason, "EF.CardSecurity".to_owned()),
        FileState::NotRead => return Standing::NotRead,
    };
    match CardSecurity::parse(file) {
        Ok(file) => match is_signed(&file, grounds) {
            Ok(()) => Standing::Signed(file.infos),
            Err(objection) => Standing::Objection(objection),
        },
        Err(
            error @ (CardSecurityError::ContentType(_)
            | CardSecurityError::SignedData(SignedDataError::ContentType(_))),
        ) => Standing::Objection(Objection::failed(
            reason::CARDSECURITY_INVALID,
            error.to_string(),
        )),
        Err(error) => aborted(reason::DG_MALFORMED, error.to_string()),
    }
}

fn is_signed(file: &CardSecurity, grounds: Grounds<'_>) -> Result<(), Objection> {
    let Grounds {
        trust,
        rules,
        issued,
        at,
    } = grounds;
    let signed = &file.signed;
    holds(&signature::hash(signed))?;
    let signer = signature::signer_certificate(signed, trust).map_err(|check| objection(&check))?;
    holds(&signature::signature(signed, &signer, rules))?;
    let (check, anchor) = path::signer_under_anchor(&signer, trust, rules);
    holds(&check)?;
    // Document types are about the travel document, which this file does not name.
    holds(&profile::profile(&signer, None))?;
    let times = SigningTimes {
        attribute: signature::signing_time(signed),
        issued,
    };
    let model = rules.dsc_time_model;
    holds(&profile::time(&signer, anchor, times, model, at))?;
    if let (Some(anchor), Some(trust)) = (anchor, trust) {
        // A list that is missing or stale is told of EF.SOD, whose authority is the same.
        let check = revocation::revocation(&signer, anchor, trust, rules, at);
        if check.result == Failed {
            return Err(objection(&check));
        }
    }
    Ok(())
}

fn holds(check: &Check) -> Result<(), Objection> {
    if check.result == Successful {
        Ok(())
    } else {
        Err(objection(check))
    }
}

/// What an unsuccessful check of EF.SOD means for this file. Its reasons are worded for EF.SOD: what
/// proves a forgery is one reason here, with the other as a fact.
fn objection(check: &Check) -> Objection {
    let met = check.reason.unwrap_or(reason::CHECK_NOT_PERFORMED);
    let own: &[Reason] = &[
        reason::DSC_EXPIRED,
        reason::DSC_REVOKED,
        reason::DOMAIN_PARAMS_FORGED,
    ];
    let reason = if check.result == Failed && !own.contains(&met) {
        reason::CARDSECURITY_INVALID
    } else {
        met
    };
    Objection {
        result: check.result,
        reason,
        fact: format!("EF.CardSecurity: {met}"),
    }
}
