#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use core::time::Duration;

use super::{Bounds, Last, Trouble};
use crate::decision::VerdictKind::Verified;
use crate::store::testing::{TestClock, conclusion, open, report_all, verdict};
use crate::store::{AuditEvent, Store, StoreError};

fn record(store: &Store) -> Result<(), StoreError> {
    store.record(&AuditEvent::new("noted")).map(|_| ())
}

fn pages(store: &Store, most: i64) {
    store
        .read(|connection| {
            let limit = format!("PRAGMA max_page_count = {most}");
            Ok(connection.query_row(&limit, [], |_| Ok(()))?)
        })
        .unwrap();
}

#[test]
fn every_way_in_which_an_entry_fails_has_its_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    record(&store).unwrap();
    assert_eq!(store.unrecorded(), None);
    let good_again = || {
        record(&store).unwrap();
        assert_eq!(store.unrecorded(), None);
    };

    store.break_for_tests(true);
    assert!(matches!(record(&store), Err(StoreError::ReadOnly)));
    assert_eq!(store.unrecorded(), Some(Trouble::DiskReadOnly));
    store.break_for_tests(false);
    good_again();

    pages(&store, 1);
    let full = (0..1_000).find_map(|_| record(&store).err()).unwrap();
    assert!(matches!(full, StoreError::DiskFull), "{full:?}");
    assert_eq!(store.unrecorded(), Some(Trouble::DiskFull));
    assert!(
        store
            .troubles(&Bounds::default())
            .contains(&Trouble::DiskFull)
    );
    pages(&store, 1_000_000);
    good_again();

    // As another process holds it: by a connection of its own.
    let other = open(folder.path());
    let patience = Duration::from_millis(1);
    store
        .read(|connection| Ok(connection.busy_timeout(patience)?))
        .unwrap();
    let met = other.transaction(|_| Ok(record(&store)));
    assert!(matches!(met, Ok(Err(StoreError::Busy))), "{met:?}");
    assert_eq!(store.unrecorded(), Some(Trouble::DatabaseLocked));
    good_again();

    let broken = store.transaction(|transaction| {
        transaction.execute("INSERT INTO nothing VALUES (1)", [])?;
        Ok(())
    });
    assert!(matches!(broken, Err(StoreError::Database(_))));
    assert_eq!(store.unrecorded(), Some(Trouble::DatabaseFailed));
    // What was asked wrongly says nothing of the store.
    store.outbox_retry("none").unwrap_err();
    assert_eq!(store.unrecorded(), Some(Trouble::DatabaseFailed));
    good_again();
    store.outbox_retry("none").unwrap_err();
    assert_eq!(store.unrecorded(), None);
}

#[test]
fn a_clock_behind_what_was_recorded_is_a_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_at(folder.path(), clock.clone());
    let behind = || {
        store
            .troubles(&Bounds::default())
            .contains(&Trouble::ClockBehind)
    };
    assert!(!behind(), "nothing was recorded yet");
    record(&store).unwrap();
    for (hours, expected) in [(-23, false), (-2, true), (-24 * 365, true)] {
        clock.advance(time::Duration::hours(hours));
        assert_eq!(behind(), expected, "{hours}");
    }
    // What is recorded meanwhile hides nothing.
    record(&store).unwrap();
    assert!(behind());
    clock.advance(time::Duration::hours(24 * 365 + 25));
    assert!(!behind());
}

#[test]
fn every_code_is_of_one_trouble() {
    let mut codes = Trouble::ALL.map(Trouble::code).to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Trouble::ALL.len());
    assert_eq!(format!("{:?}", Last::default()), "None");
}

#[test]
fn an_outbox_is_told_of_before_it_is_full_and_takes_what_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_at(folder.path(), TestClock::new());
    let bounds = Bounds {
        waiting: 5,
        disk: 0,
    };
    let verdict = verdict(Verified);
    for (number, trouble, refused) in [
        (1, None, None),
        (2, None, None),
        (3, None, None),
        (4, Some(Trouble::OutboxAlmostFull), None),
        (5, Some(Trouble::OutboxFull), Some(Trouble::OutboxFull)),
        // A session that was open before is recorded all the same.
        (6, Some(Trouble::OutboxFull), Some(Trouble::OutboxFull)),
    ] {
        let session = format!("S-{number}");
        store
            .conclude(&conclusion(&session, &verdict), &report_all())
            .unwrap();
        assert_eq!(store.troubles(&bounds), Vec::from_iter(trouble), "{number}");
        assert_eq!(store.no_room(&bounds), refused, "{number}");
    }
    let disk = Bounds {
        waiting: 100,
        disk: u64::MAX,
    };
    assert_eq!(store.no_room(&disk), Some(Trouble::DiskAlmostFull));
}
