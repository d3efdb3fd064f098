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

/// One published agreement: private keys, public keys, what both come to.
struct Published {
    name: &'static str,
    group: u32,
    private: [&'static str; 2],
    public: [&'static str; 2],
    shared: &'static str,
}

/// RFC 5114, appendix A.1; RFC 7027, appendices A.1 and A.2, on the curves of RFC 5639.
#[test]
fn rfc_5114_and_rfc_7027_key_agreement() {
    for case in [
        Published {
            name: "RFC 5114, A.1: 1024-bit MODP group with 160-bit subgroup",
            group: 0,
            private: [
                "B9A3B3AE8FEFC1A2930496507086F8455D48943E",
                "9392C9F9EB6A7A6A9022F7D83E7223C6835BBDDA",
            ],
            public: [
                "2A853B3D92197501B9015B2DEB3ED84F5E021DCC3E52F109D3273D2B7521281C\
                 BABE0E76FF5727FA8ACCE26956BA9A1FCA26F20228D8693FEB10841D84A73600\
                 54ECE5A7F5B7A61AD3DFB3C60D2E43106D8727DA37DF9CCE95B478755D06BCEA\
                 8F9D45965F75A5F3D1DF3701165FC9E50C4279CEB07F989540AE96D5D88ED776",
                "717A6CB053371FF4A3B932941C1E5663F861A1D6AD34AE66576DFB98F6C6CBF9\
                 DDD5A56C7833F6BCFDFF095582AD868E440E8D09FD769E3CECCDC3D3B1E4CFA0\
                 57776CAAF9739B6A9FEE8E7411F8D6DAC09D6A4EDB46CC2B5D5203090EAE6126\
                 311E53FD2C14B574E6A3109A3DA1BE41BDCEAA186F5CE06716A2B6A07B3C33FE",
            ],
            shared: "5C804F454D30D9C4DF85271F93528C91DF6B48AB5F80B3B59CAAC1B28F8ACBA9\
                     CD3E39F3CB614525D9521D2E644C53B807B810F340062F257D7D6FBFE8D5E8F0\
                     72E9B6E9AFDA9413EAFB2E8B0699B1FB5A0CACEDDEAEAD7E9CFBB36AE2B42083\
                     5BD83A19FB0B5E96BF8FA4D09E345525167ECD9155416F46F408ED31B63C6E6D",
        },
        Published {
            name: "RFC 7027, A.1: brainpoolP256r1",
            group: 13,
            private: [
                "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
                "55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
            ],
            public: [
                "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5\
                 8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
                "048D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B\
                 990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A",
            ],
            shared: "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B",
        },
        Published {
            name: "RFC 7027, A.2: brainpoolP384r1",
            group: 16,
            private: [
                "1E20F5E048A5886F1F157C74E91BDE2B98C8B52D58E5003D57053FC4B0BD65D6\
                 F15EB5D1EE1610DF870795143627D042",
                "032640BC6003C59260F7250C3DB58CE647F98E1260ACCE4ACDA3DD869F74E01F\
                 8BA5E0324309DB6A9831497ABAC96670",
            ],
            public: [
                "0468B665DD91C195800650CDD363C625F4E742E8134667B767B1B476793588F885\
                 AB698C852D4A6E77A252D6380FCAF06855BC91A39C9EC01DEE36017B7D673A93\
                 1236D2F1F5C83942D049E3FA20607493E0D038FF2FD30C2AB67D15C85F7FAA59",
                "044D44326F269A597A5B58BBA565DA5556ED7FD9A8A9EB76C25F46DB69D19DC8CE\
                 6AD18E404B15738B2086DF37E71D1EB462D692136DE56CBE93BF5FA3188EF58B\
                 C8A3A0EC6C1E151A21038A42E9185329B5B275903D192F8D4E1F32FE9CC78C48",
            ],
            shared: "0BD9D3A7EA0B3D519D09D8E48D0785FB744A6B355E6304BC51C229FBBCE239BB\
                     ADF6403715C35D4FB2A5444F575D4F42",
        },
    ] {
        let generator = Group::standardized(case.group)
            .unwrap()
            .generator()
            .unwrap();
        let [one, two] = case
            .private
            .map(|text| generator.key_pair(private(text)).unwrap());
        assert_eq!(
            [&one.public, &two.public].map(|key| upper(key)),
            case.public,
            "{}",
            case.name
        );
        for (own, other) in [(&one, &two), (&two, &one)] {
            let shared = generator.agree(&own.private, &other.public).unwrap();
            assert_eq!(upper(&shared), case.shared, "{}", case.name);
        }
    }
}

/// A point of one curve is none of another, whatever its length; neither is one with a wrong y, nor
/// one beyond the prime.
#[test]
fn points_of_other_curves() {
    let curves: Vec<Generator> = (8..=18)
        .map(|id| Group::standardized(id).unwrap().generator().unwrap())
        .collect();
    for (index, generator) in curves.iter().enumerate() {
        let length = generator.base().len();
        let mut off = generator.base().to_vec();
        *off.last_mut().unwrap() ^= 1;
        let mut beyond = generator.base().to_vec();
        beyond[1..=length / 2].fill(0xff);
        for point in [off, beyond] {
            assert_eq!(generator.check_public(&point), Err(KeyFault::Invalid));
        }
        for (other, foreign) in curves
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
        {
            let fault = if foreign.base().len() == length {
                KeyFault::Invalid
            } else {
                KeyFault::Encoding
            };
            let met = generator.check_public(foreign.base());
            assert_eq!(met, Err(fault), "{other} on {index}");
        }
    }
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
