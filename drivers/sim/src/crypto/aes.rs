//! AES in CBC mode, and CMAC (ICAO 9303-11, 9.8.6.2; NIST SP 800-38A and 800-38B).

use openssl::error::ErrorStack;
use openssl::symm::{Cipher, Crypter, Mode};

/// Length of a block in bytes.
pub const BLOCK: usize = 16;

/// Encrypts whole blocks in CBC mode. The key has 16, 24 or 32 bytes.
///
/// # Errors
/// The library's, for an input that is not whole blocks among others.
pub fn encrypt(key: &[u8], iv: &[u8; BLOCK], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let cipher = match key.len() {
        24 => Cipher::aes_192_cbc(),
        32 => Cipher::aes_256_cbc(),
        _ => Cipher::aes_128_cbc(),
    };
    run(cipher, Mode::Encrypt, key, Some(iv), input)
}

/// Decrypts whole blocks in CBC mode.
///
/// # Errors
/// The library's, for an input that is not whole blocks among others.
pub fn decrypt(key: &[u8], iv: &[u8; BLOCK], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let cipher = match key.len() {
        24 => Cipher::aes_192_cbc(),
        32 => Cipher::aes_256_cbc(),
        _ => Cipher::aes_128_cbc(),
    };
    run(cipher, Mode::Decrypt, key, Some(iv), input)
}

/// Encrypts one block alone, as the initialisation vector of a protected message is made.
///
/// # Errors
/// The library's.
pub fn block(key: &[u8], input: &[u8; BLOCK]) -> Result<[u8; BLOCK], ErrorStack> {
    let cipher = match key.len() {
        24 => Cipher::aes_192_ecb(),
        32 => Cipher::aes_256_ecb(),
        _ => Cipher::aes_128_ecb(),
    };
    Ok(exactly(&run(cipher, Mode::Encrypt, key, None, input)?))
}

/// CMAC over `input`, 16 bytes (NIST SP 800-38B, 6.2; RFC 4493).
///
/// # Errors
/// The library's.
pub fn cmac(key: &[u8], input: &[u8]) -> Result<[u8; BLOCK], ErrorStack> {
    let first = doubled(&block(key, &[0; BLOCK])?);
    let whole = !input.is_empty() && input.len().is_multiple_of(BLOCK);
    let subkey = if whole { first } else { doubled(&first) };
    let mut message = input.to_vec();
    if !whole {
        message = super::pad::pad(&message, BLOCK);
    }
    let start = message.len() - BLOCK;
    message
        .iter_mut()
        .skip(start)
        .zip(subkey)
        .for_each(|(byte, mask)| *byte ^= mask);
    let chained = encrypt(key, &[0; BLOCK], &message)?;
    Ok(exactly(chained.get(start..).unwrap_or_default()))
}

/// Multiplication by x in GF(2^128) (NIST SP 800-38B, 6.1).
fn doubled(input: &[u8; BLOCK]) -> [u8; BLOCK] {
    let number = u128::from_be_bytes(*input);
    let reduced = if number >> 127 == 1 { 0x87 } else { 0 };
    (number << 1 ^ reduced).to_be_bytes()
}

fn exactly(bytes: &[u8]) -> [u8; BLOCK] {
    let mut out = [0; BLOCK];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

/// Runs a cipher over whole blocks without padding of its own.
fn run(
    cipher: Cipher,
    mode: Mode,
    key: &[u8],
    iv: Option<&[u8; BLOCK]>,
    input: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    // OpenSSL's wrapper asserts the lengths of key and vector: whatever came, these fit.
    let mut sized = key.to_vec();
    sized.resize(cipher.key_len(), 0);
    let mut crypter = Crypter::new(cipher, mode, &sized, iv.map(|iv| &iv[..]))?;
    crypter.pad(false);
    let mut out = vec![0; input.len() + BLOCK];
    let done = crypter.update(input, &mut out)?;
    let end = crypter.finalize(out.get_mut(done..).unwrap_or_default())?;
    out.truncate(done + end);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// RFC 4493, section 4.
    #[test]
    fn rfc_4493() {
        let key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
        let message = bytes(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        );
        for (count, tag) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
            (64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ] {
            let input = message.get(..count).unwrap();
            assert_eq!(hex::encode(cmac(&key, input).unwrap()), tag, "{count}");
        }
    }

    /// NIST SP 800-38B, appendix D.2 and D.3: the longer keys.
    #[test]
    fn sp_800_38b() {
        let message = bytes("6bc1bee22e409f96e93d7e117393172a");
        for (key, tag) in [
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "9e99a7bf31e710900662f65e617c5184",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "28a7023f452e8f82bd4bf28d8c37c35c",
            ),
        ] {
            assert_eq!(hex::encode(cmac(&bytes(key), &message).unwrap()), tag);
        }
    }

    /// NIST SP 800-38A, F.2.1, F.2.3 and F.2.5: the first block.
    #[test]
    fn sp_800_38a() {
        let (iv, plain) = (
            bytes("000102030405060708090a0b0c0d0e0f")
                .try_into()
                .unwrap(),
            bytes("6bc1bee22e409f96e93d7e117393172a"),
        );
        for (key, cryptogram) in [
            (
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d",
            ),
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "4f021db243bc633d7178183a9fa071e8",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
            ),
        ] {
            let out = encrypt(&bytes(key), &iv, &plain).unwrap();
            assert_eq!(hex::encode(&out), cryptogram);
            assert_eq!(decrypt(&bytes(key), &iv, &out).unwrap(), plain);
        }
    }

    #[test]
    fn part_of_a_block_is_refused() {
        assert!(encrypt(&[1; 16], &[0; 16], &[0; 15]).is_err());
    }
}
