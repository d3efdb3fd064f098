//! The frame of 3M's readers: SOH, length, `OU`, STX, a flag, lines with CR each and padded with
//! `_`, ETX, block check.

use cccd_port::Misread;
use zeroize::{Zeroize as _, Zeroizing};

use super::zone::zone;
use crate::framer::Ended;
use crate::profile::{BlockCheck, Counts};

const SOH: u8 = 0x01;
const ETX: u8 = 0x03;
/// Optical reader, unsolicited, start of text.
const HEADER: [u8; 3] = *b"OU\x02";
/// Before the flag: SOH, length and header.
const BEFORE_FLAG: usize = 5;
/// After the lines: ETX and the check.
const AFTER_LINES: usize = 2;
const PADDING: u8 = b'_';

/// What has come of a frame.
pub(crate) struct ThreeM {
    counts: Counts,
    check: BlockCheck,
    begun: Zeroizing<Vec<u8>>,
}

/// What stands at the beginning of the bytes.
enum Found {
    /// The rest of a frame is still to come.
    More,
    /// No frame, and nothing that was one.
    Noise,
    /// A frame of that many bytes, and the zone in it.
    Frame(usize, Result<Zeroizing<String>, Misread>),
    /// Something that was a frame.
    Broken,
}

impl ThreeM {
    pub(crate) fn new(counts: Counts, check: BlockCheck) -> Self {
        Self {
            counts,
            check,
            begun: Zeroizing::new(Vec::with_capacity(512)),
        }
    }

    pub(crate) fn byte(&mut self, byte: u8) -> Ended {
        if self.begun.is_empty() && byte != SOH {
            return None;
        }
        self.begun.push(byte);
        self.look()
    }

    /// The rest does not come: what follows the first byte may still hold a whole frame.
    pub(crate) fn idle(&mut self) -> Ended {
        if let Some(ended) = self.look() {
            return Some(ended);
        }
        let had_header = self.begun.get(2..BEFORE_FLAG) == Some(&HEADER);
        self.drop_first(1);
        had_header.then_some(Err(Misread::Cut))
    }

    pub(crate) fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    pub(crate) fn reset(&mut self) {
        self.begun.zeroize();
    }

    /// Looks for a frame from each SOH on; a length that was damaged must not swallow the next frame.
    /// There are never more bytes than the longest frame has, so this ends soon.
    fn look(&mut self) -> Ended {
        let mut broken = None;
        while !self.begun.is_empty() {
            match self.found() {
                Found::More => break,
                Found::Noise => self.drop_first(1),
                Found::Broken => {
                    broken = Some(Err(Misread::Damaged));
                    self.drop_first(1);
                }
                Found::Frame(length, ended) => {
                    self.drop_first(length);
                    return Some(ended);
                }
            }
        }
        broken
    }

    /// Drops as many bytes, and then all up to the next SOH.
    fn drop_first(&mut self, count: usize) {
        let rest = self.begun.get(count..).unwrap_or_default();
        let at = rest.iter().position(|byte| *byte == SOH);
        let kept = Zeroizing::new(
            at.and_then(|at| rest.get(at..))
                .unwrap_or_default()
                .to_vec(),
        );
        self.begun.zeroize();
        self.begun.extend_from_slice(&kept);
    }

    fn found(&self) -> Found {
        let bytes = self.begun.as_slice();
        let [SOH, rest @ ..] = bytes else {
            return Found::Noise;
        };
        let [length, rest @ ..] = rest else {
            return Found::More;
        };
        if !rest.iter().zip(HEADER).all(|(byte, due)| *byte == due) {
            return Found::Noise;
        }
        if rest.len() < HEADER.len() {
            return Found::More;
        }
        let counted = usize::from(*length);
        let whole = match self.counts {
            // With SOH, the length and the check.
            Counts::AfterLength => counted.saturating_add(3),
            // With device and type as well.
            Counts::Text => counted.saturating_add(5),
            Counts::Frame => counted,
        };
        if whole < BEFORE_FLAG + 1 + AFTER_LINES {
            return Found::Broken;
        }
        let Some(frame) = bytes.get(..whole) else {
            return Found::More;
        };
        let Some(([covered @ .., ETX], [check])) = frame.split_at_checked(whole.saturating_sub(1))
        else {
            return Found::Broken;
        };
        let from = match self.check {
            BlockCheck::FromStart => 0,
            BlockCheck::FromLength => 1,
            BlockCheck::AfterLength => 2,
            BlockCheck::AfterStx => BEFORE_FLAG,
        };
        let sum = covered.iter().skip(from).fold(ETX, |sum, byte| sum ^ byte);
        if sum != *check {
            return Found::Broken;
        }
        // The flag comes first, and means something to each model.
        let text = covered.get(BEFORE_FLAG + 1..).unwrap_or_default();
        Found::Frame(whole, zone(text.split(|byte| *byte == b'\r').map(unpadded)))
    }
}

fn unpadded(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., PADDING] = line {
        line = rest;
    }
    line
}
