//! From raw YUYV (ITU-R BT.601, limited range) to JPEG.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use zeroize::Zeroizing;

/// The longest side, in pixels.
const LONGEST_SIDE: u32 = 4_096;
/// Of the JPEG: what it loses is below what a camera's own compression does.
const QUALITY: u8 = 92;

/// The picture as JPEG; `None` where its sides are none, or its bytes too few.
pub(crate) fn to_jpeg(
    bytes: &[u8],
    width: u32,
    height: u32,
    stride: u32,
) -> Option<Zeroizing<Vec<u8>>> {
    let sides = 2..=LONGEST_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) || !width.is_multiple_of(2) {
        return None;
    }
    let row = usize::try_from(width.checked_mul(2)?).ok()?;
    let rows = usize::try_from(height).ok()?;
    let stride = usize::try_from(stride).ok()?.max(row);
    // The last row may end with its pixels.
    if bytes.len() < stride.checked_mul(rows - 1)?.checked_add(row)? {
        return None;
    }
    let pixels = row.checked_mul(rows)?;
    let mut rgb = Zeroizing::new(Vec::with_capacity(pixels.checked_mul(3)? / 2));
    for line in bytes.chunks(stride).take(rows) {
        for pair in line.get(..row)?.chunks_exact(4) {
            let [first, blue, second, red] = *pair else {
                return None;
            };
            rgb.extend_from_slice(&pixel(first, blue, red));
            rgb.extend_from_slice(&pixel(second, blue, red));
        }
    }
    // Room for any JPEG, so that none is left behind where it grew out of its place.
    let mut jpeg = Zeroizing::new(Vec::with_capacity(rgb.len()));
    JpegEncoder::new_with_quality(&mut *jpeg, QUALITY)
        .encode(&rgb, width, height, ExtendedColorType::Rgb8)
        .ok()?;
    Some(jpeg)
}

/// Red, green and blue of a pixel (BT.601, 2.5.1 to 2.5.4, in 1/256).
fn pixel(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let luma = 298 * (i32::from(luma) - 16);
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    [
        luma + 409 * red,
        luma - 100 * blue - 208 * red,
        luma + 516 * blue,
    ]
    .map(|value| u8::try_from(((value + 128) >> 8).clamp(0, 255)).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_bt_601() {
        let table = [
            ([16, 128, 128], [0, 0, 0]),
            ([235, 128, 128], [255, 255, 255]),
            ([126, 128, 128], [128, 128, 128]),
            // Bars at full saturation.
            ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]),
            ([41, 240, 110], [0, 0, 255]),
            // Beyond the range.
            ([255, 255, 255], [255, 127, 255]),
            ([0, 0, 0], [0, 135, 0]),
        ];
        for ([luma, blue, red], expected) in table {
            let found = pixel(luma, blue, red);
            let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near, "{luma} {blue} {red}: {found:?}, not {expected:?}");
        }
    }

    /// Two halves, dark and light, in rows with some bytes behind.
    fn picture(width: u32, height: u32, behind: u32) -> Vec<u8> {
        (0..height)
            .flat_map(|_| {
                (0..width / 2)
                    .flat_map(move |pair| {
                        let luma = if pair < width / 4 { 40 } else { 200 };
                        [luma, 128, luma, 128]
                    })
                    .chain((0..behind).map(|_| 255))
            })
            .collect()
    }

    #[test]
    fn rows_stand_where_the_stride_says() {
        for behind in [0, 6] {
            let raw = picture(64, 16, behind);
            let jpeg = to_jpeg(&raw, 64, 16, 128 + behind).unwrap();
            let decoded = image::load_from_memory(&jpeg).unwrap().to_luma8();
            assert_eq!(decoded.dimensions(), (64, 16));
            for y in 0..16 {
                assert!(decoded.get_pixel(8, y).0[0].abs_diff(28) < 6);
                assert!(decoded.get_pixel(56, y).0[0].abs_diff(214) < 6);
            }
            // The last row may lack what is behind it.
            let bare = raw.len() - usize::try_from(behind).unwrap();
            assert!(to_jpeg(&raw[..bare], 64, 16, 128 + behind).is_some());
            assert!(to_jpeg(&raw[..bare - 1], 64, 16, 128 + behind).is_none());
        }
    }

    #[test]
    fn sides_that_are_none_are_refused() {
        let raw = vec![0; 4_096];
        for (width, height, stride) in [
            (0, 2, 0),
            (2, 0, 4),
            (3, 2, 6),
            (u32::MAX - 1, 2, 0),
            (2, u32::MAX, 4),
            (4_098, 2, 0),
            (2, 2, u32::MAX),
        ] {
            assert!(to_jpeg(&raw, width, height, stride).is_none());
        }
        // A driver that says nothing of the stride means rows without a gap.
        assert!(to_jpeg(&raw, 32, 32, 0).is_some());
    }
}
