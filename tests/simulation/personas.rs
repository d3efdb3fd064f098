//! Personas of one's own: the example has every key, the chips that it can have are read, and a
//! mistake comes back with its line.

use std::path::Path;
use std::process::Command;

use cccd_sim::personas::written::{self, CHIP_KEYS, FOREIGN_KEYS, KEYS};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, desk, reader};

const DESK: &str = env!("CARGO_BIN_EXE_cccd-desk");

const PERSON: &str = r#"name = "own-card"
full_name = "NGUYỄN VĂN H"
personal_number = "001090000008"
birth_date = 1990-01-01
sex = "male"
issue_date = 2022-08-15
expiry_date = "none"
"#;

fn docs(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

#[test]
fn the_example_has_every_key_and_is_right() {
    let text = std::fs::read_to_string(docs("persona.example.toml")).unwrap();
    let has = |text: &str, key: &str| {
        text.lines().any(|line| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("{key} =")) || line == format!("[{key}]")
        })
    };
    for key in KEYS
        .iter()
        .chain(CHIP_KEYS)
        .filter(|key| **key != "foreign")
    {
        assert!(has(&text, key), "{key} is missing in the example");
    }
    let page = std::fs::read_to_string(docs("personas.md")).unwrap();
    for key in FOREIGN_KEYS.iter().chain(&["foreign"]) {
        assert!(has(&page, key), "{key} is missing on the page");
    }
    assert_eq!(written::parse(&text).unwrap().persona.name, "own-card");
    let blocks = page.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        written::parse(block).unwrap();
    }
}

