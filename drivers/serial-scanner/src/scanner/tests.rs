//! The scanner on a line that exists in memory, by a clock that the line moves.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::profile::profile;

/// What happens next at the socket or on the line.
enum Event {
    Bytes(Duration, &'static [u8]),
    Pulled,
    Absent(ScannerFault),
}

#[derive(Default)]
struct World {
    now: Duration,
    events: VecDeque<Event>,
    written: Vec<u8>,
    opened: usize,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

impl Clock for Shared {
    fn now(&self) -> time::OffsetDateTime {
        time::OffsetDateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        self.world(|world| world.now)
    }
}

impl Socket for Shared {
    fn open(&mut self) -> Result<Box<dyn Line>, ScannerFault> {
        self.world(|world| {
            if let Some(Event::Absent(fault)) = world.events.front() {
                let fault = *fault;
                world.events.pop_front();
                return Err(fault);
            }
            world.opened += 1;
            Ok(())
        })?;
        Ok(Box::new(self.clone()))
    }

    fn pause(&mut self, length: Duration) {
        self.world(|world| world.now += length);
    }
}

impl Line for Shared {
    fn read(&mut self, into: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        self.world(|world| match world.events.front_mut() {
            Some(Event::Bytes(after, bytes)) if *after <= within => {
                world.now += *after;
                *after = Duration::ZERO;
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                *bytes = &bytes[count..];
                if bytes.is_empty() {
                    world.events.pop_front();
                }
                Ok(count)
            }
            Some(Event::Bytes(after, _)) => {
                *after -= within;
                world.now += within;
                Ok(0)
            }
            Some(Event::Pulled) => {
                world.events.pop_front();
                Err(LineLost)
            }
            Some(Event::Absent(_)) | None => {
                world.now += within;
                Ok(0)
            }
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LineLost> {
        self.world(|world| world.written.extend_from_slice(bytes));
        Ok(())
    }
}

const LONG: Duration = Duration::from_secs(10);

fn scanner(name: &str, events: Vec<Event>) -> (Shared, SerialScanner) {
    let shared = Shared::default();
    shared.world(|world| world.events = events.into());
    let clock = Arc::new(shared.clone());
    let profile = profile(name).unwrap();
    let device = SerialScanner::at(Box::new(shared.clone()), clock, profile);
    (shared, device)
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_scan_comes_as_soon_as_it_is_whole() {
    let (world, mut device) = scanner(
        "qr",
        vec![Event::Bytes(ms(10), b"on"), Event::Bytes(ms(20), b"e\rtwo")],
    );
    assert_eq!(device.wait(LONG).as_deref(), Some("one"));
    assert_eq!(world.elapsed(), ms(30));
    assert_eq!(device.fault(), None);
    // Silence ends the other.
    assert_eq!(device.wait(LONG).as_deref(), Some("two"));
    assert_eq!(world.elapsed(), ms(130));
    assert_eq!(device.wait(ms(500)), None);
    assert_eq!(world.elapsed(), ms(630));
}

#[test]
fn a_text_goes_on_over_waits_that_end() {
    let (_, mut device) = scanner(
        "qr-line",
        vec![Event::Bytes(ms(0), b"on"), Event::Bytes(ms(700), b"e\r")],
    );
    assert_eq!(device.wait(ms(500)), None);
    assert_eq!(device.misread(), None);
    assert_eq!(device.wait(ms(500)).as_deref(), Some("one"));
}

#[test]
fn a_scanner_that_is_pulled_out_is_found_again() {
    let (world, mut device) = scanner(
        "qr",
        vec![
            Event::Absent(ScannerFault::Unplugged),
            Event::Absent(ScannerFault::Busy),
            Event::Bytes(ms(5), b"half"),
            Event::Pulled,
            Event::Absent(ScannerFault::Unplugged),
            Event::Absent(ScannerFault::Denied),
            Event::Bytes(ms(0), b" of it\rwhole\r"),
        ],
    );
    assert_eq!(device.fault(), Some(ScannerFault::Unplugged));
    assert_eq!(device.wait(ms(499)), None);
    assert_eq!(device.fault(), Some(ScannerFault::Unplugged));
    assert_eq!(device.wait(ms(400)), None);
    assert_eq!(device.fault(), Some(ScannerFault::Busy));
    assert_eq!(device.wait(LONG), None, "what had begun is lost at once");
    assert_eq!(device.misread(), Some(Misread::Cut));
    assert_eq!(device.misread(), None);
    assert_eq!(device.fault(), Some(ScannerFault::Unplugged));
    assert_eq!(device.wait(ms(700)), None);
    assert_eq!(device.fault(), Some(ScannerFault::Denied));
    // Nothing of the half is left.
    assert_eq!(device.wait(LONG).as_deref(), Some(" of it"));
    assert_eq!(device.wait(LONG).as_deref(), Some("whole"));
    assert_eq!(world.world(|world| world.opened), 2);
}

#[test]
fn a_misread_that_nobody_fetches_holds_up_nothing() {
    let (_, mut device) = scanner("qr", vec![Event::Bytes(ms(0), b"\xff\rone\r")]);
    assert_eq!(device.wait(LONG), None);
    assert_eq!(device.wait(LONG).as_deref(), Some("one"));
    assert_eq!(device.misread(), None);
}

#[test]
fn the_device_is_told_in_its_own_words() {
    let (world, mut device) = scanner("qr-datalogic", vec![Event::Bytes(ms(0), b"one\r")]);
    assert!(device.wait(LONG).is_some());
    device.tell(Feedback::Taken);
    device.tell(Feedback::Refused);
    assert_eq!(world.world(|world| world.written.clone()), b"\x0134\r");

    let (world, mut device) = scanner("qr", vec![]);
    device.wait(Duration::ZERO);
    device.tell(Feedback::Refused);
    assert!(world.world(|world| world.written.is_empty()));
}
