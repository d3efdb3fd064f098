//! Fingers at a simulated desk: enrolled at a verified visit, compared at later ones, erased. The module
//! is simulated and on a pseudo terminal; the driver, the matcher and the store are the desk's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cccd_desk::biometrics::face::{Comparison, Finding, NotPerformed, Outcome};
use cccd_desk::config::{Config, Fingerprint, Terminal};
use cccd_desk::decision::Policies;
use cccd_desk::desk::ports::FaceComparing;
use cccd_desk::simulation::desk::{Options, Stage};
use cccd_sim::authority::inspection::KEY_FILE;
use cccd_sim::{KeyFamily, write_terminal};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk_with, reader};

/// Every face is its own.
struct Supports;

impl FaceComparing for Supports {
    fn cannot(&self) -> Option<NotPerformed> {
        None
    }

    fn compare(&self, _: Comparison) -> Outcome {
        Outcome::new(Finding::Supports)
    }
}

/// A desk that enrols fingers, with a policy `finger` that demands one in place of a face.
async fn office() -> (Client, Stage) {
    office_with(Terminal::default()).await
}

/// The same, with what it shows to chips.
async fn office_with(terminal: Terminal) -> (Client, Stage) {
    let policies = "[policy.finger]\nversion = \"1\"\nbased_on = \"benefit-payment\"\n\
                    [policy.finger.checks]\nface = \"not-asked\"\nfingerprint = \"mandatory\"\n";
    let config = Config {
        policies: Policies::default().with(policies).unwrap(),
        fingerprint: Fingerprint {
            enrolment_days: 365,
            module_match: true,
            ..Fingerprint::default()
        },
        terminal,
        ..Config::default()
    };
    let options = Options {
        config,
        readers: 1,
        ..Options::default()
    };
    desk_with(options, Arc::new(Supports)).await
}

/// A session under that policy, whose card was read.
async fn visit(client: &Client, persona: &str, policy: &str) -> (String, Value) {
    client.lay("A", persona, &[]).await;
    let id = client.open(&reader("A"), json!({ "policy": policy })).await;
    client.scan("A", persona).await;
    let path = format!("/v1/sessions/{id}?until=person");
    let (_, view) = client.desk(Method::GET, &path, Value::Null).await;
    (id, view)
}

/// A visit at which card and face were verified.
async fn verified(client: &Client, persona: &str) -> String {
    static PICTURE: AtomicU32 = AtomicU32::new(0);
    use base64::Engine as _;
    let (id, _) = visit(client, persona, "benefit-payment").await;
    let number = PICTURE.fetch_add(1, Ordering::Relaxed);
    let picture = base64::engine::general_purpose::STANDARD.encode(number.to_be_bytes());
    let path = format!("/v1/sessions/{id}/face");
    client
        .desk(Method::POST, &path, json!({ "pictures": [picture] }))
        .await;
    let view = client.until(&id, "decided").await;
    assert_eq!(view["verdict"]["verdict"], "verified", "{view}");
    assert_eq!(view["finger"]["enrolment"]["state"], "offered");
    id
}

/// Lays a finger on the sensor, has the desk take it, and lifts it: the session then.
async fn press(client: &Client, id: &str, part: &str, persona: &str, finger: &str) -> Value {
    let laid = json!({ "persona": persona, "finger": finger });
    client.done(Method::POST, "/v1/sensor/finger", laid).await;
    let view = take(client, id, part, finger).await;
    client
        .done(Method::DELETE, "/v1/sensor/finger", Value::Null)
        .await;
    view
}

/// Has the desk take what lies on the sensor: the session then.
async fn take(client: &Client, id: &str, part: &str, finger: &str) -> Value {
    let body = match part {
        "enrolment" => json!({ "finger": finger, "consent": true }),
        _ => Value::Null,
    };
    let path = format!("/v1/sessions/{id}/{part}");
    let (status, view) = client.clerk(Method::POST, &path, body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{view}");
    let path = format!("/v1/sessions/{id}?until=finger");
    let (_, view) = client.clerk(Method::GET, &path, Value::Null).await;
    view
}

async fn enrol(client: &Client, persona: &str, finger: &str) -> String {
    let id = verified(client, persona).await;
    for _ in 0..6 {
        let view = press(client, &id, "enrolment", persona, finger).await;
        match view["finger"]["enrolment"]["state"].as_str() {
            Some("enrolled") => return id,
            Some("pressing" | "too-few-minutiae") => {}
            _ => panic!("{}", view["finger"]),
        }
    }
    panic!("six presses did not go together");
}

fn check<'a>(view: &'a Value, id: &str) -> &'a Value {
    let checks = view["verdict"]["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).unwrap()
}

