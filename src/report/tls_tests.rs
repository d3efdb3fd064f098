//! Who may receive a report, and who may send one: TLS both ways.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use core::time::Duration;
use std::path::PathBuf;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};

use super::{Outcome, Post};
use crate::report::settings::ClientFiles;
use crate::report::tls_testing::{Identity, file, meetings, serve};
use crate::report::way::Way as _;
use crate::report::{
    DeliverError, DeliveryReason, DeliverySettings, IDEMPOTENCY_KEY, Receipt, sha256,
};
use crate::store::Destination;
use crate::store::deliveries::DueReport;

fn router() -> Router {
    Router::new().route("/reports", post(receive))
}

async fn receive(headers: HeaderMap, body: Bytes) -> Json<Receipt> {
    Json(Receipt {
        receipt_id: "R-1".to_owned(),
        idempotency_key: headers[IDEMPOTENCY_KEY].to_str().unwrap().to_owned(),
        received_at: "2026-03-02T08:00:00Z".to_owned(),
        sha256: sha256(&body),
    })
}

#[tokio::test]
async fn both_ends_prove_who_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for meeting in meetings(folder.path(), &router()) {
        let found = sent(meeting.port, meeting.ca.as_ref(), meeting.client.as_ref()).await;
        let expected = match meeting.trusted {
            true => Ok(()),
            false => Err(DeliveryReason::Tls),
        };
        assert_eq!(found, expected, "{}", meeting.what);
    }
}

async fn sent(
    port: u16,
    ca: Option<&PathBuf>,
    client: Option<&ClientFiles>,
) -> Result<(), DeliveryReason> {
    let endpoint = format!("https://localhost:{port}/reports").parse().unwrap();
    let post = Post::new(&DeliverySettings {
        ca_file: ca.cloned(),
        client: client.cloned(),
        timeout: Duration::from_secs(30),
        ..DeliverySettings::new(endpoint)
    })
    .unwrap();
    let report = DueReport {
        destination: Destination::CaseSystem,
        report_id: "01".to_owned(),
        session: Some("S-1".to_owned()),
        kind: "identity.confirmed".to_owned(),
        jws: "a.b.c".to_owned().into(),
        sha256: sha256(b"a.b.c"),
        attempts: 0,
        due: 0,
    };
    match post.send(&report).await {
        Outcome::Receipted { .. } => Ok(()),
        Outcome::Failed { reason, .. } => Err(reason),
        Outcome::Refused { status } => panic!("{status}"),
    }
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Identity::new("authority", None, 1);
    let ca = file(folder.path(), "ca.pem", &authority.certificate_pem());
    for (days, expected) in [
        ([-2, 2], Ok(())),
        ([-2, -1], Err(DeliveryReason::Tls)),
        ([1, 2], Err(DeliveryReason::Tls)),
    ] {
        let case_system = Identity::valid("localhost", Some(&authority), 3, days);
        let found = sent(serve(&case_system, None, router()), Some(&ca), None).await;
        assert_eq!(found, expected, "{days:?}");
    }
    // An authority is a key that the operator pinned: it counts for as long as it is (RFC 5280, 6.1.1).
    let ended = Identity::valid("authority", None, 4, [-2, -1]);
    let ca = file(folder.path(), "ended.pem", &ended.certificate_pem());
    let case_system = Identity::new("localhost", Some(&ended), 5);
    let found = sent(serve(&case_system, None, router()), Some(&ca), None).await;
    assert_eq!(found, Ok(()));
}

#[test]
fn files_that_are_no_certificates_are_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Identity::new("authority", None, 1);
    let good = file(folder.path(), "ca.pem", &authority.certificate_pem());
    let empty = file(folder.path(), "empty.pem", b"");
    let text = file(folder.path(), "text.pem", b"no certificate at all");
    let missing = folder.path().join("missing.pem");
    let settings = || DeliverySettings::new("https://localhost/".parse().unwrap());
    for bad in [&empty, &text, &missing] {
        let ca = DeliverySettings {
            ca_file: Some(bad.clone()),
            ..settings()
        };
        let key = ClientFiles {
            certificate: good.clone(),
            key: bad.clone(),
        };
        let key = DeliverySettings {
            client: Some(key),
            ..settings()
        };
        for wrong in [ca, key] {
            match Post::new(&wrong).map(|_| ()) {
                Err(DeliverError::File { path, .. }) => assert_eq!(&path, bad),
                other => panic!("{}: {other:?}", bad.display()),
            }
        }
    }
}
