//! A picture, decoded within bounds.

use core::fmt;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use zeroize::Zeroizing;

use super::geometry::Point;
use super::numbers::index;

/// How large a picture may be. It is known from the header, before a pixel is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLimits {
    /// Most bytes, encoded.
    pub bytes: usize,
    /// Widest and highest, in pixels.
    pub side: u32,
    /// Most pixels.
    pub pixels: u64,
}

impl Default for PictureLimits {
    /// What cameras of desks and telephones give: 12 megapixels, 6 MiB.
    fn default() -> Self {
        Self {
            bytes: 6 * 1024 * 1024,
            side: 6_000,
            pixels: 12_500_000,
        }
    }
}

/// Why a picture was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More bytes than the bound.
    #[error("the picture has {bytes} bytes, more than {most}")]
    TooManyBytes {
        /// How many.
        bytes: usize,
        /// The bound.
        most: usize,
    },
    /// Larger than the bounds, by its own header.
    #[error("the picture is {width}×{height}, larger than it may be")]
    TooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Neither JPEG nor PNG.
    #[error("the picture is neither JPEG nor PNG")]
    FormatUnknown,
    /// It ends too early: what is missing would be made up.
    #[error("the picture is cut off")]
    Truncated,
    /// No picture that can be decoded whole.
    #[error("the picture can't be decoded")]
    Malformed,
}

/// A picture in memory: red, green and blue, a byte each, row by row. It prints as its size alone
/// and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted picture of {}×{}]", self.width, self.height)
    }
}

impl Picture {
    /// Decodes JPEG or PNG within `limits`, and turns it as its EXIF data say.
    ///
    /// # Errors
    /// [`PictureError`].
    pub fn decode(bytes: &[u8], limits: &PictureLimits) -> Result<Self, PictureError> {
        if bytes.len() > limits.bytes {
            return Err(PictureError::TooManyBytes {
                bytes: bytes.len(),
                most: limits.bytes,
            });
        }
        let format = match bytes {
            [0xff, 0xd8, ..] => ImageFormat::Jpeg,
            [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
            _ => return Err(PictureError::FormatUnknown),
        };
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut bounds = Limits::default();
        bounds.max_image_width = Some(limits.side);
        bounds.max_image_height = Some(limits.side);
        // Sixteen bits for each of four channels, and as much again to decode with.
        bounds.max_alloc = Some(limits.pixels.saturating_mul(16));
        let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
        let (width, height) = size.map_err(|_| PictureError::Malformed)?;
        limits.check(width, height)?;
        if format == ImageFormat::Jpeg && !jpeg_is_ended(bytes) {
            return Err(PictureError::Truncated);
        }
        reader.limits(bounds);
        let mut decoder = reader.into_decoder().map_err(|_| PictureError::Malformed)?;
        let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut image = DynamicImage::from_decoder(decoder).map_err(|_| PictureError::Malformed)?;
        image.apply_orientation(turn);
        Self::from_image(image)
    }

    /// Takes a decoded picture, such as the chip's portrait.
    ///
    /// # Errors
    /// [`PictureError::Malformed`] for one without pixels.
    pub fn from_image(image: DynamicImage) -> Result<Self, PictureError> {
        let rgb = image.into_rgb8();
        let (width, height) = rgb.dimensions();
        Self::new(width, height, Zeroizing::new(rgb.into_raw())).ok_or(PictureError::Malformed)
    }

    /// A picture of these pixels; `None` if there are none, or not as many as its size says.
    #[must_use]
    pub fn new(width: u32, height: u32, rgb: Zeroizing<Vec<u8>>) -> Option<Self> {
        let bytes = index(width).checked_mul(index(height))?.checked_mul(3)?;
        (bytes == rgb.len() && bytes > 0).then_some(Self { width, height, rgb })
    }

    /// Its width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Its height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Its bytes: never for a log or an error.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The rows, each of pixels.
    pub fn rows(&self) -> impl Iterator<Item = &[[u8; 3]]> {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        pixels.chunks_exact(index(self.width).max(1))
    }

    /// The pixel at a column and a row; the nearest one for what lies outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let x = index(x.min(self.width.saturating_sub(1)));
        let y = index(y.min(self.height.saturating_sub(1)));
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let at = y.saturating_mul(index(self.width)).saturating_add(x);
        pixels.get(at).copied().unwrap_or_default()
    }

