//! A desk whose cards, store and readers are scripted: shared by the tests of the API and the page.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cccd_desk::decision::verdict::{Digests, PolicyRef, ReadingCount};
use cccd_desk::decision::{
    Check, CheckId, CheckResult, Fact, Policies, Reason, Verdict, VerdictKind, reason,
};
use cccd_desk::desk::api::{Hosts, Interface, Rate};
use cccd_desk::desk::key::KeyRefused;
use cccd_desk::desk::pairing::Pairing;
use cccd_desk::desk::ports::{
    Caller, CancelToken, CardReading, Concluded, Concluding, Conclusions, Delivery, NoFaces,
    NoFrames, NoPayees, NobodyEnrolled, NotRecorded, OverrideWanted, Ports, ReaderDirectory,
    Readers, ReadingJob, Role, Tokens, Trouble, Trusting,
};
use cccd_desk::desk::reading::{CardFace, Judgement, Portrait, ReadingEvent};
use cccd_desk::desk::session::SessionId;
use cccd_desk::desk::tokens::MemoryTokens;
use cccd_desk::desk::trust::view::TrustHealth;
use cccd_desk::desk::{Desk, Settings};
use cccd_desk::document::{Personal, Printed};
use cccd_desk::report::RuntimeTimer;
use cccd_port::{Atr, Clock, ReaderName, ReaderState};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::{broadcast, watch};

pub const NUMBER: &str = "001090000001";
pub const NAME: &str = "NGUYỄN VĂN A";
pub const QR: &str = "001090000001||NGUYỄN VĂN A|01011990|Nam|Hà Nội|01012021";

/// The time of every test.
pub const NOW: OffsetDateTime = datetime!(2026-03-02 08:30 UTC);

#[derive(Debug)]
pub struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        NOW
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Readers that a test plugs in, lays cards on, and pulls out.
pub struct ScriptedReaders(watch::Sender<Readers>);

impl Default for ScriptedReaders {
    fn default() -> Self {
        Self(watch::Sender::new(Readers {
            service: true,
            readers: Vec::new(),
        }))
    }
}

impl ScriptedReaders {
    pub fn plug(&self, name: &str) {
        let name = ReaderName(name.to_owned());
        self.0
            .send_modify(|now| now.readers.push(ReaderState { name, card: None }));
    }

    pub fn unplug(&self, name: &str) {
        self.0
            .send_modify(|now| now.readers.retain(|reader| reader.name.0 != name));
    }

    pub fn lay(&self, name: &str) {
        self.set(name, Some(Atr(vec![0x3b, 0x80])));
    }

    pub fn lift(&self, name: &str) {
        self.set(name, None);
    }

    pub fn service(&self, answers: bool) {
        self.0.send_modify(|now| now.service = answers);
    }

    fn set(&self, name: &str, card: Option<Atr>) {
        self.0.send_modify(|now| {
            let reader = now.readers.iter_mut().find(|reader| reader.name.0 == name);
            reader.expect("a reader of that name").card = card;
        });
    }
}

impl ReaderDirectory for ScriptedReaders {
    fn watch(&self) -> watch::Receiver<Readers> {
        self.0.subscribe()
    }
}

/// What a scripted reading does next.
pub enum Act {
    Tell(ReadingEvent),
    /// Goes on when the test says so.
    Wait(Receiver<()>),
    /// Waits until it is called off.
    UntilCancelled,
    Panic,
    Judge(Box<Judgement>),
}

/// A gate and what opens it.
pub fn gate() -> (Sender<()>, Act) {
    let (open, wait) = channel();
    (open, Act::Wait(wait))
}

/// Readings that do as the test wrote down, a script a reading and reader.
#[derive(Default)]
pub struct ScriptedReading {
    scripts: Mutex<HashMap<String, VecDeque<Vec<Act>>>>,
    pub jobs: Mutex<Vec<ReadingJob>>,
}

impl ScriptedReading {
    pub fn next(&self, reader: &str, script: Vec<Act>) {
        self.scripts
            .lock()
            .unwrap()
            .entry(reader.to_owned())
            .or_default()
            .push_back(script);
    }
}

impl CardReading for ScriptedReading {
    fn check_key(&self, key: &Printed) -> Result<(), KeyRefused> {
        match key {
            // Stands for whatever a reading cannot open a chip with.
            Printed::Can(_) => Err(KeyRefused::OpensNothing),
            _ => Ok(()),
        }
    }

    fn read(
        &self,
        job: &ReadingJob,
        events: &mut dyn FnMut(ReadingEvent),
        cancel: &CancelToken,
    ) -> Judgement {
        self.jobs.lock().unwrap().push(job.clone());
        let script = self
            .scripts
            .lock()
            .unwrap()
            .get_mut(&job.reader.0)
            .unwrap()
            .pop_front();
        for act in script.expect("a script for this reading") {
            match act {
                Act::Tell(event) => events(event),
                Act::Wait(gate) => gate.recv().unwrap(),
                Act::UntilCancelled => {
                    while !cancel.is_cancelled() {
                        std::thread::yield_now();
                    }
                }
                Act::Panic => panic!("as the script says"),
                Act::Judge(judgement) => return *judgement,
            }
        }
        judgement(VerdictKind::Unreadable, Some(reason::INTERNAL_ERROR))
    }
}