fn outcome(view: &Value) -> (&str, &str) {
    let text = |name: &str| view["verdict"][name].as_str().unwrap_or("–");
    (text("verdict"), text("reason"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_enrolled_at_a_verified_visit_is_known_at_the_next() {
    let (client, _stage) = office().await;
    enrol(&client, "adult-man", "right-index").await;

    // The same finger again.
    let (id, view) = visit(&client, "adult-man", "finger").await;
    assert_eq!(
        view["person"]["wanted"],
        json!(["clerk-look", "fingerprint"])
    );
    let known = json!([{ "finger": "right-index", "source": "enrolled" }]);
    assert_eq!(view["finger"]["known"], known);
    press(&client, &id, "fingerprint", "adult-man", "right-index").await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
    let facts = &check(&decided, "fingerprint")["facts"];
    assert_eq!(facts["source"], "enrolled");
    assert_eq!(facts["finger"], "right-index");
    assert_eq!(facts["sensor"], "r30x");
    assert_eq!(facts["module"], "matches");
    let number = |name: &str| facts[name].as_str().unwrap().parse::<u32>().unwrap();
    assert!(number("score") >= number("threshold"));

    // Another's finger, as often as may be: open, and never verified.
    let (id, _) = visit(&client, "adult-man", "finger").await;
    for left in [2, 1] {
        let view = press(&client, &id, "fingerprint", "adult-woman", "right-index").await;
        assert_eq!(view["state"], "biometrics", "{view}");
        assert_eq!(view["finger"]["presses_left"], left);
    }
    press(&client, &id, "fingerprint", "adult-woman", "right-index").await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("undetermined", "finger-mismatch"));
    assert_eq!(check(&decided, "fingerprint")["facts"]["module"], "differs");

    // Another finger of the same hand is another finger.
    let (id, _) = visit(&client, "adult-man", "finger").await;
    for _ in 0..3 {
        press(&client, &id, "fingerprint", "adult-man", "right-middle").await;
    }
    let decided = client.until(&id, "decided").await;
    assert_eq!(decided["verdict"]["verdict"], "undetermined");

    // Somebody else's card knows nothing of it.
    let (_, view) = visit(&client, "adult-woman", "finger").await;
    assert_eq!(outcome(&view), ("undetermined", "check-not-performed"));
    let why = &check(&view, "fingerprint")["facts"]["why"];
    assert!(why.as_str().unwrap().contains("none was enrolled"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_needs_a_verified_visit_consent_and_a_clerk() {
    let (client, _stage) = office().await;
    let id = verified(&client, "adult-man").await;
    let path = format!("/v1/sessions/{id}/enrolment");
    let body = json!({ "finger": "right-index" });
    let (status, problem) = client.clerk(Method::POST, &path, body).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("no-consent"))
    );
    let body = json!({ "finger": "right-index", "consent": true });
    let (status, problem) = client.desk(Method::POST, &path, body.clone()).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("role-not-allowed"))
    );
    let wrong = json!({ "finger": "pinky", "consent": true });
    let (status, _) = client.clerk(Method::POST, &path, wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    // Intake asks for no face: nothing is enrolled after it.
    let (id, _) = visit(&client, "adult-man", "dossier-intake").await;
    let view = client.until(&id, "decided").await;
    assert_eq!(view["verdict"]["verdict"], "verified");
    assert_eq!(view["finger"], Value::Null);
    let path = format!("/v1/sessions/{id}/enrolment");
    let (status, problem) = client.clerk(Method::POST, &path, body).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("not-enrolling"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn six_presses_of_different_fingers_are_given_up() {
    let (client, _stage) = office().await;
    let id = verified(&client, "adult-man").await;
    let path = format!("/v1/sessions/{id}/enrolment");
    let mut last = Value::Null;
    for finger in [
        "left-thumb",
        "left-index",
        "left-middle",
        "left-ring",
        "left-little",
        "right-thumb",
    ] {
        let laid = json!({ "persona": "adult-man", "finger": finger });
        client.done(Method::POST, "/v1/sensor/finger", laid).await;
        last = take(&client, &id, "enrolment", "right-index").await;
    }
    assert_eq!(last["finger"]["enrolment"]["state"], "given-up");
    assert_eq!(last["finger"]["enrolment"]["presses_left"], 0);
    // It may be begun anew, with consent again.
    let body = json!({ "finger": "right-index" });
    let (_, problem) = client.clerk(Method::POST, &path, body).await;
    assert_eq!(problem["code"], "no-consent");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_unknown_at_the_next_visit() {
    let (client, _stage) = office().await;
    let id = enrol(&client, "adult-man", "left-index").await;
    let path = format!("/v1/sessions/{id}/enrolment");
    let (status, _) = client.desk(Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, view) = client.clerk(Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(view["finger"]["enrolment"]["state"], "offered");
    let (_, view) = visit(&client, "adult-man", "finger").await;
    assert_eq!(outcome(&view), ("undetermined", "check-not-performed"));
}

/// Faults say nothing about the person, and the next press works.
#[tokio::test(flavor = "multi_thread")]
async fn a_sensor_that_fails_says_so_and_works_again() {
    let (client, _stage) = office().await;
    enrol(&client, "adult-man", "right-index").await;
    let (id, _) = visit(&client, "adult-man", "finger").await;
    let laid = json!({ "persona": "adult-man", "finger": "right-index" });
    client.done(Method::POST, "/v1/sensor/finger", laid).await;
    let table = [
        (json!({ "plugged": false }), "sensor-lost"),
        (
            json!({ "plugged": true, "mishaps": [{ "at": 4000, "what": "flipped", "value": 1 }] }),
            "sensor-confused",
        ),
        (
            json!({ "mishaps": [{ "at": 4000, "what": "cut" }] }),
            "sensor-timeout",
        ),
        (
            json!({ "mishaps": [{ "at": 0, "what": "silence" }] }),
            "sensor-missing",
        ),
    ];
    for (set, code) in table {
        client.done(Method::PUT, "/v1/sensor", set.clone()).await;
        let view = take(&client, &id, "fingerprint", "").await;
        assert_eq!(view["state"], "biometrics", "{set}");
        assert_eq!(view["finger"]["fault"]["code"], code, "{set}");
        assert_eq!(view["finger"]["presses_left"], 3, "{set}");
        let mended = json!({ "mishaps": [] });
        client.done(Method::PUT, "/v1/sensor", mended).await;
    }
    take(&client, &id, "fingerprint", "").await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_a_finger_can_be_called_off_and_nobody_takes_two() {
    let (client, _stage) = office().await;
    enrol(&client, "adult-man", "right-index").await;
    let (id, _) = visit(&client, "adult-man", "finger").await;
    let path = format!("/v1/sessions/{id}/fingerprint");
    let (status, view) = client.desk(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(view["finger"]["capture"].is_object());
    let (status, problem) = client.desk(Method::POST, &path, Value::Null).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("comparing"))
    );
    client.desk(Method::DELETE, &path, Value::Null).await;
    let until = format!("/v1/sessions/{id}?until=finger");
    let (_, view) = client.desk(Method::GET, &until, Value::Null).await;
    assert_eq!(view["finger"]["fault"]["code"], "capture-stopped");
    // A finger that nothing is known of.
    let body = json!({ "finger": "left-thumb" });
    let (status, problem) = client.desk(Method::POST, &path, body).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("unknown-finger"))
    );
    // The clerk decides with what is there: nothing.
    let path = format!("/v1/sessions/{id}/attestation");
    client
        .clerk(Method::POST, &path, json!({ "done": true }))
        .await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("undetermined", "check-not-performed"));
}

/// DG3, after terminal authentication and with a good hash: the finger of the chip.
#[tokio::test(flavor = "multi_thread")]
async fn a_finger_of_the_chip_is_compared_where_the_desk_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let now = time::OffsetDateTime::now_utc();
    write_terminal(folder.path(), KeyFamily::Elliptic, None, now).unwrap();
    let terminal = Terminal {
        certificates_dir: Some(folder.path().to_owned()),
        key_file: Some(folder.path().join(KEY_FILE)),
        fingerprints: vec!["finger".to_owned()],
    };
    let (client, _stage) = office_with(terminal).await;
    let lay = async |persona: &str, fingers: Value, defects: Value| {
        let body = json!({ "persona": persona, "fingers": fingers, "defects": defects });
        client.done(Method::PUT, "/v1/readers/A/card", body).await;
        let id = client
            .open(&reader("A"), json!({ "policy": "finger" }))
            .await;
        client.scan("A", persona).await;
        let path = format!("/v1/sessions/{id}?until=person");
        let (_, view) = client.desk(Method::GET, &path, Value::Null).await;
        (id, view)
    };
    let both = json!(["right-index", "left-index"]);
    let (id, view) = lay("adult-man", both.clone(), json!([])).await;
    let known = json!([
        { "finger": "right-index", "source": "chip" }, { "finger": "left-index", "source": "chip" }
    ]);
    assert_eq!(view["finger"]["known"], known, "{view}");
    press(&client, &id, "fingerprint", "adult-man", "right-index").await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
    assert_eq!(check(&decided, "fingerprint")["facts"]["source"], "chip");

    // The face would be another's too: somebody else with a genuine card.
    let (id, _) = lay("adult-man", both, json!([])).await;
    for _ in 0..3 {
        press(&client, &id, "fingerprint", "adult-woman", "right-index").await;
    }
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("undetermined", "finger-mismatch"));

    // A chip without fingers, and none enrolled.
    let (_, view) = lay("adult-man", json!([]), json!([])).await;
    assert_eq!(outcome(&view), ("undetermined", "check-not-performed"));
    let why = &check(&view, "fingerprint")["facts"]["why"];
    assert!(
        why.as_str()
            .unwrap()
            .starts_with("the chip holds no fingers"),
        "{why}"
    );
}
