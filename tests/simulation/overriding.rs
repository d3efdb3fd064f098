//! Going on with a case although the verdict is open: where the policy says so, by whom it says, once.

use cccd_desk::config::Config;
use cccd_desk::decision::Policies;
use cccd_desk::desk::ports::NoFaces;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::client::{Client, desk_with, reader};

/// A desk without face models, whose policy lets an operator go on without a face, and a clerk nobody.
async fn office() -> Client {
    let policies = "[policy.office]\nversion = \"1\"\nbased_on = \"benefit-payment\"\n\
                    [[policy.office.override]]\nrole = \"operator\"\nreasons = [\"check-not-performed\"]\n";
    let options = Options {
        config: Config {
            policies: Policies::default().with(policies).unwrap(),
            ..Config::default()
        },
        readers: 1,
        ..Options::default()
    };
    desk_with(options, Arc::new(NoFaces)).await.0
}

async fn decided(client: &Client, policy: &str, defects: &[&str]) -> (String, Value) {
    client.lay("A", "adult-man", defects).await;
    let more = json!({ "policy": policy, "case_ref": "case 7" });
    let id = client.open(&reader("A"), more).await;
    client.scan("A", "adult-man").await;
    let view = client.until(&id, "reported").await;
    (id, view)
}

async fn go_on(client: &Client, token: &str, id: &str, why: &str) -> (StatusCode, Value) {
    let path = format!("/v1/sessions/{id}/attestation");
    let body = json!({ "override": why });
    client.desk_as(token, Method::POST, &path, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_goes_on_where_the_policy_lets_him_and_the_verdict_stays() {
    let client = office().await;
    let (operator, clerk) = (
        client.doors.tokens.operator.clone(),
        client.doors.tokens.clerk.clone(),
    );
    let (id, view) = decided(&client, "office", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "undetermined");
    assert_eq!(view["may_override"], false, "no clerk may");
    let code = |(status, answer): (StatusCode, Value)| (status, answer["code"].clone());
    let refused = code(go_on(&client, &clerk, &id, "biết mặt").await);
    assert_eq!(refused, (StatusCode::FORBIDDEN, json!("no-override")));
    for why in ["", "  ", "ab", "a\u{7}bc"] {
        let (status, _) = go_on(&client, &operator, &id, why).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{why:?}");
    }
    let why = "máy ảnh hỏng, đã so bằng mắt";
    let (status, view) = go_on(&client, &operator, &id, why).await;
    assert_eq!(status, StatusCode::OK, "{view}");
    assert_eq!(view["override"]["role"], "operator");
    assert_eq!(view["verdict"]["verdict"], "undetermined");
    // Once.
    let again = code(go_on(&client, &operator, &id, why).await);
    assert_eq!(again, (StatusCode::CONFLICT, json!("wrong-state")));
    // The case system is told, after the verdict, with who and why and without the number.
    let path = format!("/v1/case-system/received?session={id}&at_least=2");
    let received = client.done(Method::GET, &path, Value::Null).await;
    let events: Vec<&Value> = received["received"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["event"])
        .collect();
    assert_eq!(events[0]["type"], "identity.undetermined");
    assert_eq!(events[1]["type"], "identity.overridden");
    let data = &events[1]["data"];
    assert_eq!(data["reasons"], json!(["check-not-performed"]));
    assert_eq!(data["role"], "operator");
    assert_eq!(data["why"], why);
    assert_eq!(data["case_ref"], "case 7");
    assert_eq!(data["test"], true);
    assert!(!data.to_string().contains("001090000001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_on_in_spite_of_what_was_proven_or_is_not_named() {
    let client = office().await;
    let operator = client.doors.tokens.operator.clone();
    for (policy, defects) in [
        // Proven wrong.
        ("office", &["lso-dg-hash-bad"][..]),
        // A ready-made policy names nobody.
        ("benefit-payment", &[]),
        // Verified: nothing to go on in spite of.
        ("dossier-intake", &[]),
    ] {
        let (id, view) = decided(&client, policy, defects).await;
        let (status, problem) = go_on(&client, &operator, &id, "vì thế").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{policy} {defects:?} {view}");
        assert_eq!(problem["code"], "no-override");
    }
    // Not before there is a verdict.
    let id = client
        .open(&reader("A"), json!({ "policy": "office" }))
        .await;
    let (status, problem) = go_on(&client, &operator, &id, "vì thế").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("wrong-state"))
    );
}
