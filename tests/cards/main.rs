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

use bench::{Bench, Script};

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
        assert_eq!(
            verdict.personal_number.as_ref().unwrap().reveal(),
            &persona.personal_number
        );
        assert_eq!(verdict.name.as_ref().unwrap().reveal(), &persona.full_name);
        assert_eq!(verdict.access, Some("bac"));
        assert_eq!(verdict.chip_authentication, Some("aa"));
        assert!(judgement.portrait.is_some());
        assert!(verdict.checks.iter().all(|check| !check.clause.is_empty()));
    }
}

#[test]
fn every_defect_gets_the_result_and_reason_of_its_row() {
    let mut wrong = Vec::new();
    for defect in cccd_sim::defects() {
        let persona = &cccd_sim::personas().unwrap()[0];
        let script = Script::of(persona).with(defect);
        let verdict = Bench.judge(&script).verdict;
        let met = bench::outcome(&verdict);
        let expected = (defect.result.to_owned(), defect.reason.map(str::to_owned));
        if met != expected {
            let checks: Vec<_> = verdict
                .checks
                .iter()
                .filter(|check| check.reason.is_some())
                .map(|check| format!("{}={:?}", check.id.name(), check.reason.unwrap()))
                .collect();
            wrong.push(format!(
                "{}: expected {expected:?}, met {met:?} {checks:?}",
                defect.id
            ));
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
