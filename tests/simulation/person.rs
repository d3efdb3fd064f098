//! The person in front: what a session asks for, what comes, and what becomes of the verdict. Faces are
//! compared by a script here; `tests/face` compares real pictures.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use cccd_desk::biometrics::face::{Comparison, Finding, Live, NotPerformed, Outcome};
use cccd_desk::config::{Camera, Config};
use cccd_desk::decision::Policies;
use cccd_desk::desk::ports::FaceComparing;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk, desk_with, reader};

/// Says what it was told to, one comparison after another.
#[derive(Default)]
pub struct Scripted {
    next: Mutex<VecDeque<Finding>>,
    pub seen: Mutex<Vec<&'static str>>,
}

impl FaceComparing for Scripted {
    fn cannot(&self) -> Option<NotPerformed> {
        None
    }

    fn compare(&self, comparison: Comparison) -> Outcome {
        let what = match comparison.live {
            Live::Stills(_) => "stills",
            Live::Movement(..) => "movement",
        };
        self.seen.lock().unwrap().push(what);
        let next = self.next.lock().unwrap().pop_front();
        Outcome::new(next.expect("a comparison that the test expects"))
    }
}

pub fn scripted(findings: &[Finding]) -> Arc<Scripted> {
    let scripted = Scripted::default();
    scripted
        .next
        .lock()
        .unwrap()
        .extend(findings.iter().cloned());
    Arc::new(scripted)
}

/// A session whose card was read, and that waits for the person.
pub async fn waiting(client: &Client, policy: &str, defects: &[&str]) -> (String, Value) {
    client.lay("A", "adult-man", defects).await;
    let more = json!({ "policy": policy, "expected": { "personal_number": "001090000001" } });
    let id = client.open(&reader("A"), more).await;
    client.scan("A", "adult-man").await;
    let path = format!("/v1/sessions/{id}?until=person");
    let (_, view) = client.desk(Method::GET, &path, Value::Null).await;
    (id, view)
}

/// A picture that nobody sent before.
pub fn picture(name: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(name)
}

pub async fn show(client: &Client, id: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/v1/sessions/{id}/face");
    client.desk(Method::POST, &path, body).await
}

async fn attest(client: &Client, id: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/v1/sessions/{id}/attestation");
    client.clerk(Method::POST, &path, body).await
}

pub fn outcome(view: &Value) -> (&str, &str) {
    let verdict = &view["verdict"];
    let text = |name: &str| verdict[name].as_str().unwrap_or("–");
    (text("verdict"), text("reason"))
}

