#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::os::unix::fs::PermissionsExt as _;

use super::super::outbox::{Destination, OutboxState};
use super::super::testing::{TestClock, conclusion, open, report_all, verdict};
use super::*;
use crate::decision::VerdictKind::Verified;

fn conclude(store: &Store, session: &str) {
    let verdict = verdict(Verified);
    store
        .conclude(&conclusion(session, &verdict), &report_all())
        .unwrap();
}

fn open_whole(folder: &Path) -> Result<Store, StoreError> {
    Store::open_whole(&FolderLock::take(folder)?, TestClock::new())
}

fn clock() -> Arc<dyn Clock> {
    TestClock::new()
}

/// A folder with a database of many pages.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open_whole(folder.path()).unwrap();
    for session in 0..40 {
        conclude(&store, &format!("S-{session}"));
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = names(folder).into_iter();
    files
        .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
        .collect()
}

#[test]
fn every_kind_of_damage_is_found_and_left_as_it_is() {
    type Damage = fn(&mut Vec<u8>);
    let table: [(&str, Damage); 8] = [
        ("another header", |bytes| bytes[..16].fill(b'x')),
        ("the first page", |bytes| bytes[100..200].fill(0)),
        ("one bit in the middle", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("the last byte", |bytes| *bytes.last_mut().unwrap() ^= 0x80),
        ("cut in the middle of a page", |bytes| {
            bytes.truncate(bytes.len() / 2 + 100);
        }),
        ("cut between pages", |bytes| {
            bytes.truncate(bytes.len() / 2 / 4096 * 4096);
        }),
        ("empty", Vec::clear),
        ("something else", |bytes| {
            *bytes = b"not a database".repeat(999)
        }),
    ];
    let folder = filled();
    let database = folder.path().join(DATABASE);
    let whole = fs::read(&database).unwrap();
    drop(open_whole(folder.path()).unwrap());
    for (name, damage) in table {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&database, &bytes).unwrap();
        let error = open_whole(folder.path()).unwrap_err();
        assert!(
            matches!(error, StoreError::Damaged { .. } | StoreError::WrongKey),
            "{name}: {error:?}"
        );
        assert!(fs::read(&database).unwrap() == bytes, "{name} was changed");
    }
    fs::remove_file(&database).unwrap();
    assert!(matches!(
        open_whole(folder.path()),
        Err(StoreError::Damaged { .. })
    ));
    fs::write(&database, &whole).unwrap();
    let store = open_whole(folder.path()).unwrap();
    assert_eq!(store.outbox().unwrap().len(), 40);
}

#[test]
fn a_database_that_is_gone_is_never_begun_anew_by_whoever_opens_it() {
    for empty in [true, false] {
        let folder = filled();
        let database = folder.path().join(DATABASE);
        // A power cut took the file and left its log.
        fs::write(folder.path().join("desk.db-wal"), b"what is left").unwrap();
        if empty {
            fs::write(&database, b"").unwrap();
        } else {
            fs::remove_file(&database).unwrap();
        }
        let before = contents(folder.path());
        assert!(Store::exists(folder.path()));
        for opened in [
            Store::open_with(folder.path(), TestClock::new(), None),
            open_whole(folder.path()),
        ] {
            assert!(
                matches!(opened, Err(StoreError::Damaged { .. })),
                "{opened:?}"
            );
            assert!(contents(folder.path()) == before, "something was touched");
        }
        // Until somebody says so.
        let lock = FolderLock::take(folder.path()).unwrap();
        Store::set_damaged_aside(&lock, clock().now()).unwrap();
        assert!(!Store::exists(folder.path()));
        Store::open_with(folder.path(), TestClock::new(), None).unwrap();
    }
}

