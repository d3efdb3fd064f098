//! The receiver in examples/python, a process of its own, and a real deliverer before it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cccd_desk::decision::VerdictKind;
use cccd_desk::report::jose::{Jwk, JwkSet};
use cccd_desk::report::{DeliveryReason, DeliverySettings, Receipt, reach};
use cccd_desk::store::{OutboxState, Store};
use cccd_port::SystemClock;
use reqwest::StatusCode;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::delivering::Delivering;
use crate::described::{conclude, every_report, go_on};
use crate::described_by::{misfits, parts, strict};
use crate::{python, root};

/// The receiver, killed when it is dropped.
struct Receiver {
    process: Child,
    address: String,
    database: PathBuf,
}

impl Receiver {
    /// Starts it on a database in `folder`, for desk-1 with the keys at `place`.
    fn start(python: &str, folder: &Path, place: &str, more: &[&str]) -> Self {
        let database = folder.join("reports.db");
        let mut process = Command::new(python)
            .arg(root().join("examples/python/receiver.py"))
            .args(["--keys", &format!("desk-1={place}"), "--database"])
            .arg(&database)
            .args(more)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        told.read_line(&mut line).unwrap();
        // What it tells after is nobody's; a pipe that nobody reads would stop it some day.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        let told: Value = serde_json::from_str(&line).expect("a receiver");
        let address = told["reports"].as_str().unwrap().to_owned();
        Self {
            process,
            address,
            database,
        }
    }

    /// `kill -9`.
    fn kill(mut self) -> PathBuf {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.database.clone()
    }

