//! From the host's bytes to the module's, mishaps included.

use std::time::Duration;

use super::faults::SensorMishap;
use super::message::{ANSWER, DATA, Found, LAST, Message};
use super::module::{NOT_UNDERSTOOD, ZfmModule, refuse};
use super::{Mishap, module::DONE};

/// What the module says when it is awake.
const AWAKE: u8 = 0x55;

/// What happens on the module's end of the line, in order.
#[derive(Clone, PartialEq, Eq)]
pub enum Sent {
    /// It says these bytes.
    Bytes(Vec<u8>),
    /// It lets so much time pass.
    Pause(Duration),
    /// It is unplugged.
    Gone,
}

/// Gathers what is sent.
struct Outbox(Vec<Sent>);

impl Outbox {
    fn say(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            Some(Sent::Bytes(last)) => last.extend(bytes),
            _ if bytes.is_empty() => {}
            _ => self.0.push(Sent::Bytes(bytes.to_vec())),
        }
    }
}

impl ZfmModule {
    /// Plugs it in, or gives it its power back: it says that it is awake.
    pub fn power_up(&mut self) -> Vec<Sent> {
        self.forget();
        self.state.gone = false;
        if self.state.silent {
            return Vec::new();
        }
        vec![Sent::Bytes(vec![AWAKE])]
    }

    /// Takes bytes from the host.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<Sent> {
        let mut outbox = Outbox(Vec::new());
        if self.state.gone {
            return outbox.0;
        }
        self.half.extend(bytes);
        loop {
            let (length, answers) = match Message::find(&self.half) {
                Found::Unfinished => break,
                Found::Junk(0) => break,
                Found::Junk(length) => (length, Vec::new()),
                Found::Damaged(length) => (length, refuse(NOT_UNDERSTOOD)),
                Found::Whole(length, address, message) if address == self.address => {
                    (length, self.handle(&message))
                }
                Found::Whole(length, ..) => (length, Vec::new()),
            };
            // A reset has emptied it.
            self.half.drain(..length.min(self.half.len()));
            self.say(answers, &mut outbox);
        }
        outbox.0
    }

    /// The host said nothing for a while: half a message is forgotten.
    pub fn lull(&mut self) {
        self.half.clear();
    }

    /// Whether half a message has come.
    #[must_use]
    pub const fn listens(&self) -> bool {
        !self.half.is_empty()
    }

    /// How many bytes it would have said since [`ZfmModule::suffer`], if nothing had gone wrong.
    #[must_use]
    pub const fn said(&self) -> usize {
        self.state.said
    }

    fn say(&mut self, answers: Vec<Message>, outbox: &mut Outbox) {
        if !answers.is_empty() && !self.state.silent {
            outbox.say(&std::mem::take(&mut self.state.held));
        }
        let mut lost = false;
        for message in answers {
            let mishaps = self.state.befalls(message.bytes(self.address).len());
            if lost || self.state.silent || self.state.gone {
                continue;
            }
            lost = self.say_one(message, &mishaps, outbox);
        }
        if std::mem::take(&mut self.state.wakes) && !self.state.silent && !self.state.gone {
            outbox.say(&[AWAKE]);
        }
    }

    /// Says one message, and returns whether what follows it in the same answer is lost.
    fn say_one(&mut self, message: Message, mishaps: &[Mishap], outbox: &mut Outbox) -> bool {
        let (bytes, mut lost) = self.disturbed(message, mishaps);
        for mishap in mishaps {
            match mishap.what {
                SensorMishap::HeldBack => {
                    self.state.held.extend(&bytes);
                    return lost;
                }
                SensorMishap::Repeated => self.state.held.extend(&bytes),
                SensorMishap::Late(by) => outbox.0.push(Sent::Pause(by)),
                _ => {}
            }
        }
        for (at, byte) in bytes.iter().enumerate() {
            let mut said = vec![*byte];
            for mishap in mishaps.iter().filter(|mishap| mishap.at == at) {
                match &mishap.what {
                    SensorMishap::Dropped => said.clear(),
                    SensorMishap::Doubled => said.push(*byte),
                    SensorMishap::Flipped(bits) => said = vec![byte ^ bits],
                    SensorMishap::Noise(noise) => said = [noise, said.as_slice()].concat(),
                    SensorMishap::StrayPowerUp => said.insert(0, AWAKE),
                    SensorMishap::Drip(gap) => self.state.drip = Some(*gap),
                    SensorMishap::Cut => return true,
                    SensorMishap::PowerUp => {
                        self.forget();
                        outbox.say(&[AWAKE]);
                        return true;
                    }
                    SensorMishap::Silence => {
                        self.state.silent = true;
                        return true;
                    }
                    SensorMishap::Unplugged => {
                        self.state.gone = true;
                        outbox.0.push(Sent::Gone);
                        return true;
                    }
                    _ => {}
                }
            }
            if let Some(gap) = self.state.drip {
                outbox.0.push(Sent::Pause(gap));
            }
            outbox.say(&said);
        }
        lost |= self.state.silent;
        lost
    }

    /// The bytes of a message that mishaps befall as a whole, and whether they keep what follows
    /// it from coming.
    fn disturbed(&mut self, mut message: Message, mishaps: &[Mishap]) -> (Vec<u8>, bool) {
        let (mut length, mut sum, mut lost) = (0, 0, false);
        for mishap in mishaps {
            match mishap.what {
                SensorMishap::Pid(pid) => message.pid = pid,
                SensorMishap::Length(by) => length = by,
                SensorMishap::Sum(by) => sum = by,
                SensorMishap::Longer(by) => message.body.extend(vec![0; by]),
                SensorMishap::Shorter(by) => {
                    let left = message.body.len().saturating_sub(by);
                    message.body.truncate(left);
                }
                SensorMishap::NeverLast => self.state.never_last = true,
                SensorMishap::Code(code) if message.pid == ANSWER => {
                    if let Some(first) = message.body.first_mut() {
                        *first = code;
                    }
                    lost = code != DONE;
                }
                _ => {}
            }
        }
        if self.state.never_last && message.pid == LAST {
            message.pid = DATA;
        }
        (message.bytes_with(self.address, length, sum), lost)
    }
}
