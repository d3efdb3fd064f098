//! Waits and bounds of the desk.

use core::time::Duration;

use crate::config::Config;

/// Waits and bounds of the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a session waits for its key.
    pub key_wait: Duration,
    /// How long a session waits for its card.
    pub card_wait: Duration,
    /// How long one reading may take, card laid back included.
    pub reading: Duration,
    /// How long a session may take from its opening to its verdict.
    pub lifetime: Duration,
    /// How long a session waits for the person in front.
    pub person_wait: Duration,
    /// Cameras whose pictures count, by name; an empty list lets all in.
    pub cameras: Vec<String>,
    /// How long an enrolled finger is kept; none where none is enrolled.
    pub enrolment: Option<Duration>,
    /// How long portrait, fields and evidence stay in memory after the verdict.
    pub personal_data: Duration,
    /// How long a session that holds no personal data any more can be looked at.
    pub kept: Duration,
    /// How long a stop waits for readings that run.
    pub stop_wait: Duration,
    /// Sessions held at once, ended ones included.
    pub sessions: usize,
    /// Event streams at once.
    pub listeners: usize,
    /// Entries of the log for everyone.
    pub events: usize,
    /// Entries of a session's log.
    pub session_events: usize,
    /// True where a caller may choose another policy than the purpose's own: demo and tests.
    pub any_policy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key_wait: Duration::from_mins(3),
            card_wait: Duration::from_mins(2),
            reading: Duration::from_secs(90),
            lifetime: Duration::from_mins(10),
            person_wait: Duration::from_mins(3),
            cameras: Vec::new(),
            enrolment: None,
            personal_data: Duration::from_mins(3),
            kept: Duration::from_mins(30),
            stop_wait: Duration::from_secs(10),
            sessions: 128,
            listeners: 64,
            events: 1_024,
            session_events: 64,
            any_policy: false,
        }
    }
}

impl From<&Config> for Settings {
    /// Waits as they are configured; bounds as they are.
    fn from(config: &Config) -> Self {
        let (session, reading) = (&config.session, &config.reading);
        let seconds = reading
            .total_seconds
            .saturating_add(reading.lay_back_seconds);
        Self {
            key_wait: Duration::from_secs(session.key_wait_seconds),
            card_wait: Duration::from_secs(session.card_wait_seconds),
            reading: Duration::from_secs(seconds.saturating_add(10)),
            lifetime: Duration::from_secs(session.lifetime_seconds),
            person_wait: Duration::from_secs(session.person_wait_seconds),
            cameras: config.camera.allowed.clone(),
            enrolment: enrolment_term(config.fingerprint.enrolment_days),
            personal_data: Duration::from_secs(session.person_wait_seconds),
            ..Self::default()
        }
    }
}

/// How long an enrolled finger is kept; none for no days.
fn enrolment_term(days: u64) -> Option<Duration> {
    (days > 0).then(|| Duration::from_hours(days.saturating_mul(24)))
}
