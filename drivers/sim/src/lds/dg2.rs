//! DG2: the portrait (ICAO 9303-10, 4.7.2; ISO/IEC 19794-5:2005).

use crate::tlv::{constructed, object};

/// One portrait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// The encoded picture.
    pub image: Vec<u8>,
    /// What the record says that it is: 0 JPEG, 1 JPEG 2000.
    pub kind: u8,
    /// Width in pixels, as the record says.
    pub width: u16,
    /// Height in pixels, as the record says.
    pub height: u16,
    /// 1 male, 2 female.
    pub gender: u8,
}

/// The facial record: header (14 bytes), facial information (20), image information (12), picture.
/// The picture begins at offset 46.
#[must_use]
pub fn record(portrait: &Portrait) -> Vec<u8> {
    let block = 20 + 12 + portrait.image.len();
    let wide = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = Vec::with_capacity(14 + block);
    // Facial record header: format, version, length of the record, number of faces
    out.extend(b"FAC\x00");
    out.extend(b"010\x00");
    out.extend(wide(14 + block));
    out.extend([0, 1]);
    // Facial information: length of the block, no feature points, gender, eyes and hair not stated,
    // feature mask, expression, pose and its uncertainty not stated
    out.extend(wide(block));
    out.extend([0, 0, portrait.gender, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Image information: full frontal, image data type, size, sRGB 24 bit, static photograph from a
    // digital camera, device and quality not stated
    out.extend([0x01, portrait.kind]);
    out.extend(portrait.width.to_be_bytes());
    out.extend(portrait.height.to_be_bytes());
    out.extend([0x01, 0x02, 0, 0, 0, 0]);
    out.extend(&portrait.image);
    out
}

/// DG2 with its biometric templates (ICAO 9303-10, table 47).
#[must_use]
pub fn file(portraits: &[Portrait]) -> Vec<u8> {
    let mut group = vec![object(
        0x02,
        &[u8::try_from(portraits.len()).unwrap_or(u8::MAX)],
    )];
    group.extend(portraits.iter().map(template));
    object(0x75, &constructed(0x7F61, &group))
}

fn template(portrait: &Portrait) -> Vec<u8> {
    let header = constructed(
        0xA1,
        &[
            object(0x80, &[0x01, 0x01]),
            // Biometric type: facial features; no subtype
            object(0x81, &[0x02]),
            object(0x82, &[0x00]),
            // Format owner and type: ISO/IEC JTC 1/SC 37, facial record
            object(0x87, &[0x01, 0x01]),
            object(0x88, &[0x00, 0x08]),
        ],
    );
    constructed(0x7F60, &[header, object(0x5F2E, &record(portrait))])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tlv;

    #[test]
    fn the_picture_begins_at_offset_46_of_the_biometric_data_block() {
        let image = vec![0xFF, 0xD8, 1, 2, 3];
        let portrait = Portrait {
            image,
            kind: 0,
            width: 480,
            height: 640,
            gender: 1,
        };
        let record = record(&portrait);
        assert_eq!(record.get(46..).unwrap(), portrait.image);
        assert_eq!(
            record.get(8..12).unwrap(),
            u32::try_from(record.len()).unwrap().to_be_bytes()
        );
        let file = file(&[portrait]);
        let mut value = file.as_slice();
        for tag in [0x75, 0x7F61, 0x7F60] {
            value = tlv::find(&tlv::split(value).unwrap(), tag).unwrap();
        }
        assert_eq!(
            tlv::find(&tlv::split(value).unwrap(), 0x5F2E).unwrap(),
            record
        );
    }
}
