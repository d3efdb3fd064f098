//! A thousand desks publish their reports through one JetStream server on this machine, beside the client
//! library's bare publishing in the same run: `make bench-fleet`. Counts at the end what the stream holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../tests/common/mod.rs"]
mod common;

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream::message::PublishMessage;
use cccd_desk::config::Fleet;
use cccd_desk::desk::fleet::collecting::Collector;
use cccd_desk::fleet::rights::Rights;
use cccd_desk::fleet::setup::Keeping;
use cccd_desk::fleet::{Link, key, names};
use cccd_desk::report::{Ended, Pace, RuntimeTimer, jetstream};
use cccd_desk::simulation::fleet::server::{NatsServer, User};
use cccd_desk::store::{Destination, Store};
use cccd_port::SystemClock;
use futures_util::future::join_all;
use tokio::sync::broadcast;

/// So many desks, and reports of each; the first two arguments say otherwise.
const DESKS: usize = 1_000;
const REPORTS: usize = 20;

struct Desk {
    id: String,
    store: Arc<Store>,
    link: Link,
    reports: Vec<String>,
}

fn argument(place: usize, usual: usize) -> usize {
    let given = std::env::args().filter(|argument| argument.parse::<usize>().is_ok());
    given
        .skip(place)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(usual)
}

fn settings(server: &NatsServer, folder: &std::path::Path, who: &str) -> Fleet {
    Fleet {
        servers: vec![server.url().parse().unwrap()],
        nkey_file: Some(folder.join(format!("{who}.nkey"))),
        // A thousand desks at once on two processors: nobody is in a hurry.
        timeout_milliseconds: 30_000,
        ..Fleet::default()
    }
}

fn rate(what: &str, count: usize, took: Duration) -> f64 {
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "{what:<58} {count:>7} in {:>6.2} s  {rate:>8.0} a second",
        took.as_secs_f64()
    );
    rate
}

fn main() {
    let (desks, reports) = (argument(0, DESKS), argument(1, REPORTS));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(desks, reports));
}

async fn run(count: usize, reports: usize) {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..count)
        .map(|number| format!("desk-{number:04}"))
        .collect();
    let user = |who: &str, rights| User {
        public_key: key::make(&folder.path().join(format!("{who}.nkey"))).unwrap(),
        rights,
    };
    let mut users: Vec<_> = ids.iter().map(|id| user(id, Rights::of_desk(id))).collect();
    users.push(user("operator", Rights::of_operator("operator")));
    let server = NatsServer::start(folder.path(), &users).unwrap();
    let operator = Link::open(&settings(&server, folder.path(), "operator"), "operator")
        .await
        .unwrap();
    operator
        .changes()
        .wait_for(|connected| *connected)
        .await
        .unwrap();
    operator.set_up(Keeping::default()).await.unwrap();

    let mut desks = Vec::with_capacity(count);
    for id in ids {
        let store = Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap());
        let made = (0..reports)
            .map(|number| {
                common::conclude_at(&store, &id, &format!("S-{number}"), &[Destination::Fleet])
            })
            .collect();
        let link = Link::open(&settings(&server, folder.path(), &id), &id)
            .await
            .unwrap();
        desks.push(Desk {
            id,
            store,
            link,
            reports: made,
        });
    }
    for desk in &desks {
        desk.link
            .changes()
            .wait_for(|connected| *connected)
            .await
            .unwrap();
    }
    for desk in &desks {
        let keys = serde_json::to_vec(&desk.store.keys()).unwrap();
        let book = desk.link.book(names::DESKS).await.unwrap();
        book.write(&names::token(&desk.id), keys).await.unwrap();
    }
    let total = count * reports;
    println!(
        "{count} desks, {reports} reports each, one server, {} processors\n",
        std::thread::available_parallelism().unwrap()
    );

    let delivered = deliver(&desks, reports).await;
    let through = rate(
        "through the desks' outboxes, a report a desk at a time",
        total,
        delivered,
    );
    let (bare, size) = bare(&desks, &server, folder.path(), reports).await;
    let one_each = rate(
        &format!("bare, a message a connection at a time, {size} bytes"),
        total,
        bare,
    );
    let pipelined = pipelined(&server, folder.path(), total, size).await;
    let most = rate(
        "bare, one connection, 256 messages on their way",
        total,
        pipelined,
    );
    println!(
        "\nthrough the outboxes / bare one at a time   {:.2}",
        through / one_each
    );
    println!(
        "through the outboxes / bare pipelined       {:.2}",
        through / most
    );

    let made: BTreeSet<String> = desks.iter().flat_map(|desk| desk.reports.clone()).collect();
    let mut collector = Collector::begin(&operator, "bench").await.unwrap();
    let (mut found, mut others) = (BTreeSet::new(), 0);
    for _ in 0..operator.count(names::REPORTS).await.unwrap() {
        let (arrived, received) = collector.next().await.unwrap().unwrap();
        match arrived.refused {
            None => assert!(found.insert(arrived.id), "a report is there twice"),
            Some(_) => others += 1,
        }
        received.acknowledge().await.unwrap();
    }
    assert!(found == made, "{} of {} are there", found.len(), made.len());
    println!(
        "\n{} reports of {} in the stream, each once, each signature right; {others} messages of the bare publishing",
        found.len(),
        made.len()
    );
}

