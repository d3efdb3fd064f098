//! Exchanges of chip authentication made by OpenSSL and RustCrypto, judged by us.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::Cipher;

use super::*;
use crate::lds::chip_keys::testing::{BRAINPOOL, Domain, Pair, infos, protocol};
use CheckResult::NotPerformed;

const COVERED: Coverage = Coverage {
    path: true,
    dg14: true,
    dg15: true,
};

/// The last arc of the protocol: 1 is 3DES, 2 to 4 AES.
fn mac_key(secret: &[u8], cipher: u8) -> Vec<u8> {
    let (digest, length) = match cipher {
        1 | 2 => (MessageDigest::sha1(), 16),
        3 => (MessageDigest::sha256(), 24),
        _ => (MessageDigest::sha256(), 32),
    };
    let input = [secret, &[0, 0, 0, 2]].concat();
    hash(digest, &input).unwrap()[..length].to_vec()
}

fn mac(key: &[u8], cipher: u8, counter: u8, message: &[u8]) -> Vec<u8> {
    let block = if cipher == 1 { 8 } else { 16 };
    let mut input = vec![0; block - 1];
    input.push(counter);
    input.extend_from_slice(message);
    input.push(0x80);
    while !input.len().is_multiple_of(block) {
        input.push(0);
    }
    if cipher == 1 {
        use retail_mac::{KeyInit, Mac};
        let mut mac = <retail_mac::RetailMac<des::Des> as KeyInit>::new_from_slice(key).unwrap();
        mac.update(&input);
        return mac.finalize().into_bytes().to_vec();
    }
    let aes = match key.len() {
        16 => Cipher::aes_128_cbc(),
        24 => Cipher::aes_192_cbc(),
        _ => Cipher::aes_256_cbc(),
    };
    let key = PKey::cmac(&aes, key).unwrap();
    let mut signer = Signer::new_without_digest(&key).unwrap();
    signer.update(&input).unwrap();
    signer.sign_to_vec().unwrap()[..8].to_vec()
}

/// A protected response with some data.
fn response(key: &[u8], cipher: u8, counter: u8) -> Vec<u8> {
    let data = [&[0x87, 0x11, 0x01][..], &[0x5a; 16]].concat();
    let objects = [&data[..], &[0x99, 0x02, 0x90, 0x00]].concat();
    let mac = mac(key, cipher, counter, &objects);
    [&objects[..], &[0x8e, 0x08], &mac, &[0x90, 0x00]].concat()
}

/// A chip, our key, and what the chip says under the new keys.
struct Run {
    infos: SecurityInfos,
    arcs: (u8, u8),
    ephemeral: Pair,
    key: Vec<u8>,
}

impl Run {
    fn new(domain: Domain, cipher: u8) -> Self {
        let chip = Pair::generate(domain);
        let ephemeral = Pair::generate(domain);
        let arcs = (chip.arc(), cipher);
        let set = infos(&[
            protocol(arcs.0, cipher, 1, None),
            chip.info(&chip.public, None),
        ]);
        Self {
            infos: SecurityInfos::parse(&set).unwrap(),
            arcs,
            // The chip's own side of the agreement.
            key: mac_key(&chip.secret(&ephemeral.public), cipher),
            ephemeral,
        }
    }

    fn answered(&self, response: Vec<u8>) -> ChipAuthentication {
        ChipAuthentication::Answered {
            protocol: format!("0.4.0.127.0.7.2.2.3.{}.{}", self.arcs.0, self.arcs.1),
            key_id: None,
            ephemeral_key: self.ephemeral.private.clone().into(),
            response: response.into(),
        }
    }

    fn judge(&self, exchange: ChipAuthentication, coverage: Coverage) -> Check {
        let evidence = Evidence {
            chip_authentication: exchange,
            ..Evidence::default()
        };
        judge(&evidence, true, Some(&Ok(self.infos.clone())), coverage)
    }
}

