//! A register that is asked about the card, and a record that the case system has: what becomes of the
//! verdict, and of the report.

use std::sync::Arc;

use cccd_desk::config::{Config, Register};
use cccd_desk::decision::Policies;
use cccd_desk::desk::ports::NoFaces;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk, desk_with, reader};
use crate::person::outcome;

const POLICIES: &str = r#"
[policy.register-must]
based_on = "dossier-intake"
version = "1"
checks = { dossier = "not-asked", register = "mandatory" }

[policy.register-may]
based_on = "dossier-intake"
version = "1"
checks = { dossier = "not-asked", register = "optional" }

[policy.register-not]
based_on = "dossier-intake"
version = "1"
checks = { dossier = "not-asked", register = "not-asked" }
"#;

/// A desk whose register may take so long.
async fn desk_of(budget_milliseconds: u64) -> Client {
    let config = Config {
        policies: Policies::default().with(POLICIES).unwrap(),
        register: Register {
            budget_milliseconds,
            ..Register::default()
        },
        ..Config::default()
    };
    let options = Options {
        readers: 1,
        config,
        ..Options::default()
    };
    desk_with(options, Arc::new(NoFaces)).await.0
}

async fn answers(client: &Client, persona: &str, answer: &str) {
    let body = json!({ "persona": persona, "answer": answer });
    client.done(Method::PUT, "/v1/register", body).await;
}

async fn asked(client: &Client) -> Vec<Value> {
    let view = client.done(Method::GET, "/v1/register", Value::Null).await;
    view["asked"].as_array().unwrap().clone()
}

async fn begin(client: &Client, policy: &str, persona: &str, defects: &[&str]) -> String {
    client.lay("A", persona, defects).await;
    let id = client.open(&reader("A"), json!({ "policy": policy })).await;
    client.scan("A", persona).await;
    id
}

async fn read(client: &Client, policy: &str, persona: &str) -> Value {
    let id = begin(client, policy, persona, &[]).await;
    // The clerk's look is offered: the verdict is wanted without it.
    client.until(&id, "decided").await
}

fn check(view: &Value) -> &Value {
    let checks = view["verdict"]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["id"] == "register");
    found.expect("the check")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_ends_as_its_row() {
    let client = desk_of(400).await;
    let unavailable = "register-unavailable";
    for (answer, must, may, result, reason) in [
        ("match", "verified", "verified", "successful", "–"),
        (
            "differs",
            "not_verified",
            "not_verified",
            "failed",
            "register-mismatch",
        ),
        (
            "lost",
            "not_verified",
            "not_verified",
            "failed",
            "card-reported-lost",
        ),
        (
            "unknown",
            "undetermined",
            "undetermined",
            "undetermined",
            "register-unknown",
        ),
        (
            "down",
            "undetermined",
            "verified",
            "undetermined",
            unavailable,
        ),
        (
            "rubbish",
            "undetermined",
            "verified",
            "undetermined",
            unavailable,
        ),
        (
            "slow",
            "undetermined",
            "verified",
            "undetermined",
            unavailable,
        ),
    ] {
        answers(&client, "adult-man", answer).await;
        for (policy, verdict) in [("register-must", must), ("register-may", may)] {
            let view = read(&client, policy, "adult-man").await;
            let headline = if verdict == "verified" { "–" } else { reason };
            assert_eq!(outcome(&view), (verdict, headline), "{answer} {policy}");
            let check = check(&view);
            let lenient = policy == "register-may" && reason == unavailable;
            let result = if lenient { "not_performed" } else { result };
            assert_eq!(check["result"], result, "{answer} {policy}");
            assert_eq!(check["facts"]["source"], "127.0.0.1");
            assert_eq!(check["facts"].get("as-of").is_some(), reason != unavailable);
            if answer == "differs" {
                assert_eq!(check["facts"]["differs"], "name");
            }
            client
                .done(Method::DELETE, "/v1/readers/A/card", Value::Null)
                .await;
        }
    }
    let asked = asked(&client).await;
    assert_eq!(asked.len(), 14);
    assert_eq!(asked[0]["personal_number"], "001090000001");
    assert_eq!(asked[0]["purpose"], "dossier-intake");
}

