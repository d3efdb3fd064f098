//! What arrived in a stream, as a receiver takes it: each message until it is acknowledged, in the stream's
//! order, with the place remembered at the server.

use core::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt as _;

use super::link::{FleetError, Link, refused};
use super::names;

/// A message that is not acknowledged within this time comes again.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many are on their way at once.
const AHEAD: i64 = 512;

/// Messages as they come.
pub struct Receiving {
    messages: Stream,
}

/// A message of a stream.
pub struct Received {
    /// Its subject.
    pub subject: String,
    /// What it says: a JWS in compact serialisation.
    pub payload: Vec<u8>,
    /// The identifier that it was published under.
    pub id: String,
    /// Its number in the stream.
    pub sequence: u64,
    /// How often it came to this name, this time counted.
    pub times: usize,
    message: Message,
}

impl Link {
    /// Receives reports under a name: who comes again under it goes on where the name stopped.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn receive_reports(&self, name: &str) -> Result<Receiving, FleetError> {
        self.receive(names::REPORTS, Some(name)).await
    }

    /// Follows the heads of all audit logs from the first on.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn follow_heads(&self) -> Result<Receiving, FleetError> {
        self.receive(names::AUDIT, None).await
    }

    /// How many messages a stream holds now.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn count(&self, stream: &str) -> Result<u64, FleetError> {
        let jetstream = self.jetstream()?;
        self.within(async {
            let stream = jetstream.get_stream(stream).await.map_err(refused)?;
            Ok(stream.cached_info().state.messages)
        })
        .await
    }

    async fn receive(&self, stream: &str, name: Option<&str>) -> Result<Receiving, FleetError> {
        let jetstream = self.jetstream()?;
        let config = Config {
            durable_name: name.map(str::to_owned),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: PATIENCE,
            max_ack_pending: AHEAD,
            ..Config::default()
        };
        let consumer = self
            .within(async {
                let stream = jetstream.get_stream(stream).await.map_err(refused)?;
                match name {
                    Some(name) => stream.get_or_create_consumer(name, config).await,
                    None => stream.create_consumer(config).await,
                }
                .map_err(refused)
            })
            .await?;
        let messages = self
            .within(async { consumer.messages().await.map_err(refused) })
            .await?;
        Ok(Receiving { messages })
    }
}

impl Receiving {
    /// The next message; none where the connection is gone.
    ///
    /// # Errors
    /// [`FleetError`]: to be received anew.
    pub async fn next(&mut self) -> Result<Option<Received>, FleetError> {
        let Some(next) = self.messages.next().await else {
            return Ok(None);
        };
        let message = next.map_err(refused)?;
        let info = message.info().map_err(refused)?;
        let sequence = info.stream_sequence;
        let times = usize::try_from(info.delivered).unwrap_or(usize::MAX);
        let id = message
            .headers
            .as_ref()
            .and_then(|headers| headers.get("Nats-Msg-Id"))
            .map(ToString::to_string)
            .unwrap_or_default();
        Ok(Some(Received {
            subject: message.subject.to_string(),
            payload: message.payload.to_vec(),
            id,
            sequence,
            times,
            message,
        }))
    }
}

impl Received {
    /// It is in safety: the server need not send it again.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn acknowledge(&self) -> Result<(), FleetError> {
        self.message.ack().await.map_err(refused)
    }

    /// After which of these times it is asked for again; none once they are used up.
    #[must_use]
    pub fn wait(&self, times: &[Duration]) -> Option<Duration> {
        times.get(self.times.saturating_sub(1)).copied()
    }

    /// It is to come again after that time.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn later(&self, after: Duration) -> Result<(), FleetError> {
        let again = AckKind::Nak(Some(after));
        self.message.ack_with(again).await.map_err(refused)
    }
}
