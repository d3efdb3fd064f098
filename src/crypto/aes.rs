//! AES (FIPS 197) with CMAC (RFC 4493; ICAO 9303-11, 9.8).

use core::fmt;

use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::Cipher;
use zeroize::Zeroizing;

use super::CryptoFault;

/// An AES key of 16, 24 or 32 bytes. Wipes itself, prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct AesKey(Zeroizing<Vec<u8>>);

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl AesKey {
    /// Takes 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`CryptoFault`] for any other length.
    pub fn new(key: &[u8]) -> Result<Self, CryptoFault> {
        match key.len() {
            16 | 24 | 32 => Ok(Self(Zeroizing::new(key.to_vec()))),
            _ => Err(CryptoFault),
        }
    }

    /// AES-CMAC, 16 bytes.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn cmac(&self, data: &[u8]) -> Result<[u8; 16], CryptoFault> {
        let cipher = match self.0.len() {
            16 => Cipher::aes_128_cbc(),
            24 => Cipher::aes_192_cbc(),
            _ => Cipher::aes_256_cbc(),
        };
        let key = PKey::cmac(&cipher, &self.0)?;
        let mut signer = Signer::new_without_digest(&key)?;
        signer.update(data)?;
        signer.sign_to_vec()?.try_into().map_err(|_| CryptoFault)
    }
}
