//! A module at the end of a line whose time is made up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cccd_port::{
    CaptureStep, FingerImage, FingerprintSensor, ModuleMatch, ModuleMatcher, ModuleTemplate,
    SensorFault,
};
use cccd_serial_finger::{Line, LineLost, LineOpener, ModuleModel, Settings, Zfm};
use cccd_sim::sensor::Sent;
use cccd_sim::sensor::message::{Found, Message};
use cccd_sim::{Mishap, SensorKind, SharedModule, SimFinger, ZfmModule};
use zeroize::Zeroizing;

/// How long a finger is waited for.
pub const WAIT: Duration = Duration::from_secs(3);
/// A call ends within the handshake's time, the wait with the last look, and the fetching's.
pub const LONGEST_CALL: Duration = Duration::from_secs(15 + 3 + 2 + 20);

/// What goes wrong on the way to the module, at a byte that the host writes.
#[derive(Clone, Copy, Debug)]
pub struct Misread {
    pub at: usize,
    pub what: Misreading,
}

#[derive(Clone, Copy, Debug)]
pub enum Misreading {
    Dropped,
    Doubled,
    Flipped(u8),
    /// From here on nothing that is written comes through, for so many bytes.
    Lost(usize),
}

/// A line in memory, its module, and the time of both.
pub struct Wire {
    module: SharedModule,
    plugged: bool,
    now: Duration,
    /// When the module is done with what it was told.
    idle: Duration,
    coming: VecDeque<(Duration, u8)>,
    gone: Option<Duration>,
    /// What a byte takes.
    byte: Duration,
    /// At most so many bytes a read.
    chunk: usize,
    written: usize,
    misread: Vec<Misread>,
    /// What the module has said since all was mended, a piece for each packet it was sent.
    said: Vec<Vec<u8>>,
}

impl Wire {
    /// A byte comes, in the order of time.
    fn come(&mut self, at: Duration, byte: u8) {
        let place = self.coming.partition_point(|(other, _)| *other <= at);
        self.coming.insert(place, (at, byte));
    }

    /// The module says something from nowhere, after so much time.
    pub fn say(&mut self, after: Duration, bytes: &[u8]) {
        for (at, byte) in (0..).zip(bytes) {
            self.come(self.now + after + self.byte * at, *byte);
        }
    }

    fn happen(&mut self, from: Duration, sent: Vec<Sent>) {
        let mut at = from.max(self.idle);
        for one in sent {
            match one {
                Sent::Bytes(bytes) => {
                    for byte in bytes {
                        at += self.byte;
                        self.come(at, byte);
                    }
                }
                Sent::Pause(length) => at += length,
                Sent::Gone => self.gone = Some(at),
            }
        }
        self.idle = at;
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut heard = Vec::new();
        for byte in bytes {
            let at = self.written;
            self.written += 1;
            let mut came = vec![*byte];
            for misread in &self.misread {
                match misread.what {
                    Misreading::Dropped if misread.at == at => came.clear(),
                    Misreading::Doubled if misread.at == at => came.push(*byte),
                    Misreading::Flipped(bits) if misread.at == at => came = vec![byte ^ bits],
                    Misreading::Lost(length) if (misread.at..misread.at + length).contains(&at) => {
                        came.clear();
                    }
                    _ => {}
                }
            }
            heard.extend(came);
        }
        let arrived = self.now + self.byte * u32::try_from(bytes.len()).unwrap();
        let module = self.module.clone();
        // A module forgets half a message when the host falls silent.
        if self.now > self.idle + Duration::from_millis(200) {
            module.lock().lull();
        }
        let sent = module.lock().receive(&heard);
        self.said.push(
            sent.iter()
                .flat_map(|one| match one {
                    Sent::Bytes(bytes) => bytes.clone(),
                    Sent::Pause(_) | Sent::Gone => Vec::new(),
                })
                .collect(),
        );
        self.happen(arrived, sent);
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        let until = self.now + within;
        let mut read = 0;
        while read < buffer.len().min(self.chunk) {
            match self.coming.front() {
                Some((at, byte)) if *at <= until => {
                    buffer[read] = *byte;
                    self.now = self.now.max(*at);
                    self.coming.pop_front();
                    read += 1;
                }
                _ => break,
            }
        }
        if read == 0 {
            if self.gone.is_some_and(|gone| gone <= until) {
                return Err(LineLost);
            }
            self.now = until;
        }
        Ok(read)
    }
}

