//! What is written is read again, and nothing else is taken.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::desk::reading::evidence_file;

/// One of everything that can stand in a transcript, by turns.
fn cases() -> Vec<(&'static str, Evidence)> {
    let base = || {
        let mut evidence = Evidence::default();
        let dg1 = FileState::Read(vec![0x61, 0x01, 0x41].into());
        evidence.files.insert(FileId::Dg(1), dg1);
        evidence
    };
    let pace = |assumed, mapping| Pace {
        protocol: "0.4.0.127.0.7.2.2.4.6.2".to_owned(),
        parameter_id: Some(13),
        assumed,
        mapping,
    };
    let answered = ChipAuthenticationMapping::Answered {
        mapping_key: vec![4, 1, 2],
        data: vec![3].into(),
    };
    let chip = |key_id| ChipAuthentication::Answered {
        protocol: "0.4.0.127.0.7.2.2.3.2.2".to_owned(),
        key_id,
        ephemeral_key: vec![9; 32].into(),
        response: vec![0x99, 0x02, 0x90, 0x00].into(),
    };
    let removed = reason::CARD_REMOVED;
    let mut cases = vec![("files alone", base())];
    let mut with = |name, change: &dyn Fn(&mut Evidence)| {
        let mut evidence = base();
        change(&mut evidence);
        cases.push((name, evidence));
    };
    for by in ACCESS {
        with(by, &|evidence| evidence.access = Step::Done { by });
    }
    with("pace", &|evidence| evidence.pace = Some(pace(false, None)));
    with("pace assumed", &|evidence| {
        evidence.pace = Some(pace(true, None));
    });
    with("mapping", &|evidence| {
        evidence.pace = Some(pace(false, Some(answered.clone())));
    });
    with("no mapping data", &|evidence| {
        evidence.pace = Some(pace(false, Some(ChipAuthenticationMapping::Missing)));
    });
    for exchange in [
        chip(None),
        chip(Some(7)),
        ChipAuthentication::Refused(0x6300),
        ChipAuthentication::NoKey,
        ChipAuthentication::Aborted(removed),
    ] {
        with("chip authentication", &|evidence| {
            evidence.chip_authentication = exchange.clone();
        });
    }
    for exchange in [
        ActiveAuthentication::Answered {
            challenge: [1; 8],
            response: vec![2; 16],
            retried: true,
        },
        ActiveAuthentication::Refused(0x6985),
        ActiveAuthentication::NeedsExtendedLength,
        ActiveAuthentication::Aborted(removed),
    ] {
        with("active authentication", &|evidence| {
            evidence.active_authentication = exchange.clone();
        });
    }
    for exchange in [
        TerminalAuthentication::Accepted,
        TerminalAuthentication::NoCertificate(reason::TA_CERTIFICATE_MISSING),
        TerminalAuthentication::Refused(0x6300),
        TerminalAuthentication::Aborted(removed),
    ] {
        with("terminal authentication", &|evidence| {
            evidence.terminal_authentication = exchange.clone();
        });
    }
    for state in [
        FileState::Read(vec![0x61, 0x01, 0x41].into()),
        FileState::Read(vec![0x61, 0x01, 0x42].into()),
        FileState::Absent,
        FileState::Denied,
        FileState::Faulty(removed),
    ] {
        with("dg1 again", &|evidence| {
            evidence.dg1_again = Some(state.clone());
        });
    }
    for state in [
        FileState::Absent,
        FileState::Denied,
        FileState::Faulty(removed),
    ] {
        with("a file that did not come", &|evidence| {
            evidence.files.insert(FileId::CardAccess, state.clone());
        });
    }
    cases
}

#[test]
fn what_was_saved_is_read_again_with_the_same_digest() {
    let folder = tempfile::tempdir().unwrap();
    let mut digests = std::collections::BTreeSet::new();
    for (name, evidence) in cases() {
        let path = folder.path().join("evidence.zip");
        std::fs::write(&path, evidence_file::to_zip(&evidence).unwrap().as_slice()).unwrap();
        let read = evidence_file::read(&path).unwrap();
        assert_eq!(read, evidence, "{name}");
        assert_eq!(read.digest(), evidence.digest(), "{name}");
        assert!(digests.insert(evidence.digest()), "{name}: a digest twice");
    }
}

#[test]
fn nothing_that_is_not_understood_is_taken_in_part() {
    for text in [
        r#"{"version": 2}"#,
        r#"{"version": 1, "unknown": 1}"#,
        r#"{"version": 1, "access": "knock"}"#,
        r#"{"version": 1, "pace": {"protocol": "a.b"}}"#,
        r#"{"version": 1, "pace": {"protocol": "1.2", "password": "x"}}"#,
        r#"{"version": 1, "pace": {"protocol": "1.2", "mapping": {"answered": {"key": "0g", "data": ""}}}}"#,
        r#"{"version": 1, "chip_authentication": "answered"}"#,
        r#"{"version": 1, "chip_authentication": {"refused": "63"}}"#,
        r#"{"version": 1, "chip_authentication": {"refused": "+630"}}"#,
        r#"{"version": 1, "chip_authentication": {"aborted": "no-such-reason"}}"#,
        r#"{"version": 1, "chip_authentication": {"answered": {"protocol": "1.2", "ephemeral_key": "0"}}}"#,
        r#"{"version": 1, "terminal_authentication": "refused"}"#,
        r#"{"version": 1, "dg1_again": "different"}"#,
        r#"{"version": 1, "files": {"EF.DG1": "absent"}}"#,
        r#"{"version": 1, "files": {"EF.DG17": "absent"}}"#,
        r#"{"version": 1, "active_authentication": {"challenge": "00", "response": ""}}"#,
        r#"{"version": 1, "no_proof": "needs_extended_length", "active_authentication": {"challenge": "0000000000000000", "response": ""}}"#,
    ] {
        let mut evidence = Evidence::default();
        let dg1 = FileState::Read(vec![0x61, 0x00].into());
        evidence.files.insert(FileId::Dg(1), dg1);
        let refused = serde_json::from_str::<Transcript>(text)
            .map_err(EvidenceFileError::from)
            .and_then(|transcript| transcript.apply(&mut evidence));
        assert!(refused.is_err(), "{text}");
    }
    let same = r#"{"version": 1, "dg1_again": "same"}"#;
    let transcript: Transcript = serde_json::from_str(same).unwrap();
    assert!(transcript.apply(&mut Evidence::default()).is_err());
}
