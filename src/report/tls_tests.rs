//! Who may receive a report, and who may send one: TLS both ways.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;

use super::{Outcome, Post};
use crate::report::settings::ClientFiles;
use crate::report::way::Way as _;
use crate::report::{
    DeliverError, DeliveryReason, DeliverySettings, IDEMPOTENCY_KEY, Receipt, sha256,
};
use crate::store::Destination;
use crate::store::deliveries::DueReport;

/// A certificate with its key.
struct Identity {
    certificate: X509,
    key: PKey<Private>,
}

impl Identity {
    /// Signed by `issuer`, or an authority of its own.
    fn new(host: &str, issuer: Option<&Self>, serial: u32) -> Self {
        Self::valid(host, issuer, serial, [0, 2])
    }

    /// The same, from one day to another, counted from now.
    fn valid(host: &str, issuer: Option<&Self>, serial: u32, days: [i64; 2]) -> Self {
        let [from, until] = days.map(|days| {
            let at = time::OffsetDateTime::now_utc() + time::Duration::days(days);
            Asn1Time::from_unix(at.unix_timestamp()).unwrap()
        });
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", host).unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let serial = BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap();
        builder.set_serial_number(&serial).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&from).unwrap();
        builder.set_not_after(&until).unwrap();
        match issuer {
            Some(issuer) => {
                let names = SubjectAlternativeName::new()
                    .dns(host)
                    .build(&builder.x509v3_context(Some(&issuer.certificate), None))
                    .unwrap();
                builder.append_extension(names).unwrap();
                builder
                    .set_issuer_name(issuer.certificate.subject_name())
                    .unwrap();
                builder.sign(&issuer.key, MessageDigest::sha256()).unwrap();
            }
            None => {
                let authority = BasicConstraints::new().critical().ca().build().unwrap();
                builder.append_extension(authority).unwrap();
                builder.set_issuer_name(&name).unwrap();
                builder.sign(&key, MessageDigest::sha256()).unwrap();
            }
        }
        Self {
            certificate: builder.build(),
            key,
        }
    }

    fn certificate_pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from(self.certificate.to_der().unwrap())
    }
}

/// Serves over TLS as `identity`, to holders of a certificate of `clients` alone where given.
fn serve(identity: &Identity, clients: Option<&Identity>) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(&identity.key_pem()).unwrap();
    let config = builder.with_single_cert(vec![identity.der()], key).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp_rustls(listener, config).unwrap();
    tokio::spawn(
        server.serve(
            Router::new()
                .route("/reports", post(receive))
                .into_make_service(),
        ),
    );
    port
}

async fn receive(headers: HeaderMap, body: Bytes) -> Json<Receipt> {
    Json(Receipt {
        receipt_id: "R-1".to_owned(),
        idempotency_key: headers[IDEMPOTENCY_KEY].to_str().unwrap().to_owned(),
        received_at: "2026-03-02T08:00:00Z".to_owned(),
        sha256: sha256(&body),
    })
}

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn both_ends_prove_who_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (
        Identity::new("authority", None, 1),
        Identity::new("stranger", None, 2),
    );
    let case_system = Identity::new("localhost", Some(&authority), 3);
    let other_host = Identity::new("other.example", Some(&authority), 4);
    let ca = file(folder.path(), "ca.pem", &authority.certificate_pem());
    let stranger_ca = file(folder.path(), "stranger.pem", &stranger.certificate_pem());
    let client = |name: &str, issuer: &Identity| {
        let desk = Identity::new(name, Some(issuer), 5);
        ClientFiles {
            certificate: file(
                folder.path(),
                &format!("{name}.pem"),
                &desk.certificate_pem(),
            ),
            key: file(folder.path(), &format!("{name}.key"), &desk.key_pem()),
        }
    };
    let (desk, foreign_desk) = (client("desk", &authority), client("foreign", &stranger));

    let trusted = Ok(());
    let refused = Err(DeliveryReason::Tls);
    for (what, server, clients, ca, client, expected) in [
        (
            "a case system of the authority",
            &case_system,
            None,
            Some(&ca),
            None,
            trusted,
        ),
        (
            "one of another authority",
            &case_system,
            None,
            Some(&stranger_ca),
            None,
            refused,
        ),
        (
            "one that the system does not know",
            &case_system,
            None,
            None,
            None,
            refused,
        ),
        (
            "one with another name",
            &other_host,
            None,
            Some(&ca),
            None,
            refused,
        ),
        (
            "mutual",
            &case_system,
            Some(&authority),
            Some(&ca),
            Some(&desk),
            trusted,
        ),
        (
            "mutual, without a certificate",
            &case_system,
            Some(&authority),
            Some(&ca),
            None,
            refused,
        ),
        (
            "mutual, of a stranger",
            &case_system,
            Some(&authority),
            Some(&ca),
            Some(&foreign_desk),
            refused,
        ),
    ] {
        let found = sent(serve(server, clients), ca, client).await;
        assert_eq!(found, expected, "{what}");
    }
}

/// Sends a report to the case system on that port.
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
        let found = sent(serve(&case_system, None), Some(&ca), None).await;
        assert_eq!(found, expected, "{days:?}");
    }
    // An authority is a key that the operator pinned: it counts for as long as it is (RFC 5280, 6.1.1).
    let ended = Identity::valid("authority", None, 4, [-2, -1]);
    let ca = file(folder.path(), "ended.pem", &ended.certificate_pem());
    let case_system = Identity::new("localhost", Some(&ended), 5);
    let found = sent(serve(&case_system, None), Some(&ca), None).await;
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
