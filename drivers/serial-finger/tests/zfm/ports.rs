//! Real ports: pseudo terminals with the simulated module at the other end.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cccd_port::{FingerImage, FingerprintSensor, ModuleMatch, ModuleMatcher, SensorFault};
use cccd_serial_finger::{ModuleModel, OpenFault, PortOpener, Settings, Timings, USUAL_BAUD, Zfm};
use cccd_sim::{Mishap, SensorKind, SensorMishap, SensorPort, SharedModule, SimFinger, ZfmModule};
use tempfile::TempDir;

use crate::bench::{finger, finger_of, model, small_kind, small_model};

/// A desk's sensor at a port of a stable name.
struct Desk {
    module: SharedModule,
    sensor: Zfm,
    port: Option<SensorPort>,
    name: PathBuf,
    _folder: TempDir,
}

impl Desk {
    fn new(kind: SensorKind, model: ModuleModel) -> Self {
        Self::with(kind, Settings::new(model), false)
    }

    fn with(kind: SensorKind, settings: Settings, paced: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("usb-Fingerprint_Module-if00-port0");
        let module = SharedModule::new(ZfmModule::new(kind));
        let port = SensorPort::plug_in(module.clone(), paced).unwrap();
        port.name(&name).unwrap();
        Self {
            module,
            sensor: Zfm::new(Box::new(opener(&name)), settings),
            port: Some(port),
            name,
            _folder: folder,
        }
    }

    fn lay(&self, finger: &SimFinger) {
        self.module.lock().lay(Some(finger.clone()));
    }

    fn unplug(&mut self) {
        if let Some(port) = self.port.take() {
            port.unplug();
        }
        std::fs::remove_file(&self.name).unwrap();
    }

    fn plug_in(&mut self) {
        let port = SensorPort::plug_in(self.module.clone(), false).unwrap();
        port.name(&self.name).unwrap();
        self.port = Some(port);
    }

    fn capture(&mut self) -> Result<FingerImage, SensorFault> {
        let wait = Duration::from_secs(2);
        self.sensor.capture(wait, &mut |_| (), &|| false)
    }
}

fn opener(name: &Path) -> PortOpener {
    PortOpener::new(name.to_str().unwrap(), USUAL_BAUD)
}

#[test]
fn a_picture_of_full_size_and_a_comparison_come_over_a_port() {
    let mut desk = Desk::new(SensorKind::r30x(), model("r30x"));
    let one = finger_of(1, 256, 288, 500);
    desk.lay(&one);
    assert!(desk.capture().unwrap() == one.image);
    let wait = Duration::from_secs(2);
    let stored = desk.sensor.template(wait, &mut |_| (), &|| false).unwrap();
    for (identity, same) in [(1, true), (2, false)] {
        desk.lay(&finger_of(identity, 256, 288, 500));
        let said = desk.sensor.compare(&stored, wait, &mut |_| (), &|| false);
        assert_eq!(
            matches!(said, Ok(ModuleMatch::Matches { .. })),
            same,
            "{said:?}"
        );
    }
}

#[test]
fn at_the_pace_of_the_line_too() {
    let mut desk = Desk::with(small_kind(), Settings::new(small_model()), true);
    desk.lay(&finger(1));
    let begun = Instant::now();
    assert!(desk.capture().unwrap() == finger(1).image);
    // 276 bytes of 10 bits.
    assert!(begun.elapsed() >= Duration::from_millis(47));
}

#[test]
fn a_port_is_open_for_one_program_alone() {
    let mut desk = Desk::new(small_kind(), small_model());
    desk.lay(&finger(1));
    assert!(desk.capture().is_ok());
    let second = opener(&desk.name);
    assert_eq!(second.open_port().err(), Some(OpenFault::Busy));
    // By its other name as well, and with the first none the worse for it.
    let other = opener(&std::fs::canonicalize(&desk.name).unwrap());
    assert_eq!(other.open_port().err(), Some(OpenFault::Busy));
    let mut rival = Zfm::new(Box::new(second.clone()), Settings::new(small_model()));
    let ended = rival.capture(Duration::ZERO, &mut |_| (), &|| false);
    assert_eq!(ended.err(), Some(SensorFault::Busy));
    assert!(desk.capture().is_ok());
    desk.sensor = Zfm::new(Box::new(opener(&desk.name)), Settings::new(small_model()));
    assert!(second.open_port().is_ok());
}

