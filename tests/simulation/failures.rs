//! What goes wrong around a whole desk, and what it says of it: rows of docs/failures.md.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, desk, reader};

async fn health(client: &Client) -> Value {
    client.desk(Method::GET, "/v1/health", Value::Null).await.1
}

fn codes(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["code"].as_str().unwrap()).collect()
}

async fn read(client: &Client, case_ref: &str) -> (String, Value) {
    client.lay("A", "adult-man", &[]).await;
    let more = json!({ "case_ref": case_ref });
    let id = client.open(&reader("A"), more).await;
    client.scan("A", "adult-man").await;
    let view = client.until(&id, "decided").await;
    (id, view)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_is_told_and_confirms_nobody() {
    let (client, _) = desk(1).await;
    let (_, view) = read(&client, "HS-1").await;
    assert_eq!(view["verdict"]["verdict"], "verified");
    assert_eq!(codes(&health(&client).await["troubles"]), [""; 0]);
    let back = json!({ "now": "2015-01-01T08:00:00Z" });
    client.done(Method::PUT, "/v1/clock", back).await;
    let told = health(&client).await;
    assert_eq!(codes(&told["troubles"]), ["clock-behind"]);
    assert_eq!(told["status"], "degraded");
    let (_, view) = read(&client, "HS-2").await;
    assert_ne!(view["verdict"]["verdict"], "verified");
}

/// A clock that is ahead makes cards look expired: nobody is confirmed, with a reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_confirms_nobody_and_says_why() {
    let (client, _) = desk(1).await;
    let ahead = json!({ "advance_seconds": 30 * 365 * 86_400_u64 });
    client.done(Method::PUT, "/v1/clock", ahead).await;
    let (_, view) = read(&client, "HS-1").await;
    let met = (&view["verdict"]["verdict"], &view["verdict"]["reason"]);
    assert_eq!(met, (&json!("undetermined"), &json!("crl-stale")));
    assert!(view["explanation"]["next_action"]["vi"].is_string());
}

/// What keeps a report from its receipt stands in the session, with what to do next.
#[tokio::test(flavor = "multi_thread")]
async fn why_a_report_waits_or_was_refused_stands_in_its_session() {
    let (client, _) = desk(1).await;
    for (number, (fault, state, reason)) in [
        (json!("down"), "waiting", "case-system-unreachable"),
        (json!("unavailable"), "waiting", "case-system-error"),
        (json!("redirect"), "waiting", "case-system-redirected"),
        (json!("not-json"), "waiting", "receipt-malformed"),
        (json!("oversize"), "waiting", "receipt-oversize"),
        (json!("wrong-receipt"), "waiting", "receipt-mismatch"),
        (json!({ "refuse": 429 }), "waiting", "case-system-busy"),
        (json!({ "refuse": 422 }), "refused", "report-refused"),
    ]
    .into_iter()
    .enumerate()
    {
        let fault = json!({ "fault": fault });
        client.done(Method::PUT, "/v1/case-system", fault).await;
        let (id, _) = read(&client, &format!("HS-{number}")).await;
        let mut events = client.listen(&format!("/v1/sessions/{id}/events")).await;
        let told = events
            .until("session", |view| view["report"]["reason"].is_string())
            .await;
        let report = &told["report"];
        assert_eq!(
            (&report["state"], &report["reason"]),
            (&json!(state), &json!(reason))
        );
        for language in ["vi", "en"] {
            assert!(report["sentence"][language].as_str().unwrap().len() > 9);
            assert!(report["next_action"][language].as_str().unwrap().len() > 9);
        }
    }
}