struct MadeUp(Arc<Mutex<Wire>>);

impl Line for MadeUp {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        self.0.lock().unwrap().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], _: Duration) -> Result<bool, LineLost> {
        let mut wire = self.0.lock().unwrap();
        if wire.gone.is_some_and(|gone| gone <= wire.now) {
            return Err(LineLost);
        }
        wire.write(bytes);
        Ok(true)
    }
}

struct Opener(Arc<Mutex<Wire>>);

impl LineOpener for Opener {
    fn open(&mut self) -> Result<Box<dyn Line>, SensorFault> {
        if !self.0.lock().unwrap().plugged {
            return Err(SensorFault::NoSensor);
        }
        Ok(Box::new(MadeUp(self.0.clone())))
    }
}

/// A sensor and the module that it drives.
pub struct Bench {
    pub sensor: Zfm,
    pub module: SharedModule,
    wire: Arc<Mutex<Wire>>,
}

impl Bench {
    pub fn new(kind: SensorKind, model: ModuleModel) -> Self {
        Self::with(kind, Settings::new(model))
    }

    pub fn with(kind: SensorKind, settings: Settings) -> Self {
        let module = SharedModule::new(ZfmModule::new(kind));
        let wire = Arc::new(Mutex::new(Wire {
            module: module.clone(),
            plugged: true,
            now: Duration::ZERO,
            idle: Duration::ZERO,
            coming: VecDeque::new(),
            gone: None,
            byte: Duration::from_micros(10_000_000 / 57_600),
            chunk: usize::MAX,
            written: 0,
            misread: Vec::new(),
            said: Vec::new(),
        }));
        Self {
            sensor: Zfm::new(Box::new(Opener(wire.clone())), settings),
            module,
            wire,
        }
    }

    /// A small module, so that every byte can be tried: 16 × 16 pixels, packets of 32 bytes.
    pub fn small() -> Self {
        Self::new(small_kind(), small_model())
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().unwrap()
    }

    pub fn now(&self) -> Duration {
        self.wire().now
    }

    pub fn set_baud(&self, baud: u32) {
        self.wire().byte = Duration::from_micros(10_000_000 / u64::from(baud));
    }

    pub fn set_chunk(&self, chunk: usize) {
        self.wire().chunk = chunk;
    }

    pub fn lay(&self, finger: &SimFinger) {
        self.module.lock().lay(Some(finger.clone()));
    }

    pub fn suffer(&self, mishaps: Vec<Mishap>) {
        self.module.lock().suffer(mishaps);
    }

    pub fn misread(&self, misread: Vec<Misread>) {
        let mut wire = self.wire();
        wire.written = 0;
        wire.misread = misread;
    }

    /// How many bytes were written since [`Self::misread`].
    pub fn written(&self) -> usize {
        self.wire().written
    }

    /// What the module has said since all was mended, answer by answer.
    pub fn answers(&self) -> Vec<Vec<u8>> {
        self.wire().said.clone()
    }

    /// Where the messages begin that the module has said since all was mended, and where they end.
    pub fn messages(&self) -> (Vec<usize>, usize) {
        let said = self.answers().concat();
        let mut starts = Vec::new();
        let mut at = 0;
        while let Found::Whole(length, ..) = Message::find(&said[at..]) {
            starts.push(at);
            at += length;
        }
        assert_eq!(at, said.len(), "not all of it is messages");
        (starts, at)
    }

    /// What the module says from nowhere, after so much time.
    pub fn say(&self, after: Duration, bytes: &[u8]) {
        self.wire().say(after, bytes);
    }

    pub fn unplug(&self) {
        let mut wire = self.wire();
        wire.gone = Some(wire.now);
        wire.plugged = false;
        wire.coming.clear();
    }

