#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use cccd_port::clock::{Clock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use super::{DeliverError, DelivererHandle, DeliveryEvent, Ended, spawn, wait};
use crate::decision::VerdictKind::Verified;
use crate::report::{Conclusion, DeliveryReason, DeliverySettings, Pace, RuntimeTimer};
use crate::simulation::case_system::{self, CaseSystem, Fault, Keys, Options};
use crate::store::Destination::CaseSystem as ToCaseSystem;
use crate::store::deliveries::{DueReport, Next, StoredReceipt};
use crate::store::testing::{TestClock, conclusion, report_all, verdict};
use crate::store::{AuditEvent, OutboxState, Store, StoreError};

/// A desk and its case system.
struct Office {
    store: Arc<Store>,
    case_system: CaseSystem,
    settings: DeliverySettings,
    events: broadcast::Sender<DeliveryEvent>,
    listener: broadcast::Receiver<DeliveryEvent>,
    _folder: tempfile::TempDir,
}

fn open(folder: &Path, clock: Arc<dyn Clock>) -> Arc<Store> {
    Arc::new(Store::open(folder, clock).unwrap())
}

impl Office {
    async fn new(fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), Arc::new(SystemClock::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options {
            fault,
            ..Options::new(Keys::Set(store.keys()))
        };
        let case_system = case_system::serve(listener, options).unwrap();
        let settings = DeliverySettings {
            timeout: Duration::from_secs(20),
            pace: Pace {
                first_wait: Duration::from_millis(1),
                longest_wait: Duration::from_millis(4),
            },
            ..DeliverySettings::new(case_system.reports_url().parse().unwrap())
        };
        let (events, listener) = broadcast::channel(1_024);
        Self {
            store,
            case_system,
            settings,
            events,
            listener,
            _folder: folder,
        }
    }

    fn deliver(&self) -> DelivererHandle {
        spawn(
            Arc::clone(&self.store),
            &self.settings,
            self.events.clone(),
            Arc::new(RuntimeTimer::default()),
        )
        .unwrap()
    }

    fn conclude(&self, session: &str) -> String {
        let verdict = verdict(Verified);
        self.store
            .conclude(&conclusion(session, &verdict), &report_all())
            .unwrap()
            .report_id
            .unwrap()
    }

    /// The next event that `accepts`.
    async fn event(&mut self, accepts: impl Fn(&DeliveryEvent) -> bool) -> DeliveryEvent {
        let found = async {
            loop {
                match self.listener.recv().await {
                    Ok(event) if accepts(&event) => return event,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(closed) => panic!("{closed}"),
                }
            }
        };
        // Only so that a fault fails instead of hanging.
        tokio::time::timeout(Duration::from_secs(60), found)
            .await
            .unwrap()
    }

    async fn delivered(&mut self) -> DeliveryEvent {
        self.event(|event| matches!(event.ended, Ended::Delivered { .. }))
            .await
    }
}

