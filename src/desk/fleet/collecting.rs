//! What a receiver does with reports from the fleet's stream: looks whose they are and whether they were
//! there before, and says which it believes.

use core::time::Duration;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::keyring::{Keyring, Opened};
use crate::fleet::receiving::{Received, Receiving};
use crate::fleet::{FleetError, Link, names};

/// A report that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// Its identifier: whoever keeps reports keeps each of these once.
    pub id: String,
    /// The desk that it comes from, by its subject.
    pub desk: String,
    /// `identity.confirmed` and so on.
    pub kind: String,
    /// Its number in the stream.
    pub stream_sequence: u64,
    /// True where it came before, since this receiver began.
    pub repeated: bool,
    /// Why it is not believed: `signature`, `unknown-key` (its desk has not told the key), `id`, `type`, `desk`;
    /// null where it is.
    pub refused: Option<&'static str>,
    /// True where a test anchor was involved.
    pub test: bool,
}

/// A receiver of reports.
pub struct Collector {
    receiving: Receiving,
    keys: Keyring,
    seen: BTreeSet<String>,
    patience: Vec<Duration>,
}

/// A report under a key that its desk has not told comes again after these times: the key may be on its way.
const PATIENCE: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(60),
];

/// The newest so many identifiers are remembered here; a receiver that keeps reports looks among those.
const REMEMBERED: usize = 1_000_000;

impl Collector {
    /// Receives under a name; whoever comes again under it goes on where the name stopped.
    ///
    /// # Errors
    /// [`FleetError`].
    pub async fn begin(link: &Link, name: &str) -> Result<Self, FleetError> {
        Ok(Self {
            receiving: link.receive_reports(name).await?,
            keys: Keyring::new(link.clone()),
            seen: BTreeSet::new(),
            patience: PATIENCE.to_vec(),
        })
    }

    /// The same with other times after which a report under an unknown key is asked for again.
    #[must_use]
    pub fn patient(self, patience: Vec<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// The next report with what is thought of it, once it arrives. The message is to be acknowledged once
    /// what it says is in safety. One under a key that its desk has not told is left to the stream for a time
    /// before it is handed out as `unknown-key`.
    ///
    /// # Errors
    /// [`FleetError`]; none where the connection is gone.
    pub async fn next(&mut self) -> Result<Option<(Arrived, Received)>, FleetError> {
        let (received, desk, kind, opened) = loop {
            let Some(received) = self.receiving.next().await? else {
                return Ok(None);
            };
            let (desk, kind) = whose(&received.subject).unwrap_or_default();
            let text = core::str::from_utf8(&received.payload).unwrap_or_default();
            let opened = self.keys.open(&desk, text).await?;
            match (&opened, received.wait(&self.patience)) {
                (Opened::UnknownKey, Some(wait)) => {
                    tracing::info!(
                        desk,
                        id = received.id,
                        "a report is signed with a key that its desk has not told; it is asked for again"
                    );
                    received.later(wait).await?;
                }
                _ => break (received, desk, kind, opened),
            }
        };
        let unknown = matches!(opened, Opened::UnknownKey);
        let event: Option<Value> = opened
            .payload()
            .and_then(|payload| serde_json::from_slice(&payload).ok());
        let refused = match &event {
            None if unknown => Some("unknown-key"),
            None => Some("signature"),
            Some(event) => disagreement(event, &desk, &kind, &received.id),
        };
        let repeated = refused.is_none() && !self.seen.insert(received.id.clone());
        if self.seen.len() > REMEMBERED {
            // Identifiers begin with their time.
            self.seen.pop_first();
        }
        let arrived = Arrived {
            id: received.id.clone(),
            desk,
            kind,
            stream_sequence: received.sequence,
            repeated,
            refused,
            test: event
                .is_some_and(|event| event.pointer("/data/test") == Some(&Value::Bool(true))),
        };
        Ok(Some((arrived, received)))
    }
}

/// Desk and type in a subject.
fn whose(subject: &str) -> Option<(String, String)> {
    let (desk, kind) = subject.strip_prefix("cccd.report.")?.split_once('.')?;
    Some((names::desk_of(desk), kind.to_owned()))
}

/// What a signed report says otherwise than its envelope.
fn disagreement(event: &Value, desk: &str, kind: &str, id: &str) -> Option<&'static str> {
    let says =
        |field: &str, expected: &str| event.get(field).and_then(Value::as_str) == Some(expected);
    if !says("id", id) {
        return Some("id");
    }
    if !says("type", kind) {
        return Some("type");
    }
    let of = event.pointer("/data/desk").and_then(Value::as_str);
    (of != Some(desk)).then_some("desk")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_says_what_its_envelope_says() {
        assert_eq!(
            whose("cccd.report.a=2Eb.identity.confirmed"),
            Some(("a.b".to_owned(), "identity.confirmed".to_owned()))
        );
        assert_eq!(whose("cccd.audit.desk-1"), None);
        let event = json!({"id": "R", "type": "identity.confirmed", "data": {"desk": "desk-1"}});
        for (desk, kind, id, expected) in [
            ("desk-1", "identity.confirmed", "R", None),
            ("desk-2", "identity.confirmed", "R", Some("desk")),
            ("desk-1", "identity.rejected", "R", Some("type")),
            ("desk-1", "identity.confirmed", "S", Some("id")),
        ] {
            assert_eq!(disagreement(&event, desk, kind, id), expected);
        }
        assert_eq!(disagreement(&json!([]), "d", "k", "i"), Some("id"));
    }
}
