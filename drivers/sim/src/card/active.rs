//! Active authentication, the chip's side (ICAO 9303-11, 6.1).

use openssl::error::ErrorStack;
use openssl::sha::{sha1, sha256};

use super::faults::ActiveFault;
use super::random::Randomness;
use crate::crypto::curve::EcKey;
use crate::crypto::rsa::RsaKey;
use crate::der;

/// The private key behind DG15, and how it signs.
#[derive(Clone)]
pub enum ActiveKey {
    /// ISO/IEC 9796-2 scheme 1 with SHA-1, trailer BC.
    RsaSha1(RsaKey),
    /// ISO/IEC 9796-2 scheme 1 with SHA-256, trailer 34CC.
    RsaSha256(RsaKey),
    /// Plain ECDSA with SHA-256 (BSI TR-03111, 5.2.1).
    Ecdsa(EcKey),
}

/// Signs the terminal's challenge (ICAO 9303-11, 6.1.2.1).
///
/// # Errors
/// The cryptographic library's.
pub fn sign(
    key: &ActiveKey,
    challenge: &[u8],
    random: &mut dyn Randomness,
    fault: Option<ActiveFault>,
) -> Result<Vec<u8>, ErrorStack> {
    let (key, long) = match key {
        ActiveKey::Ecdsa(key) => return sign_plain(key, challenge, random, fault),
        ActiveKey::RsaSha1(key) => (key, false),
        ActiveKey::RsaSha256(key) => (key, true),
    };
    let trailer: &[u8] = match (fault, long) {
        (Some(ActiveFault::TrailerWrong), _) => &[0x33, 0xCC],
        (_, true) => &[0x34, 0xCC],
        (_, false) => &[0xBC],
    };
    if fault == Some(ActiveFault::CubeRoot) {
        return Ok(cube_root(key.length()));
    }
    // ISO/IEC 9796-2, 8: header 6A says that part of the message is recovered.
    let digest_length = if long { 32 } else { 20 };
    let mut recoverable = vec![
        0;
        key.length()
            .saturating_sub(1 + digest_length + trailer.len())
    ];
    if fault == Some(ActiveFault::ConstantM1) {
        recoverable.fill(0x5a);
    } else {
        random.fill(&mut recoverable);
    }
    let message = [&recoverable[..], challenge].concat();
    let digest = if long || fault == Some(ActiveFault::HashMixed) {
        sha256(&message)
            .iter()
            .take(digest_length)
            .copied()
            .collect()
    } else {
        sha1(&message).to_vec()
    };
    let header = if fault == Some(ActiveFault::HeaderFull) {
        0x4A
    } else {
        0x6A
    };
    key.raise(&[&[header], &recoverable[..], &digest, trailer].concat())
}

/// Plain ECDSA, r and s of equal length (ICAO 9303-11, 6.1.2.3).
fn sign_plain(
    key: &EcKey,
    challenge: &[u8],
    random: &mut dyn Randomness,
    fault: Option<ActiveFault>,
) -> Result<Vec<u8>, ErrorStack> {
    let mut nonce = vec![0; key.curve().length() + 8];
    random.fill(&mut nonce);
    let (r, s) = key.sign_with(&sha256(challenge), &nonce)?;
    if fault == Some(ActiveFault::Der) {
        return Ok(der::sequence(&[der::integer(&r), der::integer(&s)]));
    }
    Ok([r, s].concat())
}

/// A number whose cube, shorter than the modulus, begins like a representative: what someone
/// without the private key can make for a key with e = 3.
fn cube_root(length: usize) -> Vec<u8> {
    // 2^b · c with c³ in [6A, 6B) · 2^(8k): c = 4.7337… for the head 6A, as fixed point digits.
    let head = [0x04u8, 0xBB, 0xCC];
    let third = length.saturating_sub(1) / 3;
    let mut out = vec![0; length.saturating_sub(third + 1)];
    out.extend(
        head.iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(third + 1),
    );
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use openssl::bn::{BigNum, BigNumContext};

    use super::super::random::SeededRandom;
    use super::*;

    fn opened(key: &RsaKey, exponent: u32, signature: &[u8]) -> Vec<u8> {
        let mut out = BigNum::new().unwrap();
        out.mod_exp(
            &BigNum::from_slice(signature).unwrap(),
            &BigNum::from_u32(exponent).unwrap(),
            &BigNum::from_slice(key.modulus()).unwrap(),
            &mut BigNumContext::new().unwrap(),
        )
        .unwrap();
        out.to_vec()
    }

    #[test]
    fn the_representative_is_that_of_iso_9796_2_scheme_1() {
        let key = RsaKey::from_label(1024, 65_537, "active").unwrap();
        let challenge = [1, 2, 3, 4, 5, 6, 7, 8];
        for (active, digest_length, trailer) in [
            (ActiveKey::RsaSha1(key.clone()), 20, &[0xBC][..]),
            (ActiveKey::RsaSha256(key.clone()), 32, &[0x34, 0xCC][..]),
        ] {
            let mut random = SeededRandom::new("m1");
            let signature = sign(&active, &challenge, &mut random, None).unwrap();
            let opened = opened(&key, 65_537, &signature);
            assert_eq!(opened.len(), 128);
            assert_eq!(opened[0], 0x6A);
            assert!(opened.ends_with(trailer));
            let digest_at = 128 - trailer.len() - digest_length;
            // ICAO 9303-11, appendix F: 848 bits are recovered where the hash is SHA-1.
            assert_eq!(digest_at - 1, if digest_length == 20 { 106 } else { 93 });
            let message = [&opened[1..digest_at], &challenge].concat();
            let digest = &opened[digest_at..digest_at + digest_length];
            if digest_length == 20 {
                assert_eq!(digest, sha1(&message));
            } else {
                assert_eq!(digest, sha256(&message));
            }
        }
    }

    #[test]
    fn the_cube_root_has_the_right_head() {
        let key = RsaKey::from_label(2048, 3, "cube").unwrap();
        let mut random = SeededRandom::new("unused");
        let active = ActiveKey::RsaSha1(key.clone());
        let signature = sign(&active, &[0; 8], &mut random, Some(ActiveFault::CubeRoot)).unwrap();
        let opened = opened(&key, 3, &signature);
        assert_eq!((opened.len(), opened[0]), (256, 0x6A));
    }
}
