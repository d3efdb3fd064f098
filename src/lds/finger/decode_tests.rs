#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use image::{GrayImage, Luma, Rgb, RgbImage};
use proptest::prelude::*;

use super::super::Position;
use super::*;

fn view(compression: Compression, width: u16, height: u16, depth: u8, data: &[u8]) -> FingerView {
    FingerView {
        position: Position::Finger(2),
        quality: None,
        compression,
        width,
        height,
        dpi: (500, 500),
        depth,
        data: data.to_vec().into(),
    }
}

/// Waves, as a codec of fingers expects them.
fn waves(width: u16, height: u16) -> Vec<u8> {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (f32::from(x), f32::from(y))));
    places
        .map(|(x, y)| {
            let wave = ((x * 0.6 + y * 0.3).sin() * 90.0 + 128.0).round();
            (0..=255).find(|grey| f32::from(*grey) >= wave).unwrap()
        })
        .collect()
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn grey(width: u16, height: u16) -> DynamicImage {
    GrayImage::from_raw(width.into(), height.into(), waves(width, height))
        .unwrap()
        .into()
}

#[test]
fn raw_and_packed_pixels_of_every_depth() {
    use Compression::{Packed, Raw};
    let table: [(Compression, u8, &[u8], [u8; 3]); 9] = [
        (Raw, 8, &[0, 128, 255], [0, 128, 255]),
        (Raw, 4, &[0, 8, 15], [0, 136, 255]),
        (Raw, 1, &[0, 1, 0], [0, 255, 0]),
        (Raw, 16, &[0, 0, 0x80, 0x80, 0xff, 0xff], [0, 128, 255]),
        (Raw, 12, &[0, 0, 0x08, 0x08, 0x0f, 0xff], [0, 128, 255]),
        (Packed, 8, &[0, 128, 255], [0, 128, 255]),
        (Packed, 4, &[0x08, 0xf0], [0, 136, 255]),
        (Packed, 1, &[0b0100_0000], [0, 255, 0]),
        (Packed, 12, &[0x00, 0x08, 0x08, 0xff, 0xf0], [0, 128, 255]),
    ];
    for (compression, depth, data, expected) in table {
        let image = view(compression, 3, 1, depth, data).decode().unwrap();
        assert_eq!(image.pixels(), expected, "{compression:?} {depth}");
        // A byte less, and one more.
        let long = [data, &[0]].concat();
        for data in [&data[1..], &long] {
            let view = view(compression, 3, 1, depth, data);
            assert_eq!(view.decode().unwrap_err(), DecodeError::SizeDiffers);
        }
    }
}

#[test]
fn packed_rows_begin_on_a_byte_or_do_not() {
    let by_row = view(Compression::Packed, 3, 2, 4, &[0x0f, 0x00, 0xf0, 0xf0]);
    let through = view(Compression::Packed, 3, 2, 4, &[0x0f, 0x0f, 0x0f]);
    for view in [by_row, through] {
        assert_eq!(view.decode().unwrap().pixels(), [0, 255, 0, 255, 0, 255]);
    }
}

#[test]
fn the_picture_formats_agree_with_the_pixels() {
    let (width, height) = (96, 88);
    let pixels = waves(width, height);
    let options = wsq_codec::EncodeOptions::default().with_bitrate(2.25);
    let wsq = wsq_codec::encode(&pixels, width.into(), height.into(), &options).unwrap();
    let grey = grey(width, height);
    let table = [
        (Compression::Png, written(&grey, ImageFormat::Png), 0),
        (Compression::Jpeg, written(&grey, ImageFormat::Jpeg), 20),
        (Compression::Wsq, wsq, 20),
    ];
    for (compression, data, tolerance) in table {
        let image = view(compression, width, height, 8, &data).decode().unwrap();
        let furthest = image.pixels().iter().zip(&pixels);
        let furthest = furthest.map(|(one, other)| one.abs_diff(*other)).max();
        assert!(furthest <= Some(tolerance), "{compression:?}: {furthest:?}");
        // Another size than the record's, and half of the bytes.
        let other = view(compression, width, height + 1, 8, &data).decode();
        assert_eq!(
            other.unwrap_err(),
            DecodeError::SizeDiffers,
            "{compression:?}"
        );
        let half = view(compression, width, height, 8, &data[..data.len() / 2]).decode();
        assert_eq!(half.unwrap_err(), DecodeError::Malformed, "{compression:?}");
    }
}

#[test]
fn coloured_and_deeper_pictures_become_grey() {
    let colour: DynamicImage = RgbImage::from_pixel(4, 2, Rgb([200, 200, 200])).into();
    let deep = DynamicImage::ImageLuma16(image::ImageBuffer::from_pixel(4, 2, Luma([51_400])));
    for image in [colour, deep] {
        let view = view(
            Compression::Png,
            4,
            2,
            8,
            &written(&image, ImageFormat::Png),
        );
        assert_eq!(view.decode().unwrap().pixels(), [200; 8]);
    }
}

#[test]
fn what_can_not_be_compared_is_not_decoded() {
    let table = [
        (
            (500, 508),
            DecodeError::Resolution {
                across: 500,
                down: 508,
            },
        ),
        (
            (100, 100),
            DecodeError::Resolution {
                across: 100,
                down: 100,
            },
        ),
        ((0, 0), DecodeError::Resolution { across: 0, down: 0 }),
        (
            (2_000, 2_000),
            DecodeError::Resolution {
                across: 2_000,
                down: 2_000,
            },
        ),
    ];
    for (dpi, fault) in table {
        let view = FingerView {
            dpi,
            ..view(Compression::Raw, 1, 1, 8, &[0])
        };
        assert_eq!(view.decode(), Err(fault));
    }
    let unknown = view(Compression::Other(6), 1, 1, 8, &[0]);
    assert_eq!(unknown.decode(), Err(DecodeError::Compression(6)));
    let large = view(Compression::Raw, 2_049, 1, 8, &[0; 2_049]);
    assert_eq!(large.decode(), Err(DecodeError::TooLarge));
}

#[test]
fn a_picture_that_claims_four_billion_pixels_is_refused_by_its_header() {
    let options = wsq_codec::EncodeOptions::default();
    let mut wsq = wsq_codec::encode(&waves(96, 88), 96, 88, &options).unwrap();
    let frame = wsq
        .windows(2)
        .position(|pair| pair == [0xff, 0xa2])
        .unwrap();
    wsq.splice(frame + 6..frame + 10, [0xff; 4]);
    let mut png = written(&grey(96, 88), ImageFormat::Png);
    png.splice(16..24, [0x7f; 8]);
    let table = [
        (Compression::Wsq, wsq, DecodeError::SizeDiffers),
        (Compression::Png, png, DecodeError::Malformed),
    ];
    for (compression, data, fault) in table {
        let view = view(compression, 96, 88, 8, &data);
        assert_eq!(view.decode(), Err(fault));
    }
}

proptest! {
    #[test]
    fn no_stained_wsq_panics(at in 0_usize..2_500, byte: u8, more in 0_usize..600, other: u8) {
        let options = wsq_codec::EncodeOptions::default().with_bitrate(0.4);
        let mut data = wsq_codec::encode(&waves(96, 88), 96, 88, &options).unwrap();
        for (at, byte) in [(at, byte), (more, other)] {
            if let Some(target) = data.get_mut(at) {
                *target = byte;
            }
        }
        let _ = view(Compression::Wsq, 96, 88, 8, &data).decode();
    }
}
