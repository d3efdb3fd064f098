//! A session's identifier.

use core::fmt;
use core::str::FromStr;

use ring::rand::SecureRandom;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use ulid::Ulid;

/// A ULID: 48 bits of time and 80 random ones, so that it sorts by time and cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(Ulid);

/// A text that is no session identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session identifier")]
pub struct NoSessionId;

impl SessionId {
    /// A new identifier; `None` where the machine has no randomness to give.
    #[must_use]
    pub fn new(at: OffsetDateTime, random: &dyn SecureRandom) -> Option<Self> {
        let mut bytes = [0; 16];
        random.fill(&mut bytes).ok()?;
        let milliseconds = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Some(Self(Ulid::from_parts(
            milliseconds,
            u128::from_be_bytes(bytes),
        )))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for SessionId {
    type Err = NoSessionId;

    fn from_str(text: &str) -> Result<Self, NoSessionId> {
        if text.len() != 26 {
            return Err(NoSessionId);
        }
        Ulid::from_string(text).map(Self).map_err(|_| NoSessionId)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ring::rand::SystemRandom;
    use time::macros::datetime;

    use super::SessionId;

    #[test]
    fn an_identifier_survives_its_text_and_sorts_by_time() {
        let random = SystemRandom::new();
        let first = SessionId::new(datetime!(2026-01-01 08:00 UTC), &random).unwrap();
        let later = SessionId::new(datetime!(2026-01-01 08:01 UTC), &random).unwrap();
        assert_eq!(first.to_string().parse(), Ok(first));
        assert!(first < later);
        for text in ["", "0", "../../etc/passwd", "01ARZ3NDEKTSV4RRFFQ69G5FA!"] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
