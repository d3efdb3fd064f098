//! The simulated module against hosts that others wrote, two Python packages: the driver and the
//! module could share a mistake, these do not.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cccd_sim::{SensorKind, SensorPort, SharedModule, ZfmModule};

use crate::bench::finger_of;

/// The packages, as the registry names them.
const PACKAGES: [&str; 2] = [
    "pyfingerprint==1.5",
    "adafruit-circuitpython-fingerprint==2.2.25",
];
const SCRIPTS: [&str; 2] = ["pyfingerprint_all.py", "adafruit_all.py"];

/// How long a script may run.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command to its end.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(said.lines().last().unwrap_or("no reason given").to_owned())
}

/// A Python that has the packages.
fn python() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fingerprint-peers");
    let python = folder.join("bin/python");
    let has = "import PIL, adafruit_fingerprint, pyfingerprint, serial";
    if run(Command::new(&python).args(["-c", has])).is_ok() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(&python).args(install).args(PACKAGES))?;
    Ok(python)
}

#[test]
fn hosts_that_others_wrote_are_satisfied_with_every_command() {
    let python = match python() {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("SKIPPED: {PACKAGES:?} cannot be installed: {reason}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("finger");
    let finger = |identity| finger_of(identity, 256, 288, 500);
    std::fs::write(&picture, finger(1).image.pixels()).unwrap();
    for script in SCRIPTS {
        let module = SharedModule::new(ZfmModule::new(SensorKind::r30x()));
        let port = SensorPort::plug_in(module.clone(), false).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/zfm/peers")
            .join(script);
        let mut host = Command::new(&python)
            .arg(&script)
            .args([port.path(), &picture, folder.path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // A host that waits for ever finds the port gone.
        let (done, over) = std::sync::mpsc::channel::<()>();
        std::thread::spawn(move || {
            let _ = over.recv_timeout(PATIENCE);
            port.unplug();
        });
        let mut answers = host.stdin.take().unwrap();
        for asked in BufReader::new(host.stdout.take().unwrap()).lines() {
            module.lock().lay(match asked.unwrap().as_str() {
                "none" => None,
                identity => Some(finger(identity.parse().unwrap())),
            });
            answers.write_all(b"\n").unwrap();
        }
        drop(done);
        let ended = host.wait().unwrap();
        assert!(ended.success(), "{}: {ended}", script.display());
    }
}
