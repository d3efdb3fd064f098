//! The demo over HTTP, as an integrator meets it: simulated chips, the real pipeline, the store and
//! a case system with its receipt.

use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::decision::{Policy, VerdictKind, reason};
use cccd_desk::desk::reading::evidence_file::{self, seal};
use cccd_desk::desk::reading::{Expected, Grounds, judge};
use cccd_desk::report::jose::JwkSet;
use cccd_desk::simulation::desk::{Options, SimulatedDesk};
use serde_json::{Value, json};

/// A program that is paired with a demo.
struct Integrator {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Integrator {
    async fn pair() -> Self {
        // The client wants a provider although it speaks plain HTTP; a second call is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let demo = SimulatedDesk::start(Options::default())
            .await
            .expect("a demo");
        let address = demo.doors().page.clone();
        tokio::spawn(demo.serve(std::future::pending()));
        let (base, secret) = address.split_once("/#pair=").expect("a secret");
        let mut this = Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            base: base.to_owned(),
            token: String::new(),
        };
        let pair = json!({ "secret": secret, "as": "token" });
        this.token = this.post("/v1/pair", &pair).await["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        this
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base));
        let sent = request.bearer_auth(&self.token).json(body).send().await;
        sent.unwrap().json().await.expect("JSON")
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.base));
        request.bearer_auth(&self.token).send().await.unwrap()
    }

    /// Lays a card and opens a session for it; the session as it is once its report is receipted,
    /// or its verdict stands where none is due.
    async fn read(&self, persona: &str, defects: &[&str]) -> Value {
        let reader = "Simulated Reader A";
        let lay = json!({ "reader": reader, "persona": persona, "defects": defects });
        assert_eq!(self.post("/v1/demo/lay", &lay).await, Value::Null);
        let body = json!({ "purpose": "dossier-intake", "policy": "document", "reader": reader });
        let session = self.post("/v1/sessions", &body).await;
        let path = format!(
            "/v1/sessions/{}",
            session["id"].as_str().expect("a session")
        );
        let mut events = self.get(&format!("{path}/events")).await;
        let qr = cccd_sim::persona(persona).expect("a persona").qr();
        let taken = self
            .post(&format!("{path}/key"), &json!({ "qr": qr }))
            .await;
        assert_eq!(taken["key"], "qr");
        let mut bytes = Vec::new();
        while let Some(chunk) = events.chunk().await.unwrap() {
            bytes.extend_from_slice(&chunk);
            while let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = bytes.drain(..end + 2).collect();
                let event = std::str::from_utf8(&event).expect("UTF-8");
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                let data: Value = data.map_or(Value::Null, |data| {
                    serde_json::from_str(data).expect("one line of JSON")
                });
                let due = data["report"]["state"] != "not-due";
                if data["state"] == "reported" || (data["state"] == "decided" && !due) {
                    return data;
                }
            }
        }
        panic!("the stream ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_citizen_is_verified_and_reported_once() {
    let desk = Integrator::pair().await;
    let personas = cccd_sim::citizens().expect("personas");
    for persona in &personas {
        let session = desk.read(&persona.name, &[]).await;
        assert_eq!(
            session["verdict"]["verdict"], "verified",
            "{}",
            persona.name
        );
        assert_eq!(session["verdict"]["test"], true);
        assert_eq!(
            session["verdict"]["personal_number"],
            persona.personal_number
        );
        assert_eq!(session["report"]["state"], "delivered");
        let png = desk
            .get(session["portrait"].as_str().expect("a portrait"))
            .await;
        assert!(png.bytes().await.unwrap().starts_with(b"\x89PNG"));
        let zip = desk
            .get(session["evidence"].as_str().expect("evidence"))
            .await;
        assert!(zip.bytes().await.unwrap().starts_with(b"PK"));
    }
    let received: Value = desk.get("/v1/demo/received").await.json().await.unwrap();
    let received = received.as_array().expect("a list");
    assert_eq!(received.len(), personas.len());
    for (report, persona) in received.iter().zip(&personas) {
        assert_eq!(report["event"]["type"], "identity.confirmed");
        assert_eq!(
            report["event"]["data"]["personal_number"],
            persona.personal_number
        );
        assert_eq!(report["deliveries"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_ends_as_its_row_says_and_harms_no_next_card() {
    let desk = Integrator::pair().await;
    for id in [
        "link-reader-unplugged",
        "link-service-restart",
        "access-key-mistyped",
        "sod-empty",
        "dg13-truncated-field",
        "sod-sha1-policy",
    ] {
        let defect = cccd_sim::defect(id).expect("a defect");
        let session = desk.read("adult-man", &[id]).await;
        assert_eq!(session["verdict"]["verdict"], defect.result, "{id}");
        assert_eq!(session["explanation"]["code"], json!(defect.reason), "{id}");
        assert_eq!(session["verdict"]["personal_number"], Value::Null, "{id}");
        let next = desk.read("adult-woman", &[]).await;
        assert_eq!(next["verdict"]["verdict"], "verified", "after {id}");
    }
}

/// Row beh-verdict-replay: evidence that was sealed for one session is handed in for another.
#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_one_session_is_refused_for_another() {
    let desk = Integrator::pair().await;
    let session = desk.read("adult-man", &[]).await;
    let zip = desk.get(session["evidence"].as_str().unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.zip");
    std::fs::write(&path, zip.bytes().await.unwrap()).unwrap();
    let saved = evidence_file::read_saved(&path).unwrap();
    let jws = saved.seal.as_deref().unwrap();
    let keys: JwkSet = desk.get("/v1/keys").await.json().await.unwrap();
    let digest = saved.evidence.digest();
    assert_eq!(session["verdict"]["digests"]["evidence"], digest);

    let own = session["id"].as_str().unwrap();
    assert_eq!(seal::objection(jws, &keys, own, &digest), None);
    let nobody = JwkSet::default();
    for (why, keys, session, digest) in [
        (
            "another session",
            &keys,
            "01KAQ4Z2V6J6M3B5T8Y0X1N7CD",
            digest.as_str(),
        ),
        ("not of this desk", &nobody, own, &digest),
        ("not what was sealed", &keys, own, &"0".repeat(64)),
    ] {
        let objection = seal::objection(jws, keys, session, digest).unwrap();
        assert!(objection.contains(why), "{objection}");
        let expected = Expected {
            not_of_session: Some(objection),
            ..Expected::default()
        };
        let policy = Policy::ready_made("evidence").unwrap().asking_for_history();
        let grounds = Grounds {
            trust: None,
            policy: &policy,
            printed: None,
            expected: &expected,
            at: time::OffsetDateTime::now_utc(),
        };
        let verdict = judge(&saved.evidence, ReadingCount::default(), grounds).verdict;
        assert_eq!(verdict.verdict, VerdictKind::NotVerified);
        assert_eq!(verdict.reason, Some(reason::VERDICT_REPLAYED));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_demo_does_not_have_it_says() {
    let desk = Integrator::pair().await;
    for (reader, persona, defects) in [
        ("Reader Z", "adult-man", json!([])),
        ("Simulated Reader A", "nobody", json!([])),
        ("Simulated Reader A", "adult-man", json!(["no-such-defect"])),
    ] {
        let lay = json!({ "reader": reader, "persona": persona, "defects": defects });
        assert_eq!(
            desk.post("/v1/demo/lay", &lay).await["code"],
            "unknown-card"
        );
    }
}