/// Records in memory; delivery is in the hands of the test.
pub struct ScriptedConclusions {
    pub recorded: Mutex<Vec<(String, Option<String>, VerdictKind)>>,
    /// Whose evidence left, and for which role.
    pub left: Mutex<Vec<(String, Role)>>,
    pub news: broadcast::Sender<Delivery>,
    pub broken: Mutex<bool>,
    pub trouble: Mutex<Option<Trouble>>,
    pub no_room: Mutex<Option<Trouble>>,
}

impl Default for ScriptedConclusions {
    fn default() -> Self {
        Self {
            recorded: Mutex::default(),
            left: Mutex::default(),
            news: broadcast::Sender::new(16),
            broken: Mutex::new(false),
            trouble: Mutex::default(),
            no_room: Mutex::default(),
        }
    }
}

impl Conclusions for ScriptedConclusions {
    fn conclude(&self, concluding: &Concluding<'_>) -> Result<Concluded, NotRecorded> {
        if *self.broken.lock().unwrap() {
            return Err(NotRecorded);
        }
        let verdict = concluding.judgement.verdict.verdict;
        let case_ref = concluding.case_ref.map(str::to_owned);
        self.recorded
            .lock()
            .unwrap()
            .push((concluding.session.to_string(), case_ref, verdict));
        let due = verdict == VerdictKind::Verified;
        Ok(Concluded {
            report_id: due.then(|| format!("report-of-{}", concluding.session)),
            seal: None,
        })
    }

    fn evidence_leaves(&self, session: SessionId, to: &Caller) -> Result<(), NotRecorded> {
        if *self.broken.lock().unwrap() {
            return Err(NotRecorded);
        }
        self.left
            .lock()
            .unwrap()
            .push((session.to_string(), to.role));
        Ok(())
    }

    fn unrecorded(&self) -> Option<Trouble> {
        *self.trouble.lock().unwrap()
    }

    fn troubles(&self) -> Vec<Trouble> {
        self.unrecorded().into_iter().collect()
    }

    fn no_room(&self) -> Option<Trouble> {
        *self.no_room.lock().unwrap()
    }

    fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.news.subscribe()
    }

    fn keys(&self) -> Result<Value, NotRecorded> {
        if *self.broken.lock().unwrap() {
            Err(NotRecorded)
        } else {
            Ok(json!({ "keys": [] }))
        }
    }

    fn override_verdict(&self, _: &OverrideWanted) -> Result<(), NotRecorded> {
        match *self.broken.lock().unwrap() {
            true => Err(NotRecorded),
            false => Ok(()),
        }
    }

    fn outbox(&self) -> Result<Value, NotRecorded> {
        if *self.broken.lock().unwrap() {
            Err(NotRecorded)
        } else {
            Ok(json!({ "reports": [] }))
        }
    }
}

/// Trust that needs nobody's care.
struct NothingStale;

impl Trusting for NothingStale {
    fn document(&self) -> Result<Value, NotRecorded> {
        Ok(json!({ "anchors": [] }))
    }

    fn health(&self) -> Result<TrustHealth, NotRecorded> {
        Ok(TrustHealth::default())
    }
}

/// A desk and everything that a test moves it with.
pub struct Stage {
    pub desk: Desk,
    pub readers: Arc<ScriptedReaders>,
    pub reading: Arc<ScriptedReading>,
    pub conclusions: Arc<ScriptedConclusions>,
    pub tokens: Arc<MemoryTokens>,
    pub pairing: Arc<Pairing>,
}

impl Stage {
    /// A desk with these readers plugged in.
    pub fn with(settings: Settings, readers: &[&str]) -> Self {
        let scripted = Arc::new(ScriptedReaders::default());
        for reader in readers {
            scripted.plug(reader);
        }
        let reading = Arc::new(ScriptedReading::default());
        let conclusions = Arc::new(ScriptedConclusions::default());
        let tokens = Arc::new(MemoryTokens::default());
        let ports = Ports {
            reading: Arc::clone(&reading) as _,
            faces: Arc::new(NoFaces),
            fingers: None,
            register: None,
            enrolled: Arc::new(NobodyEnrolled),
            frames: Arc::new(NoFrames),
            cameras: Arc::default(),
            readers: Arc::clone(&scripted) as _,
            conclusions: Arc::clone(&conclusions) as _,
            trust: Arc::new(NothingStale),
            policies: Arc::new(Policies::default()),
            payees: Arc::new(NoPayees),
            fleet: None,
            tokens: Arc::clone(&tokens) as _,
            purging: Arc::default(),
            clock: Arc::new(FixedClock),
            timer: Arc::new(RuntimeTimer::default()),
        };
        let desk = Desk::start(ports, settings);
        let pairing = Arc::new(Pairing::default());
        Self {
            desk,
            readers: scripted,
            reading,
            conclusions,
            tokens,
            pairing,
        }
    }

