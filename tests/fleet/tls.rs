//! Both ends prove who they are.

use std::path::Path;
use std::process::Command;

use cccd_desk::config::Fleet;
use cccd_desk::fleet::link::Trouble;
use cccd_desk::fleet::{FleetError, Link};
use cccd_desk::simulation::fleet::server::NatsServer;

use crate::{LONG, connected};

/// An authority, or a certificate that one signed, with its key: `<name>.pem` and `<name>.key`.
fn certificate(folder: &Path, name: &str, issuer: Option<&str>) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]);
    command.args([
        "-keyout",
        &format!("{name}.key"),
        "-out",
        &format!("{name}.pem"),
    ]);
    match issuer {
        None => command.args(["-subj", &format!("/CN={name}")]),
        Some(issuer) => command
            .args([
                "-CA",
                &format!("{issuer}.pem"),
                "-CAkey",
                &format!("{issuer}.key"),
            ])
            .args([
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"]),
    };
    let made = command.output().unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_and_its_servers_prove_who_they_are_by_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, issuer) in [
        ("ca", None),
        ("other-ca", None),
        ("server", Some("ca")),
        ("desk", Some("ca")),
        ("stranger", Some("other-ca")),
    ] {
        certificate(at, name, issuer);
    }
    let file = |name: &str| at.join(name);
    let tls = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}\n",
        file("server.pem").display(),
        file("server.key").display(),
        file("ca.pem").display()
    );
    let server = NatsServer::start_with(at, &[], &tls).unwrap();
    let settings = |ca: &str, who: &str| Fleet {
        servers: vec![
            format!("tls://localhost:{}", server.port())
                .parse()
                .unwrap(),
        ],
        ca_file: Some(file(&format!("{ca}.pem"))),
        client_certificate_file: Some(file(&format!("{who}.pem"))),
        client_key_file: Some(file(&format!("{who}.key"))),
        timeout_milliseconds: 5_000,
        ..Fleet::default()
    };
    let mut link = Link::open(&settings("ca", "desk"), "desk-1").await.unwrap();
    connected(&mut link).await;
    for (ca, who) in [("ca", "stranger"), ("other-ca", "desk")] {
        let link = Link::open(&settings(ca, who), "desk-1").await.unwrap();
        let mut changes = link.changes();
        let refused = link.tried();
        tokio::time::timeout(LONG, refused).await.unwrap();
        assert!(!*changes.borrow_and_update(), "{ca} {who}");
        assert_eq!(link.trouble(), Some(Trouble::Unreachable), "{ca} {who}");
    }
    // A file that is not there is told at once, and nothing is sent in the clear.
    let missing = Link::open(&settings("none", "desk"), "desk-1")
        .await
        .unwrap_err();
    assert!(matches!(missing, FleetError::File { .. }), "{missing}");
    assert!(
        "nats://nats.example:4222"
            .parse::<cccd_desk::config::FleetServer>()
            .is_err()
    );
}
