//! Personal data stays where it belongs, and goes when it must.
//!
//! # Layout
//! - here: no number, name or birth date in any log, however talkative it is set
//! - [`erasure`]: nothing is left of who was erased
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod erasure;

use core::time::Duration;
use std::io::Write;
use std::sync::{Arc, Mutex};

use cccd_desk::report::{DeliverySettings, Ended, Pace, RuntimeTimer, deliver};
use cccd_desk::simulation::case_system::{self, Fault, Keys, Options};
use cccd_desk::store::{AuditEvent, Store};
use cccd_port::SystemClock;
use common::{BIRTH_DATE, NAME, NUMBER, conclude};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// The log is the whole process's: what other tests of this program log must name nobody either.
#[tokio::test]
async fn the_most_talkative_log_names_nobody() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(folder.path(), Arc::new(SystemClock::default())).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        fault: Fault::Refuse(422),
        ..Options::new(Keys::Set(store.keys()))
    };
    let case_system = case_system::serve(listener, options).unwrap();
    let settings = DeliverySettings {
        pace: Pace {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(4),
        },
        ..DeliverySettings::new(case_system.reports_url().parse().unwrap())
    };
    let (events, mut listener) = broadcast::channel(1_024);
    let handle = deliver::spawn(
        Arc::clone(&store),
        &settings,
        events,
        Arc::new(RuntimeTimer::default()),
    )
    .unwrap();

    // Refused, then in trouble, then delivered; and a call that fails.
    let refused = conclude(&store, "S-refused");
    assert!(matches!(
        listener.recv().await.unwrap().ended,
        Ended::Refused { .. }
    ));
    case_system.set_fault(Fault::NotJson);
    conclude(&store, "S-delivered");
    assert!(matches!(
        listener.recv().await.unwrap().ended,
        Ended::Waiting { .. }
    ));
    case_system.set_fault(Fault::None);
    while !matches!(
        listener.recv().await.unwrap().ended,
        Ended::Delivered { .. }
    ) {}
    assert_eq!(conclude(&store, "S-delivered"), "", "concluded twice");
    store
        .record(&AuditEvent::new("noted").personal("name", &NAME.into()))
        .unwrap();
    handle.shutdown(Duration::from_secs(20)).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The log is there, and tells of reports by their identifiers.
    assert!(
        log.contains(&refused) && log.contains("report refused"),
        "{log}"
    );
    assert!(log.contains("hyper"), "the log is not talkative");
    let received = case_system.received();
    let jws_part = received[0].event().to_string();
    for personal in [NUMBER, NAME, BIRTH_DATE, "NGUY", &jws_part] {
        assert!(!log.contains(personal), "{personal} in the log");
    }
}
