#![allow(clippy::unwrap_used, clippy::panic)]

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use crate::decision::VerdictKind::Verified;
use crate::report::Conclusion;
use crate::store::deliveries::{DueReport, Next, StoredReceipt};
use crate::store::purging::Terms;
use crate::store::testing::{TestClock, conclusion, report_all, verdict};
use crate::store::{AuditEvent, Bounds, Destination, OutboxState, Store, StoreError, Trouble};

fn desk(folder: &Path) -> (Arc<TestClock>, Arc<Store>) {
    let clock = TestClock::new();
    (Arc::clone(&clock), Store::open_at(folder, clock))
}

/// Concludes a session of its own case, and returns its report.
fn conclude(store: &Store, session: &str) -> String {
    let verdict = verdict(Verified);
    let conclusion = Conclusion {
        case_ref: Some(session),
        ..conclusion(session, &verdict)
    };
    let concluded = store.conclude(&conclusion, &report_all()).unwrap();
    concluded.report_id.unwrap()
}

fn next(store: &Store) -> DueReport {
    let longest = Duration::from_secs(300);
    match store.next_report(Destination::CaseSystem, longest).unwrap() {
        Next::Send(report) => report,
        Next::At(_) | Next::Nothing => panic!("nothing is due"),
    }
}

fn refuse_all(store: &Store) {
    while store.outbox_counts().unwrap().waiting > 0 {
        store.refused(&next(store), 403, "report-refused").unwrap();
    }
}

/// The kinds of the newest entries of the audit log.
fn logged(store: &Store, most: i64) -> Vec<String> {
    let sql = "SELECT entry ->> '$.kind' FROM audit ORDER BY number DESC LIMIT ?1";
    let kinds = store.read(|connection| {
        let mut statement = connection.prepare(sql)?;
        let kinds = statement.query_map([most], |row| row.get(0))?;
        Ok(kinds.collect::<Result<_, _>>()?)
    });
    kinds.unwrap()
}

#[test]
fn a_refused_report_keeps_its_session_until_it_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, store) = desk(folder.path());
    let id = conclude(&store, "S-1");
    let why = "entered by hand".into();
    let unknown = store.outbox_give_up_report("none", "an operator", &why);
    assert!(matches!(unknown, Err(StoreError::Unknown { .. })));
    let waits = store.outbox_give_up_report(&id, "an operator", &why);
    assert!(matches!(waits, Err(StoreError::State(_))), "it may arrive");
    refuse_all(&store);
    for (by, why) in [("", "why"), ("an operator", " ")] {
        let nobody = store.outbox_give_up_report(&id, by, &why.into());
        assert!(matches!(nobody, Err(StoreError::Input { .. })));
    }

    let terms = Terms::from(&crate::config::Privacy::default());
    clock.advance(time::Duration::days(4_000));
    store.believe_clock("an operator").unwrap();
    let purged = store.purge_by_terms(&terms).unwrap();
    assert_eq!((purged.verdicts, purged.reports), (0, 0));
    let count = store.outbox_give_up_report(&id, "an operator", &why);
    assert_eq!(count.unwrap(), 1);
    assert_eq!(logged(&store, 1), ["report-given-up"]);
    assert!(store.outbox().unwrap().is_empty());
    let purged = store.purge_by_terms(&terms).unwrap();
    assert_eq!((purged.verdicts, purged.reports), (1, 1));
    assert_eq!(store.verdict("S-1").unwrap(), None);
    store.audit_verify().unwrap();
}

#[test]
fn an_erasure_says_what_to_do_of_a_refused_report_and_is_finished_then() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = desk(folder.path());
    let id = conclude(&store, "S-1");
    refuse_all(&store);
    let number = crate::document::PersonalNumber::parse(crate::store::testing::NUMBER).unwrap();
    let shows = |_: &[u8], _: &_| false;
    let erased = store.subject_erase(&number, "an officer", &shows).unwrap();
    assert_eq!(
        (erased.waiting_reports.len(), &erased.refused_reports),
        (0, &vec![id.clone()])
    );
    let terms = Terms::from(&crate::config::Privacy::default());
    assert_eq!(store.purge_by_terms(&terms).unwrap().erasures, 0);
    store
        .outbox_give_up_report(&id, "an operator", &"erased".into())
        .unwrap();
    assert_eq!(store.purge_by_terms(&terms).unwrap().erasures, 1);
}

