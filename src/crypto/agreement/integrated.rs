//! The integrated mapping: from two nonces to an element of the group, with no key agreement
//! (ICAO 9303-11, 4.4.3.3.2 and appendix B).

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use zeroize::Zeroizing;

use super::{Curve, DhGroup, Generator, Group, KeyFault, padded};
use crate::crypto::CryptoFault;
use crate::crypto::aes::AesKey;
use crate::crypto::des::TripleDesKey;
use crate::crypto::kdf::Cipher;
use crate::crypto::symmetric::SymmetricKey;

/// c0 and c1 for keys of 128 bits, 3DES among them.
const SHORT: [[u8; 16]; 2] = [
    [
        0xa6, 0x68, 0x89, 0x2a, 0x7c, 0x41, 0xe3, 0xca, 0x73, 0x9f, 0x40, 0xb0, 0x57, 0xd8, 0x59,
        0x04,
    ],
    [
        0xa4, 0xe1, 0x36, 0xac, 0x72, 0x5f, 0x73, 0x8b, 0x01, 0xc1, 0xf6, 0x02, 0x17, 0xc1, 0x88,
        0xad,
    ],
];
/// c0 and c1 for longer keys.
const LONG: [[u8; 32]; 2] = [
    [
        0xd4, 0x63, 0xd6, 0x52, 0x34, 0x12, 0x4e, 0xf7, 0x89, 0x70, 0x54, 0x98, 0x6d, 0xca, 0x0a,
        0x17, 0x4e, 0x28, 0xdf, 0x75, 0x8c, 0xba, 0xa0, 0x3f, 0x24, 0x06, 0x16, 0x41, 0x4d, 0x5a,
        0x16, 0x76,
    ],
    [
        0x54, 0xbd, 0x72, 0x55, 0xf0, 0xaa, 0xf8, 0x31, 0xbe, 0xc3, 0x42, 0x3f, 0xcf, 0x39, 0xd6,
        0x9b, 0x6c, 0xbf, 0x06, 0x66, 0x77, 0xd0, 0xfa, 0xae, 0x5a, 0xad, 0xd9, 0x9d, 0xf8, 0xe5,
        0x35, 0x17,
    ],
];
/// Bits by which the pseudo-random number is longer than the prime, so that its remainder is even.
const SPARE_BITS: usize = 64;

impl Group {
    /// The integrated mapping of the chip's nonce `s` and the terminal's `t`: the domain parameters
    /// with another generator.
    ///
    /// # Errors
    /// [`KeyFault::Invalid`] for nonces that end in the neutral element; [`KeyFault::Crypto`] on a
    /// curve for which the encoding of points does not exist (P-224: its prime is 1 modulo 4).
    pub fn map_integrated(self, s: &[u8], t: &[u8], cipher: Cipher) -> Result<Generator, KeyFault> {
        let base = match self {
            Self::Ec(curve) => {
                let prime = BigNum::from_slice(&curve.parameters()?.p)?;
                let number = pseudo_random(s, t, cipher, &prime)?;
                encoded_point(curve, &number)?
            }
            Self::Dh(group) => {
                let prime = group.numbers()?.prime;
                let number = pseudo_random(s, t, cipher, &prime)?;
                encoded_number(group, &number)?
            }
        };
        Ok(Generator { group: self, base })
    }
}

/// R_p(s, t): a number modulo `prime`, from a cipher in CBC mode that feeds its own keys.
fn pseudo_random(
    s: &[u8],
    t: &[u8],
    cipher: Cipher,
    prime: &BigNumRef,
) -> Result<BigNum, CryptoFault> {
    let (c0, c1): (&[u8], &[u8]) = match cipher {
        Cipher::TripleDes | Cipher::Aes128 => (&SHORT[0], &SHORT[1]),
        Cipher::Aes192 | Cipher::Aes256 => (&LONG[0], &LONG[1]),
    };
    let bits = usize::try_from(prime.num_bits()).map_err(|_| CryptoFault)?;
    let mut key = cipher_key(cipher, t)?.encrypt(s)?;
    let mut number = Zeroizing::new(Vec::new());
    while number.len().saturating_mul(8) < bits.saturating_add(SPARE_BITS) {
        let keyed = cipher_key(cipher, &key)?;
        number.extend_from_slice(&keyed.encrypt(c1)?);
        key = keyed.encrypt(c0)?;
    }
    let mut remainder = BigNum::new_secure()?;
    let mut context = BigNumContext::new_secure()?;
    remainder.nnmod(&*BigNum::from_slice(&number)?, prime, &mut context)?;
    Ok(remainder)
}

