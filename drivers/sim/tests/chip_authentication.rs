//! Chip authentication, spoken by a terminal written from the standard (ICAO 9303-11, 6.2).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv::{self, object};
use cccd_sim::{Persona, persona, persona_files};
use common::{Found, NOW, Terminal, exchange};

const MSE_AT: [u8; 3] = [0x22, 0x41, 0xA4];
const MSE_KAT: [u8; 3] = [0x22, 0x41, 0xA6];
const GENERAL_AUTHENTICATE: [u8; 3] = [0x86, 0, 0];
/// 0.4.0.127.0.7.2.2.3
const PROTOCOL: &str = "04007f0007020203";

fn man() -> Persona {
    persona("adult-man").unwrap()
}

fn protocol(arcs: [u8; 2]) -> Vec<u8> {
    [hex::decode(PROTOCOL).unwrap(), arcs.to_vec()].concat()
}

fn dg14(defects: &[&str]) -> Vec<u8> {
    let defects: Vec<_> = defects
        .iter()
        .map(|id| cccd_sim::defect(id).unwrap())
        .collect();
    persona_files(&man(), &defects, NOW).unwrap()["EF.DG14"].clone()
}

/// The public keys in DG14, as bytes of a point or a number, in the order of their key numbers.
fn public_keys(dg14: &[u8]) -> Vec<(Option<u8>, Vec<u8>)> {
    let value = |bytes, tag| tlv::find(&tlv::split(bytes).unwrap(), tag).unwrap();
    let set = value(value(dg14, 0x6E), 0x31);
    let mut found = Vec::new();
    for info in tlv::split(set).unwrap() {
        let parts = tlv::split(info.value).unwrap();
        // id-PK: 0.4.0.127.0.7.2.2.1
        if !parts[0].value.starts_with(&[4, 0, 0x7F, 0, 7, 2, 2, 1]) {
            continue;
        }
        let bits = &value(parts[1].value, 0x03)[1..];
        let key = match parts[0].value.last() {
            Some(2) => bits.to_vec(),
            _ => {
                let number = value(bits, 0x02);
                number
                    .iter()
                    .copied()
                    .skip_while(|byte| *byte == 0)
                    .collect()
            }
        };
        found.push((parts.get(2).map(|id| id.value[0]), key));
    }
    found.sort();
    found
}

/// The terminal's ephemeral key, and what it shares with the chip's.
fn ephemeral(group: u8, chip: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let domain = Domain::standardized(group).unwrap().unwrap();
    let private = domain.private_key(&[0x5A; 48]).unwrap();
    let public = domain.public_key(&private).unwrap();
    (public, domain.agree(&private, chip).unwrap())
}

fn ok(data: &[u8]) -> Found {
    Found::Intact(data.to_vec(), 0x9000)
}

/// MSE:Set AT and GENERAL AUTHENTICATE; returns the answer of the latter.
fn agree(terminal: &mut Terminal, arcs: [u8; 2], id: Option<u8>, public: &[u8]) -> Found {
    let mut template = object(0x80, &protocol(arcs));
    template.extend(id.iter().flat_map(|id| object(0x84, &[*id])));
    assert_eq!(terminal.send(MSE_AT, &template, &[]), ok(&[]));
    let data = object(0x7C, &object(0x80, public));
    let command = terminal.seal(GENERAL_AUTHENTICATE, &data, &[0], data.len() > 150);
    let response = exchange(&mut terminal.card, &command);
    terminal.found(&response)
}

#[test]
fn the_citizen_cards_key_opens_a_session_under_aes() {
    let [(None, key)] = &public_keys(&dg14(&[]))[..] else {
        panic!()
    };
    let mut terminal = Terminal::open(&man(), &[]);
    let Found::Intact(before, 0x9000) = terminal.read(1, 0, 0) else {
        panic!()
    };
    let (public, secret) = ephemeral(13, key);
    // The answer comes under the old keys.
    assert_eq!(
        agree(&mut terminal, [2, 2], None, &public),
        ok(&[0x7C, 0x00])
    );
    terminal.change_keys(Suite::Aes128, &secret);
    assert_eq!(terminal.read(1, 0, 0), ok(&before));
    // Once again, from one session of chip authentication into the next.
    assert_eq!(
        agree(&mut terminal, [2, 2], None, &public),
        ok(&[0x7C, 0x00])
    );
    terminal.change_keys(Suite::Aes128, &secret);
    assert_eq!(terminal.read(1, 0, 0), ok(&before));
}

#[test]
fn every_key_is_reached_by_its_number() {
    let keys = public_keys(&dg14(&["good-ca-multi-key"]));
    assert_eq!(keys.len(), 3);
    for ((id, key), (group, arcs, suite)) in keys.iter().zip([
        (13, [2, 2], Suite::Aes128),
        (15, [2, 4], Suite::Aes256),
        (2, [1, 2], Suite::Aes128),
    ]) {
        let mut terminal = Terminal::open(&man(), &["good-ca-multi-key"]);
        let (public, secret) = ephemeral(group, key);
        assert_eq!(agree(&mut terminal, arcs, *id, &public), ok(&[0x7C, 0x00]));
        terminal.change_keys(suite, &secret);
        assert!(matches!(terminal.read(1, 0, 0), Found::Intact(_, 0x9000)));
    }
    let mut terminal = Terminal::open(&man(), &["good-ca-multi-key"]);
    for (template, status) in [
        // No number, an unknown one, the protocol of another key
        (object(0x80, &protocol([2, 2])), 0x6A88),
        (
            [object(0x80, &protocol([2, 2])), object(0x84, &[9])].concat(),
            0x6A88,
        ),
        (
            [object(0x80, &protocol([2, 2])), object(0x84, &[2])].concat(),
            0x6A80,
        ),
        (object(0x84, &[1]), 0x6A80),
    ] {
        assert_eq!(
            terminal.send(MSE_AT, &template, &[]),
            Found::Intact(Vec::new(), status)
        );
    }
}

