//! Waits that run out, on a clock that the test moves; and parts that break.

use axum::http::StatusCode;
use cccd_desk::decision::{VerdictKind, reason};
use cccd_desk::desk::Settings;
use cccd_desk::desk::ports::{Role, Trouble};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::client::{Client, one_counter};
use crate::support::{Act, NUMBER, Stage, good_card, judgement};

#[tokio::test(start_paused = true)]
async fn a_session_that_gets_no_code_expires() {
    let (_stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    let expired = events.state("expired").await;
    assert_eq!(expired["explanation"]["code"], "key-wait-elapsed");
    assert_eq!(expired["cleared"], true);
    clerk.open(json!({})).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_gets_no_card_expires_and_says_what_was_missing() {
    type Prepare = fn(&Stage);
    let cases: [(&str, Prepare); 3] = [
        ("no-card", |_| {}),
        ("reader-lost", |stage| stage.readers.unplug("Reader A")),
        ("reader-service-lost", |stage| stage.readers.service(false)),
    ];
    for (code, prepare) in cases {
        let (stage, clerk) = one_counter();
        let session = clerk.open(json!({})).await;
        clerk.scan(&session).await;
        prepare(&stage);
        let mut events = clerk.listen(&format!("{session}/events"), None).await;
        let expired = events.state("expired").await;
        assert_eq!(expired["explanation"]["code"], code);
    }
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_bounds_all_waits_together() {
    let settings = Settings {
        lifetime: std::time::Duration::from_secs(100),
        key_wait: std::time::Duration::from_secs(90),
        card_wait: std::time::Duration::from_secs(90),
        ..Settings::default()
    };
    let stage = Stage::with(settings, &["Reader A"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let begin = tokio::time::Instant::now();
    let session = clerk.open(json!({})).await;
    advance(std::time::Duration::from_secs(80)).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    events.state("expired").await;
    assert_eq!(begin.elapsed().as_secs(), 100);
}

#[tokio::test(start_paused = true)]
async fn personal_data_goes_when_its_time_is_over_and_the_session_later() {
    let (stage, clerk) = one_counter();
    stage.reading.next("Reader A", good_card());
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    let decided = events.state("decided").await;
    assert_eq!(decided["clears_at"], "2026-03-02T08:33:00Z");
    let cleared = events
        .until(|event| event.data["cleared"] == true)
        .await
        .data;
    assert!(!cleared.to_string().contains(NUMBER));
    assert_eq!(cleared["verdict"]["verdict"], "verified");
    assert_eq!(cleared["verdict"]["checks"], Value::Null);
    assert!(
        events.next().await.is_none(),
        "the stream ends with its session"
    );
    assert_eq!(clerk.get(&session).await.problem(), "unknown-session");
}

#[tokio::test]
async fn a_reading_that_does_not_come_back_ends_its_session_in_time() {
    let settings = Settings {
        reading: std::time::Duration::from_millis(1),
        ..Settings::default()
    };
    let stage = Stage::with(settings, &["Reader A"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let late = Act::Judge(Box::new(judgement(VerdictKind::Verified, None)));
    stage
        .reading
        .next("Reader A", vec![Act::UntilCancelled, late]);
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    assert_eq!(
        events.state("failed").await["explanation"]["code"],
        "read-timeout"
    );
    assert!(stage.conclusions.recorded.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_reading_that_breaks_down_harms_no_other() {
    let (stage, clerk) = one_counter();
    stage.reading.next("Reader A", vec![Act::Panic]);
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    // beh-worker-crash: recorded like any other, and no finding about the card.
    let decided = events.state("decided").await;
    assert_eq!(decided["verdict"]["verdict"], "unreadable");
    assert_eq!(decided["verdict"]["reason"], reason::INTERNAL_ERROR.code());
    assert_eq!(stage.conclusions.recorded.lock().unwrap().len(), 1);

    stage.reading.next("Reader A", good_card());
    let next = clerk.open(json!({})).await;
    clerk.scan(&next).await;
    let mut events = clerk.listen(&format!("{next}/events"), None).await;
    assert_eq!(
        events.state("decided").await["verdict"]["verdict"],
        "verified"
    );
}

#[tokio::test]
async fn a_verdict_that_cannot_be_recorded_is_not_shown() {
    let (stage, clerk) = one_counter();
    *stage.conclusions.broken.lock().unwrap() = true;
    stage.reading.next("Reader A", good_card());
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    let failed = events.state("failed").await;
    assert_eq!(failed["explanation"]["code"], "not-recorded");
    assert_eq!(failed["verdict"], Value::Null);
    assert_eq!(clerk.get("/v1/keys").await.problem(), "store-unavailable");
    assert_eq!(clerk.get("/v1/health").await.json()["store"], false);
}

#[tokio::test]
async fn what_keeps_the_desk_from_recording_is_told_to_the_clerk_and_in_its_health() {
    for trouble in Trouble::ALL {
        let (stage, clerk) = one_counter();
        *stage.conclusions.broken.lock().unwrap() = true;
        *stage.conclusions.trouble.lock().unwrap() = Some(trouble);
        stage.reading.next("Reader A", good_card());
        stage.readers.lay("Reader A");
        let session = clerk.open(json!({})).await;
        clerk.scan(&session).await;
        let mut events = clerk.listen(&format!("{session}/events"), None).await;
        let failed = events.state("failed").await;
        assert_eq!(failed["verdict"], Value::Null);
        let health = clerk.get("/v1/health").await.json();
        assert_eq!(health["status"], "degraded");
        for told in [&failed["explanation"], &health["troubles"][0]] {
            assert_eq!(told["code"], trouble.code());
            for words in ["sentence", "next_action"] {
                for language in ["vi", "en"] {
                    assert!(told[words][language].as_str().unwrap().len() > 9, "{told}");
                }
            }
        }
    }
    // Every code can be looked up.
    let (_, clerk) = one_counter();
    let listed = clerk.get("/v1/reasons").await.json();
    let listed = listed["troubles"].as_array().unwrap();
    let codes: Vec<&Value> = listed.iter().map(|told| &told["code"]).collect();
    assert_eq!(codes, Trouble::ALL.map(Trouble::code));
}

#[tokio::test]
async fn a_desk_without_room_opens_no_session_and_ends_what_was_begun() {
    for (trouble, code) in [
        (Trouble::OutboxFull, "outbox-full"),
        (Trouble::DiskAlmostFull, "no-room"),
    ] {
        let (stage, clerk) = one_counter();
        let begun = clerk.open(json!({})).await;
        *stage.conclusions.no_room.lock().unwrap() = Some(trouble);
        let body = json!({ "purpose": "dossier-intake" });
        let refused = clerk.post("/v1/sessions", &body).await;
        assert_eq!(refused.status, 507);
        assert_eq!(refused.problem(), code);
        stage.reading.next("Reader A", good_card());
        stage.readers.lay("Reader A");
        clerk.scan(&begun).await;
        let mut events = clerk.listen(&format!("{begun}/events"), None).await;
        events.state("decided").await;
        *stage.conclusions.no_room.lock().unwrap() = None;
        let opened = clerk.post("/v1/sessions", &body).await;
        assert_eq!(opened.status, 201);
    }
}

#[tokio::test]
async fn a_desk_without_a_reader_says_so() {
    let stage = Stage::with(Settings::default(), &[]);
    let clerk = Client::of(&stage, Role::Clerk);
    let answer = clerk
        .post("/v1/sessions", &json!({ "purpose": "dossier-intake" }))
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "no-reader");
}

#[tokio::test]
async fn sessions_are_bounded_and_ended_ones_make_place() {
    let settings = Settings {
        sessions: 2,
        ..Settings::default()
    };
    let stage = Stage::with(settings, &["Reader A", "Reader B", "Reader C"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let first = clerk.open(json!({})).await;
    clerk.open(json!({})).await;
    let third = clerk
        .post("/v1/sessions", &json!({ "purpose": "dossier-intake" }))
        .await;
    assert_eq!(third.problem(), "too-many-sessions");
    clerk.delete(&first).await;
    clerk.open(json!({})).await;
    assert_eq!(clerk.get(&first).await.problem(), "unknown-session");
}

#[tokio::test]
async fn a_caller_may_choose_the_policy_where_the_desk_allows_it() {
    let settings = Settings {
        any_policy: true,
        ..Settings::default()
    };
    let stage = Stage::with(settings, &["Reader A"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let session = clerk.open(json!({ "policy": "document" })).await;
    assert_eq!(clerk.get(&session).await.json()["policy"], "document");
    let body = json!({ "purpose": "dossier-intake", "policy": "anything" });
    let unknown = clerk.post("/v1/sessions", &body).await;
    assert!(
        unknown.json()["known"]
            .as_array()
            .unwrap()
            .contains(&json!("document"))
    );
    assert_eq!(unknown.problem(), "unknown-policy");
}
