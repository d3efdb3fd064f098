//! Imports into the store: what is taken, what is refused, and that a refusal changes nothing.

use std::sync::Arc;

use cccd_desk::desk::trust::importing::{ImportError, import};
use cccd_desk::desk::trust::intake::{Outcome, Refusal, Terms};
use cccd_desk::desk::trust::{Held, bundle};
use cccd_desk::store::Store;
use cccd_port::{Clock, SystemClock};

use crate::data::{file, master_lists, shared};

/// A desk's store in a folder of its own.
pub struct Office {
    pub store: Store,
    _folder: tempfile::TempDir,
}

impl Office {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::default());
        let store = Store::open(folder.path(), clock).unwrap();
        Self {
            store,
            _folder: folder,
        }
    }

    pub fn import_as(
        &self,
        files: &[(String, Vec<u8>)],
        accept: Option<&str>,
    ) -> Result<Vec<Outcome>, Refusal> {
        let test_key_ids = cccd_desk::simulation::test_key_identifiers();
        let terms = Terms {
            by: "an operator",
            accept_signer: accept,
            test_key_ids: &test_key_ids,
            at: SystemClock::default().now(),
        };
        match import(&self.store, files, terms) {
            Ok(outcomes) => Ok(outcomes),
            Err(ImportError::Refused { refusal, .. }) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }

    pub fn import(&self, files: &[(String, Vec<u8>)]) -> Result<Vec<Outcome>, Refusal> {
        self.import_as(files, None)
    }

    pub fn held(&self) -> Held {
        let mut held = Held::of(self.store.trust().unwrap());
        held.trust.seal();
        held
    }
}

fn root_of_the_netherlands() -> Option<(String, Vec<u8>)> {
    file(&shared("master-lists/nl-root-ca.cer")?)
}

fn indonesia(name: &str) -> Option<(String, Vec<u8>)> {
    file(&shared(&format!("master-lists/id-csca/{name}.cer"))?)
}

#[test]
fn a_list_counts_once_its_authority_is_pinned() {
    let Some(root) = root_of_the_netherlands() else {
        return;
    };
    let list = master_lists().pop().unwrap();
    let office = Office::new();
    let refusal = office.import(std::slice::from_ref(&list)).unwrap_err();
    let Refusal::SignerNotPinned { name, sha256 } = &refusal else {
        panic!("{refusal}");
    };
    assert!(name.contains("Masterlist Signer NL"), "{name}");
    assert_eq!(sha256.len(), 64);
    assert!(office.held().imports.is_empty(), "nothing has changed");

    office.import(&[root]).unwrap();
    let outcome = office
        .import(std::slice::from_ref(&list))
        .unwrap()
        .remove(0);
    assert_eq!(outcome.counts, [("self-signed".to_owned(), 411)]);
    let held = office.held();
    // One anchor a key: some authorities have two certificates of one.
    assert!(
        (380..=411).contains(&held.trust.anchors.len()),
        "{}",
        held.trust.anchors.len()
    );
    let about = held.imports.last().unwrap();
    assert_eq!(about.kind, "master-list");
    assert_eq!(about.by, "an operator");
    assert_eq!(about.signer_sha256.as_ref(), Some(sha256));
    assert!(!about.accepted && about.vouched_by.is_some());

    // The same again brings nothing, and is no import.
    let again = office.import(&[list]).unwrap().remove(0);
    assert_eq!((again.import, again.new), (None, 0));
}

