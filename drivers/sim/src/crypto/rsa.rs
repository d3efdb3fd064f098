//! RSA keys from labels, and the bare operation: each signature scheme pads for itself.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::pkey::Private;
use openssl::rsa::{Rsa, RsaPrivateKeyBuilder};

use super::stream::LabelStream;
use crate::der;

/// An RSA private key.
#[derive(Clone)]
pub struct RsaKey {
    modulus: Vec<u8>,
    exponent: u32,
    private: Vec<u8>,
    primes: [Vec<u8>; 2],
}

/// Keys made so far in this process: primes take a while to find.
static MADE: OnceLock<Mutex<HashMap<KeyName, RsaKey>>> = OnceLock::new();

/// Bits, public exponent, label.
type KeyName = (usize, u32, String);

impl RsaKey {
    /// The key of `bits` bits and public exponent `exponent` that belongs to a label.
    ///
    /// # Errors
    /// The library's.
    pub fn from_label(bits: usize, exponent: u32, label: &str) -> Result<Self, ErrorStack> {
        let made = MADE.get_or_init(Mutex::default);
        let name = (bits, exponent, label.to_owned());
        let lock = || made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = lock().get(&name) {
            return Ok(key.clone());
        }
        let key = Self::make(bits, exponent, label)?;
        lock().insert(name, key.clone());
        Ok(key)
    }

    fn make(bits: usize, exponent: u32, label: &str) -> Result<Self, ErrorStack> {
        let mut stream = LabelStream::new(label);
        let mut ctx = BigNumContext::new()?;
        let e = BigNum::from_u32(exponent)?;
        let (p, p1) = prime(&mut stream, bits / 2, exponent)?;
        let (q, q1) = prime(&mut stream, bits / 2, exponent)?;
        let (mut n, mut phi, mut d) = (BigNum::new()?, BigNum::new()?, BigNum::new()?);
        n.checked_mul(&p, &q, &mut ctx)?;
        phi.checked_mul(&p1, &q1, &mut ctx)?;
        d.mod_inverse(&e, &phi, &mut ctx)?;
        Ok(Self {
            modulus: n.to_vec(),
            exponent,
            private: d.to_vec(),
            primes: [p.to_vec(), q.to_vec()],
        })
    }

    /// Length of the modulus in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.modulus.len()
    }

    /// The modulus, big-endian.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        self.exponent
    }

    /// The key as the library has it, for what is handed out in files.
    ///
    /// # Errors
    /// The library's.
    pub fn to_library(&self) -> Result<Rsa<Private>, ErrorStack> {
        let mut ctx = BigNumContext::new()?;
        let number = |bytes: &[u8]| BigNum::from_slice(bytes);
        let [p, q] = &self.primes;
        let (p, q, d) = (number(p)?, number(q)?, number(&self.private)?);
        let mut remainder = |prime: &BigNumRef| {
            let (mut below, mut out) = (prime.to_owned()?, BigNum::new()?);
            below.sub_word(1)?;
            out.nnmod(&d, &below, &mut ctx)?;
            Ok::<_, ErrorStack>(out)
        };
        let (dp, dq) = (remainder(&p)?, remainder(&q)?);
        let mut inverse = BigNum::new()?;
        inverse.mod_inverse(&q, &p, &mut *BigNumContext::new()?)?;
        let exponent = BigNum::from_u32(self.exponent)?;
        let key = RsaPrivateKeyBuilder::new(number(&self.modulus)?, exponent, d.to_owned()?)?;
        Ok(key
            .set_factors(p, q)?
            .set_crt_params(dp, dq, inverse)?
            .build())
    }

    /// The private operation on a representative below the modulus; as long as the modulus.
    ///
    /// # Errors
    /// The library's.
    pub fn raise(&self, representative: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut ctx = BigNumContext::new()?;
        let mut out = BigNum::new()?;
        let base = BigNum::from_slice(representative)?;
        let power = BigNum::from_slice(&self.private)?;
        out.mod_exp(
            &base,
            &power,
            &*BigNum::from_slice(&self.modulus)?,
            &mut ctx,
        )?;
        let bytes = out.to_vec();
        let mut wide = vec![0; self.length().saturating_sub(bytes.len())];
        wide.extend(bytes);
        Ok(wide)
    }

    /// SubjectPublicKeyInfo (RFC 3279, 2.3.1).
    #[must_use]
    pub fn public_key_info(&self) -> Vec<u8> {
        let key = der::sequence(&[
            der::integer(&self.modulus),
            der::integer(&self.exponent.to_be_bytes()),
        ]);
        der::sequence(&[
            der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]),
            der::bits(0, &key),
        ])
    }

    /// RSASSA-PKCS1-v1_5 over a DigestInfo (RFC 8017, 9.2).
    ///
    /// # Errors
    /// The library's.
    pub fn sign_pkcs1(&self, digest_info: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut block = vec![0x00, 0x01];
        block.resize(self.length().saturating_sub(digest_info.len() + 1), 0xFF);
        block.push(0x00);
        block.extend_from_slice(digest_info);
        self.raise(&block)
    }
}

