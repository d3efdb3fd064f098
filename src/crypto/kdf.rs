//! The key derivation function (ICAO 9303-11, 9.7.1).

use zeroize::Zeroizing;

use super::CryptoFault;
use super::aes::AesKey;
use super::des::TripleDesKey;
use super::hash::HashAlgorithm;
use super::symmetric::SymmetricKey;

/// Which cipher a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Cipher {
    TripleDes,
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    /// Bytes of a key.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::TripleDes | Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// The hash of the derivation: SHA-1 for keys of 128 bits, SHA-256 for longer ones
    /// (ICAO 9303-11, 9.7.1).
    const fn hash(self) -> HashAlgorithm {
        match self {
            Self::TripleDes | Self::Aes128 => HashAlgorithm::Sha1,
            Self::Aes192 | Self::Aes256 => HashAlgorithm::Sha256,
        }
    }
}

/// What a derived key is for: the counter of ICAO 9303-11, 9.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Encryption: counter 1.
    Encryption,
    /// Message authentication: counter 2.
    Mac,
    /// K_π, from a password: counter 3.
    Password,
}

impl Purpose {
    const fn counter(self) -> [u8; 4] {
        match self {
            Self::Encryption => [0, 0, 0, 1],
            Self::Mac => [0, 0, 0, 2],
            Self::Password => [0, 0, 0, 3],
        }
    }
}

/// What a derived key enciphers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cipher {
    /// Two-key 3DES, CBC and retail MAC.
    TripleDes,
    /// AES, 128 bits, CBC and CMAC.
    Aes128,
    /// AES, 192 bits.
    Aes192,
    /// AES, 256 bits.
    Aes256,
}

impl Cipher {
    /// Bytes of a block.
    #[must_use]
    pub const fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            _ => 16,
        }
    }
}

/// A key from a shared secret (ICAO 9303-11, 9.7.1).
///
/// # Errors
/// [`CryptoFault`](super::CryptoFault) when the library refuses.
pub fn derive(
    secret: &[u8],
    purpose: Purpose,
    cipher: Cipher,
) -> Result<super::symmetric::SymmetricKey, super::CryptoFault> {
    use super::symmetric::SymmetricKey;
    let (hash, length) = match cipher {
        Cipher::TripleDes => return Ok(SymmetricKey::TripleDes(triple_des(secret, purpose))),
        Cipher::Aes128 => (HashAlgorithm::Sha1, 16),
        Cipher::Aes192 => (HashAlgorithm::Sha256, 24),
        Cipher::Aes256 => (HashAlgorithm::Sha256, 32),
    };
    let input = Zeroizing::new([secret, &purpose.counter()].concat());
    let digest = Zeroizing::new(hash.digest(&input));
    let key = digest.get(..length).ok_or(super::CryptoFault)?;
    Ok(SymmetricKey::Aes(super::aes::AesKey::new(key)?))
}

/// A 3DES key from a shared secret, parity adjusted (ICAO 9303-11, 9.7.1.1).
#[must_use]
pub fn triple_des(secret: &[u8], purpose: Purpose) -> TripleDesKey {
    let input = Zeroizing::new([secret, &purpose.counter()].concat());
    let digest = Zeroizing::new(HashAlgorithm::Sha1.digest(&input));
    let mut key = [0; 16];
    for (byte, derived) in key.iter_mut().zip(digest.iter()) {
        *byte = odd_parity(*derived);
    }
    TripleDesKey::new(key)
}

/// A key of `cipher` from a shared secret (ICAO 9303-11, 9.7.1).
///
/// # Errors
/// [`CryptoFault`] when the library refuses.
pub fn derive(
    secret: &[u8],
    purpose: Purpose,
    cipher: Cipher,
) -> Result<SymmetricKey, CryptoFault> {
    if cipher == Cipher::TripleDes {
        return Ok(SymmetricKey::TripleDes(triple_des(secret, purpose)));
    }
    let input = Zeroizing::new([secret, &purpose.counter()].concat());
    let digest = Zeroizing::new(cipher.hash().digest(&input));
    let key = digest.get(..cipher.key_length()).ok_or(CryptoFault)?;
    Ok(SymmetricKey::Aes(AesKey::new(key)?))
}

/// The secret of the MRZ password: SHA-1 of the MRZ information, whole (ICAO 9303-11, 9.7.3).
#[must_use]
pub fn pace_password(mrz_information: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(HashAlgorithm::Sha1.digest(mrz_information))
}

/// K_seed of basic access control: the first 16 bytes of the SHA-1 of the MRZ information
/// (ICAO 9303-11, 9.7.2 and D.1).
#[must_use]
pub fn bac_seed(mrz_information: &[u8]) -> Zeroizing<[u8; 16]> {
    let digest = Zeroizing::new(HashAlgorithm::Sha1.digest(mrz_information));
    let mut seed = Zeroizing::new([0; 16]);
    for (byte, derived) in seed.iter_mut().zip(digest.iter()) {
        *byte = *derived;
    }
    seed
}

const fn odd_parity(byte: u8) -> u8 {
    if byte.count_ones() % 2 == 1 {
        byte
    } else {
        byte ^ 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icao_9303_11_appendix_d_1_keys_from_the_mrz() {
        let seed = bac_seed(b"L898902C<369080619406236");
        assert_eq!(hex::encode_upper(*seed), "239AB9CB282DAF66231DC5A4DF6BFBAE");
        let key = |purpose| hex::encode_upper(triple_des(&*seed, purpose).bytes());
        assert_eq!(key(Purpose::Encryption), "AB94FDECF2674FDFB9B391F85D7F76F2");
        assert_eq!(key(Purpose::Mac), "7962D9ECE03D1ACD4C76089DCE131543");
    }

    #[test]
    fn the_seeds_of_two_invented_citizen_cards() {
        for (information, seed) in [
            (
                "090000001890010113001019",
                "34a730c05e10ba3bc67e9a42cf7b54fd",
            ),
            (
                "155000002955061509912315",
                "74d223272c95984039f931994789128a",
            ),
        ] {
            assert_eq!(hex::encode(*bac_seed(information.as_bytes())), seed);
        }
    }
}
