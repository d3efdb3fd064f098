//! The keys of one secure channel, whatever their cipher (ICAO 9303-11, 9.8).

use super::CryptoFault;
use super::aes::AesKey;
use super::des::TripleDesKey;

/// A key with its cipher.
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
            Self::TripleDes(_) => 8,
            Self::Aes(_) => 16,
        }
    }

    /// Eight bytes: the retail MAC, which pads by itself, or AES-CMAC, of which the first eight count.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn mac(&self, data: &[u8]) -> Result<[u8; 8], CryptoFault> {
        match self {
            Self::TripleDes(key) => key.retail_mac(data),
            Self::Aes(key) => {
                let [a, b, c, d, e, f, g, h, ..] = key.cmac(data)?;
                Ok([a, b, c, d, e, f, g, h])
            }
        }
    }
}
