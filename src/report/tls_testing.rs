//! Certificates and servers for tests of TLS both ways.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
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

use super::settings::ClientFiles;

/// A certificate with its key.
pub(crate) struct Identity {
    certificate: X509,
    key: PKey<Private>,
}

impl Identity {
    /// Signed by `issuer`, or an authority of its own.
    pub(crate) fn new(host: &str, issuer: Option<&Self>, serial: u32) -> Self {
        Self::valid(host, issuer, serial, [0, 2])
    }

    /// The same, from one day to another, counted from now.
    pub(crate) fn valid(host: &str, issuer: Option<&Self>, serial: u32, days: [i64; 2]) -> Self {
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

    pub(crate) fn certificate_pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub(crate) fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from(self.certificate.to_der().unwrap())
    }
}

/// Serves over TLS as `identity`, to holders of a certificate of `clients` alone where given.
pub(crate) fn serve(identity: &Identity, clients: Option<&Identity>, router: Router) -> u16 {
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
    tokio::spawn(server.serve(router.into_make_service()));
    port
}

pub(crate) fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// A server at `localhost`, and who asks it.
pub(crate) struct Meeting {
    pub(crate) what: &'static str,
    pub(crate) port: u16,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) client: Option<ClientFiles>,
    /// Whether each end is who the other wants.
    pub(crate) trusted: bool,
}

/// Every way in which two ends meet; the files lie in `folder`.
pub(crate) fn meetings(folder: &Path, router: &Router) -> Vec<Meeting> {
    let (authority, stranger) = (
        Identity::new("authority", None, 1),
        Identity::new("stranger", None, 2),
    );
    let own = Identity::new("localhost", Some(&authority), 3);
    let other_host = Identity::new("other.example", Some(&authority), 4);
    let ca = file(folder, "ca.pem", &authority.certificate_pem());
    let stranger_ca = file(folder, "stranger.pem", &stranger.certificate_pem());
    let client = |name: &str, issuer: &Identity| {
        let desk = Identity::new(name, Some(issuer), 5);
        ClientFiles {
            certificate: file(folder, &format!("{name}.pem"), &desk.certificate_pem()),
            key: file(folder, &format!("{name}.key"), &desk.key_pem()),
        }
    };
    let (desk, foreign) = (client("desk", &authority), client("foreign", &stranger));
    let (open, mutual) = (None, Some(&authority));
    [
        (
            "a server of the authority",
            &own,
            open,
            Some(&ca),
            None,
            true,
        ),
        (
            "one of another authority",
            &own,
            open,
            Some(&stranger_ca),
            None,
            false,
        ),
        (
            "one that the system does not know",
            &own,
            open,
            None,
            None,
            false,
        ),
        (
            "one with another name",
            &other_host,
            open,
            Some(&ca),
            None,
            false,
        ),
        ("mutual", &own, mutual, Some(&ca), Some(&desk), true),
        (
            "mutual, without a certificate",
            &own,
            mutual,
            Some(&ca),
            None,
            false,
        ),
        (
            "mutual, of a stranger",
            &own,
            mutual,
            Some(&ca),
            Some(&foreign),
            false,
        ),
    ]
    .map(|(what, server, clients, ca, client, trusted)| Meeting {
        what,
        port: serve(server, clients, router.clone()),
        ca: ca.cloned(),
        client: client.cloned(),
        trusted,
    })
    .into()
}
