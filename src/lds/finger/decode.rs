//! A picture of a finger, decoded within bounds: a record of a few bytes may claim any size.

use std::io::Cursor;

use cccd_port::FingerImage;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use wsq_codec::DecodeOptions;
use zeroize::Zeroizing;

use super::{Compression, FingerView};
use crate::lds::portrait;

/// Longest side, in pixels: what [`FingerImage`] takes. Pictures on cards are 200 to 600 wide.
pub const MAX_SIDE: u16 = 2_048;

/// Why a picture was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Encoded in a way that the standard does not name.
    #[error("compression algorithm {0} is not known")]
    Compression(u8),
    /// Resolutions that no comparison was made for, or other ones across and down.
    #[error("a resolution of {across} by {down} pixels an inch is not supported")]
    Resolution {
        /// Pixels an inch in a row.
        across: u16,
        /// Pixels an inch in a column.
        down: u16,
    },
    /// Larger than the bounds.
    #[error("the picture of the finger is too large")]
    TooLarge,
    /// The picture has another size than its record says.
    #[error("the picture of the finger has another size than its record says")]
    SizeDiffers,
    /// No picture that can be decoded whole.
    #[error("the picture of the finger can't be decoded")]
    Malformed,
}

impl FingerView {
    /// The picture, a byte a pixel.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(&self) -> Result<FingerImage, DecodeError> {
        let (across, down) = self.dpi;
        // A hundredth comes from rounding pixels a centimetre.
        if across.abs_diff(down) > across / 100 || !(250..=1_200).contains(&across) {
            return Err(DecodeError::Resolution { across, down });
        }
        if self.width > MAX_SIDE || self.height > MAX_SIDE {
            return Err(DecodeError::TooLarge);
        }
        let pixels = match self.compression {
            Compression::Raw => self.raw()?,
            Compression::Packed => self.packed()?,
            Compression::Wsq => self.wsq()?,
            Compression::Jpeg => self.grey(portrait::decode_jpeg(&self.data))?,
            Compression::Jpeg2000 => self.grey(portrait::decode_jpeg2000(&self.data))?,
            Compression::Png => self.grey(self.png())?,
            Compression::Other(code) => return Err(DecodeError::Compression(code)),
        };
        FingerImage::new(self.width, self.height, across, pixels).ok_or(DecodeError::Malformed)
    }

    fn count(&self) -> usize {
        usize::from(self.width).saturating_mul(usize::from(self.height))
    }

    /// 7.2.11 without packing: a byte a pixel up to eight bits, two above.
    fn raw(&self) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
        let bytes = if self.depth > 8 { 2 } else { 1 };
        if self.data.len() != self.count().saturating_mul(bytes) {
            return Err(DecodeError::SizeDiffers);
        }
        let pixels = self.data.chunks(bytes).map(|pixel| {
            let value = pixel
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
            eight_bits(value, self.depth)
        });
        Ok(Zeroizing::new(pixels.collect()))
    }

    /// Packed pixels, highest bit first. The standard does not say whether a row begins on a byte: the
    /// length does.
    fn packed(&self) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
        let (width, depth) = (usize::from(self.width), usize::from(self.depth));
        let row = width.saturating_mul(depth).div_ceil(8);
        let through = self.count().saturating_mul(depth).div_ceil(8);
        let mut pixels = Zeroizing::new(Vec::with_capacity(self.count()));
        if self.data.len() == row.saturating_mul(usize::from(self.height)) {
            for row in self.data.chunks(row) {
                self.unpack(row, width, &mut pixels);
            }
        } else if self.data.len() == through {
            self.unpack(&self.data, self.count(), &mut pixels);
        } else {
            return Err(DecodeError::SizeDiffers);
        }
        Ok(pixels)
    }

    fn unpack(&self, bytes: &[u8], count: usize, pixels: &mut Vec<u8>) {
        let (mut held, mut bits) = (0_u32, 0_u8);
        let mut bytes = bytes.iter();
        for _ in 0..count {
            while bits < self.depth {
                held = (held << 8) | u32::from(bytes.next().copied().unwrap_or(0));
                bits = bits.saturating_add(8);
            }
            bits = bits.saturating_sub(self.depth);
            pixels.push(eight_bits(held >> bits, self.depth));
            held &= (1_u32 << bits).wrapping_sub(1);
        }
    }

    fn wsq(&self) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
        let info = wsq_codec::read_info(&self.data).map_err(|_| DecodeError::Malformed)?;
        self.same_size(info.width, info.height)?;
        let options = DecodeOptions::default().with_max_pixels(Some(self.count()));
        let image = wsq_codec::decode_with(&self.data, &options);
        Ok(image.map_err(|_| DecodeError::Malformed)?.pixels.into())
    }

    fn png(&self) -> Result<DynamicImage, portrait::PortraitError> {
        let mut limits = Limits::default();
        limits.max_image_width = Some(self.width.into());
        limits.max_image_height = Some(self.height.into());
        limits.max_alloc = Some(portrait::MAX_PIXELS.saturating_mul(8));
        let mut reader = ImageReader::with_format(Cursor::new(&self.data[..]), ImageFormat::Png);
        reader.limits(limits);
        let image = reader.decode();
        image.map_err(|_| portrait::PortraitError::Malformed)
    }

    /// A decoded picture of the size that the record says, in grey; its coloured self is wiped.
    fn grey(
        &self,
        image: Result<DynamicImage, portrait::PortraitError>,
    ) -> Result<Zeroizing<Vec<u8>>, DecodeError> {
        let image = image.map_err(|error| match error {
            portrait::PortraitError::TooLarge => DecodeError::TooLarge,
            portrait::PortraitError::Malformed => DecodeError::Malformed,
        })?;
        let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
        if let Err(differs) = self.same_size(side(image.width()), side(image.height())) {
            drop(Zeroizing::new(image.into_bytes()));
            return Err(differs);
        }
        Ok(match image {
            DynamicImage::ImageLuma8(grey) => grey.into_raw().into(),
            other => {
                let grey = other.to_luma8().into_raw();
                drop(Zeroizing::new(other.into_bytes()));
                grey.into()
            }
        })
    }

    fn same_size(&self, width: usize, height: usize) -> Result<(), DecodeError> {
        if (width, height) == (self.width.into(), self.height.into()) {
            Ok(())
        } else {
            Err(DecodeError::SizeDiffers)
        }
    }
}

/// A pixel of `depth` bits as one of eight: white stays white.
fn eight_bits(value: u32, depth: u8) -> u8 {
    let most = (1_u32 << depth.min(16)).saturating_sub(1).max(1);
    let scaled = value.min(most).saturating_mul(255).saturating_add(most / 2) / most;
    u8::try_from(scaled).unwrap_or(u8::MAX)
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
