use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, load_from_memory};
use proptest::prelude::*;

use super::*;

/// A made-up pattern with colours and edges, 64 × 48.
fn jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0_u32..64 * 48)
        .flat_map(|at| {
            let (x, y) = (at % 64, at / 64);
            [x * 4, y * 5, (x ^ y) * 3].map(|value| u8::try_from(value % 256).unwrap())
        })
        .collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode(&pixels, 64, 48, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// Where segments with that marker stand before the scan, as begin and end.
fn segments(bytes: &[u8], wanted: u8) -> Vec<(usize, usize)> {
    let (mut at, mut found) = (2, Vec::new());
    loop {
        let marker = bytes[at + 1];
        let end = at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        if marker == wanted {
            found.push((at, end));
        }
        if marker == SOS {
            return found;
        }
        at = end;
    }
}

fn without(bytes: &[u8], marker: u8) -> Vec<u8> {
    let mut left = bytes.to_vec();
    for (begin, end) in segments(bytes, marker).into_iter().rev() {
        left.drain(begin..end);
    }
    left
}

#[test]
fn a_whole_picture_is_left_as_it_is() {
    let jpeg = jpeg();
    assert_eq!(completed(&jpeg).as_deref(), Some(&jpeg));
    for behind in [
        vec![0],
        vec![0; 4_096],
        b"\xff".to_vec(),
        b"old bytes".to_vec(),
    ] {
        let padded = [jpeg.as_slice(), &behind].concat();
        assert_eq!(completed(&padded).as_deref(), Some(&jpeg));
    }
}

#[test]
fn a_picture_without_tables_is_given_the_common_ones() {
    let jpeg = jpeg();
    let bare = without(&jpeg, DHT);
    assert!(bare.len() < jpeg.len());
    let completed = completed(&bare).unwrap();
    assert_eq!(segments(&completed, DHT).len(), 1);
    let (one, other) = (load_from_memory(&completed), load_from_memory(&jpeg));
    assert_eq!(one.unwrap().to_rgb8(), other.unwrap().to_rgb8());
}

#[test]
fn what_is_cut_is_no_picture() {
    let jpeg = jpeg();
    for length in 0..jpeg.len() {
        assert!(completed(&jpeg[..length]).is_none(), "{length}");
    }
    assert!(completed(b"no picture at all").is_none());
    assert!(completed(&without(&jpeg, 0xc0)).is_none(), "no frame");
    assert!(completed(&[0xff, SOI, 0xff, EOI]).is_none());
}

#[test]
fn sides_that_are_none_are_refused() {
    let jpeg = jpeg();
    let (frame, _) = segments(&jpeg, 0xc0)[0];
    for (at, side) in [(5, 0_u16), (7, 0), (5, 8_193), (7, 65_535)] {
        let mut bad = jpeg.clone();
        bad[frame + at..][..2].copy_from_slice(&side.to_be_bytes());
        assert!(completed(&bad).is_none(), "{side}");
    }
}

proptest! {
    /// Whatever comes is taken apart without harm, and what is handed on begins and ends as a JPEG.
    #[test]
    fn damage_is_borne(at in any::<prop::sample::Index>(), byte in any::<u8>(), bare in any::<bool>()) {
        let mut bytes = if bare { without(&jpeg(), DHT) } else { jpeg() };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(whole) = completed(&bytes) {
            prop_assert!(whole.starts_with(&[0xff, SOI]) && whole.ends_with(&[0xff, EOI]));
            // The decoder may refuse it, and does not come to harm.
            let _ = load_from_memory(&whole);
        }
    }

    #[test]
    fn noise_is_borne(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let begun = [&[0xff, SOI][..], &bytes].concat();
        let _ = (completed(&bytes), completed(&begun));
    }
}
