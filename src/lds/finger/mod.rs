//! Pictures of fingers as a chip stores them (ISO/IEC 19794-4:2005).
//!
//! # Layout
//! - here: one picture and what its record says of it
//! - [`record`]: the finger image record taken apart
//! - [`decode`]: the picture decoded within bounds

pub mod decode;
pub mod record;

use core::fmt;

use zeroize::Zeroizing;

/// How the record says that its pictures are encoded (ISO/IEC 19794-4, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// 0: a byte, or two, a pixel.
    Raw,
    /// 1: as many bits a pixel as its depth.
    Packed,
    /// 2: wavelet scalar quantization (FBI IAFIS-IC-0110).
    Wsq,
    /// 3: JPEG (ISO/IEC 10918-1).
    Jpeg,
    /// 4: JPEG 2000 (ISO/IEC 15444-1).
    Jpeg2000,
    /// 5: PNG (ISO/IEC 15948).
    Png,
    /// A value that the standard does not know.
    Other(u8),
}

impl From<u8> for Compression {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Raw,
            1 => Self::Packed,
            2 => Self::Wsq,
            3 => Self::Jpeg,
            4 => Self::Jpeg2000,
            5 => Self::Png,
            other => Self::Other(other),
        }
    }
}

/// Which finger a picture shows (ISO/IEC 19794-4, table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Position {
    /// 0: the issuer does not say.
    Unknown,
    /// 1 to 10: right thumb to right little finger, left thumb to left little finger.
    Finger(u8),
    /// Several fingers in one picture, a palm, or a value that the standard does not know.
    Other(u8),
}

impl From<u8> for Position {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Unknown,
            1..=10 => Self::Finger(code),
            // Thumbs pressed and not rolled.
            11 => Self::Finger(1),
            12 => Self::Finger(6),
            other => Self::Other(other),
        }
    }
}

/// One picture as it lies in the record.
#[derive(Clone, PartialEq, Eq)]
pub struct FingerView {
    /// Which finger it shows.
    pub position: Position,
    /// The issuer's opinion of it, 0 to 100; nothing where there is none.
    pub quality: Option<u8>,
    /// How it is encoded.
    pub compression: Compression,
    /// Pixels in a row, at least 1.
    pub width: u16,
    /// Rows, at least 1.
    pub height: u16,
    /// Pixels an inch, across and down, rounded.
    pub dpi: (u16, u16),
    /// Bits a pixel, 1 to 16.
    pub depth: u8,
    /// The encoded picture.
    pub data: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for FingerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerView([redacted], {:?})", self.compression)
    }
}
