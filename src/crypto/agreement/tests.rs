#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::crypto::kdf::{Cipher, Purpose, derive, pace_password};
use crate::crypto::random::SystemRandom;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn private(text: &str) -> PrivateKey {
    PrivateKey::new(Zeroizing::new(bytes(text)))
}

fn upper(data: &[u8]) -> String {
    hex::encode_upper(data)
}

/// ICAO 9303-11, appendix G.1: ECDH, generic mapping, brainpoolP256r1, AES-128.
#[test]
fn icao_9303_11_appendix_g_1() {
    let secret = pace_password(b"T22000129364081251010318");
    assert_eq!(upper(&secret), "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD");
    let password = derive(&secret, Purpose::Password, Cipher::Aes128).unwrap();
    let nonce = password
        .decrypt(&bytes("95A3A016522EE98D01E76CB6B98B42C3"))
        .unwrap();
    assert_eq!(upper(&nonce), "3F00C4D39D153F2B2A214A078D899B22");
    let generator = Group::standardized(13).unwrap().generator().unwrap();
    let terminal = generator
        .key_pair(private(
            "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99",
        ))
        .unwrap();
    let chip = generator
        .key_pair(private(
            "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560",
        ))
        .unwrap();
    let mapped = generator
        .map_generic(&nonce, &terminal.private, &chip.public)
        .unwrap();
    let other = generator
        .map_generic(&nonce, &chip.private, &terminal.public)
        .unwrap();
    assert_eq!(mapped, other);
    assert_eq!(
        upper(&mapped.base()[1..33]),
        "8CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2"
    );
    let terminal = mapped
        .key_pair(private(
            "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595",
        ))
        .unwrap();
    let chip = mapped
        .key_pair(private(
            "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
        ))
        .unwrap();
    let shared = mapped.agree(&terminal.private, &chip.public).unwrap();
    assert_eq!(
        upper(&shared),
        "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925"
    );
    let mac = derive(&shared, Purpose::Mac, Cipher::Aes128).unwrap();
    let token = |key: &[u8]| {
        let object = [&bytes("7F494F060A04007F000702020402028641")[..], key].concat();
        upper(&mac.mac(&object).unwrap())
    };
    assert_eq!(token(&chip.public), "C2B0BD78D94BA866");
    assert_eq!(token(&terminal.public), "3ABB9674BCE93C08");
}

/// ICAO 9303-11, appendix G.2: DH, generic mapping, RFC 5114 1024/160, AES-128.
#[test]
fn icao_9303_11_appendix_g_2() {
    let nonce = bytes("FA5B7E3E49753A0DB9178B7B9BD898C8");
    let generator = Group::standardized(0).unwrap().generator().unwrap();
    let terminal = generator
        .key_pair(private("5265030F751F4AD18B08AC565FC7AC952E41618D"))
        .unwrap();
    let chip = generator
        .key_pair(private("66DDAFEAC1609CB5B963BB0CB3FF8B3E047F336C"))
        .unwrap();
    let mapped = generator
        .map_generic(&nonce, &terminal.private, &chip.public)
        .unwrap();
    let terminal = mapped
        .key_pair(private("89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA"))
        .unwrap();
    let chip = mapped
        .key_pair(private("A5B780126B7C980E9FCEA1D4539DA1D27C342DFA"))
        .unwrap();
    let shared = mapped.agree(&terminal.private, &chip.public).unwrap();
    let key = |purpose| match derive(&shared, purpose, Cipher::Aes128).unwrap() {
        crate::crypto::symmetric::SymmetricKey::Aes(key) => key,
        crate::crypto::symmetric::SymmetricKey::TripleDes(_) => unreachable!(),
    };
    let is = |purpose, text: &str| {
        key(purpose) == crate::crypto::aes::AesKey::new(&bytes(text)).unwrap()
    };
    assert!(is(Purpose::Encryption, "2F7F46ADCC9E7E521B45D192FAFA9126"));
    assert!(is(Purpose::Mac, "805A1D27D45A5116F73C54469462B7D8"));
    let token = |public: &[u8]| {
        let data = [&bytes("060A04007F00070202040102848180")[..], public].concat();
        let object = [&bytes("7F49818F")[..], &data].concat();
        upper(&key(Purpose::Mac).cmac(&object).unwrap()[..8])
    };
    assert_eq!(token(&chip.public), "B46DD9BD4D98381F");
    assert_eq!(token(&terminal.public), "917F37B5C0E6D8D1");
}

