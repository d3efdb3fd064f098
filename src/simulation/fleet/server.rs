//! A NATS server with JetStream on this machine: the distribution's `nats-server` as a process of its own,
//! with its store in a folder, listening on loopback alone.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::fleet::rights::Rights;

/// Somebody whom the server lets in.
#[derive(Clone, Debug)]
pub struct User {
    /// The public NKey.
    pub public_key: String,
    /// What they may do.
    pub rights: Rights,
}

/// A server. It is killed when dropped; what it has stored stays in its folder.
#[derive(Debug)]
pub struct NatsServer {
    child: Child,
    folder: PathBuf,
    port: u16,
}

/// What the server says once it takes connections, before the address.
const LISTENING: &str = "Listening for client connections on 127.0.0.1:";
/// And once all of it works.
const READY: &str = "Server is ready";

impl NatsServer {
    /// Whether the program is there.
    #[must_use]
    pub fn installed() -> bool {
        Command::new(program())
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Starts one with its store in `folder`. Without users everybody is let in.
    ///
    /// # Errors
    /// The system's: there is no such program, or it does not come up.
    pub fn start(folder: &Path, users: &[User]) -> io::Result<Self> {
        Self::start_with(folder, users, "")
    }

    /// The same with more lines of configuration, such as those of TLS.
    ///
    /// # Errors
    /// The system's.
    pub fn start_with(folder: &Path, users: &[User], more: &str) -> io::Result<Self> {
        let mut text = format!(
            "host: 127.0.0.1\njetstream {{ store_dir: \"{}\", max_mem: 64MB, max_file: 8GB }}\n",
            folder.join("jetstream").display()
        );
        if !users.is_empty() {
            text.push_str("authorization { users: [\n");
            for user in users {
                let _ = writeln!(text, "  {}", user.rights.user(&user.public_key));
            }
            text.push_str("] }\n");
        }
        text.push_str(more);
        std::fs::write(folder.join("nats.conf"), text)?;
        let (child, port) = run(folder, None)?;
        Ok(Self {
            child,
            folder: folder.to_owned(),
            port,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port on which it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same port, with what it had stored.
    ///
    /// # Errors
    /// The system's.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill();
        let (child, port) = run(&self.folder, Some(self.port))?;
        self.child = child;
        self.port = port;
        Ok(())
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Debian keeps it where only root's path leads.
fn program() -> &'static str {
    let usual = "/usr/sbin/nats-server";
    if Path::new(usual).exists() {
        usual
    } else {
        "nats-server"
    }
}

fn run(folder: &Path, port: Option<u16>) -> io::Result<(Child, u16)> {
    // -1: a free one.
    let wanted = port.map_or_else(|| "-1".to_owned(), |port| port.to_string());
    let mut child = Command::new(program())
        .arg("--config")
        .arg(folder.join("nats.conf"))
        .args(["--port", &wanted])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let log = child.stderr.take().map(BufReader::new);
    let mut listening = None;
    let mut last = String::new();
    if let Some(mut lines) = log.map(BufReader::lines) {
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, port)) = line.split_once(LISTENING) {
                listening = port.trim().parse().ok();
            }
            if line.contains(READY)
                && let Some(port) = listening
            {
                // It writes on; nobody reading would stop it one day.
                std::thread::Builder::new()
                    .name("nats-log".to_owned())
                    .spawn(move || lines.map_while(Result::ok).for_each(drop))?;
                return Ok((child, port));
            }
            last = line;
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(io::Error::other(format!(
        "nats-server did not come up: {last}"
    )))
}
