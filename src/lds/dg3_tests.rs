#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::codec::tlv::{TlvError, encode};
use crate::lds::finger::{Compression, Position};

/// A finger image record of one raw picture of 2 × 3 pixels for each position.
fn record(positions: &[u8]) -> Vec<u8> {
    let mut images = Vec::new();
    for position in positions {
        images.extend(20_u32.to_be_bytes());
        images.extend([*position, 1, 1, 80, 0, 0, 2, 0, 3, 0]);
        images.extend([0, 50, 100, 150, 200, 250]);
    }
    let mut record = b"FIR\x00010\x00\0\0".to_vec();
    record.extend(u32::try_from(32 + images.len()).unwrap().to_be_bytes());
    // Device, acquisition level 31; so many fingers, inches, 500 four times, 8 bits, raw, reserved.
    record.extend([0, 0, 0, 31, u8::try_from(positions.len()).unwrap(), 1]);
    record.extend([1, 0xf4, 1, 0xf4, 1, 0xf4, 1, 0xf4, 8, 0, 0, 0]);
    [record, images].concat()
}

/// A template: header for format 0101/0007, and the record under `tag`.
fn template(tag: u32, record: &[u8]) -> Vec<u8> {
    let fields = [
        encode(0x80, &[1, 1]),
        encode(0x81, &[8]),
        encode(0x82, &[9]),
        encode(0x87, &[1, 1]),
        encode(0x88, &[0, 7]),
    ];
    let header = encode(0xa1, &fields.concat());
    encode(0x7f60, &[header, encode(tag, record)].concat())
}

fn file(count: u8, templates: &[Vec<u8>]) -> Vec<u8> {
    let group = [encode(0x02, &[count]), templates.concat()].concat();
    encode(0x63, &encode(0x7f61, &group))
}

#[test]
fn two_fingers_in_two_templates_or_in_one_record() {
    let (one, other) = (record(&[2]), record(&[7]));
    let apart = file(2, &[template(0x5f2e, &one), template(0x5f2e, &other)]);
    let together = file(1, &[template(0x5f2e, &record(&[2, 7]))]);
    for file in [apart, together] {
        let dg3 = Dg3::parse(&file).unwrap();
        assert!(!dg3.untidy);
        let positions: Vec<_> = dg3.fingers.iter().map(|one| one.position).collect();
        assert_eq!(positions, [Position::Finger(2), Position::Finger(7)]);
        for finger in &dg3.fingers {
            assert_eq!(finger.compression, Compression::Raw);
            assert_eq!(
                (finger.width, finger.height, finger.dpi),
                (2, 3, (500, 500))
            );
            assert_eq!((finger.depth, finger.quality), (8, Some(80)));
            let image = finger.decode().unwrap();
            assert_eq!(image.pixels(), [0, 50, 100, 150, 200, 250]);
            assert_eq!(format!("{finger:?}"), "FingerView([redacted], Raw)");
        }
    }
}

#[test]
fn a_card_without_fingers_is_as_good_as_one_with() {
    let group = [encode(0x02, &[0]), encode(0x53, &[7; 32])].concat();
    let padded = encode(0x63, &encode(0x7f61, &group));
    for file in [padded, file(0, &[])] {
        assert_eq!(Dg3::parse(&file).unwrap().fingers, []);
    }
}

#[test]
fn what_follows_and_lengths_that_are_too_long_are_noted() {
    let mut tidy = file(1, &[template(0x5f2e, &record(&[1]))]);
    tidy.push(0);
    assert!(Dg3::parse(&tidy).unwrap().untidy);
    let long = [&[0x63, 0x82, 0, 6, 0x7f, 0x61, 3, 2, 1, 0][..]].concat();
    assert!(Dg3::parse(&long).unwrap().untidy);
}

#[test]
fn formats_that_are_not_read_say_so() {
    let newer = template(0x7f2e, &encode(0xa1, &encode(0x80, &[1])));
    let unknown = template(0x5f2e, b"FMR\x00 20\x00....");
    let table = [
        (newer, Dg3Error::Iso39794),
        (
            unknown,
            Dg3Error::Format {
                owner: 0x0101,
                format: 0x0007,
            },
        ),
        (template(0x5f2e, b""), Dg3Error::NoPicture),
        (encode(0x7f60, &encode(0xa1, &[])), Dg3Error::NoPicture),
    ];
    for (template, fault) in table {
        assert_eq!(Dg3::parse(&file(1, &[template])), Err(fault));
    }
}

