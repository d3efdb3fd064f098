//! The module itself: 0E `SetSysPara`, 0F `ReadSysPara`, 12 `SetPwd`, 13 `VfyPwd`, 14
//! `GetRandomCode`, 15 `SetAdder`, 3D `SoftRst`.

use super::message::Message;
use super::module::{DONE, ZfmModule, refuse};

const WRONG_PASSWORD: u8 = 0x13;
const NO_REGISTER: u8 = 0x1A;
const WRONG_SETTING: u8 = 0x1B;

impl ZfmModule {
    pub(super) fn set_sys_para(&mut self, register: u8, value: u8) -> Vec<Message> {
        match (register, value) {
            (4, 1..=12) => self.baud = value,
            (5, 1..=5) => self.level = value.into(),
            (6, 0..=3) => self.packet = value,
            (4..=6, _) => return refuse(WRONG_SETTING),
            _ => return refuse(NO_REGISTER),
        }
        refuse(DONE)
    }

    pub(super) fn read_sys_para(&self) -> Vec<Message> {
        // Status: the password was shown, a picture lies in the buffer.
        let status = u16::from(self.password_shown) << 2 | u16::from(self.picture.is_some()) << 3;
        let mut rest = Vec::new();
        for word in [status, 0, self.kind.capacity, self.level] {
            rest.extend(word.to_be_bytes());
        }
        rest.extend(self.address);
        for word in [self.packet, self.baud] {
            rest.extend(u16::from(word).to_be_bytes());
        }
        vec![Message::answer(DONE, &rest)]
    }

    pub(super) fn set_pwd(&mut self, password: [u8; 4]) -> Vec<Message> {
        self.password = password;
        self.password_shown = true;
        refuse(DONE)
    }

    pub(super) fn vfy_pwd(&mut self, password: [u8; 4]) -> Vec<Message> {
        self.password_shown = password == self.password;
        refuse(if self.password_shown {
            DONE
        } else {
            WRONG_PASSWORD
        })
    }

    /// Random enough for a module that is none.
    pub(super) fn get_random(&mut self) -> Vec<Message> {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let [a, b, c, d, ..] = self.random.to_be_bytes();
        vec![Message::answer(DONE, &[a, b, c, d])]
    }

    /// The answer comes from the new address.
    pub(super) fn set_adder(&mut self, address: [u8; 4]) -> Vec<Message> {
        self.address = address;
        refuse(DONE)
    }

    pub(super) fn soft_reset(&mut self) -> Vec<Message> {
        self.forget();
        self.state.wakes = true;
        refuse(DONE)
    }

    /// What is lost with the power.
    pub(super) fn forget(&mut self) {
        self.picture = None;
        self.buffers = [Vec::new(), Vec::new()];
        self.download = None;
        self.password_shown = false;
        self.half.clear();
    }
}
