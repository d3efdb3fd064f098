//! What fails around a desk that is at work, and what it does then: docs/failures.md.
//!
//! # Layout
//! - here: a receiver that misbehaves on the wire, and trust that is out of date
//! - [`disk`]: disks that are full or cannot be written, real ones
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/delivering.rs"]
mod delivering;
mod disk;

use std::sync::Arc;
use std::time::Duration;

use cccd_desk::desk::trust::Held;
use cccd_desk::desk::trust::age::{Urgency, alarms};
use cccd_desk::report::DeliveryReason;
use cccd_desk::store::{OutboxState, Store};
use cccd_desk::verify::TrustAnchors;
use cccd_desk::verify::trust::TestAuthority;
use cccd_port::SystemClock;
use common::conclude;
use delivering::Delivering;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

fn store() -> Arc<Store> {
    Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap())
}

const PATIENCE: Duration = Duration::from_secs(20);

fn delivers(store: &Arc<Store>, address: &str, timeout: Duration) -> Delivering {
    Delivering::to(&format!("http://{address}/reports"), store, timeout)
}

/// Reads one request and returns its key and its body.
async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut text = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream
            .read(&mut piece)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        text.extend_from_slice(&piece[..read]);
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&text[..end]).to_ascii_lowercase();
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_ascii_uppercase())
        };
        let length: usize = field("content-length:")?.parse().ok()?;
        let body = &text[end + 4..];
        if body.len() >= length {
            return Some((field("idempotency-key:")?, body[..length].to_vec()));
        }
    }
}

/// The answer of a receiver that took a report.
fn receipt(number: usize, key: &str, body: &[u8]) -> String {
    let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, body));
    let receipt = format!(
        r#"{{"receipt_id":"R-{number}","idempotency_key":"{key}","received_at":"2026-03-02T08:00:00Z","sha256":"{sha256}"}}"#
    );
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{receipt}",
        receipt.len()
    )
}

/// A second answer on the same connection is nobody's: the next report does not take it for its own.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_twice_receipts_one_report() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut number = 0;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            while let Some((key, body)) = request(&mut stream).await {
                number += 1;
                let answer = receipt(number, &key, &body).repeat(2);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    let store = store();
    let reports = ["S-1", "S-2", "S-3"].map(|session| conclude(&store, session));
    let mut delivering = delivers(&store, &address, PATIENCE);
    let mut receipts = Vec::new();
    while receipts.len() < reports.len() {
        receipts.push(delivering.taken().await);
    }
    for (position, report) in reports.iter().enumerate() {
        assert_eq!(receipts[position].0, *report, "in their order");
        let entry = store.outbox_entry(report).unwrap().unwrap();
        assert_eq!(entry.state, OutboxState::Delivered);
    }
    let mut different: Vec<_> = receipts.into_iter().map(|(_, receipt)| receipt).collect();
    different.dedup();
    assert_eq!(different.len(), reports.len(), "each its own receipt");
    delivering.shutdown().await;
}

/// One that takes the request and says nothing, for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_given_up_and_the_report_waits() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await.unwrap());
        }
    });
    let store = store();
    let report = conclude(&store, "S-1");
    let mut delivering = delivers(&store, &address, Duration::from_millis(50));
    for _ in 0..2 {
        assert_eq!(delivering.waits().await, DeliveryReason::Timeout);
    }
    let entry = store.outbox_entry(&report).unwrap().unwrap();
    assert_eq!(entry.state, OutboxState::Waiting);
    assert_eq!(entry.reason.as_deref(), Some("case-system-timeout"));
    delivering.shutdown().await;
}

/// One that answers with what is no HTTP at all, or with the beginning of an answer.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_leaves_the_report_waiting() {
    for answer in [
        "220 mail.example ready\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"receipt_id\":",
        "HTTP/1.1 200 OK\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if request(&mut stream).await.is_some() {
                    // It may have gone meanwhile.
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        });
        let store = store();
        conclude(&store, "S-1");
        let mut delivering = delivers(&store, &address, PATIENCE);
        assert_eq!(
            delivering.waits().await,
            DeliveryReason::Unreachable,
            "{answer}"
        );
        delivering.shutdown().await;
    }
}

/// What a clock that is ahead, or a desk that nobody updates, meets: told before a card is laid.
#[test]
fn what_is_out_of_date_of_the_trust_is_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let now = time::OffsetDateTime::now_utc();
    cccd_sim::write_trust(folder.path(), &[], now).unwrap();
    let ids = cccd_desk::simulation::test_key_identifiers();
    let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
    let trust = TrustAnchors::from_folder(folder.path(), &ids, TestAuthority::Mark).unwrap();
    let held = Held::default();
    let codes = |trust: &TrustAnchors, days: i64| {
        let found = alarms(trust, &held, now + time::Duration::days(days));
        let mut codes: Vec<_> = found.iter().map(|one| (one.code, one.urgency)).collect();
        codes.dedup();
        codes
    };
    assert_eq!(codes(&trust, 0), []);
    let later = codes(&trust, 365);
    assert!(
        later.contains(&("crl-stale", Urgency::Warning)),
        "{later:?}"
    );
    let much_later = codes(&trust, 30 * 365);
    assert!(
        much_later.contains(&("anchor-ending", Urgency::Warning)),
        "{much_later:?}"
    );
    let none = codes(&TrustAnchors::default(), 0);
    assert_eq!(none, [("anchors-none", Urgency::Fault)]);
}
