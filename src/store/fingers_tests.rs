#![allow(clippy::unwrap_used)]

use std::path::Path;

use rusqlite::Connection;

use super::super::testing::{NUMBER, TestClock};
use super::*;

const OTHER: &str = "001090000002";

fn holder(number: &str, card: &str) -> Holder {
    Holder {
        number: number.into(),
        card: card.to_owned(),
    }
}

fn means(sensor: &str, algorithm: &str) -> Means {
    Means {
        sensor: sensor.to_owned(),
        algorithm: algorithm.to_owned(),
    }
}

/// A store whose file is not encrypted, so that the test sees what lies in it.
fn plain(folder: &Path, clock: std::sync::Arc<TestClock>) -> Store {
    let connection = Connection::open(folder.join("desk.db")).unwrap();
    Store::on(connection, Some(folder.to_owned()), clock).unwrap()
}

fn keep(store: &Store, holder: &Holder, finger: &str, references: &[u8]) {
    let expires_at = store.now() + time::Duration::days(365);
    let new = NewFinger {
        session: "a session",
        consent_by: "a clerk",
        holder,
        finger,
        means: &means("r30x", "one/1"),
        references,
        expires_at,
    };
    store.keep_finger(&new).unwrap();
}

fn usable(store: &Store, holder: &Holder) -> Vec<(String, Vec<u8>)> {
    let kept = store.kept_fingers(holder, &means("r30x", "one/1")).unwrap();
    let fingers = kept.usable.into_iter();
    fingers
        .map(|one| (one.finger, one.references.reveal().clone()))
        .collect()
}

fn why_not(store: &Store, holder: &Holder, means: &Means) -> Vec<&'static str> {
    let kept = store.kept_fingers(holder, means).unwrap();
    assert!(kept.usable.is_empty());
    kept.unusable
}

#[test]
fn a_finger_is_bound_to_person_card_sensor_and_algorithm() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let one = holder(NUMBER, "card 1");
    keep(&store, &one, "right-index", b"first");
    keep(&store, &one, "right-index", b"minutiae");
    assert_eq!(
        usable(&store, &one),
        [("right-index".to_owned(), b"minutiae".to_vec())]
    );
    assert_eq!(usable(&store, &holder(OTHER, "card 1")), []);
    let table = [
        (holder(NUMBER, "card 2"), means("r30x", "one/1"), "card"),
        (one.clone(), means("r503", "one/1"), "sensor"),
        (one.clone(), means("r30x", "one/2"), "algorithm"),
    ];
    for (holder, means, why) in table {
        assert_eq!(why_not(&store, &holder, &means), [why]);
    }
    store.audit_verify().unwrap();
}

#[test]
fn a_row_that_was_changed_opens_for_nobody() {
    let changes = [
        "UPDATE fingers SET expires_at = expires_at + 1",
        "UPDATE fingers SET enrolled_at = 0",
        "UPDATE fingers SET finger = 'left-index'",
        "UPDATE fingers SET sealed = zeroblob(4)",
        "UPDATE fingers SET sealed = zeroblob(200)",
    ];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let store = plain(folder.path(), TestClock::new());
        let one = holder(NUMBER, "card 1");
        keep(&store, &one, "right-index", b"minutiae");
        store
            .transaction(|transaction| Ok(transaction.execute(change, [])?))
            .unwrap();
        assert_eq!(
            why_not(&store, &one, &means("r30x", "one/1")),
            ["damaged"],
            "{change}"
        );
    }
    // Moved to another person, whose number the attacker knows.
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let (one, other) = (holder(NUMBER, "card 1"), holder(OTHER, "card 1"));
    keep(&store, &one, "right-index", b"minutiae");
    keep(&store, &other, "right-index", b"another");
    let moved = "UPDATE fingers SET sealed = \
                 (SELECT sealed FROM fingers ORDER BY length(sealed) DESC LIMIT 1)";
    store
        .transaction(|transaction| Ok(transaction.execute(moved, [])?))
        .unwrap();
    assert_eq!(
        why_not(&store, &other, &means("r30x", "one/1")),
        ["damaged"]
    );
}

#[test]
fn a_finger_expires() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    let one = holder(NUMBER, "card 1");
    keep(&store, &one, "right-index", b"minutiae");
    clock.advance(time::Duration::days(364));
    assert_eq!(usable(&store, &one).len(), 1);
    clock.advance(time::Duration::days(1));
    assert_eq!(usable(&store, &one), []);
    assert_eq!(store.forget_fingers(&one.number, "test").unwrap(), 0);
    store.audit_verify().unwrap();
}

/// Whether any file of `folder` holds `wanted`.
fn holds(folder: &Path, wanted: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|entry| entry.unwrap().path()).any(|path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(wanted.len()).any(|window| window == wanted)
    })
}

/// The bytes that lie sealed in the table.
fn sealed(store: &Store) -> Vec<Vec<u8>> {
    store
        .read(|connection| {
            let mut statement = connection.prepare("SELECT sealed FROM fingers")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

#[test]
fn nothing_is_left_of_a_finger_that_was_erased() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let (one, other) = (holder(NUMBER, "card 1"), holder(OTHER, "card 2"));
    // As long as three templates, so that a row is spread over pages; and nothing that counts up, as the
    // numbers of pages do in the log's index.
    let references: Vec<u8> = (0..3_200_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_769).to_be_bytes())
        .collect();
    for finger in ["right-thumb", "right-index", "left-index"] {
        keep(&store, &one, finger, &references);
        keep(&store, &other, finger, b"another's");
    }
    // Written over once: the page of the first lies in the log, or is free.
    keep(&store, &one, "right-index", &references);
    let before = sealed(&store);
    let pieces: Vec<&[u8]> = before
        .iter()
        .filter(|sealed| sealed.len() > 1_000)
        .flat_map(|sealed| sealed.chunks_exact(32))
        .collect();
    assert_eq!(pieces.len(), 3 * ((references.len() + 28) / 32));
    // The search finds what is there, and the plain minutiae never were.
    assert!(pieces.iter().any(|piece| holds(folder.path(), piece)));
    for piece in references.chunks_exact(32).take(20) {
        assert!(!holds(folder.path(), piece));
    }
    assert_eq!(store.forget_fingers(&one.number, "test").unwrap(), 3);
    let files: Vec<Vec<u8>> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    for piece in pieces {
        let left = files
            .iter()
            .any(|bytes| bytes.windows(piece.len()).any(|window| window == piece));
        assert!(!left);
    }
    // The other person's are there still, and open.
    assert_eq!(usable(&store, &other).len(), 3);
    assert_eq!(usable(&store, &one), []);
    store.audit_verify().unwrap();
}
