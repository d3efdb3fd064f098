//! Two-key 3DES in CBC mode, the retail MAC and padding (ICAO 9303-11, 9.8; ISO/IEC 9797-1).

use core::fmt;

use openssl::symm::{Cipher, Crypter, Mode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::CryptoFault;

/// Bytes of a DES block.
pub const BLOCK: usize = 8;

/// A two-key 3DES key (16 bytes, parity adjusted or not). Wipes itself, prints nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct TripleDesKey([u8; 16]);

impl fmt::Debug for TripleDesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl TripleDesKey {
    /// Takes K1 and K2, eight bytes each.
    #[must_use]
    pub const fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// The key bytes, for vectors and evidence that stays in memory.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Encrypts whole blocks in CBC mode under a zero initialisation vector.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is no multiple of eight bytes.
    pub fn encrypt(&self, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        cbc(Mode::Encrypt, &self.three_keys(), data)
    }

    /// Decrypts whole blocks in CBC mode under a zero initialisation vector.
    ///
    /// # Errors
    /// [`CryptoFault`] when `data` is no multiple of eight bytes.
    pub fn decrypt(&self, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        cbc(Mode::Decrypt, &self.three_keys(), data)
    }

    /// MAC algorithm 3 of ISO/IEC 9797-1 with padding method 2, eight bytes
    /// (ICAO 9303-11, 9.8.6.2). `data` comes unpadded.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn retail_mac(&self, data: &[u8]) -> Result<[u8; BLOCK], CryptoFault> {
        let [k1, k2] = self.halves();
        let chained = cbc(Mode::Encrypt, &single(&k1), &pad(data))?;
        let last = chained.last_chunk::<BLOCK>().ok_or(CryptoFault)?;
        let opened = cbc(Mode::Decrypt, &single(&k2), last)?;
        let mac = cbc(Mode::Encrypt, &single(&k1), &opened)?;
        mac.first_chunk::<BLOCK>().copied().ok_or(CryptoFault)
    }

    fn halves(&self) -> [Zeroizing<[u8; BLOCK]>; 2] {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = self.0;
        [
            Zeroizing::new([a, b, c, d, e, f, g, h]),
            Zeroizing::new([i, j, k, l, m, n, o, p]),
        ]
    }

    fn three_keys(&self) -> Zeroizing<Vec<u8>> {
        let [k1, _] = self.halves();
        Zeroizing::new([&self.0[..], &k1[..]].concat())
    }
}

/// DES with one key is 3DES with that key three times; libcrypto 3 keeps single DES in a provider
/// that is not always there.
fn single(key: &[u8; BLOCK]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&key[..], &key[..], &key[..]].concat())
}

fn cbc(mode: Mode, key: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
    let mut crypter = Crypter::new(Cipher::des_ede3_cbc(), mode, key, Some(&[0; BLOCK]))?;
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

/// Padding method 2 of ISO/IEC 9797-1 to whole DES blocks.
#[must_use]
pub fn pad(data: &[u8]) -> Zeroizing<Vec<u8>> {
    pad_to(data, BLOCK)
}

/// Padding method 2 of ISO/IEC 9797-1: `80`, then zeros up to a whole block of that many bytes;
/// always at least one byte.
#[must_use]
pub fn pad_to(data: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(data.len().saturating_add(block)));
    out.extend_from_slice(data);
    out.push(0x80);
    while !out.len().is_multiple_of(block) {
        out.push(0);
    }
    out
}

/// Removes padding method 2 of DES blocks; `None` where the last block holds no `80 00…`.
#[must_use]
pub fn unpad(data: &[u8]) -> Option<&[u8]> {
    unpad_from(data, BLOCK)
}

/// Removes padding method 2; `None` where the last block of that many bytes holds no `80 00…`.
#[must_use]
pub fn unpad_from(data: &[u8], block: usize) -> Option<&[u8]> {
    let end = data.iter().rposition(|byte| *byte != 0)?;
    let within_last_block = data
        .len()
        .checked_sub(end)
        .is_some_and(|tail| tail <= block);
    (data.get(end) == Some(&0x80) && within_last_block)
        .then(|| data.get(..end))
        .flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padding_is_exactly_method_2() {
        assert_eq!(unpad(&pad(b"")[..]), Some(&b""[..]));
        for bad in [
            &b"\0\0\0\0\0\0\0\0"[..],
            b"",
            b"AAAAAAAA",
            b"\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert_eq!(unpad(bad), None);
        }
    }

    proptest! {
        #[test]
        fn what_is_encrypted_is_decrypted(key: [u8; 16], data in proptest::collection::vec(any::<u8>(), 0..100)) {
            let key = TripleDesKey::new(key);
            let padded = pad(&data);
            let back = key.decrypt(&key.encrypt(&padded).unwrap()).unwrap();
            prop_assert_eq!(unpad(&back), Some(&data[..]));
        }

        /// Differential: RustCrypto's retail MAC.
        #[test]
        fn the_retail_mac_is_that_of_another_library(key: [u8; 16], data in proptest::collection::vec(any::<u8>(), 0..100)) {
            use retail_mac::{KeyInit, Mac};
            let mut other = <retail_mac::RetailMac<des::Des> as KeyInit>::new_from_slice(&key).unwrap();
            other.update(&pad(&data));
            let expected = other.finalize().into_bytes();
            prop_assert_eq!(&TripleDesKey::new(key).retail_mac(&data).unwrap()[..], &expected[..]);
        }
    }
}
