//! The picture in DG2, decoded within bounds.
//!
//! Its own header is read first: a picture of 18 KB may claim four billion pixels, or a million tiles.

use std::io::Cursor;

use hayro_jpeg2000::DecodeSettings;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::dg2::{FaceImage, ImageDataType};

/// Widest and highest picture, in pixels; portraits on cards are 240 to 800 wide.
pub const MAX_SIDE: u32 = 4_000;
/// Most pixels.
pub const MAX_PIXELS: u64 = 8_000_000;
/// Most tiles of a JPEG 2000 picture; portraits have one.
const MAX_TILES: u64 = 256;

/// Why a picture was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortraitError {
    /// Larger than the bounds, by its own header.
    #[error("the picture is too large")]
    TooLarge,
    /// No picture that can be decoded whole.
    #[error("the picture can't be decoded")]
    Malformed,
}

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The pixels.
    pub image: DynamicImage,
    /// Whether the bytes are of another kind than the record says.
    pub type_differs: bool,
}

/// Decodes the picture by what its first bytes say that it is, within [`MAX_SIDE`] and
/// [`MAX_PIXELS`].
///
/// # Errors
/// [`PortraitError`].
pub fn decode(face: &FaceImage) -> Result<Decoded, PortraitError> {
    let jpeg = face.data.starts_with(&[0xff, 0xd8]);
    let image = if jpeg {
        decode_jpeg(&face.data)?
    } else {
        decode_jpeg2000(&face.data)?
    };
    let type_differs = jpeg != (face.data_type == ImageDataType::Jpeg);
    Ok(Decoded {
        image,
        type_differs,
    })
}

/// The picture as PNG: what a browser gets, so that no byte of a chip ever reaches one.
///
/// # Errors
/// [`PortraitError::Malformed`] when it can't be written.
pub fn to_png(image: &DynamicImage) -> Result<Vec<u8>, PortraitError> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image.to_rgb8())
        .write_to(&mut out, ImageFormat::Png)
        .map_err(|_| PortraitError::Malformed)?;
    Ok(out.into_inner())
}

fn within_bounds(width: u32, height: u32) -> Result<(), PortraitError> {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(PortraitError::TooLarge);
    }
    if pixels == 0 {
        Err(PortraitError::Malformed)
    } else {
        Ok(())
    }
}

pub(super) fn decode_jpeg(data: &[u8]) -> Result<DynamicImage, PortraitError> {
    let reader = || ImageReader::with_format(Cursor::new(data), ImageFormat::Jpeg);
    let (width, height) = reader()
        .into_dimensions()
        .map_err(|_| PortraitError::Malformed)?;
    within_bounds(width, height)?;
    // The decoder fills up with grey what was cut off.
    if !is_ended(data, [0xff, 0xda]) {
        return Err(PortraitError::Malformed);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_PIXELS.saturating_mul(8));
    let mut reader = reader();
    reader.limits(limits);
    reader.decode().map_err(|_| PortraitError::Malformed)
}

pub(super) fn decode_jpeg2000(data: &[u8]) -> Result<DynamicImage, PortraitError> {
    let size = Siz::find(data).ok_or(PortraitError::Malformed)?;
    within_bounds(size.width, size.height)?;
    if size.tiles() > MAX_TILES {
        return Err(PortraitError::TooLarge);
    }
    // Strict, so that a picture cut in the middle is not shown half grey.
    let settings = DecodeSettings {
        strict: true,
        ..DecodeSettings::default()
    };
    let image =
        hayro_jpeg2000::Image::new(data, &settings).map_err(|_| PortraitError::Malformed)?;
    within_bounds(image.width(), image.height())?;
    if image.total_bytes() > MAX_PIXELS.saturating_mul(8) {
        return Err(PortraitError::TooLarge);
    }
    if !is_ended(data, [0xff, 0x93]) {
        return Err(PortraitError::Malformed);
    }
    DynamicImage::from_decoder(image).map_err(|_| PortraitError::Malformed)
}

