//! Chip authentication mapping and EF.CardSecurity (ICAO 9303-11, 4.4.3.5 and 9.2.11).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cccd_sim::card::pace::Mapping;
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::pad;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv;
use common::pace::{Password, Run, man, offer, run, set_at};
use common::{Found, Terminal, card, exchange};

/// EF.CardSecurity, read under secure messaging.
fn card_security(terminal: &mut Terminal) -> Vec<u8> {
    let mut file = Vec::new();
    loop {
        let parameters = match file.len() {
            0 => [0xB0, 0x9D, 0],
            _ => {
                let [high, low] = u16::try_from(file.len()).unwrap().to_be_bytes();
                [0xB0, high, low]
            }
        };
        match terminal.send(parameters, &[], &[0]) {
            Found::Intact(part, 0x9000) => file.extend(part),
            Found::Intact(_, 0x6B00) => return file,
            other => panic!("{other:?}"),
        }
    }
}

/// The last public key among the infos of EF.CardSecurity: the static key of the mapping.
fn static_key(file: &[u8]) -> Vec<u8> {
    // id-PK-ECDH, then the key's algorithm, then its bits.
    let needle = hex::decode("060904007f00070202010 2".replace(' ', "")).unwrap();
    let at = file
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let (info, _) = tlv::first(&file[at + needle.len()..]).unwrap();
    let bits = tlv::find(&tlv::split(info.value).unwrap(), 0x03).unwrap();
    bits[1..].to_vec()
}

/// CA_IC · PK_IC, to be compared with the mapping key (ICAO 9303-11, 4.4.3.5.2).
fn proves(run: &Run, static_key: &[u8]) -> bool {
    let encryption = Suite::Aes128.derive(&run.secret, 1);
    let vector = encryption.vector(&[0xFF; 16]).unwrap();
    let Some(sealed) = &run.chip_data else {
        return false;
    };
    let opened = encryption.decrypt(&vector, sealed).unwrap();
    let Some(data) = pad::unpad(&opened) else {
        return false;
    };
    let standard = Domain::standardized(13).unwrap().unwrap();
    standard.agree(data, static_key).unwrap() == run.chip_mapping[1..33]
}

#[test]
fn chip_authentication_mapping_proves_the_key_of_card_security() {
    let cam = offer(Mapping::ChipAuthentication, Suite::Aes128, 13);
    for (id, proven) in [
        ("good-pace-cam", true),
        ("cam-cardsecurity-bad", true),
        ("cam-cardsecurity-other-signer", true),
        ("cam-cardsecurity-other-key", true),
        ("cam-ecad-wrong", false),
        ("cam-ecad-missing", false),
        ("cam-ecad-cut", false),
        ("cam-other-key", false),
    ] {
        let mut card = card(&man(), &[id]);
        // Nobody reads EF.CardSecurity before PACE.
        let closed = exchange(&mut card, &hex::decode("00B09D0000").unwrap());
        assert_eq!(closed, [0x69, 0x82]);
        set_at(&mut card, &cam, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        let run = run(&mut card, &cam, &secret).unwrap();
        let mut terminal = Terminal::under(card, Suite::Aes128, &run.secret);
        let file = card_security(&mut terminal);
        assert_eq!(proves(&run, &static_key(&file)), proven, "{id}");
    }
}

/// The signature of EF.CardSecurity, checked by OpenSSL's own CMS.
#[test]
fn card_security_is_signed_by_the_document_signer() {
    use openssl::cms::{CMSOptions, CmsContentInfo};
    let cam = offer(Mapping::ChipAuthentication, Suite::Aes128, 13);
    for (id, good) in [
        ("good-pace-cam", true),
        ("cam-cardsecurity-bad", false),
        ("cam-cardsecurity-other-signer", false),
        ("cam-cardsecurity-other-key", false),
    ] {
        let mut card = card(&man(), &[id]);
        set_at(&mut card, &cam, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        let run = run(&mut card, &cam, &secret).unwrap();
        let mut terminal = Terminal::under(card, Suite::Aes128, &run.secret);
        let file = card_security(&mut terminal);
        let mut message = CmsContentInfo::from_der(&file).unwrap();
        let mut content = Vec::new();
        let options = CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY;
        let verified = message.verify(None, None, None, Some(&mut content), options);
        assert_eq!(verified.is_ok(), good, "{id}");
        assert!(!good || content.starts_with(&[0x31]));
    }
}
