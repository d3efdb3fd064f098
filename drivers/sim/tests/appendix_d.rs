//! ICAO 9303-11, appendix D, from the chip's side: given RND.IC and K.IC, the chip produces the
//! published responses byte for byte.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use cccd_sim::card::bac::AccessKeys;
use cccd_sim::card::files::{File, ReadAccess};
use cccd_sim::{Chip, FixedRandom, Reply, SimCard};

/// EF.COM of the example, padded to the size that a file has on a chip.
const EF_COM: &str = "60145F0104303130365F36063034303030305C026175";

/// The example's chip, with the example's RND.IC and K.IC.
fn chip() -> SimCard {
    let content = [hex::decode(EF_COM).unwrap(), vec![0; 16]].concat();
    let file = File {
        content,
        access: ReadAccess::Opened,
    };
    let random = hex::decode("4608F919887022120B4F80323EB3191CB04970CB4052790B").unwrap();
    SimCard::from_chip(
        Chip {
            application: BTreeMap::from([(0x011E, file)]),
            access: Some(AccessKeys::new("L898902C<369080619406236")),
            ..Chip::default()
        },
        Box::new(FixedRandom::new(random)),
    )
}

fn exchange(card: &mut SimCard, command: &str) -> String {
    match card.handle(&hex::decode(command).unwrap()) {
        Reply::Answer(bytes) => hex::encode_upper(bytes),
        other => panic!("{other:?}"),
    }
}

/// Command and published response, in order.
const SCRIPT: [(&str, &str, &str); 6] = [
    ("SELECT application", "00A4040C07A0000002471001", "9000"),
    ("GET CHALLENGE", "0084000008", "4608F919887022129000"),
    (
        "EXTERNAL AUTHENTICATE",
        "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728",
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000",
    ),
    (
        "SELECT EF.COM",
        "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
        "990290008E08FA855A5D4C50A8ED9000",
    ),
    (
        "READ BINARY of 4 bytes",
        "0CB000000D9701048E08ED6705417E96BA5500",
        "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
    ),
    (
        "READ BINARY of 18 bytes from 4",
        "0CB000040D9701128E082EA28A70F3C7B53500",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
    ),
];

#[test]
fn the_chip_answers_as_published() {
    let mut card = chip();
    for (name, command, response) in SCRIPT {
        assert_eq!(exchange(&mut card, command), response, "{name}");
    }
}

#[test]
fn a_checksum_off_by_one_bit_opens_nothing() {
    let mut card = chip();
    for (name, command, response) in SCRIPT.iter().take(2) {
        assert_eq!(exchange(&mut card, command), *response, "{name}");
    }
    let wrong = SCRIPT[2].1.replace("A8AD90A728", "A8AD90A628");
    assert_eq!(exchange(&mut card, &wrong), "6300");
    // The challenge is used up.
    assert_eq!(exchange(&mut card, SCRIPT[2].1), "6985");
}

#[test]
fn a_command_sent_twice_ends_the_session() {
    let mut card = chip();
    for (name, command, response) in SCRIPT {
        assert_eq!(exchange(&mut card, command), response, "{name}");
    }
    assert_eq!(exchange(&mut card, SCRIPT[5].1), "6988");
    assert_eq!(exchange(&mut card, SCRIPT[5].1), "6988");
    assert_eq!(exchange(&mut card, "00B09E0004"), "6982");
}

#[test]
fn a_closed_chip_gives_nothing_away() {
    let mut card = chip();
    for (command, status) in [
        ("00B09E0000", "6A82"),
        ("00A4040C07A0000002471001", "9000"),
        ("00B09E0000", "6982"),
        ("00B0810000", "6982"),
        ("00A4020C02011E", "6982"),
        ("00A4020C020199", "6982"),
        ("00B0000000", "6986"),
        ("0088000008000000000000000000", "6D00"),
        (
            "00820000280000000000000000000000000000000000000000000000000000000000000000000000000000000000",
            "6985",
        ),
        ("0084000004", "6C08"),
        ("00840000", "6C08"),
        ("0084010008", "6A86"),
        ("00DA000000", "6D00"),
        ("80CA000000", "6E00"),
        ("10B0000000", "6884"),
        ("0CB09E000D9701048E08000000000000000000", "6988"),
        ("00A4000C023F00", "9000"),
        ("00A4020C02011C", "6A82"),
        ("0084000008", "6985"),
        ("00A4040C07A0000002471002", "6A82"),
        ("00A402", "6700"),
    ] {
        assert_eq!(exchange(&mut card, command), status, "{command}");
    }
}