/// What someone without the private key makes for a key with e = 3: a number whose cube begins like
/// the padding of PKCS#1 v1.5 around a SHA-256 digest, junk after it (Bleichenbacher, 2006).
///
/// # Errors
/// The library's.
pub fn forged_pkcs1(length: usize, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let info = der::sequence(&[
        der::sequence(&[der::oid("2.16.840.1.101.3.4.2.1"), der::null()]),
        der::octets(digest),
    ]);
    let mut goal = vec![
        0x00, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00,
    ];
    goal.extend(info);
    // The junk behind is wide enough for the cube of the root, rounded up, to fall into it.
    goal.resize(length, 0xFF);
    let mut ctx = BigNumContext::new()?;
    let goal = BigNum::from_slice(&goal)?;
    let mut root = BigNum::new()?;
    for bit in (0..=goal.num_bits() / 3).rev() {
        root.set_bit(bit)?;
        let (mut square, mut cube) = (BigNum::new()?, BigNum::new()?);
        square.sqr(&root, &mut ctx)?;
        cube.checked_mul(&square, &root, &mut ctx)?;
        if cube > goal {
            root.clear_bit(bit)?;
        }
    }
    let bytes = root.to_vec();
    let mut wide = vec![0; length.saturating_sub(bytes.len())];
    wide.extend(bytes);
    Ok(wide)
}

/// A prime whose two uppermost bits are set and whose predecessor is coprime to `exponent`, and
/// that predecessor.
fn prime(
    stream: &mut LabelStream,
    bits: usize,
    exponent: u32,
) -> Result<(BigNum, BigNum), ErrorStack> {
    let mut ctx = BigNumContext::new()?;
    let top = i32::try_from(bits).unwrap_or(i32::MAX) - 1;
    loop {
        let mut candidate = BigNum::from_slice(&stream.take(bits / 8))?;
        candidate.set_bit(top)?;
        candidate.set_bit(top - 1)?;
        candidate.set_bit(0)?;
        let before = BigNum::from_slice(&candidate.to_vec())?;
        let mut before = before;
        before.sub_word(1)?;
        if before.mod_word(exponent)? != 0 && candidate.is_prime_fasttest(0, &mut ctx, true)? {
            return Ok((candidate, before));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::sha::sha256;
    use openssl::sign::Verifier;

    use super::*;

    #[test]
    fn a_forged_signature_fools_only_who_does_not_look_to_the_end() {
        let key = RsaKey::from_label(2048, 3, "rsa").unwrap();
        let digest = sha256(b"message");
        let forged = BigNum::from_slice(&forged_pkcs1(key.length(), &digest).unwrap()).unwrap();
        let (mut square, mut cube, mut ctx) = (
            BigNum::new().unwrap(),
            BigNum::new().unwrap(),
            BigNumContext::new().unwrap(),
        );
        square.sqr(&forged, &mut ctx).unwrap();
        cube.checked_mul(&square, &forged, &mut ctx).unwrap();
        let opened = cube.to_vec();
        assert_eq!(opened.len(), 255);
        assert!(opened.starts_with(&[0x01, 0xFF]));
        assert!(opened.windows(32).any(|window| window == digest));
        assert!(!opened.ends_with(&digest));
    }

    #[test]
    fn signatures_verify_in_the_library() {
        for (bits, exponent) in [(1024, 65_537), (2048, 3)] {
            let key = RsaKey::from_label(bits, exponent, "rsa").unwrap();
            assert_eq!(key.length() * 8, bits);
            let info = der::sequence(&[
                der::sequence(&[der::oid("2.16.840.1.101.3.4.2.1"), der::null()]),
                der::octets(&sha256(b"message")),
            ]);
            let signature = key.sign_pkcs1(&info).unwrap();
            let public = PKey::public_key_from_der(&key.public_key_info()).unwrap();
            let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
            assert!(verifier.verify_oneshot(&signature, b"message").unwrap());
        }
    }
}
