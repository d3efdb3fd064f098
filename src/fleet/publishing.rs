//! What goes up into streams: known by its message identifier, so that a repetition is no second message.

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;

use super::link::{FleetError, Link, refused};
use super::names;

/// That a stream has a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The stream.
    pub stream: String,
    /// The message's number in it.
    pub sequence: u64,
    /// True where it had it before.
    pub duplicate: bool,
}

impl Link {
    /// Publishes a report. Its identifier is the message's.
    ///
    /// # Errors
    /// [`FleetError`]: whether the stream has it is not known, unless it was [`FleetError::Offline`].
    pub async fn publish_report(
        &self,
        kind: &str,
        report_id: &str,
        jws: &str,
    ) -> Result<Stored, FleetError> {
        let subject = names::report(self.desk(), kind);
        self.publish(names::REPORTS, subject, report_id, jws).await
    }

    /// Publishes the head of this desk's audit log, signed.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn publish_head(&self, number: u64, jws: &str) -> Result<Stored, FleetError> {
        let id = format!("{}:{number}", self.desk());
        self.publish(names::AUDIT, names::head(self.desk()), &id, jws)
            .await
    }

    async fn publish(
        &self,
        stream: &'static str,
        subject: String,
        id: &str,
        jws: &str,
    ) -> Result<Stored, FleetError> {
        let jetstream = self.jetstream()?;
        let message = PublishMessage::build()
            .message_id(id)
            .expected_stream(stream)
            .payload(jws.as_bytes().to_vec().into());
        self.within(async {
            let sent = jetstream.send_publish(subject, message).await;
            let acknowledged = match sent {
                Ok(sent) => sent.await,
                Err(error) => Err(error),
            };
            let acknowledged = acknowledged.map_err(|error| match error.kind() {
                PublishErrorKind::TimedOut => FleetError::Timeout,
                PublishErrorKind::BrokenPipe => FleetError::Offline,
                PublishErrorKind::MaxPayloadExceeded => FleetError::TooLong,
                _ => refused(error),
            })?;
            if acknowledged.stream != stream {
                return Err(FleetError::Malformed("another stream has the message"));
            }
            Ok(Stored {
                stream: acknowledged.stream,
                sequence: acknowledged.sequence,
                duplicate: acknowledged.duplicate,
            })
        })
        .await
    }
}
