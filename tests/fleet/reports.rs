//! Reports arrive in the stream once, whatever happens to the server.

use core::time::Duration;
use std::sync::Arc;

use cccd_desk::desk::fleet::collecting::Collector;
use cccd_desk::desk::fleet::taking::Wanted;
use cccd_desk::fleet::link::Trouble;
use cccd_desk::fleet::{FleetError, Link, names};
use cccd_desk::report::jetstream;
use cccd_desk::report::{
    DelivererHandle, DeliveryEvent, DeliveryReason, Ended, JwkSet, Pace, RuntimeTimer,
};
use cccd_desk::store::{Destination, OutboxState, Store};
use cccd_port::SystemClock;
use tokio::sync::broadcast;

use crate::common::conclude_at;
use crate::member::Member;
use crate::{LONG, Office, connected, settings};

/// A desk that delivers to the fleet.
struct Desk {
    store: Arc<Store>,
    news: broadcast::Receiver<DeliveryEvent>,
    deliverer: DelivererHandle,
}

impl Desk {
    fn new(link: Link) -> Self {
        let store = Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap());
        let (events, news) = broadcast::channel(1_024);
        let pace = Pace {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(50),
        };
        let timer = Arc::new(RuntimeTimer::default());
        let deliverer = jetstream::spawn(Arc::clone(&store), link, pace, events, timer).unwrap();
        Self {
            store,
            news,
            deliverer,
        }
    }

    async fn told(&mut self, accepts: impl Fn(&Ended) -> bool) -> DeliveryEvent {
        let found = async {
            loop {
                let event = self.news.recv().await.unwrap();
                if accepts(&event.ended) {
                    return event;
                }
            }
        };
        tokio::time::timeout(LONG, found).await.unwrap()
    }

    async fn delivered(&mut self) -> String {
        let event = self
            .told(|ended| matches!(ended, Ended::Delivered { .. }))
            .await;
        let Ended::Delivered { receipt_id } = event.ended else {
            unreachable!()
        };
        receipt_id
    }
}

fn failed_for(ended: &Ended, expected: DeliveryReason) -> bool {
    matches!(ended, Ended::Waiting { reason, .. } if *reason == expected)
}

