//! Blocks of EMSA-PSS that are not as RFC 8017, 9.1.2 wants them, each signed by the key.

use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::Scheme;
use num_bigint::BigUint;

use crate::HASHES;
use crate::dice::{Dice, wide};
use crate::encoding::{Pss, digest_info, pkcs1};
use crate::rsa_keys::{RsaPair, keys};

const MESSAGE: &[u8] = b"signed attributes";

fn scheme(hash: HashAlgorithm, salt: usize) -> Scheme {
    let salt = u16::try_from(salt).unwrap();
    Scheme::RsaPss { hash, salt }
}

/// The keys with which a hash and a salt of its length fit.
fn fitting(hash: HashAlgorithm) -> impl Iterator<Item = &'static RsaPair> {
    let needed = 2 * hash.length() + 2;
    let fits = move |pair: &&RsaPair| (pair.bits() - 1).div_ceil(8) >= needed + 16;
    keys().iter().filter(fits)
}

#[test]
fn blocks_that_are_not_as_pss_says_are_refused() {
    for hash in HASHES {
        let other = if hash == HashAlgorithm::Sha256 {
            HashAlgorithm::Sha1
        } else {
            HashAlgorithm::Sha256
        };
        for pair in fitting(hash) {
            let salt = Dice::new("a salt").bytes(hash.length());
            let right = || Pss::right(hash, &salt);
            let held = |pss: &Pss, message: &[u8]| {
                let block = pss.encode(message, pair.bits()).unwrap();
                (BigUint::from_bytes_be(&block) < pair.n).then(|| {
                    let signature = pair.raise(&block);
                    let ours = pair.ours(scheme(hash, salt.len()), MESSAGE, &signature);
                    let theirs = pair.theirs(scheme(hash, salt.len()), MESSAGE, &signature);
                    assert_eq!(ours, theirs);
                    ours
                })
            };
            assert_eq!(held(&right(), MESSAGE), Some(true));
            let short = &salt[1..];
            let long = [&salt[..], &[0]].concat();
            let list = [
                (
                    "trailer CC",
                    Pss {
                        trailer: 0xcc,
                        ..right()
                    },
                ),
                (
                    "trailer 33 CC of X9.31",
                    Pss {
                        trailer: 0x33,
                        ..right()
                    },
                ),
                (
                    "trailer 0",
                    Pss {
                        trailer: 0,
                        ..right()
                    },
                ),
                (
                    "mask by another hash",
                    Pss {
                        mask: other,
                        ..right()
                    },
                ),
                (
                    "another hash",
                    Pss {
                        hash: other,
                        ..right()
                    },
                ),
                (
                    "no separator",
                    Pss {
                        separator: 0,
                        ..right()
                    },
                ),
                (
                    "separator 2",
                    Pss {
                        separator: 2,
                        ..right()
                    },
                ),
                (
                    "padding 1",
                    Pss {
                        padding: 1,
                        ..right()
                    },
                ),
                (
                    "padding FF",
                    Pss {
                        padding: 0xff,
                        ..right()
                    },
                ),
                (
                    "a shorter salt",
                    Pss {
                        salt: short,
                        ..right()
                    },
                ),
                (
                    "a longer salt",
                    Pss {
                        salt: &long,
                        ..right()
                    },
                ),
                (
                    "no salt",
                    Pss {
                        salt: &[],
                        ..right()
                    },
                ),
            ];
            for (name, pss) in list {
                let bits = pair.bits();
                assert_ne!(
                    held(&pss, MESSAGE),
                    Some(true),
                    "{bits} bits, {hash:?}: {name}"
                );
            }
            assert_ne!(held(&right(), b"another message"), Some(true));
        }
    }
}

