//! 3DES and the retail MAC (ICAO 9303-11, 9.8.6; ISO/IEC 9797-1, MAC algorithm 3).

use openssl::error::ErrorStack;
use openssl::symm::{Cipher, Crypter, Mode};

use super::pad::pad;

/// Encrypts whole blocks with two-key 3DES in CBC mode, zero IV.
///
/// # Errors
/// The library's, for an input that is not whole blocks among others.
pub fn encrypt(key: &[u8; 16], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    run(Cipher::des_ede3_cbc(), Mode::Encrypt, key, input)
}

/// Decrypts whole blocks with two-key 3DES in CBC mode, zero IV.
///
/// # Errors
/// The library's, for an input that is not whole blocks among others.
pub fn decrypt(key: &[u8; 16], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    run(Cipher::des_ede3_cbc(), Mode::Decrypt, key, input)
}

/// The retail MAC over `input`, padded here by method 2: 8 bytes.
///
/// # Errors
/// The library's.
pub fn retail_mac(key: &[u8; 16], input: &[u8]) -> Result<[u8; 8], ErrorStack> {
    let (first, second) = key.split_at(8);
    let single = |half: &[u8]| {
        let mut twice = [0; 16];
        twice
            .iter_mut()
            .zip(half.iter().chain(half))
            .for_each(|(out, byte)| *out = *byte);
        twice
    };
    let (first, second) = (single(first), single(second));
    let chained = run(
        Cipher::des_ede3_cbc(),
        Mode::Encrypt,
        &first,
        &pad(input, 8),
    )?;
    let last = chained
        .get(chained.len().saturating_sub(8)..)
        .unwrap_or_default();
    let middle = run(Cipher::des_ede3_ecb(), Mode::Decrypt, &second, last)?;
    let out = run(Cipher::des_ede3_ecb(), Mode::Encrypt, &first, &middle)?;
    let mut mac = [0; 8];
    mac.iter_mut().zip(out).for_each(|(to, from)| *to = from);
    Ok(mac)
}

/// Runs a cipher over whole blocks without padding of its own.
fn run(cipher: Cipher, mode: Mode, key: &[u8; 16], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let tripled: Vec<u8> = key.iter().chain(key.iter().take(8)).copied().collect();
    let iv = cipher.iv_len().map(|len| vec![0; len]);
    let mut crypter = Crypter::new(cipher, mode, &tripled, iv.as_deref())?;
    crypter.pad(false);
    let mut out = vec![0; input.len() + 8];
    let done = crypter.update(input, &mut out)?;
    let rest = out.get_mut(done..).unwrap_or_default();
    let end = crypter.finalize(rest)?;
    out.truncate(done + end);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(text: &str) -> [u8; 16] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn icao_9303_11_appendix_d_3() {
        let s = hex::decode("781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B")
            .unwrap();
        let cryptogram = encrypt(&key("AB94FDECF2674FDFB9B391F85D7F76F2"), &s).unwrap();
        assert_eq!(
            hex::encode_upper(&cryptogram),
            "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
        );
        assert_eq!(
            decrypt(&key("AB94FDECF2674FDFB9B391F85D7F76F2"), &cryptogram).unwrap(),
            s
        );
        let mac = retail_mac(&key("7962D9ECE03D1ACD4C76089DCE131543"), &cryptogram).unwrap();
        assert_eq!(hex::encode_upper(mac), "5F1448EEA8AD90A7");
    }

    #[test]
    fn part_of_a_block_is_refused() {
        assert!(encrypt(&[1; 16], &[0; 7]).is_err());
    }
}
