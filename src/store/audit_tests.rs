#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use rusqlite::Connection;

use super::{AuditEvent, AuditHead, ChainFault};
use crate::decision::VerdictKind::{NotVerified, Verified};
use crate::store::testing::{BIRTH_DATE, NAME, NUMBER, conclusion, open, report_all, verdict};
use crate::store::{Store, StoreError};

/// A store with six entries: two conclusions, then four notes.
fn filled(folder: &std::path::Path) -> Store {
    let store = open(folder);
    store
        .conclude(&conclusion("S-1", &verdict(Verified)), &report_all())
        .unwrap();
    store
        .conclude(&conclusion("S-2", &verdict(NotVerified)), &report_all())
        .unwrap();
    for number in 3..=6 {
        store
            .record(&AuditEvent::new("noted").fact("number", number))
            .unwrap();
    }
    store
}

/// Changes the database behind the store's back, as someone with its key could.
fn tamper(store: &Store, statements: &str) {
    store
        .read(|connection: &Connection| {
            connection.execute_batch(
                "DROP TRIGGER audit_append; DROP TRIGGER audit_keep; DROP TRIGGER audit_still; \
                 PRAGMA foreign_keys = OFF;",
            )?;
            connection.execute_batch(statements)?;
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_untouched_log_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let head = store.audit_verify().unwrap();
    assert_eq!(head.number, 6);
    assert_eq!(head, store.audit_head().unwrap());
    drop(store);
    assert_eq!(open(folder.path()).audit_verify().unwrap(), head);
}

#[test]
fn every_way_of_tampering_is_found_where_it_begins() {
    for (what, statements, number) in [
        (
            "an edited entry",
            "UPDATE audit SET entry = replace(entry, '\"number\":\"4\"', '\"number\":\"9\"') WHERE number = 4;",
            4,
        ),
        (
            "an edited entry with a hash of its own",
            "UPDATE audit SET hash = lower(hex(zeroblob(32))) WHERE number = 4;",
            4,
        ),
        ("a removed entry", "DELETE FROM audit WHERE number = 4;", 4),
        (
            "a removed first entry",
            "DELETE FROM audit WHERE number = 1;",
            1,
        ),
        (
            "a removed entry whose place was closed",
            "DELETE FROM audit WHERE number = 4; UPDATE audit SET number = number - 1 WHERE number > 4;",
            4,
        ),
        (
            "two entries that changed places",
            "UPDATE audit SET number = -1 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 5; \
             UPDATE audit SET number = 5 WHERE number = -1;",
            4,
        ),
        (
            "entries cut off at the end",
            "DELETE FROM audit WHERE number > 4;",
            5,
        ),
        ("all entries gone", "DELETE FROM audit;", 1),
        (
            "an edited verdict",
            "UPDATE verdicts SET record = replace(record, 'not_verified', 'verified') WHERE session = 'S-2';",
            2,
        ),
        (
            "a kept verdict whose salt was taken away",
            "DELETE FROM audit_salts WHERE number = 2;",
            2,
        ),
        (
            "a verdict that names another entry",
            "UPDATE verdicts SET audit_number = 99 WHERE session = 'S-2';",
            99,
        ),
        (
            "another digest of the evidence",
            "UPDATE verdicts SET evidence_digest = lower(hex(zeroblob(32))) WHERE session = 'S-2';",
            2,
        ),
        (
            "a head that was published otherwise",
            "UPDATE outbox SET audit_head = lower(hex(zeroblob(32))) WHERE session = 'S-2';",
            2,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        tamper(&store, statements);
        match store.audit_verify() {
            Err(StoreError::Chain(ChainFault { number: found, .. })) => {
                assert_eq!(found, number, "{what}")
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn what_was_cut_off_is_told_of_also_when_the_log_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let lost = store.audit_head().unwrap();
    tamper(&store, "DELETE FROM audit WHERE number > 4;");
    for _ in 0..3 {
        store.record(&AuditEvent::new("noted")).unwrap();
    }
    let mut lines = Vec::new();
    store.audit_export(&mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let broken: Vec<_> = text
        .lines()
        .filter(|line| line.contains("chain-broken"))
        .collect();
    assert_eq!(broken.len(), 1, "once");
    assert!(broken[0].contains(&lost.hash), "{broken:?}");
    assert_eq!(text.lines().count(), 8);
    assert!(matches!(
        store.audit_verify(),
        Err(StoreError::Chain(ChainFault { number: 5, .. }))
    ));
}

#[test]
fn what_others_received_is_held_against_a_log_that_was_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let head = store.audit_head().unwrap();
    let evidence = |bytes: &[u8]| (bytes == b"evidence").then(|| "bb".repeat(32));
    store
        .audit_verify_against(core::slice::from_ref(&head), Some(&evidence))
        .unwrap();
    let number_of = |verified| match verified {
        Err(StoreError::Chain(fault)) => fault.number,
        other => panic!("{other:?}"),
    };
    let other = AuditHead {
        hash: "ab".repeat(32),
        ..head.clone()
    };
    let later = AuditHead {
        number: 7,
        ..head.clone()
    };
    for wrong in [&other, &later] {
        let verified = store.audit_verify_against(&[head.clone(), wrong.clone()], None);
        assert_eq!(number_of(verified), wrong.number);
    }
    // Evidence that was exchanged for other evidence.
    tamper(
        &store,
        "UPDATE verdicts SET evidence = x'00' WHERE session = 'S-1';",
    );
    store.audit_verify().unwrap();
    assert_eq!(
        number_of(store.audit_verify_against(&[], Some(&evidence))),
        1
    );
}

/// The forger knows how hashes are made, and makes a new one for the edited entry.
#[test]
fn an_entry_rewritten_with_its_right_hash_is_found_by_the_next_one() {
    for (forged, found_at) in [(4, 5), (6, 7)] {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let entry: String = store
            .read(|connection| {
                let sql = "SELECT entry FROM audit WHERE number = ?1";
                Ok(connection.query_row(sql, [forged], |row| row.get(0))?)
            })
            .unwrap();
        let edited = entry.replace("\"kind\":\"noted\"", "\"kind\":\"nothing\"");
        assert_ne!(entry, edited);
        let hash = crate::report::sha256(edited.as_bytes());
        let statement =
            format!("UPDATE audit SET entry = '{edited}', hash = '{hash}' WHERE number = {forged}");
        tamper(&store, &statement);
        match store.audit_verify() {
            Err(StoreError::Chain(ChainFault { number, .. })) => assert_eq!(number, found_at),
            other => panic!("{forged}: {other:?}"),
        }
    }
}

#[test]
fn the_log_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    for statement in [
        "DELETE FROM audit",
        "UPDATE audit SET hash = ''",
        "INSERT OR REPLACE INTO audit (number, entry, hash) VALUES (4, '{}', '')",
        "INSERT INTO audit (number, entry, hash) VALUES (9, '{}', '')",
        "REPLACE INTO audit (number, entry, hash) VALUES (NULL, '{}', '')",
    ] {
        let refused = store.read(|connection| Ok(connection.execute_batch(statement)?));
        assert!(
            matches!(refused, Err(StoreError::Database(_))),
            "{statement}: {refused:?}"
        );
    }
    store.audit_verify().unwrap();
}

#[test]
fn an_entry_is_canonical_json_without_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let mut lines = Vec::new();
    assert_eq!(store.audit_export(&mut lines).unwrap(), 6);
    let text = String::from_utf8(lines).unwrap();
    for personal in [NUMBER, NAME, BIRTH_DATE, "NGUY"] {
        assert!(!text.contains(personal), "{personal}");
    }
    let entries: Vec<serde_json::Value> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let entry = line["entry"].as_str().unwrap();
            let hash = ring::digest::digest(&ring::digest::SHA256, entry.as_bytes());
            assert_eq!(line["hash"], hex::encode(hash));
            let value: serde_json::Value = serde_json::from_str(entry).unwrap();
            // Sorted keys and no white space: what a program in another language writes too.
            assert_eq!(value.to_string(), entry);
            value
        })
        .collect();
    assert_eq!(entries[0]["kind"], "concluded");
    assert_eq!(entries[0]["session"], "S-1");
    assert_eq!(entries[0]["facts"]["verdict"], "verified");
    assert_eq!(entries[0]["at"], "2026-03-02T08:00:00Z");
    assert_eq!(entries[1]["facts"]["reason"], "no-card");
    // The same person, another salt.
    assert_ne!(
        entries[0]["personal"]["personal-number"],
        entries[1]["personal"]["personal-number"]
    );
}
