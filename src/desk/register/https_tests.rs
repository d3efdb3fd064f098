#![allow(clippy::unwrap_used, clippy::panic)]

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::Said;
use super::*;
use crate::report::tls_testing::meetings;

fn question() -> Question {
    Question {
        request_id: "R-1".to_owned(),
        personal_number: "001090000001".into(),
        document_number: None,
        name: Some("NGUYỄN VĂN A".into()),
        birth_date: None,
        purpose: "dossier-intake",
    }
}

fn answer() -> Value {
    json!({ "answer": "match", "as_of": "2026-03-01T00:00:00Z" })
}

/// Answers if the question is one of the contract.
async fn good(Json(asked): Json<Value>) -> Response {
    let expected = json!({
        "request_id": "R-1", "personal_number": "001090000001", "document_number": null,
        "name": "NGUYỄN VĂN A", "birth_date": null, "purpose": "dossier-intake",
    });
    if asked == expected {
        Json(answer()).into_response()
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}

async fn endless() -> Response {
    let body = futures_util::stream::repeat_with(|| {
        Ok::<_, core::convert::Infallible>(Bytes::from_static(&[b' '; 512]))
    });
    Body::from_stream(body).into_response()
}

/// Where a register listens that has a fault at each of its addresses.
async fn served() -> String {
    let router = Router::new()
        .route("/v1/check", post(good))
        .route("/under/v1/check", post(good))
        .route("/endless/v1/check", post(endless))
        .route("/page/v1/check", post(async || "<!doctype html>"))
        .route("/silent/v1/check", post(std::future::pending::<Response>))
        .route(
            "/elsewhere/v1/check",
            post(async || (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/v1/check")])),
        )
        .route(
            "/broken/v1/check",
            post(async || StatusCode::SERVICE_UNAVAILABLE),
        );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn register(url: &str, budget_milliseconds: u64) -> HttpsRegister {
    let config = config::Register {
        url: Some(url.parse().unwrap()),
        budget_milliseconds,
        ..config::Register::default()
    };
    HttpsRegister::of(&config).unwrap().unwrap()
}

#[tokio::test]
async fn every_answer_and_every_fault_is_told() {
    let base = served().await;
    for (path, expected) in [
        ("", Ok(Said::Match)),
        ("/", Ok(Said::Match)),
        ("/under", Ok(Said::Match)),
        ("/under/", Ok(Said::Match)),
        ("/endless", Err(NoAnswer::Oversize)),
        ("/page", Err(NoAnswer::Malformed)),
        ("/elsewhere", Err(NoAnswer::Status(307))),
        ("/broken", Err(NoAnswer::Status(503))),
        ("/nowhere", Err(NoAnswer::Status(404))),
    ] {
        let register = register(&format!("{base}{path}"), 30_000);
        assert_eq!(register.source(), "127.0.0.1");
        let answered = register.ask(question()).await;
        assert_eq!(answered.map(|answer| answer.answer), expected, "{path}");
    }
    let silent = register(&format!("{base}/silent"), 100);
    assert_eq!(silent.ask(question()).await, Err(NoAnswer::Timeout));
    // A port that was given back: nobody listens.
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let gone = register(&format!("http://{address}"), 30_000);
    assert_eq!(gone.ask(question()).await, Err(NoAnswer::Unreachable));
}

#[tokio::test]
async fn both_ends_prove_who_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let router = Router::new().route("/v1/check", post(good));
    for meeting in meetings(folder.path(), &router) {
        let (certificate, key) = match meeting.client {
            Some(files) => (Some(files.certificate), Some(files.key)),
            None => (None, None),
        };
        let config = config::Register {
            url: Some(
                format!("https://localhost:{}", meeting.port)
                    .parse()
                    .unwrap(),
            ),
            budget_milliseconds: 30_000,
            ca_file: meeting.ca,
            client_certificate_file: certificate,
            client_key_file: key,
        };
        let register = HttpsRegister::of(&config).unwrap().unwrap();
        let expected = match meeting.trusted {
            true => Ok(Said::Match),
            false => Err(NoAnswer::Tls),
        };
        let answered = register.ask(question()).await;
        assert_eq!(
            answered.map(|answer| answer.answer),
            expected,
            "{}",
            meeting.what
        );
    }
}

#[test]
fn none_is_asked_where_none_is_named_and_bad_files_are_told() {
    let none = HttpsRegister::of(&config::Register::default()).unwrap();
    assert!(none.is_none());
    let folder = tempfile::tempdir().unwrap();
    let config = config::Register {
        url: Some("https://register.test".parse().unwrap()),
        ca_file: Some(folder.path().join("missing.pem")),
        ..config::Register::default()
    };
    let error = HttpsRegister::of(&config).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("missing.pem"), "{error}");
}
