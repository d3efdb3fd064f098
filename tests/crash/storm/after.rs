//! What must hold once the storm is over, looked at in three places that know nothing of each other: the
//! book of the counters, the desk's database, and the case system's file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cccd_desk::fleet::names;
use cccd_desk::report::JwkSet;
use cccd_desk::store::{OutboxState, Store};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::Session;
use super::case_system::received;
use super::fleet::Message;

/// A conclusion as the audit log has it.
struct Concluded {
    session: String,
    report: String,
    evidence: String,
}

/// A report as the case system has it.
struct Received {
    key: String,
    receipt_id: String,
    sha256: String,
    jws: String,
}

/// Adds to `wrong` what does not hold; how many reports there are.
pub fn check(
    folder: &Path,
    keys: &JwkSet,
    book: &[Session],
    stream: Option<&[Message]>,
    wrong: &mut Vec<String>,
) -> u64 {
    let store = crate::open(&folder.join("data"));
    if let Err(error) = store.audit_verify() {
        wrong.push(error.to_string());
    }
    let entries = audit(&store);
    let concluded = conclusions(&entries, wrong);
    let received = receptions(folder);
    whole_or_absent(&store, book, &concluded, wrong);
    received_once(&store, &concluded, &received, wrong);
    receipted_once(&entries, &received, wrong);
    if let Some(stream) = stream {
        in_the_stream_once(&entries, stream, &received, wrong);
    }
    let came = received.iter().map(|report| (&report.key, &report.jws));
    signed_and_in_order(keys, &entries, &concluded, came, wrong);
    let came = stream.into_iter().flatten().map(|one| (&one.id, &one.jws));
    signed_and_in_order(keys, &entries, &concluded, came, wrong);
    drop(store);
    verified_by_the_program(folder, wrong);
    u64::try_from(received.len()).unwrap()
}

/// The audit log by number: each entry with its hash.
fn audit(store: &Store) -> Vec<(Value, String)> {
    let mut lines = Vec::new();
    store.audit_export(&mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    lines
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let entry = serde_json::from_str(line["entry"].as_str().unwrap()).unwrap();
            (entry, line["hash"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// By session; one that was concluded twice is wrong.
fn conclusions(
    entries: &[(Value, String)],
    wrong: &mut Vec<String>,
) -> BTreeMap<String, Concluded> {
    let mut found = BTreeMap::new();
    for (entry, _) in entries.iter().filter(|(e, _)| e["kind"] == "concluded") {
        let concluded = Concluded {
            session: text(entry, "/session"),
            report: text(entry, "/facts/report"),
            evidence: text(entry, "/facts/evidence"),
        };
        let session = concluded.session.clone();
        if found.insert(session.clone(), concluded).is_some() {
            wrong.push(format!("session {session}: concluded twice"));
        }
    }
    found
}

/// In the order in which the case system entered them.
fn receptions(folder: &Path) -> Vec<Received> {
    let lines = std::fs::read_to_string(received(folder)).unwrap();
    lines
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            Received {
                key: text(&line, "/receipt/idempotency_key"),
                receipt_id: text(&line, "/receipt/receipt_id"),
                sha256: text(&line, "/receipt/sha256"),
                jws: text(&line, "/jws"),
            }
        })
        .collect()
}

/// A session is in the log, among the verdicts, with its evidence and with its report; or in none of them.
fn whole_or_absent(
    store: &Store,
    book: &[Session],
    concluded: &BTreeMap<String, Concluded>,
    wrong: &mut Vec<String>,
) {
    let opened: BTreeSet<&str> = book.iter().map(|session| session.id.as_str()).collect();
    for session in concluded.keys() {
        if !opened.contains(session.as_str()) {
            wrong.push(format!("session {session}: nobody opened it"));
        }
    }
    for Session { id, told } in book {
        let parts = [
            concluded.contains_key(id),
            store.verdict(id).unwrap().is_some(),
            store.evidence(id).unwrap().is_some(),
            store.report_of(id).unwrap().is_some(),
        ];
        if parts.iter().any(|part| *part != parts[0]) {
            wrong.push(format!("session {id}: half of it is there: {parts:?}"));
        }
        if *told && !parts[0] {
            wrong.push(format!("session {id}: its verdict was told, and is lost"));
        }
    }
}

/// What was concluded was received once, as it was stored; and nothing else was.
fn received_once(
    store: &Store,
    concluded: &BTreeMap<String, Concluded>,
    received: &[Received],
    wrong: &mut Vec<String>,
) {
    let mut seen = BTreeMap::new();
    for report in received {
        if seen.insert(report.key.as_str(), report).is_some() {
            wrong.push(format!("report {}: received twice", report.key));
        }
    }
    for concluded in concluded.values() {
        let id = &concluded.report;
        let Some(report) = seen.remove(id.as_str()) else {
            wrong.push(format!("report {id}: concluded and never received"));
            continue;
        };
        let stored = store.outbox_entry(id).unwrap().unwrap();
        let posted = hex::encode(digest(&SHA256, report.jws.as_bytes()));
        if stored.sha256 != report.sha256 || stored.sha256 != posted {
            wrong.push(format!(
                "report {id}: received as another than it is stored"
            ));
        }
        if stored.state != OutboxState::Delivered {
            wrong.push(format!("report {id}: {:?}", stored.state));
        }
        if stored.receipt_id.as_ref() != Some(&report.receipt_id) {
            wrong.push(format!("report {id}: another receipt is stored"));
        }
        if stored.session.as_ref() != Some(&concluded.session) {
            wrong.push(format!("report {id}: of another session"));
        }
    }
    for id in seen.keys() {
        wrong.push(format!("report {id}: received and never concluded"));
    }
}

/// What the log says of deliveries to that destination.
fn delivered<'a>(
    entries: &'a [(Value, String)],
    destination: &'static str,
) -> impl Iterator<Item = &'a Value> {
    entries.iter().map(|(entry, _)| entry).filter(move |entry| {
        entry["kind"] == "report-delivered" && entry["facts"]["destination"] == destination
    })
}