/// The key of as many of the first bytes as the cipher takes.
fn cipher_key(cipher: Cipher, bytes: &[u8]) -> Result<SymmetricKey, CryptoFault> {
    let key = bytes.get(..cipher.key_length()).ok_or(CryptoFault)?;
    Ok(match cipher {
        Cipher::TripleDes => {
            SymmetricKey::TripleDes(TripleDesKey::new(key.try_into().map_err(|_| CryptoFault)?))
        }
        _ => SymmetricKey::Aes(AesKey::new(key)?),
    })
}

/// f_g: the number raised to (p − 1)/q (ICAO 9303-11, 4.4.3.3.2).
fn encoded_number(group: DhGroup, number: &BigNumRef) -> Result<Vec<u8>, KeyFault> {
    let numbers = group.numbers()?;
    let mut context = BigNumContext::new_secure()?;
    let mut less_one = numbers.prime.to_owned()?;
    less_one.sub_word(1)?;
    let mut cofactor = BigNum::new()?;
    cofactor.checked_div(&less_one, &numbers.order, &mut context)?;
    let mut power = BigNum::new_secure()?;
    power.mod_exp(number, &cofactor, &numbers.prime, &mut context)?;
    if power.num_bits() < 2 {
        return Err(KeyFault::Invalid);
    }
    Ok(padded(&power, group.prime_bytes())?)
}

/// f_G: the encoding of a number as a point, in affine coordinates (ICAO 9303-11, B.2). The names
/// are those of the standard's steps.
fn encoded_point(curve: Curve, t: &BigNumRef) -> Result<Vec<u8>, KeyFault> {
    let parameters = curve.parameters()?;
    let number = |bytes: &[u8]| BigNum::from_slice(bytes);
    let (p, a, b) = (
        number(&parameters.p)?,
        number(&parameters.a)?,
        number(&parameters.b)?,
    );
    if !(p.is_bit_set(0) && p.is_bit_set(1)) {
        return Err(CryptoFault.into());
    }
    let mut field = Field {
        p,
        context: BigNumContext::new_secure()?,
    };
    let one = BigNum::from_u32(1)?;
    let zero = BigNum::new()?;
    // 1. α = −t²
    let square = field.product(t, t)?;
    let alpha = field.difference(&zero, &square)?;
    // 2. X2 = −b·a⁻¹·(1 + (α + α²)⁻¹)
    let alpha_squared = field.product(&alpha, &alpha)?;
    let sum = field.sum(&alpha, &alpha_squared)?;
    if sum.num_bits() == 0 {
        return Err(KeyFault::Invalid);
    }
    let inverse = field.inverse(&sum)?;
    let factor = field.sum(&one, &inverse)?;
    let a_inverse = field.inverse(&a)?;
    let quotient = field.product(&b, &a_inverse)?;
    let product = field.product(&quotient, &factor)?;
    let x2 = field.difference(&zero, &product)?;
    // 3. X3 = α·X2
    let x3 = field.product(&alpha, &x2)?;
    // 4. h2 = X2³ + a·X2 + b
    let x2_squared = field.product(&x2, &x2)?;
    let x2_cubed = field.product(&x2_squared, &x2)?;
    let linear = field.product(&a, &x2)?;
    let cubic = field.sum(&x2_cubed, &linear)?;
    let h2 = field.sum(&cubic, &b)?;
    // 5. U = t³·h2
    let cube = field.product(&square, t)?;
    let u = field.product(&cube, &h2)?;
    // 6. A = h2^(p − 1 − (p + 1)/4)
    let root = field.inverse_root(&h2)?;
    // 7. and 8. A²·h2 is 1 where h2 is a square, and then X2 belongs to a point
    let root_squared = field.product(&root, &root)?;
    let is_square = field.product(&root_squared, &h2)? == one;
    let (x, y) = if is_square {
        (x2, field.product(&root, &h2)?)
    } else {
        (x3, field.product(&root, &u)?)
    };
    // 9. Times the cofactor, which is 1 on every standardised curve.
    let length = curve.field_bytes();
    let mut encoded = vec![4];
    encoded.extend(padded(&x, length)?);
    encoded.extend(padded(&y, length)?);
    // What the arithmetic brought must be a point of the curve, other than the neutral one.
    super::point(curve, &encoded)?;
    Ok(encoded)
}

/// Arithmetic modulo a prime that is 3 modulo 4.
struct Field {
    p: BigNum,
    context: BigNumContext,
}

impl Field {
    fn product(&mut self, one: &BigNumRef, two: &BigNumRef) -> Result<BigNum, CryptoFault> {
        let mut out = BigNum::new_secure()?;
        out.mod_mul(one, two, &self.p, &mut self.context)?;
        Ok(out)
    }

    fn sum(&mut self, one: &BigNumRef, two: &BigNumRef) -> Result<BigNum, CryptoFault> {
        let mut out = BigNum::new_secure()?;
        out.mod_add(one, two, &self.p, &mut self.context)?;
        Ok(out)
    }