/// Whether the end marker FFD9 of JPEG and JPEG 2000 follows the last `start` of coded data, in
/// which it cannot occur. Issuers leave zero bytes or boxes after it.
fn is_ended(data: &[u8], start: [u8; 2]) -> bool {
    let last = |marker: [u8; 2]| data.windows(2).rposition(|pair| pair == marker);
    matches!((last(start), last([0xff, 0xd9])), (Some(start), Some(end)) if start < end)
}

/// What the SIZ marker segment says (ISO/IEC 15444-1, A.5.1).
struct Siz {
    width: u32,
    height: u32,
    tile_width: u32,
    tile_height: u32,
}

impl Siz {
    /// Finds the codestream, which begins with SOC and SIZ.
    fn find(data: &[u8]) -> Option<Self> {
        let start = data
            .windows(4)
            .position(|window| window == [0xff, 0x4f, 0xff, 0x51])?;
        let field = |index: usize| {
            let at = start.checked_add(8)?.checked_add(index.checked_mul(4)?)?;
            let bytes = data.get(at..at.checked_add(4)?)?;
            Some(
                bytes
                    .iter()
                    .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)),
            )
        };
        Some(Self {
            width: field(0)?.checked_sub(field(2)?)?,
            height: field(1)?.checked_sub(field(3)?)?,
            tile_width: field(4)?,
            tile_height: field(5)?,
        })
    }

    fn tiles(&self) -> u64 {
        let across = u64::from(self.width).div_ceil(u64::from(self.tile_width.max(1)));
        let down = u64::from(self.height).div_ceil(u64::from(self.tile_height.max(1)));
        across.saturating_mul(down)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn face(data: &[u8]) -> FaceImage {
        let data = data.to_vec().into();
        FaceImage {
            data_type: ImageDataType::Jpeg,
            width: 0,
            height: 0,
            data,
        }
    }

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut out, ImageFormat::Jpeg)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn a_picture_is_decoded_and_written_anew() {
        let decoded = decode(&face(&jpeg(48, 64))).unwrap();
        assert!(!decoded.type_differs);
        assert!(to_png(&decoded.image).unwrap().starts_with(b"\x89PNG"));
    }

    #[test]
    fn a_picture_that_claims_four_billion_pixels_is_refused_by_its_header() {
        let mut bomb = jpeg(48, 64);
        let frame = bomb
            .windows(2)
            .position(|marker| marker == [0xff, 0xc0])
            .unwrap();
        bomb.splice(frame + 5..frame + 9, [0xff; 4]);
        assert_eq!(decode(&face(&bomb)).unwrap_err(), PortraitError::TooLarge);
    }

    #[test]
    fn a_picture_cut_in_the_middle_is_refused_and_a_padded_one_is_not() {
        let whole = jpeg(48, 64);
        let (cut, _) = whole.split_at(whole.len() - 20);
        assert_eq!(decode(&face(cut)).unwrap_err(), PortraitError::Malformed);
        let filled = [cut, &[0; 40]].concat();
        assert_eq!(
            decode(&face(&filled)).unwrap_err(),
            PortraitError::Malformed
        );
        assert!(decode(&face(&[&whole[..], &[0; 40]].concat())).is_ok());
    }

    #[test]
    fn a_picture_of_a_million_tiles_is_refused_by_its_header() {
        let mut bomb = vec![0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0];
        for field in [2_000_u32, 2_000, 0, 0, 1, 1, 0, 0] {
            bomb.extend(field.to_be_bytes());
        }
        assert_eq!(decode(&face(&bomb)).unwrap_err(), PortraitError::TooLarge);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(data in proptest::collection::vec(any::<u8>(), 0..256), at in 0_usize..600, byte: u8) {
            let _ = decode(&face(&data));
            let mut picture = jpeg(16, 16);
            if let Some(target) = picture.get_mut(at) {
                *target = byte;
            }
            let _ = decode(&face(&picture));
        }
    }
}
