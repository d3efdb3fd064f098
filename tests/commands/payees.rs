//! `payees`: what it prints, how it ends, and that a refusal changes nothing.

use std::path::Path;

use cccd_desk::document::PersonalNumber;
use serde_json::Value;

use crate::{NAME, NUMBER, code, command, json, open, run, text, with_input};

const OTHER: &str = "079155000002";

/// A desk that takes unsigned lists, with a file on it.
fn desk(folder: &Path, name: &str, content: &str) -> String {
    let config = "[payees]\nunsigned = \"allow\"\n";
    std::fs::write(folder.join("desk.toml"), config).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn good() -> String {
    format!(
        "Số định danh;Họ và tên;Số tiền;Kỳ\r\n{NUMBER};{NAME};1.500.000;11/2026\r\n\
         {OTHER};=HYPERLINK(A1)B;500.000;11/2026\r\n"
    )
}

fn config(folder: &Path) -> String {
    folder.join("desk.toml").to_str().unwrap().to_owned()
}

/// The arguments, for the desk that takes unsigned lists.
fn with<'a>(config: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = arguments.to_vec();
    all.extend(["--config", config]);
    all
}

#[test]
fn a_list_is_imported_paid_by_hand_undone_and_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = desk(folder, "phuong-1.csv", &good());
    let config = config(folder);
    let import = [
        "payees",
        "import",
        &file,
        "--issuer",
        "UBND thử",
        "--by",
        "an operator",
        "--json",
    ];
    let taken = json(folder, &with(&config, &import));
    let taken = &taken["imported"];
    assert_eq!(
        (&taken["id"], &taken["entries"]),
        (&"phuong-1".into(), &2.into())
    );
    assert_eq!(
        (&taken["total"], &taken["signer"]),
        (&2_000_000.into(), &Value::Null)
    );
    assert_eq!(taken["written"]["delimiter"], ";");
    let again = run(folder, &with(&config, &import));
    assert_eq!(again.status.code(), Some(1));
    assert!(
        String::from_utf8(again.stderr)
            .unwrap()
            .contains("imported before")
    );

    let list = text(folder, &with(&config, &["payees", "list"]));
    assert!(
        list.contains("phuong-1") && list.contains("UNSIGNED") && list.contains("0 of 2 paid"),
        "{list}"
    );
    let manual = [
        "payees",
        "manual",
        OTHER,
        "--list",
        "phuong-1",
        "--period",
        "11/2026",
        "--reason",
        "dead chip",
        "--by",
        "sup",
    ];
    let paid = text(folder, &with(&config, &manual));
    assert!(
        paid.contains("500.000 đồng, manual, not verified"),
        "{paid}"
    );
    let claim = paid.split(':').next().unwrap().to_owned();
    let twice = run(folder, &with(&config, &manual));
    assert_eq!(twice.status.code(), Some(1));
    assert!(
        String::from_utf8(twice.stderr)
            .unwrap()
            .contains("paid before at desk desk-1")
    );
    let withdraw = ["payees", "undo", "--list", "phuong-1", "--reason", "x"];
    assert_eq!(
        code(folder, &with(&config, &withdraw)),
        1,
        "somebody was paid"
    );

    let table = text(folder, &with(&config, &["payees", "sheet"]));
    assert!(table.starts_with('\u{feff}'), "{table}");
    assert!(
        table.contains("\"079 155 000 002\",\"'=HYPERLINK(A1)B\",\"500000\""),
        "{table}"
    );
    assert!(
        table.contains("ngoại lệ") && table.contains("TỔNG"),
        "{table}"
    );
    let log = text(folder, &["audit", "export"]);
    assert!(
        log.contains("payee-sheet-exported") && !log.contains(NUMBER),
        "{log}"
    );
    let (csv, html) = (folder.join("sheet.csv"), folder.join("sheet.html"));
    let files = [
        "payees",
        "sheet",
        "--csv",
        csv.to_str().unwrap(),
        "--html",
        html.to_str().unwrap(),
    ];
    assert_eq!(text(folder, &with(&config, &files)), "");
    assert_eq!(std::fs::read_to_string(csv).unwrap(), table);
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("Bảng chi trả ngày") && page.contains("079 155 000 002"));
    assert!(!page.contains("http"), "self-contained");

    text(
        folder,
        &with(
            &config,
            &["payees", "undo", &claim, "--reason", "wrong person"],
        ),
    );
    assert_eq!(
        code(
            folder,
            &with(&config, &["payees", "undo", &claim, "--reason", "x"])
        ),
        1
    );
    text(folder, &with(&config, &withdraw));
    let lists = json(folder, &with(&config, &["payees", "list", "--json"]));
    assert_eq!(lists["lists"], serde_json::json!([]));
    assert_eq!(
        json(folder, &with(&config, &["audit", "verify", "--json"]))["valid"],
        true
    );
}