#[tokio::test]
async fn a_report_has_its_number_in_the_stream_as_its_receipt() {
    let office = Office::open(&["desk-1"]).await;
    let link = office.link("desk-1").await;
    let mut desk = Desk::new(link.clone());
    let id = conclude_at(&desk.store, "desk-1", "S-1", &[Destination::Fleet]);
    assert_eq!(desk.delivered().await, "CCCD_REPORTS:1");
    let entry = desk.store.outbox_entry(&id).unwrap().unwrap();
    assert_eq!(
        (entry.destination, entry.state, entry.status),
        (Destination::Fleet, OutboxState::Delivered, None)
    );
    // As after a power cut between the stream's word and the receipt: sent again, it is the same message.
    let again = link
        .publish_report("identity.confirmed", &id, "whatever")
        .await
        .unwrap();
    assert!(again.duplicate);
    assert_eq!(again.sequence, 1);
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test]
async fn a_report_goes_to_each_destination_at_its_own_pace() {
    let office = Office::open(&["desk-1"]).await;
    let mut desk = Desk::new(office.link("desk-1").await);
    let both = [Destination::CaseSystem, Destination::Fleet];
    let id = conclude_at(&desk.store, "desk-1", "S-1", &both);
    let later = conclude_at(&desk.store, "desk-1", "S-2", &both);
    // Two of one case: in their order.
    assert_eq!(desk.delivered().await, "CCCD_REPORTS:1");
    assert_eq!(desk.delivered().await, "CCCD_REPORTS:2");
    let waiting = desk.store.outbox().unwrap();
    assert_eq!(
        waiting
            .iter()
            .map(|entry| (entry.report_id.as_str(), entry.destination))
            .collect::<Vec<_>>(),
        [&id, &later].map(|id| (id.as_str(), Destination::CaseSystem))
    );
    // The case system is given up: what it has not taken waits no more.
    let reason = "hệ thống hồ sơ mới".into();
    let count = desk
        .store
        .outbox_give_up(Destination::CaseSystem, "operator", &reason);
    assert_eq!(count.unwrap(), 2);
    assert!(desk.store.outbox().unwrap().is_empty());
    let entry = desk.store.outbox_entry(&id).unwrap().unwrap();
    assert_eq!(
        (entry.destination, entry.state),
        (Destination::Fleet, OutboxState::Delivered)
    );
    desk.store.audit_verify().unwrap();
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test]
async fn days_without_a_server_are_caught_up() {
    let mut office = Office::open(&["desk-1"]).await;
    let mut link = office.link("desk-1").await;
    let mut desk = Desk::new(link.clone());
    let mut gone = link.changes();
    office.server.kill();
    let breaks = gone.wait_for(|connected| !connected);
    tokio::time::timeout(LONG, breaks).await.unwrap().unwrap();
    for number in 0..5 {
        conclude_at(
            &desk.store,
            "desk-1",
            &format!("S-{number}"),
            &[Destination::Fleet],
        );
    }
    desk.told(|ended| failed_for(ended, DeliveryReason::FleetUnreachable))
        .await;
    assert_eq!(link.trouble(), Some(Trouble::Unreachable));
    office.server.restart().unwrap();
    connected(&mut link).await;
    for number in 1..=5 {
        assert_eq!(desk.delivered().await, format!("CCCD_REPORTS:{number}"));
    }
    assert!(desk.store.outbox().unwrap().is_empty());
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_server() {
    let mut office = Office::open(&["desk-1"]).await;
    let mut link = office.link("desk-1").await;
    for number in 1..=20 {
        let stored = link
            .publish_report("identity.confirmed", &format!("R-{number}"), "text")
            .await
            .unwrap();
        assert_eq!(stored.sequence, number);
    }
    let mut gone = link.changes();
    office.server.kill();
    let breaks = gone.wait_for(|connected| !connected);
    tokio::time::timeout(LONG, breaks).await.unwrap().unwrap();
    office.server.restart().unwrap();
    connected(&mut link).await;
    // All twenty are known still, by their identifiers.
    for number in 1..=20 {
        let stored = link
            .publish_report("identity.confirmed", &format!("R-{number}"), "text")
            .await
            .unwrap();
        assert!(stored.duplicate, "{number}");
        assert_eq!(stored.sequence, number);
    }
}

#[tokio::test]
async fn a_desk_speaks_for_itself_alone() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    // With the credentials of one desk under the name of another.
    let mut link = Link::open(&office.settings("desk-1"), "desk-2")
        .await
        .unwrap();
    connected(&mut link).await;
    let refused = link
        .publish_report("identity.confirmed", "R-1", "text")
        .await;
    assert!(
        matches!(refused, Err(FleetError::Timeout | FleetError::Refused(_))),
        "{refused:?}"
    );
    // And nothing came of it.
    let stored = office
        .link("desk-2")
        .await
        .publish_report("identity.confirmed", "R-1", "text")
        .await
        .unwrap();
    assert_eq!((stored.sequence, stored.duplicate), (1, false));
}