#[test]
fn what_stands_in_the_log_alone_is_no_damage() {
    let folder = filled();
    let store = open(folder.path());
    conclude(&store, "S-last");
    let copy = tempfile::tempdir().unwrap();
    for name in ["desk.db", "desk.db-wal", "desk.key"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    // A power cut in the middle of a page that was on its way from the log.
    let file = File::options()
        .append(true)
        .open(copy.path().join("desk.db"))
        .unwrap();
    file.set_len(file.metadata().unwrap().len() + 100).unwrap();
    let store = open_whole(copy.path()).unwrap();
    assert_eq!(store.outbox().unwrap().len(), 41);
}

#[test]
fn what_is_set_aside_is_kept_with_its_log_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::take(folder.path()).unwrap();
    let now = TestClock::new().now();
    for round in ["one", "two"] {
        for part in ["", "-wal", "-shm"] {
            fs::write(folder.path().join(format!("{DATABASE}{part}")), round).unwrap();
        }
        Store::set_damaged_aside(&lock, now).unwrap().unwrap();
    }
    assert_eq!(Store::set_damaged_aside(&lock, now).unwrap(), None);
    let mut due = vec!["desk.lock".to_owned()];
    for (place, round) in [("", "one"), (".2", "two")] {
        for part in ["", "-shm", "-wal"] {
            let name = format!("desk.db.damaged-20260302T080000Z{place}{part}");
            assert_eq!(
                fs::read_to_string(folder.path().join(&name)).unwrap(),
                round
            );
            due.push(name);
        }
    }
    due.sort();
    assert_eq!(names(folder.path()), due);
    let store = Store::open_whole(&lock, clock()).unwrap();
    assert_eq!(store.set_aside().unwrap().len(), 6);
}

#[test]
fn a_running_desk_keeps_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::take(folder.path()).unwrap();
    assert!(matches!(
        FolderLock::take(folder.path()),
        Err(StoreError::InUse { .. })
    ));
    drop(lock);
    FolderLock::take(folder.path()).unwrap();
}

#[test]
fn a_backup_is_encrypted_whole_and_of_this_moment() {
    let folder = filled();
    let store = open(folder.path());
    let before = store.outbox().unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("copy.db");
    let bytes = store.back_up(&file, "an operator").unwrap();
    let copy = fs::read(&file).unwrap();
    assert_eq!(u64::try_from(copy.len()).unwrap(), bytes);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for plain in ["SQLite format 3", "CREATE TABLE", "identity.confirmed"] {
        let plain = plain.as_bytes();
        assert!(!copy.windows(plain.len()).any(|window| window == plain));
    }
    assert!(store.back_up(&file, "an operator").is_err(), "it is there");
    assert!(fs::read(&file).unwrap() == copy, "and stays");
    conclude(&store, "S-after");

    // It is not put in the place of a database that is used.
    let lock = FolderLock::take(folder.path()).unwrap();
    drop(store);
    let restored = Store::restore(&lock, &file, &clock(), "an operator").unwrap();
    assert_eq!(restored.unsent, Some(41));
    let store = Store::open_whole(&lock, clock()).unwrap();
    assert_eq!(store.outbox().unwrap(), before);
    store.audit_verify().unwrap();
    conclude(&store, "S-after");
    assert!(fs::read(&file).unwrap() == copy, "the copy is not changed");
    let aside = restored.set_aside.unwrap();
    fs::rename(&aside, out.path().join(DATABASE)).unwrap();
    fs::copy(folder.path().join("desk.key"), out.path().join("desk.key")).unwrap();
    fs::set_permissions(
        out.path().join("desk.key"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let old = open(out.path());
    assert_eq!(
        old.report_of("S-after").unwrap().unwrap().state,
        OutboxState::Waiting
    );
}

#[test]
fn what_is_no_whole_copy_of_this_desk_is_not_put_back() {
    let folder = filled();
    let other = filled();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("copy.db");
    open(folder.path()).back_up(&file, "an operator").unwrap();
    let good = fs::read(&file).unwrap();
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let foreign = fs::read(other.path().join(DATABASE)).unwrap();
    let lock = FolderLock::take(folder.path()).unwrap();
    let before = names(folder.path());
    for bytes in [damaged, foreign, Vec::new(), b"text".repeat(2_048)] {
        fs::write(&file, bytes).unwrap();
        Store::restore(&lock, &file, &clock(), "an operator").unwrap_err();
        assert_eq!(names(folder.path()), before);
    }
    assert_eq!(open(folder.path()).outbox().unwrap().len(), 40);
}

#[test]
fn the_tables_are_changed_by_whoever_has_the_folder_and_no_copy_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .read(|connection| super::super::schema::rebuild(connection, 7))
        .unwrap();
    drop(store);
    fs::write(folder.path().join("desk.db.before-9"), b"an earlier copy").unwrap();
    // A desk of an earlier program runs.
    let running = FolderLock::take(folder.path()).unwrap();
    let before = contents(folder.path());
    let opened = Store::open_with(folder.path(), TestClock::new(), None);
    assert!(matches!(opened, Err(StoreError::Older)), "{opened:?}");
    assert!(contents(folder.path()) == before);
    drop(running);
    // Nobody does: a command changes them.
    open(folder.path());
    let copies: Vec<_> = contents(folder.path())
        .into_iter()
        .filter(|(name, _)| name.contains("before"))
        .collect();
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0].1, b"an earlier copy");
    let lock = FolderLock::take(folder.path()).unwrap();
    Store::open_whole(&lock, clock()).unwrap();
}

