//! A bench: a simulated card, the test authority's trust, and the pipeline as the desk drives it.

use std::sync::Arc;

use cccd_desk::chip::Abilities;
use cccd_desk::crypto::random::{Random, SystemRandom};
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::decision::{Policy, Verdict};
use cccd_desk::desk::reading::{
    Expected, Fingerprints, Found, Grounds, Instructions, Judgement, Keys, Place, judge, memory,
    read_at,
};
use cccd_desk::document::{Date, Personal, Printed};
use cccd_desk::store::Store;
use cccd_desk::transport::{Arrival, CancelToken, Limits, ReaderChoice, ReaderHub, Waits};
use cccd_desk::verify::evidence::Step;
use cccd_desk::verify::trust::TestAuthority;
use cccd_desk::verify::{Evidence, TrustAnchors, fault};
use cccd_port::{CardReaders, Clock as _};
use cccd_sim::defects::given::Circumstances;
use cccd_sim::{
    Defect, Key, LaidBack, Pace, Persona, ReaderModel, SimCard, SimReaders, Transmission,
    VirtualClock,
};
use time::OffsetDateTime;

const LONG: std::time::Duration = std::time::Duration::from_secs(60);
pub const READER: &str = "Simulated reader 00 00";

/// What is laid on the reader, and what is given as its key.
#[derive(Clone)]
pub struct Script<'a> {
    pub persona: &'a Persona,
    pub defects: Vec<&'a Defect>,
    pub policy: &'a str,
    pub key: String,
    /// The personal number of the person whose dossier is open.
    pub expected_number: Option<&'a str>,
    /// Whether the policy lets SHA-1 count.
    pub legacy: bool,
    /// Whether the fingerprints are wanted, and what is shown for them.
    pub fingerprints: Fingerprints<'a>,
    /// What the reader bears.
    pub reader: ReaderModel,
    /// What the chip bears, where that is not the usual.
    pub transmission: Option<Transmission>,
    /// What was learned of both before.
    pub abilities: Abilities,
    /// What the desk remembers of earlier sessions.
    pub memory: Option<&'a Store>,
    /// At which command the card is lifted, and what lies there then.
    pub tear: Option<(usize, LaidBack)>,
}

impl<'a> Script<'a> {
    pub fn of(persona: &'a Persona) -> Self {
        Self {
            persona,
            defects: Vec::new(),
            policy: persona.policy(),
            key: match persona.is_citizen() {
                true => persona.qr(),
                false => persona.mrz(),
            },
            expected_number: None,
            legacy: false,
            fingerprints: Fingerprints::NotWanted,
            reader: ReaderModel::EXTENDED,
            transmission: None,
            abilities: Abilities::default(),
            memory: None,
            tear: None,
        }
    }

    /// With a defect, and what its row asks to be given.
    pub fn with(mut self, defect: &'a Defect) -> Self {
        // A passport has one key and one policy, whatever is wrong with it.
        if self.persona.is_citizen() {
            self.key = match defect.given.key {
                Key::Qr => self.persona.qr(),
                Key::Mrz => self.persona.mrz(),
                Key::Typed => self.persona.personal_number.clone(),
                Key::Can => self.persona.can().to_owned(),
            };
            self.policy = defect.given.policy;
        }
        self.expected_number = defect.given.expected_personal_number;
        self.defects.push(defect);
        self
    }

    /// What is given as key: by its form a code, a zone, a number or a card access number.
    pub fn printed(&self, today: Date) -> Printed {
        match self.key.len() {
            6 => Printed::parse_can(&self.key),
            12 => Printed::parse_number(&self.key),
            _ => Printed::parse_scan(&self.key, today),
        }
        .unwrap()
    }

    /// The card of this script.
    pub fn card(&self, issued: OffsetDateTime) -> SimCard {
        let random = Box::new(cccd_sim::SystemRandom);
        let card = SimCard::new(self.persona, &self.defects, random, issued).unwrap();
        match self.transmission {
            Some(transmission) => card.with_transmission(transmission),
            None => card,
        }
    }
}

/// Where a card lies, and by what it is read.
pub struct Line<'a> {
    pub readers: Arc<dyn CardReaders>,
    /// Shows the desk's time at the beginning.
    pub clock: Arc<VirtualClock>,
    /// When cards and lists were made.
    pub issued: OffsetDateTime,
    pub random: &'a mut dyn Random,
}

/// The desk's side.
#[derive(Default)]
pub struct Bench;

impl Bench {
    pub fn trust(&self, defects: &[&Defect], now: OffsetDateTime) -> Option<TrustAnchors> {
        let folder = tempfile::tempdir().unwrap();
        cccd_sim::write_trust(folder.path(), defects, now).unwrap();
        let keys = cccd_desk::simulation::test_key_identifiers();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        TrustAnchors::from_folder(folder.path(), &keys, TestAuthority::Mark).ok()
    }

