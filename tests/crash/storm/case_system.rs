//! The case system: a process of its own, which remembers what it received on the disk alone.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cccd_desk::report::JwkSet;
use cccd_desk::simulation::case_system::{self, Fault, Keys, Options};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;

use super::Mark;
use super::process::Process;

const FOLDER: &str = "CRASH_FOLDER";
const LISTEN: &str = "CRASH_LISTEN";
const LISTENING: &str = "@listening ";
const ARRIVED: &str = "@arrived";

/// The file of what it received.
pub fn received(folder: &Path) -> PathBuf {
    folder.join("received.jsonl")
}

/// The case system, run after run at one address.
pub struct CaseSystem {
    folder: PathBuf,
    address: String,
    process: Option<Process>,
    marks: UnboundedSender<Mark>,
    deliveries: Arc<AtomicU64>,
}

impl CaseSystem {
    pub async fn start(folder: &Path, keys: &JwkSet, marks: UnboundedSender<Mark>) -> Self {
        let text = serde_json::to_string(keys).unwrap();
        std::fs::write(folder.join("keys.json"), text).unwrap();
        let mut case_system = Self {
            folder: folder.to_owned(),
            address: "127.0.0.1:0".to_owned(),
            process: None,
            marks,
            deliveries: Arc::default(),
        };
        case_system.start_again().await;
        case_system
    }

    pub fn reports(&self) -> String {
        format!("http://{}/reports", self.address)
    }

    /// Starts it at the address that it had, and comes back when it listens.
    pub async fn start_again(&mut self) {
        let (process, mut lines) = Process::start(
            Command::new(std::env::current_exe().unwrap())
                .args(["storm::case_system::role_receives", "--exact"])
                .args(["--ignored", "--nocapture"])
                .env(FOLDER, &self.folder)
                .env(LISTEN, &self.address),
        );
        loop {
            let line = lines.recv().await.expect("the case system listens");
            if let Some(address) = line.strip_prefix(LISTENING) {
                address.clone_into(&mut self.address);
                break;
            }
        }
        self.process = Some(process);
        let (marks, deliveries) = (self.marks.clone(), Arc::clone(&self.deliveries));
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                if line == ARRIVED {
                    deliveries.fetch_add(1, Ordering::Relaxed);
                    // The storm may be over.
                    let _ = marks.send(Mark::Arrived);
                }
            }
        });
    }

    /// Lets it fail, or heals it.
    pub fn suffers(&mut self, fault: Fault) {
        let text = serde_json::to_string(&fault).unwrap();
        self.process.as_mut().unwrap().say(&text);
    }

    pub fn pause(&self) {
        self.process.as_ref().unwrap().pause();
    }

    pub fn go_on(&self) {
        self.process.as_ref().unwrap().go_on();
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// `kill -9` for the last time; how many deliveries were heard of in all.
    pub fn end(mut self) -> u64 {
        self.kill();
        self.deliveries.load(Ordering::Relaxed)
    }
}

#[test]
#[ignore = "a role: the storm runs it as a process of its own and kills it"]
fn role_receives() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let keys = std::fs::read(folder.join("keys.json")).unwrap();
    let options = Options {
        store: Some(received(&folder)),
        ..Options::new(Keys::Set(serde_json::from_slice(&keys).unwrap()))
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _within = runtime.enter();
    let address = std::env::var(LISTEN).unwrap();
    let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
    let case_system = Arc::new(case_system::serve(listener, options).unwrap());
    // The harness may have begun a line.
    println!("\n{LISTENING}{}", case_system.address());
    let counting = Arc::clone(&case_system);
    runtime.spawn(async move {
        for count in 1.. {
            counting.wait_for_deliveries(count).await;
            println!("{ARRIVED}");
        }
    });
    for line in std::io::stdin().lock().lines() {
        case_system.set_fault(serde_json::from_str(&line.unwrap()).unwrap());
    }
}