#[test]
fn before_a_migration_the_database_is_copied_and_its_reports_stay_where_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .read(|connection| {
            super::super::schema::rebuild(connection, 7)?;
            connection.execute_batch(
                "INSERT INTO audit VALUES (1, '{}', 'h');
                 INSERT INTO verdicts VALUES ('S', 'C', 'p', 'd', 'verified', NULL, 0, 'p', 0, 1, 'e', NULL, NULL);
                 INSERT INTO outbox (report_id, session, case_ref, kind, jws, sha256, audit_number, audit_head,
                     created_at, state, attempts, next_attempt, status, reason) VALUES
                     ('R-1', 'S', 'C', 'k', NULL, 'aa', 1, 'h', 1, 'waiting', 0, 1, NULL, NULL);
                 ",
            ).unwrap_err();
            connection.execute_batch(
                "INSERT INTO outbox (report_id, session, case_ref, kind, jws, sha256, audit_number, audit_head,
                     created_at, state, attempts, next_attempt, status, reason) VALUES
                     ('R-2', 'S', 'C', 'k', 'jws', 'bb', 1, 'h', 2, 'waiting', 3, 9, 503, 'case-system-error'),
                     ('R-3', 'S', 'C', 'k', 'jws', 'cc', 1, 'h', 3, 'refused', 1, 9, 400, 'report-refused'),
                     ('R-4', 'S', NULL, 'k', 'jws', 'dd', 1, 'h', 4, 'waiting', 0, 4, NULL, NULL);
                 INSERT INTO receipts VALUES ('R-4', 'Q-4', '2026-01-01T00:00:00Z', 'dd', 5);
                 UPDATE outbox SET state = 'delivered', jws = NULL WHERE report_id = 'R-4';",
            )?;
            Ok(())
        })
        .unwrap();
    drop(store);
    let store = open(folder.path());
    let copy = folder.path().join("desk.db.before-9");
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!fs::read(&copy).unwrap().starts_with(b"SQLite format 3"));
    let stood: Vec<_> = store
        .outbox()
        .unwrap()
        .into_iter()
        .map(|entry| {
            assert_eq!(entry.destination, Destination::CaseSystem);
            (
                entry.report_id,
                entry.state,
                entry.attempts,
                entry.status,
                entry.reason,
            )
        })
        .collect();
    let waiting = (
        "R-2".to_owned(),
        OutboxState::Waiting,
        3,
        Some(503),
        Some("case-system-error".to_owned()),
    );
    let refused = (
        "R-3".to_owned(),
        OutboxState::Refused,
        1,
        Some(400),
        Some("report-refused".to_owned()),
    );
    assert_eq!(stood, [waiting, refused]);
    let delivered = store.outbox_entry("R-4").unwrap().unwrap();
    assert_eq!(delivered.state, OutboxState::Delivered);
    assert_eq!(delivered.receipt_id.as_deref(), Some("Q-4"));
    // The next report goes on counting.
    store
        .transaction(|transaction| {
            assert_eq!(Store::next_sequence(transaction)?, 4);
            // What is still under way keeps its text.
            transaction
                .execute("UPDATE outbox SET jws = NULL WHERE report_id = 'R-2'", [])
                .unwrap_err();
            Ok(())
        })
        .unwrap();
    drop(store);
    assert_eq!(
        names(folder.path()),
        ["desk.db", "desk.db.before-9", "desk.key", "desk.lock"]
    );
    // It is the database of that version, and opens as one.
    fs::rename(&copy, folder.path().join(DATABASE)).unwrap();
    assert_eq!(open(folder.path()).outbox().unwrap().len(), 2);
}