#[tokio::test]
async fn a_report_is_delivered_once_its_receipt_is_stored() {
    let mut office = Office::new(Fault::None).await;
    let early = office.conclude("S-1");
    let handle = office.deliver();
    let told = office.delivered().await;
    let Ended::Delivered { receipt_id } = told.ended else {
        panic!()
    };
    assert_eq!(
        (told.session.as_deref(), &told.report_id),
        (Some("S-1"), &early)
    );
    // And one that comes while the deliverer waits.
    let late = office.conclude("S-2");
    office.delivered().await;

    let received = office.case_system.received();
    assert_eq!(
        received
            .iter()
            .map(|report| &report.report_id)
            .collect::<Vec<_>>(),
        [&early, &late]
    );
    assert_eq!(received[0].receipt_id, receipt_id);
    assert_eq!(received[0].deliveries, 1);
    assert!(office.store.outbox().unwrap().is_empty());
    let entry = office.store.outbox_entry(&early).unwrap().unwrap();
    assert_eq!(
        (entry.state, entry.attempts, entry.status),
        (OutboxState::Delivered, 1, Some(200))
    );
    assert_eq!(entry.receipt_id, Some(receipt_id));
    assert_eq!(office.store.outbox_counts().unwrap().delivered, 2);
    // Two conclusions, two receipts.
    assert_eq!(office.store.audit_verify().unwrap().number, 4);
    assert!(matches!(
        office.store.outbox_retry(&early),
        Err(StoreError::State(_))
    ));
    handle.shutdown(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn every_trouble_has_its_reason_and_ends_in_one_delivery() {
    for (fault, expected, status) in [
        (Fault::Down, DeliveryReason::Unreachable, None),
        (Fault::LostReceipt, DeliveryReason::Unreachable, None),
        (Fault::Unavailable, DeliveryReason::ServerError, Some(503)),
        (Fault::Refuse(500), DeliveryReason::ServerError, Some(500)),
        (Fault::Refuse(408), DeliveryReason::Busy, Some(408)),
        (Fault::Refuse(425), DeliveryReason::Busy, Some(425)),
        (Fault::Refuse(429), DeliveryReason::Busy, Some(429)),
        (Fault::Redirect, DeliveryReason::Redirected, Some(307)),
        (Fault::NotJson, DeliveryReason::ReceiptMalformed, Some(200)),
        (Fault::Oversize, DeliveryReason::ReceiptOversize, Some(200)),
        (
            Fault::WrongReceipt,
            DeliveryReason::ReceiptMismatch,
            Some(200),
        ),
    ] {
        let mut office = Office::new(fault).await;
        let id = office.conclude("S-1");
        let handle = office.deliver();
        for count in 1..=3 {
            let event = office.event(|_| true).await;
            let Ended::Waiting {
                attempts, reason, ..
            } = event.ended
            else {
                panic!("{fault:?}: {event:?}")
            };
            assert_eq!(
                (event.session.as_deref(), &event.report_id, attempts),
                (Some("S-1"), &id, count),
                "{fault:?}"
            );
            assert_eq!(reason, expected, "{fault:?}");
        }
        let entry = office.store.outbox_entry(&id).unwrap().unwrap();
        assert_eq!(entry.state, OutboxState::Waiting, "{fault:?}");
        assert_eq!(entry.reason.as_deref(), Some(expected.code()), "{fault:?}");
        if status.is_some() {
            assert_eq!(entry.status, status, "{fault:?}");
        }
        office.case_system.set_fault(Fault::None);
        office.delivered().await;
        let received = office.case_system.received();
        assert_eq!(received.len(), 1, "{fault:?}");
        assert_eq!(received[0].report_id, id, "{fault:?}");
        handle.shutdown(Duration::from_secs(20)).await;
        office.store.audit_verify().unwrap();
    }
}

#[tokio::test]
async fn the_case_system_may_ask_for_patience_within_the_longest_wait() {
    for (longest, least, most) in [(60_000, 1_000, 60_000), (500, 500, 500)] {
        // Answers 503 with `Retry-After: 1`.
        let mut office = Office::new(Fault::Unavailable).await;
        office.settings.pace.longest_wait = Duration::from_millis(longest);
        office.conclude("S-1");
        let before = office.store.now();
        let handle = office.deliver();
        let Ended::Waiting { next_attempt, .. } = office.event(|_| true).await.ended else {
            panic!("{longest}")
        };
        let after = office.store.now();
        assert!(
            next_attempt - before >= time::Duration::milliseconds(least),
            "{longest}"
        );
        assert!(
            next_attempt - after <= time::Duration::milliseconds(most),
            "{longest}"
        );
        handle.shutdown(Duration::from_secs(20)).await;
    }
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_the_report_received_once() {
    let mut office = Office::new(Fault::Slow).await;
    office.settings.timeout = Duration::from_millis(100);
    office.conclude("S-1");
    let handle = office.deliver();
    let event = office.event(|_| true).await;
    assert!(
        matches!(
            event.ended,
            Ended::Waiting {
                reason: DeliveryReason::Timeout,
                ..
            }
        ),
        "{event:?}"
    );
    office.case_system.set_fault(Fault::None);
    office.delivered().await;
    let received = office.case_system.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].deliveries >= 2);
    handle.shutdown(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_refused_report_is_kept_shown_and_sent_again_by_hand() {
    for status in [400, 401, 404, 409, 410, 422] {
        let mut office = Office::new(Fault::Refuse(status)).await;
        let id = office.conclude("S-1");
        let handle = office.deliver();
        let event = office.event(|_| true).await;
        assert_eq!(
            event,
            DeliveryEvent {
                destination: ToCaseSystem,
                session: Some("S-1".to_owned()),
                report_id: id.clone(),
                ended: Ended::Refused { status },
            }
        );
        let entry = office.store.outbox().unwrap().remove(0);
        assert_eq!(
            (entry.state, entry.status, entry.next_attempt),
            (OutboxState::Refused, Some(status), None)
        );
        assert_eq!(entry.reason.as_deref(), Some("report-refused"));

        // The next of the same case is not held up by it.
        office.case_system.set_fault(Fault::None);
        let next = office.conclude("S-2");
        office.delivered().await;
        assert_eq!(office.case_system.received()[0].report_id, next);

        office.store.outbox_retry(&id).unwrap();
        office.delivered().await;
        assert_eq!(office.case_system.received()[1].report_id, id);
        handle.shutdown(Duration::from_secs(20)).await;
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_the_last_run_stopped() {
    let mut office = Office::new(Fault::Slow).await;
    let id = office.conclude("S-1");
    let handle = office.deliver();
    office.case_system.wait_for(1).await;
    // The receipt is on its way, and the desk is stopped without patience.
    handle.shutdown(Duration::ZERO).await;
    assert_eq!(
        office.store.outbox().unwrap()[0].state,
        OutboxState::Waiting
    );
    office.case_system.set_fault(Fault::None);

    let folder = office.store.folder().unwrap().to_owned();
    office.store = open(&folder, Arc::new(SystemClock::default()));
    let handle = office.deliver();
    office.delivered().await;
    let received = office.case_system.received();
    assert_eq!((received.len(), received[0].deliveries), (1, 2));
    assert_eq!(received[0].report_id, id);
    handle.shutdown(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_patient_shutdown_lets_the_attempt_finish() {
    let mut office = Office::new(Fault::Slow).await;
    office.conclude("S-1");
    let handle = office.deliver();
    office.case_system.wait_for(1).await;
    let shutdown = tokio::spawn(handle.shutdown(Duration::from_secs(20)));
    tokio::task::yield_now().await;
    office.case_system.set_fault(Fault::None);
    shutdown.await.unwrap();
    office.delivered().await;
    assert!(office.store.outbox().unwrap().is_empty());
    // Stopped: nothing is sent any more.
    office.conclude("S-2");
    assert_eq!(office.case_system.received().len(), 1);
}

#[tokio::test]
async fn a_dropped_handle_ends_the_task() {
    let office = Office::new(Fault::Slow).await;
    office.conclude("S-1");
    let DelivererHandle { stop, task } = office.deliver();
    office.case_system.wait_for(1).await;
    drop(stop);
    tokio::time::timeout(Duration::from_secs(60), task)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        office.store.outbox().unwrap()[0].state,
        OutboxState::Waiting
    );
}

#[tokio::test]
async fn one_process_delivers_the_reports_of_a_folder() {
    let office = Office::new(Fault::None).await;
    let handle = office.deliver();
    let again = spawn(
        Arc::clone(&office.store),
        &office.settings,
        office.events.clone(),
        Arc::new(RuntimeTimer::default()),
    );
    assert!(matches!(again, Err(DeliverError::AlreadyRunning)));
    handle.shutdown(Duration::from_secs(20)).await;
    office.deliver().shutdown(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_receipt_that_finds_the_disk_full_is_asked_for_again() {
    let mut office = Office::new(Fault::Slow).await;
    office.conclude("S-1");
    let handle = office.deliver();
    office.case_system.wait_for(1).await;
    let limit = |store: &Store, pages: i64| {
        store
            .transaction(|transaction| {
                let _: i64 = transaction.query_row(
                    &format!("PRAGMA max_page_count = {pages}"),
                    [],
                    |row| row.get(0),
                )?;
                Ok(())
            })
            .unwrap();
    };
    // SQLite takes a limit below the present size for the present size.
    limit(&office.store, 1);
    let filler = AuditEvent::new("filler");
    let full = loop {
        if let Err(error) = office.store.record(&filler) {
            break error;
        }
    };
    assert!(matches!(full, StoreError::DiskFull));

    // The receipt comes, and cannot be stored: the report is sent again until it can.
    let second = office.case_system.received()[0].deliveries + 1;
    office.case_system.set_fault(Fault::None);
    office.case_system.wait_for_deliveries(second).await;
    assert_eq!(
        office.store.outbox().unwrap()[0].state,
        OutboxState::Waiting
    );
    limit(&office.store, 1_000_000);
    office.delivered().await;
    assert_eq!(office.case_system.received().len(), 1);
    office.store.audit_verify().unwrap();
    handle.shutdown(Duration::from_secs(20)).await;
}

/// The reports of one store, by the name of their session.
fn due(store: &Store) -> Option<String> {
    match store
        .next_report(ToCaseSystem, Duration::from_secs(300))
        .unwrap()
    {
        Next::Send(report) => report.session,
        Next::At(_) | Next::Nothing => None,
    }
}

#[test]
fn order_is_kept_within_a_case_and_cases_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = open(folder.path(), clock.clone());
    let verdict = verdict(Verified);
    for (session, case_ref) in [
        ("A-1", Some("A")),
        ("A-2", Some("A")),
        ("B-1", Some("B")),
        ("none-1", None),
        ("none-2", None),
    ] {
        let conclusion = Conclusion {
            case_ref,
            ..conclusion(session, &verdict)
        };
        store.conclude(&conclusion, &report_all()).unwrap();
        clock.advance(time::Duration::seconds(1));
    }
    let put_off = |expected: &str| {
        let report = sent(&store);
        assert_eq!(report.session.as_deref(), Some(expected));
        let until = store.now() + time::Duration::seconds(60);
        store
            .put_off(&report, until, None, "case-system-timeout")
            .unwrap();
    };
    put_off("A-1");
    // A-2 waits for A-1.
    put_off("B-1");
    put_off("none-1");
    put_off("none-2");
    assert_eq!(due(&store), None);
    clock.advance(time::Duration::seconds(60));
    let report = sent(&store);
    assert_eq!(report.session.as_deref(), Some("A-1"));
    store.refused(&report, 422, "report-refused").unwrap();
    assert_eq!(due(&store).as_deref(), Some("A-2"));
}

/// The report that is sent now.
fn sent(store: &Store) -> DueReport {
    match store
        .next_report(ToCaseSystem, Duration::from_secs(300))
        .unwrap()
    {
        Next::Send(report) => report,
        Next::At(_) | Next::Nothing => panic!("nothing is due"),
    }
}

#[test]
fn who_asks_for_another_attempt_during_one_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = open(folder.path(), clock);
    let verdict = verdict(Verified);
    store
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    // In the very millisecond of the due time as well: the clock of this test stands still.
    for end in ["put off", "refused"] {
        let under_way = sent(&store);
        store.outbox_retry(&under_way.report_id).unwrap();
        match end {
            "refused" => store.refused(&under_way, 422, "report-refused"),
            _ => {
                let until = store.now() + time::Duration::seconds(60);
                store.put_off(&under_way, until, None, "case-system-timeout")
            }
        }
        .unwrap();
        assert_eq!(sent(&store).attempts, under_way.attempts + 1, "{end}");
    }
    // Without that, the end of the attempt decides.
    let last = sent(&store);
    store.refused(&last, 422, "report-refused").unwrap();
    assert_eq!(due(&store), None);
}

#[test]
fn a_clock_set_back_does_not_hold_reports_up() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = open(folder.path(), clock.clone());
    let verdict = verdict(Verified);
    store
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    clock.advance(time::Duration::seconds(-200));
    assert_eq!(due(&store), None);
    clock.advance(time::Duration::days(-365));
    assert_eq!(due(&store).as_deref(), Some("S-1"));
}

#[test]
fn waits_grow_with_jitter_and_stay_bounded() {
    let settings = DeliverySettings::new("http://localhost/".parse().unwrap());
    assert_eq!(
        (settings.pace.first_wait, settings.pace.longest_wait),
        (Duration::from_secs(1), Duration::from_secs(300))
    );
    for failures in [0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 1_000, u32::MAX] {
        let waits: Vec<Duration> = (0..50).map(|_| wait(failures, settings.pace)).collect();
        let least = Duration::from_secs(1 << failures.min(30)).min(settings.pace.longest_wait / 2);
        for wait in &waits {
            assert!(
                (least..=settings.pace.longest_wait).contains(wait),
                "{failures}: {wait:?}"
            );
            assert!(*wait <= least * 2, "{failures}: {wait:?}");
        }
        assert!(
            waits.iter().any(|wait| wait != &waits[0]),
            "{failures}: no jitter"
        );
    }
}

#[test]
fn a_delivered_report_loses_its_text_to_the_purge_and_keeps_its_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = open(folder.path(), clock.clone());
    let verdict = verdict(Verified);
    store
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    let report = sent(&store);
    let receipt = StoredReceipt {
        receipt_id: "R-1",
        received_at: "2026-03-02T08:00:00Z",
        sha256: &report.sha256,
    };
    store.delivered(&report, Some(200), &receipt).unwrap();
    clock.advance(time::Duration::days(30));
    let (purged, _) = store.purge(store.now()).unwrap();
    assert_eq!((purged.reports, purged.verdicts, purged.digests), (1, 1, 1));
    let texts: i64 = store
        .transaction(|transaction| {
            Ok(transaction.query_row("SELECT count(jws) FROM outbox", [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(texts, 0);
    let entry = store.report_of("S-1").unwrap().unwrap();
    assert_eq!(entry.receipt_id.as_deref(), Some("R-1"));
    store.audit_verify().unwrap();
}