#[test]
fn a_dh_key_agrees_too() {
    let [(None, key)] = &public_keys(&dg14(&["good-ca-dh"]))[..] else {
        panic!()
    };
    let mut terminal = Terminal::open(&man(), &["good-ca-dh"]);
    let (public, secret) = ephemeral(2, key);
    assert_eq!(public.len(), 256);
    assert_eq!(
        agree(&mut terminal, [1, 3], None, &public),
        ok(&[0x7C, 0x00])
    );
    terminal.change_keys(Suite::Aes192, &secret);
    assert!(matches!(terminal.read(1, 0, 0), Found::Intact(_, 0x9000)));
}

#[test]
fn a_chip_of_the_first_generation_knows_the_template_alone() {
    let [(None, key)] = &public_keys(&dg14(&["good-ca-kat"]))[..] else {
        panic!()
    };
    let mut terminal = Terminal::open(&man(), &["good-ca-kat"]);
    let (public, secret) = ephemeral(13, key);
    let at = object(0x80, &protocol([2, 1]));
    assert_eq!(
        terminal.send(MSE_AT, &at, &[]),
        Found::Intact(Vec::new(), 0x6A86)
    );
    assert_eq!(terminal.send(MSE_KAT, &object(0x91, &public), &[]), ok(&[]));
    terminal.change_keys(Suite::TripleDes, &secret);
    assert!(matches!(terminal.read(1, 0, 0), Found::Intact(_, 0x9000)));
    // An AES key is not agreed on that way.
    let mut terminal = Terminal::open(&man(), &[]);
    let found = terminal.send(MSE_KAT, &object(0x91, &public), &[]);
    assert_eq!(found, Found::Intact(Vec::new(), 0x6985));
}

#[test]
fn a_point_beside_the_curve_is_refused() {
    let [(None, key)] = &public_keys(&dg14(&[]))[..] else {
        panic!()
    };
    let mut terminal = Terminal::open(&man(), &[]);
    let (mut public, _) = ephemeral(13, key);
    let refused = Found::Intact(Vec::new(), 0x6A80);
    *public.last_mut().unwrap() ^= 1;
    assert_eq!(agree(&mut terminal, [2, 2], None, &public), refused);
    assert_eq!(agree(&mut terminal, [2, 2], None, &[0]), refused);
    // A key is chosen for one try.
    let data = object(0x7C, &object(0x80, &public));
    let found = terminal.send(GENERAL_AUTHENTICATE, &data, &[0]);
    assert_eq!(found, Found::Intact(Vec::new(), 0x6985));
}

#[test]
fn clones_give_themselves_away() {
    let [(None, key)] = &public_keys(&dg14(&[]))[..] else {
        panic!()
    };
    let (public, secret) = ephemeral(13, key);
    for (id, status) in [
        ("clone-no-ca-key", 0x6300),
        ("clone-no-ca-key-6a88", 0x6A88),
    ] {
        let mut terminal = Terminal::open(&man(), &[id]);
        let found = agree(&mut terminal, [2, 2], None, &public);
        assert_eq!(found, Found::Intact(Vec::new(), status), "{id}");
    }
    let mut terminal = Terminal::open(&man(), &["clone-ca-other-key"]);
    assert_eq!(
        agree(&mut terminal, [2, 2], None, &public),
        ok(&[0x7C, 0x00])
    );
    terminal.change_keys(Suite::Aes128, &secret);
    assert_eq!(terminal.read(1, 0, 0), Found::Plain(vec![0x69, 0x88]));
    for id in ["clone-ca-ok-then-old-keys", "sm-3des-after-aes-ca"] {
        let mut terminal = Terminal::open(&man(), &[id]);
        assert_eq!(
            agree(&mut terminal, [2, 2], None, &public),
            ok(&[0x7C, 0x00])
        );
        let (old, mut new) = (terminal.keys(), terminal);
        new.change_keys(Suite::Aes128, &secret);
        let command = new.seal([0xB0, 0x81, 0], &[], &[0], false);
        let response = exchange(&mut new.card, &command);
        assert_eq!(new.found(&response), Found::ChecksumWrong, "{id}");
        // It reads under the old keys, as if nothing had been agreed on.
        new.take_keys(old);
        new.counted_on();
        assert!(
            matches!(new.found(&response), Found::Intact(_, 0x9000)),
            "{id}"
        );
    }
}

#[test]
fn a_chip_may_say_something_else_once_it_is_proven() {
    let [(None, key)] = &public_keys(&dg14(&[]))[..] else {
        panic!()
    };
    let mut terminal = Terminal::open(&man(), &["beh-dg1-changes"]);
    let Found::Intact(before, 0x9000) = terminal.read(1, 0, 0) else {
        panic!()
    };
    let (public, secret) = ephemeral(13, key);
    assert_eq!(
        agree(&mut terminal, [2, 2], None, &public),
        ok(&[0x7C, 0x00])
    );
    terminal.change_keys(Suite::Aes128, &secret);
    let Found::Intact(after, 0x9000) = terminal.read(1, 0, 0) else {
        panic!()
    };
    assert!(before != after && before.len() == after.len());
}
