//! A key of the cipher that two sides agreed on.

use zeroize::Zeroizing;

use super::CryptoFault;
use super::aes::{self, AesKey};
use super::des::{self, TripleDesKey};

/// A key of 3DES or AES.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymmetricKey {
    /// Two-key 3DES.
    TripleDes(TripleDesKey),
    /// AES.
    Aes(AesKey),
}

impl SymmetricKey {
    /// Bytes of a block.
    #[must_use]
    pub const fn block(&self) -> usize {
        match self {
            Self::TripleDes(_) => des::BLOCK,
            Self::Aes(_) => aes::BLOCK,
        }
    }

    /// Encrypts whole blocks in CBC mode under a zero initialisation vector.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is not of whole blocks.
    pub fn encrypt(&self, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        match self {
            Self::TripleDes(key) => key.encrypt(data),
            Self::Aes(key) => key.encrypt_cbc(&[0; aes::BLOCK], data),
        }
    }

    /// Decrypts whole blocks in CBC mode under a zero initialisation vector.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is not of whole blocks.
    pub fn decrypt(&self, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        match self {
            Self::TripleDes(key) => key.decrypt(data),
            Self::Aes(key) => key.decrypt_cbc(&[0; aes::BLOCK], data),
        }
    }

    /// Eight bytes: the retail MAC, which pads by method 2, or AES-CMAC cut short, which needs no
    /// padding (ICAO 9303-11, 4.4.3.4 and 9.8.6).
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn mac(&self, data: &[u8]) -> Result<[u8; 8], CryptoFault> {
        match self {
            Self::TripleDes(key) => key.retail_mac(data),
            Self::Aes(key) => {
                let mac = key.cmac(data)?;
                mac.first_chunk::<8>().copied().ok_or(CryptoFault)
            }
        }
    }
}
