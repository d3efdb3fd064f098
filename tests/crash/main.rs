//! A power cut at any moment: what was concluded is delivered, and received once.
//!
//! # Layout
//! - here: the tests; each kills a desk (`kill -9`) at a moment that it was told of, and starts another
//! - [`child`]: the desk that is killed, a process of its own
//! - [`storm`]: many sessions, with everything killed and slowed at random around them
//!
//! Nothing here waits for a time to see something done: a child tells by a line where it stands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod child;
#[path = "../common/mod.rs"]
mod common;
mod storm;

use std::path::Path;
use std::sync::Arc;

use cccd_desk::simulation::case_system::{self, CaseSystem, Fault, Keys, Options};
use cccd_desk::store::{OutboxState, Store};
use cccd_port::SystemClock;
use child::Child;
use tokio::net::TcpListener;

fn open(folder: &Path) -> Store {
    Store::open(folder, Arc::new(SystemClock::default())).unwrap()
}

/// A case system for the reports of the desk in `folder`.
async fn case_system(folder: &Path, fault: Fault) -> CaseSystem {
    let keys = Keys::Set(open(folder).keys());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    case_system::serve(
        listener,
        Options {
            fault,
            ..Options::new(keys)
        },
    )
    .unwrap()
}

/// Starts a child in `folder` and waits for what it tells, off the runtime's thread.
async fn told(mut child: Child, mark: &'static str) -> (Child, String) {
    tokio::task::spawn_blocking(move || {
        let told = child.told(mark);
        (child, told)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn killed_between_verdict_and_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, report_id) = told(Child::concludes(folder.path()), "concluded").await;
    desk.kill();

    let case_system = case_system(folder.path(), Fault::None).await;
    assert_eq!(open(folder.path()).outbox().unwrap().len(), 1);
    let (desk, delivered) = told(Child::delivers(folder.path(), &case_system), "delivered").await;
    desk.kill();

    assert_eq!(delivered, report_id);
    let received = case_system.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].report_id, report_id);
    assert_eq!(received[0].deliveries, 1);
    let store = open(folder.path());
    assert!(store.outbox().unwrap().is_empty());
    store.audit_verify().unwrap();
}

#[tokio::test]
async fn killed_between_reception_and_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, report_id) = told(Child::concludes(folder.path()), "concluded").await;
    desk.kill();

    // The case system has the report and its receipt is on the way.
    let case_system = case_system(folder.path(), Fault::Slow).await;
    let desk = Child::delivers(folder.path(), &case_system);
    case_system.wait_for(1).await;
    desk.kill();
    let entry = open(folder.path())
        .outbox_entry(&report_id)
        .unwrap()
        .unwrap();
    assert_eq!(entry.state, OutboxState::Waiting);

    case_system.set_fault(Fault::None);
    let (desk, delivered) = told(Child::delivers(folder.path(), &case_system), "delivered").await;
    desk.kill();

    assert_eq!(delivered, report_id);
    let received = case_system.received();
    assert_eq!(received.len(), 1, "received twice");
    assert_eq!(received[0].deliveries, 2);
    let entry = open(folder.path())
        .outbox_entry(&report_id)
        .unwrap()
        .unwrap();
    assert_eq!(entry.receipt_id.as_ref(), Some(&received[0].receipt_id));
}

#[tokio::test]
async fn killed_while_it_concludes_keeps_all_of_a_session_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut concluded = Vec::new();
    for round in 0..4 {
        let mut desk = Child::concludes_on_and_on(folder.path(), round);
        for _ in 0..10 {
            concluded.push(desk.told("concluded"));
        }
        // Wherever it is in the session after these.
        desk.kill();
    }

    let store = open(folder.path());
    let waiting = store.outbox().unwrap();
    for report_id in &concluded {
        assert!(
            waiting.iter().any(|entry| entry.report_id == *report_id),
            "{report_id} is lost"
        );
    }
    // As many audit entries as reports, and a verdict for each: no half session.
    let count = u64::try_from(waiting.len()).unwrap();
    assert_eq!(store.audit_verify().unwrap().number, count);
    for entry in &waiting {
        assert!(
            store
                .verdict(entry.session.as_deref().unwrap())
                .unwrap()
                .is_some()
        );
    }
    drop(store);

    let case_system = case_system(folder.path(), Fault::None).await;
    let desk = Child::delivers(folder.path(), &case_system);
    case_system.wait_for(count).await;
    let (desk, _) = told(desk, "outbox empty").await;
    desk.kill();
    let received = case_system.received();
    assert_eq!(u64::try_from(received.len()).unwrap(), count);
    // All of one case: in the order in which they were concluded.
    let order: Vec<String> = received
        .iter()
        .map(|report| report.event()["sequence"].to_string())
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(received.iter().all(|report| report.deliveries == 1));
}

#[test]
fn killed_at_its_first_start_leaves_a_folder_that_can_be_used() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Child::opens(folder.path());
        desk.told("opening");
        desk.kill();
        let store = open(folder.path());
        assert_eq!(store.audit_verify().unwrap().number, 0);
        assert_eq!(store.keys().keys.len(), 1);
    }
}
