//! What a line does to the bytes of a scan.

use std::time::Duration;

/// One thing that goes wrong. Positions count bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A byte is lost.
    Dropped {
        /// Which.
        at: usize,
    },
    /// A byte comes twice.
    Doubled {
        /// Which.
        at: usize,
    },
    /// One bit of a byte is turned.
    Flipped {
        /// Which byte.
        at: usize,
        /// Which bit, from 0.
        bit: u32,
    },
    /// Nothing comes from a byte on.
    Cut {
        /// The first that is lost.
        at: usize,
    },
    /// Something else comes before a byte.
    Noise {
        /// Before which.
        at: usize,
        /// What.
        byte: u8,
    },
    /// The line stalls before a byte.
    Stalled {
        /// Before which.
        at: usize,
        /// For how long.
        by: Duration,
    },
    /// Each byte comes by itself.
    Drips {
        /// The time between two.
        every: Duration,
    },
    /// The device is pulled out after as many bytes.
    Unplugged {
        /// How many came.
        at: usize,
    },
    /// The last byte, of some devices a checksum, is another.
    LastByte {
        /// What is added to it, 1 to 255.
        by: u8,
    },
    /// Before a byte stand as many that no scan has.
    Overlong {
        /// Before which.
        at: usize,
        /// How many.
        by: usize,
    },
}

/// The bytes as they arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Pieces, each after that much time without any.
    pub pieces: Vec<(Duration, Vec<u8>)>,
    /// Whether the device is gone after them.
    pub unplugged: bool,
}

impl LineFault {
    /// All of them, at every byte of a frame of `length` bytes.
    #[must_use]
    pub fn at_every_byte(length: usize) -> Vec<Self> {
        let mut faults = Vec::new();
        for at in 0..length {
            faults.extend([
                Self::Dropped { at },
                Self::Doubled { at },
                Self::Cut { at },
                Self::Unplugged { at },
            ]);
            faults.extend((0..8).map(|bit| Self::Flipped { at, bit }));
            let noise = [0x00, 0x01, 0x02, 0x03, b'\r', b'\n', b'0', b'<', b'A', 0xff];
            faults.extend(noise.map(|byte| Self::Noise { at, byte }));
            let stalls = [50, 150, 3_000].map(Duration::from_millis);
            faults.extend(stalls.map(|by| Self::Stalled { at, by }));
            faults.push(Self::Overlong { at, by: 5_000 });
        }
        faults.extend([5, 60].map(|every| Self::Drips {
            every: Duration::from_millis(every),
        }));
        faults.extend((1..=u8::MAX).map(|by| Self::LastByte { by }));
        faults
    }

    /// What arrives of `frame`.
    #[must_use]
    pub fn send(self, frame: &[u8]) -> Sent {
        let split = |at: usize| frame.split_at_checked(at).unwrap_or((frame, &[]));
        let mut unplugged = false;
        let bytes = match self {
            Self::Dropped { at } => {
                let (before, rest) = split(at);
                [before, rest.get(1..).unwrap_or_default()].concat()
            }
            Self::Doubled { at } => {
                let (before, rest) = split(at);
                [before, rest.get(..1).unwrap_or_default(), rest].concat()
            }
            Self::Flipped { at, bit } => {
                let mut bytes = frame.to_vec();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1_u8.checked_shl(bit).unwrap_or_default();
                }
                bytes
            }
            Self::Cut { at } => split(at).0.to_vec(),
            Self::Noise { at, byte } => {
                let (before, rest) = split(at);
                [before, &[byte], rest].concat()
            }
            Self::Stalled { at, by } => {
                let (before, rest) = split(at);
                return Sent {
                    pieces: vec![(Duration::ZERO, before.to_vec()), (by, rest.to_vec())],
                    unplugged,
                };
            }
            Self::Drips { every } => {
                return Sent {
                    pieces: frame.iter().map(|byte| (every, vec![*byte])).collect(),
                    unplugged,
                };
            }
            Self::Unplugged { at } => {
                unplugged = true;
                split(at).0.to_vec()
            }
            Self::LastByte { by } => {
                let mut bytes = frame.to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last = last.wrapping_add(by);
                }
                bytes
            }
            Self::Overlong { at, by } => {
                let (before, rest) = split(at);
                [before, &vec![b'<'; by], rest].concat()
            }
        };
        Sent {
            pieces: vec![(Duration::ZERO, bytes)],
            unplugged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrives(fault: LineFault) -> Vec<u8> {
        let pieces = fault.send(b"abc").pieces.into_iter();
        pieces.flat_map(|(_, bytes)| bytes).collect()
    }

    #[test]
    fn each_fault_does_what_it_says() {
        use LineFault::*;
        let by = Duration::from_secs(1);
        assert_eq!(arrives(Dropped { at: 1 }), b"ac");
        assert_eq!(arrives(Doubled { at: 1 }), b"abbc");
        assert_eq!(arrives(Flipped { at: 0, bit: 0 }), b"`bc");
        assert_eq!(arrives(Cut { at: 2 }), b"ab");
        assert_eq!(arrives(Noise { at: 3, byte: 0 }), b"abc\0");
        assert_eq!(arrives(Stalled { at: 1, by }), b"abc");
        assert_eq!(arrives(Drips { every: by }), b"abc");
        assert_eq!(arrives(Unplugged { at: 1 }), b"a");
        assert_eq!(arrives(LastByte { by: 1 }), b"abd");
        assert_eq!(arrives(Overlong { at: 2, by: 2 }), b"ab<<c");
        assert_eq!(arrives(Dropped { at: 9 }), b"abc");
        assert!(Unplugged { at: 1 }.send(b"abc").unplugged);
        assert_eq!(Drips { every: by }.send(b"abc").pieces.len(), 3);
    }
}
