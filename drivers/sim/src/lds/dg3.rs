//! DG3: fingers (ICAO 9303-10, 4.7.3; ISO/IEC 19794-4:2005), or none.

use std::io::Cursor;

use cccd_port::FingerImage;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::error::SimError;
use crate::tlv::{constructed, object};

/// How pictures of fingers are stored (ISO/IEC 19794-4:2005, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A byte a pixel.
    Raw,
    /// Two pixels a byte: sixteen greys.
    Packed,
    /// Wavelet scalar quantization, about fifteen to one: what issuers use.
    Wsq,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl Encoding {
    /// The encodings that there are.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Packed, Self::Wsq, Self::Jpeg, Self::Png];

    /// Compression algorithm and bits a pixel.
    const fn codes(self) -> [u8; 2] {
        match self {
            Self::Raw => [8, 0],
            Self::Packed => [4, 1],
            Self::Wsq => [8, 2],
            Self::Jpeg => [8, 3],
            Self::Png => [8, 5],
        }
    }

    fn encode(self, image: &FingerImage) -> Result<Vec<u8>, SimError> {
        let (pixels, width) = (image.pixels(), image.width());
        let grey = ExtendedColorType::L8;
        let (columns, rows) = (width.into(), image.height().into());
        let mut out = Cursor::new(Vec::new());
        match self {
            Self::Raw => return Ok(pixels.to_vec()),
            Self::Packed => {
                // A row begins on a byte.
                let rows = pixels.chunks(usize::from(width));
                return Ok(rows.flat_map(|row| row.chunks(2).map(nibbles)).collect());
            }
            Self::Wsq => {
                let options =
                    wsq_codec::EncodeOptions::default().with_ppi(Some(image.dpi().into()));
                let (columns, rows) = (width.into(), image.height().into());
                return wsq_codec::encode(pixels, columns, rows, &options)
                    .map_err(|_| SimError::Data("no WSQ of that picture"));
            }
            Self::Jpeg => JpegEncoder::new_with_quality(&mut out, 85)
                .write_image(pixels, columns, rows, grey)?,
            Self::Png => PngEncoder::new(&mut out).write_image(pixels, columns, rows, grey)?,
        }
        Ok(out.into_inner())
    }
}

/// Two pixels, or the last one, in a byte, the first in its upper half.
fn nibbles(pixels: &[u8]) -> u8 {
    let mut pixels = pixels.iter().map(|pixel| pixel >> 4);
    let first = pixels.next().unwrap_or(0);
    first << 4 | pixels.next().unwrap_or(0)
}

/// One finger as it is stored.
#[derive(Clone, Debug)]
pub struct StoredFinger {
    /// 1 to 10: right thumb to left little finger (ISO/IEC 19794-4:2005, table 5).
    pub position: u8,
    /// Its picture.
    pub image: FingerImage,
    /// How that is stored.
    pub encoding: Encoding,
}

/// The finger image record of one finger: general header (32 bytes), finger header (14), picture.
///
/// # Errors
/// The encoder's.
pub fn record(finger: &StoredFinger) -> Result<Vec<u8>, SimError> {
    let picture = finger.encoding.encode(&finger.image)?;
    let wide = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes();
    let block = 14 + picture.len();
    let mut out = Vec::with_capacity(32 + block);
    // Format, version, length of the record in six bytes
    out.extend(b"FIR\x00");
    out.extend(b"010\x00");
    out.extend([0, 0]);
    out.extend(wide(32 + block));
    // Device not stated, acquisition level 31 (500 dpi, 256 greys), one finger, pixels an inch; the
    // resolution of scanner and of picture, across and down
    out.extend([0, 0, 0, 31, 1, 1]);
    for _ in 0..4 {
        out.extend(finger.image.dpi().to_be_bytes());
    }
    out.extend(finger.encoding.codes());
    out.extend([0, 0]);
    // Length of the block, position, one view of one, quality not stated, live-scan plain
    out.extend(wide(block));
    out.extend([finger.position, 1, 1, 254, 0]);
    out.extend(finger.image.width().to_be_bytes());
    out.extend(finger.image.height().to_be_bytes());
    out.push(0);
    out.extend(picture);
    Ok(out)
}

