//! Check 13: what EF.CardAccess offers in plain is what signed data say (ICAO 9303-11, 4.2).
//!
//! EF.CardAccess is read before anything protects the exchange. Whoever stands between reader and
//! chip, or made the chip, can leave the stronger offers out; the same infos in DG14 or
//! EF.CardSecurity tell.

use super::evidence::{Evidence, FileState, Step};
use crate::chip::FileId;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::security_infos::{SecurityInfo, SecurityInfos};
use CheckResult::{Aborted, Failed, NotSupported, Undetermined};

/// How the chip was opened, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    ByPace,
    ByBac,
    /// Nothing had to be opened: there is no offer to weaken.
    Plain,
    /// Raw files, or a chip that stayed closed.
    Unknown,
}

impl Opened {
    fn of(evidence: &Evidence) -> Self {
        match evidence.access {
            Step::Done { by: "bac" } => Self::ByBac,
            Step::Done { by: "none" } => Self::Plain,
            Step::Done { .. } => Self::ByPace,
            _ if evidence.pace.is_some() => Self::ByPace,
            _ => Self::Unknown,
        }
    }
}

/// The check. `signed` are the infos of DG14 and of EF.CardSecurity, those that passive
/// authentication covers.
pub(super) fn card_access(evidence: &Evidence, signed: &[&SecurityInfos]) -> Check {
    let id = CheckId::CardaccessAuth;
    let opened = Opened::of(evidence);
    if opened == Opened::Plain {
        return Check::new(id, NotSupported);
    }
    if opened == Opened::Unknown && !evidence.is_offline() && signed.is_empty() {
        return Check::not_performed(id, "the chip was not opened");
    }
    // A file without any of these infos says nothing of access (EF.CardSecurity may hold keys alone).
    let signed: Vec<Vec<&SecurityInfo>> = signed
        .iter()
        .map(|infos| pace_infos(infos))
        .filter(|infos| !infos.is_empty())
        .collect();
    match evidence.state(FileId::CardAccess) {
        FileState::Read(file) => match SecurityInfos::parse(file) {
            Ok(offered) => compare(&pace_infos(&offered), &signed, opened),
            Err(error) => broken(&signed, opened).fact("error", error.to_string()),
        },
        _ if evidence.pace.as_ref().is_some_and(|pace| pace.assumed) => assumed(evidence, &signed),
        // Which reason a fault of the link is stands in the check that it broke.
        FileState::Faulty(reason) if !is_malformed(*reason) => Check::because(id, Aborted, *reason),
        FileState::Faulty(_) => broken(&signed, opened),
        FileState::Absent | FileState::Denied if opened == Opened::ByPace => {
            Check::because(id, Undetermined, reason::CARDACCESS_UNAUTHENTICATED)
        }
        FileState::Absent | FileState::Denied if !signed.is_empty() => downgrade(&[], &signed),
        FileState::Absent | FileState::Denied => Check::new(id, NotSupported),
        FileState::NotRead if signed.is_empty() && opened != Opened::ByPace => {
            Check::new(id, NotSupported)
        }
        // Files that somebody else read, and this one not among them: nobody says how they were had.
        FileState::NotRead if evidence.is_offline() => Check::new(id, NotSupported),
        FileState::NotRead => Check::not_performed(id, "EF.CardAccess was not read"),
    }
}

fn is_malformed(reason: crate::finding::Reason) -> bool {
    [
        reason::CARDACCESS_MALFORMED,
        reason::DG_MALFORMED,
        reason::DG_TAG_WRONG,
        reason::LENGTH_IMPLAUSIBLE,
    ]
    .contains(&reason)
}

/// EF.CardAccess that cannot be taken apart offers nothing.
fn broken(signed: &[Vec<&SecurityInfo>], opened: Opened) -> Check {
    let id = CheckId::CardaccessAuth;
    match (opened, signed) {
        (Opened::ByBac | Opened::Unknown, [_, ..]) => downgrade(&[], signed),
        (Opened::ByBac, []) => Check::new(id, NotSupported),
        _ => Check::because(id, Undetermined, reason::CARDACCESS_UNAUTHENTICATED),
    }
}

