//! Every card of the catalogue, good and bad, read in-process and judged: result and headline reason
//! must be those of its row.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod bench;
mod benchmark;
mod catalogue;
mod cross;
mod foreign;
mod given;
mod hostile;
mod independent;
mod offline;
mod quirks;
mod reading;
mod recording;
mod terminal;
mod variants;

use bench::{Bench, Script};
use cccd_desk::decision::VerdictKind;
use cccd_desk::desk::reading::Fingerprints;

#[test]
fn every_persona_is_verified() {
    for persona in &cccd_sim::personas().unwrap() {
        let judgement = Bench.judge(&Script::of(persona));
        let verdict = &judgement.verdict;
        assert_eq!(
            bench::outcome(verdict),
            ("verified".to_owned(), None),
            "{}",
            persona.name
        );
        assert!(verdict.test, "a verdict under the test authority says so");
        let number = verdict.personal_number.as_ref();
        let due = persona.is_citizen().then_some(&persona.personal_number);
        assert_eq!(number.map(|number| number.reveal()), due);
        assert_eq!(verdict.name.as_ref().unwrap().reveal(), &persona.full_name);
        let born = verdict.birth_date.as_ref().unwrap();
        assert_eq!(born.reveal(), &persona.birth_date.to_string());
        let access = if persona.is_citizen() {
            "pace-can"
        } else {
            "pace-mrz"
        };
        assert_eq!(verdict.access, Some(access));
        assert_eq!(verdict.chip_authentication, Some("ca"));
        assert!(judgement.portrait.is_some());
        assert!(verdict.checks.iter().all(|check| !check.clause.is_empty()));
    }
}

#[test]
fn every_defect_gets_the_result_and_reason_of_its_row() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let mut wrong = Vec::new();
    for defect in cccd_sim::defects() {
        let mut script = Script::of(persona).with(defect);
        match defect.id {
            "good-sha1-legacy" => script.legacy = true,
            "ta-required-missing" => script.fingerprints = Fingerprints::Wanted(None),
            _ => {}
        }
        let verdict = Bench.judge(&script).verdict;
        let met = bench::outcome(&verdict);
        let expected = (defect.result.to_owned(), defect.reason.map(str::to_owned));
        if met != expected {
            wrong.push(format!("{}: expected {expected:?}, met {met:?}", defect.id));
        }
        if let Some((_, note)) = defect.description.split_once("; note ")
            && !verdict.notes.contains(&note)
        {
            wrong.push(format!("{}: without the note {note}", defect.id));
        }
        if verdict.verdict != VerdictKind::Verified {
            let reason = verdict.reason.unwrap().entry();
            assert!(!reason.next_action.vi.is_empty() && !reason.next_action.en.is_empty());
            assert_eq!(verdict.class, Some(reason.class));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cccd_sim::defects().len(),
        wrong.join("\n")
    );
}

/// What is formatted ends in logs sooner or later.
#[test]
fn nothing_that_is_formatted_names_the_person() {
    let persona = &cccd_sim::personas().unwrap()[0];
    for id in [
        "good-bac-only",
        "lso-dg-hash-bad",
        "x-dg1-dg13-number",
        "dg13-number-11",
    ] {
        let script = Script::of(persona).with(cccd_sim::defect(id).expect(id));
        // The evidence as well: it travels in the events of a reading.
        let (found, judgement) = Bench.read(&script);
        let text = format!("{judgement:?} {:?}", found.map(|found| found.evidence));
        assert!(!text.contains("97, 93"), "{id}: bytes of a file");
        for secret in [
            &persona.personal_number,
            &persona.full_name,
            persona.document_number(),
            "1990",
        ] {
            assert!(!text.contains(secret), "{id}");
        }
    }
}

/// A verdict can be had again from what was saved, a copy's refusal and a missing file included.
#[test]
fn saved_evidence_is_judged_as_the_card_was() {
    let persona = &cccd_sim::personas().unwrap()[0];
    for (id, result, reason) in [
        ("good-bac-only", "verified", None),
        ("lso-dg-hash-bad", "not_verified", Some("dg-hash-mismatch")),
        (
            "clone-no-aa-key",
            "not_verified",
            Some("chip-clone-aa-failed"),
        ),
        (
            "clone-aa-other-key",
            "not_verified",
            Some("chip-clone-aa-failed"),
        ),
        (
            "clone-drops-dg14-15",
            "not_verified",
            Some("chip-auth-suppressed"),
        ),
        ("com-lacks-dg", "not_verified", Some("com-sod-mismatch")),
        ("dsc-revoked", "not_verified", Some("dsc-revoked")),
    ] {
        let defect = cccd_sim::defect(id).unwrap();
        let read = Bench.judge(&Script::of(persona).with(defect));
        let archive = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(archive.path(), read.evidence.reveal()).unwrap();
        let first = Bench.judge_saved(archive.path(), &[defect]);
        assert_eq!(
            bench::outcome(&first.verdict),
            (result.to_owned(), reason.map(str::to_owned)),
            "{id}"
        );
        assert_eq!(
            first.verdict.digests.evidence, read.verdict.digests.evidence,
            "{id}"
        );
        // The same evidence, policy, store and time: the same verdict, byte for byte.
        let again = Bench.judge_saved(archive.path(), &[defect]);
        let json = |judgement: &cccd_desk::desk::reading::Judgement| {
            serde_json::to_string(&judgement.verdict).unwrap()
        };
        assert_eq!(json(&first), json(&again), "{id}");
        assert_eq!(
            first.evidence, read.evidence,
            "{id}: written again, it is the same file"
        );
    }
}
