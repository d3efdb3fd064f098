//! What it takes to keep a session so that a power cut loses nothing, against what the disk can do:
//! `cargo bench --bench durable_sessions`. Beside each other in one folder: 4 KiB appended and synced in
//! a loop; sessions concluded by one thread and by four; the same with their reports delivered to a
//! receiver on this machine. The folder is in the build's own, or the one that `BENCH_FOLDER` names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cccd_desk::config::Config;
use cccd_desk::decision::verdict::{Digests, PhaseCount, PolicyRef, ReadingCount};
use cccd_desk::decision::{Check, CheckId, CheckResult, Fact, Verdict, VerdictKind};
use cccd_desk::report::{
    Conclusion, DeliverySettings, Ended, ReportSettings, RuntimeTimer, deliver,
};
use cccd_desk::simulation::case_system::{self, Keys};
use cccd_desk::store::{Destination, Store};
use cccd_port::SystemClock;
use ring::rand::{SecureRandom as _, SystemRandom};

/// How long each row is measured.
const LENGTH: Duration = Duration::from_secs(5);
/// The evidence of a citizen card: 21.5 KB of files, the exchanges that prove the chip, a person's picture.
const EVIDENCE: usize = 40_000;

/// A verdict with every check that there is, as an ordinary card yields.
fn verdict(store: &Store) -> Verdict {
    let groups = [1, 2, 13, 14, 15].map(CheckId::DgHash);
    let checks = CheckId::ALL.into_iter().chain(groups).map(|id| {
        let mut check = Check::new(id, CheckResult::Successful);
        check.facts.insert("digest", Fact::Plain("5a".repeat(32)));
        check
    });
    let phases = [
        "select", "access", "dg1", "dg13", "sod", "dg2", "dg14", "ca",
    ];
    Verdict {
        verdict: VerdictKind::Verified,
        reason: None,
        class: None,
        reasons: Vec::new(),
        test: true,
        at: store.now(),
        policy: PolicyRef {
            name: "document".to_owned(),
            version: "1".to_owned(),
            digest: "a1".repeat(32),
        },
        personal_number: Some("001090000001".into()),
        name: Some("NGUYỄN VĂN A".into()),
        birth_date: Some("1990-01-31".into()),
        checks: checks.collect(),
        notes: vec!["dsc-expired-now"],
        access: Some("pace-can"),
        chip_authentication: Some("ca"),
        reading: ReadingCount {
            apdus: 112,
            bytes: 21_500,
            phases: phases
                .map(|name| PhaseCount {
                    name: name.to_owned(),
                    apdus: 14,
                    bytes: 2_700,
                    milliseconds: 300,
                })
                .into(),
        },
        digests: Digests {
            evidence: "b2".repeat(32),
            trust: "c3".repeat(32),
            policy: "a1".repeat(32),
            time: "d4".repeat(32),
        },
    }
}

/// A folder of its own on the disk that is measured.
fn folder() -> tempfile::TempDir {
    let within = std::env::var_os("BENCH_FOLDER")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    tempfile::tempdir_in(within).unwrap()
}

/// Appends and syncs a second, for the least that a log with a sync an entry needs.
fn syncs() -> f64 {
    let folder = folder();
    let mut file = File::create(folder.path().join("log")).unwrap();
    let block = [0x5a; 4_096];
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < LENGTH {
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// What one thread concludes until it is told to stop, each session with evidence of its own.
fn concluding(store: &Store, thread: usize, stop: &AtomicBool, count: &AtomicU64) {
    let verdict = verdict(store);
    let settings = ReportSettings {
        destinations: vec![Destination::CaseSystem],
        ..ReportSettings::from(&Config::default())
    };
    // As zip files are: nothing in it can be packed.
    let mut evidence = vec![0; EVIDENCE];
    SystemRandom::new().fill(&mut evidence).unwrap();
    for number in 0_u32.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (session, case_ref) = (
            format!("S-{thread}-{number}"),
            format!("HS-{thread}-{number}"),
        );
        let conclusion = Conclusion {
            session: &session,
            case_ref: Some(&case_ref),
            purpose: "dossier-intake",
            desk: "desk-1",
            verdict: &verdict,
            evidence: Some(&evidence),
            reconciliation: None,
        };
        store.conclude(&conclusion, &settings).unwrap();
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sessions a second that `threads` conclude.
fn concluded(store: &Store, threads: usize) -> f64 {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (stop, count) = (&stop, &count);
            scope.spawn(move || concluding(store, thread, stop, count));
        }
        std::thread::sleep(LENGTH);
        stop.store(true, Ordering::Relaxed);
    });
    per_second(count.into_inner(), began)
}

fn per_second(count: u64, began: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / began.elapsed().as_secs_f64()
}

fn kept(folder: &Path) -> Store {
    Store::open(folder, Arc::new(SystemClock::default())).unwrap()
}

/// Sessions a second that `threads` conclude and that have their receipts stored, from the first to the
/// last of both.
fn receipted(threads: usize) -> f64 {
    let folder = folder();
    let store = Arc::new(kept(folder.path()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = case_system::Options::new(Keys::Set(store.keys()));
        let case_system = case_system::serve(listener, options).unwrap();
        let to = DeliverySettings::new(case_system.reports_url().parse().unwrap());
        let (events, mut told) = tokio::sync::broadcast::channel(1_000_000);
        let timer = Arc::new(RuntimeTimer::default());
        let handle = deliver::spawn(Arc::clone(&store), &to, events, timer).unwrap();
        let began = Instant::now();
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                for thread in 0..threads {
                    let (store, stop, count) = (&store, &stop, &count);
                    scope.spawn(move || concluding(store, thread, stop, count));
                }
                std::thread::sleep(LENGTH);
                stop.store(true, Ordering::Relaxed);
            });
        });
        let count = count.load(Ordering::Relaxed);
        let mut delivered = 0;
        while delivered < count {
            if let Ended::Delivered { .. } = told.recv().await.unwrap().ended {
                delivered += 1;
            }
        }
        let rate = per_second(count, began);
        handle.shutdown(Duration::from_secs(5)).await;
        rate
    })
}

fn main() {
    let memory = Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let without_a_disk = concluded(&memory, 1);
    drop(memory);
    let before = syncs();
    let (one, four) = (folder(), folder());
    let rows = [
        ("concluded, 1 thread", concluded(&kept(one.path()), 1)),
        ("concluded, 4 threads", concluded(&kept(four.path()), 4)),
        ("concluded and receipted, 1 thread", receipted(1)),
        ("concluded and receipted, 4 threads", receipted(4)),
        ("concluded in memory, 1 thread", without_a_disk),
    ];
    let after = syncs();
    // The disk of a shared machine changes while it is measured: both sides of it count.
    let syncs = f64::midpoint(before, after);
    println!("4 KiB appended and synced: {before:.0}/s before, {after:.0}/s after");
    println!(
        "{:<36} {:>10} {:>16}",
        "sessions of 40 KB", "a second", "of the syncs"
    );
    for (name, rate) in rows {
        println!("{name:<36} {rate:>10.0} {:>16.2}", rate / syncs);
    }
}
