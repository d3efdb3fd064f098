//! The fuzz targets of the fingerprint module's line. They need no desk, so the driver's own tests
//! call them too.

use std::collections::VecDeque;
use std::time::Duration;

use cccd_port::{FingerprintSensor, ModuleMatcher, ModuleTemplate, SensorFault};
use cccd_serial_finger::packet::{Framer, LONGEST, encode};
use cccd_serial_finger::{Doubt, Line, LineLost, LineOpener, ModuleModel, Settings, Zfm};
use cccd_sim::sensor::message::{Found, Message};

const ADDRESS: [u8; 4] = [0xFF; 4];

/// A stream of bytes from a module: whatever the framer takes for a packet is written as the same
/// bytes, and the simulated module, whose code is its own, reads it as the same.
pub fn serial_framer(data: &[u8]) {
    let mut rest = data;
    while !rest.is_empty() {
        let mut framer = Framer::new(ADDRESS);
        let mut taken = 0;
        let ended = loop {
            let Some(byte) = rest.get(taken) else {
                break Ok(None);
            };
            assert!((1..=LONGEST - taken).contains(&framer.wanted()));
            taken += 1;
            match framer.push(*byte) {
                Ok(None) => {}
                ended => break ended,
            }
        };
        let found = Message::find(rest);
        match ended {
            Ok(Some(packet)) => {
                let (bytes, after) = rest.split_at(taken);
                assert!(encode(ADDRESS, packet.kind, &packet.payload).as_slice() == bytes);
                let Found::Whole(length, ADDRESS, message) = found else {
                    panic!("{found:?}");
                };
                assert_eq!((length, Some(&message.pid)), (taken, bytes.get(6)));
                assert!(message.body == packet.payload.as_slice());
                rest = after;
            }
            Ok(None) => {
                assert_eq!(found, Found::Unfinished);
                break;
            }
            Err(doubt) => {
                assert!(doubt != Doubt::Resumed);
                assert_eq!(framer.push(0xEF), Err(Doubt::Resumed));
                rest = rest.split_at(1).1;
            }
        }
    }
}

/// Everything that a module answers, from handshake to handshake: the call ends in its time,
/// whatever it is. The first byte says which call; what follows are the answers, each with its
/// length in front, two bytes, of which the two highest bits choose an answer (0 and 1), the end of
/// the line (2) or the whole rest for ever (3).
pub fn zfm_packet(data: &[u8]) {
    let _ = zfm_call(data);
}

/// The same, and how the call ended; none where the data are no call.
pub fn zfm_call(data: &[u8]) -> Option<Result<(), SensorFault>> {
    let (call, answers) = data.split_first()?;
    let model = ModuleModel::named("r30x")?;
    let settings = Settings::new(model.clone().with_image(16, 16));
    let opener = Answers(answers.to_vec());
    let mut sensor = Zfm::new(Box::new(opener), settings);
    let stored = stored()?;
    let wait = Duration::from_secs(1);
    let mut steps = 0_u32;
    let mut step = |_| steps += 1;
    let ended = match call % 4 {
        0 => sensor.capture(wait, &mut step, &|| false).map(|image| {
            assert_eq!((image.width(), image.height()), (16, 16));
            assert!(image.pixels().iter().all(|grey| grey % 17 == 0));
        }),
        1 => sensor.template(wait, &mut step, &|| false).map(|template| {
            assert!((512..=1_536).contains(&template.bytes().len()));
        }),
        2 => sensor
            .compare(&stored, wait, &mut step, &|| false)
            .map(|_| ()),
        _ => sensor.identify(&|| false).map(|_| ()),
    };
    // Two, and one for each packet of data, of which none is empty.
    assert!(steps <= 2 + 128, "{steps} steps");
    Some(ended)
}

/// What [`zfm_packet`] compares with.
pub fn stored() -> Option<ModuleTemplate> {
    ModuleTemplate::new(vec![0x5A; 512].into())
}

/// Opens a line on which a module says these answers.
struct Answers(Vec<u8>);

impl LineOpener for Answers {
    fn open(&mut self) -> Result<Box<dyn Line>, SensorFault> {
        Ok(Box::new(Script {
            rest: self.0.clone(),
            coming: VecDeque::new(),
            now: Duration::ZERO,
            lost: false,
        }))
    }
}

/// A line of answers, whose time moves when it is used.
struct Script {
    rest: Vec<u8>,
    coming: VecDeque<u8>,
    now: Duration,
    lost: bool,
}

/// When every call is over: 15 s to shake hands, 1 to wait and 2 for the last look, 20 to fetch; and
/// reads that overstep a little.
const OVER: Duration = Duration::from_secs(40);

impl Line for Script {
    fn elapsed(&self) -> Duration {
        self.now
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        assert!(self.now < OVER, "a call does not end");
        if self.lost {
            return Err(LineLost);
        }
        let count = buffer.len().min(self.coming.len());
        for (place, byte) in buffer.iter_mut().zip(self.coming.drain(..count)) {
            *place = byte;
        }
        self.now += if count == 0 { within } else { Duration::ZERO };
        self.now += Duration::from_micros(100);
        Ok(count)
    }

    fn write(&mut self, _: &[u8], _: Duration) -> Result<bool, LineLost> {
        let Some((head, rest)) = self.rest.split_first_chunk::<2>() else {
            return Ok(true);
        };
        let head = u16::from_be_bytes(*head);
        let length = usize::from(head & 0x3fff).min(rest.len());
        match head >> 14 {
            3 => self.coming.extend(rest),
            2 => self.lost = true,
            _ => {
                let (answer, after) = rest.split_at(length);
                self.coming.extend(answer);
                self.rest = after.to_vec();
            }
        }
        Ok(true)
    }
}
