//! ECDSA cases that the published suite leaves out: keys that are none, numbers that are almost
//! right, and every hash on every curve.

use cccd_desk::crypto::curve::Curve;
use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::{PublicKey, Scheme, SignatureError, verify};
use num_bigint::BigUint;

use crate::dice::{Dice, wide};
use crate::ecdsa_changes::{encodings, lengths, object, positive, sequence};
use crate::elliptic::{CURVES, Pair, holds};

const MESSAGE: &[u8] = b"a challenge of eight bytes";
const HASH: HashAlgorithm = HashAlgorithm::Sha256;

fn key(curve: Curve, point: &[u8]) -> PublicKey {
    let point = point.to_vec();
    PublicKey::Ec { curve, point }
}

/// A key, and r and s of its signature.
fn signed(curve: Curve) -> (Pair, BigUint, BigUint) {
    let pair = Pair::of(curve, "cases");
    let nonce = Dice::new("a nonce").number(&pair.arithmetic.n);
    let (r, s) = pair.sign(HASH, MESSAGE, &nonce);
    (pair, r, s)
}

#[test]
fn nothing_but_strict_der_is_read() {
    for curve in CURVES {
        let (pair, r, s) = signed(curve);
        let good = sequence(&r, &s);
        for (name, signature) in encodings(&r, &s) {
            let expected = if signature == good {
                Ok(())
            } else {
                Err(SignatureError::Invalid)
            };
            let met = verify(
                &key(curve, &pair.point),
                Scheme::Ecdsa(HASH),
                MESSAGE,
                &signature,
            );
            assert_eq!(met, expected, "{curve:?}: {name}");
        }
    }
}

#[test]
fn a_plain_signature_has_one_length() {
    for curve in CURVES {
        let (pair, r, s) = signed(curve);
        let good = [wide(&r, curve.field_bytes()), wide(&s, curve.field_bytes())].concat();
        for (name, signature) in lengths(&r, &s, curve.field_bytes()) {
            let expected = if signature == good {
                Ok(())
            } else {
                Err(SignatureError::Invalid)
            };
            let scheme = Scheme::EcdsaPlain(HASH);
            let met = verify(&key(curve, &pair.point), scheme, MESSAGE, &signature);
            assert_eq!(met, expected, "{curve:?}: {name}");
        }
    }
}

/// A signature with small numbers, for a key that is made from it: Q = (s·R − e·G) / r. Halves
/// without the zeros in front were once taken.
#[test]
fn small_numbers_keep_their_zeros() {
    for curve in CURVES {
        let (point, r, s) = small(curve);
        let length = curve.field_bytes();
        let whole = [wide(&r, length), wide(&s, length)].concat();
        let key = key(curve, &point);
        let plain = Scheme::EcdsaPlain(HASH);
        assert_eq!(verify(&key, plain, MESSAGE, &whole), Ok(()), "{curve:?}");
        let der = sequence(&r, &s);
        assert_eq!(verify(&key, Scheme::Ecdsa(HASH), MESSAGE, &der), Ok(()));
        assert!(holds(curve, &point, &HASH.digest(MESSAGE), &r, &s));
        for short in 1..length {
            let signature = [wide(&r, short), wide(&s, short)].concat();
            let met = verify(&key, plain, MESSAGE, &signature);
            assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}: {short}");
        }
        // n more is another way to write r, and on curves whose field is longer than their order a
        // coordinate that could be.
        let more = sequence(&(&r + Pair::of(curve, "n").arithmetic.n), &s);
        let met = verify(&key, Scheme::Ecdsa(HASH), MESSAGE, &more);
        assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}");
    }
}

/// The smallest x of a point, s = 1, and the key for which they hold.
fn small(curve: Curve) -> (Vec<u8>, BigUint, BigUint) {
    let arithmetic = Pair::of(curve, "small").arithmetic;
    let e = arithmetic.integer(&HASH.digest(MESSAGE));
    let (r, point) = (1_u32..)
        .find_map(|x| Some((BigUint::from(x), arithmetic.lift(&BigUint::from(x))?)))
        .unwrap();
    let n = &arithmetic.n;
    let inverse = r.modinv(n).unwrap();
    let minus = (n - &e % n) * &inverse % n;
    (
        arithmetic.combine(&minus, &inverse, &point),
        r,
        BigUint::from(1_u32),
    )
}

#[test]
fn numbers_out_of_range_are_refused() {
    for curve in CURVES {
        let (pair, r, s) = signed(curve);
        let n = &pair.arithmetic.n;
        let one = BigUint::from(1_u32);
        let zero = BigUint::ZERO;
        let huge = &one << 4096;
        let list = [
            (&zero, &s),
            (&r, &zero),
            (&zero, &zero),
            (n, &s),
            (&r, n),
            (n, n),
            (&(n + &r), &s),
            (&r, &(n + &s)),
            (&(n - &r), &s),
            (&one, &one),
            (&(n - 1_u32), &(n - 1_u32)),
            (&s, &r),
            (&huge, &s),
            (&r, &huge),
        ];
        for (at, (r, s)) in list.into_iter().enumerate() {
            let der = object(
                0x30,
                &[object(2, &positive(r)), object(2, &positive(s))].concat(),
            );
            let met = verify(&key(curve, &pair.point), Scheme::Ecdsa(HASH), MESSAGE, &der);
            assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}: {at}");
        }
    }
}

