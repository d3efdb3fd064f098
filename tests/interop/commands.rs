//! The commands of the desk over the real PC/SC service: what an operator types, and what it ends in.

use std::process::Command;

use cccd_desk::simulation::bench::{Profile, own_rows, pcscd_rows};
use cccd_pcsc::PcscReaders;
use serde_json::Value;

use crate::bench::{Laid, interop};

const DESK: &str = env!("CARGO_BIN_EXE_cccd-desk");

fn personas() -> Value {
    let output = Command::new(DESK)
        .args(["simulate", "list", "--json"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn key(name: &str) -> String {
    personas()["personas"][0][name].as_str().unwrap().to_owned()
}

/// A trust folder: the test authority's, or an empty one.
fn trust(of_the_test_authority: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if of_the_test_authority {
        let made = Command::new(DESK)
            .args(["simulate", "trust"])
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(made.success());
    }
    folder
}

/// Runs `read` on the virtual reader; exit code and verdict.
fn read(trust: &tempfile::TempDir, arguments: &[&str]) -> (i32, Value) {
    let output = Command::new(DESK)
        .args(["read", "--json", "--trust"])
        .arg(trust.path())
        .args(if arguments.contains(&"--reader") {
            &[][..]
        } else {
            &["--reader", "Virtual PCD"]
        })
        .args(if arguments.contains(&"--wait") {
            &[][..]
        } else {
            &["--wait", "30"]
        })
        .args(arguments)
        .output()
        .unwrap();
    let verdict = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), verdict)
}

interop! {
    fn a_genuine_card_is_verified_with_every_check(bench) {
        bench.start_service();
        let _card = Laid::card(bench, "adult-man", &[]);
        let (code, verdict) = read(&trust(true), &["--qr", &key("qr")]);
        assert_eq!(code, 0, "{verdict}");
        assert_eq!(verdict["verdict"], "verified");
        assert_eq!(verdict["personal_number"].as_str(), Some(key("personal_number").as_str()));
        assert_eq!(verdict["test"], true);
        assert_eq!((&verdict["access"], &verdict["chip_authentication"]), (&"pace-can".into(), &"ca".into()));
        let ids: Vec<&str> =
            verdict["checks"].as_array().unwrap().iter().map(|check| check["id"].as_str().unwrap()).collect();
        for id in ["link", "access", "dg1-read", "sod-read", "sod-hash", "sod-signature", "dsc-signature",
            "dsc-profile", "dsc-time", "dsc-revocation", "com-sod", "dg-hash.1", "dg-hash.2", "dg-hash.13",
            "dg-hash.15", "cardaccess-auth", "chip-auth", "ta", "dg2", "dg13", "country", "issue-period",
            "expiry", "print-chip", "number-form", "dossier", "status", "face"] {
            assert!(ids.contains(&id), "{id} is missing: a check was skipped");
        }
    }
}

interop! {
    fn a_reading_is_recorded_and_played_again(bench) {
        bench.start_service();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (shapes, whole) = (file("shapes.json"), file("whole.json"));
        let trust = trust(true);
        let first = Laid::card(bench, "adult-man", &["lso-dg-hash-bad"]);
        let qr = key("qr");
        let (code, _) = read(&trust, &["--qr", &qr, "--record", &shapes]);
        assert_eq!(code, 2);
        let everything = ["--qr", &qr, "--record", &whole, "--record-everything-of-the-card"];
        let (code, verdict) = read(&trust, &everything);
        assert_eq!(code, 2);
        drop(first);
        assert!(!std::fs::read_to_string(&shapes).unwrap().contains(&key("personal_number")));
        // Without the card, byte for byte: the same evidence.
        let played = Command::new(DESK)
            .args(["recording", "replay", &whole, "--json", "--trust"])
            .arg(trust.path())
            .output()
            .unwrap();
        assert!(played.status.success(), "{played:?}");
        let again: Value = serde_json::from_slice(&played.stdout).unwrap();
        assert_eq!(again["reason"], "dg-hash-mismatch");
        assert_eq!(again["digests"]["evidence"], verdict["digests"]["evidence"]);
        // Where the card was lifted it is lifted again, on a virtual reader as well; what its files
        // said is in no recording of shapes.
        let mut torn: Value = serde_json::from_slice(&std::fs::read(&shapes).unwrap()).unwrap();
        let exchanges = torn["links"][0]["exchanges"].as_array_mut().unwrap();
        let last = exchanges.last_mut().unwrap();
        last["outcome"] = serde_json::json!({ "fault": "card-removed" });
        let torn_file = file("torn.json");
        std::fs::write(&torn_file, torn.to_string()).unwrap();
        for (recording, due) in [(&shapes, 0), (&torn_file, 4)] {
            let _card = Laid::on(bench, 0, &["--persona", "adult-man", "--recording", recording]);
            let (code, verdict) = read(&trust, &["--qr", &qr, "--wait", "3"]);
            assert_eq!(code, due, "{verdict}");
        }
    }
}

interop! {
    fn a_machine_readable_zone_and_typed_fields_open_it_as_well(bench) {
        bench.start_service();
        let _card = Laid::card(bench, "adult-man", &[]);
        let trust = trust(true);
        assert_eq!(read(&trust, &["--mrz", &key("mrz")]).0, 0);
        let typed = ["--document-number", "090000001", "--birth-date", "1990-01-01", "--expiry-date", "2030-01-01"];
        assert_eq!(read(&trust, &typed).0, 0);
    }
}

interop! {
    /// Every foreign document, and once more from the files that were read.
    fn a_foreign_document_is_read_by_its_zone_and_verified_from_its_files(bench) {
        bench.start_service();
        let trust = trust(true);
        let listed = personas();
        let foreign = listed["personas"].as_array().unwrap().iter().filter(|one| one["qr"].is_null());
        let mut count = 0;
        for persona in foreign {
            let _card = Laid::card(bench, persona["name"].as_str().unwrap(), &[]);
            assert!(persona["can"].is_null() && persona["personal_number"].is_null());
            let zone = persona["mrz"].as_str().unwrap();
            let saved = tempfile::tempdir().unwrap();
            let folder = saved.path().to_str().unwrap();
            let arguments = ["--mrz", zone, "--policy", "foreign-document", "--save-evidence", folder];
            let (code, verdict) = read(&trust, &arguments);
            assert_eq!(code, 0, "{verdict}");
            assert_eq!((&verdict["verdict"], &verdict["access"]), (&"verified".into(), &"pace-mrz".into()));
            assert_eq!(verdict["personal_number"], Value::Null);
            assert!(verdict["name"].as_str().unwrap().starts_with("TESTPERSON"));
            let (code, verdict) = read(&trust, &["--mrz", zone]);
            assert_eq!((code, &verdict["reason"]), (3, &"document-format-unexpected".into()), "{verdict}");
            std::fs::remove_file(saved.path().join("transcript.json")).unwrap();
            let files = Command::new(DESK)
                .args(["verify", "--json", folder, "--policy", "foreign-document", "--trust"])
                .arg(trust.path())
                .output()
                .unwrap();
            let verdict: Value = serde_json::from_slice(&files.stdout).unwrap();
            assert_eq!((files.status.code(), &verdict["verdict"]), (Some(0), &"verified".into()), "{verdict}");
            count += 1;
        }
        assert_eq!(count, 2);
    }
}

interop! {
    fn bad_cards_end_as_their_rows_say(bench) {
        bench.start_service();
        let with_anchor = trust(true);
        for (defect, code, reason) in [
            ("lso-dg-hash-bad", 2, "dg-hash-mismatch"),
            ("com-lacks-dg", 2, "com-sod-mismatch"),
            // A
            ("link-card-removed", 4, "card-removed"),
            ("link-not-emrtd", 4, "not-an-emrtd"),
            ("link-61-loop", 4, "response-loop"),
            // B
            ("access-blocked", 4, "access-blocked"),
            ("bac-mic-flipped", 4, "bac-chip-auth-failed"),
            ("pace-token-wrong", 4, "pace-token-invalid"),
            ("pace-map-off-curve", 2, "pace-key-invalid"),
            ("pace-ka-reflected", 2, "pace-key-reflected"),
            ("pace-downgrade-stripped", 2, "pace-downgrade"),
            ("pace-proprietary-ec", 2, "domain-params-forged"),
            // C
            ("sm-mac-flipped", 4, "sm-mac-invalid"),
            ("sm-plain-9000", 4, "sm-plain-response"),
            ("sm-3des-after-aes-ca", 2, "chip-clone-ca-failed"),
            ("read-6282-early", 4, "file-truncated"),
            ("read-len-4gb", 4, "length-implausible"),
            // G
            ("clone-no-aa-key", 2, "chip-clone-aa-failed"),
            ("clone-no-ca-key", 2, "chip-clone-ca-failed"),
            ("cam-ecad-wrong", 2, "chip-clone-cam-failed"),
        ] {
            let _card = Laid::card(bench, "adult-man", &[defect]);
            // One that was lifted is not laid back.
            let (met, verdict) = read(&with_anchor, &["--qr", &key("qr"), "--wait", "10"]);
            assert_eq!((met, verdict["reason"].as_str()), (code, Some(reason)), "{defect}");
            assert_eq!(verdict["personal_number"], Value::Null, "{defect}");
        }
    }
}

interop! {
    fn a_card_that_is_laid_back_is_read_on(bench) {
        bench.start_service();
        let _card = Laid::card(bench, "adult-man", &["good-laid-back"]);
        let (code, verdict) = read(&trust(true), &["--qr", &key("qr")]);
        assert_eq!((code, &verdict["verdict"]), (0, &Value::from("verified")), "{verdict:#}");
    }
}

interop! {
    fn a_reading_takes_as_many_exchanges_as_at_hand(bench) {
        bench.start_service();
        let persona = cccd_sim::personas().unwrap().swap_remove(0);
        let profiles = [Profile::citizen(false), Profile::citizen(true)];
        let address = bench.slot(0).to_string();
        let readers = std::sync::Arc::new(PcscReaders);
        let there = pcscd_rows(&persona, &profiles, readers, "Virtual PCD 00 00", &address).unwrap();
        assert_eq!(there.len(), 24);
        for profile in profiles {
            let at_hand = own_rows(&persona, profile).unwrap().swap_remove(0);
            let row = there.iter().find(|row| row.length == at_hand.length).unwrap();
            assert_eq!((row.via, row.apdus, row.file_bytes), ("pcscd", at_hand.apdus, at_hand.file_bytes));
            assert!(row.modelled_ms.is_some() && row.real_ms > 0.0);
        }
    }
}

interop! {
    fn without_an_anchor_nothing_is_verified(bench) {
        bench.start_service();
        let _card = Laid::card(bench, "adult-man", &[]);
        let (code, verdict) = read(&trust(false), &["--qr", &key("qr")]);
        assert_eq!((code, verdict["reason"].as_str()), (3, Some("csca-unknown")));
        assert_eq!(verdict["personal_number"], Value::Null);
    }
}

interop! {
    fn saved_evidence_gives_the_same_answer_without_the_card(bench) {
        bench.start_service();
        let trust = trust(true);
        let folder = tempfile::tempdir().unwrap();
        let card = Laid::card(bench, "adult-man", &[]);
        let saved = folder.path().join("evidence");
        let (code, read) = read(&trust, &["--qr", &key("qr"), "--save-evidence", saved.to_str().unwrap()]);
        assert_eq!(code, 0);
        drop(card);
        let verified = Command::new(DESK)
            .args(["verify", "--json", "--trust"])
            .arg(trust.path())
            .arg(&saved)
            .output()
            .unwrap();
        assert_eq!(verified.status.code(), Some(0));
        let verdict: Value = serde_json::from_slice(&verified.stdout).unwrap();
        assert_eq!(verdict["chip_authentication"], "ca", "the transcript proves the chip again");
        // Another policy and another time; the same card under the same trust.
        for digest in ["evidence", "trust"] {
            assert_eq!(verdict["digests"][digest], read["digests"][digest]);
        }
    }
}

interop! {
    fn no_reader_and_wrong_words_have_codes_of_their_own(bench) {
        // The service is not started: there is no reader.
        let trust = trust(true);
        assert_eq!(read(&trust, &["--qr", &key("qr")]).0, 69);
        for wrong in [&["--qr", "garbage"][..], &["--mrz", "IDVNM"], &["--can", "12"], &[], &["--policy", "none", "--can", "000001"]] {
            assert_eq!(read(&trust, wrong).0, 64, "{wrong:?}");
        }
        bench.start_service();
        // A reader, and nothing on it.
        let (code, verdict) = read(&trust, &["--qr", &key("qr"), "--wait", "0"]);
        assert_eq!((code, verdict["reason"].as_str()), (4, Some("no-card")));
        // A reader of another name.
        let (code, _) = read(&trust, &["--qr", &key("qr"), "--reader", "no such reader"]);
        assert_eq!(code, 69);
    }
}
