//! Revocation lists and defect lists in the store, under the test authority, which only a test may
//! import.

use cccd_desk::desk::trust::importing::{ImportError, import};
use cccd_desk::desk::trust::intake::{Outcome, Refusal, Terms};
use cccd_desk::verify::trust::TrustAnchors;
use time::{Duration, OffsetDateTime};

use crate::store::Office;

/// The files of the test authority's trust folder, with what a defect changes about them.
fn files(defect: Option<&str>, now: OffsetDateTime) -> Vec<(String, Vec<u8>)> {
    let defects: Vec<_> = defect
        .map(|id| cccd_sim::defect(id).unwrap())
        .into_iter()
        .collect();
    let folder = tempfile::tempdir().unwrap();
    cccd_sim::write_trust(folder.path(), &defects, now).unwrap();
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| crate::data::file(&entry.unwrap().path()).unwrap())
        .collect();
    files.sort();
    files
}

fn only(name: &str, defect: Option<&str>, now: OffsetDateTime) -> Vec<(String, Vec<u8>)> {
    let mut files = files(defect, now);
    files.retain(|(known, _)| known == name);
    assert_eq!(files.len(), 1, "{name}");
    files
}

impl Office {
    fn import_test(
        &self,
        files: &[(String, Vec<u8>)],
        at: OffsetDateTime,
    ) -> Result<Vec<Outcome>, Refusal> {
        let terms = Terms {
            by: "a test",
            accept_signer: None,
            test_key_ids: &[],
            at,
        };
        import(&self.store, files, terms).map_err(|error| match error {
            ImportError::Refused { refusal, .. } => refusal,
            other => panic!("{other}"),
        })
    }

    fn trust(&self) -> TrustAnchors {
        self.held().trust
    }
}

fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Crl { reason, .. } => reason.code().to_owned(),
        other => other.to_string(),
    }
}

#[test]
fn lists_only_go_forward_and_a_revocation_stays() {
    let now = OffsetDateTime::now_utc();
    let office = Office::new();
    // A list without its authority is of no use, and changes nothing.
    let refusal = office
        .import_test(&only("csca.crl", None, now), now)
        .unwrap_err();
    assert!(matches!(refusal, Refusal::CrlIssuerUnknown(_)), "{refusal}");

    // In one go, in whatever order.
    let earlier = now - Duration::days(7);
    let mut first = files(Some("dsc-revoked"), earlier);
    first.reverse();
    office.import_test(&first, now).unwrap();
    let revoked = office.trust().revoked.len();
    assert!(revoked > 3, "{revoked}");

    // The newer list names fewer; what was revoked stays so.
    office
        .import_test(&only("csca.crl", None, now), now)
        .unwrap();
    // Two of this authority, one of the foreign one.
    assert_eq!(office.trust().crls.len(), 3);
    assert_eq!(office.trust().revoked.len(), revoked);

    for (defect, at, due) in [
        (None, earlier - Duration::days(3), "crl-rollback"),
        (Some("crl-stale"), now, "crl-rollback"),
        (Some("crl-sig-bad"), now, "crl-signature-invalid"),
        (Some("crl-delta"), now, "crl-unsupported"),
        (Some("crl-future"), now, "crl-not-yet-valid"),
    ] {
        let before = office.store.trust().unwrap();
        let refusal = office
            .import_test(&only("csca.crl", defect, at), now)
            .unwrap_err();
        assert_eq!(reason(&refusal), due, "{defect:?}");
        assert_eq!(office.store.trust().unwrap(), before);
    }

    // Not even the undoing of its import takes a revocation back.
    for import in office.held().imports {
        office.store.undo_trust(import.number, "a test").unwrap();
    }
    let trust = office.trust();
    assert!(trust.anchors.is_empty() && trust.crls.is_empty());
    assert_eq!(trust.revoked.len(), revoked);
}

#[test]
fn a_defect_list_counts_under_the_pinned_authority_alone() {
    let now = OffsetDateTime::now_utc();
    let list = only("defects.dl", Some("dsc-revoked-defectlist"), now);
    let office = Office::new();
    let refusal = office.import_test(&list, now).unwrap_err();
    assert!(
        matches!(refusal, Refusal::SignerNotPinned { .. }),
        "{refusal}"
    );

    office
        .import_test(&only("csca.cer", None, now), now)
        .unwrap();
    let outcome = office.import_test(&list, now).unwrap().remove(0);
    assert_eq!(outcome.kind, "defect-list");
    let held = office.held();
    assert!(!held.trust.defects.is_empty());
    let import = held.imports.last().unwrap();
    assert!(import.vouched_by.is_some() && !import.accepted);

    // With the authority goes what it vouched for.
    let authority = import.vouched_by.clone().unwrap();
    office
        .store
        .distrust(&authority, "a test", "key lost")
        .unwrap();
    assert!(office.trust().defects.is_empty());
}

#[test]
fn one_bad_file_of_several_refuses_them_all() {
    let now = OffsetDateTime::now_utc();
    let office = Office::new();
    let mut all = files(None, now);
    all.push(("broken.cer".to_owned(), b"no certificate".to_vec()));
    assert!(office.import_test(&all, now).is_err());
    assert!(office.held().imports.is_empty());
}

#[test]
fn two_imports_at_once_do_not_build_on_the_same_ground() {
    let now = OffsetDateTime::now_utc();
    let office = Office::new();
    let seen = office.store.trust_generation().unwrap();
    office
        .import_test(&only("csca.cer", None, now), now)
        .unwrap();
    // Whoever decided before that must decide again.
    assert!(office.store.keep_trust(seen, &[]).is_err());
}