fn compare(offered: &[&SecurityInfo], signed: &[Vec<&SecurityInfo>], opened: Opened) -> Check {
    let id = CheckId::CardaccessAuth;
    if signed.is_empty() {
        // What nobody used does not have to be proven.
        return if offered.is_empty() || opened == Opened::ByBac {
            Check::new(id, NotSupported)
        } else {
            Check::because(id, Undetermined, reason::CARDACCESS_UNAUTHENTICATED)
                .fact("offered", protocols(offered))
        };
    }
    if signed.iter().any(|signed| signed != offered) {
        return downgrade(offered, signed);
    }
    if opened == Opened::ByBac {
        // The chip withheld nothing: it was opened otherwise than signed data say.
        return if offered.iter().any(|info| is_usable(info)) {
            downgrade(offered, signed).fact("opened", "bac")
        } else {
            Check::successful(id)
                .fact("offered", protocols(offered))
                .note(note::PACE_UNSUPPORTED)
        };
    }
    Check::successful(id)
}

fn downgrade(offered: &[&SecurityInfo], signed: &[Vec<&SecurityInfo>]) -> Check {
    let signed: Vec<&SecurityInfo> = signed.iter().flatten().copied().collect();
    Check::because(CheckId::CardaccessAuth, Failed, reason::PACE_DOWNGRADE)
        .fact("offered", protocols(offered))
        .fact("signed", protocols(&signed))
}

/// The offer was taken from what citizen cards have in common (CARD.md): it must be one that the
/// issuer signed.
fn assumed(evidence: &Evidence, signed: &[Vec<&SecurityInfo>]) -> Check {
    let id = CheckId::CardaccessAuth;
    let taken = evidence.pace.as_ref();
    let is_signed = taken.is_some_and(|taken| {
        let stands_in = |infos: &Vec<&SecurityInfo>| {
            infos.iter().any(|info| {
                info.protocol == taken.protocol && parameter_id(info) == taken.parameter_id
            })
        };
        !signed.is_empty() && signed.iter().all(stands_in)
    });
    let check = if is_signed {
        Check::successful(id)
    } else {
        Check::because(id, Undetermined, reason::CARDACCESS_UNAUTHENTICATED)
    };
    check.note(note::CARDACCESS_ASSUMED)
}

/// The infos about PACE in an order of their own; unknown infos of other kinds are left aside.
fn pace_infos(infos: &SecurityInfos) -> Vec<&SecurityInfo> {
    let mut infos: Vec<_> = infos.0.iter().filter(|info| info.is_pace()).collect();
    infos.sort_by(|one, two| {
        (&one.protocol, &one.required, &one.optional).cmp(&(
            &two.protocol,
            &two.required,
            &two.optional,
        ))
    });
    infos
}

fn protocols(infos: &[&SecurityInfo]) -> String {
    let mut names: Vec<String> = infos
        .iter()
        .map(|info| match parameter_id(info) {
            Some(id) => format!("{}/{id}", info.protocol),
            None => info.protocol.clone(),
        })
        .collect();
    names.dedup();
    names.join(" ")
}

/// The number of the domain parameters (ICAO 9303-11, 9.2.1).
fn parameter_id(info: &SecurityInfo) -> Option<u32> {
    let mut reader = crate::codec::der::Reader::new(&info.optional);
    reader.small().ok()
}

/// Whether this desk could have used the offer: a protocol of ICAO 9303-11, 9.2.1 in version 2 with
/// standardised domain parameters.
fn is_usable(info: &SecurityInfo) -> bool {
    let arcs = info.protocol.strip_prefix("0.4.0.127.0.7.2.2.4.");
    let (mapping, cipher) = match arcs.and_then(|arcs| arcs.split_once('.')) {
        Some(pair) => pair,
        None => return false,
    };
    let known = match mapping {
        "1" | "2" | "3" | "4" => matches!(cipher, "1" | "2" | "3" | "4"),
        // Chip authentication mapping knows no 3DES.
        "6" => matches!(cipher, "2" | "3" | "4"),
        _ => false,
    };
    let version = crate::codec::der::Reader::new(&info.required).small().ok();
    let over_dh = matches!(mapping, "1" | "3");
    let parameters = match parameter_id(info) {
        Some(0..=2) => over_dh,
        Some(8..=18) => !over_dh,
        _ => false,
    };
    known && version == Some(2) && parameters
}

#[cfg(test)]
#[path = "card_access_tests.rs"]
mod tests;
