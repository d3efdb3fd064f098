//! Packets: published ones, and the framer against bytes of all kinds.

use cccd_port::SensorFault;
use cccd_serial_finger::codes::{self, Meaning};
use cccd_serial_finger::packet::{Framer, LONGEST, LONGEST_PAYLOAD, Packet, PacketKind, encode};
use cccd_serial_finger::{Doubt, MODELS, Parameters};
use cccd_sim::sensor::message::{Found, Message};
use proptest::prelude::*;

const ADDRESS: [u8; 4] = [0xFF; 4];

/// As manuals and others' logs have them: what it is, its bytes, kind, payload.
const PUBLISHED: &[(&str, &str, PacketKind, &str)] = &[
    // ZFM-70 manual, 5.3.
    (
        "GenImg",
        "EF01FFFFFFFF 01 0003 01 0005",
        PacketKind::Command,
        "01",
    ),
    (
        "no finger",
        "EF01FFFFFFFF 07 0003 02 000C",
        PacketKind::Ack,
        "02",
    ),
    // ZFM-70 manual, 6.3.12.
    (
        "RegModel",
        "EF01FFFFFFFF 01 0003 05 0009",
        PacketKind::Command,
        "05",
    ),
    // Adafruit CircuitPython library, issue 29.
    (
        "UpChar of buffer 1",
        "EF01FFFFFFFF 01 0004 0801 000E",
        PacketKind::Command,
        "0801",
    ),
    (
        "done",
        "EF01FFFFFFFF 07 0003 00 000A",
        PacketKind::Ack,
        "00",
    ),
    // ZFM-20 manual, 6.2: the password as delivered.
    (
        "VfyPwd",
        "EF01FFFFFFFF 01 0007 1300000000 001B",
        PacketKind::Command,
        "1300000000",
    ),
    // FPM library, issue 11: an R551.
    (
        "system parameters",
        "EF01FFFFFFFF 07 0013 0000000000 01F4 0003 FFFFFFFF 0002 0006 0516",
        PacketKind::Ack,
        "000000000001F40003FFFFFFFF00020006",
    ),
];

/// The bytes of hexadecimal digits, whatever stands between them.
pub fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

/// What the framer makes of some bytes: the packet and how many it took, or the first doubt.
fn frame(bytes: &[u8]) -> Result<Option<(usize, Packet)>, Doubt> {
    let mut framer = Framer::new(ADDRESS);
    for (at, byte) in bytes.iter().enumerate() {
        let wanted = framer.wanted();
        assert!((1..=LONGEST).contains(&wanted));
        if let Some(packet) = framer.push(*byte)? {
            assert_eq!((wanted, framer.wanted()), (1, 0));
            assert_eq!(framer.push(*byte), Err(Doubt::Resumed));
            return Ok(Some((at + 1, packet)));
        }
        assert!(at < LONGEST);
    }
    Ok(None)
}

#[test]
fn published_packets_are_read_and_written() {
    for (name, hex, kind, payload) in PUBLISHED {
        let published = bytes(hex);
        let payload = bytes(payload);
        let written = encode(ADDRESS, *kind, &payload);
        assert_eq!(written.as_slice(), published, "{name}");
        let (length, packet) = frame(&published).unwrap().unwrap();
        assert_eq!(length, published.len(), "{name}");
        assert_eq!(
            (packet.kind, packet.payload.to_vec()),
            (*kind, payload.clone())
        );
        // The simulated module has code of its own.
        let Found::Whole(length, ADDRESS, message) = Message::find(&published) else {
            panic!("{name}");
        };
        assert_eq!(
            (length, &message.body),
            (published.len(), &payload),
            "{name}"
        );
        assert_eq!(message.bytes(ADDRESS), published, "{name}");
    }
}

#[test]
fn published_parameters_are_read() {
    let (_, _, _, payload) = PUBLISHED[6];
    assert_eq!(
        Parameters::parse(&bytes(payload)),
        Ok(Parameters {
            status: 0,
            system: 0,
            capacity: 500,
            level: 3,
            address: ADDRESS,
            packet: 128,
            baud: 57_600,
        })
    );
    assert_eq!(Parameters::parse(&[0; 16]), Err(Doubt::PayloadLength));
    assert_eq!(Parameters::parse(&[4; 17]), Err(Doubt::Content));
}

#[test]
fn each_doubt_has_its_byte() {
    let table = [
        ("EE", Doubt::Header),
        ("EF 02", Doubt::Header),
        ("EF01 FE", Doubt::Address),
        ("EF01 FFFFFFFE", Doubt::Address),
        ("EF01FFFFFFFF 03", Doubt::Kind),
        ("EF01FFFFFFFF 07 0002", Doubt::Length),
        ("EF01FFFFFFFF 07 0000", Doubt::Length),
        ("EF01FFFFFFFF 07 0103", Doubt::Length),
        ("EF01FFFFFFFF 07 FFFF", Doubt::Length),
        ("EF01FFFFFFFF 07 0003 00 000B", Doubt::Sum),
        // A power-up byte in front.
        ("55 EF01FFFFFFFF 07 0003 00 000A", Doubt::Header),
    ];
    for (hex, doubt) in table {
        assert_eq!(frame(&bytes(hex)), Err(doubt), "{hex}");
    }
}

