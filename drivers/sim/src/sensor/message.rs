//! Messages of the protocol and their bytes.

use core::fmt;

/// From the host, a command.
pub const COMMAND: u8 = 1;
/// Data, more of which follow.
pub const DATA: u8 = 2;
/// To the host, the answer to a command.
pub const ANSWER: u8 = 7;
/// The last of the data.
pub const LAST: u8 = 8;

/// The largest body that can be set, and how much more stands around it.
const LARGEST: usize = 256;
const AROUND: usize = 11;

/// A message. Prints no more than its size.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its identifier: 1 command, 2 data, 7 answer, 8 last data.
    pub pid: u8,
    /// What it says.
    pub body: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of {} bytes", self.pid, self.body.len())
    }
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Not enough to say.
    Unfinished,
    /// So many bytes that are no message.
    Junk(usize),
    /// A message of so many bytes whose sum is wrong.
    Damaged(usize),
    /// A message of so many bytes, and for whom.
    Whole(usize, [u8; 4], Message),
}

impl Message {
    /// An answer with a confirmation code and what follows it.
    #[must_use]
    pub fn answer(code: u8, rest: &[u8]) -> Self {
        let mut body = vec![code];
        body.extend_from_slice(rest);
        Self { pid: ANSWER, body }
    }

    /// Its bytes, from or for the module at `address`.
    #[must_use]
    pub fn bytes(&self, address: [u8; 4]) -> Vec<u8> {
        self.bytes_with(address, 0, 0)
    }

    /// Its bytes, with a length and a sum that are so much too high.
    #[must_use]
    pub fn bytes_with(&self, address: [u8; 4], length: u16, sum: u16) -> Vec<u8> {
        let said = u16::try_from(self.body.len() + 2)
            .unwrap_or(u16::MAX)
            .wrapping_add(length);
        let [high, low] = said.to_be_bytes();
        let mut bytes = vec![0xEF, 0x01];
        bytes.extend(address);
        bytes.extend([self.pid, high, low]);
        bytes.extend(&self.body);
        let total: u32 = bytes.iter().skip(6).map(|byte| u32::from(*byte)).sum();
        let total = u16::try_from(total % 0x1_0000).unwrap_or(0);
        bytes.extend(total.wrapping_add(sum).to_be_bytes());
        bytes
    }

    /// What stands at the beginning of `bytes`.
    #[must_use]
    pub fn find(bytes: &[u8]) -> Found {
        let starts = |tail: &[u8]| matches!(tail, [0xEF] | [0xEF, 0x01, ..]);
        let junk = (0..bytes.len())
            .find(|at| bytes.get(*at..).is_some_and(starts))
            .unwrap_or(bytes.len());
        if junk > 0 {
            return Found::Junk(junk);
        }
        let [_, _, a, b, c, d, pid, high, low, rest @ ..] = bytes else {
            return Found::Unfinished;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if !(3..=LARGEST + 2).contains(&length) {
            // Not the beginning of a message after all.
            return Found::Junk(2);
        }
        let Some(rest) = rest.get(..length) else {
            return Found::Unfinished;
        };
        let (body, sum) = rest.split_at(length - 2);
        let whole = length + AROUND - 2;
        let added = [*pid, *high, *low]
            .iter()
            .chain(body)
            .fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into()));
        if sum != added.to_be_bytes().as_slice() {
            return Found::Damaged(whole);
        }
        let message = Self {
            pid: *pid,
            body: body.to_vec(),
        };
        Found::Whole(whole, [*a, *b, *c, *d], message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_again_behind_junk() {
        let message = Message::answer(0, &[1, 2, 3]);
        let bytes = message.bytes([0xFF; 4]);
        assert_eq!(bytes.len(), AROUND + 4);
        assert_eq!(
            Message::find(&bytes),
            Found::Whole(bytes.len(), [0xFF; 4], message)
        );
        for at in 0..bytes.len() {
            assert_eq!(Message::find(&bytes[..at]), Found::Unfinished, "{at}");
        }
        let noisy = [&[0x55, 0xEF, 0x02], bytes.as_slice()].concat();
        assert_eq!(Message::find(&noisy), Found::Junk(3));
    }

    #[test]
    fn a_changed_byte_is_seen() {
        let bytes = Message::answer(0, &[1, 2, 3]).bytes([0xFF; 4]);
        for at in 6..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x10;
            assert!(!matches!(Message::find(&bad), Found::Whole(..)), "{at}");
        }
    }
}
