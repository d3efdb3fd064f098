//! A session from its opening to the receipt, and everything that may come in between.

use axum::http::StatusCode;
use cccd_desk::decision::{VerdictKind, reason};
use cccd_desk::desk::Settings;
use cccd_desk::desk::ports::{Delivery, DeliveryOutcome, DeliveryReason, Role};
use serde_json::{Value, json};

use crate::client::{Client, one_counter};
use crate::support::{Act, NAME, NUMBER, Stage, gate, good_card, judgement, progress};

fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_good_card_goes_from_the_code_to_the_receipt() {
    let (stage, clerk) = one_counter();
    let (open, wait) = gate();
    let mut script = good_card();
    script.insert(3, wait);
    stage.reading.next("Reader A", script);

    let session = clerk.open(json!({ "case_ref": "H01-2026-1" })).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    events.state("key-wanted").await;
    assert_eq!(clerk.scan(&session).await.status, StatusCode::ACCEPTED);
    assert_eq!(events.state("card-wanted").await["key"], "qr");
    stage.readers.lay("Reader A");

    // Name and number are there before the portrait, and marked as what they are.
    let claimed = events.until(|e| e.data["claimed"].is_object()).await.data;
    assert_eq!(claimed["state"], "reading");
    assert_eq!(claimed["claimed"]["personal_number"], NUMBER);
    assert_eq!(claimed["verdict"], Value::Null);
    assert_eq!(claimed["face"], Value::Null);
    assert_eq!(
        clerk.get(&format!("{session}/portrait")).await.problem(),
        "no-portrait"
    );
    assert_eq!(
        clerk.get(&format!("{session}/evidence")).await.problem(),
        "no-evidence"
    );
    open.send(()).unwrap();

    let decided = events.state("decided").await;
    assert_eq!(decided["verdict"]["verdict"], "verified");
    assert_eq!(decided["verdict"]["personal_number"], NUMBER);
    assert_eq!(decided["verdict"]["test"], true);
    assert_eq!(decided["claimed"], Value::Null);
    assert_eq!(decided["face"]["name"], NAME);
    assert_eq!(decided["report"]["state"], "waiting");
    assert!(decided["explanation"]["sentence"]["vi"].is_string());
    let recorded = stage.conclusions.recorded.lock().unwrap().clone();
    let entry = (
        id_of(&session),
        Some("H01-2026-1".to_owned()),
        VerdictKind::Verified,
    );
    assert_eq!(recorded, [entry]);

    let portrait = clerk.get(&format!("{session}/portrait")).await;
    assert_eq!(portrait.headers["content-type"], "image/png");
    assert_eq!(portrait.headers["cache-control"], "no-store");
    assert!(portrait.bytes.starts_with(b"\x89PNG"));
    let evidence = clerk.get(&format!("{session}/evidence")).await;
    assert_eq!(evidence.headers["content-type"], "application/zip");
    let left = stage.conclusions.left.lock().unwrap().clone();
    assert_eq!(left, [(id_of(&session), Role::Clerk)]);
    // What cannot be recorded does not leave.
    *stage.conclusions.broken.lock().unwrap() = true;
    let withheld = clerk.get(&format!("{session}/evidence")).await;
    assert_eq!(withheld.problem(), "store-unavailable");
    *stage.conclusions.broken.lock().unwrap() = false;

    let news = |outcome| Delivery {
        session: id_of(&session).parse().unwrap(),
        report_id: format!("report-of-{}", id_of(&session)),
        outcome,
    };
    stage
        .conclusions
        .news
        .send(news(DeliveryOutcome::Waiting {
            attempts: 1,
            reason: DeliveryReason::Unreachable,
        }))
        .unwrap();
    let waiting = events
        .until(|e| e.data["report"]["attempts"] == 1)
        .await
        .data;
    assert_eq!(
        (&waiting["state"], &waiting["report"]["state"]),
        (&json!("decided"), &json!("waiting"))
    );
    let told = &waiting["report"];
    assert_eq!(told["reason"], "case-system-unreachable");
    let words = |of: &Value| of["vi"].as_str().unwrap().len() + of["en"].as_str().unwrap().len();
    assert!(words(&told["sentence"]) > 0 && words(&told["next_action"]) > 0);
    let receipt_id = "receipt-7".to_owned();
    stage
        .conclusions
        .news
        .send(news(DeliveryOutcome::Delivered { receipt_id }))
        .unwrap();
    let reported = events.state("reported").await;
    assert_eq!(reported["report"]["state"], "delivered");
    assert_eq!(reported["report"]["receipt_id"], "receipt-7");
}

