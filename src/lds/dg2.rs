//! DG2: the encoded face (ICAO 9303-10, 4.7.2; ISO/IEC 19794-5:2005, 5).

use core::fmt;

use super::{FileError, file_object};

/// Length of the facial record header: `FAC\0`, version, record length, number of faces.
const RECORD_HEADER: usize = 14;
/// Length of the facial information block.
const FACIAL_INFORMATION: usize = 20;
/// Length of one feature point.
const FEATURE_POINT: usize = 8;
/// Length of the image information block.
const IMAGE_INFORMATION: usize = 12;
/// Biometric templates that are looked at; one is due.
const MAX_TEMPLATES: usize = 4;

/// How the record says that the picture is encoded (ISO/IEC 19794-5, 5.7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageDataType {
    /// JPEG.
    Jpeg,
    /// JPEG 2000.
    Jpeg2000,
    /// A value that the standard does not know.
    Other(u8),
}

/// One picture as it lies in the record.
#[derive(Clone, PartialEq, Eq)]
pub struct FaceImage {
    /// What the record says of the encoding.
    pub data_type: ImageDataType,
    /// Width that the record claims, in pixels; 0 where it says nothing.
    pub width: u16,
    /// Height that the record claims.
    pub height: u16,
    /// The encoded picture.
    pub data: zeroize::Zeroizing<Vec<u8>>,
}

impl fmt::Debug for FaceImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaceImage([redacted], {:?})", self.data_type)
    }
}

/// Why DG2 gives no portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dg2Error {
    /// The data group's own structure is broken.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no picture in it.
    #[error("DG2 holds no picture")]
    NoFace,
    /// The facial record is not what ISO/IEC 19794-5 describes.
    #[error("the facial record is malformed at byte {0}")]
    Record(usize),
}

/// DG2: all its pictures; a citizen card has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg2 {
    /// The pictures, at least one.
    pub faces: Vec<FaceImage>,
    /// Whether bytes follow the object, or a length is not minimal.
    pub untidy: bool,
}

impl Dg2 {
    /// Parses the file `EF.DG2`.
    ///
    /// # Errors
    /// [`Dg2Error`].
    pub fn parse(file: &[u8]) -> Result<Self, Dg2Error> {
        let (object, trailing) = file_object(file, 0x75)?;
        let group = object
            .only_child(0x7f61)
            .ok_or(FileError::Missing(0x7f61))?;
        let mut faces = Vec::new();
        let templates: Vec<_> = group
            .children()
            .filter(|child| child.tag() == 0x7f60)
            .take(MAX_TEMPLATES.saturating_add(1))
            .collect();
        // One that nobody looks at could show somebody else.
        if templates.len() > MAX_TEMPLATES {
            return Err(Dg2Error::Record(0));
        }
        for template in templates {
            let before = faces.len();
            for block in template
                .children()
                .filter(|child| matches!(child.tag(), 0x5f2e | 0x7f2e))
                .take(MAX_TEMPLATES.saturating_add(1))
            {
                let record = block.primitive().filter(|record| !record.is_empty());
                faces.extend(facial_record(record.ok_or(Dg2Error::NoFace)?)?);
            }
            if faces.len() == before {
                return Err(Dg2Error::NoFace);
            }
            if faces.len() > before.saturating_add(MAX_TEMPLATES) {
                return Err(Dg2Error::Record(0));
            }
        }
        if faces.is_empty() {
            return Err(Dg2Error::NoFace);
        }
        Ok(Self {
            faces,
            untidy: trailing || !object.is_minimal(),
        })
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<u32, Dg2Error> {
    let end = at.saturating_add(N);
    let bytes = bytes.get(at..end).ok_or(Dg2Error::Record(at))?;
    Ok(bytes
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
}

fn facial_record(record: &[u8]) -> Result<Vec<FaceImage>, Dg2Error> {
    if record.get(..4) != Some(b"FAC\0") {
        return Err(Dg2Error::Record(0));
    }
    let length = usize::try_from(number::<4>(record, 8)?).map_err(|_| Dg2Error::Record(8))?;
    let count = number::<2>(record, 12)?;
    if length > record.len() || length < RECORD_HEADER {
        return Err(Dg2Error::Record(8));
    }
    if count == 0 {
        return Err(Dg2Error::NoFace);
    }
    if usize::try_from(count).map_or(true, |count| count > MAX_TEMPLATES) {
        return Err(Dg2Error::Record(12));
    }
    let mut at = RECORD_HEADER;
    let mut faces = Vec::new();
    for _ in 0..count {
        let block = usize::try_from(number::<4>(record, at)?).map_err(|_| Dg2Error::Record(at))?;
        let end = at
            .checked_add(block)
            .filter(|end| *end <= length)
            .ok_or(Dg2Error::Record(at))?;
        let points =
            usize::try_from(number::<2>(record, at.saturating_add(4))?).unwrap_or(usize::MAX);
        let information = at
            .saturating_add(FACIAL_INFORMATION)
            .saturating_add(points.saturating_mul(FEATURE_POINT));
        let data_type = match number::<1>(record, information.saturating_add(1))? {
            0 => ImageDataType::Jpeg,
            1 => ImageDataType::Jpeg2000,
            other => ImageDataType::Other(u8::try_from(other).unwrap_or(u8::MAX)),
        };
        let size = |offset: usize| {
            number::<2>(record, information.saturating_add(offset))
                .map(|value| u16::try_from(value).unwrap_or(u16::MAX))
        };
        let (width, height) = (size(2)?, size(4)?);
        let start = information.saturating_add(IMAGE_INFORMATION);
        let data = record.get(start..end).ok_or(Dg2Error::Record(at))?;
        if data.is_empty() {
            return Err(Dg2Error::NoFace);
        }
        faces.push(FaceImage {
            data_type,
            width,
            height,
            data: data.to_vec().into(),
        });
        at = end;
    }
    Ok(faces)
}
