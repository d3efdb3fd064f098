//! A Python with other people's encoders and decoders.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether a command ends well; nothing of what it says is wanted.
fn does(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// A Python with `wsq` (NIST's code) and Pillow (OpenJPEG), in an environment of its own that stays for
/// the next run.
pub fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Another test process may be at it: each waits for the one before.
    let lock = File::create(target.join("wsq-python.lock")).ok()?;
    lock.lock().ok()?;
    let folder = target.join("wsq-python");
    let python = folder.join("bin/python");
    let works = || does(Command::new(&python).args(["-c", "import wsq, _wsq, PIL.Image"]));
    if works() {
        return Some(python);
    }
    let made = does(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    ) && does(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "wsq==0.9",
        "pillow",
    ]));
    (made && works()).then_some(python)
}

/// Runs a script; it must end well.
pub fn run(python: &Path, script: &str, folder: &Path) {
    let done = Command::new(python)
        .args(["-c", script])
        .arg(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
}
