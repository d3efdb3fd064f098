#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};
use proptest::prelude::*;
use tiff::encoder::{Compression as Packing, TiffEncoder, colortype};
use tiff::tags::Tag;

use super::*;

const SIZE: (u16, u16) = (37, 23);

fn greys() -> Vec<u8> {
    let pixels = (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (x * 5 + y * 3) % 200));
    pixels.map(|grey| u8::try_from(grey).unwrap()).collect()
}

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn grey_image() -> GrayImage {
    GrayImage::from_raw(SIZE.0.into(), SIZE.1.into(), greys()).unwrap()
}

/// A TIFF packed so; with `inverted` its zeros are white.
fn tiff(packing: Packing, inverted: bool) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut out)
        .unwrap()
        .with_compression(packing);
    let (width, height) = (SIZE.0.into(), SIZE.1.into());
    let mut image = encoder
        .new_image::<colortype::Gray8>(width, height)
        .unwrap();
    let mut pixels = greys();
    if inverted {
        let photometric = Tag::PhotometricInterpretation;
        image.encoder().write_tag(photometric, 0_u16).unwrap();
        pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
    }
    image.write_data(&pixels).unwrap();
    out.into_inner()
}

fn pgm_head(kind: &str) -> Vec<u8> {
    format!("{kind} # greys\n{} {}\n255\n", SIZE.0, SIZE.1).into_bytes()
}

/// Every format that loses nothing.
fn formats() -> Vec<(&'static str, Vec<u8>)> {
    let numbers = greys().iter().fold(pgm_head("P2"), |mut text, grey| {
        text.extend(format!("{grey} ").bytes());
        text
    });
    vec![
        ("tiff", tiff(Packing::Uncompressed, false)),
        ("tiff, lzw", tiff(Packing::Lzw, false)),
        ("tiff, packbits", tiff(Packing::Packbits, false)),
        ("tiff, white is zero", tiff(Packing::Uncompressed, true)),
        ("png", written(grey_image(), ImageFormat::Png)),
        ("bmp", written(grey_image(), ImageFormat::Bmp)),
        ("pgm", [&pgm_head("P5"), &greys()[..]].concat()),
        ("pgm, numbers", numbers),
    ]
}

#[test]
fn formats_that_lose_nothing_give_the_pixels() {
    for (name, bytes) in formats() {
        let image = decode(&bytes, 569).unwrap();
        assert_eq!((image.width(), image.height()), SIZE, "{name}");
        assert_eq!(image.dpi(), 569);
        assert_eq!(image.pixels(), greys(), "{name}");
    }
}

#[test]
fn the_others_nearly_do() {
    // Ridges: there is no WSQ of a picture that shows nothing.
    let ridge = |x: u8, y: u8| (u16::from(x) * 3 + u16::from(y)) % 32;
    let places = (0..88).flat_map(|y| (0..96).map(move |x| ridge(x, y)));
    let pixels: Vec<u8> = places
        .map(|at| u8::try_from(60 + 8 * at.min(32 - at)).unwrap())
        .collect();
    let options = wsq_codec::EncodeOptions::default().with_bitrate(2.25);
    let grey = GrayImage::from_raw(96, 88, pixels.clone()).unwrap();
    let table = [
        ("jpeg", written(grey, ImageFormat::Jpeg)),
        ("wsq", wsq_codec::encode(&pixels, 96, 88, &options).unwrap()),
    ];
    for (name, bytes) in table {
        let image = decode(&bytes, 500).unwrap();
        assert_eq!(image.pixels().len(), pixels.len());
        let pairs = image.pixels().iter().zip(&pixels);
        let furthest = pairs.map(|(one, other)| one.abs_diff(*other)).max();
        assert!(furthest <= Some(25), "{name}: {furthest:?}");
    }
}

#[test]
fn colours_and_deeper_greys_become_256_greys() {
    let colour = RgbImage::from_pixel(4, 2, Rgb([200, 200, 200]));
    let deep = ImageBuffer::from_pixel(4, 2, Luma([51_400_u16]));
    for bytes in [
        written(colour.clone(), ImageFormat::Tiff),
        written(DynamicImage::ImageLuma16(deep), ImageFormat::Tiff),
        [&b"P5 4 2 65535\n"[..], &[200; 16]].concat(),
        written(colour, ImageFormat::Bmp),
    ] {
        assert_eq!(decode(&bytes, 500).unwrap().pixels(), [200; 8]);
    }
}

#[test]
fn what_is_cut_short_is_not_decoded() {
    for (name, bytes) in formats() {
        // The tables of a TIFF stand at its end; so do the last words of a PNG, which nobody misses.
        for length in [0, 1, 4, 12, bytes.len() / 2, bytes.len() - 20] {
            assert!(decode(&bytes[..length], 500).is_err(), "{name} {length}");
        }
    }
}

#[test]
fn other_files_and_large_ones_are_refused_by_their_heads() {
    let large = GrayImage::new(2_049, 1);
    let table = [
        (b"GIF89a".to_vec(), PictureFault::FormatUnknown),
        (Vec::new(), PictureFault::FormatUnknown),
        (b"P5 60000 60000 255\n".to_vec(), PictureFault::TooLarge),
        (vec![b'B'; MOST_BYTES + 1], PictureFault::TooLarge),
        (
            written(large.clone(), ImageFormat::Tiff),
            PictureFault::TooLarge,
        ),
        (
            written(large.clone(), ImageFormat::Bmp),
            PictureFault::TooLarge,
        ),
        (written(large, ImageFormat::Png), PictureFault::TooLarge),
    ];
    for (bytes, fault) in table {
        let start: Vec<u8> = bytes.iter().take(8).copied().collect();
        assert_eq!(decode(&bytes, 500), Err(fault), "{start:?}");
    }
    // No sensor has such a resolution.
    for dpi in [0, 249, 1_201] {
        let tiff = tiff(Packing::Uncompressed, false);
        assert_eq!(decode(&tiff, dpi), Err(PictureFault::Malformed));
    }
}

proptest! {
    #[test]
    fn no_stained_file_panics(which in 0_usize..8, at in 0_usize..1_200, byte: u8, more in 0_usize..200, other: u8) {
        let (_, mut bytes) = formats().swap_remove(which);
        for (at, byte) in [(at, byte), (more, other)] {
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
        }
        if let Ok(image) = decode(&bytes, 500) {
            prop_assert!(image.width() <= MAX_SIDE && image.height() <= MAX_SIDE);
        }
    }
}
