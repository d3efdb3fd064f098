#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::decision::{Fact, Reason};
use crate::finding::reason::{
    CARD_REPORTED_LOST, REGISTER_MISMATCH, REGISTER_UNAVAILABLE, REGISTER_UNKNOWN,
};

const NOW: OffsetDateTime = datetime!(2026-03-02 08:00:00 UTC);

fn policy(weight: Weight) -> Policy {
    let mut policy = Policy::ready_made("dossier-intake").unwrap();
    policy.weights.insert(CheckId::Register.name(), weight);
    policy
}

fn answer(said: Said, differs: &[RegisterField]) -> Result<Answer, NoAnswer> {
    Ok(Answer {
        answer: said,
        differs: differs.to_vec(),
        as_of: NOW,
    })
}

#[test]
fn every_answer_becomes_its_check() {
    use CheckResult::{Failed, NotPerformed, Successful, Undetermined};
    let future = Ok(Answer {
        answer: Said::Match,
        differs: Vec::new(),
        as_of: NOW + time::Duration::minutes(6),
    });
    let rows: [(_, _, _, Option<Reason>); 8] = [
        (answer(Said::Match, &[]), Successful, Successful, None),
        (
            answer(Said::Differs, &[RegisterField::Name]),
            Failed,
            Failed,
            Some(REGISTER_MISMATCH),
        ),
        (
            answer(Said::Lost, &[]),
            Failed,
            Failed,
            Some(CARD_REPORTED_LOST),
        ),
        (
            answer(Said::Unknown, &[]),
            Undetermined,
            Undetermined,
            Some(REGISTER_UNKNOWN),
        ),
        (
            Err(NoAnswer::Timeout),
            Undetermined,
            NotPerformed,
            Some(REGISTER_UNAVAILABLE),
        ),
        (
            Err(NoAnswer::Status(503)),
            Undetermined,
            NotPerformed,
            Some(REGISTER_UNAVAILABLE),
        ),
        (
            Err(NoAnswer::Malformed),
            Undetermined,
            NotPerformed,
            Some(REGISTER_UNAVAILABLE),
        ),
        (
            future,
            Undetermined,
            NotPerformed,
            Some(REGISTER_UNAVAILABLE),
        ),
    ];
    for (answered, mandatory, optional, reason) in rows {
        for (weight, result) in [(Weight::Mandatory, mandatory), (Weight::Optional, optional)] {
            let made = check("register.test", "R-1", &answered, &policy(weight), NOW);
            assert_eq!((made.result, made.reason), (result, reason), "{answered:?}");
            let source = Fact::Plain("register.test".to_owned());
            assert_eq!(made.facts["source"], source);
            assert!(made.facts.contains_key("as-of") || made.facts.contains_key("why"));
        }
    }
}

#[test]
fn only_answers_of_the_contract_are_taken() {
    let as_of = "2026-03-01T00:00:00Z";
    for (body, taken) in [
        (json!({ "answer": "match", "as_of": as_of }), true),
        (
            json!({ "answer": "match", "differs": [], "as_of": as_of }),
            true,
        ),
        (
            json!({ "answer": "match", "as_of": as_of, "more": 1 }),
            true,
        ),
        (json!({ "answer": "lost", "as_of": as_of }), true),
        (json!({ "answer": "unknown", "as_of": as_of }), true),
        (
            json!({ "answer": "differs", "differs": ["name", "name"], "as_of": as_of }),
            true,
        ),
        (json!({ "answer": "differs", "as_of": as_of }), false),
        (
            json!({ "answer": "differs", "differs": [], "as_of": as_of }),
            false,
        ),
        (
            json!({ "answer": "differs", "differs": ["shoe_size"], "as_of": as_of }),
            false,
        ),
        (
            json!({ "answer": "match", "differs": ["name"], "as_of": as_of }),
            false,
        ),
        (json!({ "answer": "yes", "as_of": as_of }), false),
        (json!({ "answer": "match" }), false),
        (json!({ "answer": "match", "as_of": "yesterday" }), false),
        (json!({ "as_of": as_of }), false),
        (json!([]), false),
        (json!(null), false),
    ] {
        let text = body.to_string();
        assert_eq!(Answer::parse(text.as_bytes()).is_ok(), taken, "{text}");
    }
    assert_eq!(Answer::parse(b"<!doctype html>"), Err(NoAnswer::Malformed));
    assert_eq!(
        Answer::parse(&[b' '; MOST_BYTES + 1]),
        Err(NoAnswer::Oversize)
    );
}

#[test]
fn a_question_prints_nobody() {
    let question = Question {
        request_id: "R-1".to_owned(),
        personal_number: "001090000001".into(),
        document_number: Some("090000001".into()),
        name: Some("NGUYỄN VĂN A".into()),
        birth_date: Some("1990-01-31".into()),
        purpose: "benefit-payment",
    };
    let printed = format!("{question:?}");
    assert!(!printed.contains("0900") && !printed.contains("NGUY") && !printed.contains("1990"));
    assert_eq!(
        serde_json::to_value(&question).unwrap(),
        json!({
            "request_id": "R-1", "personal_number": "001090000001",
            "document_number": "090000001", "name": "NGUYỄN VĂN A",
            "birth_date": "1990-01-31", "purpose": "benefit-payment",
        })
    );
}

/// The description that a register's makers work from says what the code does.
#[test]
fn the_description_agrees() {
    let text = include_str!("../../../docs/register.openapi.json");
    let described: serde_json::Value = serde_json::from_str(text).unwrap();
    let schemas = &described["components"]["schemas"];
    assert!(described["paths"]["/v1/check"]["post"].is_object());
    let said = [Said::Match, Said::Differs, Said::Lost, Said::Unknown].map(Said::name);
    let properties = &schemas["Answer"]["properties"];
    assert_eq!(properties["answer"]["enum"], json!(said));
    let fields = [
        RegisterField::DocumentNumber,
        RegisterField::Name,
        RegisterField::BirthDate,
    ]
    .map(RegisterField::name);
    assert_eq!(properties["differs"]["items"]["enum"], json!(fields));
    let mut asked: Vec<&String> = schemas["Question"]["properties"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    asked.sort_unstable();
    assert_eq!(
        asked,
        [
            "birth_date",
            "document_number",
            "name",
            "personal_number",
            "purpose",
            "request_id"
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_none(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = Answer::parse(&bytes);
    }
}
