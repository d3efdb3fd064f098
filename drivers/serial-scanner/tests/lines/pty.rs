//! The same on pseudo terminals: opened by name, locked, pulled out, plugged in elsewhere.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use cccd_port::{CodeScanner as _, Feedback, Misread, ScannerFault};
use cccd_serial_scanner::{SerialScanner, profile};
use cccd_sim::{LineFault, SerialDevice, SerialForm, persona};

use crate::{Kind, kinds, people};

const LONG: Duration = Duration::from_secs(10);

struct Bench {
    // The folder that stands for /dev/serial/by-id.
    folder: tempfile::TempDir,
    device: SerialDevice,
    scanner: SerialScanner,
}

impl Bench {
    fn new(kind: &Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("usb-Example_Scanner_0001-if00");
        let mut device = SerialDevice::new(name.clone(), kind.form);
        device.plug().unwrap();
        let mut scanner = SerialScanner::new(name, kind.profile.clone());
        ready(&mut scanner);
        Self {
            folder,
            device,
            scanner,
        }
    }
}

/// Until the port is open: what is scanned before is for nobody.
fn ready(scanner: &mut SerialScanner) {
    while scanner.fault().is_some() {
        assert_eq!(scanner.wait(Duration::from_millis(50)), None);
    }
}

fn kind(name: &str) -> Kind {
    kinds()
        .into_iter()
        .find(|kind| kind.profile.name == name)
        .unwrap()
}

#[test]
fn a_scan_comes_over_a_port_as_it_was_sent() {
    let (persona, _) = people();
    for kind in kinds() {
        let mut bench = Bench::new(&kind);
        let code = kind.code(&persona);
        bench.device.scan(&code).unwrap();
        let came = bench.scanner.wait(LONG);
        assert_eq!(
            came.as_deref(),
            Some(code.as_str()),
            "{}",
            kind.profile.name
        );
    }
}

/// Whatever goes wrong with one scan on a real port, the next comes; of a zone with a block check
/// nothing else comes before it. Silences are for the clock that is passed in: here none is awaited.
#[test]
fn after_a_fault_the_next_scan_comes() {
    let (first, _) = people();
    let others = ["adult-woman", "elder-no-expiry"].map(|name| persona(name).unwrap());
    for name in ["mrz-desko", "mrz-3m", "qr-line"] {
        let kind = kind(name);
        let mut bench = Bench::new(&kind);
        let first = kind.code(&first);
        let frame = kind.form.frame(&first);
        let faults =
            LineFault::at_every_byte(frame.len())
                .into_iter()
                .filter(|fault| match fault {
                    LineFault::Flipped { bit, .. } => *bit == 0,
                    LineFault::LastByte { by } => name == "mrz-3m" && *by == 1,
                    LineFault::Noise { byte, .. } => *byte == b'A',
                    LineFault::Dropped { .. } | LineFault::Doubled { .. } => true,
                    _ => false,
                });
        let mut met = 0;
        for (fault, other) in faults.zip(others.iter().cycle()) {
            let next = kind.code(other);
            bench.device.send(&fault.send(&frame)).unwrap();
            // A frame without its end swallows the next: the second one is whole.
            bench.device.scan(&next).unwrap();
            bench.device.scan(&next).unwrap();
            let mut came = Vec::new();
            while came.last() != Some(&next) {
                match bench.scanner.wait(LONG) {
                    Some(text) => came.push(text),
                    None => assert!(bench.scanner.misread().is_some(), "{fault:?}: silence"),
                }
            }
            came.pop();
            if name == "mrz-3m" {
                assert!(came.iter().all(|text| *text == first), "{fault:?}");
            }
            met += 1;
        }
        assert!(met > 300, "{name}: {met} faults");
    }
}

