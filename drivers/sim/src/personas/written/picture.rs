//! The portrait's file: which format it is, and how large the picture.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use image::{ImageFormat, ImageReader};

use super::super::Picture;
use super::bounded;
use super::reader::shown;

/// Longest picture, in bytes: that of a data group that two bytes count.
pub const MAX_PICTURE: usize = 60_000;
/// Longest side in pixels; more no reader decodes.
const MAX_SIDE: u32 = 4_000;
/// The signature box of a JP2 file, and the head of a bare codestream (ISO/IEC 15444-1, I.5.1, A.4).
const JP2: [&[u8]; 2] = [b"\0\0\0\x0CjP  \r\n\x87\n", &[0xFF, 0x4F, 0xFF, 0x51]];

/// What is wrong, and what would be right.
type Fault = (String, String);

/// Reads the picture.
pub(super) fn read(path: &Path) -> Result<Picture, Fault> {
    let bytes = bounded(path, MAX_PICTURE.saturating_add(1)).map_err(|error| {
        let path = shown(&path.display().to_string());
        (
            format!("{path}: {error}"),
            "a file beside this one".to_owned(),
        )
    })?;
    if bytes.len() > MAX_PICTURE {
        return Err((
            format!("the picture has more than {MAX_PICTURE} bytes"),
            "a smaller one, such as 480 × 640 pixels".to_owned(),
        ));
    }
    picture(bytes)
}

/// The picture of a file's bytes.
fn picture(bytes: Vec<u8>) -> Result<Picture, Fault> {
    let (kind, sides) = if JP2.iter().any(|head| bytes.starts_with(head)) {
        (1, jpeg_2000(&bytes))
    } else {
        let reader = ImageReader::with_format(Cursor::new(&bytes), ImageFormat::Jpeg);
        (0, reader.into_dimensions().ok())
    };
    let Some((width, height)) = sides else {
        return Err((
            "the picture is neither JPEG nor JPEG 2000".to_owned(),
            "a picture of one of the two".to_owned(),
        ));
    };
    let side = |side: u32| {
        let fits = (1..=MAX_SIDE).contains(&side);
        u16::try_from(side).ok().filter(|_| fits)
    };
    let (Some(width), Some(height)) = (side(width), side(height)) else {
        return Err((
            format!("the picture has {width} × {height} pixels"),
            format!("1 to {MAX_SIDE} each way"),
        ));
    };
    Ok(Picture {
        image: Arc::new(bytes),
        kind,
        width,
        height,
    })
}

/// Width and height of a JPEG 2000 picture: the SIZ segment, which begins its codestream
/// (ISO/IEC 15444-1, A.5.1).
fn jpeg_2000(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = JP2.last()?;
    let at = bytes.windows(head.len()).position(|four| four == *head)?;
    // Marker, length and capabilities, then the far corner and the offset of the picture in it.
    let number = |index: usize| {
        let from = at.checked_add(8)?.checked_add(index.checked_mul(4)?)?;
        let four = bytes.get(from..from.checked_add(4)?)?;
        Some(u32::from_be_bytes(four.try_into().ok()?))
    };
    Some((
        number(0)?.checked_sub(number(2)?)?,
        number(1)?.checked_sub(number(3)?)?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::portrait::{HEIGHT, JPEG_2000, WIDTH, jpeg};

    #[test]
    fn both_formats_tell_their_size() {
        let drawn = jpeg(&crate::persona("adult-man").unwrap()).unwrap();
        for (bytes, kind) in [(drawn.to_vec(), 0), (JPEG_2000.to_vec(), 1)] {
            let picture = picture(bytes).unwrap();
            assert_eq!(
                (picture.kind, picture.width, picture.height),
                (kind, WIDTH, HEIGHT)
            );
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let mut wide = JPEG_2000.to_vec();
        let at = wide.windows(2).position(|two| two == [0xFF, 0x51]).unwrap();
        wide.splice(at + 6..at + 10, [0, 0, 0x75, 0x30]);
        for (bytes, due) in [
            (Vec::new(), "neither"),
            (b"\x89PNG\r\n\x1a\n".to_vec(), "neither"),
            (vec![0xFF, 0xD8, 0xFF], "neither"),
            (JPEG_2000[..20].to_vec(), "neither"),
            (wide, "30000 × 640"),
        ] {
            let (wrong, _) = picture(bytes).unwrap_err();
            assert!(wrong.contains(due), "{wrong}");
        }
    }
}
