//! The control API: what can be done to a stage, and what is refused with what would be right.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk, reader};

/// Lays a card, opens a session on its reader and scans the code: in this order, since what lay
/// there before would be read otherwise.
async fn read(client: &Client, letter: &str, persona: &str, defects: &[&str]) -> Value {
    client.lay(letter, persona, defects).await;
    let id = client.open(&reader(letter), json!({})).await;
    client.scan(letter, persona).await;
    client.until(&id, "decided").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_a_card_and_the_report_is_at_the_case_system() {
    let (client, _) = desk(2).await;
    let more = json!({ "case_ref": "HS-1" });
    let id = client.open(&reader("B"), more).await;
    client.scan("B", "adult-woman").await;
    client.lay("B", "adult-woman", &[]).await;
    let path = "/v1/case-system/received?case_ref=HS-1&at_least=1";
    let received = client.done(Method::GET, path, Value::Null).await;
    let report = &received["received"][0];
    assert_eq!(report["event"]["type"], "identity.confirmed");
    assert_eq!(report["event"]["data"]["personal_number"], "048195000003");
    assert_eq!(report["session"], json!(id));
    let other = "/v1/case-system/received?case_ref=HS-2&at_least=0";
    let none = client.done(Method::GET, other, Value::Null).await;
    assert_eq!(none["received"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_with_what_is() {
    let (client, _) = desk(1).await;
    let card = "/v1/readers/A/card";
    let table = [
        (
            Method::PUT,
            card,
            json!({ "persona": "nobody" }),
            "unknown-persona",
            "adult-man",
        ),
        (
            Method::PUT,
            card,
            json!({ "persona": "adult-man", "defects": ["dsc-revokd"] }),
            "unknown-defect",
            "dsc-revoked",
        ),
        (
            Method::PUT,
            "/v1/readers/Q/card",
            json!({ "persona": "adult-man" }),
            "unknown-reader",
            "Simulated Reader A",
        ),
        (
            Method::DELETE,
            "/v1/readers/Q",
            Value::Null,
            "unknown-reader",
            "Simulated Reader A",
        ),
        (
            Method::PUT,
            card,
            json!({ "persona": "adult-man", "defect": "sod-bad" }),
            "invalid-request",
            "defects",
        ),
        (
            Method::PUT,
            card,
            json!({ "persona": "adult-man", "latency": { "bit_rate": 107 } }),
            "out-of-bounds",
            "106, 212, 424 or 848",
        ),
        (
            Method::PUT,
            card,
            json!({ "persona": "adult-man", "latency": { "overhead_ms": 1_001 } }),
            "out-of-bounds",
            "0 to 1000",
        ),
        (
            Method::PUT,
            card,
            json!({ "persona": "adult-man", "defects": ["dsc-revoked"], "as_before": true }),
            "not-to-be-had",
            "read before",
        ),
        (
            Method::POST,
            "/v1/readers/A/scan",
            json!({ "persona": "adult-man" }),
            "scan-not-taken",
            "waits for a code",
        ),
        (
            Method::POST,
            "/v1/readers/A/scan",
            json!({ "persona": "foreign-passport" }),
            "invalid-request",
            "code: mrz",
        ),
        (
            Method::POST,
            "/v1/readers/A/scan",
            json!({}),
            "invalid-request",
            "either text",
        ),
        (
            Method::POST,
            "/v1/readers/A/card/lay-back",
            Value::Null,
            "no-card",
            "lifted off",
        ),
        (
            Method::POST,
            "/v1/readers/A/card/tear",
            json!({ "at": 0 }),
            "out-of-bounds",
            "1 to 10000",
        ),
        (
            Method::PUT,
            "/v1/readers/%00",
            json!({}),
            "out-of-bounds",
            "control characters",
        ),
        (
            Method::PUT,
            "/v1/clock",
            json!({}),
            "invalid-request",
            "exactly one",
        ),
        (
            Method::PUT,
            "/v1/clock",
            json!({ "now": "1492-01-01T00:00:00Z" }),
            "out-of-bounds",
            "hundred years",
        ),
        (
            Method::PUT,
            "/v1/clock",
            json!({ "advance_seconds": u64::MAX }),
            "out-of-bounds",
            "hundred years",
        ),
        (
            Method::PUT,
            "/v1/case-system",
            json!({ "fault": "downn" }),
            "invalid-request",
            "`down`",
        ),
        (
            Method::PUT,
            "/v1/case-system",
            json!({ "fault": { "refuse": 200 } }),
            "out-of-bounds",
            "400 to 499",
        ),
        (
            Method::GET,
            "/v1/case-system/received?at_least=many",
            Value::Null,
            "invalid-request",
            "digits",
        ),
        (
            Method::GET,
            "/v1/case-system/received?at_least=1&within=0",
            Value::Null,
            "not-reached",
            "",
        ),
        (Method::GET, "/v1/nothing", Value::Null, "not-found", ""),
        (
            Method::POST,
            "/v1/stage",
            json!({}),
            "method-not-allowed",
            "",
        ),
    ];
    for (method, path, body, code, right) in table {
        let (status, problem) = client.stage(method.clone(), path, body.clone()).await;
        assert!(
            status.is_client_error() || status.is_server_error(),
            "{path}"
        );
        assert_eq!(problem["code"], code, "{method} {path} {body}: {problem}");
        assert!(problem.to_string().contains(right), "{problem}");
    }
    // None of it has harmed the desk.
    let view = read(&client, "A", "adult-man", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_token_and_from_a_page_nobody_gets_in() {
    let (client, _) = desk(1).await;
    let base = client.doors.control.clone().unwrap();
    let token = client.doors.tokens.control.clone().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{base}/v1/stage");
    let bare = http.get(&url);
    let of_the_desk = http.get(&url).bearer_auth(&client.doors.tokens.operator);
    let good = || http.get(&url).bearer_auth(&token);
    let table = [
        ("no token", bare, StatusCode::UNAUTHORIZED, "token-missing"),
        (
            "the desk's token",
            of_the_desk,
            StatusCode::UNAUTHORIZED,
            "token-unknown",
        ),
        (
            "another origin",
            good().header("origin", "https://example.org"),
            StatusCode::FORBIDDEN,
            "origin-not-allowed",
        ),
        (
            "its own origin",
            good().header("origin", &base),
            StatusCode::FORBIDDEN,
            "origin-not-allowed",
        ),
        (
            "a page's request",
            good().header("sec-fetch-site", "cross-site"),
            StatusCode::FORBIDDEN,
            "origin-not-allowed",
        ),
        (
            "another name of this machine",
            good().header("host", "desk.example.org"),
            StatusCode::FORBIDDEN,
            "host-not-allowed",
        ),
    ];
    for (what, request, status, code) in table {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{what}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code, "{what}");
    }
    assert_eq!(good().send().await.unwrap().status(), StatusCode::OK);
    // The token of the stage opens no door of the desk.
    let sessions = format!("{}/v1/sessions", client.doors.desk);
    let answer = http.get(sessions).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_passes_when_it_is_told_to() {
    let (client, _) = desk(1).await;
    let id = client.open(&reader("A"), json!({})).await;
    let advance = json!({ "advance_seconds": 3_600 });
    client.done(Method::PUT, "/v1/clock", advance).await;
    let view = client.until(&id, "decided").await;
    assert_eq!(view["state"], "expired", "an hour without a code");
    // A desk whose clock is years off proves nothing by it, and says so.
    let past = json!({ "now": "2015-01-01T08:00:00Z" });
    client.done(Method::PUT, "/v1/clock", past).await;
    let view = read(&client, "A", "adult-man", &[]).await;
    assert_ne!(view["verdict"]["verdict"], "verified");
    assert!(view["verdict"]["reason"].is_string(), "{view}");
    client
        .done(Method::PUT, "/v1/clock", json!({ "machine": true }))
        .await;
    let view = read(&client, "A", "adult-man", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_system_that_is_down_gets_its_report_when_it_is_back() {
    let (client, _) = desk(1).await;
    let set = |fault: Value| json!({ "fault": fault });
    client
        .done(Method::PUT, "/v1/case-system", set(json!("unavailable")))
        .await;
    let view = read(&client, "A", "adult-man", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "verified");
    assert_eq!(view["report"]["state"], "waiting");
    client
        .done(Method::PUT, "/v1/case-system", set(json!("none")))
        .await;
    // However often it was tried by now, the next time is due.
    let advance = json!({ "advance_seconds": 3_600 });
    client.done(Method::PUT, "/v1/clock", advance).await;
    let path = "/v1/case-system/received?at_least=1";
    let received = client.done(Method::GET, path, Value::Null).await;
    assert_eq!(received["received"][0]["deliveries"], 1);
    client
        .done(
            Method::PUT,
            "/v1/case-system",
            set(json!({ "refuse": 422 })),
        )
        .await;
    let view = read(&client, "A", "adult-woman", &[]).await;
    let id = view["id"].as_str().unwrap();
    let view = client.until(id, "reported").await;
    assert_eq!(view["report"]["state"], "refused");
    assert_eq!(view["report"]["status"], 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_torn_is_read_on_where_it_lies_again_and_is_gone_where_not() {
    let (client, _) = desk(1).await;
    for (back, verdict, reason) in [
        (true, "verified", Value::Null),
        (false, "unreadable", json!("card-removed")),
    ] {
        let tear = json!({ "at": 12, "back": back });
        client.lay("A", "adult-man", &[]).await;
        client
            .done(Method::POST, "/v1/readers/A/card/tear", tear)
            .await;
        let id = client.open(&reader("A"), json!({})).await;
        client.scan("A", "adult-man").await;
        let view = client.until(&id, "decided").await;
        assert_eq!(view["verdict"]["verdict"], verdict, "back: {back}");
        assert_eq!(view["verdict"]["reason"], reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn modelled_time_is_that_of_the_latency_and_nobody_waits_for_it() {
    let (client, _) = desk(1).await;
    let mut milliseconds = Vec::new();
    for latency in [
        json!({ "bit_rate": 848, "chip": "fast" }),
        json!({ "bit_rate": 106, "chip": "slow" }),
        json!({ "bit_rate": 106, "chip": "slow", "overhead_ms": 100 }),
    ] {
        let body = json!({ "persona": "adult-man", "latency": latency });
        client.done(Method::PUT, "/v1/readers/A/card", body).await;
        let id = client.open(&reader("A"), json!({})).await;
        client.scan("A", "adult-man").await;
        let view = client.until(&id, "decided").await;
        assert_eq!(view["verdict"]["verdict"], "verified");
        let phases = view["verdict"]["reading"]["phases"].as_array().unwrap();
        let all: u64 = phases
            .iter()
            .map(|phase| phase["milliseconds"].as_u64().unwrap())
            .sum();
        milliseconds.push(all);
    }
    assert!(milliseconds.is_sorted(), "{milliseconds:?}");
    assert!(milliseconds[1] > 2 * milliseconds[0], "{milliseconds:?}");
    assert!(
        milliseconds[2] > milliseconds[1] + 2_000,
        "{milliseconds:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_come_and_go_and_a_reset_is_the_start() {
    let (client, _) = desk(1).await;
    let new = client.done(Method::PUT, "/v1/readers/Desk%202", json!({}));
    assert_eq!(new.await["plugged"], true);
    client
        .done(Method::PUT, "/v1/service", json!({ "running": false }))
        .await;
    let (_, health) = client.desk(Method::GET, "/v1/readers", Value::Null).await;
    assert_eq!(health["service"], false);
    client
        .done(Method::DELETE, "/v1/readers/A", Value::Null)
        .await;
    let far = json!({ "now": "2050-01-01T00:00:00Z" });
    client.done(Method::PUT, "/v1/clock", far).await;
    let stage = client.done(Method::POST, "/v1/reset", Value::Null).await;
    assert_eq!(stage["readers"][1]["name"], "Simulated Reader A");
    assert_eq!(stage["readers"][1]["plugged"], true);
    assert_eq!(stage["readers"][0]["plugged"], false);
    assert!(!stage["now"].as_str().unwrap().starts_with("2050"));
    let (_, readers) = client.desk(Method::GET, "/v1/readers", Value::Null).await;
    assert_eq!(readers["service"], true);
    assert_eq!(readers["readers"].as_array().unwrap().len(), 1);
    let view = read(&client, "A", "child-14", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_do_not_touch_each_other() {
    let (one, _) = desk(1).await;
    let (other, _) = desk(1).await;
    let far = json!({ "now": "2050-01-01T00:00:00Z" });
    one.done(Method::PUT, "/v1/clock", far).await;
    let down = json!({ "fault": "down" });
    one.done(Method::PUT, "/v1/case-system", down).await;
    one.lay("A", "adult-man", &["dsc-revoked"]).await;
    let view = read(&other, "A", "adult-man", &[]).await;
    assert_eq!(view["verdict"]["verdict"], "verified");
    let path = "/v1/case-system/received?at_least=1";
    other.done(Method::GET, path, Value::Null).await;
    let (status, _) = other.stage(Method::GET, "/v1/stage", Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    let stage = one.done(Method::GET, "/v1/stage", Value::Null).await;
    assert_eq!(stage["received"], 0);
}

/// What programs may rely on; `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_description_is_the_golden_one() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/simulation/control.golden.json");
    let now = cccd_desk::simulation::desk::control::openapi();
    crate::openapi::assert_whole(&now);
    let text = serde_json::to_string_pretty(&now).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    let known = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        known == text,
        "the interface changed: look at it, then run with UPDATE_GOLDEN=1"
    );
}
