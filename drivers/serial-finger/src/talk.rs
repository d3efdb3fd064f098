//! A conversation with a module, from handshake to handshake.
//!
//! Acknowledgements do not say which command they answer, so a late “ok” may be taken for another
//! command's. What is done about it:
//! - nothing may wait on the line when a command is sent;
//! - an acknowledgement has PID 07 and the very length that the command's has;
//! - a call begins with silence and a handshake whose second answer has a length of its own;
//! - a result stands only once another handshake after it was answered in order.

use core::time::Duration;

use cccd_port::SensorFault;
use zeroize::Zeroizing;

use crate::codes::{Meaning, NO_MATCH, NOT_FOUND, OK, meaning};
use crate::command::Command;
use crate::doubt::{Doubt, Stop};
use crate::line::{Line, LineLost};
use crate::model::DataEnd;
use crate::packet::{Framer, LONGEST, Packet, PacketKind, encode};
use crate::parameters::Parameters;
use crate::settings::Settings;

/// How long a read may hold up a caller that gives up.
const SLICE: Duration = Duration::from_millis(50);
/// How often hands are shaken before the module is given up.
const ATTEMPTS: usize = 4;

/// How much data is due, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) least: usize,
    pub(crate) most: usize,
}

impl Amount {
    pub(crate) const fn exactly(bytes: usize) -> Self {
        Self {
            least: bytes,
            most: bytes,
        }
    }
}

/// An acknowledgement of the length that was due, or a refusal in short.
pub(crate) struct Ack {
    pub(crate) code: u8,
    pub(crate) payload: Zeroizing<Vec<u8>>,
}

impl Ack {
    /// Nothing but “done” will do.
    pub(crate) fn done(self) -> Result<Self, Stop> {
        match meaning(self.code) {
            Meaning::Done => Ok(self),
            Meaning::Answer | Meaning::Damaged => Err(Doubt::Code(self.code).into()),
            _ => Err(crate::codes::refusal(self.code).into()),
        }
    }

    /// The number after the code.
    pub(crate) fn number(&self) -> Result<u16, Doubt> {
        match self.payload.as_slice() {
            [_, high, low] => Ok(u16::from_be_bytes([*high, *low])),
            _ => Err(Doubt::PayloadLength),
        }
    }
}

pub(crate) struct Talk<'a> {
    pub(crate) line: &'a mut dyn Line,
    pub(crate) settings: &'a Settings,
    pub(crate) cancelled: &'a dyn Fn() -> bool,
    /// When all must be over.
    pub(crate) deadline: Duration,
    /// What the module said of itself in the last handshake.
    pub(crate) parameters: Option<Parameters>,
    /// The last doubt, whatever became of it.
    pub(crate) doubt: Option<Doubt>,
}

