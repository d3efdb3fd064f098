//! The module: a function from message to messages, with what it remembers.

use std::collections::BTreeMap;

use super::faults::State;
use super::kind::SensorKind;
use super::message::{COMMAND, DATA, LAST, Message};
use super::picture::Picture;
use super::{Mishap, SimFinger};

pub(super) const DONE: u8 = 0x00;
pub(super) const NOT_UNDERSTOOD: u8 = 0x01;
const PASSWORD_NEEDED: u8 = 0x21;

/// Where data from the host go.
pub(super) enum Destination {
    Picture,
    Buffer(usize),
}

/// A module, powered and idle.
pub struct ZfmModule {
    pub(super) kind: SensorKind,
    pub(super) finger: Option<SimFinger>,
    pub(super) presses: u16,
    pub(super) picture: Option<Picture>,
    pub(super) buffers: [Vec<u8>; 2],
    pub(super) download: Option<(Destination, Vec<u8>)>,
    pub(super) random: u64,
    // What survives a loss of power.
    pub(super) library: BTreeMap<u16, Vec<u8>>,
    pub(super) address: [u8; 4],
    pub(super) password: [u8; 4],
    pub(super) password_shown: bool,
    pub(super) level: u16,
    pub(super) packet: u8,
    pub(super) baud: u8,
    // The wire.
    pub(super) half: Vec<u8>,
    pub(super) state: State,
}

impl ZfmModule {
    /// One as it is delivered: no password, address `FFFFFFFF`, level 3, 57,600 bits a second.
    #[must_use]
    pub fn new(kind: SensorKind) -> Self {
        Self {
            finger: None,
            presses: 0,
            picture: None,
            buffers: [Vec::new(), Vec::new()],
            download: None,
            random: 0x9E37_79B9_7F4A_7C15,
            library: BTreeMap::new(),
            address: [0xFF; 4],
            password: [0; 4],
            password_shown: false,
            level: 3,
            packet: kind.packet,
            baud: 6,
            half: Vec::new(),
            state: State::default(),
            kind,
        }
    }

    /// Lays a finger on it, or lifts the one that lies there.
    pub fn lay(&mut self, finger: Option<SimFinger>) {
        self.finger = finger;
    }

    /// What goes wrong from now on, in place of what did before. Bytes are counted anew.
    pub fn suffer(&mut self, mishaps: Vec<Mishap>) {
        self.state = State::new(mishaps);
    }

    /// Sets the password as a former owner would have.
    pub fn set_password(&mut self, password: [u8; 4]) {
        self.password = password;
        self.password_shown = false;
    }

    /// How many templates its library holds.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.library.len()
    }

    /// Bits a second on its line.
    #[must_use]
    pub fn baud(&self) -> u32 {
        u32::from(self.baud) * 9_600
    }

    /// Answers one message. Pure of time and of the wire.
    pub fn handle(&mut self, message: &Message) -> Vec<Message> {
        match message.pid {
            COMMAND => {
                self.download = None;
                let (code, rest) = match message.body.as_slice() {
                    [code, rest @ ..] => (*code, rest),
                    [] => return refuse(NOT_UNDERSTOOD),
                };
                let open = self.password == [0; 4] || self.password_shown;
                if !open && code != 0x13 {
                    return vec![Message::answer(PASSWORD_NEEDED, &vec![0; extra(code)])];
                }
                self.command(code, rest)
            }
            DATA | LAST => {
                self.take(message);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn command(&mut self, code: u8, rest: &[u8]) -> Vec<Message> {
        match (code, rest) {
            (0x01, []) => self.gen_img(),
            (0x02, [buffer]) => self.img2tz(*buffer),
            (0x03, []) => self.compare(),
            (0x04 | 0x1B, [buffer, a, b, c, d]) => self.search(*buffer, word(*a, *b), word(*c, *d)),
            (0x05, []) => self.reg_model(),
            (0x06, [buffer, a, b]) => self.store(*buffer, word(*a, *b)),
            (0x07, [buffer, a, b]) => self.load_char(*buffer, word(*a, *b)),
            (0x08, [buffer]) => self.up_char(*buffer),
            (0x09, [buffer]) => self.accept(Destination::Buffer(index(*buffer))),
            (0x0A, []) => self.up_image(),
            (0x0B, []) => self.accept(Destination::Picture),
            (0x0C, [a, b, c, d]) => self.delete(word(*a, *b), word(*c, *d)),
            (0x0D, []) => self.empty(),
            (0x0E, [register, value]) => self.set_sys_para(*register, *value),
            (0x0F, []) if self.kind.parameters => self.read_sys_para(),
            (0x12, [a, b, c, d]) => self.set_pwd([*a, *b, *c, *d]),
            (0x13, [a, b, c, d]) => self.vfy_pwd([*a, *b, *c, *d]),
            (0x14, []) => self.get_random(),
            (0x15, [a, b, c, d]) => self.set_adder([*a, *b, *c, *d]),
            (0x1D, []) => self.template_num(),
            (0x1F, [page]) => self.index_table(*page),
            (0x35, [_, _, _, _]) => refuse(DONE),
            (0x3D, []) => self.soft_reset(),
            (0x53, []) => refuse(0x55),
            _ => refuse(NOT_UNDERSTOOD),
        }
    }

    fn accept(&mut self, destination: Destination) -> Vec<Message> {
        self.download = Some((destination, Vec::new()));
        refuse(DONE)
    }

    /// Data from the host. There is no answer, whatever becomes of them.
    fn take(&mut self, message: &Message) {
        let room = self.kind.template.max(self.picture_bytes());
        let Some((_, bytes)) = &mut self.download else {
            return;
        };
        bytes.extend(&message.body);
        if bytes.len() > room {
            self.download = None;
        } else if message.pid == LAST {
            match self.download.take() {
                Some((Destination::Picture, bytes)) => self.down_image(&bytes),
                Some((Destination::Buffer(buffer), bytes)) => self.fill(buffer, bytes),
                None => {}
            }
        }
    }

    /// Cuts data into messages as the module is set to.
    pub(super) fn data(&self, bytes: &[u8], zeros: usize) -> Vec<Message> {
        let size = 32_usize << self.packet.min(3);
        let mut messages: Vec<Message> = bytes
            .chunks(size)
            .map(<[u8]>::to_vec)
            .chain(std::iter::repeat_n(vec![0; size], zeros))
            .map(|body| Message { pid: DATA, body })
            .collect();
        if let Some(last) = messages.last_mut()
            && self.kind.marks_last
        {
            last.pid = LAST;
        }
        messages
    }
}

/// An answer that is nothing but its code.
pub(super) fn refuse(code: u8) -> Vec<Message> {
    vec![Message::answer(code, &[])]
}

/// The index of a buffer: all but 1 are the second.
pub(super) const fn index(buffer: u8) -> usize {
    if buffer == 1 { 0 } else { 1 }
}

const fn word(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high, low])
}

/// The bytes after the code in a command's answer.
const fn extra(command: u8) -> usize {
    match command {
        0x03 | 0x1D => 2,
        0x04 | 0x1B => 4,
        0x0F => 16,
        0x14 => 4,
        0x1F => 32,
        _ => 0,
    }
}