/// The bits above the block must be zero (9.1.2, step 6); the number is below the modulus all the
/// same for some salt.
#[test]
fn bits_above_the_block_are_refused() {
    let hash = HashAlgorithm::Sha256;
    let mut dice = Dice::new("salts");
    for pair in fitting(hash).filter(|pair| pair.bits() % 8 != 1) {
        let refused = (0..64).filter(|_| {
            let salt = dice.bytes(hash.length());
            let right = Pss::right(hash, &salt);
            let kept = Pss {
                clear: false,
                ..Pss::right(hash, &salt)
            };
            let (right, kept) = (
                right.encode(MESSAGE, pair.bits()).unwrap(),
                kept.encode(MESSAGE, pair.bits()).unwrap(),
            );
            if right == kept || BigUint::from_bytes_be(&kept) >= pair.n {
                return false;
            }
            assert!(!pair.ours(scheme(hash, 32), MESSAGE, &pair.raise(&kept)));
            true
        });
        assert!(refused.count() > 0, "{} bits", pair.bits());
    }
}

/// OpenSSL takes a signature whose zeros in front were left out; RFC 8017, 8.1.2, step 1 does not.
#[test]
fn zeros_in_front_are_part_of_a_signature() {
    let hash = HashAlgorithm::Sha256;
    for pair in [&keys()[0], &keys()[1]] {
        let mut dice = Dice::new("signatures");
        let signature = (0..)
            .map(|_| {
                let salt = dice.bytes(32);
                let block = Pss::right(hash, &salt).encode(MESSAGE, pair.bits());
                pair.raise(&block.unwrap())
            })
            .find(|signature| signature[0] == 0)
            .unwrap();
        let scheme = scheme(hash, 32);
        assert!(pair.ours(scheme, MESSAGE, &signature));
        assert!(!pair.ours(scheme, MESSAGE, &signature[1..]));
        assert!(!pair.ours(scheme, MESSAGE, &[&[0], &signature[..]].concat()));
    }
}

#[test]
fn numbers_that_need_no_key_are_no_signatures() {
    for pair in keys() {
        let length = pair.length();
        for hash in HASHES {
            for salt in [0, hash.length(), 1000] {
                let number = |number: BigUint| wide(&number, length);
                for (name, signature) in [
                    ("all zero", vec![0; length]),
                    ("1", number(BigUint::from(1_u32))),
                    ("BC", number(BigUint::from(0xbc_u32))),
                    ("n - 1", number(&pair.n - 1_u32)),
                    ("n", number(pair.n.clone())),
                    ("all bits", vec![0xff; length]),
                    ("nothing", Vec::new()),
                    ("one zero", vec![0]),
                ] {
                    let held = pair.ours(scheme(hash, salt), MESSAGE, &signature);
                    assert!(!held, "{hash:?}, {salt}: {name}");
                }
            }
        }
    }
}

/// A salt that does not fit the modulus (step 3) makes every signature a wrong one, and no fault.
#[test]
fn a_salt_that_does_not_fit_is_refused() {
    for pair in keys() {
        for hash in HASHES {
            let block = (pair.bits() - 1).div_ceil(8);
            let most = block.saturating_sub(hash.length() + 2);
            let salt = Dice::new("the longest salt").bytes(most);
            let Some(encoded) = Pss::right(hash, &salt).encode(MESSAGE, pair.bits()) else {
                continue;
            };
            let signature = pair.raise(&encoded);
            assert!(pair.ours(scheme(hash, most), MESSAGE, &signature));
            for salt in [most + 1, block, 0x7fff, 0xffff] {
                assert!(
                    !pair.ours(scheme(hash, salt), MESSAGE, &signature),
                    "{salt}"
                );
            }
        }
    }
}

/// A signature of one padding is none of the other.
#[test]
fn the_paddings_are_not_exchanged() {
    let hash = HashAlgorithm::Sha256;
    for pair in fitting(hash) {
        let salt = Dice::new("a salt").bytes(32);
        let pss = pair.raise(
            &Pss::right(hash, &salt)
                .encode(MESSAGE, pair.bits())
                .unwrap(),
        );
        let old = pair.raise(&pkcs1(&digest_info(hash, MESSAGE), pair.length()));
        assert!(pair.ours(scheme(hash, 32), MESSAGE, &pss));
        assert!(pair.ours(Scheme::RsaPkcs1(hash), MESSAGE, &old));
        assert!(!pair.ours(scheme(hash, 32), MESSAGE, &old));
        assert!(!pair.ours(Scheme::RsaPkcs1(hash), MESSAGE, &pss));
    }
}
