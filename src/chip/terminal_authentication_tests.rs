//! The exchange with a chip that is played here: it unwraps secure messaging, checks the signature
//! with OpenSSL, and answers by a script.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Mutex;
use std::time::Duration;

use cccd_port::{CardChannel, Clock, LinkFault};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::chip::Abilities;
use crate::chip::secure_messaging::SecureMessaging;
use crate::crypto::des::TripleDesKey;
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::signature::verify;
use crate::crypto::signing::SigningKey;
use crate::crypto::symmetric::SymmetricKey;
use crate::transport::{Limits, Link};

#[test]
fn ef_cvca_names_one_or_two_authorities() {
    let one = encode(0x42, b"VNCVCA00001");
    let two = encode(0x42, b"VNCVCA00002");
    let padded = |parts: &[&[u8]]| {
        let mut file = parts.concat();
        file.resize(EF_CVCA_LENGTH, 0);
        file
    };
    let table: [(Vec<u8>, &[&[u8]]); 8] = [
        (padded(&[&one]), &[b"VNCVCA00001"]),
        (padded(&[&two, &one]), &[b"VNCVCA00002", b"VNCVCA00001"]),
        (one.clone(), &[b"VNCVCA00001"]),
        (Vec::new(), &[]),
        (vec![0; EF_CVCA_LENGTH], &[]),
        (vec![0x42, 0x20, b'V'], &[]),
        (padded(&[&one, &[0x43, 0x01, 0x41]]), &[b"VNCVCA00001"]),
        (encode(0x42, &[b'V'; 17]), &[]),
    ];
    for (file, expected) in table {
        assert_eq!(authorities(&file), expected, "{file:02x?}");
    }
}

proptest! {
    #[test]
    fn no_file_names_more_than_two(file in proptest::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(authorities(&file).len() <= MOST_AUTHORITIES);
    }
}

#[derive(Debug)]
struct Key(SigningKey);

impl TerminalKey for Key {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }
    fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        self.0.sign(scheme, message).map_err(|_| CryptoFault)
    }
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Instruction, P1, P2 and plain data of one command.
type Asked = ([u8; 3], Vec<u8>);
/// Plain data and status of the answer.
type Answer = (Vec<u8>, u16);

const ENCRYPTION: [u8; 16] = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x23\x45\x67\x89\xab\xcd\xef\x01";
const MAC: [u8; 16] = *b"\x31\x23\x45\x67\x89\xab\xcd\xef\x23\x45\x67\x89\xab\xcd\xef\x31";

/// The card's side of secure messaging with 3DES, and a script.
struct Chip<'a> {
    counter: u64,
    answer: &'a mut dyn FnMut(Asked) -> Answer,
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = [data, &[0x80]].concat();
    data.resize(data.len().next_multiple_of(8), 0);
    data
}

impl CardChannel for Chip<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let key = TripleDesKey::new(ENCRYPTION);
        let objects = match command[4] {
            0 => &command[7..7 + usize::from(command[5]) * 256 + usize::from(command[6])],
            length => &command[5..5 + usize::from(length)],
        };
        let mut plain = Vec::new();
        let mut rest = objects;
        while !rest.is_empty() {
            let header = Header::read(rest, 0).unwrap();
            let value = &rest[header.length..header.total()];
            if header.tag == 0x87 {
                plain = key.decrypt(&value[1..]).unwrap().to_vec();
                let end = plain.iter().rposition(|byte| *byte == 0x80).unwrap();
                plain.truncate(end);
            }
            rest = &rest[header.total()..];
        }
        let (data, status) = (self.answer)(([command[1], command[2], command[3]], plain));
        self.counter += 2;
        let mut objects = Vec::new();
        if !data.is_empty() {
            let encrypted = key.encrypt(&padded(&data)).unwrap();
            objects.extend(encode(0x87, &[&[1], &encrypted[..]].concat()));
        }
        objects.extend(encode(0x99, &status.to_be_bytes()));
        let authenticated = [&self.counter.to_be_bytes()[..], &objects].concat();
        let mac = TripleDesKey::new(MAC).retail_mac(&authenticated).unwrap();
        objects.extend(encode(0x8e, &mac));
        objects.extend(status.to_be_bytes());
        Ok(objects)
    }
    fn atr(&self) -> &[u8] {
        &[0x3b, 0x80]
    }
}

/// Runs `work` on an opened chip that answers by `answer`; also what the chip was asked.
fn with_chip<T>(
    mut answer: impl FnMut(Asked) -> Answer,
    work: impl FnOnce(&mut Opened<'_, '_>) -> T,
) -> (T, Vec<Asked>) {
    let asked = Mutex::new(Vec::new());
    let mut recorded = |one: Asked| {
        asked.lock().unwrap().push(one.clone());
        answer(one)
    };
    let mut channel = Chip {
        counter: 0,
        answer: &mut recorded,
    };
    let clock = StoppedClock;
    let mut link = Link::new(&mut channel, &clock, Limits::default());
    let messaging = SecureMessaging::new(
        SymmetricKey::TripleDes(TripleDesKey::new(ENCRYPTION)),
        SymmetricKey::TripleDes(TripleDesKey::new(MAC)),
        0,
    );
    let done = work(&mut Opened::new(
        &mut link,
        &mut Abilities::default(),
        messaging,
    ));
    (done, asked.into_inner().unwrap())
}

