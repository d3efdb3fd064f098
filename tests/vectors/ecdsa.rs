//! Changed ECDSA signatures, on every curve and with every hash: two libraries, one verdict.

use cccd_desk::crypto::curve::Curve;
use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::{PublicKey, Scheme, SignatureError, verify};

use crate::dice::{Dice, wide};
use crate::ecdsa_changes::{chances, encodings, lengths, pairs, sequence};
use crate::elliptic::{CURVES, Pair, holds_der, holds_plain};
use crate::{HASHES, share_out};

const MESSAGE: &[u8] = b"the signed attributes of a security object";

/// Our verdict: a signature that does not hold is invalid, and never a fault of the library.
fn ours(curve: Curve, point: &[u8], scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
    let point = point.to_vec();
    match verify(&PublicKey::Ec { curve, point }, scheme, message, signature) {
        Ok(()) => true,
        Err(SignatureError::Invalid) => false,
        Err(other) => panic!("{curve:?}: {other:?} for {}", hex::encode(signature)),
    }
}

/// One comparison; returns whether both say that the signature holds.
fn agree(pair: &Pair, scheme: Scheme, message: &[u8], signature: &[u8], what: &str) -> bool {
    let (curve, point) = (pair.curve, &pair.point);
    let digest = scheme.hash().digest(message);
    let theirs = match scheme {
        Scheme::Ecdsa(_) => holds_der(curve, point, &digest, signature),
        _ => holds_plain(curve, point, &digest, signature),
    };
    let ours = ours(curve, point, scheme, message, signature);
    let shown = hex::encode(signature);
    assert_eq!(ours, theirs, "{curve:?}, {scheme:?}, {what}: {shown}");
    ours
}

/// All changes of one signature with one hash; returns how many were compared.
fn compare(pair: &Pair, stranger: &Pair, hash: HashAlgorithm, by_chance: usize) -> usize {
    let mut dice = Dice::new(&format!("ECDSA {} {}", pair.curve.name(), hash.name()));
    let n = &pair.arithmetic.n;
    let length = pair.arithmetic.length;
    let (r, s) = pair.sign(hash, MESSAGE, &dice.number(n));
    let (der, plain) = (Scheme::Ecdsa(hash), Scheme::EcdsaPlain(hash));
    let good_der = sequence(&r, &s);
    let good_plain = [wide(&r, length), wide(&s, length)].concat();

    let mut all = Vec::new();
    for (name, r, s) in pairs(&r, &s, n) {
        all.push((der, name.to_owned(), sequence(&r, &s)));
        let both = [wide(&r, length), wide(&s, length)].concat();
        all.push((plain, name.to_owned(), both));
    }
    for (name, signature) in encodings(&r, &s) {
        all.push((der, name.to_owned(), signature));
    }
    for (name, signature) in lengths(&r, &s, length) {
        all.push((plain, name.to_owned(), signature));
    }
    for (name, signature) in chances(&mut dice, &good_der, by_chance) {
        all.push((der, name, signature));
    }
    for (name, signature) in chances(&mut dice, &good_plain, by_chance) {
        all.push((plain, name, signature));
    }
    let mut good = 0;
    for (scheme, name, signature) in &all {
        let held = agree(pair, *scheme, MESSAGE, signature, name);
        good += usize::from(held);
        let must = ["genuine", "s is n - s"].contains(&name.as_str());
        assert!(held || !must, "{:?}, {scheme:?}: {name}", pair.curve);
        let same = [&good_der, &good_plain].contains(&signature);
        assert!(!held || must || same || name == "in DER", "{name} holds");
    }
    assert!(good >= 6, "the genuine ones, in both forms");

    let mut others = 0;
    for (scheme, signature) in [(der, &good_der), (plain, &good_plain)] {
        let message = dice.flip(MESSAGE);
        assert!(!agree(pair, scheme, &message, signature, "another message"));
        assert!(!agree(stranger, scheme, MESSAGE, signature, "another key"));
        others += 2;
        for hash in HASHES {
            let scheme = match scheme {
                Scheme::Ecdsa(_) => Scheme::Ecdsa(hash),
                _ => Scheme::EcdsaPlain(hash),
            };
            agree(pair, scheme, MESSAGE, signature, "another hash");
            others += 1;
        }
    }
    all.len() + others
}

#[test]
fn two_libraries_agree_on_every_changed_ecdsa_signature() {
    let compared = share_out(CURVES.len(), |at| {
        let pair = Pair::of(CURVES[at], "a signer");
        let stranger = Pair::of(CURVES[at], "another signer");
        let hashes = HASHES.into_iter();
        hashes.map(|hash| compare(&pair, &stranger, hash, 16)).sum()
    });
    assert!(compared > 6_000, "{compared} comparisons");
}

/// Messages of every kind: what is genuine holds in both.
#[test]
fn genuine_ecdsa_signatures_hold_in_both() {
    for curve in CURVES {
        let pair = Pair::of(curve, "a signer");
        let mut dice = Dice::new(&format!("genuine {}", curve.name()));
        for hash in HASHES {
            for message in [&[][..], &dice.bytes(1000)] {
                let (r, s) = pair.sign(hash, message, &dice.number(&pair.arithmetic.n));
                let signature = sequence(&r, &s);
                assert!(agree(
                    &pair,
                    Scheme::Ecdsa(hash),
                    message,
                    &signature,
                    "genuine"
                ));
            }
        }
    }
}
