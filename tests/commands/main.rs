//! What the commands print and how they end: programs rely on it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod payees;
mod privacy;
mod recording;
mod trust;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use cccd_desk::store::Store;
use cccd_port::SystemClock;
use common::{NAME, NUMBER, conclude};
use serde_json::Value;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cccd-desk"));
    command
        .env_clear()
        .env("CCCD_DESK_DATA_DIR", folder)
        .args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Runs with that on standard input.
fn with_input(folder: &Path, arguments: &[&str], text: &str) -> Output {
    let mut running = command(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    // Whoever refuses its arguments does not read it.
    let _ = input.write_all(text.as_bytes());
    drop(input);
    running.wait_with_output().unwrap()
}

fn code(folder: &Path, arguments: &[&str]) -> i32 {
    run(folder, arguments).status.code().unwrap()
}

fn text(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&text(folder, arguments)).unwrap()
}

fn open(folder: &Path) -> Store {
    Store::open(folder, Arc::new(SystemClock::default())).unwrap()
}

/// Programs compare rows by these names and words.
#[test]
fn bench_prints_rows_of_known_names() {
    let folder = tempfile::tempdir().unwrap();
    let rows = json(folder.path(), &["bench", "--json"]);
    let rows = rows.as_array().unwrap();
    let met = |name: &str| {
        let mut values: Vec<&Value> = Vec::new();
        for row in rows {
            if !values.contains(&&row[name]) {
                values.push(&row[name]);
            }
        }
        Value::from_iter(values.into_iter().cloned())
    };
    let due = serde_json::json!({
        "reader": ["cccd-desk", "dmrtd"],
        "access": ["bac", "pace-gm", "pace-im", "pace-cam"],
        "chip_authentication": ["none", "aa", "ca", "ca+aa", "cam"],
        "length": ["short", "extended"],
        "bit_rate": [106, 212, 424, 848],
        "chip": ["fast", "middling", "slow"],
    });
    for (name, values) in due.as_object().unwrap() {
        assert_eq!(met(name), *values, "{name}");
    }
    for row in rows {
        for name in ["apdus", "bytes_out", "bytes_in", "modelled_ms", "floor_ms"] {
            assert!(row[name].as_f64().unwrap() > 0.0, "{name}: {row}");
        }
    }
    let table = text(folder.path(), &["bench"]);
    assert!(table.starts_with("reader ") && table.contains("dmrtd"));
    assert_eq!(code(folder.path(), &["bench", "--reader", "x"]), 64);
}

#[test]
fn the_outbox_is_listed_retried_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = open(folder);
    assert_eq!(
        json(folder, &["outbox", "list", "--json"])["outbox"],
        serde_json::json!([])
    );
    let report_id = conclude(&store, "S-1");

    let list = json(folder, &["outbox", "list", "--json"]);
    assert_eq!(list["outbox"][0]["report_id"], report_id);
    assert_eq!(list["outbox"][0]["state"], "waiting");
    assert_eq!(list["outbox"][0]["kind"], "identity.confirmed");
    let listed = text(folder, &["outbox", "list"]);
    assert!(
        listed.contains(&report_id) && listed.contains("case HS-1"),
        "{listed}"
    );
    for shown in [&listed, &list.to_string()] {
        assert!(!shown.contains(NUMBER) && !shown.contains(NAME), "{shown}");
    }

    let exported = json(folder, &["outbox", "export"]);
    let event = store
        .keys()
        .verify(exported["jws"].as_str().unwrap())
        .unwrap();
    let event: Value = serde_json::from_slice(&event).unwrap();
    assert_eq!(event["id"], report_id);
    assert_eq!(event["data"]["personal_number"], NUMBER);

    text(folder, &["outbox", "retry", &report_id]);
    let retried = text(folder, &["outbox", "retry", "--refused"]);
    assert!(retried.starts_with("0 reports"), "{retried}");
    let both = ["outbox", "retry", "--refused", &report_id];
    assert_eq!(code(folder, &both), 64);
    for id in [report_id.as_str(), "01NOSUCHREPORT"] {
        let give_up = ["outbox", "give-up-report", id, "--reason", "x"];
        assert_eq!(code(folder, &give_up), 1, "nobody refused it");
    }
    let unknown = run(folder, &["outbox", "retry", "01NOSUCHREPORT"]);
    assert_eq!(unknown.status.code(), Some(1));
    let message = String::from_utf8(unknown.stderr).unwrap();
    assert!(
        message.contains(&report_id),
        "it lists what exists: {message}"
    );
}

