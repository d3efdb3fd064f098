//! What the import of a master list takes, the database's commit apart, against OpenSSL verifying the
//! same signatures: `cargo bench --bench trust_import`. The lists are real ones beside the project.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cccd_desk::desk::trust::Held;
use cccd_desk::desk::trust::intake::{Refusal, Terms, plan};
use cccd_desk::verify::certificate::Certificate;
use cccd_desk::verify::trust::master_list::{Standing, classify};
use cccd_desk::verify::trust::signed_list::Content;
use cccd_desk::verify::trust::{SignedList, signed_by};
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::x509::X509;
use time::OffsetDateTime;

const ROUNDS: usize = 9;

/// The median of some rounds.
fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

/// Each certificate with the one whose key signed it.
fn pairs(authorities: &[Certificate]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let standings = classify(authorities, core::iter::empty());
    let mut pairs = Vec::new();
    for (certificate, standing) in authorities.iter().zip(standings) {
        let elder = match standing {
            Standing::SelfSigned => Some(certificate),
            Standing::Link => authorities
                .iter()
                .filter(|elder| elder.subject_key_id == certificate.authority_key_id)
                .find(|elder| signed_by(certificate, elder)),
            _ => None,
        };
        pairs.extend(elder.map(|elder| (certificate.der.clone(), elder.der.clone())));
    }
    pairs
}

fn main() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/master-lists/de-2026-05-05.ml");
    let Ok(bytes) = std::fs::read(&path) else {
        println!("SKIPPED: {} is not here", path.display());
        return;
    };
    let held = Held::default();
    let terms = |accept| Terms {
        by: "bench",
        accept_signer: accept,
        test_key_ids: &[],
        at: OffsetDateTime::now_utc(),
    };
    let Err(Refusal::SignerNotPinned { sha256, .. }) = plan(&held, "list", &bytes, terms(None))
    else {
        panic!("nobody pinned the signer");
    };
    let Content::Authorities(authorities) = SignedList::open(&bytes).unwrap().content else {
        panic!("a master list");
    };
    let pairs = pairs(&authorities);

    let ours = median(|| {
        plan(&held, "list", &bytes, terms(Some(&sha256))).unwrap();
    });
    let theirs = median(|| {
        let mut cms = CmsContentInfo::from_der(&bytes).unwrap();
        let flags = CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY;
        let mut content = Vec::new();
        cms.verify(None, None, None, Some(&mut content), flags)
            .unwrap();
        for (certificate, elder) in &pairs {
            let certificate = X509::from_der(certificate).unwrap();
            let key = X509::from_der(elder).unwrap().public_key().unwrap();
            assert!(certificate.verify(&key).unwrap());
        }
    });
    println!(
        "{} certificates, {} signatures verified by OpenSSL",
        authorities.len(),
        pairs.len()
    );
    println!("import   {:>8.1} ms", ours.as_secs_f64() * 1e3);
    println!("OpenSSL  {:>8.1} ms", theirs.as_secs_f64() * 1e3);
    println!(
        "ratio    {:>8.2}   (at most 1.50 is wanted)",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}
