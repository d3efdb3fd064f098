//! A small terminal: basic access, protected commands, and responses taken apart without trust.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]

pub mod pace;

use cccd_sim::crypto::suite::{SecretKey, Suite};
use cccd_sim::crypto::{kdf, pad, tdes};
use cccd_sim::tlv::{self, object};
use cccd_sim::{Persona, Reply, SeededRandom, SimCard, defect};
use time::OffsetDateTime;
use time::macros::datetime;

pub const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

/// SELECT of the application.
pub const SELECT: [u8; 12] = [
    0x00, 0xA4, 0x04, 0x0C, 7, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01,
];

pub fn card(persona: &Persona, defects: &[&str]) -> SimCard {
    let defects: Vec<_> = defects.iter().map(|id| defect(id).unwrap()).collect();
    let random = Box::new(SeededRandom::new("common"));
    SimCard::new(persona, &defects, random, NOW).unwrap()
}

pub fn exchange(card: &mut SimCard, command: &[u8]) -> Vec<u8> {
    match card.handle(command) {
        Reply::Answer(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// A terminal with an open session.
pub struct Terminal {
    pub card: SimCard,
    encryption: SecretKey,
    authentication: SecretKey,
    counter: u128,
}

/// What a protected response was found to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Intact: plain data and status word.
    Intact(Vec<u8>, u16),
    /// The checksum does not fit.
    ChecksumWrong,
    /// An object is missing.
    Missing,
    /// An object is not what it should be.
    Malformed,
    /// No padding.
    PaddingWrong,
    /// DO99 and the outer status word differ.
    StatusDiffers,
    /// No secure messaging at all.
    Plain(Vec<u8>),
}

impl Terminal {
    /// Selects the application and runs basic access with the persona's printed data.
    pub fn open(persona: &Persona, defects: &[&str]) -> Self {
        Self::open_card(card(persona, defects), &persona.access_information())
    }

    pub fn open_card(mut card: SimCard, information: &str) -> Self {
        let select = hex::decode("00A4040C07A0000002471001").unwrap();
        assert_eq!(exchange(&mut card, &select), [0x90, 0x00]);
        let challenge = exchange(&mut card, &[0x00, 0x84, 0x00, 0x00, 0x08]);
        let (enc, mac) = kdf::tdes_keys(&kdf::access_seed(information));
        let own = [[0x11; 8].to_vec(), challenge[..8].to_vec(), vec![0x22; 16]].concat();
        let cryptogram = tdes::encrypt(&enc, &own).unwrap();
        let checksum = tdes::retail_mac(&mac, &cryptogram).unwrap();
        let header = [0x00, 0x82, 0x00, 0x00, 0x28];
        let command = [&header[..], &cryptogram, &checksum, &[0x28]].concat();
        let answer = exchange(&mut card, &command);
        assert_eq!(answer.len(), 42, "{}", hex::encode(&answer));
        assert_eq!(
            tdes::retail_mac(&mac, &answer[..32]).unwrap(),
            answer[32..40]
        );
        let r = tdes::decrypt(&enc, &answer[..32]).unwrap();
        assert_eq!((&r[..8], &r[8..16]), (&challenge[..8], &[0x11; 8][..]));
        let seed: Vec<u8> = r[16..].iter().map(|byte| byte ^ 0x22).collect();
        let counter = [&challenge[4..8], &[0x11; 4]].concat();
        let counter = u64::from_be_bytes(counter.try_into().unwrap());
        Self {
            card,
            encryption: Suite::TripleDes.derive(&seed, 1),
            authentication: Suite::TripleDes.derive(&seed, 2),
            counter: counter.into(),
        }
    }

    /// A session under the keys of a shared secret, the counter at zero.
    pub fn under(card: SimCard, suite: Suite, secret: &[u8]) -> Self {
        Self {
            card,
            encryption: suite.derive(secret, 1),
            authentication: suite.derive(secret, 2),
            counter: 0,
        }
    }

    /// Goes on under the keys of a shared secret, the counter at zero.
    pub fn change_keys(&mut self, suite: Suite, secret: &[u8]) {
        self.encryption = suite.derive(secret, 1);
        self.authentication = suite.derive(secret, 2);
        self.counter = 0;
    }

    /// Keys and counter as they stand.
    pub fn keys(&self) -> (SecretKey, SecretKey, u128) {
        (
            self.encryption.clone(),
            self.authentication.clone(),
            self.counter,
        )
    }

    /// Goes back to such keys.
    pub fn take_keys(
        &mut self,
        (encryption, authentication, counter): (SecretKey, SecretKey, u128),
    ) {
        self.encryption = encryption;
        self.authentication = authentication;
        self.counter = counter;
    }

    /// The counter goes up by one, as before a command.
    pub fn counted_on(&mut self) {
        self.counter += 1;
    }

    fn block(&self) -> usize {
        self.encryption.suite().block()
    }

    fn counted(&self) -> Vec<u8> {
        let bytes = self.counter.to_be_bytes();
        bytes[16 - self.block()..].to_vec()
    }

    fn encrypted(&self, data: &[u8]) -> Vec<u8> {
        let vector = self.encryption.vector(&self.counted()).unwrap();
        let padded = pad::pad(data, self.block());
        self.encryption.encrypt(&vector, &padded).unwrap()
    }

    /// Protects a command.
    pub fn seal(
        &mut self,
        [ins, p1, p2]: [u8; 3],
        data: &[u8],
        le: &[u8],
        extended: bool,
    ) -> Vec<u8> {
        self.counter += 1;
        let mut objects = Vec::new();
        if !data.is_empty() {
            let cryptogram = self.encrypted(data);
            objects.extend(if ins & 1 == 1 {
                object(0x85, &cryptogram)
            } else {
                object(0x87, &[vec![1], cryptogram].concat())
            });
        }
        if !le.is_empty() {
            objects.extend(object(0x97, le));
        }
        let header = [0x0C, ins, p1, p2];
        let input = [
            self.counted(),
            pad::pad(&header, self.block()),
            objects.clone(),
        ]
        .concat();
        objects.extend(object(0x8E, &self.authentication.checksum(&input).unwrap()));
        let length = u16::try_from(objects.len()).unwrap().to_be_bytes();
        if extended {
            [&header[..], &[0], &length, &objects, &[0, 0]].concat()
        } else {
            [&header[..], &[length[1]], &objects, &[0]].concat()
        }
    }

    /// Takes a response apart.
    pub fn found(&mut self, response: &[u8]) -> Found {
        self.counter += 1;
        let (body, outer) = response.split_at(response.len() - 2);
        if !matches!(body.first(), Some(0x87 | 0x85 | 0x99)) {
            return Found::Plain(response.to_vec());
        }
        let Some(objects) = tlv::split(body) else {
            return Found::Malformed;
        };
        let tags: Vec<u32> = objects.iter().map(|object| object.tag).collect();
        match tags.as_slice() {
            [0x87 | 0x85, 0x99, 0x8E] | [0x99, 0x8E] => {}
            _ if !tags.contains(&0x8E) && !tags.contains(&0x99) => {
                return Found::Plain(response.to_vec());
            }
            [0x87, 0x8E] | [0x87, 0x99] => return Found::Missing,
            _ => return Found::Malformed,
        }
        let covered: Vec<u8> = objects
            .iter()
            .take_while(|object| object.tag != 0x8E)
            .flat_map(|object| object.bytes.to_vec())
            .collect();
        let input = [self.counted(), covered].concat();
        let expected = self.authentication.checksum(&input).unwrap();
        if tlv::find(&objects, 0x8E) != Some(&expected[..]) {
            return Found::ChecksumWrong;
        }
        let inner = tlv::find(&objects, 0x99).unwrap();
        if inner != outer {
            return Found::StatusDiffers;
        }
        let mut data = Vec::new();
        let cryptogram = match (tlv::find(&objects, 0x87), tlv::find(&objects, 0x85)) {
            (Some([1, rest @ ..]), _) => rest,
            (Some(_), _) => return Found::Malformed,
            (None, Some(rest)) => rest,
            (None, None) => &[],
        };
        if !cryptogram.is_empty() {
            let vector = self.encryption.vector(&self.counted()).unwrap();
            let padded = self.encryption.decrypt(&vector, cryptogram).unwrap();
            match pad::unpad(&padded) {
                Some(plain) => data = plain.to_vec(),
                None => return Found::PaddingWrong,
            }
        }
        Found::Intact(data, u16::from_be_bytes(outer.try_into().unwrap()))
    }

    /// One short protected command.
    pub fn send(&mut self, parameters: [u8; 3], data: &[u8], le: &[u8]) -> Found {
        let command = self.seal(parameters, data, le, false);
        let response = exchange(&mut self.card, &command);
        self.found(&response)
    }

    /// READ BINARY by short identifier.
    pub fn read(&mut self, short: u8, offset: u8, le: u8) -> Found {
        self.send([0xB0, 0x80 | short, offset], &[], &[le])
    }
}
