#![allow(clippy::unwrap_used)]

use openssl::bn::BigNumContext;

use super::*;
use crate::codec::tlv::encode;

/// A key pair on a curve, and `r` and `s` of its signature over the message.
struct Signed {
    key: PublicKey,
    r: Vec<u8>,
    s: Vec<u8>,
    order: BigNum,
}

const MESSAGE: &[u8] = b"signed attributes";

fn signed(curve: Curve) -> Signed {
    let group = curve.group().unwrap();
    let pair = EcKey::generate(&group).unwrap();
    let mut context = BigNumContext::new().unwrap();
    let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
    let point = pair.public_key().to_bytes(&group, form, &mut context);
    let digest = HashAlgorithm::Sha256.digest(MESSAGE);
    let signature = EcdsaSig::sign(&digest, &pair).unwrap();
    Signed {
        key: PublicKey::Ec {
            curve,
            point: point.unwrap(),
        },
        r: signature.r().to_vec(),
        s: signature.s().to_vec(),
        order: BigNum::from_slice(&curve.parameters().unwrap().order).unwrap(),
    }
}

/// INTEGER, with the zero in front that keeps it positive.
fn integer(number: &[u8]) -> Vec<u8> {
    match number.first() {
        Some(first) if first & 0x80 == 0 => encode(0x02, number),
        _ => encode(0x02, &[&[0], number].concat()),
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    encode(0x30, &parts.concat())
}

/// The cases by which published test suites break signature checks.
#[test]
fn ecdsa_signatures_that_are_none() {
    let scheme = Scheme::Ecdsa(HashAlgorithm::Sha256);
    for curve in [Curve::P256, Curve::BrainpoolP384r1, Curve::P521] {
        let Signed { key, r, s, order } = signed(curve);
        let good = sequence(&[&integer(&r), &integer(&s)]);
        assert_eq!(verify(&key, scheme, MESSAGE, &good), Ok(()));
        // The other s is as good: X9.62 knows no rule about it.
        let mut high = BigNum::new().unwrap();
        high.checked_sub(&order, &BigNum::from_slice(&s).unwrap())
            .unwrap();
        let high = sequence(&[&integer(&r), &integer(&high.to_vec())]);
        assert_eq!(verify(&key, scheme, MESSAGE, &high), Ok(()));

        let n = order.to_vec();
        let mut above = BigNum::new().unwrap();
        above
            .checked_add(&order, &BigNum::from_slice(&r).unwrap())
            .unwrap();
        let above = above.to_vec();
        let mut below = BigNum::new().unwrap();
        below
            .checked_sub(&order, &BigNum::from_u32(1).unwrap())
            .unwrap();
        let below = below.to_vec();
        let [ri, si] = [&r, &s].map(|number| integer(number));
        let minus = |number: &[u8]| {
            let mut bytes = number.to_vec();
            bytes.iter_mut().for_each(|byte| *byte = !*byte);
            encode(0x02, &[&[0xff], &bytes[..]].concat())
        };
        let table: Vec<(&str, Vec<u8>)> = vec![
            ("r is 0", sequence(&[&integer(&[0]), &si])),
            ("s is 0", sequence(&[&ri, &integer(&[0])])),
            ("both are 0", sequence(&[&integer(&[0]), &integer(&[0])])),
            (
                "r is 1, s is 1",
                sequence(&[&integer(&[1]), &integer(&[1])]),
            ),
            ("r is n", sequence(&[&integer(&n), &si])),
            ("s is n", sequence(&[&ri, &integer(&n)])),
            (
                "r and s are n - 1",
                sequence(&[&integer(&below), &integer(&below)]),
            ),
            ("r is n too much", sequence(&[&integer(&above), &si])),
            ("r is negative", sequence(&[&minus(&r), &si])),
            ("s is negative", sequence(&[&ri, &minus(&s)])),
            ("r and s are exchanged", sequence(&[&si, &ri])),
            ("s is missing", sequence(&[&ri])),
            ("a third number", sequence(&[&ri, &si, &integer(&[1])])),
            (
                "a zero in front of r",
                sequence(&[&encode(0x02, &[&[0, 0], &r[..]].concat()), &si]),
            ),
            ("empty numbers", sequence(&[&[2, 0], &[2, 0]])),
            ("bytes after it", [&good[..], &[0]].concat()),
            ("cut", good[..good.len() - 1].to_vec()),
            ("a long form of its length", long_form(&good)),
            (
                "indefinite",
                [&[0x30, 0x80], &ri[..], &si, &[0, 0]].concat(),
            ),
            ("a SET", [&[0x31], &good[1..]].concat()),
            ("plain", [&r[..], &s].concat()),
            ("nothing", Vec::new()),
        ];
        for (name, signature) in table {
            let met = verify(&key, scheme, MESSAGE, &signature);
            assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}: {name}");
        }
        let other = verify(&key, scheme, b"other attributes", &good);
        assert_eq!(other, Err(SignatureError::Invalid));
        let longer = verify(&key, Scheme::Ecdsa(HashAlgorithm::Sha384), MESSAGE, &good);
        assert_eq!(longer, Err(SignatureError::Invalid));
    }
}

/// The length of a SEQUENCE in one byte more than it needs.
fn long_form(sequence: &[u8]) -> Vec<u8> {
    match sequence {
        [tag, 0x81, rest @ ..] => [&[*tag, 0x82, 0x00], rest].concat(),
        [tag, rest @ ..] => [&[*tag, 0x81], rest].concat(),
        [] => Vec::new(),
    }
}

#[test]
fn plain_signatures_that_are_none() {
    let scheme = Scheme::EcdsaPlain(HashAlgorithm::Sha256);
    for curve in [Curve::P256, Curve::BrainpoolP512r1] {
        let Signed { key, r, s, .. } = signed(curve);
        let width = curve.field_bytes();
        let wide = |number: &[u8]| [&vec![0; width - number.len()][..], number].concat();
        let good = [wide(&r), wide(&s)].concat();
        assert_eq!(verify(&key, scheme, MESSAGE, &good), Ok(()));
        for (name, signature) in [
            ("odd", good[1..].to_vec()),
            (
                "a byte too long on both sides",
                [&[0], &wide(&r)[..], &[0], &wide(&s)].concat(),
            ),
            ("zeros", vec![0; 2 * width]),
            ("exchanged", [wide(&s), wide(&r)].concat()),
            ("one half", wide(&r)),
            ("nothing", Vec::new()),
        ] {
            let met = verify(&key, scheme, MESSAGE, &signature);
            assert_eq!(met, Err(SignatureError::Invalid), "{curve:?}: {name}");
        }
    }
}
