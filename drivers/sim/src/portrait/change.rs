//! Pictures that are not what they should be.

use crate::defects::mutation::PortraitChange;
use crate::error::SimError;
use crate::lds::dg2::Portrait;

/// The drawn portrait of `adult-man` as JPEG 2000; how it was made stands beside it.
pub const JPEG_2000: &[u8] = include_bytes!("../../assets/adult-man.jp2");

/// Changes one portrait.
///
/// # Errors
/// [`SimError::Data`] where the picture has no such place.
pub(crate) fn change(portrait: &mut Portrait, change: PortraitChange) -> Result<(), SimError> {
    match change {
        PortraitChange::None | PortraitChange::Second => {}
        PortraitChange::Empty => portrait.image.clear(),
        PortraitChange::Kind(kind) => portrait.kind = kind,
        PortraitChange::Declares(width, height) => {
            // Start of frame, baseline: length, precision, then height and width (ISO/IEC 10918-1)
            let at = after(&portrait.image, &[0xFF, 0xC0])? + 3;
            put(&mut portrait.image, at, &height.to_be_bytes())?;
            put(&mut portrait.image, at + 2, &width.to_be_bytes())?;
            (portrait.width, portrait.height) = (width, height);
        }
        PortraitChange::Padded(length) => portrait.image.resize(length, 0),
        PortraitChange::Jpeg2000 | PortraitChange::Jpeg2000Cut | PortraitChange::Jpeg2000Tiles => {
            portrait.kind = 1;
            portrait.image = JPEG_2000.to_vec();
            if change == PortraitChange::Jpeg2000Cut {
                portrait.image.truncate(JPEG_2000.len() / 2);
            }
            if change == PortraitChange::Jpeg2000Tiles {
                let side = 30_000u32.to_be_bytes();
                let header = after(&portrait.image, b"ihdr")?;
                put(&mut portrait.image, header, &[side, side].concat())?;
                // SIZ: size, offset, size of a tile (ISO/IEC 15444-1, A.5.1)
                let size = after(&portrait.image, &[0xFF, 0x51])? + 4;
                put(&mut portrait.image, size, &[side, side].concat())?;
                put(&mut portrait.image, size + 16, &[0, 0, 0, 1, 0, 0, 0, 1])?;
                (portrait.width, portrait.height) = (30_000, 30_000);
            }
        }
    }
    Ok(())
}

fn after(image: &[u8], marker: &[u8]) -> Result<usize, SimError> {
    let at = image
        .windows(marker.len())
        .position(|window| window == marker);
    at.map(|at| at + marker.len())
        .ok_or(SimError::Data("no such marker in the picture"))
}

fn put(image: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), SimError> {
    let place = image.get_mut(at..at + bytes.len());
    place
        .ok_or(SimError::Data("no such place in the picture"))?
        .copy_from_slice(bytes);
    Ok(())
}
