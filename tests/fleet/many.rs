//! Many desks at once, and the server killed meanwhile: nothing is lost, nothing is there twice.

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use cccd_desk::desk::fleet::collecting::Collector;
use cccd_desk::fleet::names;
use cccd_desk::report::{Ended, Pace, RuntimeTimer, jetstream};
use cccd_desk::store::{Destination, Store};
use cccd_port::SystemClock;
use tokio::sync::broadcast;

use crate::common::conclude_at;
use crate::{LONG, Office, connected};

const DESKS: usize = 40;
const REPORTS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_desks_nothing_is_lost_and_nothing_is_there_twice() {
    let ids: Vec<String> = (0..DESKS).map(|number| format!("quay.{number}")).collect();
    let named: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut office = Office::open(&named).await;
    let mut made = BTreeSet::new();
    let mut running = Vec::new();
    let (told, mut first) = tokio::sync::mpsc::unbounded_channel();
    for id in &ids {
        let store = Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap());
        for number in 0..REPORTS {
            made.insert(conclude_at(
                &store,
                id,
                &format!("S-{number}"),
                &[Destination::Fleet],
            ));
        }
        let link = office.link(id).await;
        let pace = Pace {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(200),
        };
        let (events, mut news) = broadcast::channel(1_024);
        let timer = Arc::new(RuntimeTimer::default());
        let deliverer = jetstream::spawn(store, link, pace, events, timer).unwrap();
        let told = told.clone();
        running.push(tokio::spawn(async move {
            let mut left = REPORTS;
            while left > 0 {
                let event = news.recv().await.unwrap();
                if matches!(event.ended, Ended::Delivered { .. }) {
                    left -= 1;
                    let _ = told.send(());
                }
            }
            deliverer.shutdown(LONG).await;
        }));
    }
    // In the middle of it.
    for _ in 0..DESKS {
        first.recv().await.unwrap();
    }
    office.server.restart().unwrap();
    for desk in running {
        tokio::time::timeout(LONG, desk).await.unwrap().unwrap();
    }
    connected(&mut office.operator).await;
    let mut collector = Collector::begin(&office.operator, "receiver")
        .await
        .unwrap();
    let mut found = BTreeSet::new();
    for _ in 0..office.operator.count(names::REPORTS).await.unwrap() {
        let (arrived, received) = collector.next().await.unwrap().unwrap();
        assert_eq!(arrived.refused, None);
        assert!(
            found.insert(arrived.id.clone()),
            "{} is there twice",
            arrived.id
        );
        received.acknowledge().await.unwrap();
    }
    assert_eq!(found, made);
}
