//! The desk that is killed: this test program again, running one of the roles below.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use cccd_desk::report::{DeliverySettings, Ended, RuntimeTimer, deliver};
use cccd_desk::simulation::case_system::CaseSystem;
use cccd_desk::store::Store;
use cccd_port::SystemClock;
use tokio::sync::broadcast;

use crate::common::conclude;

const FOLDER: &str = "CRASH_FOLDER";
const ADDRESS: &str = "CRASH_CASE_SYSTEM";
const ROUND: &str = "CRASH_ROUND";
/// Begins a line that tells something; the test harness writes lines of its own.
const MARK: &str = "@";

/// A desk in a process of its own.
pub struct Child {
    process: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Child {
    /// Opens its store, having told `opening`.
    pub fn opens(folder: &Path) -> Self {
        Self::start("child::role_opens", folder, &[])
    }

    /// Concludes one session, tells `concluded` with the report, and waits.
    pub fn concludes(folder: &Path) -> Self {
        Self::start("child::role_concludes", folder, &[])
    }

    /// Concludes session after session and tells of each.
    pub fn concludes_on_and_on(folder: &Path, round: u32) -> Self {
        Self::start(
            "child::role_concludes_on_and_on",
            folder,
            &[(ROUND, &round.to_string())],
        )
    }

    /// Delivers, tells `delivered` with each report, and `outbox empty` once nothing waits.
    pub fn delivers(folder: &Path, case_system: &CaseSystem) -> Self {
        Self::start(
            "child::role_delivers",
            folder,
            &[(ADDRESS, &case_system.reports_url())],
        )
    }

    fn start(role: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([role, "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .envs(variables.iter().copied())
            // Held open: a child that lost its parent comes to the end of its input and ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Waits for the next line that tells `mark`, and returns what comes after it.
    pub fn told(&mut self, mark: &str) -> String {
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            let told = line
                .strip_prefix(MARK)
                .and_then(|line| line.strip_prefix(mark));
            if let Some(rest) = told {
                return rest.trim().to_owned();
            }
        }
        panic!("the child ended and did not tell {mark:?}");
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn tell(text: &str) {
    // The harness may have begun a line.
    println!("\n{MARK}{text}");
}

fn wait_to_be_killed() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn open() -> Store {
    let folder = std::env::var_os(FOLDER).unwrap();
    Store::open(Path::new(&folder), Arc::new(SystemClock::default())).unwrap()
}

#[test]
#[ignore = "a role: the tests of this program run it as a process of its own and kill it"]
fn role_opens() {
    tell("opening");
    open();
    wait_to_be_killed();
}

#[test]
#[ignore = "a role: the tests of this program run it as a process of its own and kill it"]
fn role_concludes() {
    let report_id = conclude(&open(), "S-1");
    tell(&format!("concluded {report_id}"));
    wait_to_be_killed();
}

#[test]
#[ignore = "a role: the tests of this program run it as a process of its own and kill it"]
fn role_concludes_on_and_on() {
    let store = open();
    let round = std::env::var(ROUND).unwrap();
    for number in 0..10_000 {
        let report_id = conclude(&store, &format!("S-{round}-{number}"));
        tell(&format!("concluded {report_id}"));
    }
}

#[test]
#[ignore = "a role: the tests of this program run it as a process of its own and kill it"]
fn role_delivers() {
    let store = Arc::new(open());
    let settings = DeliverySettings::new(std::env::var(ADDRESS).unwrap().parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.spawn(async move {
        let (events, mut listener) = broadcast::channel(1_024);
        let handle = deliver::spawn(
            Arc::clone(&store),
            &settings,
            events,
            Arc::new(RuntimeTimer::default()),
        )
        .unwrap();
        while let Ok(event) = listener.recv().await {
            if let Ended::Delivered { .. } = event.ended {
                tell(&format!("delivered {}", event.report_id));
            }
            if store.outbox().unwrap().is_empty() {
                tell("outbox empty");
            }
        }
        drop(handle);
    });
    wait_to_be_killed();
}