    pub fn interface(&self, hosts: Hosts, rate: Rate) -> Interface {
        Interface {
            desk: self.desk.clone(),
            pairing: Arc::clone(&self.pairing),
            hosts,
            rate,
            demo: None,
        }
    }

    pub fn token(&self, role: Role) -> String {
        self.tokens.issue(role, "test").unwrap().0.to_string()
    }
}

pub fn personal(text: &str) -> Option<Personal<String>> {
    Some(Personal::from(text))
}

/// The ordinary citizen's fields.
pub fn face() -> CardFace {
    CardFace {
        personal_number: personal(NUMBER),
        name: personal(NAME),
        birth_date: personal("1990-01-01"),
        sex: personal("Nam"),
        nationality: personal("Việt Nam"),
        place_of_origin: personal("Hà Nội"),
        residence: personal("1 Phố Thử, Hoàn Kiếm, Hà Nội"),
        issue_date: personal("2021-01-01"),
        expiry_date: personal("2030-01-01"),
        old_number: None,
    }
}

/// A grey picture.
pub fn portrait() -> Portrait {
    let (width, height) = (120, 160);
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let inside = (x as i32 - 60).pow(2) + (y as i32 - 70).pow(2) < 45 * 45;
        if inside {
            image::Rgb([205, 175, 150])
        } else {
            image::Rgb([150, 170, 190])
        }
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    Portrait {
        png: Personal::new(png.into_inner()),
        width,
        height,
    }
}

pub fn check(id: CheckId, result: CheckResult, reason: Option<Reason>) -> Check {
    let facts = match result {
        CheckResult::Failed => BTreeMap::from([
            ("digest", Fact::Plain("00aa".into())),
            ("expected", Fact::Plain("00bb".into())),
        ]),
        _ => BTreeMap::new(),
    };
    Check {
        id,
        result,
        reason,
        clause: "ICAO 9303-11, 5.1.1",
        facts,
        notes: Vec::new(),
    }
}

/// A judgement of that kind, for a headline that some check is to blame for.
pub fn judgement(verdict: VerdictKind, reason: Option<Reason>) -> Judgement {
    let signed = verdict == VerdictKind::Verified;
    let bad = match verdict {
        VerdictKind::Verified => CheckResult::Successful,
        VerdictKind::NotVerified => CheckResult::Failed,
        VerdictKind::Unreadable => CheckResult::Aborted,
        VerdictKind::Undetermined => CheckResult::Undetermined,
    };
    let checks = vec![
        check(CheckId::Link, CheckResult::Successful, None),
        check(CheckId::Access, CheckResult::Successful, None),
        check(CheckId::SodSignature, CheckResult::Successful, None),
        check(CheckId::DgHash(1), bad, reason),
        check(CheckId::ChipAuth, CheckResult::Successful, None),
        check(CheckId::Expiry, CheckResult::Successful, None),
        check(
            CheckId::Face,
            CheckResult::NotPerformed,
            Some(reason::CHECK_NOT_PERFORMED),
        ),
    ];
    Judgement {
        holder: None,
        reconciliation: None,
        verdict: Verdict {
            verdict,
            reason,
            class: reason.map(Reason::class),
            reasons: reason.into_iter().collect(),
            test: true,
            at: NOW,
            policy: PolicyRef {
                name: "document".into(),
                version: "1".into(),
                digest: "00".repeat(32),
            },
            personal_number: signed.then(|| NUMBER.into()),
            name: signed.then(|| NAME.into()),
            birth_date: signed.then(|| "1990-01-01".into()),
            checks,
            notes: Vec::new(),
            access: Some("bac"),
            chip_authentication: Some("aa"),
            reading: ReadingCount::default(),
            digests: Digests::default(),
        },
        face: if signed { face() } else { CardFace::default() },
        portrait: signed.then(portrait),
        evidence: Personal::new(b"PK\x05\x06".to_vec()),
        considered: None,
    }
}

/// How a good card is read.
pub fn good_card() -> Vec<Act> {
    vec![
        progress("access", 0, None),
        progress("dg1", 93, Some(93)),
        Act::Tell(ReadingEvent::Claimed(Box::new(face()))),
        progress("dg2", 9_000, Some(18_000)),
        Act::Judge(Box::new(judgement(VerdictKind::Verified, None))),
    ]
}

pub fn progress(phase: &'static str, bytes: u32, total: Option<u32>) -> Act {
    Act::Tell(ReadingEvent::Progress {
        phase,
        bytes,
        total,
    })
}
