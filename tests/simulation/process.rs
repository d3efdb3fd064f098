//! `simulate desk` as a process: how it says where it is, how it stops, what it leaves behind.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// No start and no stop takes longer.
const LONG: Duration = Duration::from_secs(30);

/// A desk of its own process, with a folder for whatever it would write.
struct Process {
    child: Child,
    doors: Value,
    rest: mpsc::Receiver<String>,
    folder: tempfile::TempDir,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
            .args(["simulate", "desk", "--control", "127.0.0.1:0"])
            .args(arguments)
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env_remove("CCCD_DESK_DATA_DIR")
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let (tell, rest) = mpsc::channel();
        std::thread::spawn(move || {
            let mut more = String::new();
            let _ = out.read_to_string(&mut more);
            let _ = tell.send(more);
        });
        Self {
            child,
            doors: serde_json::from_str(&line).expect("one line of JSON"),
            rest,
            folder,
        }
    }

    fn ports(&self) -> Vec<u16> {
        let ports = self.doors["ports"].as_object().unwrap().values();
        ports
            .map(|port| u16::try_from(port.as_u64().unwrap()).unwrap())
            .collect()
    }

    /// Every file under the folder that it could write to.
    fn files(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                }
                found.insert(path);
            }
        }
        found
    }

    /// It ends by itself now; nothing listens and nothing lies there afterwards.
    fn end(mut self, what: &str) -> ExitStatus {
        // Its output ends with it.
        let more = self.rest.recv_timeout(LONG).expect("an end");
        assert_eq!(more, "", "{what}: one line is all it prints");
        let status = self.child.wait().unwrap();
        for port in self.ports() {
            let open = TcpStream::connect(("127.0.0.1", port));
            assert!(open.is_err(), "{what}: something listens at {port}");
        }
        assert_eq!(self.files(), BTreeSet::new(), "{what}");
        status
    }
}

fn signal(process: &Process, name: &str) {
    let done = Command::new("kill")
        .args([format!("-{name}"), process.child.id().to_string()])
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn it_says_where_it_is_and_stops_when_its_input_closes() {
    let mut process = Process::start(&["--readers", "3", "--seed", "7"]);
    for port in process.ports() {
        TcpStream::connect(("127.0.0.1", port)).expect("ready when the line is there");
    }
    assert_eq!(process.doors["readers"].as_array().unwrap().len(), 3);
    assert_eq!(process.doors["test"], true);
    drop(process.child.stdin.take());
    assert!(process.end("input closed").success());
}

#[test]
fn it_stops_when_it_is_told_to() {
    let process = Process::start(&[]);
    signal(&process, "TERM");
    assert!(process.end("SIGTERM").success());
}

#[test]
fn killed_in_the_middle_it_leaves_no_process_no_port_and_no_file() {
    let process = Process::start(&[]);
    let token = process.doors["tokens"]["control"].as_str().unwrap();
    let control = process.doors["control"].as_str().unwrap();
    // A card lies there, and a session reads it.
    let curl = Command::new("curl")
        .args(["-sS", "-m", "20", "-X", "PUT", "-H"])
        .arg(format!("authorization: Bearer {token}"))
        .args(["-H", "content-type: application/json", "-d"])
        .arg(r#"{"persona":"adult-man","defects":["dsc-revoked"]}"#)
        .arg(format!("{control}/v1/readers/A/card"))
        .output();
    if let Ok(answer) = curl {
        assert!(String::from_utf8_lossy(&answer.stdout).contains("dsc-revoked"));
    }
    assert_eq!(process.files(), BTreeSet::new(), "while it runs");
    signal(&process, "KILL");
    assert!(!process.end("SIGKILL").success());
}

#[test]
fn addresses_beyond_this_machine_and_wrong_numbers_are_refused() {
    for (arguments, right) in [
        (&["--control", "0.0.0.0:0"][..], "this machine"),
        (&["--control", "127.0.0.1:0", "--readers", "65"], "1..=64"),
        (&["--control", "127.0.0.1:0", "--readers", "0"], "1..=64"),
        (
            &["--control", "127.0.0.1:0", "--config", "missing.toml"],
            "missing.toml",
        ),
        (&[], "--control"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
            .args(["simulate", "desk"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(right), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty());
    }
}