#[tokio::test]
async fn a_stranger_is_told_apart_from_silence() {
    let office = Office::open(&["desk-1"]).await;
    let strangers = tempfile::tempdir().unwrap();
    let (path, _) = crate::key_file(strangers.path(), "stranger");
    let link = Link::open(&settings(&office.server.url(), path), "desk-1")
        .await
        .unwrap();
    let seen = async {
        while link.trouble() != Some(Trouble::Unauthorised) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, seen).await.unwrap();
    let mut desk = Desk::new(link);
    conclude_at(&desk.store, "desk-1", "S-1", &[Destination::Fleet]);
    desk.told(|ended| failed_for(ended, DeliveryReason::FleetUnreachable))
        .await;
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test]
async fn a_server_without_the_stream_is_no_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        cccd_desk::simulation::fleet::server::NatsServer::start(folder.path(), &[]).unwrap();
    let (path, _) = crate::key_file(folder.path(), "desk-1");
    let mut link = Link::open(&settings(&server.url(), path), "desk-1")
        .await
        .unwrap();
    connected(&mut link).await;
    let mut desk = Desk::new(link);
    conclude_at(&desk.store, "desk-1", "S-1", &[Destination::Fleet]);
    desk.told(|ended| failed_for(ended, DeliveryReason::FleetRefused))
        .await;
    assert_eq!(
        desk.store.outbox().unwrap()[0].reason.as_deref(),
        Some("fleet-refused")
    );
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_takes_each_report_once_and_believes_the_desk_alone() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let member = Member::join_with(&office, "desk-1", Wanted::default()).await;
    let keys = office.operator.book(names::DESKS).await.unwrap();
    let told = async { while keys.look("desk-1").await.unwrap().is_none() {} };
    tokio::time::timeout(LONG, told).await.unwrap();
    let id = conclude_at(&member.store, "desk-1", "S-1", &[Destination::Fleet]);
    let mut text = String::new();
    let each = |_: &str, jws: &str| {
        text = jws.to_owned();
        Ok(())
    };
    member.store.outbox_export(each).unwrap();
    let (kind, other) = ("identity.confirmed", office.link("desk-2").await);
    for (link, kind, id, jws) in [
        (&member.link, kind, id.as_str(), text.as_str()),
        // Under another identifier, as another type, as another desk's, and not its own at all.
        (&member.link, kind, "R-2", &text),
        (&member.link, "identity.rejected", &format!("{id}x"), &text),
        (&other, kind, "R-3", &text),
        (&member.link, kind, "R-4", "e30.e30.e30"),
    ] {
        link.publish_report(kind, id, jws).await.unwrap();
    }
    let mut collector = Collector::begin(&office.operator, "receiver")
        .await
        .unwrap()
        .patient(Vec::new());
    let mut thought = Vec::new();
    for _ in 0..5 {
        let next = tokio::time::timeout(LONG, collector.next()).await.unwrap();
        let (arrived, received) = next.unwrap().unwrap();
        thought.push((arrived.desk, arrived.refused, arrived.repeated));
        // The first is not acknowledged: it comes again to whoever takes over.
        if thought.len() > 1 {
            received.acknowledge().await.unwrap();
        }
    }
    let (first, second) = ("desk-1".to_owned(), "desk-2".to_owned());
    assert_eq!(
        thought,
        [
            (first.clone(), None, false),
            (first.clone(), Some("id"), false),
            (first.clone(), Some("id"), false),
            (second, Some("unknown-key"), false),
            (first, Some("signature"), false),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_told_before_the_first_report_that_it_signs() {
    let office = Office::open(&["desk-1"]).await;
    let mut desk = Desk::new(office.link("desk-1").await);
    let keys = office.operator.book(names::DESKS).await.unwrap();
    let mut collector = Collector::begin(&office.operator, "receiver")
        .await
        .unwrap()
        .patient(Vec::new());
    for session in ["S-1", "S-2"] {
        let id = conclude_at(&desk.store, "desk-1", session, &[Destination::Fleet]);
        desk.delivered().await;
        let told = keys.look("desk-1").await.unwrap().unwrap();
        assert_eq!(
            serde_json::from_slice::<JwkSet>(&told.value).unwrap(),
            desk.store.keys()
        );
        let next = tokio::time::timeout(LONG, collector.next()).await.unwrap();
        let (arrived, received) = next.unwrap().unwrap();
        assert_eq!((arrived.id, arrived.refused), (id, None), "{session}");
        received.acknowledge().await.unwrap();
        desk.store.rotate_signing().unwrap();
    }
    desk.deliverer.shutdown(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_under_a_key_that_is_not_told_yet_is_not_lost() {
    let office = Office::open(&["desk-1"]).await;
    let link = office.link("desk-1").await;
    let store = Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let id = conclude_at(&store, "desk-1", "S-1", &[Destination::Fleet]);
    let mut text = String::new();
    let each = |_: &str, jws: &str| {
        text = jws.to_owned();
        Ok(())
    };
    store.outbox_export(each).unwrap();
    let kind = "identity.confirmed";
    link.publish_report(kind, &id, &text).await.unwrap();
    link.publish_report(kind, "R-2", "e30.e30.e30")
        .await
        .unwrap();
    let mut collector = Collector::begin(&office.operator, "receiver")
        .await
        .unwrap()
        .patient(vec![Duration::from_millis(20); 10_000]);
    // It is left to the stream, and holds up nothing.
    let next = tokio::time::timeout(LONG, collector.next()).await.unwrap();
    let (arrived, received) = next.unwrap().unwrap();
    assert_eq!(
        (arrived.id.as_str(), arrived.refused),
        ("R-2", Some("signature"))
    );
    received.acknowledge().await.unwrap();
    let keys = serde_json::to_vec(&store.keys()).unwrap();
    let desks = link.book(names::DESKS).await.unwrap();
    desks.write("desk-1", keys).await.unwrap();
    let next = tokio::time::timeout(LONG, collector.next()).await.unwrap();
    let (arrived, _) = next.unwrap().unwrap();
    assert_eq!((arrived.id, arrived.refused), (id, None));
}
