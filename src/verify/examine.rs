//! Checks 1 to 24 in their order (CHECKS a; BSI TR-03135-1, 5.6–5.7).

use time::OffsetDateTime;

use super::card_access::card_access;
use super::chip_auth::{Coverage, chip_auth};
use super::cross::{self, Expected, PrintedFacts, Said};
use super::documents::{Documents, is_another_document};
use super::evidence::{Evidence, Step};
use super::known_defects::KnownDefects;
use super::passive::card_security::{self, Standing};
use super::passive::profile::SigningTimes;
use super::passive::{self, ConfirmedNumber, Issuer, Signed};
use super::rules::Rules;
use super::terminal_auth::terminal_auth;
use super::trust::TrustAnchors;
use super::{data, lost_cards, number_form, passive::path};
use crate::chip::FileId;
use crate::document::Date;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::Claimed;
use crate::lds::dg1::Dg1;
use crate::lds::dg13::Dg13;
use crate::lds::portrait::Decoded;
use crate::lds::security_infos::SecurityInfos;

/// Everything that the checks judge by. The same inputs give the same findings.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What was obtained from the card.
    pub evidence: &'a Evidence,
    /// What is trusted; nothing when the store could not be opened.
    pub trust: Option<&'a TrustAnchors>,
    /// What is printed or was typed.
    pub printed: &'a PrintedFacts,
    /// What the dossier expects.
    pub expected: &'a Expected,
    /// What the policy leaves open.
    pub rules: &'a Rules,
    /// The time of judgement.
    pub at: OffsetDateTime,
}

/// What the checks found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// All checks in their order.
    pub checks: Vec<Check>,
    /// The number, if every rule for it held.
    pub number: Option<ConfirmedNumber>,
    /// DG1, if a proven signature covers it.
    pub dg1: Option<Signed<Dg1>>,
    /// DG13 of a citizen card, if a proven signature covers it.
    pub dg13: Option<Signed<Dg13>>,
    /// The portrait, if the hash of DG2 is good.
    pub portrait: Option<Decoded>,
    /// How the chip was opened.
    pub access: Option<&'static str>,
    /// How the chip proved itself.
    pub chip_authentication: Option<&'static str>,
    /// Whether the anchor is the test authority's.
    pub test: bool,
}

fn good(check: &Check) -> bool {
    check.result == CheckResult::Successful
}

/// Check 2: how the chip was opened. A citizen card is never open to everybody; another document may
/// be (ICAO 9303-11, 4.1).
fn access(evidence: &Evidence, may_be_open: bool) -> (Check, Option<&'static str>) {
    let id = CheckId::Access;
    let (check, by) = step(id, &evidence.access);
    if by == Some("none") && !may_be_open {
        let open = CheckResult::Undetermined;
        return (Check::because(id, open, reason::ACCESS_CONTROL_ABSENT), by);
    }
    let Some(pace) = evidence.pace.as_ref().filter(|_| by.is_some()) else {
        return (check, by);
    };
    // ICAO 9303-11, table 6: a modulus of 1,024 bits, and the two curves of 192.
    let weak = matches!(pace.parameter_id, Some(0 | 8 | 9));
    let check = check
        .fact("protocol", pace.protocol.clone())
        .note_if(weak, note::PACE_GROUP_WEAK);
    (check, by)
}

fn step(id: CheckId, step: &Step) -> (Check, Option<&'static str>) {
    match step {
        Step::Done { by } => (Check::successful(id).fact("by", *by), Some(*by)),
        Step::Aborted(reason) => (Check::because(id, CheckResult::Aborted, *reason), None),
        Step::Hostile(reason) | Step::Contradicted(reason) => {
            (Check::because(id, CheckResult::Failed, *reason), None)
        }
        Step::NotTried => (Check::not_performed(id, "nobody tried"), None),
    }
}

