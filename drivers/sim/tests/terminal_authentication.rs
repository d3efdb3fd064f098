//! Terminal authentication, spoken by a terminal written from the standard (ICAO 9303-11, 7.1;
//! BSI TR-03110-3, B.3).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;

use cccd_sim::authority::inspection::{
    KEY_FILE, KeyFamily, TerminalFault, terminal_files, write_terminal,
};
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv::{self, object};
use cccd_sim::{Persona, persona, persona_files};
use common::{Found, NOW, Terminal, exchange};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use proptest::prelude::*;

fn man() -> Persona {
    persona("adult-man").unwrap()
}

fn ok() -> Found {
    Found::Intact(Vec::new(), 0x9000)
}

fn refused(status: u16) -> Found {
    Found::Intact(Vec::new(), status)
}

/// One command with extended length fields.
fn send(terminal: &mut Terminal, parameters: [u8; 3], data: &[u8]) -> Found {
    let command = terminal.seal(parameters, data, &[], true);
    let response = exchange(&mut terminal.card, &command);
    terminal.found(&response)
}

/// A terminal after basic access and chip authentication, and its compressed ephemeral key.
fn opened(defects: &[&str]) -> (Terminal, Vec<u8>) {
    let named: Vec<_> = defects
        .iter()
        .map(|id| cccd_sim::defect(id).unwrap())
        .collect();
    let dg14 = persona_files(&man(), &named, NOW).unwrap()["EF.DG14"].clone();
    // The only key on brainpoolP256r1, last in the only BIT STRING of an id-PK-ECDH info.
    let marker = hex::decode("04007f000702020102").unwrap();
    let place = dg14
        .windows(marker.len())
        .position(|part| part == marker)
        .unwrap();
    let (info, _) = tlv::first(&dg14[place + marker.len()..]).unwrap();
    let chip = &info.value[info.value.len() - 65..];

    let mut terminal = Terminal::open(&man(), defects);
    let protocol = hex::decode("04007f00070202030202").unwrap();
    let found = terminal.send([0x22, 0x41, 0xA4], &object(0x80, &protocol), &[]);
    assert_eq!(found, ok());
    let domain = Domain::standardized(13).unwrap().unwrap();
    let private = domain.private_key(&[0x77; 48]).unwrap();
    let public = domain.public_key(&private).unwrap();
    let secret = domain.agree(&private, chip).unwrap();
    let data = object(0x7C, &object(0x80, &public));
    let found = terminal.send([0x86, 0, 0], &data, &[0]);
    assert_eq!(found, Found::Intact(vec![0x7C, 0], 0x9000));
    terminal.change_keys(Suite::Aes128, &secret);
    (terminal, public[1..33].to_vec())
}

/// Value of an object among the fields of a certificate's body, the body and the signature.
fn parts(certificate: &[u8], tag: u32) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (outer, rest) = tlv::first(certificate).unwrap();
    assert!(outer.tag == 0x7F21 && rest.is_empty());
    let inside = tlv::split(outer.value).unwrap();
    let fields = tlv::split(inside[0].value).unwrap();
    (
        tlv::find(&fields, tag).unwrap().to_vec(),
        inside[0].bytes.to_vec(),
        tlv::find(&inside, 0x5F37).unwrap().to_vec(),
    )
}

/// MSE:Set DST and PSO:Verify Certificate; the answer of the first that is no 9000.
fn show(terminal: &mut Terminal, certificate: &[u8]) -> Found {
    let (authority, body, signature) = parts(certificate, 0x42);
    let found = send(terminal, [0x22, 0x81, 0xB6], &object(0x83, &authority));
    if found != ok() {
        return found;
    }
    let data = [body, object(0x5F37, &signature)].concat();
    send(terminal, [0x2A, 0x00, 0xBE], &data)
}

/// MSE:Set AT, GET CHALLENGE, EXTERNAL AUTHENTICATE; the answer of the first that is no 9000.
fn prove(
    terminal: &mut Terminal,
    files: &BTreeMap<String, Vec<u8>>,
    identity: &[u8],
    ephemeral: &[u8],
) -> Found {
    let (holder, ..) = parts(&files["terminal.cvcert"], 0x5F20);
    let found = send(terminal, [0x22, 0x81, 0xA4], &object(0x83, &holder));
    if found != ok() {
        return found;
    }
    let Found::Intact(challenge, 0x9000) = terminal.send([0x84, 0, 0], &[], &[8]) else {
        panic!()
    };
    assert_eq!(challenge.len(), 8);
    let message = [identity, &challenge, ephemeral].concat();
    let key = PKey::private_key_from_pem(&files[KEY_FILE]).unwrap();
    let signature = if let Ok(key) = key.ec_key() {
        let digest = hash(MessageDigest::sha256(), &message).unwrap();
        let signature = EcdsaSig::sign(&digest, &key).unwrap();
        let wide = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).unwrap();
        [wide(signature.r()), wide(signature.s())].concat()
    } else {
        let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer
            .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
            .unwrap();
        signer.sign_oneshot_to_vec(&message).unwrap()
    };
    send(terminal, [0x82, 0, 0], &signature)
}

