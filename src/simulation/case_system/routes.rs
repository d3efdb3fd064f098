//! Requests and answers.

use core::convert::Infallible;
use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderMap, LOCATION, RETRY_AFTER};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Shared;
use super::fault::Fault;
use super::ledger::{NotEntered, Received};
use crate::report::jose::JoseError;
use crate::report::{IDEMPOTENCY_KEY, MEDIA_TYPE, Receipt, sha256};

/// No report is longer, in bytes.
const MAX_REPORT: usize = 1_048_576;
/// An answer that is held back goes out after this time at the latest.
const SLOWEST: Duration = Duration::from_secs(120);

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/reports", post(receive))
        .route("/received", get(received))
        .route("/", get(page))
        .layer(DefaultBodyLimit::max(MAX_REPORT))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guard))
        .with_state(shared)
}

/// Keeps other web pages out (DNS rebinding), and hangs up while the case system is down.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if *shared.fault.borrow() == Fault::Down {
        return broken_off(Bytes::new());
    }
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_loopback) {
        return refusal(
            StatusCode::MISDIRECTED_REQUEST,
            "this case system is for its own machine",
        );
    }
    next.run(request).await
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = *shared.fault.borrow();
    match fault {
        Fault::Unavailable => {
            return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response();
        }
        Fault::Refuse(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            return refusal(status, "refused as it was told to");
        }
        Fault::NotJson => return Html("<!doctype html><title>OK</title>").into_response(),
        Fault::Oversize => {
            let endless = futures_util::stream::repeat_with(|| {
                Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4_096]))
            });
            return Body::from_stream(endless).into_response();
        }
        Fault::Redirect => {
            return (
                StatusCode::TEMPORARY_REDIRECT,
                [(LOCATION, "http://127.0.0.1:9/")],
            )
                .into_response();
        }
        Fault::None | Fault::Down | Fault::Slow | Fault::LostReceipt | Fault::WrongReceipt => {}
    }
    let receipt = match accept(&shared, &headers, &body).await {
        Ok(receipt) => receipt,
        Err(answer) => return answer,
    };
    match fault {
        Fault::Slow => {
            let mut faults = shared.fault.clone();
            // Either end of the wait lets the answer go.
            let _ =
                tokio::time::timeout(SLOWEST, faults.wait_for(|fault| *fault != Fault::Slow)).await;
            Json(receipt).into_response()
        }
        Fault::LostReceipt => {
            let receipt = serde_json::to_vec(&receipt).unwrap_or_default();
            let half = receipt.len() / 2;
            broken_off(receipt.into_iter().take(half).collect())
        }
        Fault::WrongReceipt => Json(Receipt {
            idempotency_key: "another".to_owned(),
            ..receipt
        })
        .into_response(),
        _ => Json(receipt).into_response(),
    }
}

/// How the types of reports begin: of people, and of payments.
const REPORTS: [&str; 2] = ["identity.", "benefit."];

