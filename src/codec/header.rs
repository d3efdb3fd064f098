//! One tag and length, as BER has them.

/// What is wrong with an encoding. Names the place, never the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// The bytes end in the middle of a tag or length.
    #[error("the bytes end inside a tag or length at offset {offset}")]
    Truncated {
        /// Where the header begins.
        offset: usize,
    },
    /// A value goes on beyond the object or the bytes that hold it.
    #[error("object {tag:#x} at offset {offset} runs beyond what holds it")]
    Overrun {
        /// Where the header begins.
        offset: usize,
        /// The tag.
        tag: u32,
    },
    /// An indefinite length (ISO/IEC 8825-1, 8.1.3.6), which neither LDS nor DER allows.
    #[error("indefinite length at offset {offset}")]
    Indefinite {
        /// Where the header begins.
        offset: usize,
    },
    /// A length of more than four bytes, or above the bound.
    #[error("implausible length at offset {offset}")]
    LengthImplausible {
        /// Where the header begins.
        offset: usize,
    },
    /// A length in more bytes than needed, where DER is demanded.
    #[error("length not minimal at offset {offset}")]
    NotMinimal {
        /// Where the header begins.
        offset: usize,
    },
    /// A tag of more than three bytes, or one in a longer form than DER allows.
    #[error("unsupported tag at offset {offset}")]
    Tag {
        /// Where the header begins.
        offset: usize,
    },
    /// Nested deeper than the bound.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// More objects than the bound.
    #[error("more than {limit} objects")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// A primitive value that DER forbids.
    #[error("value of type {tag:#x} at offset {offset} is not DER")]
    Value {
        /// Where the header begins.
        offset: usize,
        /// The tag.
        tag: u32,
    },
    /// Nothing there, or more than one object where one is due.
    #[error("expected one object")]
    NotOne,
    /// The object is not of the type that stands here.
    #[error("expected tag {expected:#x}, met {met:#x}")]
    UnexpectedTag {
        /// What the standard demands.
        expected: u32,
        /// What was there.
        met: u32,
    },
}

/// A tag and length, read from the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// All tag bytes as one number: `5F2E` is 0x5F2E.
    pub tag: u32,
    /// Whether the value holds objects (bit 6 of the first tag byte).
    pub constructed: bool,
    /// Bytes of tag and length.
    pub length: usize,
    /// Bytes of the value.
    pub value_length: usize,
    /// False when the length is written in more bytes than it needs.
    pub minimal: bool,
}

impl Header {
    /// Bytes of the whole object.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.length.saturating_add(self.value_length)
    }

    /// Reads the header at the front of `bytes`; `offset` is only for the error.
    ///
    /// The value need not be there. A length above 2³¹ − 1 is refused.
    ///
    /// # Errors
    /// [`TlvError`] for truncated, indefinite, implausible or over-long headers.
    pub fn read(bytes: &[u8], offset: usize) -> Result<Self, TlvError> {
        let mut rest = bytes.iter().copied();
        let truncated = TlvError::Truncated { offset };
        let first = rest.next().ok_or(truncated)?;
        let constructed = first & 0x20 != 0;
        let mut tag = u32::from(first);
        let mut length = 1_usize;
        if first & 0x1f == 0x1f {
            loop {
                let byte = rest.next().ok_or(truncated)?;
                length = length.saturating_add(1);
                if length > 3 || (length == 2 && byte == 0x80) {
                    return Err(TlvError::Tag { offset });
                }
                tag = (tag << 8) | u32::from(byte);
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        let initial = rest.next().ok_or(truncated)?;
        length = length.saturating_add(1);
        let (value_length, minimal) = match initial {
            0..=0x7f => (u32::from(initial), true),
            0x80 => return Err(TlvError::Indefinite { offset }),
            0x81..=0x84 => {
                let mut value = 0_u32;
                for _ in 0x80..initial {
                    value = (value << 8) | u32::from(rest.next().ok_or(truncated)?);
                    length = length.saturating_add(1);
                }
                let needed: u8 = match value {
                    0..=0x7f => 0x80,
                    0x80..=0xff => 0x81,
                    0x100..=0xffff => 0x82,
                    0x1_0000..=0xff_ffff => 0x83,
                    _ => 0x84,
                };
                (value, needed == initial)
            }
            _ => return Err(TlvError::LengthImplausible { offset }),
        };
        if value_length > 0x7fff_ffff {
            return Err(TlvError::LengthImplausible { offset });
        }
        let value_length =
            usize::try_from(value_length).map_err(|_| TlvError::LengthImplausible { offset })?;
        Ok(Self {
            tag,
            constructed,
            length,
            value_length,
            minimal,
        })
    }
}

/// Writes one object with a minimal length.
///
/// Written here and not with `iso7816-tlv`, whose writer counts a value of 127 bytes wrongly in its
/// parents.
#[must_use]
pub fn encode(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len().saturating_add(8));
    push_significant(&mut out, u64::from(tag));
    match u8::try_from(value.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let mut length = Vec::new();
            push_significant(&mut length, u64::try_from(value.len()).unwrap_or(u64::MAX));
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(0x08));
            out.extend_from_slice(&length);
        }
    }
    out.extend_from_slice(value);
    out
}

/// Appends `number` in as many bytes as it needs, at least one.
fn push_significant(out: &mut Vec<u8>, number: u64) {
    let bytes = number.to_be_bytes();
    let skip = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    out.extend(bytes.iter().skip(skip));
}
