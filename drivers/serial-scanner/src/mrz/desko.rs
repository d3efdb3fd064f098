//! The frame of Desko's readers: STX, lines with CR each, ETX. Whatever they are set to put around it
//! is left out.

use cccd_port::Misread;
use zeroize::{Zeroize as _, Zeroizing};

use super::zone::zone;
use crate::framer::Ended;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// The most bytes of a frame: three lines of 44, and room for what is none.
const LONGEST: usize = 256;

/// A line with fewer characters than this, outside a frame, is what a reader puts around one.
const SHORTEST_LINE: usize = 30;

/// What has come of a frame.
#[derive(Default)]
pub(crate) struct Desko {
    begun: Option<Zeroizing<Vec<u8>>>,
    outside: usize,
}

impl Desko {
    pub(crate) fn byte(&mut self, byte: u8) -> Ended {
        match (byte, &mut self.begun) {
            (STX, begun) => {
                let cut = begun.as_ref().is_some_and(|bytes| !bytes.is_empty());
                *begun = Some(Zeroizing::new(Vec::with_capacity(LONGEST)));
                self.outside = 0;
                cut.then_some(Err(Misread::Cut))
            }
            (ETX, begun) => {
                let ended = match begun {
                    Some(bytes) if bytes.is_empty() => None,
                    Some(bytes) => Some(zone(bytes.split(|byte| matches!(byte, b'\r' | b'\n')))),
                    None => (self.outside >= SHORTEST_LINE).then_some(Err(Misread::Cut)),
                };
                self.reset();
                ended
            }
            (byte, Some(bytes)) if bytes.len() < LONGEST => {
                bytes.push(byte);
                None
            }
            (_, Some(_)) => {
                self.reset();
                Some(Err(Misread::TooLong))
            }
            (_, None) => {
                self.outside = self.outside.saturating_add(1);
                None
            }
        }
    }

    pub(crate) fn idle(&mut self) -> Ended {
        let cut = self.begun.is_some();
        self.reset();
        cut.then_some(Err(Misread::Cut))
    }

    pub(crate) const fn has_begun(&self) -> bool {
        self.begun.is_some() || self.outside > 0
    }

    pub(crate) fn reset(&mut self) {
        if let Some(mut bytes) = self.begun.take() {
            bytes.zeroize();
        }
        self.outside = 0;
    }
}