#[test]
fn a_chip_with_its_key_proves_itself_in_every_group_and_cipher() {
    for domain in [
        BRAINPOOL,
        Domain::Curve(Nid::SECP384R1),
        Domain::Curve(Nid::SECP521R1),
        Domain::Modp(0, false),
        Domain::Modp(1, true),
        Domain::Modp(2, false),
    ] {
        for cipher in 1..=4 {
            let run = Run::new(domain, cipher);
            let good = run.answered(response(&run.key, cipher, 2));
            let check = run.judge(good, COVERED);
            assert_eq!(check.result, Successful, "{domain:?} {cipher}");
        }
    }
}

#[test]
fn a_chip_without_its_key_is_a_clone() {
    for cipher in 1..=4 {
        let run = Run::new(BRAINPOOL, cipher);
        let good = response(&run.key, cipher, 2);
        let other = mac_key(b"another secret", cipher);
        let old = mac_key(b"the keys of the session before", 1);
        let changed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = good.clone();
            change(&mut bytes);
            run.answered(bytes)
        };
        let mut other_ephemeral = run.answered(good.clone());
        if let ChipAuthentication::Answered { ephemeral_key, .. } = &mut other_ephemeral {
            *ephemeral_key.last_mut().unwrap() ^= 1;
        }
        let mut no_ephemeral = run.answered(good.clone());
        if let ChipAuthentication::Answered { ephemeral_key, .. } = &mut no_ephemeral {
            ephemeral_key.clear();
        }
        let mut foreign = run.answered(good.clone());
        if let ChipAuthentication::Answered { protocol, .. } = &mut foreign {
            protocol.push_str(".1");
        }
        let mut other_number = run.answered(good.clone());
        if let ChipAuthentication::Answered { key_id, .. } = &mut other_number {
            *key_id = Some(7);
        }
        let end = good.len();
        for (name, exchange) in [
            ("clone-no-ca-key", ChipAuthentication::Refused(0x6300)),
            ("clone-no-ca-key", ChipAuthentication::Refused(0x6a88)),
            (
                "clone-no-ca-key: another key",
                run.answered(response(&other, cipher, 2)),
            ),
            (
                "clone-ca-ok-then-old-keys",
                run.answered(response(&old, 1, 9)),
            ),
            ("sm-3des-after-aes-ca", run.answered(response(&old, 1, 2))),
            ("plain", run.answered(vec![0x90, 0x00])),
            (
                "plain with data",
                run.answered(vec![0x61, 0x00, 0x90, 0x00]),
            ),
            ("plain refusal", run.answered(vec![0x69, 0x88])),
            ("nothing", run.answered(Vec::new())),
            (
                "another counter",
                run.answered(response(&run.key, cipher, 1)),
            ),
            (
                "another counter",
                run.answered(response(&run.key, cipher, 4)),
            ),
            ("a bit of the MAC", changed(&|bytes| bytes[end - 3] ^= 1)),
            ("a bit of the data", changed(&|bytes| bytes[5] ^= 1)),
            (
                "a bit of the status",
                changed(&|bytes| bytes[end - 13] ^= 1),
            ),
            (
                "a short MAC",
                changed(&|bytes| {
                    bytes[end - 11] = 4;
                    bytes.drain(end - 6..end - 2);
                }),
            ),
            (
                "bytes after the MAC",
                changed(&|bytes| {
                    bytes.splice(end - 2..end - 2, [0, 0]);
                }),
            ),
            ("no MAC", changed(&|bytes| bytes.truncate(end - 12))),
            ("another ephemeral key", other_ephemeral),
            ("no ephemeral key", no_ephemeral),
            ("a protocol that DG14 does not hold", foreign),
            ("a key that DG14 does not hold", other_number),
        ] {
            let check = run.judge(exchange, COVERED);
            let met = (check.result, check.reason);
            let clone = (Failed, Some(reason::CHIP_CLONE_CA_FAILED));
            assert_eq!(met, clone, "{name}, cipher {cipher}");
        }
    }
}

