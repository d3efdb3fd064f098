//! DG3: the encoded fingers (ICAO 9303-10, 4.7.3; ISO/IEC 7816-11, ISO/IEC 19785-3).
//!
//! A card without fingers has the file all the same, with no template and random bytes, so that its
//! hash does not tell.

use super::finger::FingerView;
use super::finger::record::{RecordError, finger_record};
use super::{FileError, file_object};
use crate::codec::tlv::DataObject;

/// Biometric templates that are read; two are usual, one a finger.
const MAX_TEMPLATES: usize = 12;
/// Pictures in the whole file.
const MAX_VIEWS: usize = 24;

/// Why DG3 gives no fingers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dg3Error {
    /// The data group's own structure is broken.
    #[error(transparent)]
    File(#[from] FileError),
    /// The pictures are encoded by ISO/IEC 39794-4, which is not read.
    #[error("DG3 is encoded by ISO/IEC 39794, which is not supported")]
    Iso39794,
    /// The pictures, if any, are in a format that is not known.
    #[error("DG3 is encoded in format {owner:#06x}/{format:#06x}, which is not supported")]
    Format {
        /// The format's owner as the header of the template says, 0 where it says nothing.
        owner: u16,
        /// The owner's number for the format.
        format: u16,
    },
    /// The number of templates is another than the file says.
    #[error("DG3 announces {stated} fingers and holds {found}")]
    Count {
        /// What it says.
        stated: usize,
        /// What is there.
        found: usize,
    },
    /// More templates or pictures than the bound.
    #[error("DG3 holds too many {0}")]
    TooMany(&'static str),
    /// A template has no picture.
    #[error("a template of DG3 holds no picture")]
    NoPicture,
    /// A finger image record is not what ISO/IEC 19794-4 describes.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// DG3: all its pictures, undecoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg3 {
    /// The pictures in their order; none where the issuer stored no finger.
    pub fingers: Vec<FingerView>,
    /// Whether bytes follow the object, or a length is not minimal.
    pub untidy: bool,
}

impl Dg3 {
    /// Parses the file `EF.DG3`.
    ///
    /// # Errors
    /// [`Dg3Error`].
    pub fn parse(file: &[u8]) -> Result<Self, Dg3Error> {
        let (object, trailing) = file_object(file, 0x63)?;
        let group = object
            .only_child(0x7f61)
            .ok_or(FileError::Missing(0x7f61))?;
        let count = group.only_child(0x02).ok_or(FileError::Missing(0x02))?;
        let stated = match count.primitive() {
            Some([count]) => usize::from(*count),
            _ => return Err(FileError::Value(0x02).into()),
        };
        let templates: Vec<DataObject> = group
            .children()
            .filter(|child| child.tag() == 0x7f60)
            .take(MAX_TEMPLATES.saturating_add(1))
            .collect();
        // One that nobody looks at could be somebody else's.
        if templates.len() > MAX_TEMPLATES {
            return Err(Dg3Error::TooMany("templates"));
        }
        if templates.len() != stated {
            return Err(Dg3Error::Count {
                stated,
                found: templates.len(),
            });
        }
        let mut fingers = Vec::new();
        for template in &templates {
            fingers.extend(pictures(template)?);
            if fingers.len() > MAX_VIEWS {
                return Err(Dg3Error::TooMany("pictures"));
            }
        }
        Ok(Self {
            fingers,
            untidy: trailing || !object.is_minimal(),
        })
    }
}

/// The pictures of one biometric information template: header, and one biometric data block.
fn pictures(template: &DataObject) -> Result<Vec<FingerView>, Dg3Error> {
    let mut blocks = template
        .children()
        .filter(|child| matches!(child.tag(), 0x5f2e | 0x7f2e));
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        return Err(Dg3Error::NoPicture);
    };
    // ICAO 9303-10, 4.7.3: the older standard's record is an octet string, the newer one's is objects.
    let record = block.primitive().ok_or(Dg3Error::Iso39794)?;
    if record.is_empty() {
        return Err(Dg3Error::NoPicture);
    }
    if !record.starts_with(b"FIR\0") {
        let (owner, format) = format_of(template);
        return Err(Dg3Error::Format { owner, format });
    }
    Ok(finger_record(record)?)
}

/// What the biometric header template says of the format: objects 87 and 88, 0 where they are not.
fn format_of(template: &DataObject) -> (u16, u16) {
    let header = template.child(0xa1);
    let field = |tag| {
        let value = header.as_ref().and_then(|header| header.value_of(tag));
        let value = value.and_then(|value| <[u8; 2]>::try_from(value).ok());
        value.map_or(0, u16::from_be_bytes)
    };
    (field(0x87), field(0x88))
}

#[cfg(test)]
#[path = "dg3_tests.rs"]
mod tests;
