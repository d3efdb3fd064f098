//! Check 14: whether the chip is the one that the issuer made (ICAO 9303-11, 6 and 4.4.3.5).
//!
//! # Layout
//! - `mapping`: chip authentication mapping, a part of PACE
//! - `chip`: chip authentication, proven by the keys of the messages after it
//! - `active`: active authentication, a signature over a challenge
//!
//! One success is enough; a protocol that was performed and failed beside it is noted for review
//! (BSI TR-03135-1, table 5.23). A key that nobody honest makes is a forgery, and no success of
//! another protocol takes that back.

pub(in crate::verify) mod active;
mod chip;
mod mapping;

use super::evidence::{Evidence, FileState};
use super::passive::card_security::Standing;
use crate::chip::FileId;
use crate::finding::reason::{self, Class, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::security_infos::SecurityInfos;
use crate::lds::sod::SecurityObject;
use CheckResult::{Aborted, Failed, NotPerformed, NotSupported, Successful, Undetermined};

/// What passive authentication says of the keys of the chip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coverage {
    /// The path from EF.SOD to a pinned anchor holds.
    pub path: bool,
    /// The hash of DG14 is good.
    pub dg14: bool,
    /// The hash of DG15 is good.
    pub dg15: bool,
}

/// The check, and by which protocol the chip proved itself.
pub(super) fn chip_auth(
    evidence: &Evidence,
    sod: Option<&SecurityObject>,
    coverage: Coverage,
    card_security: &Standing,
) -> (Check, Option<&'static str>) {
    let id = CheckId::ChipAuth;
    let Some(sod) = sod else {
        return (Check::not_performed(id, "EF.SOD could not be read"), None);
    };
    let listed = |number: u32| sod.data_groups().any(|listed| listed == number);
    // Neither group ever needs terminal authentication (ICAO 9303-11, table 1): a chip that keeps it
    // to itself hides it as well as one that says it has none.
    let missing = |number: u8| {
        matches!(
            evidence.state(FileId::Dg(number)),
            FileState::Absent | FileState::Denied
        )
    };
    if (listed(14) && missing(14)) || (listed(15) && missing(15)) {
        return (
            Check::because(id, Failed, reason::CHIP_AUTH_SUPPRESSED),
            None,
        );
    }
    let infos = evidence
        .bytes(FileId::Dg(14))
        .map(SecurityInfos::parse_dg14);
    let signed_infos = infos
        .as_ref()
        .and_then(|infos| infos.as_ref().ok())
        .filter(|_| coverage.dg14);
    let (check, by) = fold([
        (
            "cam",
            mapping::judge(evidence, card_security, signed_infos, coverage),
        ),
        (
            "ca",
            chip::judge(evidence, listed(14), infos.as_ref(), coverage),
        ),
        (
            "aa",
            active::judge(evidence, listed(15), infos.as_ref(), coverage),
        ),
    ]);
    // Both hold as long as our own key was ours: whoever chooses it afterwards can make them up.
    let recorded = evidence.is_offline() && matches!(by, Some("cam" | "ca"));
    (check.note_if(recorded, note::CHIP_PROOF_RECORDED), by)
}

/// One check of the three protocols, the preferred one first (CHECKS a, 14).
fn fold(outcomes: [(&'static str, Check); 3]) -> (Check, Option<&'static str>) {
    let is_forgery = |check: &Check| {
        check.result == Failed
            && check
                .reason
                .is_some_and(|reason| reason.class() == Class::Forgery)
    };
    let place = |check: &Check| match check.result {
        Failed if is_forgery(check) => 0_u8,
        Successful => 1,
        Failed => 2,
        Aborted => 3,
        Undetermined => 4,
        NotPerformed => 5,
        NotSupported => 6,
    };
    let tried: Vec<(&'static str, CheckResult, Option<reason::Reason>)> = outcomes
        .iter()
        .filter(|(_, check)| check.result != NotSupported)
        .map(|(name, check)| (*name, check.result, check.reason))
        .collect();
    let first = outcomes
        .into_iter()
        .min_by_key(|(_, check)| place(check))
        .filter(|(_, check)| check.result != NotSupported);
    let Some((by, mut check)) = first else {
        let check = Check::because(
            CheckId::ChipAuth,
            NotSupported,
            reason::CHIP_AUTH_NOT_SUPPORTED,
        );
        return (check, None);
    };
    let proven = check.result == Successful;
    for (name, result, reason) in tried {
        let fact = match (result, reason) {
            (Successful, _) => "successful".to_owned(),
            (_, Some(reason)) => reason.code().to_owned(),
            (_, None) => "open".to_owned(),
        };
        check = check
            .fact(name, fact)
            .note_if(proven && result == Failed, note::CHIP_AUTH_PROTOCOL_FAILED);
    }
    (check, proven.then_some(by))
}

fn not_covered(file: &str) -> Check {
    let why = format!("no proven signature covers {file}");
    Check::not_performed(CheckId::ChipAuth, &why)
}

#[cfg(test)]
mod tests;
