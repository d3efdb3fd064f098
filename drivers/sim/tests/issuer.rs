//! What the test authority issues, judged by OpenSSL.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use cccd_sim::{defects, persona, persona_files, personas, trust_files};
use openssl::bn::BigNum;
use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::sha::sha256;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509Crl};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

fn trust() -> BTreeMap<String, Vec<u8>> {
    trust_files(&[], NOW).unwrap()
}

fn csca() -> X509 {
    X509::from_der(&trust()["csca.cer"]).unwrap()
}

/// The CMS message of EF.SOD.
fn message(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let (object, rest) = cccd_sim::tlv::first(&files["EF.SOD"]).unwrap();
    assert_eq!((object.tag, rest), (0x77, &[][..]));
    object.value.to_vec()
}

/// Runs the `openssl` program over bytes and returns what it prints.
fn openssl(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_csca_is_self_signed_and_says_what_it_is() {
    let csca = csca();
    assert!(csca.verify(&csca.public_key().unwrap()).unwrap());
    let text = openssl(
        &["x509", "-inform", "DER", "-noout", "-text"],
        &trust()["csca.cer"],
    );
    for expected in [
        "Version: 3",
        "Signature Algorithm: ecdsa-with-SHA384",
        "TEST ONLY",
        "Field Type: prime-field",
        "X509v3 Key Usage: critical",
        "Certificate Sign, CRL Sign",
        "X509v3 Basic Constraints: critical",
        "CA:TRUE, pathlen:0",
        "X509v3 Private Key Usage Period",
        "X509v3 Subject Alternative Name",
        "X509v3 Issuer Alternative Name",
        "X509v3 CRL Distribution Points",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    let identifier = csca.subject_key_id().unwrap().as_slice();
    assert!(
        cccd_sim::KEY_IDENTIFIERS
            .iter()
            .any(|known| known == identifier)
    );
}

#[test]
fn every_signer_is_issued_by_the_csca_and_valid_when_it_signed() {
    for persona in personas().unwrap() {
        let files = persona_files(&persona, &[], NOW).unwrap();
        let mut cms = CmsContentInfo::from_der(&message(&files)).unwrap();
        let text = openssl(
            &["cms", "-cmsout", "-print", "-noout", "-inform", "DER"],
            &message(&files),
        );
        for expected in [
            "eContentType: undefined (2.23.136.1.1.1)",
            "algorithm: sha256",
            "algorithm: ecdsa-with-SHA256",
            "object: contentType",
            "object: messageDigest",
            "object: signingTime",
            "algorithm: ecdsa-with-SHA384",
            "object: undefined (2.23.136.1.1.6.2)",
        ] {
            assert!(
                text.contains(expected),
                "{}: {expected} is missing in\n{text}",
                persona.name
            );
        }
        let signers = certificates(&message(&files));
        assert_eq!(signers.len(), 1);
        let signer = signers.first().unwrap();
        let authority = match persona.is_citizen() {
            true => "csca",
            false => "csca-foreign",
        };
        let csca = X509::from_der(&trust()[&format!("{authority}.cer")]).unwrap();
        assert!(
            signer.verify(&csca.public_key().unwrap()).unwrap(),
            "{}",
            persona.name
        );
        let revoked = X509Crl::from_der(&trust()[&format!("{authority}.crl")]).unwrap();
        assert!(revoked.verify(&csca.public_key().unwrap()).unwrap());
        assert!(
            !matches!(
                revoked.get_by_cert(signer),
                openssl::x509::CrlStatus::Revoked(_)
            ),
            "{}",
            persona.name
        );
        // The signature over the signed attributes, in OpenSSL; its path is checked above.
        let store = X509StoreBuilder::new().unwrap().build();
        let mut content = Vec::new();
        cms.verify(
            None,
            Some(&store),
            None,
            Some(&mut content),
            CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", persona.name));
        for (name, file) in files.iter().filter(|(name, _)| name.starts_with("EF.DG")) {
            let hash = sha256(file);
            assert!(
                content.windows(32).any(|window| window == hash),
                "{} {name}",
                persona.name
            );
        }
    }
}

/// The certificates enclosed in a CMS message.
fn certificates(message: &[u8]) -> Vec<X509> {
    let text = openssl(&["pkcs7", "-inform", "DER", "-print_certs"], message);
    X509::stack_from_pem(text.as_bytes()).unwrap()
}

#[test]
fn the_revocation_list_verifies_under_the_csca() {
    let crl = X509Crl::from_der(&trust()["csca.crl"]).unwrap();
    assert!(crl.verify(&csca().public_key().unwrap()).unwrap());
    assert!(crl.get_revoked().unwrap().len() > 1);
    let text = openssl(
        &["crl", "-inform", "DER", "-noout", "-text"],
        &trust()["csca.crl"],
    );
    for expected in [
        "Version 2",
        "X509v3 CRL Number",
        "Nov 23 00:00:00 2026 GMT",
        "Dec 23 00:00:00 2026 GMT",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

#[test]
fn the_same_card_is_issued_again_byte_for_byte() {
    let man = persona("adult-man").unwrap();
    assert_eq!(
        persona_files(&man, &[], NOW).unwrap(),
        persona_files(&man, &[], NOW).unwrap()
    );
    assert_eq!(trust(), trust());
}

#[test]
fn dg15_is_an_rsa_key_of_2048_bits_and_each_persona_has_its_own() {
    let mut seen: Vec<BigNum> = Vec::new();
    for persona in personas().unwrap() {
        let files = persona_files(&persona, &[], NOW).unwrap();
        let (object, _) = cccd_sim::tlv::first(&files["EF.DG15"]).unwrap();
        let key = openssl::rsa::Rsa::public_key_from_der(object.value).unwrap();
        assert_eq!((object.tag, key.size()), (0x6F, 256));
        assert!(seen.iter().all(|other| *other != *key.n()));
        seen.push(key.n().to_owned().unwrap());
    }
}

#[test]
fn the_files_have_the_sizes_of_a_real_card() {
    let files = persona_files(&persona("adult-man").unwrap(), &[], NOW).unwrap();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "EF.COM", "EF.DG1", "EF.DG13", "EF.DG14", "EF.DG15", "EF.DG2", "EF.SOD"
        ]
    );
    for (name, low, high) in [
        ("EF.DG1", 95, 95),
        ("EF.DG2", 16_000, 18_400),
        ("EF.DG13", 400, 900),
        ("EF.DG14", 100, 400),
        ("EF.DG15", 270, 310),
        ("EF.SOD", 1_200, 2_600),
    ] {
        let length = files[name].len();
        assert!((low..=high).contains(&length), "{name}: {length}");
    }
}

#[test]
fn every_defect_can_be_made_and_changes_something() {
    let man = persona("adult-man").unwrap();
    let ordinary = (persona_files(&man, &[], NOW).unwrap(), trust());
    for defect in defects() {
        let made = (
            persona_files(&man, &[defect], NOW)
                .unwrap_or_else(|error| panic!("{}: {error}", defect.id)),
            trust_files(&[defect], NOW).unwrap_or_else(|error| panic!("{}: {error}", defect.id)),
        );
        let on_chip = defect.mutations.iter().any(|mutation| {
            use cccd_sim::defects::mutation::{ActiveChange, ActiveKind, ChipKeysChange, Mutation};
            matches!(
                mutation,
                Mutation::Chip(_)
                    | Mutation::Link(_)
                    | Mutation::DeskClock(_)
                    | Mutation::Given(_)
                    | Mutation::Access(_)
                    | Mutation::ChipKeys(ChipKeysChange::OtherKey)
                    | Mutation::Inspection(_)
                    | Mutation::Pace(_)
                    | Mutation::Lengths(..)
                    | Mutation::ApplicationRefused(_)
                    | Mutation::Active(
                        ActiveChange::NoKey
                            | ActiveChange::OtherKey
                            | ActiveChange::Kind(ActiveKind::Rsa2048Sha256)
                    )
            )
        });
        let ordinary_by_name = ["good-dg3-protected", "ta-required-missing"].contains(&defect.id);
        assert_eq!(
            made == ordinary && !on_chip,
            ordinary_by_name,
            "{}",
            defect.id
        );
        assert_eq!(
            defect.concerns_trust(),
            made.1 != ordinary.1,
            "{}",
            defect.id
        );
    }
    // The ones whose data differ most: no expiry, the newest signer.
    for persona in ["elder-no-expiry", "child-14"].map(|name| persona(name).unwrap()) {
        for defect in defects() {
            let made = persona_files(&persona, &[defect], NOW);
            assert!(
                made.is_ok(),
                "{} on {}: {:?}",
                defect.id,
                persona.name,
                made.err()
            );
        }
    }
}

#[test]
fn the_list_of_defects_is_well_formed() {
    let mut seen = Vec::new();
    for defect in defects() {
        assert!(!seen.contains(&defect.id), "{} twice", defect.id);
        seen.push(defect.id);
        match defect.result {
            "verified" => assert_eq!((defect.reason, defect.class), (None, None), "{}", defect.id),
            "not_verified" | "unreadable" | "undetermined" => {
                assert!(
                    defect.reason.is_some() && defect.class.is_some(),
                    "{}",
                    defect.id
                );
            }
            other => panic!("{}: {other}", defect.id),
        }
    }
}
