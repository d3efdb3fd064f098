//! The desk: readers, cards, API and delivery in a process of its own, on one folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use super::process::Process;

/// Where a running desk is, and what lets one in.
pub struct Doors {
    /// Which run of the desk this is.
    pub run: u64,
    pub control: String,
    pub control_token: String,
    pub desk: String,
    pub token: String,
}

/// The desk, run after run.
pub struct Desk {
    folder: PathBuf,
    readers: usize,
    report_to: String,
    process: Option<Process>,
    run: u64,
    doors: watch::Sender<Option<Arc<Doors>>>,
}

impl Desk {
    pub async fn start(folder: &Path, readers: usize, report_to: &str) -> Self {
        let mut desk = Self {
            folder: folder.to_owned(),
            readers,
            report_to: report_to.to_owned(),
            process: None,
            run: 0,
            doors: watch::Sender::new(None),
        };
        desk.start_again().await;
        desk
    }

    /// The doors of the run that is newest.
    pub fn doors(&self) -> watch::Receiver<Option<Arc<Doors>>> {
        self.doors.subscribe()
    }

    /// Starts a run, and comes back when it serves.
    pub async fn start_again(&mut self) {
        let mut lines = self.spawn();
        self.run += 1;
        let Some(line) = lines.recv().await else {
            let log = std::fs::read_to_string(self.folder.join("desk.log"));
            panic!("the desk does not start: {}", log.unwrap());
        };
        let doors: Value = serde_json::from_str(&line).unwrap();
        let text = |pointer: &str| doors.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        self.doors.send_replace(Some(Arc::new(Doors {
            run: self.run,
            control: text("/control"),
            control_token: text("/tokens/control"),
            desk: text("/desk"),
            token: text("/tokens/case-system"),
        })));
    }

    /// Starts a run that is killed at some moment before or after it serves.
    pub async fn start_and_kill(&mut self, after: core::time::Duration) {
        let _lines = self.spawn();
        tokio::time::sleep(after).await;
        self.kill();
    }

    fn spawn(&mut self) -> tokio::sync::mpsc::UnboundedReceiver<String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("desk.log"))
            .unwrap();
        let (process, lines) = Process::start(
            Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
                .args(["simulate", "desk", "--control", "127.0.0.1:0"])
                .args(["--readers", &self.readers.to_string()])
                .args(["--report-to", &self.report_to])
                .arg("--data")
                .arg(self.folder.join("data"))
                .arg("--config")
                .arg(self.folder.join("desk.toml"))
                .stderr(log),
        );
        self.process = Some(process);
        lines
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// `kill -9` for the last time.
    pub fn end(mut self) {
        self.kill();
    }
}