const CHAIN: [&str; 3] = ["link.cvcert", "dv.cvcert", "terminal.cvcert"];

#[test]
fn a_terminal_with_certificates_reads_dg3() {
    for (family, defects) in [
        (KeyFamily::Elliptic, &[][..]),
        (KeyFamily::Rsa, &["good-ta-rsa"]),
    ] {
        let files = terminal_files(family, None, NOW).unwrap();
        let (mut terminal, ephemeral) = opened(defects);
        // EF.CVCA names the authority that signed the link.
        let Found::Intact(trusted, 0x9000) = terminal.read(0x1C, 0, 36) else {
            panic!()
        };
        let (authority, ..) = parts(&files["link.cvcert"], 0x42);
        assert!(trusted.starts_with(&object(0x42, &authority)));
        assert_eq!(trusted.len(), 36);
        assert_eq!(terminal.read(3, 0, 0), refused(0x6982));
        for name in CHAIN {
            assert_eq!(show(&mut terminal, &files[name]), ok(), "{name}");
        }
        let identity = &man().mrz().into_bytes()[5..15];
        assert_eq!(prove(&mut terminal, &files, identity, &ephemeral), ok());
        let Found::Intact(dg3, 0x9000) = terminal.read(3, 0, 0) else {
            panic!()
        };
        assert_eq!(dg3[0], 0x63);
        // The chip knows the new authority from now on.
        let Found::Intact(trusted, 0x9000) = terminal.read(0x1C, 0, 36) else {
            panic!()
        };
        let (new, ..) = parts(&files["link.cvcert"], 0x5F20);
        let both = [object(0x42, &new), object(0x42, &authority)].concat();
        assert!(trusted.starts_with(&both));
        // Another session, another proof.
        let mut again = Terminal::open_card(terminal.card, &man().access_information());
        assert_eq!(again.read(3, 0, 0), refused(0x6982));
    }
}

#[test]
fn nothing_goes_before_chip_authentication() {
    let files = terminal_files(KeyFamily::Elliptic, None, NOW).unwrap();
    let mut terminal = Terminal::open(&man(), &[]);
    assert_eq!(show(&mut terminal, &files["link.cvcert"]), refused(0x6982));
    let mut alone = Terminal::open(&man(), &["good-aa-rsa-sha1"]);
    assert_eq!(
        send(&mut alone, [0x2A, 0, 0xBE], &[0x7F, 0x4E, 0]),
        refused(0x6D00)
    );
}

#[test]
fn a_wrong_signature_over_the_challenge_is_refused() {
    let files = terminal_files(KeyFamily::Elliptic, None, NOW).unwrap();
    let identity = man().mrz().into_bytes()[5..15].to_vec();
    let other = terminal_files(KeyFamily::Elliptic, Some(TerminalFault::OtherKey), NOW).unwrap();
    for (files, identity, flipped) in [
        (&other, &identity[..], false),
        (&files, &[0x41; 10], false),
        (&files, &identity, true),
    ] {
        let (mut terminal, mut ephemeral) = opened(&[]);
        for name in CHAIN {
            assert_eq!(show(&mut terminal, &files[name]), ok());
        }
        ephemeral[0] ^= u8::from(flipped);
        let found = prove(&mut terminal, files, identity, &ephemeral);
        assert_eq!(found, refused(0x6300));
        assert_eq!(terminal.read(3, 0, 0), refused(0x6982));
    }
}

#[test]
fn a_chain_that_does_not_hold_is_refused_where_it_breaks() {
    let usual = terminal_files(KeyFamily::Elliptic, None, NOW).unwrap();
    let (mut terminal, _) = opened(&[]);
    // The link is missing; the terminal's certificate comes first; the authority's own.
    assert_eq!(show(&mut terminal, &usual["dv.cvcert"]), refused(0x6A88));
    assert_eq!(
        show(&mut terminal, &usual["terminal.cvcert"]),
        refused(0x6A88)
    );
    assert_eq!(show(&mut terminal, &usual["link.cvcert"]), ok());
    for fault in [TerminalFault::Stranger, TerminalFault::SignatureFlipped] {
        let files = terminal_files(KeyFamily::Elliptic, Some(fault), NOW).unwrap();
        let (mut terminal, _) = opened(&[]);
        match fault {
            TerminalFault::Stranger => {
                assert_eq!(show(&mut terminal, &files["dv.cvcert"]), refused(0x6A88));
            }
            _ => {
                for name in ["link.cvcert", "dv.cvcert"] {
                    assert_eq!(show(&mut terminal, &files[name]), ok());
                }
                let found = show(&mut terminal, &files["terminal.cvcert"]);
                assert_eq!(found, refused(0x6300));
            }
        }
    }
}