#[test]
fn every_code_has_one_meaning_and_no_refusal_is_an_answer() {
    for code in 0..=u8::MAX {
        let named = codes::CODES.iter().filter(|(known, _, _)| *known == code);
        assert!(named.count() <= 1, "{code:#04x}");
        let refusal = codes::refusal(code);
        let expected = match codes::meaning(code) {
            Meaning::Done | Meaning::Answer | Meaning::Damaged => SensorFault::ProtocolViolation,
            Meaning::PoorImage => SensorFault::PoorImage,
            Meaning::Password => SensorFault::PasswordRefused,
            Meaning::Failed => SensorFault::Device { code },
        };
        assert_eq!(refusal, expected, "{code:#04x}");
    }
    assert_eq!(codes::name(0x07), Some("too few features"));
    assert_eq!(codes::name(0x99), None);
}

#[test]
fn models_have_names_of_their_own_and_possible_sizes() {
    for (at, model) in MODELS.iter().enumerate() {
        assert!(MODELS[..at].iter().all(|other| other.name != model.name));
        assert_eq!(model.image.is_some(), model.image_bytes().is_some());
        assert!([32, 64, 128, 256].contains(&model.takes), "{}", model.name);
    }
}

#[test]
fn a_packet_prints_nothing_of_what_it_carries() {
    let (_, packet) = frame(&encode(ADDRESS, PacketKind::Data, b"ridges"))
        .unwrap()
        .unwrap();
    assert_eq!(format!("{packet:?}"), "Data [6 bytes redacted]");
}

fn kinds() -> impl Strategy<Value = PacketKind> {
    prop_oneof![
        Just(PacketKind::Command),
        Just(PacketKind::Data),
        Just(PacketKind::Ack),
        Just(PacketKind::LastData),
    ]
}

fn payloads() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 1..=LONGEST_PAYLOAD)
}

/// Bytes that look like packets more often than not.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let head = Just(vec![0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xFF]);
    let short =
        (head, proptest::collection::vec(0_u8..9, 0..16)).prop_map(|(a, b)| [a, b].concat());
    prop_oneof![short, proptest::collection::vec(any::<u8>(), 0..400)]
}

proptest! {
    #[test]
    fn what_is_written_is_read(kind in kinds(), payload in payloads(), after in payloads()) {
        let written = encode(ADDRESS, kind, &payload);
        let stream = [written.as_slice(), &after].concat();
        let (length, packet) = frame(&stream).unwrap().unwrap();
        prop_assert_eq!(length, written.len());
        prop_assert_eq!(packet.kind, kind);
        prop_assert_eq!(packet.payload.to_vec(), payload);
    }

    #[test]
    fn the_driver_and_the_simulated_module_read_the_same(stream in streams()) {
        let found = Message::find(&stream);
        match frame(&stream) {
            Ok(Some((length, packet))) => {
                let Found::Whole(whole, ADDRESS, message) = found else {
                    panic!("{found:?}");
                };
                prop_assert_eq!((whole, message.body), (length, packet.payload.to_vec()));
            }
            // The driver takes no other kinds than there are, and from no other address.
            Err(Doubt::Kind | Doubt::Address) => {}
            Ok(None) => prop_assert_eq!(found, Found::Unfinished),
            Err(_) => prop_assert!(matches!(
                found,
                Found::Junk(1..) | Found::Damaged(_)
            )),
        }
    }

    #[test]
    fn one_wrong_byte_never_makes_another_packet(
        kind in kinds(),
        payload in payloads(),
        after in payloads(),
        place in any::<proptest::sample::Index>(),
        bits in 1..=u8::MAX,
        how in 0..3,
    ) {
        let written = encode(ADDRESS, kind, &payload).to_vec();
        let at = place.index(written.len());
        let mut wrong = written.clone();
        match how {
            0 => wrong[at] ^= bits,
            1 => { wrong.remove(at); }
            _ => wrong.insert(at, written[at]),
        }
        let stream = [wrong, after].concat();
        if let Ok(Some((_, packet))) = frame(&stream) {
            // A byte lost or doubled among its equals changes the end alone; sums can fail to see
            // a shift, at one chance in 65,536. What follows then is no packet.
            prop_assert!(how > 0, "a flipped byte was not seen");
            prop_assert!(packet.kind == kind || at >= 6);
        }
    }
}
