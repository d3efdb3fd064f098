//! `trust` and `policy`: what they print, how they end, and that a refusal changes nothing.

use std::path::PathBuf;

use crate::{code, json, run, text};

/// A file of the real lists beside the project; says so where it is not there.
fn list(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/master-lists")
        .join(name);
    if path.exists() {
        return Some(path.to_string_lossy().into_owned());
    }
    eprintln!("SKIPPED: ../shared/data/master-lists/{name} is not here");
    None
}

#[test]
fn a_list_stops_at_an_unknown_signer_and_goes_on_when_it_is_accepted() {
    let Some(list) = list("de-2024-08-07.ml") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    let refused = run(desk, &["trust", "import", &list]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("CSCA Master List Signer"), "{said}");
    assert!(said.contains("Nothing was imported"), "{said}");
    let sha256 = said.split_whitespace().find(|word| word.len() == 64);
    let sha256 = sha256.unwrap().to_owned();
    assert_eq!(
        json(desk, &["trust", "list", "--json"])["imports"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    // As people copy it: capitals and colons.
    let pairs: Vec<String> = sha256
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    let accepted = pairs.join(":");
    let imported = json(
        desk,
        &[
            "trust",
            "import",
            &list,
            "--accept-signer",
            &accepted,
            "--by",
            "an operator",
            "--json",
        ],
    );
    assert_eq!(imported["imported"][0]["import"], 1);
    let held = json(desk, &["trust", "list", "--json"]);
    assert!(held["anchors"].as_array().unwrap().len() > 300);
    assert_eq!(held["imports"][0]["by"], "an operator");
    assert_eq!(held["imports"][0]["accepted"], true);

    // A bundle carries it to another desk, once its signer is accepted there.
    let other = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("office.bundle");
    let bundle = bundle.to_str().unwrap();
    text(desk, &["trust", "bundle", "make", bundle]);
    let refused = run(
        other.path(),
        &["trust", "bundle", "import", bundle, "--json"],
    );
    assert_eq!(refused.status.code(), Some(1));
    let refused: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    let signer = refused["refused"]["signer"]["sha256"].as_str().unwrap();
    text(
        other.path(),
        &[
            "trust",
            "bundle",
            "import",
            bundle,
            "--accept-signer",
            signer,
        ],
    );
    let there = json(other.path(), &["trust", "list", "--json"]);
    assert_eq!(there["digest"], held["digest"]);

    text(desk, &["trust", "undo", "1"]);
    assert_eq!(code(desk, &["trust", "undo", "1"]), 1, "undone before");
    assert_eq!(code(desk, &["trust", "undo", "7"]), 1, "there is none");
    let check = run(desk, &["trust", "check", "--json"]);
    assert_eq!(check.status.code(), Some(1));
    let check: serde_json::Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(check["alarms"][0]["code"], "anchors-none");
}

#[test]
fn wrong_words_end_with_64_and_damage_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    let broken = desk.join("broken.ml");
    std::fs::write(&broken, b"no list").unwrap();
    let broken = broken.to_str().unwrap();
    for (arguments, due) in [
        (vec!["trust"], 64),
        (vec!["trust", "import"], 64),
        (
            vec!["trust", "import", broken, "--accept-signer", "abc"],
            64,
        ),
        (vec!["trust", "distrust", "abc", "--reason", "x"], 64),
        (vec!["policy", "show", "benefit"], 64),
        (vec!["trust", "import", broken], 1),
        (vec!["trust", "import", "/no/such/file"], 1),
        (vec!["trust", "bundle", "import", broken], 1),
        (vec!["trust", "restore", &"0".repeat(64)], 1),
    ] {
        assert_eq!(code(desk, &arguments), due, "{arguments:?}");
    }
}

#[test]
fn policies_are_shown_as_they_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    let all = json(desk, &["policy", "list", "--json"]);
    let names: Vec<&str> = all["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["name"].as_str().unwrap())
        .collect();
    for name in [
        "document",
        "evidence",
        "dossier-intake",
        "benefit-payment",
        "foreign-document",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    // What is shown is a configuration, and means the same.
    let config = desk.join("desk.toml");
    std::fs::write(&config, text(desk, &["policy", "show", "strict"])).unwrap();
    let config = config.to_str().unwrap();
    let again = json(
        desk,
        &["policy", "show", "strict", "--json", "--config", config],
    );
    let first = json(desk, &["policy", "show", "strict", "--json"]);
    assert_eq!(again["digest"], first["digest"]);
    std::fs::write(
        config,
        "[policy.x]\nversion = \"1\"\nbased_on = \"stric\"\n",
    )
    .unwrap();
    let wrong = run(desk, &["policy", "list", "--config", config]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(!wrong.status.success() && said.contains("line 3"), "{said}");
}