#[test]
fn a_certificate_that_ended_before_the_newest_one_seen_is_refused() {
    let files = terminal_files(KeyFamily::Elliptic, Some(TerminalFault::Expired), NOW).unwrap();
    let newer = terminal_files(KeyFamily::Elliptic, None, NOW).unwrap();
    let later = NOW + time::Duration::days(60);
    let latest = terminal_files(KeyFamily::Elliptic, None, later).unwrap();
    // A chip that has seen nothing since it was issued cannot know.
    let (mut terminal, _) = opened(&[]);
    for name in CHAIN {
        assert_eq!(show(&mut terminal, &files[name]), ok());
    }
    // The newer chain moves its date, in later sessions too.
    for name in ["dv.cvcert", "terminal.cvcert"] {
        assert_eq!(show(&mut terminal, &newer[name]), ok());
    }
    assert_eq!(show(&mut terminal, &latest["dv.cvcert"]), ok());
    assert_eq!(show(&mut terminal, &files["dv.cvcert"]), ok());
    let found = show(&mut terminal, &files["terminal.cvcert"]);
    assert_eq!(found, refused(0x6300));
}

#[test]
fn a_terminal_without_the_right_reads_no_fingerprints() {
    let fault = Some(TerminalFault::NoFingerprints);
    let files = terminal_files(KeyFamily::Elliptic, fault, NOW).unwrap();
    let (mut terminal, ephemeral) = opened(&[]);
    for name in CHAIN {
        assert_eq!(show(&mut terminal, &files[name]), ok());
    }
    let identity = &man().mrz().into_bytes()[5..15];
    assert_eq!(prove(&mut terminal, &files, identity, &ephemeral), ok());
    assert_eq!(terminal.read(3, 0, 0), refused(0x6982));
}

#[test]
fn the_folder_holds_certificates_and_a_key_that_others_cannot_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write_terminal(folder.path(), KeyFamily::Elliptic, None, NOW).unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "cvca.cvcert",
            "dv.cvcert",
            "link.cvcert",
            "terminal.cvcert",
            "terminal.pkcs8"
        ]
    );
    let about = std::fs::metadata(folder.path().join(KEY_FILE)).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

/// Commands of the two protocols with parameters that mean something, and data that need not.
fn any_exchange() -> impl Strategy<Value = ([u8; 3], Vec<u8>)> {
    let files = terminal_files(KeyFamily::Elliptic, None, NOW).unwrap();
    let bodies = CHAIN.map(|name| {
        let (_, body, signature) = parts(&files[name], 0x42);
        [body, object(0x5F37, &signature)].concat()
    });
    let names = CHAIN.map(|name| object(0x83, &parts(&files[name], 0x42).0));
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::sample::select([bodies.to_vec(), names.to_vec()].concat()),
        // A good certificate with one byte off, or cut
        (
            prop::sample::select(bodies.to_vec()),
            any::<prop::sample::Index>(),
            any::<u8>()
        )
            .prop_map(|(mut data, at, mask)| {
                let at = at.index(data.len());
                data[at] ^= mask;
                data
            }),
        (
            prop::sample::select(bodies.to_vec()),
            any::<prop::sample::Index>()
        )
            .prop_map(|(data, at)| data[..at.index(data.len())].to_vec()),
        prop::collection::vec(any::<u8>(), 0..70).prop_map(|key| object(0x7C, &object(0x80, &key))),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|oid| object(0x80, &oid)),
    ];
    let parameters = prop::sample::select(vec![
        [0x22, 0x41, 0xA4],
        [0x22, 0x41, 0xA6],
        [0x22, 0x81, 0xA4],
        [0x22, 0x81, 0xB6],
        [0x22, 0xC1, 0xA4],
        [0x2A, 0x00, 0xBE],
        [0x84, 0x00, 0x00],
        [0x82, 0x00, 0x00],
        [0x86, 0x00, 0x00],
        [0xB0, 0x83, 0x00],
    ]);
    (parameters, data)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a terminal says after chip authentication is answered, and DG3 stays shut.
    #[test]
    fn no_sequence_of_commands_opens_dg3_without_a_key(
        exchanges in prop::collection::vec(any_exchange(), 1..12)
    ) {
        let (mut terminal, _) = opened(&[]);
        for (parameters, data) in exchanges {
            // A second agreement on keys is one that this terminal does not follow.
            if let Found::Plain(status) = send(&mut terminal, parameters, &data) {
                prop_assert_eq!(status.len(), 2);
                return Ok(());
            }
            let dg3 = terminal.read(3, 0, 0);
            let opened = matches!(&dg3, Found::Intact(data, 0x9000) if !data.is_empty());
            prop_assert!(!opened);
        }
    }
}