    fn difference(&mut self, one: &BigNumRef, two: &BigNumRef) -> Result<BigNum, CryptoFault> {
        let mut out = BigNum::new_secure()?;
        out.mod_sub(one, two, &self.p, &mut self.context)?;
        Ok(out)
    }

    fn inverse(&mut self, number: &BigNumRef) -> Result<BigNum, CryptoFault> {
        let mut out = BigNum::new_secure()?;
        out.mod_inverse(number, &self.p, &mut self.context)?;
        Ok(out)
    }

    /// `number ^ (p − 1 − (p + 1)/4)`: the inverse of a square root, where there is one.
    fn inverse_root(&mut self, number: &BigNumRef) -> Result<BigNum, CryptoFault> {
        let mut quarter = self.p.to_owned()?;
        quarter.add_word(1)?;
        let mut shifted = BigNum::new()?;
        shifted.rshift(&quarter, 2)?;
        let mut less_one = self.p.to_owned()?;
        less_one.sub_word(1)?;
        let mut exponent = BigNum::new()?;
        exponent.checked_sub(&less_one, &shifted)?;
        let mut out = BigNum::new_secure()?;
        out.mod_exp(number, &exponent, &self.p, &mut self.context)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::crypto::agreement::PrivateKey;
    use crate::crypto::kdf::{Purpose, derive};

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text.replace(char::is_whitespace, "")).unwrap()
    }

    /// Session keys and tokens of one side of a worked example, from its private key.
    fn agreed(
        mapped: &Generator,
        private: &str,
        own: &[u8],
        other: &[u8],
        protocol: &str,
        tag: u8,
    ) -> [String; 3] {
        let pair = mapped
            .key_pair(PrivateKey::new(Zeroizing::new(bytes(private))))
            .unwrap();
        assert_eq!(pair.public, own);
        let shared = mapped.agree(&pair.private, other).unwrap();
        let token = |public: &[u8]| {
            let mac = derive(&shared, Purpose::Mac, Cipher::Aes128).unwrap();
            let value = [
                bytes(protocol),
                crate::codec::tlv::encode(tag.into(), public),
            ]
            .concat();
            hex::encode_upper(mac.mac(&crate::codec::tlv::encode(0x7f49, &value)).unwrap())
        };
        // Keys print nothing of themselves: they are compared by what they encrypt.
        let encryption = derive(&shared, Purpose::Encryption, Cipher::Aes128).unwrap();
        let block = encryption.encrypt(&[0; 16]).unwrap();
        [hex::encode_upper(&*block), token(own), token(other)]
    }

    fn block_under(key: &str) -> String {
        let key = AesKey::new(&bytes(key)).unwrap();
        hex::encode_upper(key.encrypt_block(&[0; 16]).unwrap())
    }

    /// The nonce as the password's key opens it.
    fn nonce(cryptogram: &str) -> Zeroizing<Vec<u8>> {
        let key = AesKey::new(&bytes("591468CDA83D65219CCCB8560233600F")).unwrap();
        SymmetricKey::Aes(key).decrypt(&bytes(cryptogram)).unwrap()
    }

    /// ICAO 9303-11, appendix H.1: ECDH, integrated mapping, brainpoolP256r1, AES-128.
    #[test]
    fn icao_9303_11_appendix_h_1() {
        let s = nonce("143DC40C08C8E891FBED7DEDB92B64AD");
        assert_eq!(*s, bytes("2923BE84E16CD6AE529049F1F1BBE9EB"));
        let mapped = Group::standardized(13)
            .unwrap()
            .map_integrated(
                &s,
                &bytes("5DD4CBFC96F5453B130D890A1CDBAE32"),
                Cipher::Aes128,
            )
            .unwrap();
        assert_eq!(
            mapped.base()[1..33],
            bytes("8E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427")
        );
        let chip = bytes(
            "0467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8
             932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D22753",
        );
        let terminal = bytes(
            "0489CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD640D4
             6755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C37",
        );
        // The chip's private key is the one that is published.
        let [block, of_chip, of_terminal] = agreed(
            &mapped,
            "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
            &chip,
            &terminal,
            "060A04007F00070202040402",
            0x86,
        );
        assert_eq!(block, block_under("0D3FEB33251A6370893D62AE8DAAF51B"));
        assert_eq!(of_chip, "450F02B86F6A0909");
        assert_eq!(of_terminal, "75D4D96E8D5B0308");
    }

    /// ICAO 9303-11, appendix H.2: DH, integrated mapping, RFC 5114 1024/160, AES-128.
    #[test]
    fn icao_9303_11_appendix_h_2() {
        let s = nonce("9ABB8864CA0FF1551E620D1EF4E13510");
        assert_eq!(*s, bytes("FA5B7E3E49753A0DB9178B7B9BD898C8"));
        let mapped = Group::standardized(0)
            .unwrap()
            .map_integrated(
                &s,
                &bytes("B3A6DB3C870C3E99245E0D1C06B747DE"),
                Cipher::Aes128,
            )
            .unwrap();
        assert_eq!(
            mapped.base(),
            bytes(
                "1D7D767F11E333BCD6DBAEF40E799E7A926B96973550656FF3C830726D118D61
                 C276CDCC61D475CF03A98E0C0E79CAEBA5BE25578BD4551D0B10903236F0B0F9
                 76852FA78EEA14EA0ACA87D1E91F688FE0DFF897BBE35A472621D343564B262F
                 34223AE8FC59B664BFEDFA2BFE7516CA5510A6BBB633D517EC25D4E0BBAA16C2"
            )
        );
        let terminal = bytes(
            "0F0CC62945A8029251FB7EF3C094E12EC68E4EF07F27CB9D9CD04C5C4250FAE0
             E4F8A951557E929AEB48E5C6DD47F2F5CD7C351A9BD2CD722C07EDE166770F08
             FFCB370262CF308DD7B07F2E0DA9CAAA1492344C852906919538C98A4BA4187E
             76CE9D87832386D319CE2E043C3343AEAE6EDBA1A9894DC5094D22F7FE1351D5",
        );
        let chip = bytes(
            "928D9A0F9DBA450F13FC859C6F290D1D36E42431138A4378500BEB4E0401854C
             FF111F71CB6DC1D0335807A11388CC8EAA87B07907AAD9FBA6B169AF6D8C26AF
             8DDDC39ADC3AD2E3FF882B84D23E9768E95A80E4746FB07A9767679FE92133B4
             D379935C771BD7FBED6C7BB4B1708B275EA75679524CDC9C6A91370CC662A2F3",
        );
        // The terminal's private key is the one that is published.
        let [block, of_terminal, of_chip] = agreed(
            &mapped,
            "4BD0E54740F9A028E6A515BFDAF967848C4F5F5FFF65AA0915947FFD1A0DF2FA
             6981271BC905F3551457B7E03AC3B8066DE4AA406C1171FB43DD939C4BA16175
             103BA3DEE16419AA248118F90CC36A3D6F4C373652E0C3CCE7F0F1D0C5425B36
             00F0F0D6A67F004C8BBA33F2B4733C7252445C1DFC4F1107203F71D2EFB28161",
            &terminal,
            &chip,
            "060A04007F00070202040302",
            0x84,
        );
        assert_eq!(block, block_under("01AFC10CF87BE36D8179E87370171F07"));
        assert_eq!(of_chip, "55D61977CBF5307E");
        assert_eq!(of_terminal, "C2F04230187E1525");
    }

    /// pace-im-degenerate. No chip can bring it about: it has sent its nonce before it sees ours.
    #[test]
    fn numbers_that_lead_to_the_neutral_element_are_refused() {
        let below = |number: &BigNumRef| {
            let mut less = number.to_owned().unwrap();
            less.sub_word(1).unwrap();
            less
        };
        let small = |number| BigNum::from_u32(number).unwrap();
        for id in 0..=2 {
            let Group::Dh(group) = Group::standardized(id).unwrap() else {
                unreachable!()
            };
            let prime = group.numbers().unwrap().prime;
            for number in [small(0), small(1), below(&prime)] {
                assert_eq!(encoded_number(group, &number), Err(KeyFault::Invalid));
            }
            assert!(encoded_number(group, &small(2)).is_ok());
        }
        for id in [8, 9, 11, 12, 13, 14, 15, 16, 17, 18] {
            let Group::Ec(curve) = Group::standardized(id).unwrap() else {
                unreachable!()
            };
            let prime = BigNum::from_slice(&curve.parameters().unwrap().p).unwrap();
            for number in [small(0), small(1), below(&prime)] {
                assert_eq!(encoded_point(curve, &number), Err(KeyFault::Invalid));
            }
            assert!(encoded_point(curve, &small(2)).is_ok());
        }
    }

    #[test]
    fn every_group_but_p_224_has_an_encoding() {
        for id in (0..=2).chain(8..=18) {
            let group = Group::standardized(id).unwrap();
            for (cipher, s, t) in [
                (Cipher::TripleDes, 16, 16),
                (Cipher::Aes128, 16, 16),
                (Cipher::Aes192, 32, 24),
                (Cipher::Aes256, 32, 32),
            ] {
                let mapped = group.map_integrated(&vec![1; s], &vec![2; t], cipher);
                if id == 10 {
                    assert_eq!(mapped, Err(KeyFault::Crypto(CryptoFault)));
                } else {
                    let mapped = mapped.unwrap();
                    mapped.check_public(mapped.base()).unwrap();
                }
            }
        }
    }
}