/// What a case system owes a report: check whose it is, enter it once, give the receipt.
async fn accept(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Receipt, Response> {
    // Twice the same header, and two programs on the way may each follow another one.
    let header = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    if header(CONTENT_TYPE.as_str()) != Some(MEDIA_TYPE) {
        return Err(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a report is application/jose",
        ));
    }
    let key = header(IDEMPOTENCY_KEY)
        .filter(|key| (1..=128).contains(&key.len()))
        .ok_or_else(|| refusal(StatusCode::BAD_REQUEST, "there is no Idempotency-Key"))?;
    let Some(keys) = shared.keys.get().await else {
        return Err(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "the desk's keys are not known",
        ));
    };
    let (jws, payload) = core::str::from_utf8(body)
        .map_err(|_| JoseError::Malformed)
        .and_then(|jws| Ok((jws, keys.verify(jws)?)))
        .map_err(|error| match error {
            JoseError::Malformed => refusal(StatusCode::BAD_REQUEST, "not a JWS"),
            _ => refusal(StatusCode::UNPROCESSABLE_ENTITY, "not signed by this desk"),
        })?;
    let event: Value = serde_json::from_slice(&payload)
        .map_err(|_| refusal(StatusCode::BAD_REQUEST, "the payload is not JSON"))?;
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    let is_report = text("specversion") == Some("1.0")
        && text("type").is_some_and(|kind| REPORTS.iter().any(|begin| kind.starts_with(begin)))
        && text("id") == Some(key);
    if !is_report {
        return Err(refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not a report of that Idempotency-Key",
        ));
    }
    let (shared, key, jws) = (Arc::clone(shared), key.to_owned(), jws.to_owned());
    let digest = sha256(body);
    // Where there is a file, this waits for the disk.
    let entered =
        tokio::task::spawn_blocking(move || shared.ledger.enter(&key, &jws, &digest, &event));
    match entered.await {
        Ok(Ok(receipt)) => Ok(receipt),
        Ok(Err(NotEntered::Conflict)) => Err(refusal(
            StatusCode::CONFLICT,
            "the key came before with another content",
        )),
        Ok(Err(NotEntered::NotKept(error))) => {
            tracing::error!(%error, "a report could not be kept");
            Err(refusal(
                StatusCode::INSUFFICIENT_STORAGE,
                "the report could not be kept",
            ))
        }
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

async fn received(State(shared): State<Arc<Shared>>) -> Response {
    Json(json!({ "received": shared.ledger.list() })).into_response()
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="vi"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<title>Hệ thống hồ sơ (mô phỏng)</title>
<style>body{font:16px system-ui;margin:2rem}table{border-collapse:collapse}td,th{padding:.4rem .8rem;border-bottom:1px solid #ccc;text-align:left}</style>
<h1>Hệ thống hồ sơ (mô phỏng)</h1>
<p>Đã nhận {{ rows.len() }} báo cáo.</p>
<table><tr><th>Nhận lúc<th>Loại<th>Hồ sơ<th>Kết quả<th>Lý do<th>Số định danh<th>Họ tên<th>Biên nhận<th>Số lần gửi</tr>
{% for row in rows %}<tr><td>{{ row.report.received_at }}<td>{{ row.kind() }}<td>{{ row.text("case_ref") }}<td>{{ row.text("verdict") }}{% if row.is_test() %} (TEST){% endif %}<td>{{ row.text("reason") }}<td>{{ row.text("personal_number") }}<td>{{ row.text("name") }}<td>{{ row.report.receipt_id }}<td>{{ row.report.deliveries }}</tr>
{% endfor %}</table></html>"#
)]
struct Page {
    rows: Vec<Line>,
}

/// A report on the page.
struct Line {
    report: Received,
    event: Value,
}

impl Line {
    /// A text of the event's data, such as `verdict`.
    fn text(&self, name: &str) -> &str {
        let data = self.event.get("data").and_then(|data| data.get(name));
        data.and_then(Value::as_str).unwrap_or("")
    }

    /// Such as `benefit.paid`.
    fn kind(&self) -> &str {
        self.event.get("type").and_then(Value::as_str).unwrap_or("")
    }

    /// Whether a test anchor was involved.
    fn is_test(&self) -> bool {
        self.event.pointer("/data/test") != Some(&Value::Bool(false))
    }
}

async fn page(State(shared): State<Arc<Shared>>) -> Response {
    let rows = shared.ledger.list().into_iter().rev().map(|report| Line {
        event: report.event(),
        report,
    });
    let rows = rows.collect();
    match (Page { rows }).render() {
        Ok(page) => ([("cache-control", "no-store")], Html(page)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refusal(status: StatusCode, why: &'static str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

/// An answer whose connection breaks after this much of its body.
fn broken_off(begun: Bytes) -> Response {
    let broken = futures_util::stream::iter([
        Ok(begun),
        Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)),
    ]);
    Body::from_stream(broken).into_response()
}
