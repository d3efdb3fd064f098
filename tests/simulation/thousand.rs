//! A thousand sessions in one simulated desk with eight readers: every verdict the one that its row
//! of the catalogue says, none mixed up between readers, memory flat.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cccd_sim::defects::mutation::Mutation;
use cccd_sim::{Defect, Key, Persona};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, desk, reader};

const SESSIONS: usize = 1_000;
const READERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
/// Sessions after which nothing grows any more but what is recorded.
const WARM: usize = 250;
/// What the records of the other sessions may take, in KiB: the store lives in memory here, and a
/// recorded session is some 25 KiB with its report at the receiver.
const MOST_GROWTH: usize = (SESSIONS - WARM) * 64;

/// Rows that no card alone can show at a desk with eight readers, and why.
const NOT_BY_A_CARD: &[(&str, &str)] = &[
    (
        "link-service-restart",
        "a service that stops takes every reader with it",
    ),
    (
        "good-sha1-legacy",
        "asks for a policy that lets SHA-1 count",
    ),
    (
        "ta-required-missing",
        "asks for a policy that wants the fingerprints",
    ),
];

/// Rows whose result is the first persona's, and what another one meets instead.
const OF_THE_FIRST: &[(&str, &str)] = &[
    (
        "dg13-nfd-bidi",
        "the name in it is another than the printed",
    ),
    (
        "good-dob-partial",
        "the year in it is another than the printed",
    ),
    (
        "beh-same-number-two-chips",
        "the other card's date of issue is of no signer of theirs",
    ),
    (
        "beh-same-card-many-numbers",
        "who is registered in 079 keeps the number",
    ),
    (
        "sm-plain-9000",
        "what their files begin with may look like protected data",
    ),
    (
        "dg1-state-digits",
        "991231 means no expiry on Vietnamese cards alone",
    ),
    (
        "x-country-unknown",
        "991231 means no expiry on Vietnamese cards alone",
    ),
];

/// One session.
struct Job {
    persona: Persona,
    defect: Option<&'static Defect>,
}

impl Job {
    /// Every row of the catalogue for the first persona; then rows that hold for everybody and cards
    /// without a defect, for one citizen after the other; all of it shuffled.
    fn all() -> Vec<Self> {
        let citizens = cccd_sim::citizens().unwrap();
        let rows: Vec<&Defect> = cccd_sim::defects()
            .iter()
            .filter(|defect| !NOT_BY_A_CARD.iter().any(|(id, _)| *id == defect.id))
            .collect();
        let holds = |defect: &&&Defect| !OF_THE_FIRST.iter().any(|(id, _)| *id == defect.id);
        let for_all: Vec<Option<&Defect>> = rows
            .iter()
            .filter(holds)
            .flat_map(|defect| [Some(*defect), None])
            .collect();
        let mut jobs: Vec<(Persona, Option<&Defect>)> = rows
            .iter()
            .map(|defect| (citizens[0].clone(), Some(*defect)))
            .collect();
        for number in 0..SESSIONS - jobs.len() {
            let persona = citizens[number % citizens.len()].clone();
            jobs.push((persona, for_all[number * 7 % for_all.len()]));
        }
        // 37 and 1,000 have no divisor in common: each comes once.
        (0..SESSIONS)
            .map(|number| jobs[number * 37 % SESSIONS].clone())
            .map(|(persona, defect)| Self { persona, defect })
            .collect()
    }

    /// Runs it on one reader; what is not as it should be.
    async fn run(&self, desk: &Client, letter: &str) -> Result<(), String> {
        let path = format!("/v1/readers/{letter}/card");
        let persona = &self.persona;
        let mut card = json!({ "persona": persona.name });
        let mut session = json!({ "policy": "document" });
        let mut key = Key::Qr;
        if let Some(defect) = self.defect {
            card["defects"] = json!([defect.id]);
            session["policy"] = json!(defect.given.policy);
            key = defect.given.key;
            if let Some(number) = defect.given.expected_personal_number {
                session["expected"] = json!({ "personal_number": number });
            }
            if defect.given.before.is_some() {
                let mut before = card.clone();
                before["as_before"] = json!(true);
                desk.done(Method::PUT, &path, before).await;
                let first = json!({ "policy": "document" });
                let view = self.session(desk, letter, first, Key::Qr).await;
                if view["verdict"]["verdict"] != "verified" {
                    return Err(format!("before: {}", view["verdict"]["reason"]));
                }
                card["remembered"] = json!(true);
            }
        }
        desk.done(Method::PUT, &path, card).await;
        let view = self.session(desk, letter, session, key).await;
        let verdict = &view["verdict"];
        let due = self.defect.map_or("verified", |defect| defect.result);
        let reason = self.defect.and_then(|defect| defect.reason);
        if verdict["verdict"] != due || verdict["reason"] != json!(reason) {
            let met = (&verdict["verdict"], &verdict["reason"]);
            return Err(format!("due {due} {reason:?}, met {met:?}"));
        }
        let number = &verdict["personal_number"];
        let mutations = self.defect.map_or(&[][..], |defect| defect.mutations);
        let another = mutations
            .iter()
            .any(|mutation| matches!(mutation, Mutation::Number { .. }));
        if number.is_string() && *number != json!(persona.personal_number) && !another {
            return Err("the number of another card".to_owned());
        }
        if number.is_null() && due == "verified" {
            return Err("verified without a number".to_owned());
        }
        Ok(())
    }

    async fn session(&self, desk: &Client, letter: &str, more: Value, key: Key) -> Value {
        let id = desk.open(&reader(letter), more).await;
        let key = match key {
            Key::Qr => json!({ "qr": self.persona.qr() }),
            Key::Mrz => json!({ "mrz": self.persona.mrz() }),
            Key::Typed => json!({ "personal_number": self.persona.personal_number }),
            Key::Can => json!({ "can": self.persona.can() }),
        };
        let path = format!("/v1/sessions/{id}/key");
        let (status, answer) = desk.desk(Method::POST, &path, key).await;
        assert!(status.is_success(), "{answer}");
        desk.until(&id, "reported").await
    }
}

/// Resident memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .expect("a number of KiB")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_mixed_sessions_at_eight_readers() {
    let (client, _stage) = desk(READERS.len()).await;
    let jobs = Arc::new(Job::all());
    let next = Arc::new(AtomicUsize::new(0));
    let warm = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut running = Vec::new();
    for letter in READERS {
        let (client, jobs) = (client.clone(), Arc::clone(&jobs));
        let (next, warm) = (Arc::clone(&next), Arc::clone(&warm));
        running.push(tokio::spawn(async move {
            let mut wrong = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number == WARM {
                    warm.store(resident(), Ordering::Relaxed);
                }
                let Some(job) = jobs.get(number) else {
                    return wrong;
                };
                if let Err(what) = job.run(&client, letter).await {
                    let row = job.defect.map_or("no defect", |defect| defect.id);
                    wrong.push(format!("{number} {letter} {row}: {what}"));
                }
            }
        }));
    }
    let mut wrong = Vec::new();
    for lane in running {
        wrong.extend(lane.await.expect("a lane"));
    }
    let grown = resident().saturating_sub(warm.load(Ordering::Relaxed));
    println!(
        "{SESSIONS} sessions at {} readers in {:.1} s; {grown} KiB more after {WARM}",
        READERS.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(grown < MOST_GROWTH, "{grown} KiB");
}