/// Runs every check. Pure: no clock, no file, no network.
#[must_use]
pub fn examine(inputs: Inputs<'_>) -> Findings {
    let Inputs {
        evidence,
        trust,
        printed,
        expected,
        rules,
        at,
    } = inputs;
    let today = Date::in_vietnam(at);

    let (link, _) = step(CheckId::Link, &evidence.link);
    let (dg1_read, dg1) = data::dg1(evidence, rules.documents, today);
    let mrz = dg1.as_ref().map(|dg1| &dg1.claim().mrz);
    let another = mrz.is_some_and(is_another_document);
    let (access, opened_by) = access(evidence, another && rules.documents == Documents::Any);
    let (sod_read, sod) = passive::signature::read(evidence);
    let sod = sod.as_ref();

    // The SOD's own hash and signature, the signer under its authority.
    let unread = |id| Check::not_performed(id, "EF.SOD could not be read");
    let sod_hash = sod.map_or_else(
        || unread(CheckId::SodHash),
        |sod| passive::signature::hash(&sod.signed),
    );
    let signer = sod.map(|sod| passive::signature::signer_certificate(&sod.signed, trust));
    let signer = signer.map(|found| {
        found.map(|signer| {
            let known = KnownDefects::of(trust, Some(&signer), None);
            known.replacement(&signer).unwrap_or(signer)
        })
    });
    let no_signer = |id| Check::not_performed(id, "the signer's certificate is not known");
    let (sod_signature, signer) = match (sod, signer) {
        (Some(sod), Some(Ok(signer))) => (
            passive::signature::signature(&sod.signed, &signer, rules),
            Some(signer),
        ),
        (_, Some(Err(check))) => (check, None),
        _ => (unread(CheckId::SodSignature), None),
    };
    let signer = signer.as_ref();
    let (dsc_signature, anchor) = match signer {
        Some(signer) => path::signer_under_anchor(signer, trust, rules),
        None => (no_signer(CheckId::DscSignature), None),
    };

    // The data groups against the SOD.
    let hashes = sod
        .map(|sod| passive::hashes::data_groups(evidence, sod, rules))
        .unwrap_or_default();
    let hash_of = |number| {
        hashes
            .iter()
            .find(|check| check.id == CheckId::DgHash(number))
    };
    let hash_good = |number| hash_of(number).is_some_and(good);
    let listed = |number| sod.is_some_and(|sod| sod.data_groups().any(|listed| listed == number));
    let (dg13_check, dg13) = data::dg13(evidence, listed(13), today);
    let (dg2_check, portrait) = data::dg2(evidence, hash_good(2));
    let dg2_check = dg2_check.note_if(sod.is_some() && !listed(2), note::PORTRAIT_ABSENT);

    // What DG13 holds is a state's own affair: ours says something on our cards alone.
    let national = dg13.as_ref().filter(|_| !another).map(Claimed::claim);
    let issued = national
        .filter(|_| hash_good(13))
        .and_then(passive::issue_date);
    let signing = SigningTimes {
        attribute: sod.and_then(|sod| passive::signature::signing_time(&sod.signed)),
        issued,
    };
    let code = mrz.map(|mrz| mrz.document_code.as_str());
    let dsc_profile = signer.map_or_else(
        || no_signer(CheckId::DscProfile),
        |signer| passive::profile::profile(signer, code),
    );
    let dsc_time = signer.map_or_else(
        || no_signer(CheckId::DscTime),
        |signer| passive::profile::time(signer, anchor, signing, rules.dsc_time_model, at),
    );
    let dsc_revocation = match (signer, anchor, trust) {
        (Some(signer), Some(anchor), Some(trust)) => {
            passive::revocation::revocation(signer, anchor, trust, rules, at)
        }
        _ => Check::not_performed(CheckId::DscRevocation, "the authority is not known"),
    };

    let path_checks = [
        &sod_read,
        &sod_hash,
        &sod_signature,
        &dsc_signature,
        &dsc_profile,
        &dsc_time,
    ];
    let issuer = path_checks.into_iter().all(good).then(Issuer::proven);
    let coverage = Coverage {
        path: issuer.is_some(),
        dg14: hash_good(14),
        dg15: hash_good(15),
    };
    let card_security = card_security::standing(
        evidence,
        card_security::Grounds {
            trust,
            rules,
            issued,
            at,
        },
    );
    let known = KnownDefects::of(trust, signer, issued);
    let (chip, proven_by) = chip_auth(evidence, sod, coverage, &card_security);
    let (chip, chip_authentication) = known.chip(chip, proven_by);
    let com = sod.map_or_else(
        || unread(CheckId::ComSod),
        |sod| passive::hashes::com(evidence, sod),
    );
    let dg14 = evidence
        .bytes(FileId::Dg(14))
        .filter(|_| hash_good(14))
        .and_then(|file| SecurityInfos::parse_dg14(file).ok());
    let of_card_security = match &card_security {
        Standing::Signed(infos) => Some(infos),
        _ => None,
    };
    let signed_infos: Vec<&SecurityInfos> = dg14.iter().chain(of_card_security).collect();
    let cardaccess = match &card_security {
        // Nobody leant on it to prove the chip: it is a forged file of the card all the same.
        Standing::Objection(objection) if objection.result == CheckResult::Failed => {
            Check::because(CheckId::CardaccessAuth, objection.result, objection.reason)
                .fact("met", objection.fact.clone())
        }
        _ => card_access(evidence, &signed_infos),
    };

    let said = Said {
        mrz,
        dg13: national,
    };
    let csca = anchor.map(|anchor| &anchor.certificate);
    let country = cross::countries(mrz, signer, csca);
    let issue_period = passive::profile::issue_period(signer, issued);
    // A clock that shows a time before the authority existed judges nobody's last day.
    let clock_is_wrong = anchor.is_some_and(|anchor| at < anchor.certificate.not_before);
    let expiry = if clock_is_wrong {
        let open = CheckResult::Undetermined;
        Check::because(CheckId::Expiry, open, reason::CLOCK_UNTRUSTED)
    } else {
        cross::expiry(said, today)
    };
    let print = cross::print(said, printed);
    let number_form = number_form::number_form(said);
    let dossier = cross::dossier(said, expected);
    let status = lost_cards::status(
        said,
        trust.map_or(&[][..], |trust| trust.lost_cards.as_slice()),
    );

    let signed_dg1 = issuer.and_then(|issuer| {
        Signed::cover(
            issuer,
            hash_of(1)?,
            dg1.clone().filter(|_| good(&dg1_read))?,
        )
    });
    let signed_dg13 = issuer.and_then(|issuer| {
        Signed::cover(
            issuer,
            hash_of(13)?,
            dg13.clone().filter(|_| good(&dg13_check) && !another)?,
        )
    });
    let number = signed_dg1
        .as_ref()
        .zip(signed_dg13.as_ref())
        .and_then(|(dg1, dg13)| ConfirmedNumber::confirmed(dg1, dg13));

    let mut checks = vec![
        link,
        access,
        dg1_read,
        sod_read,
        sod_hash,
        sod_signature,
        dsc_signature,
        dsc_profile,
        dsc_time,
        dsc_revocation,
        com,
    ];
    if sod.is_none() {
        checks.extend([1, 2, 13].map(|number| unread(CheckId::DgHash(number))));
    }
    checks.extend(hashes);
    checks.extend([
        cardaccess,
        chip,
        terminal_auth(evidence),
        dg2_check,
        dg13_check,
        country,
        issue_period,
        expiry,
        print,
        number_form,
        dossier,
        status,
        super::history::history(
            evidence,
            issued,
            chip_authentication.is_some() && number.is_some(),
            expected.not_of_session,
        ),
    ]);
    let checks = checks.into_iter().map(|check| known.weigh(check)).collect();
    Findings {
        checks,
        number,
        dg1: signed_dg1,
        dg13: signed_dg13,
        portrait,
        access: opened_by,
        chip_authentication,
        test: anchor.is_some_and(|anchor| anchor.test),
    }
}
