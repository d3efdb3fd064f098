//! The desk's own camera: the desk takes the pictures, and what goes wrong with it leaves the check
//! wanted.

use cccd_desk::biometrics::face::Finding;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk_with};
use crate::person::{only_the_counter_camera, outcome, picture, scripted, show, waiting};

async fn before_camera(client: &Client, body: Value) -> Value {
    client.done(Method::PUT, "/v1/camera", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_takes_pictures_itself() {
    let (client, _) = desk_with(Options::default(), scripted(&[Finding::Supports])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    before_camera(
        &client,
        json!({ "pictures": [picture("one"), picture("two")] }),
    )
    .await;
    let (status, view) = show(&client, &id, json!({ "from": "desk" })).await;
    assert_eq!(status, StatusCode::OK, "{view}");
    assert_eq!(
        outcome(&client.until(&id, "decided").await),
        ("verified", "–")
    );
    let camera = before_camera(&client, json!({})).await;
    assert_eq!(camera["resting"], true, "its light is off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_camera_leaves_the_check_wanted() {
    let (client, _) = desk_with(Options::default(), scripted(&[Finding::Supports])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let pictures = [picture("a")];
    let table = [
        ("none", "camera-none"),
        ("gone", "camera-lost"),
        ("busy", "camera-busy"),
        ("formless", "camera-format"),
        ("oversize", "camera-format"),
        ("silent", "camera-timeout"),
    ];
    for (trouble, code) in table {
        before_camera(&client, json!({ "pictures": pictures, "trouble": trouble })).await;
        let (status, problem) = show(&client, &id, json!({ "from": "desk" })).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!(code)),
            "{trouble}"
        );
        assert!(problem["sentence"]["vi"].is_string());
        let path = format!("/v1/sessions/{id}");
        let (_, view) = client.desk(Method::GET, &path, Value::Null).await;
        assert_eq!(view["person"]["wanted"][0], "face", "{trouble}");
        assert_eq!(view["person"]["face_attempts_left"], 3, "{trouble}");
        assert_eq!(view["person"]["comparing"], false, "{trouble}");
        let (_, health) = client.desk(Method::GET, "/v1/health", Value::Null).await;
        assert_eq!(health["cameras"][0]["fault"]["code"], code, "{trouble}");
    }
    let (_, problem) = show(&client, &id, json!({ "from": "desk", "camera": "Other" })).await;
    assert_eq!(problem["code"], "camera-none");
    let (_, problem) = show(
        &client,
        &id,
        json!({ "from": "desk", "pictures": pictures }),
    )
    .await;
    assert_eq!(problem["code"], "invalid-request");
    before_camera(&client, json!({ "pictures": pictures })).await;
    show(
        &client,
        &id,
        json!({ "from": "desk", "camera": "Simulated Camera" }),
    )
    .await;
    assert_eq!(
        outcome(&client.until(&id, "decided").await),
        ("verified", "–")
    );
    let (_, health) = client.desk(Method::GET, "/v1/health", Value::Null).await;
    assert_eq!(health["cameras"][0]["fault"], Value::Null);
}

/// Until the session says that a comparison, or the taking of its pictures, runs.
async fn comparing(client: &Client, id: &str) {
    let path = format!("/v1/sessions/{id}");
    loop {
        let (_, view) = client.desk(Method::GET, &path, Value::Null).await;
        if view["person"]["comparing"] == true {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Being configured lets the desk's own camera in, and its name alone lets nobody in.
#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_the_desks_camera_is_not_its_pictures() {
    let options = only_the_counter_camera();
    let (client, _) = desk_with(options, scripted(&[Finding::Supports])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let sent = json!({ "camera": "Simulated Camera", "pictures": [picture("sent")] });
    let (_, view) = show(&client, &id, sent).await;
    assert_eq!(view["person"]["checks"][0]["reason"], "sensor-untrusted");
    before_camera(&client, json!({ "pictures": [picture("own")] })).await;
    show(&client, &id, json!({ "from": "desk" })).await;
    assert_eq!(
        outcome(&client.until(&id, "decided").await),
        ("verified", "–")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_followed_by_the_desks_camera() {
    let scripted = scripted(&[Finding::Supports]);
    let (client, _) = desk_with(Options::default(), scripted.clone()).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let turns: Vec<String> = (0..60).map(|at| picture(&format!("turn {at}"))).collect();
    before_camera(&client, json!({ "pictures": turns })).await;
    let foreign = json!({ "from": "desk", "challenge": "00".repeat(16) });
    let (_, problem) = show(&client, &id, foreign).await;
    assert_eq!(problem["code"], "not-wanted");
    let path = format!("/v1/sessions/{id}/challenge");
    let (_, asked) = client.desk(Method::POST, &path, Value::Null).await;
    let body = json!({ "from": "desk", "challenge": asked["nonce"] });
    let taking = {
        let (client, id) = (client.clone(), id.clone());
        tokio::spawn(async move { show(&client, &id, body).await })
    };
    comparing(&client, &id).await;
    // The challenge's time is let pass at once: what was seen until then is compared.
    let later = json!({ "advance_seconds": 10 });
    client.done(Method::PUT, "/v1/clock", later).await;
    let (status, view) = taking.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{view}");
    assert_eq!(
        outcome(&client.until(&id, "decided").await),
        ("verified", "–")
    );
    assert_eq!(*scripted.seen.lock().unwrap(), ["movement"]);
}