#[test]
fn a_signer_that_is_accepted_is_recorded_and_stays_accepted() {
    let lists = master_lists();
    let Some(list) = lists.first() else { return };
    let office = Office::new();
    let files = [list.clone()];
    let Err(Refusal::SignerNotPinned { sha256, .. }) = office.import(&files) else {
        panic!("nobody pinned the signer");
    };
    for wrong in ["", "00", &"0".repeat(64), sha256.get(..63).unwrap()] {
        let refusal = office.import_as(&files, Some(wrong)).unwrap_err();
        assert!(
            matches!(refusal, Refusal::SignerNotPinned { .. }),
            "{wrong}"
        );
    }
    let outcome = office.import_as(&files, Some(&sha256)).unwrap().remove(0);
    assert!(outcome.new > 500);
    let about = office.held().imports.pop().unwrap();
    assert!(about.accepted);
    // What a list brought vouches for nobody: its German authority is no pinned one.
    let Some(newer) = lists.get(1) else { return };
    let refusal = office.import(std::slice::from_ref(newer)).unwrap_err();
    assert!(matches!(refusal, Refusal::SignerNotPinned { .. }));

    office
        .store
        .undo_trust(about.number, "an operator")
        .unwrap();
    let held = office.held();
    assert!(held.trust.anchors.is_empty());
    assert!(held.accepted_signers.is_empty());
    assert!(
        office
            .store
            .undo_trust(about.number, "an operator")
            .is_err()
    );
}

#[test]
fn distrust_reaches_signers_lists_and_keys() {
    let lists = master_lists();
    let Some(list) = lists.first() else { return };
    let office = Office::new();
    let Err(Refusal::SignerNotPinned { sha256, .. }) = office.import(std::slice::from_ref(list))
    else {
        panic!("nobody pinned the signer");
    };
    office
        .import_as(std::slice::from_ref(list), Some(&sha256))
        .unwrap();
    let before = office.held().trust.anchors;
    let one = before[0].certificate.fingerprint.clone();
    office
        .store
        .distrust(&one, "an operator", "key lost")
        .unwrap();
    assert_eq!(office.held().trust.anchors.len(), before.len() - 1);
    office
        .store
        .distrust(&sha256, "an operator", "signer doubted")
        .unwrap();
    assert!(office.held().trust.anchors.is_empty());
    let refusal = office
        .import_as(std::slice::from_ref(list), Some(&sha256))
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Distrusted { .. }), "{refusal}");
    office.store.restore_trust(&sha256, "an operator").unwrap();
    office.store.restore_trust(&one, "an operator").unwrap();
    assert_eq!(office.held().trust.anchors.len(), before.len());
}

#[test]
fn links_lead_from_the_oldest_root_and_not_over_a_gap() {
    let Some(root) = indonesia("2010-12_CSCA") else {
        return;
    };
    let first = indonesia("2016-01_CSCA_LINK").unwrap();
    let second = indonesia("2020-10_CSCA_LINK").unwrap();
    let office = Office::new();
    office.import(std::slice::from_ref(&root)).unwrap();
    let refusal = office.import(std::slice::from_ref(&second)).unwrap_err();
    assert!(matches!(refusal, Refusal::NoElder { .. }), "{refusal}");
    assert_eq!(office.held().trust.anchors.len(), 1);

    // In any order, as long as each is led to.
    office.import(&[second.clone(), first.clone()]).unwrap();
    let held = office.held();
    assert_eq!(held.trust.anchors.len(), 3);
    let families: Vec<usize> = held
        .trust
        .anchors
        .iter()
        .map(|anchor| anchor.family)
        .collect();
    assert_eq!(families, [0, 0, 0], "one authority, under three keys");

    // Without the root, or the link between, nothing leads further.
    let link = held
        .imports
        .iter()
        .find(|import| import.file.contains("2016"))
        .unwrap();
    office.store.undo_trust(link.number, "an operator").unwrap();
    assert_eq!(office.held().trust.anchors.len(), 1);
    assert_eq!(office.held().unlinked.len(), 1);
    office.store.undo_trust(1, "an operator").unwrap();
    assert!(office.held().trust.anchors.is_empty());

    // The new key's own certificate is the same anchor, and not another.
    let office = Office::new();
    office
        .import(&[root, first, indonesia("2016-01_CSCA").unwrap()])
        .unwrap();
    assert_eq!(office.held().trust.anchors.len(), 2);
}

/// Spread over the content, which one hash covers, and close over what stands around it: there lie
/// versions, algorithms and certificates that no signature of the list covers.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let spread = (0..length).step_by(length / 40);
    spread
        .chain(0..80)
        .chain((length.saturating_sub(4_200)..length).step_by(11))
        .chain(length - 12..length)
}