#[test]
fn a_point_that_is_none_is_no_key() {
    for curve in CURVES {
        let (pair, r, s) = signed(curve);
        let good = &pair.point;
        let length = curve.field_bytes();
        let parameters = curve.parameters().unwrap();
        let p = BigUint::from_bytes_be(&parameters.p);
        let x = BigUint::from_bytes_be(&good[1..=length]);
        let compressed = |sign: u8| [&[sign], &good[1..=length]].concat();
        let with_tag = |tag: u8| [&[tag], &good[1..]].concat();
        let mut off = good.clone();
        *off.last_mut().unwrap() ^= 1;
        let exchanged = [&[4], &good[1 + length..], &good[1..=length]].concat();
        let reduced = [&[4], &wide(&(&x + &p), length)[..], &good[1 + length..]].concat();
        let y_is_p = [&[4], &good[1..=length], &parameters.p[..]].concat();
        let list = [
            ("off the curve", off),
            ("coordinates exchanged", exchanged),
            ("x is p too much", reduced),
            ("y is p", y_is_p),
            ("both are 0", [vec![4], vec![0; 2 * length]].concat()),
            ("all bits", [vec![4], vec![0xff; 2 * length]].concat()),
            ("infinity", vec![0]),
            ("infinity, as long as a point", vec![0; 1 + 2 * length]),
            ("compressed, even", compressed(2)),
            ("compressed, odd", compressed(3)),
            ("hybrid, even", with_tag(6)),
            ("hybrid, odd", with_tag(7)),
            ("another tag", with_tag(5)),
            ("a byte more", [&good[..], &[0]].concat()),
            ("a byte less", good[..2 * length].to_vec()),
            ("no tag", good[1..].to_vec()),
            ("nothing", Vec::new()),
        ];
        for (name, point) in list {
            for (scheme, signature) in [
                (Scheme::Ecdsa(HASH), sequence(&r, &s)),
                (
                    Scheme::EcdsaPlain(HASH),
                    [wide(&r, length), wide(&s, length)].concat(),
                ),
            ] {
                let met = verify(&key(curve, &point), scheme, MESSAGE, &signature);
                assert_eq!(met, Err(SignatureError::KeyInvalid), "{curve:?}: {name}");
            }
        }
    }
}

/// A point of one curve is none of another of the same length. The numbers are in range on all.
#[test]
fn a_key_of_another_curve_is_none() {
    let one = BigUint::from(1_u32);
    let signature = sequence(&one, &one);
    for curve in CURVES {
        let point = Pair::of(curve, "cases").point;
        for other in CURVES {
            if other == curve || other.field_bytes() != curve.field_bytes() {
                continue;
            }
            let met = verify(
                &key(other, &point),
                Scheme::Ecdsa(HASH),
                MESSAGE,
                &signature,
            );
            let none = Err(SignatureError::KeyInvalid);
            assert_eq!(met, none, "{curve:?} as {other:?}");
        }
    }
}

/// A digest longer than the order is cut to its leftmost bits (BSI TR-03111, 4.2.1.1, step 5): one
/// that was reduced instead gives another signature.
#[test]
fn a_long_digest_is_cut_and_not_reduced() {
    for curve in [
        Curve::P192,
        Curve::P224,
        Curve::P256,
        Curve::BrainpoolP192r1,
        Curve::BrainpoolP256r1,
        Curve::P384,
    ] {
        let (pair, ..) = signed(curve);
        let digest = HashAlgorithm::Sha512.digest(MESSAGE);
        let nonce = Dice::new("another nonce").number(&pair.arithmetic.n);
        let scheme = Scheme::Ecdsa(HashAlgorithm::Sha512);
        let key = key(curve, &pair.point);
        let (r, s) = pair.sign(HashAlgorithm::Sha512, MESSAGE, &nonce);
        assert_eq!(verify(&key, scheme, MESSAGE, &sequence(&r, &s)), Ok(()));
        let reduced = BigUint::from_bytes_be(&digest) % &pair.arithmetic.n;
        let reduced = wide(&reduced, curve.field_bytes());
        let (r, s) = pair.sign_digest(&reduced, &nonce);
        let met = verify(&key, scheme, MESSAGE, &sequence(&r, &s));
        assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}");
    }
}

/// Keys and schemes of different kinds.
#[test]
fn a_key_of_another_kind_does_not_fit() {
    let (pair, r, s) = signed(Curve::P256);
    let elliptic = key(Curve::P256, &pair.point);
    let rsa = crate::rsa_keys::key(65_537).public();
    let signature = sequence(&r, &s);
    let pss = Scheme::RsaPss {
        hash: HASH,
        salt: 32,
    };
    for (key, scheme) in [
        (&elliptic, Scheme::RsaPkcs1(HASH)),
        (&elliptic, pss),
        (&rsa, Scheme::Ecdsa(HASH)),
        (&rsa, Scheme::EcdsaPlain(HASH)),
    ] {
        let met = verify(key, scheme, MESSAGE, &signature);
        assert_eq!(met, Err(SignatureError::KeyMismatch), "{scheme:?}");
    }
}