async fn write(client: &Client, text: &str) -> (StatusCode, Value) {
    let url = format!("{}/v1/personas", client.doors.control.as_deref().unwrap());
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(url)
        .bearer_auth(client.doors.tokens.control.as_deref().unwrap())
        .header("content-type", "application/toml")
        .body(text.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn chips_of_every_kind_are_read_and_proven() {
    let (client, _) = desk(1).await;
    for (chip, access, proof) in [
        ("", "pace-can", "ca"),
        ("access = [\"bac\"]", "bac", "ca"),
        ("access = [\"pace-im\"]", "pace-can", "ca"),
        (
            "access = [\"pace-cam\"]\nchip_authentication = \"cam\"",
            "pace-can",
            "cam",
        ),
        (
            "pace_curve = \"p-384\"\nca_curve = \"p-256\"",
            "pace-can",
            "ca",
        ),
        (
            "chip_authentication = \"aa\"\nactive = \"ecdsa-p256\"",
            "pace-can",
            "aa",
        ),
        (
            "chip_authentication = \"aa\"\nactive = \"rsa-2048-sha256\"",
            "pace-can",
            "aa",
        ),
        ("hash = \"sha512\"\nextended = false", "pace-can", "ca"),
        (
            "atr = \"3B80800101\"\nlargest_response = 512",
            "pace-can",
            "ca",
        ),
    ] {
        let text = format!("{PERSON}[chip]\n{chip}\n");
        let (status, persona) = write(&client, &text).await;
        assert_eq!(status, StatusCode::CREATED, "{chip}: {persona}");
        client.lay("A", "own-card", &[]).await;
        let id = client
            .open(&reader("A"), json!({ "policy": "document" }))
            .await;
        client.scan("A", "own-card").await;
        let verdict = &client.until(&id, "decided").await["verdict"];
        let met = (&verdict["verdict"], &verdict["reason"]);
        assert_eq!(met, (&json!("verified"), &Value::Null), "{chip}");
        assert_eq!(verdict["personal_number"], "001090000008");
        assert_eq!(verdict["access"], access, "{chip}");
        assert_eq!(verdict["chip_authentication"], proof, "{chip}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_brings_its_defects_and_may_get_more() {
    let (client, _) = desk(1).await;
    for (own, more, verdict, reason) in [
        ("dsc-revoked", "", "not_verified", "dsc-revoked"),
        ("", "lso-dg-hash-bad", "not_verified", "dg-hash-mismatch"),
        (
            "lso-dg-hash-bad",
            "link-card-removed",
            "unreadable",
            "card-removed",
        ),
    ] {
        let defects = if own.is_empty() {
            json!([])
        } else {
            json!([own])
        };
        // Issued on a day of a signer that no ready-made persona has.
        let text = PERSON.replace("2022-08-15", "2023-11-02");
        let (status, answer) = write(&client, &format!("{text}defects = {defects}\n")).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let more: Vec<&str> = more.split(' ').filter(|id| !id.is_empty()).collect();
        client.lay("A", "own-card", &more).await;
        let id = client
            .open(&reader("A"), json!({ "policy": "document" }))
            .await;
        client.scan("A", "own-card").await;
        let met = &client.until(&id, "decided").await["verdict"];
        assert_eq!(met["verdict"], verdict, "{own} {more:?}");
        assert_eq!(met["reason"], reason, "{own} {more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_comes_back_with_its_line_and_what_would_be_right() {
    let (client, _) = desk(1).await;
    for (text, line, key, right) in [
        (
            format!("{PERSON}[chip]\naccess = [\"pace-xx\"]\n"),
            9,
            "chip.access",
            "pace-cam",
        ),
        (
            PERSON.replace("\"none\"", "2020-01-01"),
            7,
            "expiry_date",
            "after the issue date",
        ),
        (
            PERSON.replace("\"male\"", "\"female\""),
            3,
            "personal_number",
            "4 to 6",
        ),
        (
            format!("{PERSON}portrait = \"me.jpg\"\n"),
            8,
            "portrait",
            "leave it out",
        ),
        (
            format!("{PERSON}defects = [\"dsc-revokd\"]\n"),
            8,
            "defects",
            "dsc-revoked",
        ),
    ] {
        let (status, problem) = write(&client, &text).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["code"], "persona-malformed");
        assert_eq!(problem["line"], line, "{problem}");
        assert_eq!(problem["key"], key);
        assert!(
            problem["detail"].as_str().unwrap().contains(right),
            "{problem}"
        );
    }
    let long = format!("{PERSON}# {}\n", "x".repeat(70_000));
    let (_, problem) = write(&client, &long).await;
    assert_eq!(problem["code"], "persona-malformed");
}

#[test]
fn a_file_is_looked_at_and_its_card_verified() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let run = |arguments: &[&str]| {
        let done = Command::new(DESK)
            .args(arguments)
            .current_dir(folder.path())
            .env("CCCD_DESK_DATA_DIR", folder.path().join("data"))
            .output()
            .unwrap();
        let told = [done.stdout, done.stderr].concat();
        (
            done.status.code(),
            String::from_utf8_lossy(&told).into_owned(),
        )
    };
    std::fs::write(&file, PERSON).unwrap();
    let (code, told) = run(&["simulate", "persona", "own.toml", "--evidence", "card"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("001090000008"), "{told}");
    let (code, told) = run(&["simulate", "trust", "trust", "--persona", "own.toml"]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = run(&["verify", "card", "--trust", "trust", "--json"]);
    let verdict: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(verdict["verdict"], "verified", "{told}");
    assert_eq!(code, Some(0));
    std::fs::write(&file, PERSON.replace("\"male\"", "\"mail\"")).unwrap();
    for arguments in [
        &["simulate", "persona", "own.toml"][..],
        &["simulate", "card", "--persona", "own.toml"],
        &["simulate", "trust", "trust", "--persona", "own.toml"],
    ] {
        let (code, told) = run(arguments);
        assert_eq!(code, Some(64), "{told}");
        assert!(told.contains("line 5") && told.contains("male"), "{told}");
    }
    let (code, told) = run(&["simulate", "persona", "missing.toml"]);
    assert_eq!(code, Some(64));
    assert!(told.contains("missing.toml"));
}