#[test]
fn only_signed_keys_count() {
    let run = Run::new(BRAINPOOL, 2);
    let good = || run.answered(response(&run.key, 2, 2));
    let hash_bad = Coverage {
        dg14: false,
        ..COVERED
    };
    let unknown_issuer = Coverage {
        path: false,
        ..COVERED
    };
    for (name, exchange, coverage, result) in [
        ("ca-key-replaced", good(), hash_bad, NotPerformed),
        (
            "ca-key-replaced, and refused",
            ChipAuthentication::Refused(0x6300),
            hash_bad,
            NotPerformed,
        ),
        ("csca-unknown", good(), unknown_issuer, NotPerformed),
        (
            "nobody asked",
            ChipAuthentication::NotTried,
            COVERED,
            NotPerformed,
        ),
        (
            "the link broke",
            ChipAuthentication::Aborted(reason::CARD_REMOVED),
            COVERED,
            Aborted,
        ),
    ] {
        assert_eq!(run.judge(exchange, coverage).result, result, "{name}");
    }
}

#[test]
fn broken_keys_are_told_apart() {
    let chip = Pair::generate(BRAINPOOL);
    let mut off = chip.public.clone();
    *off.last_mut().unwrap() ^= 1;
    let dh = Pair::generate(Domain::Modp(2, false));
    let key = |id| chip.info(&chip.public, id);
    for (name, parts, result, why) in [
        (
            "ca-key-ref-unknown",
            vec![protocol(2, 2, 1, Some(9)), key(None)],
            Undetermined,
            Some(reason::DG14_MALFORMED),
        ),
        (
            "ca-version-wrong",
            vec![protocol(2, 2, 0x63, None), key(None)],
            Undetermined,
            Some(reason::DG14_MALFORMED),
        ),
        (
            "ca-key-off-curve",
            vec![protocol(2, 2, 1, None), chip.info(&off, None)],
            Failed,
            Some(reason::DOMAIN_PARAMS_FORGED),
        ),
        (
            "ca-dh-small-subgroup",
            vec![protocol(1, 2, 1, None), dh.info(&[1], None)],
            Failed,
            Some(reason::DOMAIN_PARAMS_FORGED),
        ),
        (
            "an unknown cipher",
            vec![protocol(2, 9, 1, None), key(None)],
            Undetermined,
            Some(reason::ALGORITHM_UNSUPPORTED),
        ),
        ("nothing is offered", vec![], NotSupported, None),
    ] {
        let infos = SecurityInfos::parse(&infos(&parts)).unwrap();
        let evidence = Evidence {
            chip_authentication: ChipAuthentication::NoKey,
            ..Evidence::default()
        };
        let check = judge(&evidence, true, Some(&Ok(infos)), COVERED);
        assert_eq!((check.result, check.reason), (result, why), "{name}");
    }
}

/// Published vectors of 3DES secure messaging end in another counter; the parts are fixed here.
#[test]
fn a_response_is_taken_apart_strictly() {
    for (text, whole) in [
        ("990290008E081122334455667788 9000", true),
        ("8701019902 90008E081122334455667788 9000", true),
        ("8501 01 990290008E081122334455667788 9000", true),
        ("9000", false),
        ("", false),
        ("90", false),
        ("8E081122334455667788 9000", false),
        ("99029000 9000", false),
        ("99029000 99029000 8E081122334455667788 9000", false),
        ("99029000 870101 8E081122334455667788 9000", false),
        ("870101 870101 99029000 8E081122334455667788 9000", false),
        ("990190 8E081122334455667788 9000", false),
        ("99029000 8E0711223344556677 9000", false),
        ("99029000 8E081122334455667788 00 9000", false),
        ("99029000 8E09112233445566778899 9000", false),
        ("99029000 8E081122 9000", false),
    ] {
        let bytes = hex::decode(text.replace(' ', "")).unwrap();
        assert_eq!(protected(&bytes).is_some(), whole, "{text}");
    }
}
