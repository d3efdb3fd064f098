#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::super::payees::{Basis, ClaimRefused, Claimed, NewClaim, NewList};
use super::super::testing::{NUMBER, TestClock, conclusion, report_all, verdict};
use super::super::{Role, Trouble};
use super::*;
use crate::decision::VerdictKind::Verified;
use crate::document::{Date, PersonalNumber};
use crate::payees::{Given, parse};
use crate::store::Bounds;

const OTHER: &str = "079155000002";

fn number(text: &str) -> PersonalNumber {
    PersonalNumber::parse(text).unwrap()
}

fn clock() -> Arc<dyn Clock> {
    TestClock::new()
}

fn lock(folder: &Path) -> FolderLock {
    FolderLock::take(folder).unwrap()
}

fn open(folder: &Path) -> Store {
    Store::open_whole(&lock(folder), clock()).unwrap()
}

/// A list of both, paid this month.
fn import(store: &Store, id: &str) {
    let file = format!(
        "personal_number,name,amount,period\n{NUMBER},NGUYỄN VĂN A,1500000,2026-03\n\
         {OTHER},TRẦN THỊ B,500000,2026-03\n"
    );
    let given = Given {
        id: Some(id.to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some("2026-03-01".parse().unwrap()),
        ..Given::default()
    };
    let list = parse(file.as_bytes(), &given, Date::MIN).unwrap();
    store
        .import_payees(&NewList {
            list: &list,
            signer: Some("key-1"),
            sha256: &id.repeat(2),
            by: "an operator",
        })
        .unwrap();
}

fn pay(store: &Store, list: &str, who: &str) -> Result<Claimed, ClaimRefused> {
    let person = number(who);
    let payable = store.payable(&person).unwrap();
    let entry = payable.iter().find(|one| one.list == list);
    store.claim_payee(&NewClaim {
        entry: entry.map_or(0, |one| one.entry),
        list: None,
        person: &person,
        authorisation: None,
        basis: Basis::Manual("no card"),
        case_ref: None,
        desk: "desk-1",
        clerk: "clerk-1",
    })
}

fn conclude(store: &Store, session: &str) {
    let verdict = verdict(Verified);
    let conclusion = conclusion(session, &verdict);
    store.conclude(&conclusion, &report_all()).unwrap();
}

fn next_sequence(store: &Store) -> i64 {
    store.transaction(Store::next_sequence).unwrap()
}

/// The newest entry of the audit log.
fn newest(store: &Store) -> serde_json::Value {
    let mut lines = Vec::new();
    store.audit_export(&mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    serde_json::from_str(line["entry"].as_str().unwrap()).unwrap()
}

/// A desk with a list on which one person is paid, and a copy of it.
struct Office {
    folder: tempfile::TempDir,
    copy: PathBuf,
    token: String,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        import(&store, "one");
        pay(&store, "one", NUMBER).unwrap();
        let token = store.add_token(Role::Clerk, "counter 1").unwrap().id;
        conclude(&store, "S-1");
        let copy = folder.path().join("copy.db");
        store.back_up(&copy, "an operator").unwrap();
        Self {
            folder,
            copy,
            token,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn restore(&self) -> Restored {
        let lock = lock(self.path());
        Store::restore(&lock, &self.copy, &clock(), "an operator").unwrap()
    }
}

#[test]
fn what_was_paid_undone_and_revoked_since_the_copy_outlives_its_restoring() {
    let office = Office::new();
    let store = open(office.path());
    let earlier = store.payable(&number(NUMBER)).unwrap()[0].claim.clone();
    store
        .undo_claim(&earlier.unwrap().id, "a supervisor", "wrong counter")
        .unwrap();
    let later = pay(&store, "one", OTHER).unwrap();
    import(&store, "two");
    let on_new_list = pay(&store, "two", NUMBER).unwrap();
    store.revoke_token(&office.token).unwrap();
    store.distrust("ab", "an operator", "stolen").unwrap();
    store.rotate_signing().unwrap();
    conclude(&store, "S-2");
    let (points, sequence) = (store.signing_points(), next_sequence(&store));
    let head = store.audit_head().unwrap();
    drop(store);

    let restored = office.restore();
    let carried = restored.carried.unwrap();
    assert_eq!(carried.head, head);
    assert!(carried.all_known() && !restored.payments_held);
    let counts = (carried.payments, carried.undone, carried.lists);
    assert_eq!(counts, (2, 1, 1));
    assert_eq!(carried.revocations, 2);

    let store = open(office.path());
    store.audit_verify().unwrap();
    for (list, who, claim) in [("one", OTHER, &later), ("two", NUMBER, &on_new_list)] {
        match pay(&store, list, who) {
            Err(ClaimRefused::Claimed(first)) => assert_eq!(first.id, claim.claim),
            other => panic!("{other:?}"),
        }
    }
    pay(&store, "one", NUMBER).unwrap();
    pay(&store, "two", OTHER).unwrap();
    assert!(store.tokens().unwrap()[0].revoked_at.is_some());
    assert_eq!(store.trust().unwrap().distrusted.len(), 1);
    assert_eq!(store.signing_points(), points);
    assert_eq!(next_sequence(&store), sequence);
}

#[test]
fn the_entry_of_a_restoring_names_what_was_replaced_and_the_copy() {
    let office = Office::new();
    let store = open(office.path());
    let head = store.audit_head().unwrap();
    drop(store);
    office.restore();
    let entry = newest(&open(office.path()));
    assert_eq!(entry["kind"], "restored");
    let facts = &entry["facts"];
    assert_eq!(facts["by"], "an operator");
    assert_eq!(facts["replaced-number"], head.number.to_string());
    assert_eq!(facts["replaced-hash"], head.hash);
    let copy = fs::read(&office.copy).unwrap();
    assert_eq!(facts["copy"], crate::report::sha256(&copy));
}

#[test]
fn where_payments_since_are_not_known_nobody_is_paid_until_somebody_says_so() {
    type Loss = fn(&Path);
    let table: [(&str, Loss); 4] = [
        ("cut off", |database| {
            let bytes = fs::read(database).unwrap();
            fs::write(database, &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("gone", |database| fs::remove_file(database).unwrap()),
        ("something else", |database| {
            fs::write(database, b"text".repeat(4_096)).unwrap();
        }),
        ("begun anew", |database| {
            let folder = database.parent().unwrap();
            Store::set_damaged_aside(&lock(folder), clock().now()).unwrap();
            open(folder).add_token(Role::Clerk, "counter 1").unwrap();
        }),
    ];
    for (name, lose) in table {
        let office = Office::new();
        lose(&office.path().join(DATABASE));
        let restored = office.restore();
        assert!(restored.payments_held, "{name}");
        let known = restored.carried.is_some_and(|carried| carried.continued);
        assert!(!known, "{name}");

        let store = open(office.path());
        store.audit_verify().unwrap();
        assert_eq!(newest(&store)["facts"]["payments-held"], "true");
        assert!(store.payable(&number(OTHER)).unwrap().is_empty(), "{name}");
        assert!(matches!(
            pay(&store, "one", OTHER),
            Err(ClaimRefused::NoEntry)
        ));
        let bounds = Bounds {
            waiting: 20_000,
            disk: 0,
        };
        assert_eq!(store.troubles(&bounds), [Trouble::PaymentsHeld]);
        if name != "begun anew" {
            assert!(next_sequence(&store) > 1_000_000, "{name}");
        }
        store.release_payments("a supervisor").unwrap();
        assert_eq!(newest(&store)["kind"], "payments-released");
        pay(&store, "one", OTHER).unwrap();
        assert!(store.troubles(&bounds).is_empty());
        assert!(matches!(
            store.release_payments("a supervisor"),
            Err(StoreError::State(_))
        ));
    }
}

#[test]
fn payments_are_held_before_their_list_is_imported_and_through_another_restoring() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    open(folder.path()).back_up(&copy, "an operator").unwrap();
    fs::remove_file(folder.path().join(DATABASE)).unwrap();
    let lock = lock(folder.path());
    let restored = Store::restore(&lock, &copy, &clock(), "an operator").unwrap();
    assert_eq!((restored.payments_held, restored.carried), (true, None));
    // What is replaced now can be read, and knows no more than the copy did.
    let again = Store::restore(&lock, &copy, &clock(), "an operator").unwrap();
    let carried = again.carried.unwrap();
    assert!(carried.continued && carried.held && again.payments_held);
    drop(lock);
    let store = open(folder.path());
    assert!(store.payments_held().unwrap());
    store.release_payments("an operator").unwrap();
    assert!(!store.payments_held().unwrap());
}

/// As the power goes while a database is set aside: the file is moved, its log is not.
fn cut_off(folder: &Path, why: &str) -> PathBuf {
    let lock = lock(folder);
    let name = format!("{DATABASE}.{why}-20260302T080000Z");
    lock.note(Noted::SettingAside(&name)).unwrap();
    let place = folder.join(name);
    fs::rename(folder.join(DATABASE), &place).unwrap();
    place
}

#[test]
fn a_log_follows_its_database_when_setting_aside_was_cut_off() {
    let office = Office::new();
    let whole = fs::read(office.path().join(DATABASE)).unwrap();
    fs::write(office.path().join("desk.db-wal"), b"log").unwrap();
    // An earlier one, set aside without a log.
    fs::write(office.path().join("desk.db.damaged-20250101T000000Z"), b"x").unwrap();
    let place = cut_off(office.path(), "damaged");
    assert!(matches!(
        Store::open_with(office.path(), clock(), None),
        Err(StoreError::Damaged { .. })
    ));
    let again = Store::set_damaged_aside(&lock(office.path()), clock().now()).unwrap();
    assert_eq!(again, None, "nothing was left to be set aside");
    let [database, log, _] = parts(&place);
    assert!(fs::read(database).unwrap() == whole);
    assert_eq!(fs::read(log).unwrap(), b"log");
    open(office.path());
}

#[test]
fn a_restoring_that_was_cut_off_is_done_again_and_forgets_no_payment() {
    let office = Office::new();
    let store = open(office.path());
    let later = pay(&store, "one", OTHER).unwrap();
    drop(store);
    let draft = office.path().join("desk.db.restoring-1");
    fs::write(&draft, b"a whole copy").unwrap();
    let place = cut_off(office.path(), "replaced");

    let restored = office.restore();
    assert!(!draft.exists(), "what was cut off is removed");
    assert_eq!(restored.set_aside, Some(place));
    assert_eq!(restored.carried.unwrap().payments, 1);
    let store = open(office.path());
    match pay(&store, "one", OTHER) {
        Err(ClaimRefused::Claimed(first)) => assert_eq!(first.id, later.claim),
        other => panic!("{other:?}"),
    }
}