/// The desk's own time is over before the register says anything: the counter goes on.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_beyond_the_budget() {
    let client = desk_of(30_000).await;
    answers(&client, "adult-man", "slow").await;
    let id = begin(&client, "register-must", "adult-man", &[]).await;
    let mut events = client.listen(&format!("/v1/sessions/{id}/events")).await;
    events
        .until("progress", |told| told["phase"]["name"] == "register")
        .await;
    let body = json!({ "advance_seconds": 31 });
    client.done(Method::PUT, "/v1/clock", body).await;
    let view = client.until(&id, "decided").await;
    assert_eq!(outcome(&view), ("undetermined", "register-unavailable"));
    assert_eq!(check(&view)["facts"]["why"], "it did not answer in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_session_takes_its_question_back() {
    let client = desk_of(30_000).await;
    answers(&client, "adult-man", "slow").await;
    let id = begin(&client, "register-must", "adult-man", &[]).await;
    let mut events = client.listen(&format!("/v1/sessions/{id}/events")).await;
    events
        .until("progress", |told| told["phase"]["name"] == "register")
        .await;
    let path = format!("/v1/sessions/{id}");
    let (status, view) = client.clerk(Method::DELETE, &path, Value::Null).await;
    assert_eq!(
        (status, &view["state"]),
        (StatusCode::OK, &json!("cancelled"))
    );
    // The reader serves the next person at once, whatever the register does.
    client
        .done(Method::DELETE, "/v1/readers/A/card", Value::Null)
        .await;
    let view = read(&client, "register-must", "adult-woman").await;
    assert_eq!(outcome(&view), ("verified", "–"));
}

/// A card that proves nothing is nobody's business elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_proven_card_is_asked_about() {
    let client = desk_of(3_000).await;
    for (policy, defects, result) in [
        ("register-must", vec!["lso-dg-hash-bad"], "not_performed"),
        ("register-must", vec!["clone-no-aa-key"], "not_performed"),
        ("register-not", vec![], "not_performed"),
    ] {
        let id = begin(&client, policy, "adult-man", &defects).await;
        let view = client.until(&id, "decided").await;
        assert_eq!(check(&view)["result"], result, "{policy} {defects:?}");
        client
            .done(Method::DELETE, "/v1/readers/A/card", Value::Null)
            .await;
    }
    assert_eq!(asked(&client).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_reconciled_in_the_session_and_in_the_report() {
    let (client, _) = desk(1).await;
    client.lay("A", "adult-man", &[]).await;
    let record = json!({
        "name": "Nguyen Van A", "birth_date": "1990", "sex": "M",
        "social_insurance_number": "BH-0001",
    });
    let more = json!({ "policy": "document", "case_ref": "HS-1", "record": record });
    let id = client.open(&reader("A"), more).await;
    client.scan("A", "adult-man").await;
    let view = client.until(&id, "reported").await;
    assert_eq!(outcome(&view), ("verified", "–"));
    let name = view["verdict"]["name"].clone();
    let born = view["verdict"]["birth_date"].clone();
    let found: Vec<Value> = view["reconciliation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            json!([
                one["field"],
                one["difference"],
                one["on_card"],
                one["proposal"]
            ])
        })
        .collect();
    assert_eq!(
        found,
        [
            json!(["name", "spelling", name, name]),
            json!(["birth_date", "year-only", born, born]),
            json!(["sex", "same", null, null]),
            json!(["social_insurance_number", "missing", null, null]),
        ]
    );
    let received = client
        .done(
            Method::GET,
            "/v1/case-system/received?at_least=1",
            Value::Null,
        )
        .await;
    let sent = &received["received"][0]["event"]["data"]["reconciliation"];
    assert_eq!(sent[0]["proposal"], name);
    assert_eq!(
        sent[2],
        json!({
            "field": "sex", "on_record": null, "on_card": null, "difference": "same", "proposal": null,
        })
    );
    assert_eq!(sent[3]["on_record"], "BH-0001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_form_opens_no_session() {
    let (client, _) = desk(1).await;
    for record in [
        json!({ "personal_number": "12" }),
        json!({ "name": "" }),
        json!({ "birth_date": "31/01/1990" }),
        json!({ "birth_date": "90" }),
        json!({ "sex": "?" }),
        json!({ "social_insurance_number": "x".repeat(65) }),
        json!({ "shoe_size": "42" }),
    ] {
        let body = json!({ "purpose": "dossier-intake", "record": record });
        let (status, problem) = client.desk(Method::POST, "/v1/sessions", body).await;
        assert!(status.is_client_error(), "{record}: {problem}");
    }
}

/// The number of before is the way from an old record to the person: the issuer signed it.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_record_is_linked_by_the_old_number_that_is_signed() {
    let (client, _) = desk(1).await;
    for (persona, difference, proposed) in [
        ("old-number", "old-number-linked", "036079000005"),
        ("adult-man", "old-number-not-linked", "–"),
    ] {
        client.lay("A", persona, &[]).await;
        let record = json!({ "personal_number": "100000005", "birth_date": "1979-08-03" });
        let more = json!({ "policy": "document", "record": record });
        let id = client.open(&reader("A"), more).await;
        client.scan("A", persona).await;
        let view = client.until(&id, "decided").await;
        let found = &view["reconciliation"];
        assert_eq!(found[0]["difference"], difference);
        assert_eq!(found[0]["proposal"].as_str().unwrap_or("–"), proposed);
        let swapped = found[1]["difference"] == "swapped-day-month";
        assert_eq!(swapped, proposed != "–");
        assert_eq!(found[1]["proposal"].is_string(), proposed != "–");
        client
            .done(Method::DELETE, "/v1/readers/A/card", Value::Null)
            .await;
    }
}
