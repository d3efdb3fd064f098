#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::testing::{NAME, NUMBER, TestClock, conclusion, open, report_all, verdict};
use super::{OutboxState, Role, Store, StoreError};
use crate::decision::VerdictKind::{Undetermined, Verified};

#[test]
fn nothing_on_the_disk_can_be_read_without_the_key() {
    // Long enough that no chance puts it among random bytes.
    const SESSION: &str = "session-0001";
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(Verified);
    store
        .conclude(&conclusion(SESSION, &verdict), &report_all())
        .unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for plain in [
            "SQLite format 3",
            NUMBER,
            NAME,
            SESSION,
            "identity.confirmed",
            "CREATE TABLE",
        ] {
            assert!(
                !bytes
                    .windows(plain.len())
                    .any(|window| window == plain.as_bytes()),
                "{plain} in {}",
                path.display()
            );
        }
    }
}

#[test]
fn another_key_and_a_damaged_file_are_said_so() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let key = std::fs::read(folder.path().join("desk.key")).unwrap();
    std::fs::write(folder.path().join("desk.key"), "00".repeat(32)).unwrap();
    let clock = TestClock::new();
    assert!(matches!(
        Store::open_with(folder.path(), clock.clone(), None),
        Err(StoreError::WrongKey)
    ));
    std::fs::write(folder.path().join("desk.key"), key).unwrap();
    drop(Store::open_with(folder.path(), clock.clone(), None).unwrap());

    std::fs::write(
        folder.path().join("desk.db"),
        "not a database at all".repeat(999),
    )
    .unwrap();
    assert!(matches!(
        Store::open_with(folder.path(), clock, None),
        Err(StoreError::WrongKey)
    ));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .read(|connection| Ok(connection.pragma_update(None, "user_version", 99)?))
        .unwrap();
    drop(store);
    assert!(matches!(
        Store::open_with(folder.path(), TestClock::new(), None),
        Err(StoreError::Newer { found: 99, .. })
    ));
}

#[test]
fn commits_reach_the_disk_before_they_return() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let pragma = |name: &str| {
        store
            .read(|connection| {
                Ok(connection.pragma_query_value(None, name, |row| {
                    row.get::<_, rusqlite::types::Value>(0)
                })?)
            })
            .unwrap()
    };
    assert_eq!(pragma("synchronous"), 2.into());
    assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
    assert_eq!(pragma("foreign_keys"), 1.into());
}

#[test]
fn keys_and_content_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let keys = store.keys();
    let verdict = verdict(Verified);
    let concluded = store
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.keys(), keys);
    let entries = store.outbox().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(Some(&entries[0].report_id), concluded.report_id.as_ref());
    assert_eq!(entries[0].state, OutboxState::Waiting);
    assert_eq!(
        store.evidence("S-1").unwrap().unwrap().as_slice(),
        b"evidence"
    );
    assert!(
        store
            .verdict("S-1")
            .unwrap()
            .unwrap()
            .reveal()
            .contains(NUMBER)
    );
    assert_eq!(store.verdict("S-2").unwrap(), None);
}

#[test]
fn two_processes_share_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = open(folder.path());
    let command = open(folder.path());
    let verdict = verdict(Verified);
    daemon
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    let report_id = command.outbox().unwrap()[0].report_id.clone();
    command.outbox_retry(&report_id).unwrap();
    daemon
        .conclude(&conclusion("S-2", &verdict), &report_all())
        .unwrap();
    assert_eq!(
        daemon.audit_verify().unwrap(),
        command.audit_verify().unwrap()
    );
}

