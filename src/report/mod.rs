//! The signed report and its delivery.
//!
//! # Layout
//! - [`conclude`]: verdict, audit entry and report in one transaction
//! - `event`: what it says; `outgoing`: its CloudEvents envelope, its signature and its row
//! - [`overridden`]: going on although the verdict is open
//! - [`payment`]: who was paid, and what was undone
//! - [`jose`]: its signature (ES256) and the desk's public keys
//! - [`settings`]: what is reported, and where to
//! - [`deliver`]: the task that sends what waits, until it is receipted or refused
//! - `way`: what a way to a destination owes
//! - `post`: one attempt at the case system, by way of `http`
//! - [`jetstream`]: one attempt at the fleet's stream
//! - [`receipt`]: the only thing that counts as delivered
//! - [`reason`]: why an attempt failed, for people
//! - [`timer`]: waits by the machine's own time
//!
//! # On the wire
//! `POST` of a JWS in compact serialisation, `Content-Type: application/jose` (RFC 7515, 9.2.1),
//! its protected header `{"alg": "ES256", "cty": "cloudevents+json", "kid": …, "typ": "JOSE"}`, its
//! payload a CloudEvents 1.0 document in JSON format. `Idempotency-Key` is the event's `id`. The
//! answer is 200, 201 or any other 2xx with the [`receipt`]. A report that was already received is
//! answered with its first receipt; the same key with another content is 409.

pub mod conclude;
pub mod deliver;
mod event;
pub(crate) mod http;
pub mod jetstream;
pub mod jose;
mod outgoing;
pub mod overridden;
pub(crate) mod own_keys;
pub mod payment;
mod post;
mod reach;
pub mod reason;
pub mod receipt;
pub mod settings;
pub mod timer;
#[cfg(test)]
pub(crate) mod tls_testing;
mod way;

pub use conclude::{Concluded, Conclusion};
pub use deliver::{DeliverError, DelivererHandle, DeliveryEvent, Ended};
pub use jose::{Jwk, JwkSet};
pub use overridden::Overriding;
pub use payment::Undoing;
pub(crate) use post::{client as https_client, reason_of};
pub use reach::{ReachError, reach};
pub use reason::DeliveryReason;
pub use receipt::Receipt;
pub use settings::{DeliverySettings, Pace, ReportSettings};
pub use timer::RuntimeTimer;

/// The media type of a report (RFC 7515, 9.2.1).
pub const MEDIA_TYPE: &str = "application/jose";

/// The header that names a report (draft-ietf-httpapi-idempotency-key-header).
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// SHA-256 of what is posted, lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes))
}