    /// Reads and judges, at a desk that read other cards before where the row says so.
    pub fn judge(&self, script: &Script<'_>) -> Judgement {
        let earlier = script.defects.iter().find_map(|defect| defect.given.before);
        let Some(mutations) = earlier else {
            return self.read(script).1;
        };
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(cccd_port::SystemClock::default());
        let store = Store::open(folder.path(), clock).unwrap();
        let before = Defect {
            mutations,
            given: Circumstances::USUAL,
            ..*script.defects[0]
        };
        let mut first = Script::of(script.persona).with(&before);
        first.memory = Some(&store);
        let judgement = self.read(&first).1;
        assert_eq!(outcome(&judgement.verdict), ("verified".to_owned(), None));
        let mut second = Script { ..script.clone() };
        second.memory = Some(&store);
        self.read(&second).1
    }

    /// Reads and judges; what was read is none where no card could be asked anything.
    pub fn read(&self, script: &Script<'_>) -> (Option<Found>, Judgement) {
        let issued = OffsetDateTime::now_utc();
        // What the desk's clock shows, which a defect may have wrong.
        let clocks = script.defects.iter().find_map(|defect| defect.desk_clock());
        let now = clocks.unwrap_or(issued);
        let clock = Arc::new(VirtualClock::new(now));
        let readers = SimReaders::new(Pace::Virtual(Arc::clone(&clock)), None);
        readers.plug_model(READER, script.reader);
        readers.lay(READER, script.card(issued)).unwrap();
        if let Some((at, back)) = &script.tear {
            readers.tear(READER, *at, back.clone()).unwrap();
        }
        let line = Line {
            readers: Arc::new(readers),
            clock,
            issued,
            random: &mut SystemRandom,
        };
        self.read_on(script, line)
    }

    /// Reads and judges what lies on these readers.
    pub fn read_on(&self, script: &Script<'_>, line: Line<'_>) -> (Option<Found>, Judgement) {
        let clock = line.clock;
        let now = clock.now();
        let trust = self.trust(&script.defects, line.issued);
        let today = Date::in_vietnam(now);
        let printed = script.printed(today);
        let keys = Keys::derive(&printed, today);
        let hub = ReaderHub::start(line.readers).unwrap();
        let place = Place {
            hub: &hub,
            choice: &ReaderChoice::Any,
            waits: Waits::default(),
            first: LONG,
            // What is laid back lies there at once.
            lay_back: std::time::Duration::from_millis(50),
            cancel: &CancelToken::new(),
        };
        let mut policy = Policy::ready_made(script.policy).unwrap();
        policy.rules.sha1_allowed = script.legacy;
        if matches!(script.fingerprints, Fingerprints::Wanted(_)) {
            policy = policy.wanting_fingerprints();
        }
        let instructions = Instructions {
            keys: &keys,
            clock: &*clock,
            limits: Limits::default(),
            fingerprints: script.fingerprints,
        };
        let recall = |_: &Arrival| script.abilities;
        let found = read_at(place, instructions, &recall, line.random, &mut |_| ());
        let expected = Expected {
            personal_number: script.expected_number.map(Personal::from),
            ..Expected::default()
        };
        let grounds = Grounds {
            trust: trust.as_ref(),
            policy: &policy,
            printed: Some(&printed),
            expected: &expected,
            at: now,
        };
        match found {
            Ok(mut found) => {
                if let Some(store) = script.memory {
                    memory::recall(store, &mut found.evidence).unwrap();
                }
                let judgement = judge(&found.evidence, found.counts.clone(), grounds);
                if let Some(store) = script.memory {
                    let proven = judgement.verdict.personal_number.is_some();
                    memory::keep(store, &found.evidence, proven).unwrap();
                }
                (Some(found), judgement)
            }
            Err(error) => {
                let evidence = Evidence {
                    link: Step::Aborted(fault::of_transport(error)),
                    ..Evidence::default()
                };
                (None, judge(&evidence, ReadingCount::default(), grounds))
            }
        }
    }
}

impl Bench {
    /// Judges a saved file, at a time that does not move.
    pub fn judge_saved(&self, file: &std::path::Path, defects: &[&Defect]) -> Judgement {
        let at = OffsetDateTime::now_utc().replace_time(time::Time::MIDNIGHT);
        let trust = self.trust(defects, at);
        let evidence = cccd_desk::desk::reading::evidence_file::read(file).unwrap();
        let policy = Policy::ready_made("evidence").unwrap();
        let grounds = Grounds {
            trust: trust.as_ref(),
            policy: &policy,
            printed: None,
            expected: &Expected::default(),
            at,
        };
        judge(&evidence, ReadingCount::default(), grounds)
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