#[test]
fn the_audit_log_is_verified_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = open(folder);
    conclude(&store, "S-1");
    let head = store.audit_head().unwrap();
    let verified = json(folder, &["audit", "verify", "--json"]);
    assert_eq!(
        verified,
        serde_json::json!({"valid": true, "entries": 1, "head": head.hash})
    );
    assert!(text(folder, &["audit", "verify"]).contains(&head.hash));
    let line = json(folder, &["audit", "export"]);
    assert_eq!(line["hash"], head.hash);
}

#[test]
fn a_wrong_command_line_is_64_and_a_missing_desk_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    for wrong in [
        &["outbox"][..],
        &["outbox", "lst"],
        &["outbox", "retry"],
        &["no-such-command"],
        &["case-system"],
        &["case-system", "--keys", "a", "--listen", "nonsense"],
        &[],
    ] {
        assert_eq!(code(&empty, wrong), 64, "{wrong:?}");
    }
    for missing in [
        &["outbox", "list"][..],
        &["audit", "verify"],
        &["outbox", "list", "--config", "/no/such/desk.toml"],
        &["case-system", "--keys", "/no/such/keys.json"],
        &["case-system", "--keys", "http://case.example/keys"],
        &[
            "case-system",
            "--keys",
            "/dev/null",
            "--listen",
            "0.0.0.0:0",
        ],
    ] {
        assert_eq!(code(&empty, missing), 1, "{missing:?}");
    }
    assert!(!empty.exists(), "a command that looks made a data folder");
    for help in [
        &["--help"][..],
        &["--version"],
        &["outbox", "list", "--help"],
    ] {
        assert_eq!(code(&empty, help), 0, "{help:?}");
    }
}

#[test]
fn the_case_system_tells_its_address_and_ends_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let keys = folder.path().join("keys.json");
    std::fs::write(&keys, serde_json::to_vec(&store.keys()).unwrap()).unwrap();
    let mut process = command(
        folder.path(),
        &["case-system", "--keys", keys.to_str().unwrap()],
    )
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let address = told["address"].as_str().unwrap();
    assert_eq!(told["reports"], format!("http://{address}/reports"));

    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /received HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let answer = std::io::read_to_string(stream).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"received":[]}"#),
        "{answer}"
    );

    let killed = Command::new("kill")
        .args(["-TERM", &process.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(process.wait().unwrap().success());
    assert!(lines.next().is_none(), "nothing else on stdout");
}

/// The test authority's keys follow from public labels: whoever trusts them trusts everybody.
#[test]
fn the_service_refuses_the_test_authority() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let anchors = folder.join("trust");
    assert_eq!(
        code(folder, &["simulate", "trust", anchors.to_str().unwrap()]),
        0
    );
    let refused = command(folder, &["serve"])
        .env("CCCD_DESK_API__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty(), "no address is told: {refused:?}");
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("test authority"), "{told}");
    // Nor does a verdict of the standing trust folder rest on it.
    let evidence = folder.join("evidence");
    std::fs::create_dir(&evidence).unwrap();
    let persona = &cccd_sim::personas().unwrap()[0];
    let now = time::OffsetDateTime::now_utc();
    for (name, bytes) in cccd_sim::persona_files(persona, &[], now).unwrap() {
        std::fs::write(evidence.join(name), bytes).unwrap();
    }
    let judged = run(folder, &["verify", "--json", evidence.to_str().unwrap()]);
    assert_eq!(judged.status.code(), Some(3));
    let verdict: Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!(verdict["reason"], "trust-store-unavailable");
    // Named for one run it counts, and the verdict says what it is worth.
    let judged = run(
        folder,
        &[
            "verify",
            "--json",
            "--trust",
            anchors.to_str().unwrap(),
            evidence.to_str().unwrap(),
        ],
    );
    assert_eq!(judged.status.code(), Some(0));
    let verdict: Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!(verdict["test"], true);
}

