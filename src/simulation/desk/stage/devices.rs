//! Code scanners on lines, and the desk's own camera.

use std::collections::BTreeMap;
use std::sync::Arc;

use cccd_port::{ReaderName, ScannerFault, SystemClock};
use cccd_serial_scanner::{Form, Profile, SerialScanner, profile, profiles};
use cccd_sim::{CameraTrouble, LineFault, Scene, Sent, SerialForm};
use serde_json::Value;

use super::{SEEN, Stage};
use crate::desk::scanning::{Beside, Scanner};
use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::desk::wire::Wire;

/// The simulated camera, as the desk knows it.
pub const CAMERA: &str = "Simulated Camera";

/// Scanners on lines, by what the desk calls them.
pub(super) type Wires = BTreeMap<String, Wire>;

/// A scan over a line.
#[derive(Clone, Debug)]
pub struct LineScan {
    /// The kind of scanner, by the name of its profile.
    pub profile: String,
    /// The text; of a zone its lines, with a line feed between.
    pub text: String,
    /// What the scanner puts before a text.
    pub before: &'static [u8],
    /// What it puts after it.
    pub after: &'static [u8],
    /// What the line does to it.
    pub fault: Option<LineFault>,
    /// How often the scanner sends it.
    pub times: usize,
}

fn known(name: &str) -> Result<Profile, StageRefusal> {
    profile(name).ok_or_else(|| {
        let names = profiles().map(|known| known.name).join(", ");
        StageRefusal::Impossible(format!("there is no such profile; there are {names}"))
    })
}

impl Stage {
    /// The scanner of that kind beside the reader, which is plugged in at its first use.
    fn wire(&self, reader: &str, kind: &str) -> Result<(String, Wire, Form), StageRefusal> {
        self.in_lane(reader, |_| ())?;
        let profile = known(kind)?;
        let form = profile.form;
        let name = format!("{reader}: {kind}");
        let mut wires = self
            .0
            .wires
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(wire) = wires.get(&name) {
            return Ok((name, wire.clone(), form));
        }
        let wire = Wire::default();
        let clock = Arc::new(SystemClock::default());
        self.0
            .desk
            .follow_scanner(Scanner {
                name: name.clone(),
                beside: Some(Beside::Reader(ReaderName(reader.to_owned()))),
                device: Box::new(SerialScanner::at(wire.socket(), clock, profile)),
            })
            .map_err(|error| StageRefusal::Impossible(error.to_string()))?;
        wires.insert(name.clone(), wire.clone());
        Ok((name, wire, form))
    }

    /// Scans over a line of a scanner beside the reader. Blocks until the desk says what became of it,
    /// which is what comes back: the desk's event `scan`.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such reader or profile, or nothing came of it.
    pub fn scan_by_line(&self, reader: &str, scan: &LineScan) -> Result<Value, StageRefusal> {
        let (name, wire, form) = self.wire(reader, &scan.profile)?;
        let form = match form {
            Form::Text { .. } => SerialForm::Text {
                before: scan.before,
                after: scan.after,
            },
            Form::MrzLines => SerialForm::MrzLines,
            Form::MrzDesko => SerialForm::MrzDesko,
            Form::Mrz3m { .. } => SerialForm::Mrz3m,
        };
        let frame = form.frame(&scan.text).repeat(scan.times);
        let sent = match scan.fault {
            Some(fault) => fault.send(&frame),
            None => Sent {
                pieces: vec![(core::time::Duration::ZERO, frame)],
                unplugged: false,
            },
        };
        let before = self.0.desk.events().newest();
        if !wire.send(&sent, SEEN) {
            return Err(StageRefusal::NotTaken("the scanner is not plugged in"));
        }
        let found = self.told(before, |event| {
            let answered = event.get("held").is_none();
            event.get("scanner").and_then(Value::as_str) == Some(&name) && answered
        });
        found.ok_or(StageRefusal::NotTaken("nothing came of it"))
    }

    /// The first event `scan` after `before` that is meant.
    fn told(&self, before: u64, is_meant: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut newest = self.0.desk.events().listen();
        let look = || {
            let since = self.0.desk.events().since(before).events;
            let scans = since.into_iter().filter(|event| event.name == "scan");
            let mut told = scans.filter_map(|event| serde_json::from_str(&event.data).ok());
            told.find(|event| is_meant(event))
        };
        self.0.runtime.block_on(async {
            let found = async {
                loop {
                    newest.borrow_and_update();
                    if let Some(found) = look() {
                        return Some(found);
                    }
                    newest.changed().await.ok()?;
                }
            };
            tokio::time::timeout(SEEN, found).await.ok()?
        })
    }

    /// Plugs the scanner of that kind in, or takes it away in one of the ways that there are. Blocks
    /// until the desk sees it.
    ///
    /// # Errors
    /// [`StageRefusal`]: no such reader or profile.
    pub fn plug_scanner(
        &self,
        reader: &str,
        kind: &str,
        absent: Option<ScannerFault>,
    ) -> Result<(), StageRefusal> {
        let (name, wire, _) = self.wire(reader, kind)?;
        wire.set(absent);
        let code = absent.map(|fault| crate::desk::api::problem::devices::of_scanner(fault).code);
        let seen = || {
            let all = self.0.desk.scanners().view();
            let own = all.into_iter().find(|device| device.name == name);
            own.is_some_and(|own| own.fault.map(|fault| fault.code) == code)
        };
        let mut newest = self.0.desk.events().listen();
        self.0.runtime.block_on(async {
            let wait = async {
                loop {
                    newest.borrow_and_update();
                    if seen() || newest.changed().await.is_err() {
                        return;
                    }
                }
            };
            // Beyond the bound the desk's health says what it sees.
            let _ = tokio::time::timeout(SEEN, wait).await;
        });
        Ok(())
    }

    /// Everything as it was at the start.
    pub(super) fn reset_devices(&self) {
        let wires = self
            .0
            .wires
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for wire in wires.values() {
            wire.set(None);
        }
        if let Some(scene) = &self.0.scene {
            scene.trouble(None);
            scene.play([]);
        }
    }

    /// What stands before the desk's own camera.
    ///
    /// # Errors
    /// [`StageRefusal::Impossible`] where it has none.
    pub fn scene(&self) -> Result<&Scene, StageRefusal> {
        self.0.scene.as_ref().ok_or_else(|| {
            StageRefusal::Impossible("this desk was started without a camera".to_owned())
        })
    }

    /// Shows pictures to the desk's own camera, one after the other, the last one for good; or makes
    /// trouble, or ends it.
    ///
    /// # Errors
    /// As for [`Self::scene`].
    pub fn show(
        &self,
        pictures: &[Vec<u8>],
        trouble: Option<CameraTrouble>,
    ) -> Result<(), StageRefusal> {
        let scene = self.scene()?;
        scene.trouble(trouble);
        scene.play(pictures.iter().map(Vec::as_slice));
        Ok(())
    }
}
