//! Blocks of PKCS#1 v1.5 that a lenient parser takes (RFC 8017, 8.2.2 and 9.2): for each hash, so
//! that ring and OpenSSL are both asked.

use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::{PublicKey, Scheme, SignatureError, verify};
use num_bigint::BigUint;

use crate::HASHES;
use crate::dice::wide;
use crate::ecdsa_changes::object;
use crate::encoding::{digest_info, identifier, pkcs1};
use crate::rsa_keys::{RsaPair, key, keys};

const MESSAGE: &[u8] = b"certificate to be signed";

/// Blocks that the owner of the key signed, and that are none.
fn blocks(key: &RsaPair, hash: HashAlgorithm) -> Vec<(&'static str, Vec<u8>)> {
    let length = key.length();
    let good = digest_info(hash, MESSAGE);
    let digest = hash.digest(MESSAGE);
    let (id, value) = (identifier(hash), object(4, &digest));
    let info = |parameters: &[u8]| {
        let algorithm = object(0x30, &[&id, parameters].concat());
        object(0x30, &[&algorithm, &value[..]].concat())
    };
    let with_id = |id: &[u8]| {
        let algorithm = object(0x30, &[id, &[5, 0]].concat());
        object(0x30, &[&algorithm, &value[..]].concat())
    };
    let other = if hash == HashAlgorithm::Sha256 {
        HashAlgorithm::Sha384
    } else {
        HashAlgorithm::Sha256
    };
    // A length in one byte more than it needs.
    let algorithm = object(0x30, &[&id[..], &[5, 0]].concat());
    let long = |object: &[u8]| [&[object[0], 0x81], &object[1..]].concat();
    let long_outer = long(&good);
    let long_algorithm = object(0x30, &[long(&algorithm), value.clone()].concat());
    let long_digest = object(0x30, &[algorithm.clone(), long(&value)].concat());
    let long_null = info(&[5, 0x81, 0]);
    let indefinite = [&[0x30, 0x80][..], &algorithm, &value, &[0, 0]].concat();
    let in_pieces = object(
        0x30,
        &[algorithm.clone(), object(0x24, &object(4, &digest))].concat(),
    );
    let more = object(0x30, &[&algorithm, &value[..], &[5, 0]].concat());
    let padded = |change: fn(&mut Vec<u8>)| {
        let mut block = pkcs1(&good, length);
        change(&mut block);
        block
    };
    // 00 01 FF×8 00 info, and garbage to the end (Bleichenbacher, 2006).
    let garbage = |padding: usize| {
        let mut block = [&[0, 1][..], &vec![0xff; padding], &[0], &good].concat();
        block.resize(length, 0xa5);
        block
    };
    let garbage_in = {
        let filler = object(4, &vec![0xa5; length - good.len() - 20]);
        let algorithm = object(0x30, &[&id[..], &filler].concat());
        pkcs1(&object(0x30, &[algorithm, value.clone()].concat()), length)
    };
    let infos = [
        ("no NULL", info(&[])),
        ("an empty SEQUENCE for NULL", info(&[0x30, 0])),
        ("NULL with content", info(&[5, 1, 0])),
        ("NULL twice", info(&[5, 0, 5, 0])),
        (
            "the identifier of another hash",
            with_id(&identifier(other)),
        ),
        ("no identifier", with_id(&[])),
        ("a wrong identifier", with_id(&object(6, &[0x2a, 3, 4]))),
        ("another message", digest_info(hash, b"other")),
        ("another hash", digest_info(other, MESSAGE)),
        ("the digest alone", digest.clone()),
        ("its OCTET STRING alone", value.clone()),
        ("a long length of all", long_outer),
        ("a long length of the algorithm", long_algorithm),
        ("a long length of the digest", long_digest),
        ("a long length of NULL", long_null),
        ("indefinite length", indefinite),
        ("the digest in pieces", in_pieces),
        ("NULL at its end", more),
        ("a byte after it", [&good[..], &[0]].concat()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("nothing", Vec::new()),
    ]
    .map(|(name, info)| (name, pkcs1(&info, length)));
    let mut all = infos.to_vec();
    all.extend([
        ("garbage after 8 bytes of padding", garbage(8)),
        ("garbage after 16 bytes of padding", garbage(16)),
        ("garbage and no padding", garbage(0)),
        ("garbage in the parameters", garbage_in),
        ("type 0", padded(|block| block[1] = 0)),
        ("type 2", padded(|block| block[1] = 2)),
        ("a first byte of 1", padded(|block| block[0] = 1)),
        ("a byte of padding is FE", padded(|block| block[9] = 0xfe)),
        ("a byte of padding is 0", padded(|block| block[2] = 0)),
        ("the last byte of padding is 0", {
            let mut block = pkcs1(&good, length);
            block[length - good.len() - 2] = 0;
            block
        }),
        ("no zero before the digest", {
            let mut block = pkcs1(&good, length);
            block[length - good.len() - 1] = 0xff;
            block
        }),
        ("zeros for padding", {
            let mut block = vec![0; length - good.len()];
            block[1] = 1;
            [block, good.clone()].concat()
        }),
        ("all zero", vec![0; length]),
    ]);
    let n = &key.n;
    all.retain(|(_, block)| BigUint::from_bytes_be(block) < *n);
    all
}

#[test]
fn blocks_that_only_look_like_pkcs1_are_refused() {
    for pair in [key(3), key(65_537), &keys()[0]] {
        for hash in HASHES {
            let scheme = Scheme::RsaPkcs1(hash);
            let good = pkcs1(&digest_info(hash, MESSAGE), pair.length());
            assert!(pair.ours(scheme, MESSAGE, &pair.raise(&good)));
            let list = blocks(pair, hash);
            assert!(list.len() > 25);
            for (name, block) in list {
                let signature = pair.raise(&block);
                let (ours, theirs) = (
                    pair.ours(scheme, MESSAGE, &signature),
                    pair.theirs(scheme, MESSAGE, &signature),
                );
                let bits = pair.bits();
                assert!(
                    !ours && !theirs,
                    "{bits} bits, {hash:?}: {name}: {ours} {theirs}"
                );
            }
        }
    }
}

/// What somebody without the private key makes for e = 3 (CVE-2006-4339).
#[test]
fn a_cube_root_is_no_signature() {
    for pair in [key(3), &keys()[0]] {
        let digest = HashAlgorithm::Sha256.digest(MESSAGE);
        let forged = cccd_sim::crypto::rsa::forged_pkcs1(pair.length(), &digest).unwrap();
        let cube = BigUint::from_bytes_be(&forged).pow(3);
        let begins = [&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0][..]].concat();
        assert!(cube < pair.n && cube.to_bytes_be().starts_with(&begins));
        let scheme = Scheme::RsaPkcs1(HashAlgorithm::Sha256);
        assert!(!pair.ours(scheme, MESSAGE, &forged));
    }
}

