//! The conformance kit, with `cccd-desk read` as the reader that is tried.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bench::{Bench, interop};

const DESK: &str = env!("CARGO_BIN_EXE_cccd-desk");

/// One row of each kind. `CONFORMANCE_ROWS=all` tries the whole catalogue, which takes six minutes;
/// docs/conformance.md says which rows differ there.
const ROWS: &str = "good-bac-only,link-card-removed,link-swap-after-tear,link-response-empty,\
                    link-card-reset,link-wtx-flood,access-key-mistyped,sod-sig-flipped,\
                    dsc-revoked,x-ocr-mrz";

/// What the page says that `try-my-reader` is.
const READER: &str = r#"#!/bin/sh
exec "$CCCD_DESK" read --json --wait 10 --reader "Virtual PCD" --trust "$TRUST" --policy "$POLICY" \
    ${KEY_QR:+--qr "$KEY_QR"} ${KEY_MRZ:+--mrz "$KEY_MRZ"} ${KEY_CAN:+--can "$KEY_CAN"}
"#;

interop! {
    fn the_kit_tries_a_reader_and_finds_what_differs(bench) {
        bench.start_service();
        let folder = tempfile::tempdir().unwrap();
        let reader = folder.path().join("try-my-reader");
        std::fs::write(&reader, READER).unwrap();
        std::fs::set_permissions(&reader, std::fs::Permissions::from_mode(0o755)).unwrap();
        let rows = std::env::var("CONFORMANCE_ROWS").unwrap_or_else(|_| ROWS.to_owned());
        let (agrees, lines) = run(bench, &rows, &[reader.to_str().unwrap()]);
        for line in &lines {
            println!("{line}");
        }
        assert!(agrees, "{lines:#?}");
        // A reader that says yes to everything is found out.
        let (agrees, lines) = run(bench, "dsc-revoked", &["sh", "-c", "exit 0"]);
        assert!(!agrees);
        assert_eq!(lines[0]["how"], "DIFFERS");
        assert_eq!(lines[0]["met"][0], "verified");
    }
}

fn run(bench: &Bench, rows: &str, reader: &[&str]) -> (bool, Vec<Value>) {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/conformance/run.py");
    let mut command = Command::new("python3");
    command.arg(kit).args(["--json", "--vpcd"]);
    command.arg(bench.slot(0).to_string());
    if rows != "all" {
        command.args(["--rows", rows]);
    }
    let output = command
        .arg("--")
        .args(reader)
        .env("CCCD_DESK", DESK)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let lines: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!lines.is_empty(), "{told}");
    (output.status.success(), lines)
}
