//! Texts with an end: what scanners of QR codes send.

use cccd_port::Misread;
use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::Encoding;
use crate::framer::Ended;
use crate::profile::Ends;

/// The most bytes of one text.
pub(crate) const LONGEST: usize = 4_096;

/// What scanners may put before a text: start of text, UTF-8's byte order mark, and the identifier
/// of a QR code of model 2 (ISO/IEC 15424).
const PREFIXES: [&[u8]; 3] = [b"\x02", b"\xef\xbb\xbf", b"]Q1"];

/// What has come of a text.
pub(crate) struct Text {
    ends: Ends,
    encoding: Encoding,
    begun: Zeroizing<Vec<u8>>,
    too_long: bool,
}

impl Text {
    pub(crate) fn new(ends: Ends, encoding: Encoding) -> Self {
        Self {
            ends,
            encoding,
            // At once, so that no piece is left behind where it grew out of its place.
            begun: Zeroizing::new(Vec::with_capacity(LONGEST)),
            too_long: false,
        }
    }

    pub(crate) fn byte(&mut self, byte: u8) -> Ended {
        if self.ends.has(byte) {
            return self.end();
        }
        if self.begun.len() < LONGEST {
            self.begun.push(byte);
        } else {
            self.too_long = true;
        }
        None
    }

    /// The line has been quiet for as long as [`Ends::IDLE`] or a text may last.
    pub(crate) fn idle(&mut self) -> Ended {
        if self.ends.contains(Ends::IDLE) {
            return self.end();
        }
        let cut = self.has_begun().then_some(Err(Misread::Cut));
        self.reset();
        cut
    }

    pub(crate) fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    pub(crate) fn reset(&mut self) {
        self.begun.zeroize();
        self.too_long = false;
    }

    fn end(&mut self) -> Ended {
        let text = match bare(&self.begun) {
            _ if self.too_long => Some(Err(Misread::TooLong)),
            [] => None,
            text => Some(self.encoding.decode(text).ok_or(Misread::NotText)),
        };
        self.reset();
        text
    }
}

/// The bytes without what stands before the text.
pub(crate) fn bare(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = PREFIXES.iter().find_map(|own| bytes.strip_prefix(*own)) {
        bytes = rest;
    }
    bytes
}