#[test]
fn a_scanner_that_is_pulled_out_is_found_again_under_its_name() {
    let (first, next) = people();
    for kind in ["qr", "mrz-desko", "mrz-3m"].map(kind) {
        let mut bench = Bench::new(&kind);
        let (first, next) = (kind.code(&first), kind.code(&next));
        let half = LineFault::Unplugged { at: 40 };
        bench
            .device
            .send(&half.send(&kind.form.frame(&first)))
            .unwrap();
        while bench.scanner.fault().is_none() {
            assert_eq!(bench.scanner.wait(Duration::from_millis(10)), None);
        }
        assert_eq!(bench.scanner.fault(), Some(ScannerFault::Unplugged));

        bench.device.plug().unwrap();
        ready(&mut bench.scanner);
        bench.device.scan(&next).unwrap();
        assert_eq!(bench.scanner.wait(LONG), Some(next));
    }
}

#[test]
fn what_was_scanned_before_anybody_listened_is_for_nobody() {
    let (first, next) = people();
    let kind = kind("qr-line");
    let mut bench = Bench::new(&kind);
    bench.device.unplug();
    assert_eq!(bench.scanner.wait(Duration::from_millis(10)), None);
    bench.device.plug().unwrap();
    bench.device.scan(&kind.code(&first)).unwrap();
    ready(&mut bench.scanner);
    let next = kind.code(&next);
    bench.device.scan(&next).unwrap();
    assert_eq!(bench.scanner.wait(LONG), Some(next));
}

#[test]
fn a_port_that_is_in_use_is_busy_and_comes_free() {
    let kind = kind("qr-line");
    let mut bench = Bench::new(&kind);
    let mut second = SerialScanner::new(bench.device.name().to_owned(), kind.profile.clone());
    assert_eq!(second.wait(Duration::ZERO), None);
    assert_eq!(second.fault(), Some(ScannerFault::Busy));
    // The first is not disturbed.
    bench.device.scan("one").unwrap();
    assert_eq!(bench.scanner.wait(LONG).as_deref(), Some("one"));
    drop(bench.scanner);
    ready(&mut second);
    bench.device.scan("two").unwrap();
    assert_eq!(second.wait(LONG).as_deref(), Some("two"));
}

#[test]
fn what_is_no_port_is_told_from_what_is_not_there() {
    let kind = kind("qr");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"a text\r").unwrap();
    let fault = |path: PathBuf| {
        let mut scanner = SerialScanner::new(path, kind.profile.clone());
        assert_eq!(scanner.wait(Duration::ZERO), None);
        scanner.fault()
    };
    assert_eq!(fault(file), Some(ScannerFault::NoPort));
    assert_eq!(fault("/dev/null".into()), Some(ScannerFault::NoPort));
    let nothing = folder.path().join("nothing");
    assert_eq!(fault(nothing), Some(ScannerFault::Unplugged));
}

#[test]
fn more_than_any_scan_has_is_refused_and_the_next_comes() {
    let kind = kind("qr-line");
    let Bench {
        folder,
        mut device,
        mut scanner,
    } = Bench::new(&kind);
    let flood = LineFault::Overlong { at: 1, by: 100_000 };
    let sender = thread::spawn(move || {
        device.send(&flood.send(b"ab\r")).unwrap();
        device.scan("next").unwrap();
        device
    });
    assert_eq!(scanner.wait(LONG), None);
    assert_eq!(scanner.misread(), Some(Misread::TooLong));
    assert_eq!(scanner.wait(LONG).as_deref(), Some("next"));
    drop((sender.join().unwrap(), folder));
}

#[test]
fn the_device_hears_what_became_of_its_scan() {
    let kind = Kind {
        profile: profile("qr-datalogic").unwrap(),
        form: SerialForm::Text {
            before: b"",
            after: b"\r",
        },
    };
    let mut bench = Bench::new(&kind);
    bench.device.scan("one").unwrap();
    assert!(bench.scanner.wait(LONG).is_some());
    bench.scanner.tell(Feedback::Taken);
    bench.scanner.tell(Feedback::Refused);
    assert_eq!(bench.device.hear(4).unwrap(), b"\x0134\r");
}