#[test]
fn a_list_with_faults_is_refused_line_by_line_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bad = format!("{}1090000001;Lê C;1,5;11/2026\r\n", good());
    let file = desk(folder, "bad.csv", &bad);
    let config = config(folder);
    let import = ["payees", "import", &file, "--issuer", "UBND thử"];
    let refused = run(folder, &with(&config, &import));
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    for due in [
        "dòng 4, cột 1, personal_number",
        "line 4, column 3, amount",
        "Nothing was imported",
    ] {
        assert!(said.contains(due), "{said}");
    }
    let as_json = run(folder, &with(&config, &[&import[..], &["--json"]].concat()));
    let document: Value = serde_json::from_slice(&as_json.stdout).unwrap();
    let faults = document["refused"]["faults"].as_array().unwrap();
    assert_eq!(
        (&faults[0]["code"], &faults[0]["line"]),
        (&"number-lost-zero".into(), &4.into())
    );
    for shown in [said, document.to_string()] {
        for personal in [NUMBER, NAME, "1090000001", "Lê C"] {
            assert!(!shown.contains(personal), "{shown}");
        }
    }
    assert_eq!(
        json(folder, &with(&config, &["payees", "list", "--json"]))["lists"],
        serde_json::json!([])
    );
    // Without leave nobody's list counts.
    let fine = folder.join("fine.csv");
    std::fs::write(&fine, good()).unwrap();
    let unsigned = run(
        folder,
        &["payees", "import", fine.to_str().unwrap(), "--issuer", "x"],
    );
    assert_eq!(unsigned.status.code(), Some(1));
    assert!(
        String::from_utf8(unsigned.stderr)
            .unwrap()
            .contains("nobody signed it")
    );
}

#[test]
fn who_may_take_the_money_of_another_is_added_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let add = [
        "payees",
        "authorise",
        "--representative",
        "-",
        "--payee",
        "-",
        "--kind",
        "guardian",
        "--document",
        "QĐ 7",
        "--until",
        "2199-12-31",
        "--json",
    ];
    // Numbers of the command line would stand in the shell's history, and are not repeated either.
    for given in [3, 5] {
        let mut on_the_line = add;
        on_the_line[given] = NUMBER;
        let refused = with_input(folder, &on_the_line, &format!("{OTHER}\n"));
        assert_eq!(refused.status.code(), Some(64));
        let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
        assert!(!said.contains(NUMBER) && !said.contains(OTHER), "{said}");
    }
    let added = with_input(folder, &add, &format!("{NUMBER}\r\n{OTHER}"));
    let added: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    let id = added["authorisation"].as_str().unwrap().to_owned();
    let all = json(folder, &["payees", "authorise", "--json"]);
    assert_eq!(all["authorisations"][0]["kind"], "guardian");
    assert_eq!(all["authorisations"][0]["payee"], OTHER);
    text(folder, &["payees", "authorise", "--revoke", &id]);
    assert!(text(folder, &["payees", "authorise"]).contains("revoked"));
    assert_eq!(code(folder, &["payees", "authorise", "--revoke", &id]), 1);
    let person = PersonalNumber::parse(NUMBER).unwrap();
    assert_eq!(open(folder).payable(&person).unwrap(), []);
}

#[test]
fn wrong_words_end_with_64() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = desk(folder, "a.csv", &good());
    for arguments in [
        vec!["payees"],
        vec!["payees", "import"],
        vec!["payees", "import", &file, "--date", "30/11/2026"],
        vec!["payees", "import", &file, "--period", "Nov-26"],
        vec!["payees", "undo", "--reason", "x"],
        vec!["payees", "undo", "X"],
        vec!["payees", "sheet", "--date", "today"],
        vec!["payees", "authorise", "--representative", NUMBER],
        vec![
            "payees",
            "manual",
            "1090000001",
            "--list",
            "a",
            "--period",
            "2026",
            "--reason",
            "x",
        ],
    ] {
        assert_eq!(code(folder, &arguments), 64, "{arguments:?}");
    }
    let nowhere = folder.join("nowhere");
    let output = command(&nowhere, &["payees", "list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "no desk is there");
    for part in ["import", "list", "undo", "sheet", "authorise", "manual"] {
        let help = text(folder, &["payees", part, "--help"]);
        assert!(help.contains("Example: cccd-desk payees"), "{help}");
    }
}
