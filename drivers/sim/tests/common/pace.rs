//! The terminal's side of PACE (ICAO 9303-11, 4.4; BSI TR-03110-3, B.1).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

use cccd_sim::card::pace::{Mapping, Offer};
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv::{self, constructed, object};
use cccd_sim::{Persona, SimCard, der, persona, persona_files};
use openssl::sha::sha1;

use super::{Found, NOW, Terminal, card, exchange};

pub fn man() -> Persona {
    persona("adult-man").unwrap()
}

/// A password and its number in MSE:Set AT.
pub enum Password {
    Mrz,
    Can,
}

impl Password {
    pub fn secret(&self, persona: &Persona) -> (u8, Vec<u8>) {
        match self {
            Self::Mrz => (1, sha1(persona.access_information().as_bytes()).to_vec()),
            Self::Can => (2, persona.personal_number.as_bytes()[6..].to_vec()),
        }
    }
}

/// What a run of the protocol came to.
pub struct Run {
    pub secret: Vec<u8>,
    pub chip_mapping: Vec<u8>,
    pub chip_data: Option<Vec<u8>>,
}

pub fn ok(answer: &[u8]) -> &[u8] {
    let (data, status) = answer.split_at(answer.len() - 2);
    assert_eq!(status, [0x90, 0x00], "{}", hex::encode(answer));
    data
}

pub fn status(answer: &[u8]) -> u16 {
    u16::from_be_bytes(answer[answer.len() - 2..].try_into().unwrap())
}

/// GENERAL AUTHENTICATE; follows 61xx.
pub fn general(card: &mut SimCard, last: bool, data: &[u8]) -> Vec<u8> {
    let data = object(0x7C, data);
    let cla = if last { 0x00 } else { 0x10 };
    let header = [cla, 0x86, 0x00, 0x00];
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let command = match u8::try_from(data.len()) {
        Ok(short) => [&header[..], &[short], &data, &[0]].concat(),
        Err(_) => [&header[..], &[0], &length, &data, &[0, 0]].concat(),
    };
    exchange(card, &command)
}

/// What stands under one tag of the dynamic authentication data.
pub fn dynamic(answer: &[u8], tag: u32) -> Vec<u8> {
    let (outer, rest) = tlv::first(ok(answer)).unwrap();
    assert_eq!((outer.tag, rest), (0x7C, &[][..]));
    let objects = tlv::split(outer.value).unwrap();
    assert_eq!(objects[0].tag, tag);
    objects[0].value.to_vec()
}

pub fn set_at(card: &mut SimCard, offer: &Offer, number: u8, named: bool) -> Vec<u8> {
    let protocol = der::oid(&offer.protocol());
    let mut data = object(0x80, &protocol[2..]);
    data.extend(object(0x83, &[number]));
    if named {
        data.extend(object(0x84, &[offer.parameters]));
    }
    let length = u8::try_from(data.len()).unwrap();
    exchange(
        card,
        &[&[0x00, 0x22, 0xC1, 0xA4, length][..], &data].concat(),
    )
}

/// Runs PACE with a secret, from MSE:Set AT on; the last answer where the chip refuses the token.
pub fn run(card: &mut SimCard, offer: &Offer, secret: &[u8]) -> Result<Run, u16> {
    let suite = offer.suite;
    let nonce = dynamic(&general(card, false, &[]), 0x80);
    let nonce = suite.derive(secret, 3).decrypt(&[0; 16], &nonce).unwrap();
    let standard = Domain::standardized(offer.parameters).unwrap().unwrap();
    let (mapped, chip_mapping) = match offer.mapping {
        Mapping::Integrated => {
            let t = vec![0x5A; suite.key_length()];
            let answer = general(card, false, &object(0x81, &t));
            assert!(dynamic(&answer, 0x82).is_empty());
            let mapped = standard.map_integrated(&nonce, &t, suite).unwrap();
            (mapped, Vec::new())
        }
        _ => {
            let private = standard.private_key(&[0x33; 40]).unwrap();
            let public = standard.public_key(&private).unwrap();
            let answer = general(card, false, &object(0x81, &public));
            let theirs = dynamic(&answer, 0x82);
            assert!(standard.holds(&theirs));
            let mapped = standard.map_generic(&nonce, &private, &theirs).unwrap();
            (mapped, theirs)
        }
    };
    let private = mapped.private_key(&[0x44; 40]).unwrap();
    let public = mapped.public_key(&private).unwrap();
    let theirs = dynamic(&general(card, false, &object(0x83, &public)), 0x84);
    assert!(mapped.holds(&theirs));
    let secret = mapped.agree(&private, &theirs).unwrap();
    let token = |key: &[u8]| {
        let tag = if standard.is_curve() { 0x86 } else { 0x84 };
        let data = [der::oid(&offer.protocol()), object(tag, key)];
        suite
            .derive(&secret, 2)
            .token(&constructed(0x7F49, &data))
            .unwrap()
    };
    let answer = general(card, true, &object(0x85, &token(&theirs)));
    if status(&answer) != 0x9000 {
        return Err(status(&answer));
    }
    assert_eq!(dynamic(&answer, 0x86), token(&public));
    let (outer, _) = tlv::first(ok(&answer)).unwrap();
    let objects = tlv::split(outer.value).unwrap();
    Ok(Run {
        chip_data: tlv::find(&objects, 0x8A).map(<[u8]>::to_vec),
        secret,
        chip_mapping,
    })
}

/// Opens a card with PACE and selects the application under secure messaging.
pub fn opened(defects: &[&str], offer: &Offer, password: &Password) -> Terminal {
    let mut card = card(&man(), defects);
    let (number, secret) = password.secret(&man());
    assert_eq!(status(&set_at(&mut card, offer, number, true)), 0x9000);
    let run = run(&mut card, offer, &secret).unwrap();
    let mut terminal = Terminal::under(card, offer.suite, &run.secret);
    let application = hex::decode("A0000002471001").unwrap();
    assert_eq!(
        terminal.send([0xA4, 0x04, 0x0C], &application, &[]),
        Found::Intact(Vec::new(), 0x9000)
    );
    terminal
}

pub fn ordinary(name: &str) -> Vec<u8> {
    persona_files(&man(), &[], NOW)
        .unwrap()
        .remove(name)
        .unwrap()
}

pub const fn offer(mapping: Mapping, suite: Suite, parameters: u8) -> Offer {
    Offer {
        mapping,
        suite,
        parameters,
    }
}