    /// Its brightness (ITU-R BT.709, of the values as they are coded), 0 to 255, row by row.
    #[must_use]
    pub fn luminance(&self) -> Zeroizing<Vec<f64>> {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let luminance = |[red, green, blue]: &[u8; 3]| {
            0.2126 * f64::from(*red) + 0.7152 * f64::from(*green) + 0.0722 * f64::from(*blue)
        };
        Zeroizing::new(pixels.iter().map(luminance).collect())
    }

    /// Left and right changed about.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let mut rgb = Zeroizing::new(Vec::with_capacity(self.rgb.len()));
        for row in self.rows() {
            rgb.extend(row.iter().rev().flatten());
        }
        Self {
            width: self.width,
            height: self.height,
            rgb,
        }
    }

    /// Its middle.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point::new(f64::from(self.width) / 2.0, f64::from(self.height) / 2.0)
    }
}

impl PictureLimits {
    fn check(&self, width: u32, height: u32) -> Result<(), PictureError> {
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        if width > self.side || height > self.side || pixels > self.pixels {
            Err(PictureError::TooLarge { width, height })
        } else if pixels == 0 {
            Err(PictureError::Malformed)
        } else {
            Ok(())
        }
    }
}

/// Whether the end marker FFD9 follows the last start of coded data, in which it cannot occur: the
/// decoder fills up with grey what was cut off.
fn jpeg_is_ended(data: &[u8]) -> bool {
    let last = |marker: [u8; 2]| data.windows(2).rposition(|pair| pair == marker);
    matches!((last([0xff, 0xda]), last([0xff, 0xd9])), (Some(start), Some(end)) if start < end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use image::RgbImage;
    use proptest::prelude::*;

    use super::*;

    /// Red at the upper left, black elsewhere.
    fn marked(width: u32, height: u32) -> DynamicImage {
        let mut image = RgbImage::new(width, height);
        for y in 0..height / 2 {
            for x in 0..width / 2 {
                image.put_pixel(x, y, image::Rgb([255, 0, 0]));
            }
        }
        image.into()
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// The same picture with an EXIF segment that says how it is to be turned.
    fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let tiff = [
            &b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
            &[orientation, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
        [
            &jpeg[..2],
            &[0xff, 0xe1],
            &length,
            b"Exif\0\0",
            &tiff,
            &jpeg[2..],
        ]
        .concat()
    }

    fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
        Picture::decode(bytes, &PictureLimits::default())
    }

    fn is_red([red, green, _]: [u8; 3]) -> bool {
        red > 200 && green < 60
    }

    #[test]
    fn a_picture_is_turned_as_its_exif_data_say() {
        let jpeg = encoded(&marked(64, 32), ImageFormat::Jpeg);
        // Where the red corner of the picture lies once it is upright.
        for (orientation, size, red) in [
            (1, (64, 32), (8, 4)),
            (2, (64, 32), (55, 4)),
            (3, (64, 32), (55, 27)),
            (4, (64, 32), (8, 27)),
            (5, (32, 64), (4, 8)),
            (6, (32, 64), (27, 8)),
            (7, (32, 64), (27, 55)),
            (8, (32, 64), (4, 55)),
        ] {
            let picture = decode(&turned(&jpeg, orientation)).unwrap();
            assert_eq!((picture.width(), picture.height()), size, "{orientation}");
            assert!(is_red(picture.pixel(red.0, red.1)), "{orientation}");
            let opposite = (size.0 - 1 - red.0, size.1 - 1 - red.1);
            assert!(
                !is_red(picture.pixel(opposite.0, opposite.1)),
                "{orientation}"
            );
        }
    }

    #[test]
    fn png_is_read_and_mirrored() {
        let picture = decode(&encoded(&marked(5, 4), ImageFormat::Png)).unwrap();
        assert!(is_red(picture.pixel(0, 0)) && !is_red(picture.pixel(4, 0)));
        let mirrored = picture.mirrored();
        assert!(is_red(mirrored.pixel(4, 0)) && !is_red(mirrored.pixel(0, 0)));
        assert_eq!(mirrored.mirrored(), picture);
        assert_eq!(picture.rows().count(), 4);
        assert!(picture.rows().all(|row| row.len() == 5));
        assert_eq!(format!("{picture:?}"), "[redacted picture of 5×4]");
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_decoded() {
        let mut jpeg = encoded(&marked(64, 32), ImageFormat::Jpeg);
        let limits = PictureLimits {
            bytes: jpeg.len() - 1,
            ..PictureLimits::default()
        };
        assert_eq!(
            Picture::decode(&jpeg, &limits),
            Err(PictureError::TooManyBytes {
                bytes: jpeg.len(),
                most: limits.bytes
            })
        );
        let frame = jpeg
            .windows(2)
            .position(|marker| marker == [0xff, 0xc0])
            .unwrap();
        jpeg[frame + 5..frame + 9].fill(0xff);
        assert_eq!(
            decode(&jpeg),
            Err(PictureError::TooLarge {
                width: 65_535,
                height: 65_535
            })
        );
        // Sides within the bound, too many pixels all the same.
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0x17, 0x00, 0x17, 0x00]);
        assert!(matches!(decode(&jpeg), Err(PictureError::TooLarge { .. })));
    }

    #[test]
    fn a_png_of_a_few_bytes_that_claims_to_be_large_is_refused() {
        let mut png = encoded(&marked(5, 4), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0x70, 0, 0, 0, 0x70, 0]);
        // The header's check sum must hold, or it would be refused for that.
        let sum = crc(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&sum);
        assert_eq!(
            decode(&png),
            Err(PictureError::TooLarge {
                width: 28_672,
                height: 28_672
            })
        );
    }

    /// PNG's check sum (ISO/IEC 15948, annex D).
    fn crc(data: &[u8]) -> u32 {
        !data.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 {
                    0xedb8_8320 ^ (sum >> 1)
                } else {
                    sum >> 1
                }
            })
        })
    }

    #[test]
    fn what_is_cut_off_or_is_no_picture_is_refused() {
        let jpeg = encoded(&marked(64, 64), ImageFormat::Jpeg);
        assert_eq!(
            decode(&jpeg[..jpeg.len() - 20]),
            Err(PictureError::Truncated)
        );
        let padded = [&jpeg[..jpeg.len() - 20], &[0; 40]].concat();
        assert_eq!(decode(&padded), Err(PictureError::Truncated));
        let png = encoded(&marked(64, 64), ImageFormat::Png);
        assert_eq!(decode(&png[..png.len() - 20]), Err(PictureError::Malformed));
        for bytes in [&b""[..], b"GIF89a", b"<svg/>", &[0xff, 0x4f, 0xff, 0x51]] {
            assert_eq!(decode(bytes), Err(PictureError::FormatUnknown));
        }
        assert_eq!(decode(&[0xff, 0xd8]), Err(PictureError::Malformed));
        assert!(Picture::new(2, 2, Zeroizing::new(vec![0; 11])).is_none());
        assert!(Picture::new(0, 2, Zeroizing::new(Vec::new())).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(at in 0_usize..900, byte: u8, cut in 0_usize..900, png: bool) {
            let format = if png { ImageFormat::Png } else { ImageFormat::Jpeg };
            let mut bytes = turned(&encoded(&marked(16, 16), format), 6);
            if png {
                bytes = encoded(&marked(16, 16), format);
            }
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
            let _ = decode(&bytes);
            bytes.truncate(cut);
            let _ = decode(&bytes);
        }
    }
}