/// Every desk delivers what waits, all at once.
async fn deliver(desks: &[Desk], reports: usize) -> Duration {
    let pace = Pace {
        first_wait: Duration::from_millis(50),
        longest_wait: Duration::from_secs(1),
    };
    let begun = Instant::now();
    let mut running = Vec::new();
    for desk in desks {
        let (events, mut news) = broadcast::channel(1_024);
        let timer = Arc::new(RuntimeTimer::default());
        let deliverer = jetstream::spawn(
            Arc::clone(&desk.store),
            desk.link.clone(),
            pace,
            events,
            timer,
        )
        .unwrap();
        running.push(async move {
            let mut left = reports;
            while left > 0 {
                let event = news.recv().await.unwrap();
                left -= usize::from(matches!(event.ended, Ended::Delivered { .. }));
            }
            deliverer.shutdown(Duration::from_secs(5)).await;
        });
    }
    join_all(running.into_iter().map(tokio::spawn)).await;
    begun.elapsed()
}

/// Connections of the client library alone: each publishes, waits for the stream's word, and publishes
/// again. How long it took, and how long a message is.
async fn bare(
    desks: &[Desk],
    server: &NatsServer,
    folder: &std::path::Path,
    reports: usize,
) -> (Duration, usize) {
    // All is delivered: the length is that of a new one.
    let first = &desks[0];
    common::conclude_at(&first.store, &first.id, "S-more", &[Destination::Fleet]);
    let mut text = 0;
    let each = |_: &str, jws: &str| {
        text = jws.len();
        Ok(())
    };
    first.store.outbox_export(each).unwrap();
    let mut clients = Vec::new();
    for desk in desks {
        let client = client(server, folder, &desk.id).await;
        clients.push((names::report(&desk.id, "bare.message"), client));
    }
    let begun = Instant::now();
    let running = clients.into_iter().map(|(subject, client)| {
        tokio::spawn(async move {
            for number in 0..reports {
                let message = PublishMessage::build()
                    .message_id(format!("{subject}-{number}"))
                    .payload(vec![b'x'; text].into());
                client
                    .send_publish(subject.clone(), message)
                    .await
                    .unwrap()
                    .await
                    .unwrap();
            }
        })
    });
    for one in join_all(running).await {
        one.unwrap();
    }
    (begun.elapsed(), text)
}

async fn client(
    server: &NatsServer,
    folder: &std::path::Path,
    who: &str,
) -> async_nats::jetstream::Context {
    let seed = std::fs::read_to_string(folder.join(format!("{who}.nkey"))).unwrap();
    let options = async_nats::ConnectOptions::with_nkey(seed.trim().to_owned())
        .custom_inbox_prefix(format!("_INBOX_{}", names::token(who)))
        .connection_timeout(Duration::from_secs(30));
    let client = options.connect(server.url()).await.unwrap();
    async_nats::jetstream::context::ContextBuilder::new()
        .timeout(Duration::from_secs(30))
        .ack_timeout(Duration::from_secs(30))
        .build(client)
}

async fn pipelined(
    server: &NatsServer,
    folder: &std::path::Path,
    total: usize,
    size: usize,
) -> Duration {
    let client = client(server, folder, "operator").await;
    let begun = Instant::now();
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..total {
        let message = PublishMessage::build()
            .message_id(format!("pipelined-{number}"))
            .payload(vec![b'x'; size].into());
        waiting.push_back(
            client
                .send_publish("cccd.report.operator.bare.message", message)
                .await
                .unwrap(),
        );
        if waiting.len() > 256 {
            waiting.pop_front().unwrap().await.unwrap();
        }
    }
    for one in waiting {
        one.await.unwrap();
    }
    begun.elapsed()
}
