//! A bench: a simulated card, the test authority's trust, and the pipeline as the desk drives it.

use std::sync::Mutex;
use std::time::Duration;

use cccd_desk::crypto::random::SystemRandom;
use cccd_desk::decision::{Policy, Verdict};
use cccd_desk::desk::reading::{Expected, Grounds, Judgement, Keys, judge, read_card};
use cccd_desk::document::{Date, Printed};
use cccd_desk::transport::Limits;
use cccd_desk::verify::TrustAnchors;
use cccd_desk::verify::trust::TestAuthority;
use cccd_port::{CardChannel, Clock, LinkFault};
use cccd_sim::{Defect, Persona, Reply, SimCard};
use time::OffsetDateTime;

/// What is laid on the reader, and what is given as its key.
pub struct Script<'a> {
    pub persona: &'a Persona,
    pub defects: Vec<&'a Defect>,
    pub policy: &'a str,
    pub key: String,
}

impl<'a> Script<'a> {
    pub fn of(persona: &'a Persona) -> Self {
        Self {
            persona,
            defects: Vec::new(),
            policy: "document",
            key: persona.qr(),
        }
    }

    pub fn with(mut self, defect: &'a Defect) -> Self {
        self.defects.push(defect);
        self
    }
}

/// The desk's side.
#[derive(Default)]
pub struct Bench;

/// A clock that stands still but for the card's time.
pub struct StoppedClock(OffsetDateTime, Mutex<Duration>);

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
    fn elapsed(&self) -> Duration {
        *self.1.lock().unwrap()
    }
}

struct Channel(SimCard, Vec<u8>);

impl CardChannel for Channel {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        match self.0.handle(command) {
            Reply::Answer(bytes) => Ok(bytes),
            Reply::Removed => Err(LinkFault::CardRemoved),
            Reply::Reset => Err(LinkFault::CardReset),
            Reply::Unplugged => Err(LinkFault::ReaderLost),
            Reply::ServiceStopped => Err(LinkFault::ServiceLost),
            Reply::Mute => Err(LinkFault::Timeout),
        }
    }
    fn atr(&self) -> &[u8] {
        &self.1
    }
}

impl Bench {
    pub fn trust(&self, defects: &[&Defect], now: OffsetDateTime) -> Option<TrustAnchors> {
        let folder = tempfile::tempdir().unwrap();
        cccd_sim::write_trust(folder.path(), defects, now).unwrap();
        let keys = cccd_desk::simulation::test_key_identifiers();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        TrustAnchors::from_folder(folder.path(), &keys, TestAuthority::Mark).ok()
    }

    pub fn judge(&self, script: &Script<'_>) -> Judgement {
        let now = OffsetDateTime::now_utc();
        let clock = StoppedClock(now, Mutex::default());
        let trust = self.trust(&script.defects, now);
        let card = SimCard::new(
            script.persona,
            &script.defects,
            Box::new(cccd_sim::SystemRandom),
            now,
        )
        .unwrap();
        let atr = card.atr().to_vec();
        let mut channel = Channel(card, atr);
        let today = Date::in_vietnam(now);
        let printed = Printed::parse_scan(&script.key, today).unwrap();
        let keys = Keys::derive(&printed, today);
        let (evidence, counts) = read_card(
            &mut channel,
            &keys,
            &clock,
            Limits::default(),
            &mut SystemRandom,
            &mut |_| (),
        );
        let policy = Policy::ready_made(script.policy).unwrap();
        let expected = Expected::default();
        let grounds = Grounds {
            trust: trust.as_ref(),
            policy: &policy,
            printed: Some(&printed),
            expected: &expected,
            at: now,
        };
        judge(&evidence, counts, grounds)
    }
}

/// Result and headline reason.
pub fn outcome(verdict: &Verdict) -> (String, Option<String>) {
    let kind = serde_json::to_value(verdict.verdict).unwrap();
    (
        kind.as_str().unwrap().to_owned(),
        verdict.reason.map(|reason| reason.code().to_owned()),
    )
}
