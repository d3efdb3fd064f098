//! Disks that are full, and disks that cannot be written: a file system of a few megabytes, mounted in
//! a namespace of the test's own, with the desk in a process there. Where the system gives no such
//! namespace, a line that begins with SKIPPED says so; that a full database loses nothing is tested
//! besides with a limit of its own (`a_full_disk_loses_nothing_and_the_next_session_works`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use cccd_desk::desk::ports::Conclusions as _;
use cccd_desk::desk::wiring::Reports;
use cccd_desk::report::ReportSettings;
use cccd_desk::store::{Bounds, Store, StoreError, Trouble};
use cccd_port::SystemClock;
use tokio::sync::broadcast;

use crate::common::conclude;

const FOLDER: &str = "FAILURES_FOLDER";
const DESK: &str = env!("CARGO_BIN_EXE_cccd-desk");

/// Whether a small disk can be mounted here; where a build server runs the tests it must be.
fn small_disks() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let there = on_small_disk(folder.path(), "true", &[]).is_ok_and(|told| told.status.success());
    if !there {
        assert!(
            std::env::var_os("CI").is_none(),
            "no user and mount namespace: unshare -rm must work"
        );
        println!("SKIPPED: no user and mount namespace (unshare -rm) for a small disk");
    }
    there
}

/// Runs `script` with a disk of six megabytes mounted at `folder`, which is gone with it. `$1` is the
/// folder, what follows are the arguments.
fn on_small_disk(
    folder: &Path,
    script: &str,
    arguments: &[&OsStr],
) -> std::io::Result<std::process::Output> {
    let mounted = format!("mount -t tmpfs -o size=6m,mode=0700 tmpfs \"$1\" && {{ {script}; }}");
    Command::new("unshare")
        .args(["-rm", "sh", "-c", &mounted, "sh"])
        .arg(folder)
        .args(arguments)
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .output()
}

/// This test program again, in one of the roles below.
const ROLE: &str = "\"$2\" \"$3\" --exact --ignored --nocapture";

fn runs_role(script: &str, role: &str) {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let arguments = [program.as_os_str(), role.as_ref(), DESK.as_ref()];
    let told = on_small_disk(folder.path(), script, &arguments).unwrap();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let errors = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{text}\n{errors}");
    // A role that does not exist passes, too.
    assert!(text.contains("1 passed"), "{text}\n{errors}");
}

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os(FOLDER).unwrap())
}

fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(folder, Arc::new(SystemClock::default()))
}

/// Writes a file until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [65_536, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

#[test]
fn a_disk_that_is_really_full_loses_nothing_and_says_so() {
    if small_disks() {
        runs_role(ROLE, "disk::role_full");
    }
}

#[test]
#[ignore = "a role: a test of this program runs it on a small disk"]
fn role_full() {
    let folder = folder();
    let store = Arc::new(open(&folder).unwrap());
    let first = conclude(&store, "S-1");
    assert!(!first.is_empty());
    // Six megabytes are little from the start, and nothing has failed.
    assert_eq!(
        store.troubles(&Bounds::default()),
        [Trouble::DiskAlmostFull]
    );
    assert_eq!(store.unrecorded(), None);

    let filler = folder.join("filler");
    fill(&filler);
    let mut concluded = 1;
    // The log may have room for some more.
    while !conclude(&store, &format!("S-{}", concluded + 1)).is_empty() {
        concluded += 1;
        assert!(concluded < 1_000, "the disk takes no end");
    }
    assert_eq!(store.unrecorded(), Some(Trouble::DiskFull));
    assert_eq!(store.troubles(&Bounds::default()), [Trouble::DiskFull]);
    let reports = reports(&store);
    assert_eq!(reports.unrecorded(), Some(Trouble::DiskFull));
    assert_eq!(reports.troubles(), [Trouble::DiskFull]);

    // What was concluded is whole, of the others there is nothing; a restart finds the same.
    assert_eq!(store.audit_verify().unwrap().number, concluded);
    drop((reports, store));
    let store = open(&folder).unwrap_or_else(|error| {
        // Opening writes, too.
        assert!(matches!(error, StoreError::DiskFull), "{error}");
        std::fs::remove_file(&filler).unwrap();
        open(&folder).unwrap()
    });
    let _ = std::fs::remove_file(&filler);
    assert_eq!(store.audit_verify().unwrap().number, concluded);
    let waiting = store.outbox().unwrap();
    assert_eq!(u64::try_from(waiting.len()).unwrap(), concluded);
    assert_eq!(waiting[0].report_id, first);

    // With room again the next session is recorded, and nothing is the matter but little room.
    assert!(!conclude(&store, "S-next").is_empty());
    assert_eq!(store.unrecorded(), None);
    assert_eq!(
        store.troubles(&Bounds::default()),
        [Trouble::DiskAlmostFull]
    );
}

fn reports(store: &Arc<Store>) -> Reports {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let settings = ReportSettings::from(&cccd_desk::config::Config::default());
    let (_, delivered) = broadcast::channel(1);
    Reports::new(Arc::clone(store), settings, "desk-1".to_owned(), delivered)
}

#[test]
fn a_disk_that_cannot_be_written_is_told_and_nothing_is_harmed() {
    if small_disks() {
        let script = format!(
            "{ROLE} && mount -o remount,ro \"$1\" && \"$2\" disk::role_read_only --exact --ignored \
             --nocapture && ! CCCD_DESK_DATA_DIR=\"$1\" \"$4\" outbox list >\"/dev/null\""
        );
        runs_role(&script, "disk::role_writable");
    }
}

#[test]
#[ignore = "a role: a test of this program runs it on a small disk"]
fn role_writable() {
    let store = open(&folder()).unwrap();
    assert!(!conclude(&store, "S-1").is_empty());
}

#[test]
#[ignore = "a role: a test of this program runs it on a small disk"]
fn role_read_only() {
    let refused = open(&folder()).map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    assert!(refused.to_string().contains("cannot be written"));
}
