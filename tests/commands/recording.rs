//! `cccd-desk recording`, as somebody types it who was sent one.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::{code, run};

/// A recording of shapes: EF.CardAccess, then a torn card.
const SHAPES: &str = include_str!("../../fuzz/corpus/recording/shapes.json");

fn written(folder: &std::path::Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn it_is_shown_compared_and_imitated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = written(folder, "first.json", SHAPES);
    let other = SHAPES.replace("\"6982\"", "\"6a82\"");
    let second = written(folder, "second.json", &other);
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());

    let shown = run(folder, &["recording", "show", first]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("READ BINARY 0101, 256 → 6982"), "{shown}");
    assert!(shown.contains("the card was taken away"), "{shown}");
    assert!(
        shown.contains("no connection: no card on the reader"),
        "{shown}"
    );

    assert_eq!(code(folder, &["recording", "diff", first, first]), 0);
    let told = run(folder, &["recording", "diff", first, second]);
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8(told.stdout).unwrap();
    let changed: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("  "))
        .collect();
    assert_eq!(changed.len(), 2, "{told}");

    let again = folder.join("again.json");
    let arguments = ["recording", "replay", first, "--json", "--record"];
    let replayed = run(
        folder,
        &[&arguments[..], &[again.to_str().unwrap()]].concat(),
    );
    assert_eq!(replayed.status.code(), Some(4), "{replayed:?}");
    let verdict: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(
        verdict["reason"], "mandatory-file-missing",
        "DG1 was refused"
    );
    let said = String::from_utf8(replayed.stderr).unwrap();
    assert!(said.contains("not imitated: link 2"), "{said}");
    let mode = std::fs::metadata(&again).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "readable by its owner alone");
}

#[test]
fn what_is_no_recording_is_refused_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let good = written(folder, "good.json", SHAPES);
    let good = good.to_str().unwrap();
    for (name, text, right) in [
        ("empty.json", "", "line 1"),
        ("other.json", "{\"version\": 1,\n\"extra\": 2}", "line 2"),
        (
            "later.json",
            include_str!("../../fuzz/corpus/recording/version.json"),
            "this program knows version 1",
        ),
    ] {
        let bad = written(folder, name, text);
        for action in ["show", "replay"] {
            let refused = run(folder, &["recording", action, bad.to_str().unwrap()]);
            assert_eq!(refused.status.code(), Some(64), "{name} {action}");
            let said = String::from_utf8(refused.stderr).unwrap();
            assert!(said.contains(right) && said.contains(name), "{said}");
        }
    }
    assert_eq!(code(folder, &["recording", "show", "missing.json"]), 64);
    assert_eq!(code(folder, &["recording", "redact", good, good]), 64);
    assert_eq!(std::fs::read_to_string(good).unwrap(), SHAPES);
    let nobody = ["recording", "replay", good, "--persona", "nobody"];
    let refused = run(folder, &nobody);
    assert_eq!(refused.status.code(), Some(64));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("adult-man")
    );
}
