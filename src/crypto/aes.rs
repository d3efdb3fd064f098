//! AES in CBC mode and AES-CMAC (FIPS 197; NIST SP 800-38B, RFC 4493).

use core::fmt;

use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, Crypter, Mode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::CryptoFault;

/// Bytes of an AES block.
pub const BLOCK: usize = 16;

/// An AES key of 16, 24 or 32 bytes. Wipes itself, prints nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AesKey(Vec<u8>);

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl AesKey {
    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// [`CryptoFault`] for any other length than 16, 24 or 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, CryptoFault> {
        match key.len() {
            16 | 24 | 32 => Ok(Self(key.to_vec())),
            _ => Err(CryptoFault),
        }
    }

    /// Encrypts whole blocks in CBC mode.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is no multiple of 16 bytes.
    pub fn encrypt_cbc(
        &self,
        iv: &[u8; BLOCK],
        data: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        self.cbc(Mode::Encrypt, iv, data)
    }

    /// Decrypts whole blocks in CBC mode.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is no multiple of 16 bytes.
    pub fn decrypt_cbc(
        &self,
        iv: &[u8; BLOCK],
        data: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        self.cbc(Mode::Decrypt, iv, data)
    }

    /// Encrypts one block.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn encrypt_block(&self, block: &[u8; BLOCK]) -> Result<[u8; BLOCK], CryptoFault> {
        let out = self.encrypt_cbc(&[0; BLOCK], block)?;
        out.first_chunk::<BLOCK>().copied().ok_or(CryptoFault)
    }

    /// AES-CMAC over `data`, 16 bytes (RFC 4493).
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn cmac(&self, data: &[u8]) -> Result<[u8; BLOCK], CryptoFault> {
        let (cipher, _) = self.ciphers();
        let key = PKey::cmac(&cipher, &self.0)?;
        let mac = Zeroizing::new(Signer::new_without_digest(&key)?.sign_oneshot_to_vec(data)?);
        mac.first_chunk::<BLOCK>().copied().ok_or(CryptoFault)
    }

    fn ciphers(&self) -> (Cipher, usize) {
        match self.0.len() {
            16 => (Cipher::aes_128_cbc(), 16),
            24 => (Cipher::aes_192_cbc(), 24),
            _ => (Cipher::aes_256_cbc(), 32),
        }
    }

    fn cbc(
        &self,
        mode: Mode,
        iv: &[u8; BLOCK],
        data: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        let (cipher, _) = self.ciphers();
        let mut crypter = Crypter::new(cipher, mode, &self.0, Some(iv))?;
        crypter.pad(false);
        let mut out = Zeroizing::new(vec![0; data.len().saturating_add(BLOCK)]);
        let written = crypter.update(data, &mut out)?;
        let rest = out.get_mut(written..).ok_or(CryptoFault)?;
        let finished = crypter.finalize(rest)?;
        out.truncate(written.saturating_add(finished));
        if out.len() == data.len() {
            Ok(out)
        } else {
            Err(CryptoFault)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn rfc_4493_section_4() {
        let key = AesKey::new(&bytes("2b7e151628aed2a6abf7158809cf4f3c")).unwrap();
        let message = bytes(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        );
        for (length, mac) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
            (64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ] {
            assert_eq!(hex::encode(key.cmac(&message[..length]).unwrap()), mac);
        }
    }

    #[test]
    fn fips_197_appendix_c() {
        for (key, cipher) in [
            (
                "000102030405060708090a0b0c0d0e0f",
                "69c4e0d86a7b0430d8cdb78070b4c55a",
            ),
            (
                "000102030405060708090a0b0c0d0e0f1011121314151617",
                "dda97ca4864cdfe06eaf70a0ec0d7191",
            ),
            (
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "8ea2b7ca516745bfeafc49904b496089",
            ),
        ] {
            let key = AesKey::new(&bytes(key)).unwrap();
            let block = bytes("00112233445566778899aabbccddeeff")
                .try_into()
                .unwrap();
            let encrypted = key.encrypt_block(&block).unwrap();
            assert_eq!(hex::encode(encrypted), cipher);
            let back = key.decrypt_cbc(&[0; BLOCK], &encrypted).unwrap();
            assert_eq!(*back, block);
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for length in [0, 8, 15, 17, 33] {
            assert!(AesKey::new(&vec![0; length]).is_err());
        }
        let key = AesKey::new(&[0; 16]).unwrap();
        assert!(key.decrypt_cbc(&[0; BLOCK], &[0; 15]).is_err());
    }
}