#[test]
fn two_sides_agree_in_every_standardised_group() {
    for id in (0..=2).chain(8..=18) {
        let generator = Group::standardized(id).unwrap().generator().unwrap();
        let one = generator.generate(&mut SystemRandom).unwrap();
        let two = generator.generate(&mut SystemRandom).unwrap();
        assert_eq!(
            generator.agree(&one.private, &two.public).unwrap(),
            generator.agree(&two.private, &one.public).unwrap(),
            "{id}"
        );
        let mapped = generator
            .map_generic(&[7; 16], &one.private, &two.public)
            .unwrap();
        assert_ne!(mapped, generator, "{id}");
        mapped.check_public(mapped.base()).unwrap();
    }
    for id in [3, 7, 19, 255] {
        assert_eq!(Group::standardized(id), None, "{id}");
    }
}

#[test]
fn points_that_are_none() {
    let generator = Group::Ec(Curve::BrainpoolP256r1).generator().unwrap();
    let good = generator.base().to_vec();
    let mut off = good.clone();
    *off.last_mut().unwrap() ^= 1;
    let mut beyond = good.clone();
    beyond[1..33].fill(0xff);
    let compressed = [&[2], &good[1..33]].concat();
    let hybrid = [&[6], &good[1..]].concat();
    for (name, key, fault) in [
        ("off the curve", &off[..], KeyFault::Invalid),
        ("a coordinate above the prime", &beyond, KeyFault::Invalid),
        ("infinity", &[0], KeyFault::Invalid),
        ("all zero", &[0; 65], KeyFault::Invalid),
        ("0, 0", &[&[4][..], &[0; 64]].concat(), KeyFault::Invalid),
        ("compressed", &compressed, KeyFault::Encoding),
        ("hybrid", &hybrid, KeyFault::Encoding),
        ("cut", &good[..64], KeyFault::Encoding),
        ("too long", &[&good[..], &[0]].concat(), KeyFault::Encoding),
        ("nothing", &[], KeyFault::Encoding),
    ] {
        assert_eq!(generator.check_public(key), Err(fault), "{name}");
        let own = generator.generate(&mut SystemRandom).unwrap();
        assert_eq!(generator.agree(&own.private, key), Err(fault), "{name}");
    }
}

#[test]
fn numbers_outside_the_subgroup() {
    for group in DhGroup::ALL {
        let generator = Group::Dh(group).generator().unwrap();
        let prime = group.numbers().unwrap().prime.to_vec();
        let mut less_one = prime.clone();
        *less_one.last_mut().unwrap() -= 1;
        for (name, key) in [
            ("0", vec![0]),
            ("1", vec![1]),
            ("p - 1", less_one),
            ("p", prime),
            ("outside", vec![2]),
        ] {
            assert_eq!(
                generator.check_public(&key),
                Err(KeyFault::Invalid),
                "{group:?} {name}"
            );
        }
        let long = vec![1; group.prime_bytes() + 1];
        assert_eq!(generator.check_public(&long), Err(KeyFault::Encoding));
    }
}

proptest! {
    #[test]
    fn no_public_key_panics(data in proptest::collection::vec(any::<u8>(), 0..150)) {
        for id in [0, 8, 13, 18] {
            let generator = Group::standardized(id).unwrap().generator().unwrap();
            prop_assert!(generator.check_public(&data).is_err());
        }
    }
}
