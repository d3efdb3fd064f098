#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs::File;
use std::path::Path;

use cccd_port::clock::Clock as _;

use super::super::testing::{
    BIRTH_DATE, NAME, NUMBER, TestClock, conclusion, lies_in, report_all, verdict, written,
};
use super::*;
use crate::config::Days;
use crate::decision::VerdictKind::Verified;
use crate::report::{Conclusion, ReportSettings};
use crate::store::Destination;

const DAY: time::Duration = time::Duration::DAY;

fn terms() -> Terms {
    Terms::from(&Privacy {
        chip_memory_days: 50,
        days: Days {
            dossier_intake: 10,
            result_return: 20,
            benefit_payment: 100,
            default: 5,
        },
    })
}

fn unreported() -> ReportSettings {
    ReportSettings {
        destinations: Vec::new(),
        ..report_all()
    }
}

/// A store whose file is not encrypted, so that the test sees what lies in it.
fn plain(folder: &Path, clock: std::sync::Arc<TestClock>) -> Store {
    let connection = rusqlite::Connection::open(folder.join(DATABASE)).unwrap();
    Store::on(connection, Some(folder.to_owned()), clock).unwrap()
}

fn conclude(store: &Store, session: &str, purpose: &str, settings: &ReportSettings) {
    let verdict = verdict(Verified);
    let conclusion = Conclusion {
        purpose,
        ..conclusion(session, &verdict)
    };
    store.conclude(&conclusion, settings).unwrap();
}

fn kept<'a>(store: &Store, sessions: &[&'a str]) -> Vec<&'a str> {
    let sessions = sessions.iter().copied();
    sessions
        .filter(|session| {
            let record = store.verdict(session).unwrap().is_some();
            assert_eq!(record, store.evidence(session).unwrap().is_some());
            record
        })
        .collect()
}

#[test]
fn each_purpose_has_its_term() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    let purposes = [
        "dossier-intake",
        "result-return",
        "benefit-payment",
        "something",
    ];
    for purpose in purposes {
        conclude(&store, purpose, purpose, &unreported());
    }
    conclude(&store, "waits", "something", &report_all());
    store
        .keep_chip(&["a".to_owned()], &NUMBER.into(), None)
        .unwrap();
    let sessions = [purposes.as_slice(), &["waits"]].concat();
    let table: [(i64, &[&str], usize); 6] = [
        (4, &purposes, 0),
        (2, &purposes[..3], 0),
        (5, &purposes[1..3], 0),
        (10, &purposes[2..3], 0),
        (30, &purposes[2..3], 1),
        (50, &[], 0),
    ];
    for (days, left, chips) in table {
        for _ in 0..days {
            clock.advance(DAY);
            store.record(&AuditEvent::new("at work")).unwrap();
        }
        let purged = store.purge_by_terms(&terms()).unwrap();
        let left = [left, &["waits"]].concat();
        assert_eq!(kept(&store, &sessions), left);
        assert_eq!(purged.chips, chips);
        let head = store.audit_verify().unwrap();
        assert_eq!(
            store.purge_by_terms(&terms()).unwrap(),
            Purged::default(),
            "once"
        );
        assert_eq!(store.audit_head().unwrap(), head, "nothing was done");
    }
    let salts: i64 = store
        .read(|connection| {
            Ok(connection.query_row("SELECT count(*) FROM audit_salts", [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(salts, 1, "of the session whose report waits");
}

#[test]
fn a_clock_that_leapt_ahead_purges_nothing_until_it_is_known_to_be_right() {
    type Shown = fn(&Store, &TestClock);
    let table: [(&str, Shown, &[&str]); 4] = [
        ("nobody says anything", |_, _| {}, &["S-1"]),
        (
            "the clock was set right",
            |_, clock| clock.advance(-730 * DAY),
            &["S-1"],
        ),
        (
            "the desk is at work by it",
            |store, clock| {
                for day in 0..7 {
                    conclude(store, &format!("later {day}"), "something", &unreported());
                    clock.advance(DAY);
                }
            },
            &[],
        ),
        (
            "an operator says so",
            |store, _| store.believe_clock("an operator").unwrap(),
            &[],
        ),
    ];
    for (name, show, left) in table {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
        conclude(&store, "S-1", "something", &unreported());
        clock.advance(730 * DAY);
        // Also where the leapt time is written down before anybody looks.
        if name != "nobody says anything" {
            store.record(&AuditEvent::new("started")).unwrap();
        }
        for _ in 0..2 {
            let purged = store.purge_by_terms(&terms());
            assert!(matches!(purged, Err(StoreError::ClockLeapt)), "{purged:?}");
            clock.advance(time::Duration::HOUR);
        }
        assert!(store.clock_leapt().unwrap());
        assert_eq!(kept(&store, &["S-1"]), ["S-1"], "{name}");
        show(&store, &clock);
        let purged = store.purge_by_terms(&terms());
        assert_eq!(purged.is_err(), name == "nobody says anything", "{name}");
        assert_eq!(kept(&store, &["S-1"]), left, "{name}");
        assert_eq!(store.clock_leapt().unwrap(), purged.is_err(), "{name}");
    }
}

#[test]
fn what_is_over_is_nowhere_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    for session in 0..40 {
        conclude(&store, &format!("S-{session}"), "something", &report_all());
    }
    // Nobody takes the reports: their text goes with the term then.
    let (to, why) = (Destination::CaseSystem, "gone".into());
    assert_eq!(store.outbox_give_up(to, "an operator", &why).unwrap(), 40);
    let holds = |text: &str| {
        let written = written(text.as_bytes());
        std::fs::read_dir(folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            lies_in(&bytes, &written)
        })
    };
    let personal = [NUMBER, NAME, BIRTH_DATE, "evidence\0"];
    assert!(personal[..3].iter().all(|text| holds(text)));
    clock.advance(DAY * 6);
    let purged = store.purge_by_terms(&terms()).unwrap();
    assert_eq!((purged.verdicts, purged.reports), (40, 40));
    for text in personal {
        assert!(!holds(text), "{text}");
    }
    store.audit_verify().unwrap();
}

#[test]
fn copies_before_a_migration_go_with_the_shortest_term() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    let names = ["desk.db.before-7", "desk.db.damaged-x", "other.before-7"];
    for name in names {
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_modified(clock.now().into()).unwrap();
    }
    let there = || names.map(|name| folder.path().join(name).exists());
    clock.advance(DAY * 4);
    store.purge_by_terms(&terms()).unwrap();
    assert_eq!(there(), [true, true, true]);
    clock.advance(DAY * 2);
    store.purge_by_terms(&terms()).unwrap();
    assert_eq!(there(), [false, true, true]);
}