#[test]
fn what_is_no_port_is_no_sensor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (path, fault) in [
        (folder.path().join("nothing"), OpenFault::NotThere),
        (file, OpenFault::NotUsable),
    ] {
        assert_eq!(opener(&path).open_port().err(), Some(fault));
        let mut sensor = Zfm::new(Box::new(opener(&path)), Settings::new(small_model()));
        let ended = sensor.capture(Duration::ZERO, &mut |_| (), &|| false);
        assert_eq!(ended.err(), Some(SensorFault::NoSensor));
    }
}

#[test]
fn an_unplugged_port_is_lost_and_opened_again_by_its_name() {
    let mut desk = Desk::new(small_kind(), small_model());
    desk.lay(&finger(1));
    assert!(desk.capture().is_ok());
    let before = std::fs::canonicalize(&desk.name).unwrap();
    // Another port is opened first, so that the module gets a new number.
    desk.unplug();
    assert_eq!(desk.capture().err(), Some(SensorFault::SensorLost));
    assert_eq!(desk.capture().err(), Some(SensorFault::NoSensor));
    let first = SharedModule::new(ZfmModule::new(small_kind()));
    let _taken = SensorPort::plug_in(first, false).unwrap();
    desk.plug_in();
    assert_ne!(std::fs::canonicalize(&desk.name).unwrap(), before);
    assert!(desk.capture().is_ok());
    // Out and in between two presses.
    desk.unplug();
    desk.plug_in();
    assert!(desk.capture().is_ok());
}

/// Short, so that what is waited for in vain does not last; long enough for a busy machine.
fn impatient() -> Settings {
    Settings {
        timings: Timings {
            silence: Duration::from_millis(20),
            answer: Duration::from_secs(1),
            packet: Duration::from_millis(500),
            look: Duration::from_millis(20),
            ..Timings::default()
        },
        ..Settings::new(small_model())
    }
}

#[test]
fn mishaps_over_a_port_end_as_they_do_in_memory() {
    // Byte, mishap, fault. 52 is the answer to UpImage, 64 the first packet of data.
    let table = [
        (70, SensorMishap::Flipped(1), SensorFault::ProtocolViolation),
        (
            150,
            SensorMishap::Flipped(0x80),
            SensorFault::ProtocolViolation,
        ),
        (150, SensorMishap::Doubled, SensorFault::ProtocolViolation),
        (80, SensorMishap::Dropped, SensorFault::ProtocolViolation),
        (235, SensorMishap::Dropped, SensorFault::Timeout),
        (
            107,
            SensorMishap::StrayPowerUp,
            SensorFault::ProtocolViolation,
        ),
        (107, SensorMishap::PowerUp, SensorFault::ProtocolViolation),
        (52, SensorMishap::Pid(2), SensorFault::ProtocolViolation),
        (52, SensorMishap::Longer(2), SensorFault::ProtocolViolation),
        (
            52,
            SensorMishap::Code(0x0F),
            SensorFault::Device { code: 0x0F },
        ),
        (52, SensorMishap::Code(0x21), SensorFault::PasswordRefused),
        (40, SensorMishap::Code(0x03), SensorFault::PoorImage),
        (193, SensorMishap::NeverLast, SensorFault::ProtocolViolation),
        (100, SensorMishap::Cut, SensorFault::Timeout),
        (100, SensorMishap::Silence, SensorFault::Timeout),
        (
            100,
            SensorMishap::Drip(Duration::from_millis(50)),
            SensorFault::Timeout,
        ),
    ];
    let mut desk = Desk::with(small_kind(), impatient(), false);
    desk.lay(&finger(1));
    for (at, what, fault) in table {
        desk.module.lock().suffer(vec![Mishap {
            at,
            what: what.clone(),
        }]);
        let begun = Instant::now();
        assert_eq!(desk.capture().err(), Some(fault), "{what:?} at {at}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{what:?}");
        desk.module.lock().suffer(Vec::new());
        if !matches!(what, SensorMishap::Drip(_)) {
            let next = desk.capture();
            assert!(next == Ok(finger(1).image), "{what:?}: {next:?}");
        }
    }
}

#[test]
fn a_port_pulled_out_in_the_middle_is_lost() {
    let mut desk = Desk::new(small_kind(), small_model());
    desk.lay(&finger(1));
    for at in [0, 13, 45, 52, 90, 200, 240] {
        desk.module.lock().suffer(vec![Mishap {
            at,
            what: SensorMishap::Unplugged,
        }]);
        assert_eq!(desk.capture().err(), Some(SensorFault::SensorLost), "{at}");
        desk.module.lock().suffer(Vec::new());
        desk.unplug();
        desk.plug_in();
        assert!(desk.capture().is_ok(), "{at}");
    }
}
