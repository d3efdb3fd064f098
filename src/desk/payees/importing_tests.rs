#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cccd_port::SystemClock;
use serde_json::json;

use super::{Incoming, KeyFileError, ListRefused, Signers, Taken, import};
use crate::config::{Payees, Unsigned};
use crate::payees::{FaultKind, Given};
use crate::report::jose;
use crate::store::Store;
use crate::store::payees::ImportRefused;

/// The office that signs: a desk of its own, whose key is one for ES256.
struct Office(Store);

fn store() -> Store {
    Store::in_memory(Arc::new(SystemClock::default())).unwrap()
}

impl Office {
    fn sign(&self, payload: &[u8]) -> String {
        let jws = jose::sign(&self.0.signing(), payload, "json").unwrap();
        jws.to_string()
    }

    fn detached(&self, payload: &[u8]) -> String {
        let jws = self.sign(payload);
        let parts: Vec<&str> = jws.split('.').collect();
        format!("{}..{}", parts[0], parts[2])
    }

    /// The configuration of a desk that counts this office.
    fn config(&self, folder: &std::path::Path) -> Payees {
        let path = folder.join("office.json");
        std::fs::write(&path, serde_json::to_vec(&self.0.keys()).unwrap()).unwrap();
        Payees {
            signers: vec![path],
            unsigned: Unsigned::Refuse,
        }
    }
}

fn list(id: &str) -> Vec<u8> {
    json!({
        "format": "cccd-desk-payee-list/1", "id": id, "issuer": "BHXH thử", "currency": "VND",
        "period": "2026-11", "count": 1, "total": 500_000, "entries": [
            { "personal_number": "001090000001", "name": "NGUYỄN VĂN A", "amount": 500_000 },
        ],
    })
    .to_string()
    .into_bytes()
}

fn take(signers: &Signers, bytes: &[u8], signature: Option<&str>) -> Result<Taken, ListRefused> {
    let given = Given::default();
    let incoming = Incoming {
        bytes,
        signature: signature.map(str::as_bytes),
        given: &given,
        by: "an operator",
    };
    import(&store(), signers, &incoming)
}

#[test]
fn a_list_counts_by_the_signature_of_a_configured_key() {
    let folder = tempfile::tempdir().unwrap();
    let (office, stranger) = (Office(store()), Office(store()));
    let signers = Signers::of(&office.config(folder.path())).unwrap();
    let bytes = list("bh");
    let jws = office.sign(&bytes);
    let parts: Vec<&str> = jws.split('.').collect();
    let flattened = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] });
    let kid = office.0.keys().keys[0].kid.clone();
    for (file, signature) in [
        (jws.clone().into_bytes(), None),
        (flattened.to_string().into_bytes(), None),
        (bytes.clone(), Some(office.detached(&bytes))),
    ] {
        let taken = take(&signers, &file, signature.as_deref()).unwrap();
        assert_eq!(taken.imported.signer, Some(kid.clone()));
        // One list is one list, however its signature stands with it.
        assert_eq!(
            taken.imported.sha256,
            crate::crypto::hash::sha256_hex(&bytes)
        );
    }

    let other = list("other");
    let refused =
        |file: &[u8], signature: Option<&str>| take(&signers, file, signature).unwrap_err();
    let unknown = refused(stranger.sign(&bytes).as_bytes(), None);
    assert!(matches!(
        unknown,
        ListRefused::Signature(jose::JoseError::UnknownKey)
    ));
    let swapped = refused(&other, Some(&office.detached(&bytes)));
    assert!(matches!(
        swapped,
        ListRefused::Signature(jose::JoseError::Signature)
    ));
    let forged = format!(
        "{}.{}.{}",
        parts[0],
        URL_SAFE_NO_PAD.encode(&other),
        parts[2]
    );
    let forged = refused(forged.as_bytes(), None);
    assert!(matches!(
        forged,
        ListRefused::Signature(jose::JoseError::Signature)
    ));
    assert!(matches!(
        refused(&bytes, Some("no signature")),
        ListRefused::NoSignature
    ));
    assert!(matches!(refused(&bytes, None), ListRefused::Unsigned));
    // Signed nonsense is nonsense.
    let report = refused(
        office.sign(b"{\"type\":\"identity.confirmed\"}").as_bytes(),
        None,
    );
    assert!(
        matches!(report, ListRefused::Faults(faults) if faults.told[0].kind == FaultKind::Document)
    );
}

#[test]
fn an_unsigned_list_counts_where_that_is_allowed_and_a_bad_signature_never() {
    let folder = tempfile::tempdir().unwrap();
    let (office, stranger) = (Office(store()), Office(store()));
    let config = Payees {
        unsigned: Unsigned::Allow,
        ..office.config(folder.path())
    };
    let signers = Signers::of(&config).unwrap();
    let taken = take(&signers, &list("bh"), None).unwrap();
    assert_eq!(taken.imported.signer, None);
    let refused = take(&signers, stranger.sign(&list("bh")).as_bytes(), None);
    assert!(matches!(refused, Err(ListRefused::Signature(_))));
}

#[test]
fn the_same_list_signed_anew_is_the_same_list() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office(store());
    let signers = Signers::of(&office.config(folder.path())).unwrap();
    let desk = store();
    let bytes = list("bh");
    let given = Given::default();
    let mut ends = [office.sign(&bytes), office.sign(&bytes)].map(|jws| {
        let incoming = Incoming {
            bytes: jws.as_bytes(),
            signature: None,
            given: &given,
            by: "an operator",
        };
        import(&desk, &signers, &incoming)
    });
    assert!(ends[0].is_ok());
    assert!(matches!(
        &mut ends[1],
        Err(ListRefused::Import(ImportRefused::SameFile { .. }))
    ));
    desk.audit_verify().unwrap();
}

#[test]
fn a_file_of_keys_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office(store());
    let one = serde_json::to_value(&office.0.keys().keys[0]).unwrap();
    let mut other_curve = one.clone();
    other_curve["crv"] = "P-384".into();
    let of = |text: String| -> Result<Signers, KeyFileError> {
        let path = folder.path().join("key.json");
        std::fs::write(&path, text).unwrap();
        Signers::of(&Payees {
            signers: vec![path],
            unsigned: Unsigned::Refuse,
        })
    };
    of(one.to_string()).unwrap();
    for wrong in [
        String::new(),
        "{}".to_owned(),
        json!({ "keys": [] }).to_string(),
        other_curve.to_string(),
        json!({ "keys": [one, other_curve] }).to_string(),
        " ".repeat(70_000),
    ] {
        assert!(of(wrong).unwrap_err().to_string().contains("key.json"));
    }
}