#[test]
fn a_file_that_is_no_dg3_is_refused() {
    let good = template(0x5f2e, &record(&[1]));
    let table = [
        (
            file(2, std::slice::from_ref(&good)),
            Dg3Error::Count {
                stated: 2,
                found: 1,
            },
        ),
        (
            file(13, &vec![good.clone(); 13]),
            Dg3Error::TooMany("templates"),
        ),
        (
            file(2, &vec![template(0x5f2e, &record(&[1; 14])); 2]),
            Dg3Error::TooMany("pictures"),
        ),
        (
            encode(0x63, &encode(0x7f61, &good)),
            FileError::Missing(0x02).into(),
        ),
        (encode(0x63, &good), FileError::Missing(0x7f61).into()),
        (
            encode(0x63, &encode(0x7f61, &encode(0x02, &[0, 0]))),
            FileError::Value(0x02).into(),
        ),
        (
            encode(0x75, &good),
            FileError::Tag {
                expected: 0x63,
                met: 0x75,
            }
            .into(),
        ),
        (
            file(1, &[good])[..60].to_vec(),
            FileError::Tlv(TlvError::Overrun {
                offset: 0,
                tag: 0x63,
            })
            .into(),
        ),
    ];
    for (file, fault) in table {
        assert_eq!(Dg3::parse(&file), Err(fault));
    }
}

#[test]
fn a_record_says_where_it_is_broken() {
    // Byte, what is put there, where the fault is found.
    let table: &[(usize, &[u8], usize)] = &[
        (13, &[0xff], 8),
        (8, &[1], 8),
        (18, &[0], 18),
        (18, &[2], 18),
        (19, &[0], 19),
        (19, &[3], 19),
        (28, &[0], 28),
        (28, &[17], 28),
        (32, &[0xff], 32),
        (35, &[14], 32),
        (35, &[13], 32),
        (35, &[0], 32),
        (41, &[0, 0], 41),
        (43, &[0, 0], 41),
    ];
    for (at, bytes, fault) in table {
        let mut record = record(&[1]);
        record[*at..at + bytes.len()].copy_from_slice(bytes);
        let found = Dg3::parse(&file(1, &[template(0x5f2e, &record)]));
        assert_eq!(found, Err(RecordError(*fault).into()), "{at}: {bytes:?}");
    }
    for length in 0..record(&[1]).len() {
        assert!(finger_record(&record(&[1])[..length]).is_err(), "{length}");
    }
    assert_eq!(finger_record(&record(&[1; 17])), Err(RecordError(18)));
}

#[test]
fn several_pictures_of_a_finger_are_counted_either_way() {
    for count in [1, 2] {
        let mut record = record(&[5, 5]);
        record[18] = count;
        assert_eq!(finger_record(&record).unwrap().len(), 2);
    }
}

#[test]
fn positions_and_resolutions_as_the_standard_counts_them() {
    let table = [
        (0, Position::Unknown),
        (1, Position::Finger(1)),
        (10, Position::Finger(10)),
        (11, Position::Finger(1)),
        (12, Position::Finger(6)),
        (13, Position::Other(13)),
        (21, Position::Other(21)),
    ];
    for (code, position) in table {
        assert_eq!(Position::from(code), position);
    }
    let mut metric = record(&[1]);
    metric[19] = 2;
    for at in [24, 26] {
        metric[at..at + 2].copy_from_slice(&[0, 197]);
    }
    assert_eq!(finger_record(&metric).unwrap()[0].dpi, (500, 500));
    let mut unknown = record(&[1]);
    unknown[32 + 7] = 254;
    assert_eq!(finger_record(&unknown).unwrap()[0].quality, None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..140, byte: u8) {
        let _ = Dg3::parse(&bytes);
        let mut file = file(1, &[template(0x5f2e, &record(&[2, 3]))]);
        if let Some(target) = file.get_mut(at) {
            *target = byte;
        }
        if let Ok(dg3) = Dg3::parse(&file) {
            for finger in dg3.fingers {
                let _ = finger.decode();
            }
        }
    }
}
