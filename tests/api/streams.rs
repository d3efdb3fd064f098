//! Event streams: what they say to whom, and how they resume.

use cccd_desk::desk::Settings;
use cccd_desk::desk::ports::Role;
use serde_json::json;

use crate::client::{Client, one_counter};
use crate::support::{NAME, NUMBER, Stage, good_card};

#[tokio::test]
async fn a_listener_that_comes_back_gets_what_it_missed() {
    let (stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let path = format!("{session}/events");
    let mut events = clerk.listen(&path, None).await;
    let first = events.until(|e| e.data["state"] == "key-wanted").await;
    drop(events);

    stage.reading.next("Reader A", good_card());
    stage.readers.lay("Reader A");
    clerk.scan(&session).await;
    clerk.listen(&path, None).await.state("decided").await;

    let mut again = clerk.listen(&path, Some(first.id)).await;
    let mut seen = vec![first.id];
    let mut states = Vec::new();
    loop {
        let event = again.next().await.unwrap();
        seen.push(event.id);
        if event.name == "session" {
            states.push(event.data["state"].as_str().unwrap().to_owned());
        }
        if event.data["state"] == "decided" {
            break;
        }
    }
    assert!(
        seen.is_sorted() && seen.windows(2).all(|pair| pair[0] < pair[1]),
        "{seen:?}"
    );
    states.dedup();
    assert_eq!(states, ["card-wanted", "reading", "biometrics", "decided"]);
}

#[tokio::test]
async fn one_that_lost_the_thread_gets_the_session_as_it_is() {
    let (_stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    for last in [None, Some(3), Some(u64::MAX)] {
        let event = clerk
            .listen(&format!("{session}/events"), last)
            .await
            .next()
            .await
            .unwrap();
        assert_eq!(
            (event.name.as_str(), &event.data["state"]),
            ("session", &json!("key-wanted"))
        );
    }
}

#[tokio::test]
async fn the_stream_for_everyone_says_nothing_of_anyone() {
    let (stage, clerk) = one_counter();
    let operator = Client::of(&stage, Role::Operator);
    let mut all = operator.listen("/v1/events", None).await;
    assert_eq!(all.next().await.unwrap().name, "gap");
    assert_eq!(
        all.next().await.unwrap().data["readers"][0]["name"],
        "Reader A"
    );
    let begin = all.next().await.unwrap();

    stage.reading.next("Reader A", good_card());
    let session = clerk.open(json!({ "case_ref": "H01-2026-1" })).await;
    clerk.scan(&session).await;
    stage.readers.lay("Reader A");
    clerk
        .listen(&format!("{session}/events"), None)
        .await
        .state("decided")
        .await;
    stage.readers.lift("Reader A");

    let mut all = operator.listen("/v1/events", Some(begin.id)).await;
    let mut text = String::new();
    let decided = loop {
        let event = all.next().await.unwrap();
        text.push_str(&event.data.to_string());
        if event.data["state"] == "decided" {
            break event.data;
        }
    };
    assert_eq!(decided["verdict"], "verified");
    for secret in [NUMBER, NAME, "1990", "H01-2026-1"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn readers_and_cards_that_come_and_go_are_told() {
    let (stage, clerk) = one_counter();
    let mut all = clerk.listen("/v1/events", None).await;
    all.until(|e| e.name == "readers").await;
    stage.readers.lay("Reader A");
    all.until(|e| e.data["readers"][0]["card"] == true).await;
    stage.readers.plug("Reader B");
    all.until(|e| e.data["readers"][1]["name"] == "Reader B")
        .await;
    stage.readers.service(false);
    all.until(|e| e.data["service"] == false).await;
    let health = clerk.get("/v1/health").await.json();
    assert_eq!(
        (&health["status"], &health["card_service"]),
        (&json!("degraded"), &json!(false))
    );
    stage.readers.service(true);
    all.until(|e| e.data["service"] == true).await;
    assert_eq!(clerk.get("/v1/health").await.json()["status"], "ok");
}

#[tokio::test]
async fn listeners_are_counted() {
    let settings = Settings {
        listeners: 2,
        ..Settings::default()
    };
    let stage = Stage::with(settings, &["Reader A"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let first = clerk.listen("/v1/events", None).await;
    let _second = clerk.listen("/v1/events", None).await;
    assert_eq!(
        clerk.get("/v1/events").await.problem(),
        "too-many-listeners"
    );
    drop(first);
    clerk.listen("/v1/events", None).await;
}

#[tokio::test]
async fn streams_end_when_the_desk_stops() {
    let (stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let mut own = clerk.listen(&format!("{session}/events"), None).await;
    let mut all = clerk.listen("/v1/events", None).await;
    stage.desk.stop().await;
    let failed = own.state("failed").await;
    assert_eq!(failed["explanation"]["code"], "desk-stopped");
    assert!(own.next().await.is_none());
    while all.next().await.is_some() {}
    let refused = clerk
        .post("/v1/sessions", &json!({ "purpose": "dossier-intake" }))
        .await;
    assert_eq!(refused.problem(), "not-ready");
}