#[test]
fn what_was_refused_fills_no_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = desk(folder.path());
    let bounds = Bounds {
        waiting: 3,
        disk: 0,
    };
    for session in ["S-1", "S-2", "S-3"] {
        conclude(&store, session);
    }
    assert_eq!(store.no_room(&bounds), Some(Trouble::OutboxFull));
    refuse_all(&store);
    assert_eq!(store.no_room(&bounds), None);
    assert_eq!(store.troubles(&bounds), []);
    assert_eq!(store.undelivered_to(Destination::CaseSystem).unwrap(), 3);
}

#[test]
fn all_that_was_refused_is_sent_again_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = desk(folder.path());
    assert_eq!(store.outbox_retry_refused("an operator").unwrap(), 0);
    assert_eq!(logged(&store, 1), [""; 0], "nothing was done");
    let ids = ["S-1", "S-2", "S-3"].map(|session| conclude(&store, session));
    refuse_all(&store);
    assert_eq!(store.outbox_retry_refused("an operator").unwrap(), 3);
    assert_eq!(logged(&store, 1), ["refused-reports-retried"]);
    let mut sent = Vec::new();
    for _ in &ids {
        let report = next(&store);
        sent.push(report.report_id.clone());
        store
            .delivered(&report, Some(200), &receipt(&report))
            .unwrap();
    }
    assert_eq!(sent, ids);
}

fn receipt(report: &DueReport) -> StoredReceipt<'_> {
    StoredReceipt {
        receipt_id: "R-1",
        received_at: "2026-03-02T08:00:00Z",
        sha256: &report.sha256,
    }
}

#[test]
fn a_receipt_that_comes_after_the_giving_up_is_kept_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = desk(folder.path());
    conclude(&store, "S-1");
    let report = next(&store);
    store
        .outbox_give_up(Destination::CaseSystem, "an operator", &"gone".into())
        .unwrap();
    store
        .delivered(&report, Some(200), &receipt(&report))
        .unwrap();
    assert_eq!(logged(&store, 1), ["report-delivered"]);
    assert_eq!(store.outbox_counts().unwrap().delivered, 0);
    store.audit_verify().unwrap();
}

#[test]
fn the_desk_works_on_while_an_export_is_read_and_the_log_has_it_before() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = desk(folder.path());
    let ids = ["S-1", "S-2", "S-3"].map(|session| conclude(&store, session));
    let other = Store::open_at(folder.path(), TestClock::new());
    let mut read = Vec::new();
    let stopped = store.outbox_export(|id, _| {
        read.push(id.to_owned());
        // Another process and this one write while the reader takes its time.
        other.record(&AuditEvent::new("noted"))?;
        store.record(&AuditEvent::new("noted"))?;
        if read.len() == 2 {
            return Err(StoreError::State("the reader went away"));
        }
        Ok(())
    });
    assert!(matches!(stopped, Err(StoreError::State(_))));
    assert_eq!(read, ids.get(..2).unwrap());
    let mut log = logged(&store, 5);
    assert_eq!(log.pop().unwrap(), "outbox-exported");
    assert!(log.iter().all(|kind| kind == "noted"));
    // What is delivered while it is read still counts, while its text is there.
    let all = store.outbox_export(|_, _| {
        if store.outbox_counts()?.waiting == 3 {
            let report = next(&store);
            store.delivered(&report, Some(200), &receipt(&report))?;
        }
        Ok(())
    });
    assert_eq!(all.unwrap(), 3);
    let entry = store.outbox_entry(&ids[0]).unwrap().unwrap();
    assert_eq!(entry.state, OutboxState::Delivered);
}