#[test]
fn a_full_disk_loses_nothing_and_the_next_session_works() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (small, large) = (verdict(Verified), vec![7; 400_000]);
    store
        .conclude(&conclusion("S-1", &small), &report_all())
        .unwrap();
    let before = store.audit_verify().unwrap();
    let pages: i64 = store
        .read(|connection| Ok(connection.pragma_query_value(None, "page_count", |row| row.get(0))?))
        .unwrap();
    let limit = |pages: i64| {
        store
            .read(|connection| {
                connection.query_row(
                    &format!("PRAGMA max_page_count = {pages}"),
                    [],
                    |_| Ok(()),
                )?;
                Ok(())
            })
            .unwrap();
    };

    limit(pages + 20);
    let mut too_much = conclusion("S-2", &small);
    too_much.evidence = Some(&large);
    let error = store.conclude(&too_much, &report_all()).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(error.to_string().contains("the disk is full"));

    // All or nothing: no audit entry, no report, no verdict of it, and the first is whole.
    assert_eq!(store.audit_verify().unwrap(), before);
    assert_eq!(store.outbox().unwrap().len(), 1);
    assert_eq!(store.verdict("S-2").unwrap(), None);
    assert!(store.verdict("S-1").unwrap().is_some());

    // The next person's session fits, and once there is room the lost one is concluded too.
    store
        .conclude(&conclusion("S-3", &small), &report_all())
        .unwrap();
    limit(pages + 1_000);
    store.conclude(&too_much, &report_all()).unwrap();
    assert_eq!(store.audit_verify().unwrap().number, before.number + 2);
    assert_eq!(store.outbox().unwrap().len(), 3);
}

#[test]
fn a_panic_in_a_transaction_rolls_back_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let other = Arc::clone(&store);
    let panicked = std::thread::spawn(move || {
        let _ = other.transaction::<()>(|transaction| {
            transaction.execute("INSERT INTO meta (name, value) VALUES ('half', x'00')", [])?;
            panic!("in the middle");
        });
    });
    panicked.join().unwrap_err();
    let half = store
        .transaction(|transaction| super::schema::meta(transaction, "half"))
        .unwrap();
    assert!(half.is_none());
}

#[test]
fn a_purge_removes_personal_data_and_the_chain_still_holds() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    let (confirmed, open_one) = (verdict(Verified), verdict(Undetermined));
    let mut settings = report_all();
    settings.verdicts = vec![Undetermined];
    store
        .conclude(&conclusion("S-old", &confirmed), &settings)
        .unwrap();
    store
        .conclude(&conclusion("S-waits", &open_one), &settings)
        .unwrap();
    clock.advance(time::Duration::days(30));
    store
        .conclude(&conclusion("S-new", &confirmed), &settings)
        .unwrap();

    let (purged, head) = store.purge(store.now() - time::Duration::days(10)).unwrap();
    assert_eq!((purged.verdicts, purged.digests), (1, 1));
    assert_eq!(store.verdict("S-old").unwrap(), None);
    assert!(store.evidence("S-old").unwrap().is_none());
    // Not yet delivered: kept whole, whatever its age.
    assert!(store.verdict("S-waits").unwrap().is_some());
    assert!(store.verdict("S-new").unwrap().is_some());
    assert_eq!(store.audit_verify().unwrap(), head);
    let (again, _) = store.purge(store.now() - time::Duration::days(10)).unwrap();
    assert_eq!((again.verdicts, again.reports, again.digests), (0, 0, 0));
}

#[test]
fn a_token_is_known_by_its_digest_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for role in Role::ALL {
        let token = store.add_token(role, "quầy 1").unwrap();
        let secret = token.secret.expose_secret().to_owned();
        assert_eq!(store.token_role(&secret).unwrap(), Some(role));
        assert!(!format!("{token:?}").contains(&secret));
        for wrong in [
            "",
            "cccd_desk_",
            &secret[1..],
            &format!("{secret}A"),
            &"x".repeat(100_000),
        ] {
            assert_eq!(store.token_role(wrong).unwrap(), None);
        }
        store.revoke_token(&token.id).unwrap();
        store.revoke_token(&token.id).unwrap();
        assert_eq!(store.token_role(&secret).unwrap(), None);
        assert_eq!(role.name().parse::<Role>().unwrap(), role);
    }
    assert_eq!(store.tokens().unwrap().len(), 4);
    assert!(matches!(
        store.revoke_token("none"),
        Err(StoreError::Unknown { .. })
    ));
    for label in ["", "a\nb", &"a".repeat(101)] {
        assert!(matches!(
            store.add_token(Role::Clerk, label),
            Err(StoreError::Input { .. })
        ));
    }
    let audited = store.audit_verify().unwrap().number;
    assert_eq!(audited, 8);
}