/// DEFECTS, section I: each ends as its row says.
#[tokio::test(flavor = "multi_thread")]
async fn every_finding_of_a_face_ends_as_its_row() {
    let rows = [
        ("bio-genuine", Finding::Supports, "verified", "–"),
        (
            "bio-other-person",
            Finding::DoesNotSupport,
            "not_verified",
            "face-mismatch",
        ),
        (
            "bio-grey-zone",
            Finding::Inconclusive,
            "undetermined",
            "face-inconclusive",
        ),
        (
            "bio-photo-attack",
            Finding::PresentationAttack,
            "not_verified",
            "presentation-attack",
        ),
        (
            "bio-no-face",
            Finding::LiveFaceMissing,
            "undetermined",
            "live-face-missing",
        ),
        (
            "bio-two-faces",
            Finding::LiveFaceAmbiguous,
            "undetermined",
            "live-face-ambiguous",
        ),
        (
            "bio-poor-quality",
            Finding::LiveImagePoor,
            "undetermined",
            "live-image-poor",
        ),
        (
            "bio-no-model",
            Finding::NotPerformed(NotPerformed::Busy),
            "undetermined",
            "check-not-performed",
        ),
    ];
    for (row, finding, verdict, reason) in rows {
        let (client, _) = desk_with(Options::default(), scripted(&[finding])).await;
        let (id, view) = waiting(&client, "benefit-payment", &[]).await;
        assert_eq!(view["state"], "biometrics", "{row}");
        assert_eq!(view["person"]["mandatory"], json!(["face"]), "{row}");
        assert!(
            view["portrait"].is_string(),
            "{row}: the clerk sees both portraits"
        );
        assert_eq!(view["verdict"], Value::Null, "{row}");
        let (status, _) = show(&client, &id, json!({ "pictures": [picture(row)] })).await;
        assert_eq!(status, StatusCode::OK, "{row}");
        attest(&client, &id, json!({ "done": true })).await;
        let decided = client.until(&id, "decided").await;
        assert_eq!(outcome(&decided), (verdict, reason), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_a_policy_that_needs_the_face_is_never_verified() {
    let (client, _) = desk(1).await;
    let (_, view) = waiting(&client, "benefit-payment", &[]).await;
    assert_eq!(
        view["state"].as_str().map(|state| state != "biometrics"),
        Some(true)
    );
    assert_eq!(outcome(&view), ("undetermined", "check-not-performed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_picture_may_follow_one_that_said_nothing() {
    let findings = [Finding::LiveImagePoor, Finding::Supports];
    let (client, _) = desk_with(Options::default(), scripted(&findings)).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let (_, first) = show(&client, &id, json!({ "pictures": [picture("1")] })).await;
    assert_eq!(first["state"], "biometrics");
    assert_eq!(first["person"]["face_attempts_left"], 2);
    assert_eq!(first["person"]["checks"][0]["reason"], "live-image-poor");
    show(&client, &id, json!({ "pictures": [picture("2")] })).await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
}

/// Bad cards stay bad, whoever is in front.
#[tokio::test(flavor = "multi_thread")]
async fn a_portrait_that_nobody_signed_is_compared_with_nobody() {
    let scripted = scripted(&[]);
    let (client, _) = desk_with(Options::default(), scripted.clone()).await;
    let (id, view) = waiting(&client, "benefit-payment", &["lso-dg-hash-bad"]).await;
    assert_eq!(outcome(&view), ("not_verified", "dg-hash-mismatch"));
    let (status, problem) = show(&client, &id, json!({ "pictures": [picture("x")] })).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("wrong-state"))
    );
    assert!(scripted.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clerks_look_counts_and_names_who_looked() {
    let table = [
        (json!({ "look": "yes" }), "verified", "–"),
        (json!({ "look": "no" }), "not_verified", "face-mismatch"),
        (
            json!({ "look": "unsure" }),
            "undetermined",
            "face-inconclusive",
        ),
        (
            json!({ "look": "yes", "printed_photo": "no" }),
            "not_verified",
            "printed-photo-mismatch",
        ),
    ];
    for (said, verdict, reason) in table {
        let (client, _) = desk(1).await;
        let (id, view) = waiting(&client, "result-return", &[]).await;
        assert_eq!(view["person"]["wanted"], json!(["clerk-look"]));
        // A program sees nobody.
        let path = format!("/v1/sessions/{id}/attestation");
        let (status, problem) = client.desk(Method::POST, &path, said.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        assert_eq!(problem["code"], "clerk-alone");
        attest(&client, &id, said.clone()).await;
        let decided = client.until(&id, "decided").await;
        assert_eq!(outcome(&decided), (verdict, reason), "{said}");
        let checks = decided["verdict"]["checks"].as_array().unwrap();
        let look = checks
            .iter()
            .find(|check| check["id"] == "clerk-look")
            .unwrap();
        assert!(look["facts"]["by"].is_string());
    }
}

fn with_policy(rules: &str) -> Options {
    let text = format!(
        "[policy.office]\nversion = \"1\"\nbased_on = \"benefit-payment\"\n[policy.office.person]\n{rules}\n"
    );
    let config = Config {
        policies: Policies::default().with(&text).unwrap(),
        ..Config::default()
    };
    Options {
        config,
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clerk_stands_in_where_the_machine_is_unsure_and_never_where_it_failed() {
    for (finding, verdict) in [
        (Finding::Inconclusive, "verified"),
        (Finding::DoesNotSupport, "not_verified"),
        (Finding::NotPerformed(NotPerformed::Busy), "undetermined"),
    ] {
        let options = with_policy("clerk_stands_in = true\nface_attempts = 1");
        let (client, _) = desk_with(options, scripted(std::slice::from_ref(&finding))).await;
        let (id, _) = waiting(&client, "office", &[]).await;
        show(&client, &id, json!({ "pictures": [picture("s")] })).await;
        attest(&client, &id, json!({ "look": "yes" })).await;
        let decided = client.until(&id, "decided").await;
        assert_eq!(decided["verdict"]["verdict"], verdict, "{finding:?}");
        let notes = decided["verdict"]["notes"].as_array().unwrap();
        let stood_in = notes.contains(&json!("clerk-stood-in"));
        assert_eq!(stood_in, verdict == "verified", "{finding:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_wants_the_person_to_move_takes_no_still() {
    let findings = [Finding::Supports, Finding::Supports];
    let options = with_policy("liveness = \"required\"");
    let scripted = scripted(&findings);
    let (client, _) = desk_with(options, scripted.clone()).await;
    let (id, view) = waiting(&client, "office", &[]).await;
    assert_eq!(view["person"]["liveness"], "required");
    let (_, still) = show(&client, &id, json!({ "pictures": [picture("still")] })).await;
    assert_eq!(still["person"]["checks"][0]["reason"], "sensor-untrusted");

    let path = format!("/v1/sessions/{id}/challenge");
    let (_, asked) = client.desk(Method::POST, &path, Value::Null).await;
    assert_eq!(asked["turns"].as_array().unwrap().len(), 3);
    let frames: Vec<Value> = (0..4)
        .map(|at| json!({ "at_ms": at * 200, "picture": picture(&format!("m{at}")) }))
        .collect();
    let body = json!({ "challenge": asked["nonce"], "frames": frames });
    show(&client, &id, body).await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
    assert_eq!(*scripted.seen.lock().unwrap(), ["stills", "movement"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_counts_once_and_for_its_own_session() {
    let (client, _) = desk_with(Options::default(), scripted(&[])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let frames = |name: &str| json!([{ "at_ms": 0, "picture": picture(name) }]);
    let foreign = json!({ "challenge": "00".repeat(16), "frames": frames("a") });
    let (_, view) = show(&client, &id, foreign).await;
    assert_eq!(view["person"]["checks"][0]["reason"], "sensor-untrusted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_an_earlier_session_is_a_replay() {
    let (client, _) = desk_with(Options::default(), scripted(&[Finding::Supports])).await;
    let (first, _) = waiting(&client, "benefit-payment", &[]).await;
    show(&client, &first, json!({ "pictures": [picture("same")] })).await;
    assert_eq!(
        outcome(&client.until(&first, "decided").await),
        ("verified", "–")
    );
    let (second, _) = waiting(&client, "benefit-payment", &[]).await;
    show(&client, &second, json!({ "pictures": [picture("same")] })).await;
    let decided = client.until(&second, "decided").await;
    assert_eq!(outcome(&decided), ("not_verified", "sensor-replay"));
}

/// A desk that lets one camera in.
pub fn only_the_counter_camera() -> Options {
    Options {
        config: Config {
            camera: Camera {
                allowed: vec!["Counter camera".to_owned()],
                ..Camera::default()
            },
            ..Config::default()
        },
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_is_not_let_in_supports_nobody() {
    let options = only_the_counter_camera();
    let (client, _) = desk_with(options, scripted(&[Finding::Supports])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let of = |camera: &str| json!({ "camera": camera, "pictures": [picture(camera)] });
    let (_, view) = show(&client, &id, of("OBS Virtual Camera")).await;
    assert_eq!(view["person"]["checks"][0]["reason"], "sensor-untrusted");
    show(&client, &id, of("Counter camera")).await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("verified", "–"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_refused_with_what_would_be_right() {
    let (client, _) = desk_with(Options::default(), scripted(&[])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    for body in [
        json!({}),
        json!({ "pictures": [] }),
        json!({ "pictures": ["***"] }),
        json!({ "pictures": vec![picture("many"); 13] }),
        json!({ "challenge": "zz", "frames": [{ "at_ms": 1, "picture": picture("f") }] }),
        json!({ "picture": picture("typo") }),
    ] {
        let (status, problem) = show(&client, &id, body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem["code"], "invalid-request", "{body}");
    }
    let view = format!("/v1/sessions/{id}");
    let (_, view) = client.desk(Method::GET, &view, Value::Null).await;
    assert_eq!(
        view["person"]["face_attempts_left"], 3,
        "none of them counts"
    );
}

/// Time that is let pass ends the wait: what did not come says so.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_waited_for_for_ever() {
    let (client, _) = desk_with(Options::default(), scripted(&[])).await;
    let (id, _) = waiting(&client, "benefit-payment", &[]).await;
    let later = json!({ "advance_seconds": 200 });
    client.done(Method::PUT, "/v1/clock", later).await;
    let decided = client.until(&id, "decided").await;
    assert_eq!(outcome(&decided), ("undetermined", "check-not-performed"));
}
