//! No frame but the lines themselves, each with CR, LF or both: readers that send as if they typed.

use cccd_port::Misread;
use zeroize::{Zeroize as _, Zeroizing};

use super::zone::zone;
use crate::framer::Ended;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// The longest line of a zone.
const LONGEST: usize = 44;

/// What has come of a zone.
pub(crate) struct Lines {
    /// The lines before, each as long as the others.
    before: Vec<Zeroizing<Vec<u8>>>,
    line: Zeroizing<Vec<u8>>,
    too_long: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            before: Vec::with_capacity(3),
            line: Zeroizing::new(Vec::with_capacity(LONGEST)),
            too_long: false,
        }
    }
}

impl Lines {
    pub(crate) fn byte(&mut self, byte: u8) -> Ended {
        match byte {
            b'\r' | b'\n' | ETX => self.end_line(),
            // Some put it before the first.
            STX if self.line.is_empty() => None,
            byte if self.line.len() < LONGEST => {
                self.line.push(byte);
                None
            }
            _ => {
                self.too_long = true;
                None
            }
        }
    }

    pub(crate) fn idle(&mut self) -> Ended {
        // The last line may have no end; its length says whether it is whole.
        let ended = self.end_line();
        let cut = ended.is_none() && !self.before.is_empty();
        self.reset();
        if cut { Some(Err(Misread::Cut)) } else { ended }
    }

    pub(crate) fn has_begun(&self) -> bool {
        !self.line.is_empty() || !self.before.is_empty()
    }

    pub(crate) fn reset(&mut self) {
        self.before.clear();
        self.line.zeroize();
        self.too_long = false;
    }

    fn end_line(&mut self) -> Ended {
        if self.line.is_empty() {
            return None;
        }
        let line = Zeroizing::new(self.line.to_vec());
        let too_long = self.too_long;
        self.line.zeroize();
        self.too_long = false;
        let due = match line.len() {
            _ if too_long => 0,
            30 => 3,
            36 | 44 => 2,
            _ => 0,
        };
        if due == 0 {
            self.before.clear();
            return Some(Err(Misread::NotAZone(None)));
        }
        if self
            .before
            .first()
            .is_some_and(|one| one.len() != line.len())
        {
            self.before.clear();
        }
        self.before.push(line);
        if self.before.len() < due {
            return None;
        }
        let ended = zone(self.before.iter().map(|line| line.as_slice()));
        if ended.is_ok() {
            self.before.clear();
        } else {
            // A line was lost before: what came last may begin the next zone.
            self.before.remove(0);
        }
        Some(ended)
    }
}