    /// Ends all mishaps, and plugs it in where it was unplugged. What was still under way comes
    /// within the next second, in the middle of whatever is asked then.
    pub fn mend(&self) {
        self.suffer(Vec::new());
        self.misread(Vec::new());
        let mut wire = self.wire();
        wire.plugged = true;
        wire.said.clear();
        let mut latest = wire.now + Duration::from_secs(1);
        wire.idle = wire.idle.min(latest);
        let byte = wire.byte;
        for (at, _) in wire.coming.iter_mut().rev() {
            *at = latest.min(*at);
            latest = latest.saturating_sub(byte);
        }
        if wire.gone.take().is_some() {
            wire.coming.clear();
            wire.idle = wire.now;
            let awake = self.module.lock().power_up();
            let now = wire.now;
            wire.happen(now, awake);
        }
    }

    pub fn capture(&mut self) -> Result<FingerImage, SensorFault> {
        self.timed(|sensor| sensor.capture(WAIT, &mut |_| (), &|| false))
    }

    pub fn steps(&mut self) -> (Result<FingerImage, SensorFault>, Vec<CaptureStep>) {
        let mut steps = Vec::new();
        let ended = self
            .sensor
            .capture(WAIT, &mut |step| steps.push(step), &|| false);
        (ended, steps)
    }

    pub fn template(&mut self) -> Result<ModuleTemplate, SensorFault> {
        self.timed(|sensor| sensor.template(WAIT, &mut |_| (), &|| false))
    }

    pub fn compare(&mut self, stored: &ModuleTemplate) -> Result<ModuleMatch, SensorFault> {
        self.timed(|sensor| sensor.compare(stored, WAIT, &mut |_| (), &|| false))
    }

    /// A picture, and the module's word on the same press.
    pub fn capture_and_compare(
        &mut self,
        stored: &ModuleTemplate,
    ) -> Result<(FingerImage, Result<ModuleMatch, SensorFault>), SensorFault> {
        self.timed(|sensor| sensor.capture_and_compare(stored, WAIT, &mut |_| (), &|| false))
    }

    /// A picture, and the module's template of the same press.
    pub fn capture_with_template(
        &mut self,
    ) -> Result<(FingerImage, Result<ModuleTemplate, SensorFault>), SensorFault> {
        self.timed(|sensor| sensor.capture_with_template(WAIT, &mut |_| (), &|| false))
    }

    /// As [`Self::compare`]; `meanwhile` may meddle with the line at each step.
    pub fn compare_and(
        &mut self,
        stored: &ModuleTemplate,
        meanwhile: impl Fn(&mut Wire, CaptureStep),
    ) -> Result<ModuleMatch, SensorFault> {
        let wire = self.wire.clone();
        let mut step = |step| meanwhile(&mut wire.lock().unwrap(), step);
        self.sensor.compare(stored, WAIT, &mut step, &|| false)
    }

    /// Every call ends in its time.
    fn timed<T>(&mut self, call: impl FnOnce(&mut Zfm) -> T) -> T {
        let begun = self.now();
        let ended = call(&mut self.sensor);
        let took = self.now() - begun;
        assert!(took <= LONGEST_CALL, "a call took {took:?}");
        ended
    }
}

pub fn small_kind() -> SensorKind {
    SensorKind {
        size: (16, 16),
        packet: 0,
        ..SensorKind::r30x()
    }
}

pub fn small_model() -> ModuleModel {
    model("r30x").with_image(16, 16)
}

pub fn model(name: &str) -> ModuleModel {
    ModuleModel::named(name).unwrap().clone()
}

/// Nobody's finger, of the module's size and in the greys that it can tell.
pub fn finger_of(identity: u64, width: u16, height: u16, dpi: u16) -> SimFinger {
    let pixels = (0..u64::from(height))
        .flat_map(|y| (0..u64::from(width)).map(move |x| (x, y)))
        .map(|(x, y)| {
            let ridge = (x * 5 + y * 3 + identity * 11) ^ (x * y / 7) ^ (identity << 2);
            u8::try_from(ridge % 16).unwrap() * 17
        })
        .collect();
    SimFinger {
        identity,
        image: FingerImage::new(width, height, dpi, Zeroizing::new(pixels)).unwrap(),
    }
}

/// The same for the small module.
pub fn finger(identity: u64) -> SimFinger {
    finger_of(identity, 16, 16, 500)
}