const SCHEME: Scheme = Scheme::EcdsaPlain(HashAlgorithm::Sha256);
const CHALLENGE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn key() -> Key {
    let group = EcGroup::from_curve_name(Nid::BRAINPOOL_P256R1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    Key(SigningKey::from_pkcs8(&key.private_key_to_pkcs8().unwrap()).unwrap())
}

/// What the chip says where nothing is wrong.
fn well(instruction: [u8; 3]) -> Answer {
    match instruction {
        [0x84, ..] => (CHALLENGE.to_vec(), 0x9000),
        _ => (Vec::new(), 0x9000),
    }
}

fn prove(
    key: &Key,
    answer: impl FnMut(Asked) -> Answer,
) -> (Result<TerminalVerdict, ChipError>, Vec<Asked>) {
    // The second is longer than any short command.
    let long = vec![0x5a; 700];
    let certificates = [
        SentCertificate {
            authority: b"VNCVCA00001",
            body: &[0x7f, 0x4e, 0x01, 0x00],
            signature: &[0xaa; 64],
        },
        SentCertificate {
            authority: b"VNDVHN00001",
            body: &long,
            signature: &[0xbb; 64],
        },
    ];
    let proof = TerminalProof {
        certificates: &certificates,
        holder: b"VNDESK100001",
        protocol: &[4, 0, 0x7f, 0, 7, 2, 2, 2, 2, 3],
        scheme: SCHEME,
        key,
        chip_identity: b"0900000018",
        ephemeral_key: &[0x77; 32],
    };
    with_chip(answer, |chip| chip.authenticate_terminal(&proof))
}

#[test]
fn the_chip_is_shown_the_chain_and_a_signature_over_its_challenge() {
    let key = key();
    let (verdict, asked) = prove(&key, |(instruction, _)| well(instruction));
    assert_eq!(verdict, Ok(TerminalVerdict::Accepted));
    let instructions: Vec<[u8; 3]> = asked.iter().map(|(instruction, _)| *instruction).collect();
    assert_eq!(
        instructions,
        [
            [0x22, 0x81, 0xb6],
            [0x2a, 0x00, 0xbe],
            [0x22, 0x81, 0xb6],
            [0x2a, 0x00, 0xbe],
            [0x22, 0x81, 0xa4],
            [0x84, 0x00, 0x00],
            [0x82, 0x00, 0x00],
        ]
    );
    assert_eq!(asked[0].1, encode(0x83, b"VNCVCA00001"));
    assert_eq!(
        asked[1].1,
        [&[0x7f, 0x4e, 0x01, 0x00][..], &encode(0x5f37, &[0xaa; 64])].concat()
    );
    assert_eq!(asked[3].1.len(), 700 + 3 + 64);
    assert!(asked[4].1.ends_with(&encode(0x83, b"VNDESK100001")));
    // ID_PICC ‖ r_PICC ‖ Comp(PK_DH,IFD) (ICAO 9303-11, 7.1).
    let message = [&b"0900000018"[..], &CHALLENGE, &[0x77; 32]].concat();
    assert_eq!(verify(key.public(), SCHEME, &message, &asked[6].1), Ok(()));
}

#[test]
fn a_refusal_names_its_command_and_ends_the_exchange() {
    let key = key();
    for (refused, at, command) in [
        ([0x22, 0x81, 0xb6], 1, "MSE:SET DST"),
        ([0x2a, 0x00, 0xbe], 2, "PSO:VERIFY CERTIFICATE"),
        ([0x22, 0x81, 0xa4], 5, "MSE:SET AT"),
        ([0x84, 0x00, 0x00], 6, "GET CHALLENGE"),
        ([0x82, 0x00, 0x00], 7, "EXTERNAL AUTHENTICATE"),
    ] {
        let (verdict, asked) = prove(&key, |(instruction, _)| {
            if instruction == refused {
                (Vec::new(), 0x6300)
            } else {
                well(instruction)
            }
        });
        let status = StatusWord(0x6300);
        assert_eq!(verdict, Ok(TerminalVerdict::Refused { command, status }));
        assert_eq!(asked.len(), at, "{command}");
    }
}

#[test]
fn a_chip_of_the_first_version_is_told_the_reference_alone() {
    let (verdict, asked) = prove(&key(), |(instruction, data)| match instruction {
        [0x22, 0x81, 0xa4] if data.first() == Some(&0x80) => (Vec::new(), 0x6a80),
        other => well(other),
    });
    assert_eq!(verdict, Ok(TerminalVerdict::Accepted));
    assert_eq!(asked[5].1, encode(0x83, b"VNDESK100001"));
}

#[test]
fn a_challenge_of_another_length_is_never_signed() {
    for length in [0_usize, 1, 7] {
        let (verdict, asked) = prove(&key(), |(instruction, _)| match instruction {
            [0x84, ..] => (vec![1; length], 0x9000),
            other => well(other),
        });
        assert!(verdict.is_err(), "{length}");
        assert_eq!(asked.last().unwrap().0[0], 0x84);
    }
}

#[test]
fn the_authorities_come_by_short_identifier_or_by_name() {
    let file = encode(0x42, b"VNCVCA00001");
    let by_short = |(instruction, _): Asked| match instruction {
        [0xb0, 0x9c, 0] => (file.clone(), 0x9000),
        _ => (Vec::new(), 0x6a82),
    };
    let by_name = |(instruction, data): Asked| match (instruction, data.as_slice()) {
        ([0xa4, 0x02, 0x0c], [0x01, 0x1c]) => (Vec::new(), 0x9000),
        ([0xb0, 0, 0], _) => (file.clone(), 0x6282),
        _ => (Vec::new(), 0x6a86),
    };
    let read = |chip: &mut Opened<'_, '_>| chip.read_authorities(EfCvca::default());
    let expected = Ok(vec![b"VNCVCA00001".to_vec()]);
    assert_eq!(with_chip(by_short, read).0, expected);
    assert_eq!(with_chip(by_name, read).0, expected);
    assert_eq!(with_chip(|_| (Vec::new(), 0x6a82), read).0, Ok(Vec::new()));
}