#[tokio::test]
async fn a_forged_card_says_why_and_what_to_do() {
    let (stage, clerk) = one_counter();
    let forged = judgement(VerdictKind::NotVerified, Some(reason::DG_HASH_MISMATCH));
    stage
        .reading
        .next("Reader A", vec![Act::Judge(Box::new(forged))]);
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    let decided = events.state("decided").await;
    assert_eq!(decided["verdict"]["verdict"], "not_verified");
    assert_eq!(decided["verdict"]["personal_number"], Value::Null);
    assert_eq!(decided["explanation"]["code"], "dg-hash-mismatch");
    let entry = reason::DG_HASH_MISMATCH.entry();
    assert_eq!(decided["explanation"]["sentence"]["vi"], entry.sentence.vi);
    assert_eq!(
        decided["explanation"]["next_action"]["en"],
        entry.next_action.en
    );
    assert_eq!(decided["report"]["state"], "not-due");
    assert_eq!(
        clerk.get(&format!("{session}/portrait")).await.problem(),
        "no-portrait"
    );
}

#[tokio::test]
async fn a_refused_report_is_shown() {
    let (stage, clerk) = one_counter();
    stage.reading.next("Reader A", good_card());
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    events.state("decided").await;
    let outcome = DeliveryOutcome::Refused { status: 422 };
    let session_id = id_of(&session).parse().unwrap();
    let news = Delivery {
        session: session_id,
        report_id: format!("report-of-{}", id_of(&session)),
        outcome,
    };
    stage.conclusions.news.send(news).unwrap();
    let refused = events
        .until(|e| e.data["report"]["state"] == "refused")
        .await
        .data;
    assert_eq!(refused["state"], "decided");
    assert_eq!(refused["report"]["status"], 422);
}

