//! `privacy`, `backup`, `restore` and a damaged database: what is printed, how it ends, and that nothing is
//! lost on the way.

use std::path::Path;

use cccd_desk::store::Store;
use cccd_desk::store::safekeeping::FolderLock;
use cccd_port::SystemClock;
use serde_json::Value;

use crate::{NAME, NUMBER, code, command, conclude, json, open, run, text, with_input};

#[test]
fn a_person_gets_a_copy_and_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    conclude(&open(folder), "S-1");
    let export = ["privacy", "export", "--personal-number", "-"];
    let copy = with_input(folder, &export, NUMBER);
    assert!(copy.status.success(), "{copy:?}");
    let copy: Value = serde_json::from_slice(&copy.stdout).unwrap();
    assert_eq!(copy["sessions"][0]["record"]["name"], NAME);

    let file = folder.join("number.txt");
    std::fs::write(&file, format!("{NUMBER}\r\n")).unwrap();
    let file = file.to_str().unwrap();
    let erase = ["privacy", "erase", "--personal-number", file];
    let told = text(folder, &erase);
    assert!(told.contains("   1  sessions"), "{told}");
    assert!(told.contains("has no receipt yet"), "{told}");
    assert!(!told.contains(NUMBER) && !told.contains(NAME), "{told}");
    let again = json(folder, &[erase.as_slice(), &["--json"]].concat());
    assert_eq!(again["erased"]["sessions"], 0);
    assert_eq!(open(folder).verdict("S-1").unwrap(), None);
    text(folder, &["audit", "verify"]);
    let log = text(folder, &["audit", "export"]);
    assert!(log.contains("person-erased") && !log.contains(NUMBER));
}

#[test]
fn the_number_is_never_taken_from_the_command_line_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    conclude(&open(folder), "S-1");
    for action in ["export", "erase"] {
        let given = ["privacy", action, "--personal-number", NUMBER];
        let nothing = ["privacy", action, "--personal-number", "-"];
        for (output, status) in [
            (run(folder, &given), 64),
            (with_input(folder, &nothing, "00109000000"), 64),
            (with_input(folder, &nothing, ""), 64),
            (run(folder, &["privacy", action]), 64),
        ] {
            assert_eq!(output.status.code(), Some(status), "{output:?}");
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(!said.contains("00109000000"), "{said}");
        }
        let help = text(folder, &["privacy", action, "--help"]);
        assert!(help.contains("never from the command line"), "{help}");
    }
    assert!(open(folder).verdict("S-1").unwrap().is_some());
}

#[test]
fn an_operator_says_that_the_clock_is_right_and_what_is_over_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    conclude(&open(folder), "S-1");
    let told = text(folder, &["privacy", "purge", "--by", "an operator"]);
    assert!(told.starts_with("Erased: 0 verdicts"), "{told}");
    let log = text(folder, &["audit", "export"]);
    assert!(log.contains("clock-believed"), "{log}");
    assert!(open(folder).verdict("S-1").unwrap().is_some());
}

#[test]
fn the_record_of_processing_says_what_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = folder.join("desk.toml");
    std::fs::write(
        &config,
        "[desk]\nname = \"Quầy | 7\"\n[privacy.days]\nresult-return = 77\n\
         [report]\ncase_system = \"https://case.example/reports\"\nfields = [\"name\"]\n",
    )
    .unwrap();
    let page = text(
        folder,
        &["privacy", "record", "--config", config.to_str().unwrap()],
    );
    for said in [
        "91/2025/QH15",
        "| Trả kết quả · `result-return` | 77 |",
        "https://case.example/reports",
        "Quầy \\| 7",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert!(!page.contains("birth date."), "it is not sent");
}

#[test]
fn a_backup_is_made_beside_a_desk_and_put_back_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = open(folder);
    conclude(&store, "S-1");
    let out = tempfile::tempdir().unwrap();
    let copy = out.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    text(folder, &["backup", copy]);
    assert_eq!(code(folder, &["backup", copy]), 1, "it is there already");
    conclude(&store, "S-2");
    drop(store);

    let running = FolderLock::take(folder).unwrap();
    let refused = run(folder, &["restore", copy]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("stop it first"), "{said}");
    assert!(open(folder).verdict("S-2").unwrap().is_some());
    drop(running);

    let told = text(folder, &["restore", copy]);
    assert!(told.contains("desk.db.replaced-"), "{told}");
    assert!(told.contains("2 reports without a receipt"), "{told}");
    assert!(told.contains("0 payments, 0 undone"), "{told}");
    let nothing = run(folder, &["payees", "release"]);
    assert_eq!(nothing.status.code(), Some(1), "{nothing:?}");
    let store = open(folder);
    assert!(store.verdict("S-1").unwrap().is_some());
    assert_eq!(store.verdict("S-2").unwrap(), None);
    text(folder, &["audit", "verify"]);
}

/// The desk starts on the address that it is given, or says why not; it is refused by its trust then.
fn serve(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    // A list of lost cards that cannot be used ends the start once the database is open.
    let lost = folder.join("lost.txt");
    std::fs::write(&lost, "no number\n").unwrap();
    let output = command(folder, &[&["serve"], arguments].concat())
        .env("CCCD_DESK_API__LISTEN", "127.0.0.1:0")
        .env("CCCD_DESK_STATUS__LOST_CARDS_FILE", &lost)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_database_that_is_gone_is_told_by_every_command_and_made_by_none() {
    for empty in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let lock = FolderLock::take(folder).unwrap();
        drop(Store::open_whole(&lock, std::sync::Arc::new(SystemClock::default())).unwrap());
        drop(lock);
        let database = folder.join("desk.db");
        std::fs::remove_file(&database).unwrap();
        if empty {
            std::fs::write(&database, b"").unwrap();
        }
        for arguments in [
            &["outbox", "list"][..],
            &["audit", "verify"],
            &["trust", "undo", "1"],
            &["doctor"],
        ] {
            let output = run(folder, arguments);
            assert!(!output.status.success(), "{arguments:?}: {output:?}");
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(said.contains("there was one"), "{arguments:?}: {said}");
            let length = std::fs::metadata(&database).ok().map(|about| about.len());
            assert_eq!(length, empty.then_some(0), "{arguments:?}");
        }
    }
}

#[test]
fn a_damaged_database_stops_the_desk_until_an_operator_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lock = FolderLock::take(folder).unwrap();
    let store = Store::open_whole(&lock, std::sync::Arc::new(SystemClock::default())).unwrap();
    conclude(&store, "S-1");
    drop((store, lock));
    let database = folder.join("desk.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&database, &bytes).unwrap();

    for _ in 0..2 {
        let (status, said) = serve(folder, &[]);
        assert_eq!(status, Some(65), "{said}");
        for part in [
            "Cơ sở dữ liệu bị hỏng",
            "The database is damaged",
            "--new-database-after-damage",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(std::fs::read(&database).unwrap() == bytes, "left as it is");
    }
    let (status, said) = serve(folder, &["--new-database-after-damage"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("line 1"), "it went on to the list: {said}");
    let aside: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("desk.db.damaged-"))
        .collect();
    assert!(
        aside
            .iter()
            .any(|path| std::fs::read(path).unwrap() == bytes)
    );
    let store = open(folder);
    assert!(store.outbox().unwrap().is_empty());
    let log = text(folder, &["audit", "export"]);
    assert!(log.contains("database-begun-anew"), "{log}");
    drop(store);
    // The word changes nothing where nothing is damaged.
    conclude(&open(folder), "S-2");
    serve(folder, &["--new-database-after-damage"]);
    assert!(open(folder).verdict("S-2").unwrap().is_some());
}