/// The stream has what the case system has, once; and the log has its number.
fn in_the_stream_once(
    entries: &[(Value, String)],
    stream: &[Message],
    received: &[Received],
    wrong: &mut Vec<String>,
) {
    let mut posted: BTreeMap<&str, &str> = received
        .iter()
        .map(|report| (report.key.as_str(), report.jws.as_str()))
        .collect();
    let mut receipts: BTreeMap<String, String> = BTreeMap::new();
    for entry in delivered(entries, "fleet") {
        let (report, receipt) = (text(entry, "/facts/report"), text(entry, "/facts/receipt"));
        if receipts.insert(report.clone(), receipt).is_some() {
            wrong.push(format!("report {report}: two receipts of the stream"));
        }
    }
    for (place, Message { id, jws }) in stream.iter().enumerate() {
        match posted.remove(id.as_str()) {
            None => wrong.push(format!("report {id}: in the stream twice, or of nobody")),
            Some(posted) if posted != jws => {
                wrong.push(format!("report {id}: another one in the stream"));
            }
            Some(_) => {}
        }
        let number = format!("{}:{}", names::REPORTS, place + 1);
        if receipts.remove(id) != Some(number) {
            wrong.push(format!(
                "report {id}: its number in the stream is not logged"
            ));
        }
    }
    for id in posted.keys() {
        wrong.push(format!("report {id}: not in the stream"));
    }
    for id in receipts.keys() {
        wrong.push(format!("report {id}: logged and not in the stream"));
    }
}

/// The log has the one receipt of each report, once.
fn receipted_once(entries: &[(Value, String)], received: &[Received], wrong: &mut Vec<String>) {
    let mut logged: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in delivered(entries, "case-system") {
        let receipts = logged.entry(text(entry, "/facts/report")).or_default();
        receipts.push(text(entry, "/facts/receipt"));
    }
    for report in received {
        let receipts = logged.remove(&report.key).unwrap_or_default();
        if receipts != [report.receipt_id.clone()] {
            wrong.push(format!(
                "report {}: receipts logged {receipts:?}",
                report.key
            ));
        }
    }
    for id in logged.keys() {
        wrong.push(format!("report {id}: a receipt that nobody gave"));
    }
}

