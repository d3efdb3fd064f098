//! A picture of a finger from a file of a collection, decoded within bounds.

use std::io::Cursor;

use cccd_port::FingerImage;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use zeroize::Zeroizing;

use crate::lds::finger::decode::{DecodeError, MAX_SIDE};
use crate::lds::finger::{Compression, FingerView, Position};

/// Most bytes of a file: the longest sides in colour, and something for headers.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes that a decoder may take for itself.
const MOST_ALLOCATED: u64 = 64 * 1024 * 1024;

/// Why a file gave no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum PictureFault {
    /// None of the formats that are read.
    #[error("neither TIFF, PNG, BMP, PGM, WSQ nor JPEG")]
    FormatUnknown,
    /// Larger than the bounds, by its length or its own header.
    #[error("too large")]
    TooLarge,
    /// Not a picture that can be decoded whole.
    #[error("can't be decoded")]
    Malformed,
}

impl From<DecodeError> for PictureFault {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::TooLarge => Self::TooLarge,
            _ => Self::Malformed,
        }
    }
}

/// The picture in TIFF, PNG, BMP, PGM, WSQ or JPEG, told apart by their first bytes, taken as of `dpi`
/// pixels an inch (250 to 1,200), whatever the file says of it. Colours and deeper greys become 256
/// greys; of several pictures in a TIFF the first counts.
///
/// # Errors
/// [`PictureFault`].
pub fn decode(bytes: &[u8], dpi: u16) -> Result<FingerImage, PictureFault> {
    if bytes.len() > MOST_BYTES {
        return Err(PictureFault::TooLarge);
    }
    match bytes {
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => plain(bytes, ImageFormat::Tiff, dpi),
        [b'B', b'M', ..] => plain(bytes, ImageFormat::Bmp, dpi),
        [b'P', b'2' | b'5', ..] => plain(bytes, ImageFormat::Pnm, dpi),
        [0xff, 0xa0, ..] => {
            let info = wsq_codec::read_info(bytes).map_err(|_| PictureFault::Malformed)?;
            as_on_a_card(bytes, Compression::Wsq, (info.width, info.height), dpi)
        }
        [0xff, 0xd8, ..] => {
            let size = size(bytes, ImageFormat::Jpeg)?;
            as_on_a_card(bytes, Compression::Jpeg, size, dpi)
        }
        [0x89, b'P', b'N', b'G', ..] => {
            let size = size(bytes, ImageFormat::Png)?;
            as_on_a_card(bytes, Compression::Png, size, dpi)
        }
        _ => Err(PictureFault::FormatUnknown),
    }
}

fn size(bytes: &[u8], format: ImageFormat) -> Result<(usize, usize), PictureFault> {
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader
        .into_dimensions()
        .map_err(|_| PictureFault::Malformed)?;
    let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
    Ok((side(width), side(height)))
}

/// In a format that cards have too: by the decoder of DG3.
fn as_on_a_card(
    bytes: &[u8],
    compression: Compression,
    (width, height): (usize, usize),
    dpi: u16,
) -> Result<FingerImage, PictureFault> {
    let side = |side: usize| u16::try_from(side).map_err(|_| PictureFault::TooLarge);
    let view = FingerView {
        position: Position::Unknown,
        quality: None,
        compression,
        width: side(width)?,
        height: side(height)?,
        dpi: (dpi, dpi),
        depth: 8,
        data: bytes.to_vec().into(),
    };
    Ok(view.decode()?)
}

/// In a format that no card has.
fn plain(bytes: &[u8], format: ImageFormat, dpi: u16) -> Result<FingerImage, PictureFault> {
    let malformed = |_| PictureFault::Malformed;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_ALLOCATED);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(malformed)?;
    let (width, height) = decoder.dimensions();
    let side = |side: u32| {
        let side = u16::try_from(side).ok().filter(|side| *side <= MAX_SIDE);
        side.ok_or(PictureFault::TooLarge)
    };
    let (width, height) = (side(width)?, side(height)?);
    let pixels = match DynamicImage::from_decoder(decoder).map_err(malformed)? {
        DynamicImage::ImageLuma8(grey) => Zeroizing::new(grey.into_raw()),
        other => {
            let grey = Zeroizing::new(other.to_luma8().into_raw());
            drop(Zeroizing::new(other.into_bytes()));
            grey
        }
    };
    FingerImage::new(width, height, dpi, pixels).ok_or(PictureFault::Malformed)
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
