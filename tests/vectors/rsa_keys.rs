//! RSA keys of any length, and the other library's verdict.

use std::sync::OnceLock;

use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::{PublicKey, Scheme, SignatureError, verify};
use num_bigint::BigUint;
use openssl::bn::{BigNum, BigNumContext};
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::sha2::{Sha224, Sha256, Sha384, Sha512};
use rsa::{BoxedUint, Pss};
use sha1::Sha1;

use crate::dice::{Dice, wide};

/// A key pair.
pub struct RsaPair {
    pub n: BigUint,
    pub e: u32,
    d: BigUint,
}

/// Bits of the modulus, and the public exponent. Those of 1,025 and 2,049 bits leave PSS a block
/// that is a byte shorter than the modulus; ring does those of whole bytes from 2,048 on.
const KEYS: [(usize, u32); 7] = [
    (1024, 3),
    (1025, 65_537),
    (1030, 17),
    (2048, 3),
    (2048, 65_537),
    (2049, 65_537),
    (3072, 65_537),
];

/// The keys of all tests here, made once.
pub fn keys() -> &'static [RsaPair] {
    static MADE: OnceLock<Vec<RsaPair>> = OnceLock::new();
    MADE.get_or_init(|| {
        KEYS.iter()
            .map(|(bits, e)| RsaPair::new(*bits, *e))
            .collect()
    })
}

/// The key of 2,048 bits with that exponent.
pub fn key(e: u32) -> &'static RsaPair {
    let mut found = keys().iter();
    found
        .find(|pair| pair.n.bits() == 2048 && pair.e == e)
        .unwrap()
}

impl RsaPair {
    fn new(bits: usize, e: u32) -> Self {
        let mut dice = Dice::new(&format!("RSA {bits} {e}"));
        let one = BigUint::from(1_u32);
        let p = prime(&mut dice, bits / 2, e);
        loop {
            let q = prime(&mut dice, bits.div_ceil(2), e);
            let n = &p * &q;
            if n.bits() != u64::try_from(bits).unwrap() || p == q {
                continue;
            }
            let d = BigUint::from(e).modinv(&((&p - &one) * (&q - &one)));
            return Self {
                n,
                e,
                d: d.unwrap(),
            };
        }
    }

    /// Bytes of the modulus.
    pub fn length(&self) -> usize {
        usize::try_from(self.n.bits().div_ceil(8)).unwrap()
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> usize {
        usize::try_from(self.n.bits()).unwrap()
    }

    /// The private operation on a number below the modulus. Signing needs no second opinion.
    pub fn raise(&self, block: &[u8]) -> Vec<u8> {
        let number = |value: &BigUint| BigNum::from_slice(&value.to_bytes_be()).unwrap();
        let block = BigNum::from_slice(block).unwrap();
        let (mut out, mut context) = (BigNum::new().unwrap(), BigNumContext::new().unwrap());
        out.mod_exp(&block, &number(&self.d), &number(&self.n), &mut context)
            .unwrap();
        wide(&BigUint::from_bytes_be(&out.to_vec()), self.length())
    }

    /// As the desk holds it.
    pub fn public(&self) -> PublicKey {
        PublicKey::Rsa {
            modulus: self.n.to_bytes_be(),
            exponent: BigUint::from(self.e).to_bytes_be(),
        }
    }

    /// Our verdict: a signature that does not hold is invalid, and never a fault of the library.
    pub fn ours(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match verify(&self.public(), scheme, message, signature) {
            Ok(()) => true,
            Err(SignatureError::Invalid) => false,
            Err(other) => panic!("{} bits, {scheme:?}: {other:?}", self.bits()),
        }
    }

    /// RustCrypto's, from the digest on.
    pub fn theirs(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        let number = |value: &BigUint| BoxedUint::from_be_slice_vartime(&value.to_bytes_be());
        let key = rsa::PublicKey::new(number(&self.n), number(&BigUint::from(self.e))).unwrap();
        let digest = scheme.hash().digest(message);
        macro_rules! by {
            ($hash:ty) => {
                match scheme {
                    Scheme::RsaPss { salt, .. } => {
                        let scheme = Pss::<$hash>::new_with_salt(usize::from(salt));
                        key.verify(scheme, &digest, signature)
                    }
                    _ => key.verify(Pkcs1v15Sign::new::<$hash>(), &digest, signature),
                }
            };
        }
        match scheme.hash() {
            HashAlgorithm::Sha1 => by!(Sha1),
            HashAlgorithm::Sha224 => by!(Sha224),
            HashAlgorithm::Sha256 => by!(Sha256),
            HashAlgorithm::Sha384 => by!(Sha384),
            HashAlgorithm::Sha512 => by!(Sha512),
        }
        .is_ok()
    }
}

/// A prime whose two uppermost bits are set and whose predecessor is coprime to `e`.
fn prime(dice: &mut Dice, bits: usize, e: u32) -> BigUint {
    let mut context = BigNumContext::new().unwrap();
    let top = BigUint::from(3_u32) << (bits - 2);
    loop {
        let bytes = dice.bytes(bits / 8 + 1);
        let low = BigUint::from_bytes_be(&bytes) % (BigUint::from(1_u32) << (bits - 2));
        let candidate = (low | &top) | BigUint::from(1_u32);
        let predecessor_is_coprime = (&candidate - 1_u32) % e != BigUint::ZERO;
        let number = BigNum::from_slice(&candidate.to_bytes_be()).unwrap();
        if predecessor_is_coprime && number.is_prime_fasttest(20, &mut context, true).unwrap() {
            return candidate;
        }
    }
}
