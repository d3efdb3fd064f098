//! One ECDSA signature in all the forms in which it is none, or the same.

use num_bigint::BigUint;

use crate::dice::{Dice, wide};

/// What is told of a change, and the signature.
pub type Changed = (String, Vec<u8>);

/// Pairs of numbers that stand beside a genuine one.
pub fn pairs(r: &BigUint, s: &BigUint, n: &BigUint) -> Vec<(&'static str, BigUint, BigUint)> {
    let number = |small: u32| BigUint::from(small);
    let (r, s) = (r.clone(), s.clone());
    vec![
        ("genuine", r.clone(), s.clone()),
        ("s is n - s", r.clone(), n - &s),
        ("r is 0", number(0), s.clone()),
        ("s is 0", r.clone(), number(0)),
        ("both are 0", number(0), number(0)),
        ("both are 1", number(1), number(1)),
        ("r is 1", number(1), s.clone()),
        ("s is 1", r.clone(), number(1)),
        ("r is n", n.clone(), s.clone()),
        ("s is n", r.clone(), n.clone()),
        ("both are n", n.clone(), n.clone()),
        ("r is n too much", n + &r, s.clone()),
        ("s is n too much", r.clone(), n + &s),
        ("r is n - r", n - &r, s.clone()),
        ("both are n - 1", n - 1_u32, n - 1_u32),
        ("both are n + 1", n + 1_u32, n + 1_u32),
        ("exchanged", s.clone(), r.clone()),
        ("r is one more", &r + 1_u32, s.clone()),
        ("s is one more", r.clone(), &s + 1_u32),
        ("r is s", s.clone(), s.clone()),
        ("s is halved", r.clone(), &s >> 1),
        ("r has 2^600 too much", &r + (number(1) << 600), s),
    ]
}

/// An object of DER, its length in as few bytes as can be.
pub fn object(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let head = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        Ok(byte) => vec![tag, 0x81, byte],
        Err(_) => {
            let length = u16::try_from(length).unwrap().to_be_bytes();
            vec![tag, 0x82, length[0], length[1]]
        }
    };
    [head, value.to_vec()].concat()
}

/// The content of a non-negative INTEGER.
pub fn positive(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    if bytes[0] & 0x80 == 0 {
        bytes
    } else {
        [vec![0], bytes].concat()
    }
}

/// The content of the INTEGER with the other sign.
fn negative(number: &BigUint) -> Vec<u8> {
    let bytes = positive(number);
    let all = BigUint::from(1_u32) << (8 * bytes.len());
    wide(&(all - number), bytes.len())
}

/// `SEQUENCE { r, s }`.
pub fn sequence(r: &BigUint, s: &BigUint) -> Vec<u8> {
    let parts = [object(2, &positive(r)), object(2, &positive(s))];
    object(0x30, &parts.concat())
}

/// The length of an object in `more` bytes more than it needs.
fn longer(object: &[u8], more: usize) -> Vec<u8> {
    let (tag, first, rest) = (object[0], object[1], &object[2..]);
    let zeros = vec![0; if first & 0x80 == 0 { more - 1 } else { more }];
    let (count, own): (u8, &[u8]) = if first & 0x80 == 0 {
        (1, &[first])
    } else {
        (first & 0x7f, &[])
    };
    let count = count + u8::try_from(zeros.len()).unwrap();
    [&[tag, 0x80 | count], &zeros[..], own, rest].concat()
}

/// Encodings of the same numbers that are not DER, and things near to it.
pub fn encodings(r: &BigUint, s: &BigUint) -> Vec<(&'static str, Vec<u8>)> {
    let good = sequence(r, s);
    let (rv, sv) = (positive(r), positive(s));
    let (ro, so) = (object(2, &rv), object(2, &sv));
    let two = |one: &[u8], other: &[u8]| object(0x30, &[one, other].concat());
    let zero = |value: &[u8]| object(2, &[&[0], value].concat());
    let bare = |number: &BigUint| object(2, &number.to_bytes_be());
    let inside = |more: &[u8]| object(0x30, &[&ro[..], &so, more].concat());
    let indefinite = [&[0x30, 0x80], &ro[..], &so, &[0, 0]].concat();
    let mut set = good.clone();
    set[0] = 0x31;
    vec![
        ("genuine", good.clone()),
        ("r is negative", two(&object(2, &negative(r)), &so)),
        ("s is negative", two(&ro, &object(2, &negative(s)))),
        ("r without its zero", two(&bare(r), &so)),
        ("s without its zero", two(&ro, &bare(s))),
        ("a zero before r", two(&zero(&rv), &so)),
        ("a zero before s", two(&ro, &zero(&sv))),
        ("a long length of all", longer(&good, 1)),
        ("a longer length of all", longer(&good, 3)),
        ("a long length of r", two(&longer(&ro, 1), &so)),
        ("a long length of s", two(&ro, &longer(&so, 2))),
        ("indefinite length", indefinite),
        ("a zero after it", [&good[..], &[0]].concat()),
        ("NULL after it", [&good[..], &[5, 0]].concat()),
        ("zero bytes in it", inside(&[0, 0])),
        ("NULL in it", inside(&[5, 0])),
        ("a third number", inside(&[2, 1, 1])),
        ("r alone", object(0x30, &ro)),
        ("nothing in it", vec![0x30, 0]),
        ("nothing", Vec::new()),
        ("empty numbers", two(&[2, 0], &[2, 0])),
        ("r is empty", two(&[2, 0], &so)),
        ("r is an ENUMERATED", two(&object(0x0a, &rv), &so)),
        ("s is an OCTET STRING", two(&ro, &object(4, &sv))),
        ("r is constructed", two(&object(0x22, &rv), &so)),
        ("a SET", set),
        ("in a SEQUENCE", object(0x30, &good)),
        ("no SEQUENCE about it", [ro, so].concat()),
    ]
}

/// Plain signatures of other lengths.
pub fn lengths(r: &BigUint, s: &BigUint, length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let both = |one: usize, two: usize| [wide(r, one), wide(s, two)].concat();
    let good = both(length, length);
    vec![
        ("genuine", good.clone()),
        ("longer halves", both(length + 1, length + 1)),
        ("longer r", both(length + 1, length)),
        ("longer s", both(length, length + 1)),
        ("as short as can be", both(0, 0)),
        ("half", good[..length].to_vec()),
        ("one short", good[1..].to_vec()),
        ("two short", good[2..].to_vec()),
        ("a zero after it", [&good[..], &[0]].concat()),
        ("twice", [&good[..], &good].concat()),
        ("nothing", Vec::new()),
        ("DER", sequence(r, s)),
    ]
}

/// `count` changes by chance.
pub fn chances(dice: &mut Dice, good: &[u8], count: usize) -> Vec<Changed> {
    (0..count)
        .map(|at| match at % 4 {
            3 => (format!("bent {at}"), dice.bend(good)),
            _ => (format!("flipped {at}"), dice.flip(good)),
        })
        .collect()
}