#[tokio::test]
async fn every_kind_of_key_is_taken_and_anything_else_is_not() {
    const MRZ: &str = "IDVNM0900000018001090000001<<99001011M3001019VNM<<<<<<<<<<<6NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";
    let (_stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let key = format!("{session}/key");
    for (body, code) in [
        (json!({ "qr": "hello" }), "key-qr-malformed"),
        (json!({ "qr": "1|2" }), "key-qr-malformed"),
        (
            json!({ "scan": "https://example.org" }),
            "key-not-a-card-code",
        ),
        (json!({ "scan": "1".repeat(2_000) }), "key-too-long"),
        (json!({ "mrz": "IDVNM" }), "key-mrz-malformed"),
        (json!({ "can": "12" }), "key-number-malformed"),
        (json!({ "can": "000001" }), "key-opens-nothing"),
        (
            json!({ "personal_number": "00109000000x" }),
            "key-number-malformed",
        ),
        (
            json!({ "document_number": "090000001", "birth_date": "1990-02-30", "expiry_date": "2030-01-01" }),
            "key-date-malformed",
        ),
        (json!({ "document_number": "090000001" }), "invalid-request"),
        (json!({ "can": "000001", "mrz": MRZ }), "invalid-request"),
        (json!({}), "invalid-request"),
        (json!({ "pin": "1234" }), "invalid-request"),
    ] {
        assert_eq!(clerk.post(&key, &body).await.problem(), code, "{body}");
    }
    assert_eq!(clerk.get(&session).await.json()["state"], "key-wanted");
    // A better code replaces the one before it, for as long as no card lies there.
    for (body, kind) in [
        (json!({ "mrz": MRZ }), "mrz"),
        (json!({ "scan": MRZ }), "mrz"),
        (json!({ "scan": NUMBER }), "number"),
        (
            json!({ "document_number": "090000001", "birth_date": "1990-01-01", "expiry_date": "2030-01-01" }),
            "typed",
        ),
    ] {
        let answer = clerk.post(&key, &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{body}");
        assert_eq!(answer.json()["key"], kind);
        assert_eq!(answer.json()["state"], "card-wanted");
    }
}

#[tokio::test]
async fn what_is_expected_reaches_the_reading() {
    let (stage, clerk) = one_counter();
    stage.reading.next("Reader A", good_card());
    stage.readers.lay("Reader A");
    let expected = json!({ "personal_number": NUMBER, "name": NAME, "birth_date": "1990-01-01" });
    let session = clerk
        .open(json!({ "purpose": "benefit-payment", "expected": expected }))
        .await;
    clerk.scan(&session).await;
    clerk
        .listen(&format!("{session}/events"), None)
        .await
        .state("decided")
        .await;
    let job = stage.reading.jobs.lock().unwrap().pop().unwrap();
    assert_eq!(job.expected.personal_number.unwrap().reveal(), NUMBER);
    assert_eq!(job.expected.name.unwrap().reveal(), NAME);
    assert_eq!(job.policy.name, "benefit-payment");
    assert_eq!(job.key.source(), "qr");
}

#[tokio::test]
async fn two_readers_serve_two_people_at_once_and_one_reader_one() {
    let stage = Stage::with(Settings::default(), &["Reader A", "Reader B"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let (open_a, wait_a) = gate();
    let mut slow = good_card();
    slow.insert(0, wait_a);
    stage.reading.next("Reader A", slow);
    let expired = judgement(VerdictKind::NotVerified, Some(reason::CARD_EXPIRED));
    stage
        .reading
        .next("Reader B", vec![Act::Judge(Box::new(expired))]);

    let first = clerk.open(json!({})).await;
    let second = clerk.open(json!({})).await;
    assert_eq!(clerk.get(&first).await.json()["reader"], "Reader A");
    assert_eq!(clerk.get(&second).await.json()["reader"], "Reader B");
    let third = clerk
        .post("/v1/sessions", &json!({ "purpose": "result-return" }))
        .await;
    assert_eq!(third.status, StatusCode::CONFLICT);
    assert_eq!(third.problem(), "reader-in-use");
    for session in [&first, &second] {
        clerk.scan(session).await;
    }
    stage.readers.lay("Reader A");
    stage.readers.lay("Reader B");
    let mut events = clerk.listen(&format!("{second}/events"), None).await;
    assert_eq!(
        events.state("decided").await["explanation"]["code"],
        "card-expired"
    );
    open_a.send(()).unwrap();
    let mut events = clerk.listen(&format!("{first}/events"), None).await;
    assert_eq!(
        events.state("decided").await["verdict"]["verdict"],
        "verified"
    );
    let listed = clerk.get("/v1/sessions").await.json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    // A reader is free as soon as its verdict stands.
    clerk.open(json!({ "reader": "Reader B" })).await;
}

#[tokio::test]
async fn a_session_called_off_in_the_middle_stops_the_reading_and_forgets() {
    let (stage, clerk) = one_counter();
    stage.reading.next(
        "Reader A",
        vec![
            progress("dg1", 93, Some(93)),
            Act::UntilCancelled,
            Act::Judge(Box::new(judgement(VerdictKind::Verified, None))),
        ],
    );
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    events.until(|event| event.name == "progress").await;
    let cancelled = clerk.delete(&session).await;
    assert_eq!(cancelled.status, StatusCode::OK);
    let cancelled = cancelled.json();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["cleared"], true);
    assert_eq!(cancelled["explanation"]["code"], "cancelled");
    assert_eq!(events.state("cancelled").await["verdict"], Value::Null);

    // beh-late-frame: the late result counts for nothing, and the reader serves the next one.
    let late = events.until(|event| event.name == "late-result").await;
    assert_eq!(
        late.data,
        json!({ "verdict": "unreadable", "reason": "session-closed" })
    );
    stage.reading.next("Reader A", good_card());
    let mut all = clerk.listen("/v1/events", None).await;
    all.until(|e| e.name == "readers").await;
    let next = next_session(&clerk).await;
    clerk.scan(&next).await;
    clerk
        .listen(&format!("{next}/events"), None)
        .await
        .state("decided")
        .await;
    assert_eq!(stage.conclusions.recorded.lock().unwrap().len(), 1);
    assert_eq!(clerk.get(&session).await.json()["state"], "cancelled");
}

/// Opens a session as soon as the reading that was called off lets go of the reader.
async fn next_session(clerk: &Client) -> String {
    loop {
        let answer = clerk
            .post("/v1/sessions", &json!({ "purpose": "dossier-intake" }))
            .await;
        if answer.status == StatusCode::CREATED {
            return answer.headers["location"].to_str().unwrap().to_owned();
        }
        assert_eq!(answer.problem(), "reader-in-use");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn steps_out_of_order_are_conflicts() {
    let (stage, clerk) = one_counter();
    let (open, wait) = gate();
    let mut script = good_card();
    script.insert(1, wait);
    stage.reading.next("Reader A", script);
    stage.readers.lay("Reader A");
    let session = clerk.open(json!({})).await;
    clerk.scan(&session).await;
    let mut events = clerk.listen(&format!("{session}/events"), None).await;
    events.state("reading").await;
    let late = clerk.scan(&session).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(late.json()["state"], "reading");
    assert_eq!(late.problem(), "wrong-state");
    open.send(()).unwrap();
    events.state("decided").await;
    assert_eq!(clerk.scan(&session).await.problem(), "wrong-state");

    // A verdict that stands cannot be called off; the person is forgotten.
    let forgotten = clerk.delete(&session).await.json();
    assert_eq!(forgotten["state"], "decided");
    assert_eq!(forgotten["cleared"], true);
    assert_eq!(forgotten["verdict"]["verdict"], "verified");
    assert_eq!(forgotten["verdict"]["personal_number"], Value::Null);
    assert_eq!(forgotten["face"], Value::Null);
    assert!(!forgotten.to_string().contains(NUMBER) && !forgotten.to_string().contains(NAME));
    assert_eq!(
        clerk.get(&format!("{session}/portrait")).await.problem(),
        "no-portrait"
    );
    assert_eq!(
        clerk.get(&format!("{session}/evidence")).await.problem(),
        "no-evidence"
    );
    let replay = clerk
        .listen(&format!("{session}/events"), Some(1))
        .await
        .next()
        .await
        .unwrap();
    assert!(!replay.data.to_string().contains(NUMBER));
}

#[tokio::test]
async fn a_desk_without_a_sensor_says_so() {
    let (_stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let answer = clerk
        .post(&format!("{session}/fingerprint"), &json!({}))
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem(), "no-sensor");
}

#[tokio::test]
async fn every_word_that_a_verdict_uses_is_in_the_catalogue() {
    let (_stage, clerk) = one_counter();
    let words = clerk.get("/v1/reasons").await.json();
    let codes: Vec<_> = words["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["code"])
        .collect();
    for reason in reason::all() {
        assert!(codes.contains(&&json!(reason.code())), "{reason}");
    }
    let checks: Vec<_> = words["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["id"])
        .collect();
    assert!(checks.contains(&&json!("dg-hash.13")) && checks.contains(&&json!("face")));
}
