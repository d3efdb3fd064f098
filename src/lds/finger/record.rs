//! The finger image record (ISO/IEC 19794-4:2005, 7).

use super::{Compression, FingerView, Position};

/// Length of the general record header: `FIR\0`, version, record length and what holds for every
/// picture (table 2).
const GENERAL_HEADER: usize = 32;
/// Length of a finger image header (table 4).
const IMAGE_HEADER: usize = 14;
/// Pictures in one record.
const MAX_VIEWS: usize = 16;

/// The record is broken at a byte, or says what can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the finger image record is malformed at byte {0}")]
pub struct RecordError(pub usize);

fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<u64, RecordError> {
    let end = at.saturating_add(N);
    let bytes = bytes.get(at..end).ok_or(RecordError(at))?;
    Ok(bytes
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, RecordError> {
    bytes.get(at).copied().ok_or(RecordError(at))
}

fn short(bytes: &[u8], at: usize) -> Result<u16, RecordError> {
    u16::try_from(number::<2>(bytes, at)?).map_err(|_| RecordError(at))
}

/// All pictures of a record; at least one. Bytes after the record are left aside.
///
/// # Errors
/// [`RecordError`], also for more than 16 pictures.
pub fn finger_record(record: &[u8]) -> Result<Vec<FingerView>, RecordError> {
    if record.get(..4) != Some(b"FIR\0") {
        return Err(RecordError(0));
    }
    // 7.1.3: six bytes, as no other length of these standards.
    let length = usize::try_from(number::<6>(record, 8)?).map_err(|_| RecordError(8))?;
    let whole = record.get(..length).ok_or(RecordError(8))?;
    let count = usize::from(byte(whole, 18)?);
    let scale = match byte(whole, 19)? {
        1 => Scale::Inch,
        2 => Scale::Centimetre,
        _ => return Err(RecordError(19)),
    };
    let dpi = (
        scale.dpi(short(whole, 24)?).ok_or(RecordError(24))?,
        scale.dpi(short(whole, 26)?).ok_or(RecordError(26))?,
    );
    let depth = byte(whole, 28)?;
    if !(1..=16).contains(&depth) {
        return Err(RecordError(28));
    }
    let compression = Compression::from(byte(whole, 29)?);
    let mut views = Vec::new();
    let mut at = GENERAL_HEADER;
    while at < length {
        if views.len() >= MAX_VIEWS {
            return Err(RecordError(18));
        }
        let block = usize::try_from(number::<4>(whole, at)?).map_err(|_| RecordError(at))?;
        let field = |offset: usize| at.saturating_add(offset);
        let end = field(block);
        let data = whole.get(field(IMAGE_HEADER)..end);
        let data = data
            .filter(|data| !data.is_empty())
            .ok_or(RecordError(at))?;
        let (width, height) = (short(whole, field(9))?, short(whole, field(11))?);
        if width == 0 || height == 0 {
            return Err(RecordError(field(9)));
        }
        views.push(FingerView {
            position: Position::from(byte(whole, field(4))?),
            quality: Some(byte(whole, field(7))?).filter(|quality| *quality <= 100),
            compression,
            width,
            height,
            dpi,
            depth,
            data: data.to_vec().into(),
        });
        at = end;
    }
    // 7.1.6 counts fingers, and some count pictures: they differ where a finger has several.
    let mut fingers: Vec<Position> = Vec::new();
    for view in &views {
        if !fingers.contains(&view.position) {
            fingers.push(view.position);
        }
    }
    if views.is_empty() || (count != views.len() && count != fingers.len()) {
        return Err(RecordError(18));
    }
    Ok(views)
}

/// What resolutions are counted in (7.1.7).
#[derive(Clone, Copy)]
enum Scale {
    Inch,
    Centimetre,
}

impl Scale {
    fn dpi(self, value: u16) -> Option<u16> {
        match self {
            Self::Inch => Some(value),
            Self::Centimetre => {
                let hundredths = u32::from(value).saturating_mul(254).saturating_add(50);
                u16::try_from(hundredths / 100).ok()
            }
        }
    }
}