    /// The reports in its database: identifier, kind and case, in the order of their arrival.
    fn reports(&self) -> Vec<(String, String, Option<String>)> {
        let database = rusqlite::Connection::open(&self.database).unwrap();
        let mut rows = database
            .prepare("SELECT id, type, case_ref FROM reports ORDER BY rowid")
            .unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    async fn post(&self, key: &str, body: &str) -> (StatusCode, Value) {
        let headers = [
            ("content-type", "application/jose"),
            ("idempotency-key", key),
        ];
        self.post_with(&headers, body).await
    }

    async fn post_with(&self, headers: &[(&'static str, &str)], body: &str) -> (StatusCode, Value) {
        // The client wants a provider although it speaks plain HTTP; a second call is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.post(&self.address).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A desk without its cards: what it concluded, and what it delivers.
struct Desk {
    store: Arc<Store>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::default());
        let store = Arc::new(Store::open(folder.path(), clock).unwrap());
        Self { store, folder }
    }

    /// Its public keys in a file: pinned.
    fn pinned(&self) -> String {
        let path = self.folder.path().join("keys.json");
        let keys = serde_json::to_vec(&self.store.keys()).unwrap();
        std::fs::write(&path, keys).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Its public keys at an address, as they are whenever they are asked for.
    async fn published(&self) -> String {
        let keys = |State(store): State<Arc<Store>>| async move { Json(store.keys()) };
        let router = Router::new().route("/v1/keys", get(keys));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = axum::serve(listener, router.with_state(Arc::clone(&self.store)));
        tokio::spawn(served.into_future());
        format!("http://{address}/v1/keys")
    }

    fn delivers(&self, to: &Receiver) -> Delivering {
        Delivering::to(&to.address, &self.store, Duration::from_secs(20))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_report_arrives_in_its_order() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let sent = every_report(&desk.store);
    let receiver = Receiver::start(
        python,
        desk.folder.path(),
        &desk.pinned(),
        &["--take-tests"],
    );
    let mut delivering = desk.delivers(&receiver);
    for _ in &sent {
        delivering.taken().await;
    }
    assert!(desk.store.outbox().unwrap().is_empty());
    let of = |jws: &String| {
        let event = parts(jws).1;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = text(&event["id"]).unwrap();
        (
            id,
            text(&event["type"]).unwrap(),
            text(&event["data"]["case_ref"]),
        )
    };
    let sent: Vec<_> = sent.iter().map(of).collect();
    let taken = receiver.reports();
    let in_a_case = |reports: &[(String, String, Option<String>)]| {
        let reports = reports.iter().filter(|(_, _, case)| case.is_some());
        reports.cloned().collect::<Vec<_>>()
    };
    assert_eq!(in_a_case(&taken), in_a_case(&sent));
    assert_eq!(taken.len(), sent.len());
    delivering.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_comes_twice_counts_once_also_when_the_receiver_was_killed_between() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let id = conclude(&desk.store, "S-1", Some("HS-1"), VerdictKind::Verified);
    let (folder, keys) = (desk.folder.path().to_owned(), desk.pinned());
    let mut jws = String::new();
    let each = |_: &str, text: &str| {
        jws = text.to_owned();
        Ok(())
    };
    desk.store.outbox_export(each).unwrap();

    // It has the report, and its receipt is lost: the desk still holds that it waits.
    let receiver = Receiver::start(python, &folder, &keys, &["--take-tests"]);
    let (status, first) = receiver.post(&id, &jws).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(misfits(&strict(Some("Receipt")), &first), [""; 0]);
    receiver.kill();

    let receiver = Receiver::start(python, &folder, &keys, &["--take-tests"]);
    let mut delivering = desk.delivers(&receiver);
    assert_eq!(json!(delivering.taken().await.1), first["receipt_id"]);
    assert_eq!(receiver.post(&id, &jws).await, (StatusCode::OK, first));
    assert_eq!(receiver.reports().len(), 1);
    let entry = desk.store.outbox_entry(&id).unwrap().unwrap();
    assert_eq!(entry.state, OutboxState::Delivered);
    delivering.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_key_that_was_rotated_counts_while_the_desk_lists_it() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let keys = desk.published().await;
    let receiver = Receiver::start(python, desk.folder.path(), &keys, &["--take-tests"]);
    conclude(&desk.store, "S-1", Some("HS-1"), VerdictKind::Undetermined);
    desk.store.rotate_signing().unwrap();
    go_on(&desk.store, "S-1", Some("HS-1"));
    let mut delivering = desk.delivers(&receiver);
    delivering.taken().await;
    delivering.taken().await;
    // One that the receiver has never heard of: it asks.
    desk.store.rotate_signing().unwrap();
    conclude(&desk.store, "S-2", Some("HS-1"), VerdictKind::Verified);
    delivering.taken().await;
    assert_eq!(receiver.reports().len(), 3);
    delivering.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_a_key_that_nobody_lists_is_refused_and_kept() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let stranger = Desk::new();
    let receiver = Receiver::start(
        python,
        desk.folder.path(),
        &stranger.pinned(),
        &["--take-tests"],
    );
    conclude(&desk.store, "S-1", None, VerdictKind::Verified);
    let mut delivering = desk.delivers(&receiver);
    assert_eq!(delivering.refused().await, 422);
    assert!(receiver.reports().is_empty());
    let kept = desk.store.outbox().unwrap().remove(0);
    assert_eq!(kept.state, OutboxState::Refused);
    delivering.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_refused_where_nobody_asked_for_tests() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let receiver = Receiver::start(python, desk.folder.path(), &desk.pinned(), &[]);
    conclude(&desk.store, "S-1", None, VerdictKind::Verified);
    let mut delivering = desk.delivers(&receiver);
    assert_eq!(delivering.refused().await, 422);
    assert!(receiver.reports().is_empty());
    delivering.shutdown().await;
}

/// Somebody who can sign anything, with a key that the receiver knows.
struct Signer {
    pair: EcdsaKeyPair,
    jwk: Jwk,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let jwk = Jwk::of_point(pair.public_key().as_ref()).unwrap();
        Self { pair, jwk }
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "cty": "cloudevents+json", "kid": self.jwk.kid, "typ": "JOSE" })
    }

    fn sign(&self, header: &Value, payload: &[u8]) -> String {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.unwrap().as_ref());
        format!("{text}.{signature}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_report_of_this_desk_is_refused_for_good() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let event = parts(&every_report(&desk.store)[0]).1;
    let (signer, stranger) = (Signer::new(), Signer::new());
    let keys = JwkSet {
        keys: vec![signer.jwk.clone()],
    };
    let place = desk.folder.path().join("keys.json");
    std::fs::write(&place, serde_json::to_vec(&keys).unwrap()).unwrap();
    let place = place.to_str().unwrap();
    let receiver = Receiver::start(python, desk.folder.path(), place, &["--take-tests"]);

    let id = event["id"].as_str().unwrap();
    let other_id = "01KJP1D0M0AAAAAAAAAAAAAAAA";
    let header = signer.header();
    let payload = event.to_string();
    let good = signer.sign(&header, payload.as_bytes());
    let with = |pointer: &str, value: Value| {
        let mut event = event.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        signer.sign(&header, event.to_string().as_bytes())
    };
    let headed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        signer.sign(&header, payload.as_bytes())
    };
    let part = |number: usize| good.split('.').nth(number).unwrap().to_owned();
    let (protected, signed, signature) = (part(0), part(1), part(2));
    let changed = URL_SAFE_NO_PAD.encode(payload.replace("001090000001", "001090000002"));
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","cty":"cloudevents+json","kid":"x"}"#);
    let deep = URL_SAFE_NO_PAD.encode("[".repeat(200_000));
    for (what, key, body, status) in [
        ("another key name", other_id, good.clone(), 422),
        ("no key name", "1", good.clone(), 400),
        ("no JWS", id, "hello".to_owned(), 400),
        ("nothing", id, String::new(), 411),
        ("two parts", id, format!("{protected}.{signed}"), 400),
        (
            "a deep header",
            id,
            format!("{deep}.{signed}.{signature}"),
            400,
        ),
        (
            "a deep payload",
            id,
            signer.sign(&header, "[".repeat(200_000).as_bytes()),
            422,
        ),
        (
            "tampered",
            id,
            format!("{protected}.{changed}.{signature}"),
            422,
        ),
        (
            "a cut signature",
            id,
            format!("{protected}.{signed}.{}", "A".repeat(43)),
            422,
        ),
        ("no signature", id, format!("{none}.{signed}."), 422),
        ("HMAC", id, headed("alg", json!("HS256")), 422),
        (
            "a critical extension",
            id,
            headed("crit", json!(["b64"])),
            422,
        ),
        ("something else", id, headed("cty", json!("JWT")), 422),
        ("a list as key name", id, headed("kid", json!(["x"])), 400),
        (
            "a stranger's key",
            id,
            stranger.sign(&stranger.header(), payload.as_bytes()),
            422,
        ),
        (
            "a stranger in its name",
            id,
            stranger.sign(&header, payload.as_bytes()),
            422,
        ),
        ("no JSON", id, signer.sign(&header, b"hello"), 422),
        (
            "another desk",
            id,
            with("/source", json!("/desks/desk-2")),
            422,
        ),
        (
            "another version",
            id,
            with("/specversion", json!("2.0")),
            422,
        ),
        (
            "an unknown kind",
            id,
            with("/type", json!("identity.assumed")),
            422,
        ),
        ("a kind that is a list", id, with("/type", json!([])), 422),
        (
            "a number under a rejection",
            id,
            with("/type", json!("identity.rejected")),
            422,
        ),
        (
            "another verdict",
            id,
            with("/data/verdict", json!("unreadable")),
            422,
        ),
        (
            "a number that is none",
            id,
            with("/data/personal_number", json!("1")),
            422,
        ),
        (
            "a sequence that is none",
            id,
            with("/sequence", json!(7)),
            422,
        ),
        ("no audit head", id, with("/data/audit", Value::Null), 422),
    ] {
        let (found, answer) = receiver.post(key, &body).await;
        assert_eq!(found.as_u16(), status, "{what}: {answer}");
    }
    for (what, headers, status) in [
        ("no type", vec![("idempotency-key", id)], 415),
        (
            "two keys",
            vec![
                ("content-type", "application/jose"),
                ("idempotency-key", id),
                ("idempotency-key", id),
            ],
            400,
        ),
    ] {
        let (found, answer) = receiver.post_with(&headers, &good).await;
        assert_eq!(found.as_u16(), status, "{what}: {answer}");
    }
    assert!(receiver.reports().is_empty());

    // The good one counts; the same name with another content does not, signed or not.
    let (status, receipt) = receiver.post(id, &good).await;
    assert_eq!(status, StatusCode::OK);
    Receipt::parse(receipt.to_string().as_bytes(), id, &sha256(&good)).unwrap();
    let other = with("/data/personal_number", json!("001090000002"));
    assert_eq!(receiver.post(id, &other).await.0, StatusCode::CONFLICT);
    assert_eq!(receiver.post(id, &good).await, (StatusCode::OK, receipt));
    assert_eq!(receiver.reports().len(), 1);
}

fn sha256(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

/// A receiver that cannot enter a report answers 503 and not 4xx: the desk sends it again by itself.
#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_the_receivers_own_is_no_refusal() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let receiver = Receiver::start(
        python,
        desk.folder.path(),
        &desk.pinned(),
        &["--take-tests"],
    );
    let rename = |from: &str, to: &str| {
        let database = rusqlite::Connection::open(&receiver.database).unwrap();
        let rename = format!("ALTER TABLE {from} RENAME TO {to}");
        database.execute_batch(&rename).unwrap();
    };
    rename("reports", "elsewhere");
    let report = conclude(&desk.store, "S-1", None, VerdictKind::Verified);
    let mut delivering = desk.delivers(&receiver);
    assert_eq!(delivering.waits().await, DeliveryReason::ServerError);
    rename("elsewhere", "reports");
    delivering.taken().await;
    let entered = receiver.reports();
    assert_eq!(entered.len(), 1);
    assert_eq!(entered[0].0, report);
    delivering.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gives_a_sign_of_life() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let desk = Desk::new();
    let receiver = Receiver::start(python, desk.folder.path(), &desk.pinned(), &[]);
    let settings = DeliverySettings::new(receiver.address.parse().unwrap());
    assert_eq!(reach(&settings).await, Ok(200));
}

/// The fixed example goes through the receiver as well: with its key, and as the test that it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_taken_where_tests_are() {
    let Some(python) = python("cryptography") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let example = root().join("docs/examples/report");
    let jws = std::fs::read_to_string(example.join("report.jws")).unwrap();
    let id = parts(&jws).1["id"].as_str().unwrap().to_owned();
    let keys = example.join("keys.json");
    let keys = keys.to_str().unwrap();
    for (more, status) in [(&[][..], 422), (&["--take-tests"], 200)] {
        let receiver = Receiver::start(python, folder.path(), keys, more);
        assert_eq!(receiver.post(&id, &jws).await.0.as_u16(), status);
    }
}
