//! Several people's cards, and several people's readers.

use std::fs;
use std::path::{Path, PathBuf};

use cccd_sim::{Persona, SimCard, SystemRandom, Vpcd, personas};
use serde_json::Value;
use time::OffsetDateTime;

use crate::bench::{Bench, Laid, interop};
use crate::peers::{self, Password, PrintedKey};

fn ordinary() -> Persona {
    personas().unwrap().into_iter().next().unwrap()
}

/// The folder that a desk trusts in these tests.
fn trust(bench: &Bench) -> PathBuf {
    let folder = bench.folder().join("trust");
    let made = bench
        .desk()
        .args(["simulate", "trust"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    folder
}

/// Runs `cccd-desk read --json` and returns its exit code and its object.
fn read(bench: &Bench, slot: u16, key: &[&str], more: &[&str]) -> (i32, Value) {
    let trust = trust(bench);
    let read = bench
        .desk()
        .args([
            "read",
            "--json",
            "--reader",
            &Bench::reader(slot).0,
            "--trust",
        ])
        .arg(trust)
        .args(key)
        .args(more)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    let code = read.status.code().unwrap();
    let object = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!(
            "{code}: {error}: {text}\n{}",
            String::from_utf8_lossy(&read.stderr)
        )
    });
    (code, object)
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

interop! {
    fn two_readers_read_two_people(bench) {
        bench.start_service();
        let people = personas().unwrap();
        let laid: Vec<_> = people
            .iter()
            .take(2)
            .zip(0..)
            .map(|(person, slot)| Laid::on(bench, slot, &["--persona", &person.name]))
            .collect();
        for (person, slot) in people.iter().take(2).zip(0..) {
            let (code, verdict) = read(bench, slot, &["--qr", &person.qr()], &[]);
            assert_eq!(code, 0, "{verdict:#}");
            assert_eq!(verdict["personal_number"], *person.personal_number);
        }
        drop(laid);
    }
}

interop! {
    fn a_wrong_key_is_told_as_one(bench) {
        bench.start_service();
        let people = personas().unwrap();
        let _card = Laid::card(bench, &people[0].name, &[]);
        let (code, verdict) = read(bench, 0, &["--qr", &people[1].qr()], &[]);
        assert_eq!((code, &verdict["reason"]), (4, &Value::from("access-key-wrong")), "{verdict:#}");
    }
}

interop! {
    /// What other people's readers get by basic access control is what the desk keeps as evidence.
    fn peers_read_what_the_desk_reads(bench) {
        bench.start_service();
        let man = ordinary();
        let mrz = man.mrz();
        let key = PrintedKey::of(&mrz);
        let vpcd = Vpcd::connect(bench.slot(0)).unwrap();
        let stopper = vpcd.stopper().unwrap();
        let mut card = SimCard::new(&man, &[], Box::new(SystemRandom), OffsetDateTime::now_utc()).unwrap();
        let laid = std::thread::spawn(move || vpcd.serve(&mut card));

        let evidence = bench.folder().join("evidence");
        let keep = ["--save-evidence", evidence.to_str().unwrap()];
        let (code, verdict) = read(bench, 0, &["--mrz", &mrz], &keep);
        assert_eq!(code, 0, "{verdict:#}");
        let ours = peers::Files {
            com: file(&evidence, "EF.COM"),
            sod: file(&evidence, "EF.SOD"),
            dg1: file(&evidence, "EF.DG1"),
        };
        assert_eq!(peers::read_with_emrtd(0, &key), ours, "emrtd");
        assert_eq!(peers::read_with_dmrtd(0, &key, b"8 bytes!"), ours, "dmrtd");
        stopper.stop();
        laid.join().unwrap().unwrap();
    }
}

interop! {
    /// A peer opens the card by PACE, with the card access number and with the printed zone, and
    /// gets what it gets by basic access control.
    fn a_peer_opens_by_pace(bench) {
        bench.start_service();
        let man = ordinary();
        let mrz = man.mrz();
        let key = PrintedKey::of(&mrz);
        let vpcd = Vpcd::connect(bench.slot(0)).unwrap();
        let stopper = vpcd.stopper().unwrap();
        let now = OffsetDateTime::now_utc();
        let mut card = SimCard::new(&man, &[], Box::new(SystemRandom), now).unwrap();
        let laid = std::thread::spawn(move || vpcd.serve(&mut card));

        let by_basic_access = peers::read_with_dmrtd(0, &key, b"8 bytes!");
        for (what, password) in [
            ("card access number", Password::Can(man.can())),
            ("printed zone", Password::Mrz(&key)),
        ] {
            let by_pace = peers::read_with_dmrtd_by_pace(0, &password, b"8 bytes!");
            assert_eq!(by_pace.as_ref(), Ok(&by_basic_access), "{what}");
        }
        let wrong = Password::Can("999999");
        assert!(peers::read_with_dmrtd_by_pace(0, &wrong, b"8 bytes!").is_err());
        stopper.stop();
        laid.join().unwrap().unwrap();
    }
}