impl Talk<'_> {
    pub(crate) fn now(&self) -> Duration {
        self.line.elapsed()
    }

    /// A moment that far away, and not beyond the deadline.
    pub(crate) fn within(&self, length: Duration) -> Duration {
        self.now().saturating_add(length).min(self.deadline)
    }

    /// What is left until `moment`; none where it has come.
    fn left(&self, moment: Duration) -> Option<Duration> {
        let left = moment.saturating_sub(self.now());
        (!left.is_zero()).then_some(left)
    }

    fn go_on(&self) -> Result<(), SensorFault> {
        if (self.cancelled)() {
            return Err(SensorFault::Cancelled);
        }
        Ok(())
    }

    /// The next packet, all of it before `until`. Takes no byte of the one after it.
    fn receive(&mut self, until: Duration) -> Result<Packet, Stop> {
        let mut framer = Framer::new(self.settings.address);
        let mut buffer = Zeroizing::new([0; LONGEST]);
        loop {
            self.go_on()?;
            let Some(left) = self.left(until) else {
                return Err(if framer.is_empty() {
                    Doubt::Silence.into()
                } else {
                    Doubt::BrokenOff.into()
                });
            };
            let room = buffer
                .get_mut(..framer.wanted())
                .ok_or(SensorFault::ProtocolViolation)?;
            let read = read(self.line, room, left.min(SLICE))?;
            for byte in buffer.iter().take(read) {
                if let Some(packet) = framer.push(*byte)? {
                    return Ok(packet);
                }
            }
        }
    }

    /// Listens until `until`, and doubts where anything comes.
    pub(crate) fn listen(&mut self, until: Duration) -> Result<(), Stop> {
        let mut byte = Zeroizing::new([0; 1]);
        loop {
            self.go_on()?;
            let left = self.left(until);
            if read(
                self.line,
                byte.as_mut_slice(),
                left.unwrap_or_default().min(SLICE),
            )? > 0
            {
                return Err(Doubt::Unasked.into());
            }
            if left.is_none() {
                return Ok(());
            }
        }
    }

    /// Drops what comes until the line falls silent, and says how much it was.
    pub(crate) fn settle(&mut self) -> Result<usize, Stop> {
        let mut buffer = Zeroizing::new([0; LONGEST]);
        let mut dropped: usize = 0;
        let mut heard = self.now();
        loop {
            self.go_on()?;
            let silent = heard.saturating_add(self.settings.timings.silence);
            let Some(left) = self.left(silent) else {
                return Ok(dropped);
            };
            if self.left(self.deadline).is_none() {
                return Err(Doubt::Babble.into());
            }
            let read = read(self.line, buffer.as_mut_slice(), left)?;
            if read > 0 {
                dropped = dropped.saturating_add(read);
                heard = self.now();
            }
        }
    }

    fn send(&mut self, kind: PacketKind, payload: &[u8]) -> Result<(), Stop> {
        let bytes = encode(self.settings.address, kind, payload);
        let left = self.left(self.within(self.settings.timings.answer));
        if self.line.write(&bytes, left.unwrap_or_default())? {
            Ok(())
        } else {
            Err(Doubt::Silence.into())
        }
    }

    fn ask_within(&mut self, command: Command<'_>, length: Duration) -> Result<Ack, Stop> {
        // Whatever waits here is no answer to what was not asked yet.
        self.listen(Duration::ZERO)?;
        self.send(PacketKind::Command, &command.payload())?;
        let packet = self.receive(self.within(length))?;
        if packet.kind != PacketKind::Ack {
            return Err(Doubt::OutOfPlace.into());
        }
        let code = *packet.payload.first().ok_or(Doubt::Length)?;
        // Some modules refuse in short. An answer that decides is never short.
        let refused = packet.payload.len() == 1 && ![OK, NO_MATCH, NOT_FOUND].contains(&code);
        if packet.payload.len() != command.answer() && !refused {
            return Err(Doubt::PayloadLength.into());
        }
        Ok(Ack {
            code,
            payload: packet.payload,
        })
    }

    /// Gives a command and returns its acknowledgement.
    pub(crate) fn ask(&mut self, command: Command<'_>) -> Result<Ack, Stop> {
        self.ask_within(command, self.settings.timings.answer)
    }

    /// Takes the data that a command has announced, before `until`; `sink` gets them packet by
    /// packet.
    pub(crate) fn fetch(
        &mut self,
        amount: Amount,
        until: Duration,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Stop> {
        let until = until.min(self.deadline);
        let marked = self.settings.model.end == DataEnd::Marked;
        let mut done: usize = 0;
        loop {
            let packet = self.receive(self.within(self.settings.timings.packet).min(until))?;
            let last = match packet.kind {
                PacketKind::Data => false,
                PacketKind::LastData => true,
                PacketKind::Ack | PacketKind::Command => return Err(Doubt::OutOfPlace.into()),
            };
            done = done.saturating_add(packet.payload.len());
            if done > amount.most {
                return Err(Doubt::Amount.into());
            }
            sink(&packet.payload);
            if last {
                return if done < amount.least {
                    Err(Doubt::Amount.into())
                } else {
                    Ok(())
                };
            }
            if done == amount.most {
                // The last packet that there can be: one that is not marked so is not the last.
                return if marked {
                    Err(Doubt::Amount.into())
                } else {
                    Ok(())
                };
            }
        }
    }

    /// Sends data that a command has announced.
    pub(crate) fn deliver(&mut self, data: &[u8]) -> Result<(), Stop> {
        let said = self.parameters.map_or(128, |said| usize::from(said.packet));
        let mut pieces = data
            .chunks(said.min(self.settings.model.takes).max(1))
            .peekable();
        while let Some(piece) = pieces.next() {
            let kind = match pieces.peek() {
                Some(_) => PacketKind::Data,
                None => PacketKind::LastData,
            };
            self.send(kind, piece)?;
        }
        Ok(())
    }

    /// Asks for the password and for something whose answer has a length of its own: answered in
    /// order, nothing of what was asked before is still under way.
    pub(crate) fn greet(&mut self) -> Result<(), Stop> {
        let length = self.settings.timings.greeting;
        let password = self.ask_within(Command::VfyPwd(&self.settings.password), length)?;
        match meaning(password.code) {
            Meaning::Done => {}
            Meaning::Password => return Err(SensorFault::PasswordRefused.into()),
            _ => return Err(Doubt::Code(password.code).into()),
        }
        if !self.settings.model.parameters {
            let count = self.ask_within(Command::TemplateNum, length)?;
            return if count.code == OK {
                Ok(())
            } else {
                Err(Doubt::Code(count.code).into())
            };
        }
        let said = self.ask_within(Command::ReadSysPara, length)?;
        if said.code != OK {
            return Err(Doubt::Code(said.code).into());
        }
        let said = Parameters::parse(&said.payload)?;
        if said.address != self.settings.address {
            return Err(Doubt::Address.into());
        }
        self.parameters = Some(said);
        Ok(())
    }

    /// Waits for silence and shakes hands, several times where it must.
    pub(crate) fn handshake(&mut self) -> Result<(), SensorFault> {
        let mut heard = false;
        let mut last = Doubt::Silence;
        for _ in 0..ATTEMPTS {
            let greeted = self.settle().and_then(|dropped| {
                heard |= dropped > 0;
                self.greet()
            });
            match greeted {
                Ok(()) => return Ok(()),
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::Doubt(doubt)) => {
                    self.doubt = Some(doubt);
                    heard |= doubt != Doubt::Silence;
                    last = doubt;
                }
            }
            if self.left(self.deadline).is_none() {
                break;
            }
        }
        // A port where nothing ever answers has no sensor.
        Err(match last {
            Doubt::Silence if !heard => SensorFault::NoSensor,
            doubt => doubt.fault(),
        })
    }
}

/// Reads, and believes no line that says it read more than fits.
fn read(line: &mut dyn Line, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost> {
    Ok(line.read(buffer, within)?.min(buffer.len()))
}