/// DG3 with a biometric template for each finger.
///
/// # Errors
/// As [`record`].
pub fn file(fingers: &[StoredFinger]) -> Result<Vec<u8>, SimError> {
    let count = u8::try_from(fingers.len()).map_err(|_| SimError::Data("too many fingers"))?;
    let mut group = vec![object(0x02, &[count])];
    for finger in fingers {
        group.push(template(finger)?);
    }
    Ok(object(0x63, &constructed(0x7F61, &group)))
}

/// DG3 that holds no finger: an empty biometric group and random bytes, so that its hash says
/// nothing (ICAO 9303-10, 4.7.3).
#[must_use]
pub fn empty(filler: &[u8]) -> Vec<u8> {
    let group = [object(0x02, &[0]), object(0x53, filler)];
    object(0x63, &constructed(0x7F61, &group))
}

fn template(finger: &StoredFinger) -> Result<Vec<u8>, SimError> {
    // ISO/IEC 19785-3: right or left in the lower two bits, the finger above them.
    let subtype = match finger.position {
        right @ 1..=5 => right << 2 | 1,
        left @ 6..=10 => (left - 5) << 2 | 2,
        _ => return Err(SimError::Data("fingers are counted from 1 to 10")),
    };
    let header = constructed(
        0xA1,
        &[
            object(0x80, &[0x01, 0x01]),
            // Biometric type: finger
            object(0x81, &[0x08]),
            object(0x82, &[subtype]),
            // Format owner and type: ISO/IEC JTC 1/SC 37, finger image record
            object(0x87, &[0x01, 0x01]),
            object(0x88, &[0x00, 0x07]),
        ],
    );
    let block = object(0x5F2E, &record(finger)?);
    Ok(constructed(0x7F60, &[header, block]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tlv;
    use crate::{Press, SynthFinger};

    fn stored(position: u8, encoding: Encoding) -> StoredFinger {
        let size = (97, 90);
        let press = Press {
            size,
            ..Press::default()
        };
        StoredFinger {
            position,
            image: SynthFinger::new(1, position).impression(&press).unwrap(),
            encoding,
        }
    }

    #[test]
    fn the_picture_begins_at_offset_46_of_the_biometric_data_block() {
        let finger = stored(7, Encoding::Raw);
        let record = record(&finger).unwrap();
        assert_eq!(record.get(46..).unwrap(), finger.image.pixels());
        let length = u32::try_from(record.len()).unwrap().to_be_bytes();
        assert_eq!(record.get(10..14).unwrap(), length);
        let file = file(&[finger]).unwrap();
        let mut value = file.as_slice();
        for tag in [0x63, 0x7F61, 0x7F60] {
            value = tlv::find(&tlv::split(value).unwrap(), tag).unwrap();
        }
        let template = tlv::split(value).unwrap();
        assert_eq!(tlv::find(&template, 0x5F2E).unwrap(), record);
        let header = tlv::split(tlv::find(&template, 0xA1).unwrap()).unwrap();
        assert_eq!(tlv::find(&header, 0x82).unwrap(), [0b0000_1010]);
    }

    #[test]
    fn pictures_begin_as_their_encoding_does() {
        let starts: [(Encoding, &[u8]); 3] = [
            (Encoding::Wsq, &[0xFF, 0xA0]),
            (Encoding::Jpeg, &[0xFF, 0xD8]),
            (Encoding::Png, b"\x89PNG"),
        ];
        for (encoding, start) in starts {
            let picture = encoding.encode(&stored(1, encoding).image).unwrap();
            assert!(picture.starts_with(start), "{encoding:?}");
        }
        let packed = Encoding::Packed.encode(&stored(1, Encoding::Packed).image);
        assert_eq!(packed.unwrap().len(), 49 * 90);
    }

    #[test]
    fn an_eleventh_finger_is_nobodys() {
        for position in [0, 11] {
            let mut finger = stored(1, Encoding::Raw);
            finger.position = position;
            assert!(file(&[finger]).is_err());
        }
    }
}