/// Numbers that need no key, and good signatures in another form.
#[test]
fn numbers_and_lengths_that_are_none() {
    for pair in keys() {
        for hash in HASHES {
            let scheme = Scheme::RsaPkcs1(hash);
            let length = pair.length();
            let good = pair.raise(&pkcs1(&digest_info(hash, MESSAGE), length));
            let s = BigUint::from_bytes_be(&good);
            let number = |number: &BigUint| wide(number, length);
            for (name, signature) in [
                ("0", vec![0; length]),
                ("1", number(&BigUint::from(1_u32))),
                ("n - 1", number(&(&pair.n - 1_u32))),
                ("n", number(&pair.n)),
                ("s + n", number(&(&s + &pair.n))),
                ("n - s", number(&(&pair.n - &s))),
                (
                    "the block itself",
                    pkcs1(&digest_info(hash, MESSAGE), length),
                ),
                ("a zero before it", [&[0], &good[..]].concat()),
                ("a zero after it", [&good[..], &[0]].concat()),
                ("one byte short", good[1..].to_vec()),
                ("one byte cut", good[..length - 1].to_vec()),
                ("nothing", Vec::new()),
            ] {
                assert!(!pair.ours(scheme, MESSAGE, &signature), "{hash:?}: {name}");
            }
        }
    }
}

/// A signature that begins with zeros keeps them.
#[test]
fn zeros_in_front_are_part_of_a_signature() {
    let pair = &keys()[0];
    let scheme = Scheme::RsaPkcs1(HashAlgorithm::Sha1);
    let (message, signature) = (0_u32..)
        .map(|number| {
            let message = number.to_be_bytes();
            let info = digest_info(HashAlgorithm::Sha1, &message);
            (message, pair.raise(&pkcs1(&info, pair.length())))
        })
        .find(|(_, signature)| signature[0] == 0)
        .unwrap();
    assert!(pair.ours(scheme, &message, &signature));
    assert!(!pair.ours(scheme, &message, &signature[1..]));
}

#[test]
fn numbers_that_are_no_key_are_told_from_a_wrong_signature() {
    let pair = key(65_537);
    let n = pair.n.to_bytes_be();
    let e = vec![1, 0, 1];
    let even = (&pair.n - 1_u32).to_bytes_be();
    for (name, modulus, exponent) in [
        ("an even modulus", even, e.clone()),
        ("no modulus", Vec::new(), e),
        ("e is 1", n.clone(), vec![1]),
        ("e is even", n.clone(), vec![2]),
        ("e is 0", n.clone(), vec![0]),
        ("no e", n.clone(), Vec::new()),
        ("e of nine bytes", n, vec![1; 9]),
    ] {
        let key = PublicKey::Rsa { modulus, exponent };
        for scheme in [
            Scheme::RsaPkcs1(HashAlgorithm::Sha256),
            Scheme::RsaPkcs1(HashAlgorithm::Sha1),
            Scheme::RsaPss {
                hash: HashAlgorithm::Sha256,
                salt: 32,
            },
        ] {
            let met = verify(&key, scheme, MESSAGE, &[1; 256]);
            assert_eq!(met, Err(SignatureError::KeyInvalid), "{name}, {scheme:?}");
        }
    }
}
