//! A process that can be killed and paused.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use tokio::sync::mpsc;

/// A running process. Dropping it kills it.
pub struct Process(Child);

impl Process {
    /// Starts it; its lines come by the channel, which ends with it.
    pub fn start(command: &mut Command) -> (Self, mpsc::UnboundedReceiver<String>) {
        let mut child = command
            // Held open: a child that lost its parent comes to the end of its input and ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in out.lines() {
                let Ok(line) = line else { return };
                // The storm may be over.
                let _ = tell.send(line);
            }
        });
        (Self(child), lines)
    }

    /// Hands it a line.
    pub fn say(&mut self, line: &str) {
        // It may have been killed.
        let _ = writeln!(self.0.stdin.as_mut().unwrap(), "{line}");
    }

    /// SIGSTOP: it stays as it is, its connections open, and answers nobody.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        signal(self.0.id(), name);
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let told = Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .unwrap();
    assert!(told.success(), "SIG{name}");
}
