//! What an operator types.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use cccd_desk::desk::fleet::taking::Wanted;
use serde_json::Value;

use crate::Office;
use crate::member::{LIST, Member};

/// Runs the program; `at` is the folder of its configuration and its data.
fn cccd_desk(at: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
        .args(arguments)
        .current_dir(at)
        .env("CCCD_DESK_CONFIG", at.join("desk.toml"))
        .env("CCCD_DESK_DATA_DIR", at.join("data"))
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn good(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn configured(at: &Path, server: &str, who: &str, nkey: &Path) {
    let text = format!(
        "[desk]\nid = \"{who}\"\n[fleet]\nservers = [\"{server}\"]\nnkey_file = \"{}\"\n",
        nkey.display()
    );
    std::fs::write(at.join("desk.toml"), text).unwrap();
}

#[test]
fn a_key_is_made_once_and_its_line_says_what_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("desk.toml"), "").unwrap();
    let public = good(&cccd_desk(at, &["fleet", "key", "desk.nkey"]));
    let public = public.trim();
    assert!(public.starts_with('U') && public.len() == 56, "{public}");
    let about = std::fs::metadata(at.join("desk.nkey")).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let again = refusal(&cccd_desk(at, &["fleet", "key", "desk.nkey"]));
    assert!(again.contains("desk.nkey"), "{again}");
    let line = good(&cccd_desk(at, &["fleet", "rights", "a.b", "--key", public]));
    assert!(
        line.contains(public) && line.contains("cccd.report.a=2Eb.>"),
        "{line}"
    );
    assert!(!line.contains("STREAM.CREATE"), "{line}");
    let wrong = refusal(&cccd_desk(at, &["fleet", "rights", "a.b", "--key", "UABC"]));
    assert!(wrong.contains("fleet key"), "{wrong}");
    let alone = refusal(&cccd_desk(at, &["fleet", "status"]));
    assert!(alone.contains("fleet.servers"), "{alone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sets_up_puts_looks_and_collects() {
    let office = Office::open(&["desk-1"]).await;
    let at = office.folder.path().to_owned();
    configured(
        &at,
        &office.server.url(),
        "operator",
        &at.join("operator.nkey"),
    );
    let url = office.server.url();
    let member = Member::join_with(&office, "desk-1", Wanted::default()).await;
    member
        .link
        .publish_report("identity.confirmed", "R-1", "e30.e30.e30")
        .await
        .unwrap();
    tokio::task::spawn_blocking(move || {
        let at = at.as_path();
        assert!(good(&cccd_desk(at, &["fleet", "setup"])).contains("CCCD_REPORTS"));
        std::fs::write(at.join("list.json"), "{}").unwrap();
        let unsigned = refusal(&cccd_desk(at, &["fleet", "put", "payees", "list.json"]));
        assert!(unsigned.contains("payees sign"), "{unsigned}");
        std::fs::write(at.join("list.jws"), "e30.e30.e30").unwrap();
        let put = ["fleet", "put", "payees", "list.jws", "--for", "desk-1"];
        assert!(good(&cccd_desk(at, &put)).starts_with("payees/desk-1/list.jws:"));
        let status: Value = loop {
            let text = good(&cccd_desk(at, &["fleet", "status", "--json"]));
            let status: Value = serde_json::from_str(&text).unwrap();
            if status["desks"][0].is_object() {
                break status;
            }
        };
        assert_eq!(status["desks"][0]["desk"], "desk-1");
        assert!(good(&cccd_desk(at, &["fleet", "status"])).starts_with("desk-1  "));
        let collected = good(&cccd_desk(at, &["fleet", "collect", "--count", "1"]));
        let line: Value = serde_json::from_str(collected.trim()).unwrap();
        assert_eq!(
            (&line["id"], &line["refused"], &line["jws"]),
            (&"R-1".into(), &"signature".into(), &"e30.e30.e30".into())
        );
        // A desk's own look at it, and that of one whom the servers do not know.
        let of_fleet = |who: &str, nkey: &Path| -> Value {
            configured(at, &url, who, nkey);
            let output = cccd_desk(at, &["doctor", "--json"]);
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            let findings = found["findings"].as_array().unwrap();
            findings
                .iter()
                .find(|one| one["id"] == "fleet")
                .unwrap()
                .clone()
        };
        assert_eq!(of_fleet("desk-1", &at.join("desk-1.nkey"))["state"], "ok");
        let stranger = at.join("stranger.nkey");
        cccd_desk::fleet::key::make(&stranger).unwrap();
        assert_eq!(of_fleet("desk-1", &stranger)["state"], "fault");
        let told = refusal(&cccd_desk(at, &["fleet", "status"]));
        assert!(told.contains("do not know this key"), "{told}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_by_hand_is_claimed_in_the_fleet_first() {
    let mut office = Office::open(&["desk-1", "desk-2"]).await;
    let at = office.folder.path().to_owned();
    configured(&at, &office.server.url(), "desk-1", &at.join("desk-1.nkey"));
    let toml = at.join("desk.toml");
    let text = std::fs::read_to_string(&toml).unwrap();
    std::fs::write(&toml, format!("{text}[payees]\nunsigned = \"allow\"\n")).unwrap();
    std::fs::write(at.join("list.csv"), LIST).unwrap();
    let second = Member::join(&office, "desk-2").await;
    second.pay("001090000001").await.unwrap().unwrap();
    let run = |arguments: Vec<&'static str>| {
        let at = at.clone();
        tokio::task::spawn_blocking(move || cccd_desk(&at, &arguments))
    };
    let manual = |number| {
        run(vec![
            "payees",
            "manual",
            number,
            "--list",
            "BH-2026-11",
            "--period",
            "2026-11",
            "--reason",
            "dead chip",
            "--by",
            "sup",
        ])
    };
    let import = run(vec![
        "payees",
        "import",
        "list.csv",
        "--list-id",
        "BH-2026-11",
        "--issuer",
        "Phường thử nghiệm",
    ]);
    good(&import.await.unwrap());
    // Paid at the other desk, of which this one has not heard.
    let refused = refusal(&manual("001090000001").await.unwrap());
    assert!(refused.contains("paid before at desk desk-2"), "{refused}");
    // And the other way round.
    good(&manual("001090000002").await.unwrap());
    let there = second.pay("001090000002").await.unwrap().unwrap_err();
    assert!(there.to_string().contains("desk-1"), "{there}");
    assert!(second.store.payee_conflicts().unwrap().is_empty());
    // Without a server by its own database; other desks hear of it later.
    office.server.kill();
    good(&manual("001090000003").await.unwrap());
    let listed = good(&run(vec!["payees", "list"]).await.unwrap());
    assert!(
        listed.contains("1 payments are known to this desk alone"),
        "{listed}"
    );
}
