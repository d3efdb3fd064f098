//! A PC/SC service of the test's own, with virtual readers, beside whatever runs on the machine.
//!
//! The real `pcscd` is given its socket the way a service manager would (`LISTEN_FDS`), and the
//! client library finds it through `PCSCLITE_CSOCK_NAME`. So neither needs root, nor a service
//! manager, nor the place of another `pcscd`, and tests run side by side. As the client library
//! takes the socket's name from the environment, each test runs in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use cccd_pcsc::PcscReaders;
use cccd_port::{CardReaders, ReaderName};

/// Set in the process that runs a test's body.
const SOCKET: &str = "PCSCLITE_CSOCK_NAME";
const FOLDER: &str = "CCCD_INTEROP_FOLDER";
/// Longer than anything here takes on a slow machine that does other things as well.
pub const LONG: Duration = Duration::from_secs(60);

/// Declares a test that runs in a process of its own, with a bench.
macro_rules! interop {
    ($(#[$attribute:meta])* fn $name:ident($bench:ident) $body:block) => {
        #[test]
        $(#[$attribute])*
        fn $name() {
            let path = concat!(module_path!(), "::", stringify!($name));
            $crate::bench::isolated(path, |$bench: &mut $crate::bench::Bench| $body);
        }
    };
}
pub(crate) use interop;

/// Runs `body` in a process of its own, which this one waits for.
pub fn isolated(path: &str, body: impl FnOnce(&mut Bench)) {
    if let Some(missing) = missing() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{missing} is missing: run tools/setup --tests"
        );
        eprintln!("SKIPPED {path}: {missing} is missing (tools/setup --tests installs it)");
        return;
    }
    if let (Some(socket), Some(folder)) = (std::env::var_os(SOCKET), std::env::var_os(FOLDER)) {
        body(&mut Bench::new(socket.into(), folder.into()));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The service runs as another user.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (_, test) = path.split_once("::").unwrap();
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(SOCKET, folder.path().join("pcscd.comm"))
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        run.status.success() && said(&run.stdout).contains("1 passed"),
        "{test} failed:\n{}\n{}\nthe service said:\n{}",
        said(&run.stdout),
        said(&run.stderr),
        fs::read_to_string(folder.path().join("pcscd.log")).unwrap_or_default(),
    );
}

/// What this machine lacks.
fn missing() -> Option<&'static str> {
    let there = |path: &str| Path::new(path).exists();
    let root =
        || fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if !there(SERVICE) {
        Some("pcscd")
    } else if !there(DRIVER) {
        Some("vsmartcard-vpcd")
    } else if !there("/run/pcscd") && !root() {
        Some("/run/pcscd")
    } else {
        None
    }
}

const SERVICE: &str = "/usr/sbin/pcscd";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// A service with two virtual slots.
pub struct Bench {
    socket: PathBuf,
    folder: PathBuf,
    port: u16,
    service: Option<Service>,
}

struct Service {
    child: Child,
}

impl Bench {
    fn new(socket: PathBuf, folder: PathBuf) -> Self {
        Self {
            socket,
            folder,
            port: two_free_ports(),
            service: None,
        }
    }

    /// Where a virtual card connects to, to lie on slot 0 or 1.
    pub fn slot(&self, slot: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port + slot).into()
    }

    /// The name of the reader of slot 0 or 1.
    pub fn reader(slot: u16) -> ReaderName {
        ReaderName(format!("Virtual PCD 00 {slot:02}"))
    }

    /// Starts the service and waits until it knows both readers.
    pub fn start_service(&mut self) {
        assert!(self.service.is_none());
        let configuration = self.folder.join("readers");
        fs::create_dir_all(&configuration).unwrap();
        let port = self.port;
        fs::write(
            configuration.join("vpcd"),
            format!(
                "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{port:#X}\n\
                 LIBPATH {DRIVER}\nCHANNELID {port:#X}\n"
            ),
        )
        .unwrap();
        let listener = UnixListener::bind(&self.socket).unwrap();
        fs::set_permissions(&self.socket, fs::Permissions::from_mode(0o777)).unwrap();
        // The socket becomes descriptor 3; the service ends with the thread that started it,
        // however that ends. As root it would write its process id where the machine's own
        // service keeps it, so it is no root.
        let script = r#"
            exec 3<&0 0</dev/null
            if [ "$(id -u)" = 0 ]; then
                # The service wants this folder, and makes it only as root. Where it never ran as
                # such since the machine started, nobody has made it.
                mkdir -p /run/pcscd
                set -- --reuid 65534 --regid 65534 --clear-groups "$@"
            fi
            export LISTEN_FDS=1 LISTEN_PID=$$
            exec setpriv --pdeathsig KILL "$@"
        "#;
        let log = fs::File::create(self.folder.join("pcscd.log")).unwrap();
        let child = Command::new("sh")
            .args(["-c", script, "sh", SERVICE, "--foreground", "--config"])
            .arg(&configuration)
            // Held by the service alone: where that ends at once, nobody waits for its answer.
            .stdin(Stdio::from(std::os::fd::OwnedFd::from(listener)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.service = Some(Service { child });
        let wanted = [Self::reader(0), Self::reader(1)];
        self.until("the service knows its readers", || {
            let known = PcscReaders::new().list().unwrap_or_default();
            wanted
                .iter()
                .all(|name| known.iter().any(|reader| reader.name == *name))
        });
    }

    /// Ends the service as a crash or a package update would, and waits until it is gone.
    pub fn stop_service(&mut self) {
        if let Some(mut service) = self.service.take() {
            // A manager that stops a service takes its socket away as well.
            let _ = fs::remove_file(&self.socket);
            let _ = service.child.kill();
            let _ = service.child.wait();
        }
    }

    /// The desk's own program, in this bench.
    pub fn desk(&self) -> Command {
        let mut desk = Command::new(env!("CARGO_BIN_EXE_cccd-desk"));
        desk.env("CCCD_DESK_DATA_DIR", self.folder.join("data"))
            .stdin(Stdio::null());
        desk
    }

    /// A folder of this test's own.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for a state of the outside world that announces itself to nobody.
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + LONG;
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "waited in vain until {what}; the service said:\n{}",
                fs::read_to_string(self.folder.join("pcscd.log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A card that `cccd-desk simulate card` lays on a slot, for as long as this lives.
pub struct Laid {
    card: Child,
    /// What it says later must find somebody who holds the other end.
    _said: BufReader<ChildStderr>,
}

impl Laid {
    /// A persona's card with these defects on slot 0.
    pub fn card(bench: &Bench, persona: &str, defects: &[&str]) -> Self {
        let defects = defects.iter().flat_map(|id| ["--defect", id]);
        Self::on(
            bench,
            0,
            &[&["--persona", persona][..], &defects.collect::<Vec<_>>()].concat(),
        )
    }

    /// The card of a command line; it lies there when this comes back.
    pub fn on(bench: &Bench, slot: u16, arguments: &[&str]) -> Self {
        let mut card = bench
            .desk()
            .args(["simulate", "card", "--vpcd", &bench.slot(slot).to_string()])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(card.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("lies on the virtual reader"), "{line}");
        Self { card, _said: said }
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        let _ = self.card.kill();
        let _ = self.card.wait();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop_service();
    }
}

/// The first of two ports in a row that nobody listens at.
fn two_free_ports() -> u16 {
    loop {
        let first = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let Some(next) = port.checked_add(1) else {
            continue;
        };
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, next)).is_ok() {
            return port;
        }
    }
}
