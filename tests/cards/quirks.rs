//! What the desk learns of readers and chips from one card for the next, and from whom it learns
//! nothing.

use std::sync::Arc;
use std::time::Duration;

use cccd_desk::chip::Abilities;
use cccd_desk::chip::abilities::Extended;
use cccd_desk::config::{self, ExtendedLength, Quirk};
use cccd_desk::decision::{CheckId, CheckResult, Policy, Verdict};
use cccd_desk::desk::ports::{CardReading as _, ReadingJob};
use cccd_desk::desk::purpose::Purpose;
use cccd_desk::desk::quirks::Quirks;
use cccd_desk::desk::reading::Expected;
use cccd_desk::desk::session::SessionId;
use cccd_desk::desk::wiring::Pipeline;
use cccd_desk::document::Date;
use cccd_desk::store::Store;
use cccd_desk::transport::{CancelToken, Limits, ReaderHub};
use cccd_port::{Atr, Clock as _, ReaderName, SystemClock};
use cccd_sim::{Pace, ReaderModel, SimReaders, VirtualClock};
use time::OffsetDateTime;

use crate::bench::{self, Bench, Script};

const READER: &str = "Simulated reader 00 00";

/// Reads the card of `script` as the desk does, on a reader of its own.
fn read(script: &Script<'_>, quirks: &Arc<Quirks>) -> Verdict {
    let now = OffsetDateTime::now_utc();
    let clock = Arc::new(VirtualClock::new(now));
    let readers = SimReaders::new(Pace::Virtual(Arc::clone(&clock)), None);
    readers.plug_model(READER, script.reader);
    readers.lay(READER, script.card(now)).unwrap();
    let trust = Bench.trust(&script.defects, now).map(Arc::new);
    let pipeline = Pipeline {
        hub: Arc::new(ReaderHub::start(Arc::new(readers)).unwrap()),
        trust: Arc::new(move || trust.clone()),
        clock: clock.clone(),
        limits: Limits::default(),
        lay_back: Duration::ZERO,
        terminal: config::Terminal::default(),
        quirks: Arc::clone(quirks),
        memory: None,
    };
    let random = ring::rand::SystemRandom::new();
    let job = ReadingJob {
        session: SessionId::new(now, &random).unwrap(),
        reader: ReaderName(READER.to_owned()),
        key: script.printed(Date::in_vietnam(clock.now())),
        expected: Expected::default(),
        purpose: Purpose::DossierIntake,
        policy: Policy::ready_made(script.policy).unwrap(),
    };
    pipeline
        .read(&job, &mut |_| (), &CancelToken::new())
        .verdict
}

/// A desk's store, and what it knows with that configuration.
fn desk(configured: Vec<Quirk>) -> (tempfile::TempDir, Arc<Store>, Arc<Quirks>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Arc::new(SystemClock::default())).unwrap();
    let store = Arc::new(store);
    let quirks = Arc::new(Quirks::kept(Arc::clone(&store), configured));
    (folder, store, quirks)
}

fn chip_auth(verdict: &Verdict) -> CheckResult {
    let of_chip = |check: &&cccd_desk::decision::Check| check.id == CheckId::ChipAuth;
    verdict.checks.iter().find(of_chip).unwrap().result
}

#[test]
fn the_second_card_of_a_kind_takes_fewer_exchanges() {
    let persona = &cccd_sim::personas().unwrap()[0];
    // Promises extended length and refuses it: found out once.
    let script = Script::of(persona).with(cccd_sim::defect("good-ext-lies").unwrap());
    let (folder, store, quirks) = desk(Vec::new());
    let first = read(&script, &quirks);
    assert_eq!(chip_auth(&first), CheckResult::Successful);
    let kept = store.quirks().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].reader, "Simulated reader");
    let abilities: Abilities = serde_json::from_str(&kept[0].abilities).unwrap();
    assert_eq!(abilities.extended, Extended::Refused);

    // After the desk was started again.
    drop((quirks, store));
    let store = Store::open(folder.path(), Arc::new(SystemClock::default())).unwrap();
    let store = Arc::new(store);
    let quirks = Arc::new(Quirks::kept(Arc::clone(&store), Vec::new()));
    let second = read(&script, &quirks);
    assert_eq!(second.verdict, first.verdict);
    assert!(
        second.reading.apdus < first.reading.apdus,
        "{} after {}",
        second.reading.apdus,
        first.reading.apdus
    );
    assert_eq!(store.quirks().unwrap(), kept, "nothing new");
}

#[test]
fn a_chip_that_proves_nothing_teaches_nothing() {
    let persona = &cccd_sim::personas().unwrap()[0];
    for id in [
        "clone-no-ca-key",
        "clone-no-aa-key",
        "clone-issuer-has-none",
        "link-6700-always",
        "csca-distrusted",
    ] {
        let (_folder, store, quirks) = desk(Vec::new());
        let mut script = Script::of(persona).with(cccd_sim::defect(id).unwrap());
        script.reader = ReaderModel::SHORT;
        let verdict = read(&script, &quirks);
        assert_ne!(chip_auth(&verdict), CheckResult::Successful, "{id}");
        assert_eq!(store.quirks().unwrap(), [], "{id}");
    }
}

#[test]
fn what_is_configured_is_used_and_not_learned() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let script = Script::of(persona);
    let plain = read(&script, &desk(Vec::new()).2);
    let (_folder, store, quirks) = desk(vec![Quirk {
        reader: Some("Simulated".to_owned()),
        short_length: Some(64),
        extended: Some(ExtendedLength::Refused),
        ..Quirk::default()
    }]);
    let slow = read(&script, &quirks);
    assert_eq!(slow.verdict, plain.verdict);
    assert!(
        slow.reading.apdus > plain.reading.apdus * 2,
        "{} and {}",
        slow.reading.apdus,
        plain.reading.apdus
    );
    assert_eq!(store.quirks().unwrap(), [], "all else is as anywhere");
    let elsewhere = quirks.abilities(&ReaderName("Other 00 00".to_owned()), &Atr(vec![0x3b]));
    assert_eq!(elsewhere, Abilities::default());
}

/// Whatever the operator says of a reader, right or wrong, a good card stays one.
#[test]
fn a_wrong_configuration_costs_exchanges_and_no_verdict() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let wrong = Quirk {
        reader: Some("Simulated".to_owned()),
        ..Quirk::default()
    };
    for quirk in [
        Quirk {
            extended: Some(ExtendedLength::UpTo(65_536)),
            ..wrong.clone()
        },
        Quirk {
            extended: Some(ExtendedLength::UpTo(257)),
            ..wrong.clone()
        },
        Quirk {
            extended_authentication: Some(true),
            ..wrong.clone()
        },
        Quirk {
            short_length: Some(16),
            ..wrong.clone()
        },
        Quirk {
            short_identifiers: Some(false),
            ..wrong
        },
    ] {
        for id in [
            "good-aa-rsa2048-sha1-61xx",
            "good-ext-lies",
            "good-le-256-refused",
        ] {
            for reader in [ReaderModel::SHORT, ReaderModel::EXTENDED] {
                let mut script = Script::of(persona).with(cccd_sim::defect(id).unwrap());
                script.reader = reader;
                let verdict = read(&script, &desk(vec![quirk.clone()]).2);
                assert_eq!(
                    bench::outcome(&verdict),
                    ("verified".to_owned(), None),
                    "{id} {reader:?} {quirk:?}"
                );
            }
        }
    }
}
