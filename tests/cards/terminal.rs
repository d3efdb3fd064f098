//! Terminal authentication end to end: the operator's folder, the chip, and DG3 at the end of it.

use std::time::Duration;

use cccd_desk::biometrics::finger::{FingerMatcher, NistMatcher, Score};
use cccd_desk::chip::FileId;
use cccd_desk::desk::reading::Fingerprints;
use cccd_desk::finding::CheckId;
use cccd_desk::lds::dg3::Dg3;
use cccd_desk::lds::finger::Position;
use cccd_desk::verify::evidence::FileState;
use cccd_desk::verify::terminal::TerminalMaterial;
use cccd_port::FingerImage;
use cccd_sim::authority::inspection::KEY_FILE;
use cccd_sim::{KeyFamily, LaidBack, Persona, StoredFingers, TerminalFault, write_terminal};
use time::OffsetDateTime;

use crate::bench::{self, Bench, Script};

fn material(family: KeyFamily, fault: Option<TerminalFault>) -> TerminalMaterial {
    let folder = tempfile::tempdir().unwrap();
    let now = OffsetDateTime::now_utc();
    write_terminal(folder.path(), family, fault, now).unwrap();
    TerminalMaterial::from_folder(folder.path(), Some(&folder.path().join(KEY_FILE))).unwrap()
}

/// Result and reason of check `ta`, and what became of DG3.
fn outcome(script: &Script<'_>) -> ((String, Option<String>), Option<String>, bool) {
    let (found, judgement) = Bench.read(script);
    let verdict = &judgement.verdict;
    let check = verdict
        .checks
        .iter()
        .find(|check| check.id == CheckId::Ta)
        .unwrap();
    let read = matches!(
        found.unwrap().evidence.state(FileId::Dg(3)),
        FileState::Read(_)
    );
    let reason = check.reason.map(|reason| reason.code().to_owned());
    (bench::outcome(verdict), reason, read)
}

fn verified() -> (String, Option<String>) {
    ("verified".to_owned(), None)
}

#[test]
fn a_terminal_that_may_is_given_the_fingerprints() {
    let persona = &cccd_sim::personas().unwrap()[0];
    for (family, defects) in [
        (KeyFamily::Elliptic, &[][..]),
        (KeyFamily::Elliptic, &["good-bac-only"]),
        (KeyFamily::Elliptic, &["good-pace-dh"]),
        (KeyFamily::Elliptic, &["good-pace-im"]),
        // The mapping alone proves the chip.
        (KeyFamily::Elliptic, &["good-pace-cam", "good-aa-rsa-sha1"]),
        (KeyFamily::Elliptic, &["good-ca-dh"]),
        (KeyFamily::Elliptic, &["good-ca-kat"]),
        (KeyFamily::Rsa, &["good-ta-rsa"]),
    ] {
        let material = material(family, None);
        let script = Script {
            defects: defects
                .iter()
                .map(|id| cccd_sim::defect(id).unwrap())
                .collect(),
            fingerprints: Fingerprints::Wanted(Some(&material)),
            ..Script::of(persona)
        };
        assert_eq!(outcome(&script), (verified(), None, true), "{defects:?}");
        let (_, judgement) = Bench.read(&script);
        let hash = judgement
            .verdict
            .checks
            .iter()
            .find(|check| check.id == CheckId::DgHash(3))
            .unwrap();
        assert_eq!(
            hash.result,
            cccd_desk::finding::CheckResult::Successful,
            "{defects:?}"
        );
    }
}

/// The fingers that the issuer stored come off the chip as they are, and one laid on a sensor is known
/// again.
#[test]
fn the_fingers_on_the_chip_are_the_persons() {
    let persona = Persona {
        fingers: Some(StoredFingers::default()),
        ..cccd_sim::personas().unwrap()[0].clone()
    };
    let material = material(KeyFamily::Elliptic, None);
    let script = Script {
        fingerprints: Fingerprints::Wanted(Some(&material)),
        ..Script::of(&persona)
    };
    let (found, judgement) = Bench.read(&script);
    assert_eq!(bench::outcome(&judgement.verdict), verified());
    let evidence = found.unwrap().evidence;
    let FileState::Read(file) = evidence.state(FileId::Dg(3)) else {
        panic!("DG3 was not read");
    };
    let dg3 = Dg3::parse(file).unwrap();
    let matcher = NistMatcher::new(Duration::from_secs(60));
    let template = |image: &FingerImage| matcher.extract(image).unwrap();
    for (finger, position) in dg3.fingers.iter().zip([2, 7]) {
        assert_eq!(finger.position, Position::Finger(position));
        let stored = template(&finger.decode().unwrap());
        let press = template(&persona.finger(position).press(1).unwrap());
        let other = template(&persona.finger(position + 1).press(1).unwrap());
        assert!(matcher.compare(&press, &stored).unwrap() >= Score(40));
        assert!(matcher.compare(&other, &stored).unwrap() < Score(40));
    }
}

/// Every fault of the operator's is a reason, and costs the fingerprints alone.
#[test]
fn a_terminal_that_may_not_is_told_why() {
    let persona = &cccd_sim::personas().unwrap()[0];
    for (fault, reason) in [
        (TerminalFault::Expired, "ta-certificate-expired"),
        (TerminalFault::NoFingerprints, "ta-certificate-missing"),
        (TerminalFault::Stranger, "ta-certificate-missing"),
        (TerminalFault::SignatureFlipped, "ta-certificate-invalid"),
        (TerminalFault::OtherKey, "ta-certificate-missing"),
    ] {
        let material = material(KeyFamily::Elliptic, Some(fault));
        let script = Script {
            fingerprints: Fingerprints::Wanted(Some(&material)),
            ..Script::of(persona)
        };
        let due = ("undetermined".to_owned(), Some(reason.to_owned()));
        let met = outcome(&script);
        assert_eq!(met, (due, Some(reason.to_owned()), false), "{fault:?}");
    }
}

/// A chip that has not proven itself is shown nothing: a copy could pass the signature on.
#[test]
fn a_chip_that_did_not_prove_itself_is_shown_nothing() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let material = material(KeyFamily::Elliptic, None);
    let script = Script {
        fingerprints: Fingerprints::Wanted(Some(&material)),
        ..Script::of(persona).with(cccd_sim::defect("good-aa-rsa-sha1").unwrap())
    };
    let (verdict, reason, read) = outcome(&script);
    assert_eq!(reason.as_deref(), Some("chip-auth-not-supported"));
    assert_eq!((verdict.0.as_str(), read), ("undetermined", false));
}

/// Lifted in the middle of it and laid back, the terminal proves itself anew.
#[test]
fn a_card_lifted_while_the_terminal_proves_itself_is_read_on() {
    let persona = &cccd_sim::personas().unwrap()[0];
    let material = material(KeyFamily::Elliptic, None);
    let script = |tear| Script {
        fingerprints: Fingerprints::Wanted(Some(&material)),
        tear,
        ..Script::of(persona)
    };
    let (found, _) = Bench.read(&script(None));
    let exchanges = found.unwrap().exchanges;
    let phases = exchanges.exchanges().iter().enumerate();
    let within = phases.filter(|(_, one)| matches!(one.phase, "terminal-auth" | "dg3"));
    let places: Vec<usize> = within.map(|(index, _)| index + 1).collect();
    assert!(places.len() > 6, "{places:?}");
    for at in places {
        let met = outcome(&script(Some((at, LaidBack::Same))));
        assert_eq!(met, (verified(), None, true), "torn at {at}");
    }
}