#[test]
fn a_flipped_byte_anywhere_in_a_list_changes_nothing() {
    let Some(root) = root_of_the_netherlands() else {
        return;
    };
    let mut lists = master_lists();
    let dutch = lists.pop().unwrap();
    let german = lists.pop().unwrap();
    for (name, list) in [dutch, german] {
        let office = Office::new();
        office.import(std::slice::from_ref(&root)).unwrap();
        // The one stands under a pinned authority, the other's signer was accepted.
        let files = [(name.clone(), list.clone())];
        let accepted = match office.import(&files) {
            Ok(mut outcomes) => outcomes.pop().unwrap().signer_sha256.unwrap(),
            Err(Refusal::SignerNotPinned { sha256, .. }) => sha256,
            Err(refusal) => panic!("{refusal}"),
        };
        let office = Office::new();
        office.import(std::slice::from_ref(&root)).unwrap();
        let before = office.store.trust().unwrap();
        for (number, place) in places(list.len()).enumerate() {
            let mut damaged = list.clone();
            damaged[place] ^= 1 << (number % 8);
            let imported = office.import_as(&[(name.clone(), damaged)], Some(&accepted));
            assert!(
                imported.is_err(),
                "byte {place} of {}: {imported:?}",
                list.len()
            );
            assert_eq!(office.store.trust().unwrap(), before, "byte {place}");
        }
        let cut = list[..list.len() - 1].to_vec();
        assert!(
            office
                .import_as(&[(name.clone(), cut)], Some(&accepted))
                .is_err()
        );
        let longer = [list.as_slice(), &[0]].concat();
        assert!(
            office
                .import_as(&[(name.clone(), longer)], Some(&accepted))
                .is_err()
        );
    }
}

#[test]
fn the_test_authority_is_never_imported() {
    let folder = tempfile::tempdir().unwrap();
    cccd_sim::write_trust(folder.path(), &[], time::OffsetDateTime::now_utc()).unwrap();
    let office = Office::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let refusal = office.import(&[file(&path).unwrap()]).unwrap_err();
        // Its revocation list finds no authority.
        assert!(
            matches!(
                refusal,
                Refusal::TestAuthority | Refusal::CrlIssuerUnknown(_)
            ),
            "{path:?}: {refusal}"
        );
    }
    assert!(office.held().imports.is_empty());
}

#[test]
fn a_bundle_carries_everything_to_another_desk() {
    let Some(root) = root_of_the_netherlands() else {
        return;
    };
    let list = master_lists().pop().unwrap();
    let office = Office::new();
    office.import(&[root, list]).unwrap();
    let policy = "[policy.office]\nversion = \"1\"\nbased_on = \"strict\"\n".to_owned();
    let made = bundle::make(&office.store, "office-1", std::slice::from_ref(&policy)).unwrap();
    let signer = bundle::signer_of(&office.store);
    let file = [("office.bundle".to_owned(), made.clone())];

    let desk = Office::new();
    let refusal = desk.import(&file).unwrap_err();
    assert!(
        matches!(&refusal, Refusal::SignerNotPinned { sha256, .. } if *sha256 == signer),
        "{refusal}"
    );
    assert!(desk.held().imports.is_empty());
    desk.import_as(&file, Some(&signer)).unwrap();
    let (here, there) = (office.held(), desk.held());
    assert_eq!(here.trust.digest, there.trust.digest);
    assert_eq!(there.policies, [policy]);

    // A bundle that somebody changed, cut or made older changes nothing.
    let later = bundle::make(&office.store, "office-1", &[]).unwrap();
    desk.import(&[("later".to_owned(), later)]).unwrap();
    let before = desk.store.trust().unwrap();
    assert!(matches!(desk.import(&file), Err(Refusal::BundleOlder)));
    for place in (0..made.len()).step_by(made.len() / 40) {
        let mut damaged = made.clone();
        damaged[place] ^= 0x01;
        assert!(
            desk.import(&[("damaged".to_owned(), damaged)]).is_err(),
            "byte {place}"
        );
        let cut = made[..place].to_vec();
        assert!(
            desk.import(&[("cut".to_owned(), cut)]).is_err(),
            "cut at {place}"
        );
    }
    assert_eq!(desk.store.trust().unwrap(), before);
}
