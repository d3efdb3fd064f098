//! Streams and buckets on a server: made once, by the operator. A desk has no right to make any.

use core::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::link::{FleetError, Link, refused};
use super::names;

/// How long what has arrived is kept, and in how many copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// How long a report stays in its stream: it holds personal data.
    pub reports: Duration,
    /// How long the head of an audit log stays.
    pub heads: Duration,
    /// How long a claim stays: longer than any list is paid.
    pub claims: Duration,
    /// How long an object lies on the shelf: lists of payees name people.
    pub objects: Duration,
    /// How many servers keep each of it: 1, 3 or 5.
    pub replicas: usize,
}

const DAY: Duration = Duration::from_secs(86_400);
/// A message that comes again within this time is no second one. A receiver looks at identifiers itself:
/// a desk may have been cut off for longer, between sending and its receipt.
const DUPLICATES: Duration = Duration::from_secs(7_200);
/// A report is a JWS of a few thousand bytes.
const LONGEST_MESSAGE: i32 = 1_048_576;
/// A claim, a set of keys, a state of health.
const LONGEST_VALUE: i32 = 65_536;

impl Default for Keeping {
    fn default() -> Self {
        Self {
            reports: DAY * 30,
            heads: DAY * 3_660,
            claims: DAY * 366,
            objects: DAY * 60,
            replicas: 1,
        }
    }
}

impl Link {
    /// Makes what is missing, and brings what is there to these settings.
    ///
    /// # Errors
    /// [`FleetError`]: the server, or its refusal.
    pub async fn set_up(&self, keeping: Keeping) -> Result<(), FleetError> {
        let jetstream = self.jetstream()?;
        let streams = [
            log(names::REPORTS, names::ALL_REPORTS, keeping.reports),
            log(names::AUDIT, names::ALL_HEADS, keeping.heads),
            bucket(names::CLAIMS, keeping.claims),
            bucket(names::DESKS, Duration::ZERO),
            bucket(names::HEALTH, DAY),
            shelf(keeping.objects),
        ];
        for mut stream in streams {
            stream.num_replicas = keeping.replicas;
            let made = jetstream.create_or_update_stream(stream);
            self.within(async { made.await.map(drop).map_err(refused) })
                .await?;
        }
        Ok(())
    }
}

/// Messages that are kept for a time. What is full refuses: a desk keeps its report and says so.
fn log(name: &str, subjects: &str, age: Duration) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![subjects.to_owned()],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        max_age: age,
        max_message_size: LONGEST_MESSAGE,
        duplicate_window: DUPLICATES.min(age),
        deny_delete: true,
        ..Config::default()
    }
}

/// A bucket of keys, as NATS lays it out (ADR-8). Made as a stream: the client's own call asks for the
/// account first, and does not understand what a server of version 2.9 answers.
fn bucket(name: &str, age: Duration) -> Config {
    Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        max_age: age,
        max_message_size: LONGEST_VALUE,
        max_messages_per_subject: 1,
        allow_rollup: true,
        allow_direct: true,
        deny_delete: true,
        ..Config::default()
    }
}

/// A store of objects, as NATS lays it out (ADR-20).
fn shelf(age: Duration) -> Config {
    let name = names::DOWN;
    Config {
        name: format!("OBJ_{name}"),
        subjects: vec![format!("$O.{name}.C.>"), format!("$O.{name}.M.>")],
        max_age: age,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        allow_rollup: true,
        allow_direct: true,
        ..Config::default()
    }
}