/// Each report is the desk's, says what the log says, names its place in the chain; and those of one case
/// came in their order.
fn signed_and_in_order<'a>(
    keys: &JwkSet,
    entries: &[(Value, String)],
    concluded: &BTreeMap<String, Concluded>,
    came: impl Iterator<Item = (&'a String, &'a String)>,
    wrong: &mut Vec<String>,
) {
    let mut newest: BTreeMap<String, String> = BTreeMap::new();
    for (key, jws) in came {
        let Ok(payload) = keys.verify(jws) else {
            wrong.push(format!("report {key}: not signed by this desk"));
            continue;
        };
        let event: Value = serde_json::from_slice(&payload).unwrap();
        let session = concluded.get(&text(&event, "/subject"));
        let evidence = text(&event, "/data/digests/evidence");
        if text(&event, "/id") != *key
            || !session.is_some_and(|of| of.report == *key && of.evidence == evidence)
        {
            wrong.push(format!("report {key}: says another thing than the log"));
        }
        let number = event["data"]["audit"]["number"].as_u64().unwrap();
        let place = entries.get(usize::try_from(number - 1).unwrap());
        if place.map(|(_, hash)| hash) != Some(&text(&event, "/data/audit/hash")) {
            wrong.push(format!("report {key}: its place in the chain is another"));
        }
        let (case, sequence) = (text(&event, "/data/case_ref"), text(&event, "/sequence"));
        // Twenty digits each: in the order of their text.
        let before = newest.insert(case.clone(), sequence.clone());
        if before.is_some_and(|before| before >= sequence) {
            wrong.push(format!(
                "report {key}: before an earlier one of case {case}"
            ));
        }
    }
}

/// `cccd-desk audit verify` says so too.
fn verified_by_the_program(folder: &Path, wrong: &mut Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
        .args(["audit", "verify", "--config"])
        .arg(folder.join("desk.toml"))
        .output()
        .unwrap();
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        wrong.push(format!("audit verify: {} {told}", output.status));
    }
}

mod tests {
    //! That these checks can fail: what a storm must never do is done by hand.

    use std::path::Path;

    use cccd_desk::report::JwkSet;
    use cccd_desk::simulation::case_system::{self, Keys, Options};
    use tokio::net::TcpListener;

    use super::super::{Session, configuration, deliver_the_rest};
    use super::{check, received};
    use crate::common::conclude;

    /// Three sessions that were told, concluded and received.
    async fn three(folder: &Path) -> (JwkSet, Vec<Session>) {
        let config = folder.join("desk.toml");
        std::fs::write(&config, configuration(folder, None)).unwrap();
        let store = crate::open(&folder.join("data"));
        let keys = store.keys();
        let book = ["S-1", "S-2", "S-3"].map(|id| {
            conclude(&store, id);
            Session {
                id: id.to_owned(),
                told: true,
            }
        });
        drop(store);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options {
            store: Some(received(folder)),
            ..Options::new(Keys::Set(keys.clone()))
        };
        let case_system = case_system::serve(listener, options).unwrap();
        let data = folder.join("data");
        deliver_the_rest(&config, &data, &case_system.reports_url(), None).await;
        case_system.shutdown().await;
        (keys, book.into())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_lost_doubled_or_out_of_order_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, mut book) = three(folder.path()).await;
        let path = received(folder.path());
        let whole = std::fs::read_to_string(&path).unwrap();
        let [first, second, third] = whole.lines().collect::<Vec<_>>()[..] else {
            panic!("{whole}");
        };
        let says = |lines: &[&str], book: &[Session]| {
            std::fs::write(&path, lines.join("\n") + "\n").unwrap();
            let mut wrong = Vec::new();
            check(folder.path(), &keys, book, None, &mut wrong);
            wrong.join("; ")
        };
        assert_eq!(says(&[first, second, third], &book), "");
        for (lines, expected) in [
            (&[first, third][..], "concluded and never received"),
            (&[first, second, third, second], "received twice"),
            (&[second, first, third], "before an earlier one"),
        ] {
            let said = says(lines, &book);
            assert!(said.contains(expected), "{said}");
        }
        let id = serde_json::from_str::<serde_json::Value>(first).unwrap();
        let receipt = super::text(&id, "/receipt/receipt_id");
        let another = first.replace(&receipt, "R-ANOTHER");
        let said = says(&[&another, second, third], &book);
        assert!(said.contains("another receipt is stored"), "{said}");
        let cut = first.replacen(".ey", ".eY", 1);
        let said = says(&[&cut, second, third], &book);
        assert!(said.contains("not signed by this desk"), "{said}");

        book.push(Session {
            id: "S-4".to_owned(),
            told: true,
        });
        let said = says(&[first, second, third], &book);
        assert!(said.contains("its verdict was told, and is lost"), "{said}");
        book.retain(|session| session.id != "S-1");
        let said = says(&[first, second, third], &book);
        assert!(said.contains("nobody opened it"), "{said}");
    }
}
