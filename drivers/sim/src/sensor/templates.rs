//! Templates in the two buffers: 02 `Img2Tz`, 03 `Match`, 05 `RegModel`, 08 `UpChar`.
//!
//! A template says whose finger it is of in clear text. Real ones do not; but they are as much the
//! maker's own.

use super::message::Message;
use super::module::{DONE, ZfmModule, index, refuse};

const TOO_FEW_FEATURES: u8 = 0x07;
const NO_MATCH: u8 = 0x08;
const CANNOT_MERGE: u8 = 0x0A;
const NOT_SENT: u8 = 0x0D;
const NO_PICTURE: u8 = 0x15;

/// What every template begins with.
const MARK: &[u8; 8] = b"SIMFINGR";
/// The score of two templates of one finger.
pub(super) const SCORE: u16 = 137;

/// A template of `length` bytes: mark, identity, press, and bytes that follow from them.
fn template(identity: u64, press: u16, length: usize) -> Vec<u8> {
    let mut bytes = MARK.to_vec();
    bytes.extend(identity.to_be_bytes());
    bytes.extend(press.to_be_bytes());
    let mut state = identity ^ (u64::from(press) << 48) ^ 0x2545_F491_4F6C_DD1D;
    while bytes.len() < length {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.extend((state >> 56).to_be_bytes().last());
    }
    bytes.truncate(length);
    bytes
}

/// Whose finger a template is of; nobody's where a byte of it is wrong.
pub(super) fn identity(bytes: &[u8]) -> Option<u64> {
    let (identity, rest) = bytes.strip_prefix(MARK)?.split_first_chunk()?;
    let (press, _) = rest.split_first_chunk()?;
    let identity = u64::from_be_bytes(*identity);
    let same = template(identity, u16::from_be_bytes(*press), bytes.len()) == bytes;
    same.then_some(identity)
}

impl ZfmModule {
    pub(super) fn img2tz(&mut self, buffer: u8) -> Vec<Message> {
        let Some(picture) = &self.picture else {
            return refuse(NO_PICTURE);
        };
        let first = picture.bytes.first();
        if picture.bytes.iter().all(|byte| Some(byte) == first) {
            // Nothing but one grey.
            return refuse(TOO_FEW_FEATURES);
        }
        let made = template(picture.identity, self.presses, self.kind.template);
        self.fill(index(buffer), made);
        refuse(DONE)
    }

    pub(super) fn fill(&mut self, buffer: usize, bytes: Vec<u8>) {
        if let Some(place) = self.buffers.get_mut(buffer) {
            *place = bytes;
        }
    }

    pub(super) fn buffer(&self, buffer: u8) -> &[u8] {
        self.buffers
            .get(index(buffer))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(super) fn compare(&self) -> Vec<Message> {
        let one = identity(self.buffer(1));
        let (code, score) = if one.is_some() && one == identity(self.buffer(2)) {
            (DONE, SCORE)
        } else {
            (NO_MATCH, 0)
        };
        vec![Message::answer(code, &score.to_be_bytes())]
    }

    pub(super) fn reg_model(&mut self) -> Vec<Message> {
        let one = identity(self.buffer(1));
        match one.filter(|one| Some(*one) == identity(self.buffer(2))) {
            Some(one) => {
                let model = template(one, self.presses, self.kind.template);
                self.buffers = [model.clone(), model];
                refuse(DONE)
            }
            None => refuse(CANNOT_MERGE),
        }
    }

    pub(super) fn up_char(&self, buffer: u8) -> Vec<Message> {
        let bytes = self.buffer(buffer);
        if bytes.is_empty() {
            return refuse(NOT_SENT);
        }
        let mut messages = refuse(DONE);
        messages.extend(self.data(bytes, self.kind.zeros));
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_of_its_finger_and_of_no_other_byte() {
        let bytes = template(7, 3, 512);
        assert_eq!(identity(&bytes), Some(7));
        assert_eq!(identity(&template(7, 4, 512)), Some(7));
        assert_ne!(template(7, 4, 512), bytes);
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            assert_eq!(identity(&bad), None, "{at}");
        }
        assert_eq!(identity(&[]), None);
    }
}