/// A list of lost cards: named by the configuration or laid into the trust folder, and refused by its
/// line without a word of what stands there.
#[test]
fn a_lost_card_is_told_and_a_wrong_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let now = time::OffsetDateTime::now_utc();
    let persona = &cccd_sim::personas().unwrap()[0];
    let (evidence, anchors) = (folder.join("evidence"), folder.join("anchors"));
    std::fs::create_dir(&evidence).unwrap();
    for (name, bytes) in cccd_sim::persona_files(persona, &[], now).unwrap() {
        std::fs::write(evidence.join(name), bytes).unwrap();
    }
    cccd_sim::write_trust(&anchors, &[], now).unwrap();
    let list = folder.join("lost.txt");
    let variable = "CCCD_DESK_STATUS__LOST_CARDS_FILE";
    let verify = |configured: bool| {
        let [evidence, anchors] = [&evidence, &anchors].map(|path| path.to_str().unwrap());
        let arguments = [
            "verify", "--json", "--policy", "document", "--trust", anchors, evidence,
        ];
        let mut command = command(folder, &arguments);
        if configured {
            command.env(variable, &list);
        }
        command.output().unwrap()
    };
    let reason = |output: &Output| {
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        verdict["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(reason(&verify(false)), "check-not-performed");
    std::fs::write(&list, &persona.personal_number).unwrap();
    let lost = verify(true);
    assert_eq!(lost.status.code(), Some(2));
    assert_eq!(reason(&lost), "card-reported-lost");
    std::fs::write(&list, "# two\n00109000001\n").unwrap();
    let serve = command(folder, &["serve"])
        .env(variable, &list)
        .output()
        .unwrap();
    for (refused, status) in [(verify(true), 64), (serve, 1)] {
        assert_eq!(refused.status.code(), Some(status), "{refused:?}");
        let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
        assert!(
            said.contains("line 2") && !said.contains("00109000001"),
            "{said}"
        );
    }
    std::fs::rename(&list, anchors.join("lost-cards.txt")).unwrap();
    assert_eq!(reason(&verify(false)), "trust-store-unavailable");
    std::fs::write(anchors.join("lost-cards.txt"), &persona.personal_number).unwrap();
    assert_eq!(reason(&verify(false)), "card-reported-lost");
}

#[test]
fn the_audit_log_is_held_against_what_somebody_received() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = open(folder);
    conclude(&store, "S-1");
    let head = store.audit_head().unwrap();
    conclude(&store, "S-2");
    let received = format!("{}:{}", head.number, head.hash);
    let verify = |head: &str| run(folder, &["audit", "verify", "--head", head]);
    assert!(verify(&received).status.success());
    for (head, status, said) in [
        (
            format!("{}:{}", head.number, "ab".repeat(32)),
            1,
            "was received",
        ),
        (format!("9:{}", head.hash), 1, "broken at entry 9"),
        (head.hash.clone(), 64, "NUMBER:HASH"),
    ] {
        let output = verify(&head);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn doctor_shows_what_was_learned_and_forgets_it_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Whether this machine has readers is another matter: its exit code is not looked at.
    let doctor = |arguments: &[&str]| {
        let arguments = [&["doctor"], arguments].concat();
        String::from_utf8(run(folder, &arguments).stdout).unwrap()
    };
    let report = |arguments: &[&str]| -> Value {
        serde_json::from_str(&doctor(&[&["--json"], arguments].concat())).unwrap()
    };
    let empty = serde_json::json!({ "learned": [], "configured": [] });
    assert_eq!(report(&[])["quirks"], empty);
    assert_eq!(
        json(folder, &["doctor", "--forget-quirks", "--json"]),
        serde_json::json!({ "forgotten": 0 })
    );
    assert!(!Store::exists(folder), "a command that looks made a store");

    open(folder)
        .keep_quirk("Virtual PCD", "3b80", r#"{"short_length":223}"#)
        .unwrap();
    let configuration = folder.join("desk.toml");
    let table = "[[quirk]]\nreader = \"OMNIKEY\"\natr = \"3B??\"\nextended = \"refused\"\n";
    std::fs::write(&configuration, table).unwrap();
    let named = ["--config", configuration.to_str().unwrap()];

    let quirks = &report(&named)["quirks"];
    let learned = &quirks["learned"][0];
    assert_eq!(learned["reader"], "Virtual PCD");
    assert_eq!(learned["atr"], "3b80");
    assert_eq!(learned["abilities"]["short_length"], 223);
    assert!(learned["learned_at"].is_string());
    assert_eq!(
        quirks["configured"],
        serde_json::json!([{ "reader": "OMNIKEY", "atr": "3b??", "extended": "refused" }])
    );
    let shown = doctor(&named);
    for line in [
        "reader = \"Virtual PCD\", atr = \"3b80\" → short_length = 223",
        "configured: reader = \"OMNIKEY\", atr = \"3b??\" → extended = \"refused\"",
    ] {
        assert!(shown.contains(line), "{shown}");
    }

    let said = text(folder, &["doctor", "--forget-quirks"]);
    assert!(said.contains("Forgot 1"), "{said}");
    assert_eq!(report(&[])["quirks"], empty);

    std::fs::write(&configuration, "[[quirk]]\nshort_length = 128\n").unwrap();
    let shown = doctor(&named);
    assert!(
        shown.contains("table in line 1") && shown.contains("neither reader nor atr"),
        "{shown}"
    );
    // A reading is not begun with a configuration that is not understood.
    let qr = "001090000001||NGUYỄN VĂN A|31011990|Nam|Hà Nội|01012022";
    let output = run(folder, &["read", "--qr", qr, named[0], named[1]]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("table in line 1"), "{said}");
}
