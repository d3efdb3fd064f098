#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use reqwest::header::{CONTENT_TYPE, HOST};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{CaseSystem, Keys, Options, serve};
use crate::decision::VerdictKind::Verified;
use crate::report::{IDEMPOTENCY_KEY, MEDIA_TYPE, Receipt, sha256};
use crate::store::Store;
use crate::store::testing::{conclusion, open, report_all, verdict};

struct Desk {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: open(folder.path()),
            _folder: folder,
        }
    }

    /// Identifier and signed text of a new report.
    fn report(&self, session: &str, name: &str) -> (String, String) {
        let mut verdict = verdict(Verified);
        verdict.name = Some(name.into());
        let concluded = self
            .store
            .conclude(&conclusion(session, &verdict), &report_all())
            .unwrap();
        let id = concluded.report_id.unwrap();
        let mut found = String::new();
        self.store
            .outbox_export(|report_id, jws| {
                if report_id == id {
                    jws.clone_into(&mut found);
                }
                Ok(())
            })
            .unwrap();
        (id, found)
    }

    async fn case_system(&self) -> CaseSystem {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, Options::new(Keys::Set(self.store.keys()))).unwrap()
    }
}

fn client() -> Client {
    crate::report::http::install_tls();
    Client::builder().no_proxy().build().unwrap()
}

fn post(case_system: &CaseSystem, key: &str, body: &str) -> RequestBuilder {
    client()
        .post(case_system.reports_url())
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .header(IDEMPOTENCY_KEY, key)
        .body(body.to_owned())
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_report_that_comes_twice_is_received_once_with_one_receipt() {
    let desk = Desk::new();
    let case_system = desk.case_system().await;
    let (id, jws) = desk.report("S-1", "NGUYỄN VĂN A");
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let answer = post(&case_system, &id, &jws).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = answer.bytes().await.unwrap();
        receipts.push(Receipt::parse(&body, &id, &sha256(jws.as_bytes())).unwrap());
    }
    assert_eq!(receipts[0], receipts[1]);

    let text = client()
        .get(format!("http://{}/received", case_system.address()))
        .send()
        .await
        .unwrap();
    let list: Value = serde_json::from_slice(&text.bytes().await.unwrap()).unwrap();
    let received = list["received"].as_array().unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["deliveries"], 2);
    assert_eq!(
        received[0]["event"]["data"]["personal_number"],
        "001090000001"
    );
    case_system.shutdown().await;
}

#[tokio::test]
async fn only_reports_of_this_desk_are_received() {
    let (desk, stranger) = (Desk::new(), Desk::new());
    let case_system = desk.case_system().await;
    let (id, jws) = desk.report("S-1", "A");
    let (other_id, other) = desk.report("S-2", "A");
    let (foreign_id, foreign) = stranger.report("S-1", "A");
    assert_eq!(
        status(post(&case_system, &foreign_id, &foreign)).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // A report under the key of another.
    assert_eq!(
        status(post(&case_system, &other_id, &jws)).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        status(post(&case_system, &id, "a.b")).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        status(post(&case_system, &id, "")).await,
        StatusCode::BAD_REQUEST
    );
    let plain = post(&case_system, &id, &jws).header(CONTENT_TYPE, "text/plain");
    assert!(status(plain).await.is_client_error());
    let nameless = client()
        .post(case_system.reports_url())
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .body(jws.clone());
    assert_eq!(status(nameless).await, StatusCode::BAD_REQUEST);
    let long = post(&case_system, &id, &"x".repeat(1_100_000));
    assert_eq!(status(long).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(case_system.received().is_empty());

    // The same key with another content: only its signer could make such a text, here a second
    // signature over the same event (ECDSA is randomised).
    assert_eq!(status(post(&case_system, &id, &jws)).await, StatusCode::OK);
    let payload = desk.store.keys().verify(&jws).unwrap();
    let again =
        crate::report::jose::sign(&desk.store.signing(), &payload, "cloudevents+json").unwrap();
    assert_eq!(
        status(post(&case_system, &id, &again)).await,
        StatusCode::CONFLICT
    );
    assert_eq!(
        status(post(&case_system, &other_id, &other)).await,
        StatusCode::OK
    );
    assert_eq!(case_system.received().len(), 2);
}

#[tokio::test]
async fn another_web_page_does_not_reach_it() {
    let desk = Desk::new();
    let case_system = desk.case_system().await;
    let url = format!("http://{}/received", case_system.address());
    for (host, accepted) in [
        ("127.0.0.1:80", true),
        ("localhost", true),
        ("[::1]:8080", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example:80", false),
        ("localhost.evil.example", false),
        ("10.0.0.1", false),
    ] {
        let status = status(client().get(&url).header(HOST, host)).await;
        assert_eq!(status.is_success(), accepted, "{host}: {status}");
    }
}

#[tokio::test]
async fn the_page_shows_what_came_and_escapes_it() {
    let desk = Desk::new();
    let case_system = desk.case_system().await;
    let (id, jws) = desk.report("S-1", "<script>alert(1)</script>");
    assert_eq!(status(post(&case_system, &id, &jws)).await, StatusCode::OK);
    let page = client()
        .get(format!("http://{}/", case_system.address()))
        .send()
        .await
        .unwrap();
    let page = String::from_utf8(page.bytes().await.unwrap().to_vec()).unwrap();
    assert!(
        page.contains("001090000001") && page.contains("(TEST)") && page.contains("HS-2026-0001")
    );
    assert!(!page.contains("<script>"));
}

#[tokio::test]
async fn keys_are_asked_of_the_desk() {
    let desk = Desk::new();
    let keys = desk.store.keys();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/keys", listener.local_addr().unwrap());
    let router = axum::Router::new().route(
        "/v1/keys",
        axum::routing::get(move || async move { axum::Json(keys) }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });

    let (id, jws) = desk.report("S-1", "A");
    for (address, expected) in [
        (url.clone(), StatusCode::OK),
        (
            url.replace("/v1/keys", "/nothing"),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys = Keys::Desk(address.parse().unwrap());
        let case_system = serve(listener, Options::new(keys)).unwrap();
        assert_eq!(status(post(&case_system, &id, &jws)).await, expected);
    }
}
