//! Changed RSA signatures, with every hash and several salts: two libraries, one verdict.

use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::Scheme;
use num_bigint::BigUint;

use crate::dice::{Dice, wide};
use crate::ecdsa_changes::chances;
use crate::encoding::{Pss, digest_info, pkcs1};
use crate::rsa_keys::{RsaPair, keys};
use crate::{HASHES, share_out};

const MESSAGE: &[u8] = b"the signed attributes of a security object";

fn agree(key: &RsaPair, scheme: Scheme, message: &[u8], signature: &[u8], what: &str) -> bool {
    let ours = key.ours(scheme, message, signature);
    let theirs = key.theirs(scheme, message, signature);
    let (bits, shown) = (key.bits(), hex::encode(signature));
    assert_eq!(ours, theirs, "{bits} bits, {scheme:?}, {what}: {shown}");
    ours
}

/// The schemes with one hash: salts of no byte, of the usual and of odd lengths, and the longest.
fn schemes(key: &RsaPair, hash: HashAlgorithm) -> Vec<Scheme> {
    let most = ((key.bits() - 1).div_ceil(8)).checked_sub(hash.length() + 2);
    let salts = [Some(0), Some(hash.length()), Some(13), most];
    let salts = salts.into_iter().flatten();
    let fitting = salts.filter(|salt| most.is_some_and(|most| *salt <= most));
    let pss = fitting.map(|salt| Scheme::RsaPss {
        hash,
        salt: u16::try_from(salt).unwrap(),
    });
    [Scheme::RsaPkcs1(hash)].into_iter().chain(pss).collect()
}

/// The block that is signed.
fn block(key: &RsaPair, scheme: Scheme, dice: &mut Dice) -> Vec<u8> {
    match scheme {
        Scheme::RsaPss { hash, salt } => {
            let salt = dice.bytes(usize::from(salt));
            let encoded = Pss::right(hash, &salt).encode(MESSAGE, key.bits());
            encoded.unwrap()
        }
        _ => pkcs1(&digest_info(scheme.hash(), MESSAGE), key.length()),
    }
}

/// Forms of a signature that are none.
fn forms(key: &RsaPair, good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (n, length) = (&key.n, key.length());
    let s = BigUint::from_bytes_be(good);
    let number = |small: u32| BigUint::from(small);
    [
        ("genuine", good.to_vec()),
        ("0", wide(&number(0), length)),
        ("1", wide(&number(1), length)),
        ("2", wide(&number(2), length)),
        ("n - 1", wide(&(n - 1_u32), length)),
        ("n", wide(n, length)),
        ("n + 1", wide(&(n + 1_u32), length)),
        ("n - s", wide(&(n - &s), length)),
        ("n + s", wide(&(n + &s), length)),
        ("s + 1", wide(&(&s + 1_u32), length)),
        ("2 s", wide(&(&s * 2_u32 % n), length)),
        ("as short as can be", s.to_bytes_be()),
        ("all bits", vec![0xff; length]),
        ("a zero before it", [&[0], good].concat()),
        ("zeros before it", [&[0; 128], good].concat()),
        ("a zero after it", [good, &[0]].concat()),
        ("without its last byte", good[..length - 1].to_vec()),
        ("without its first byte", good[1..].to_vec()),
        ("twice", [good, good].concat()),
        ("nothing", Vec::new()),
    ]
    .map(|(name, signature)| (name.to_owned(), signature))
    .into()
}

/// All changes of one signature; returns how many were compared.
fn compare(key: &RsaPair, stranger: &RsaPair, scheme: Scheme) -> usize {
    let mut dice = Dice::new(&format!("RSA {} {} {scheme:?}", key.bits(), key.e));
    let block = block(key, scheme, &mut dice);
    let good = key.raise(&block);
    let mut all = forms(key, &good);
    all.extend(chances(&mut dice, &good, 20));
    // Blocks that the key did sign, and that are not as they should be.
    for at in 0..20 {
        let changed = match at {
            0..14 => dice.flip(&block),
            14..18 => dice.bend(&block),
            _ => [&block[1..], &block[..1]].concat(),
        };
        let below = BigUint::from_bytes_be(&changed) < key.n;
        if changed != block && below {
            all.push((format!("block {at}"), key.raise(&changed)));
        }
    }
    for (name, signature) in &all {
        let held = agree(key, scheme, MESSAGE, signature, name);
        assert_eq!(held, *signature == good, "{scheme:?}: {name}");
    }
    let message = dice.flip(MESSAGE);
    agree(key, scheme, &message, &good, "another message");
    agree(stranger, scheme, MESSAGE, &good, "another key");
    let mut others = 2;
    for hash in HASHES {
        for other in schemes(key, hash) {
            let held = agree(key, other, MESSAGE, &good, "another scheme");
            assert_eq!(held, other == scheme, "{scheme:?} as {other:?}");
            others += 1;
        }
    }
    if let Scheme::RsaPss { hash, salt } = scheme {
        for salt in [salt.wrapping_sub(1), salt + 1, 0, 20, u16::MAX >> 1] {
            let other = Scheme::RsaPss { hash, salt };
            let held = agree(key, other, MESSAGE, &good, "another length of salt");
            assert_eq!(held, other == scheme, "{scheme:?} as {other:?}");
            others += 1;
        }
    }
    all.len() + others
}

#[test]
fn two_libraries_agree_on_every_changed_rsa_signature() {
    let keys = keys();
    let compared = share_out(keys.len(), |at| {
        let (key, stranger) = (&keys[at], &keys[(at + 1) % keys.len()]);
        let schemes = HASHES.into_iter().flat_map(|hash| schemes(key, hash));
        schemes.map(|scheme| compare(key, stranger, scheme)).sum()
    });
    assert!(compared > 10_000, "{compared} comparisons");
}
