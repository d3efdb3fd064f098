//! The examples for integrators, run as their users run them; and the pages that quote them.
//!
//! # Layout
//! - here: the examples, and the pages
//! - [`described`]: the description of a report, and what a desk sends
//! - [`receiver`]: a receiver that was written from the description, and a deliverer
//!
//! What is missing on this machine is said in a line that begins with SKIPPED.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../common/delivering.rs"]
mod delivering;
mod described;
#[path = "../common/described.rs"]
mod described_by;
mod receiver;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const DESK: &str = env!("CARGO_BIN_EXE_cccd-desk");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a program does what it is asked for.
fn does(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}

/// Says what is missing; where a build server runs the tests nothing may be.
fn skipped(missing: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{missing} is missing: run tools/setup --tests"
    );
    eprintln!("SKIPPED: {missing} is missing (tools/setup --tests installs it)");
}

/// The Python that has what the tests need: the distribution's, or that of the path.
fn python(module: &str) -> Option<&'static str> {
    let found = ["/usr/bin/python3", "python3"]
        .into_iter()
        .find(|python| does(python, &["-c", &format!("import {module}")]));
    if found.is_none() {
        skipped(&format!("a python3 with {module}"));
    }
    found
}

/// Runs an example in its folder; it must say what shows that it has run.
fn runs(folder: &str, program: &str, arguments: &[&str], sign: &str) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root().join("examples").join(folder))
        .env("CCCD_DESK", DESK)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{told}");
    assert!(told.contains(sign), "{told}");
}

#[test]
fn python_with_pytest() {
    if let Some(python) = python("pytest, cryptography") {
        let arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];
        runs("python", python, &arguments, "10 passed");
    }
}

#[test]
fn javascript_with_the_runner_of_node() {
    if does("node", &["--version"]) {
        runs("javascript", "node", &["--test"], "# pass 9");
    } else {
        skipped("node");
    }
}

#[test]
fn shell_with_curl() {
    let missing = ["curl", "jq", "openssl"]
        .into_iter()
        .find(|tool| !does("sh", &["-c", &format!("command -v {tool}")]));
    match missing {
        None => runs(
            "shell",
            "./case_system.sh",
            &[],
            "Everything is as it should be.",
        ),
        Some(tool) => skipped(tool),
    }
}

#[test]
fn the_first_test_has_ten_lines_at_most() {
    let text = std::fs::read_to_string(root().join("examples/python/test_case_system.py")).unwrap();
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("def test_"))
        .take_while(|line| !line.is_empty());
    let count = lines.count();
    assert!((5..=10).contains(&count), "{count} lines");
}

/// Tests that are killed close the standard input of their desk, and with that it goes.
#[test]
fn a_desk_goes_with_the_test_that_started_it() {
    let Some(python) = python("json") else {
        return;
    };
    let script = "from cccd_desk_sim import SimulatedDesk\n\
                  with SimulatedDesk() as desk:\n    \
                  print(desk.doors['ports']['control'], flush=True)\n    \
                  input()\n";
    let mut test = Command::new(python)
        .args(["-c", script])
        .current_dir(root().join("examples/python"))
        .env("CCCD_DESK", DESK)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut told = BufReader::new(test.stdout.take().unwrap());
    told.read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().expect("a port");
    let connect = || TcpStream::connect(("127.0.0.1", port));
    let connection = connect().expect("a desk");
    test.kill().unwrap();
    test.wait().unwrap();
    ends(connection);
    // The listener may outlive a connection by a moment: whatever it still takes ends too, until it is gone.
    let gone = (0..1_000).any(|_| connect().map(ends).is_err());
    assert!(gone, "it listens");
}

/// The desk's connections end with it, in order or not: it may go before it has taken one up.
fn ends(mut connection: TcpStream) {
    let patience = Some(Duration::from_secs(30));
    connection.set_read_timeout(patience).unwrap();
    match connection.read_to_end(&mut Vec::new()) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
}

/// The programs in a page stand in the file that is named above them, word for word.
#[test]
fn pages_quote_the_examples() {
    for page in ["docs/integrating.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let mut named = None;
        let mut quoted = 0;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("<!-- ") {
                named = rest.strip_suffix(" -->").map(str::to_owned);
            } else if let Some(language) = line.strip_prefix("```") {
                let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                let name = named.take();
                if ["python", "javascript"].contains(&language) {
                    let name = name.unwrap_or_else(|| panic!("{page}: whose is {block:?}?"));
                    is_in(page, &root().join(name), &block.join("\n"));
                    quoted += 1;
                }
            }
        }
        assert!(quoted > 2, "{page} quotes {quoted} examples");
    }
}

fn is_in(page: &str, file: &Path, block: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(
        text.contains(block),
        "{page}: not in {}:\n{block}",
        file.display()
    );
}
