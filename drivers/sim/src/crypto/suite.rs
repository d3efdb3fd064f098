//! A cipher of the standard, whichever it is: 3DES or AES (ICAO 9303-11, 9.2.1 and 9.7.1).

use openssl::error::ErrorStack;
use openssl::sha::{sha1, sha256};

use super::{aes, pad, tdes};

/// A cipher and its key length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Two-key 3DES in CBC mode with the retail MAC.
    TripleDes,
    /// AES with 128 bits, CBC mode with CMAC.
    Aes128,
    /// AES with 192 bits.
    Aes192,
    /// AES with 256 bits.
    Aes256,
}

impl Suite {
    /// Length of a block, and with it of the send sequence counter.
    #[must_use]
    pub fn block(self) -> usize {
        match self {
            Self::TripleDes => 8,
            _ => aes::BLOCK,
        }
    }

    /// Length of a key in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::TripleDes | Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// The key that belongs to a secret and a counter: 1 encryption, 2 authentication, 3 password
    /// (ICAO 9303-11, 9.7.1.1 to 9.7.1.4).
    #[must_use]
    pub fn derive(self, secret: &[u8], counter: u8) -> SecretKey {
        let input = [secret, &[0, 0, 0, counter]].concat();
        let mut bytes = match self {
            Self::TripleDes | Self::Aes128 => sha1(&input).to_vec(),
            Self::Aes192 | Self::Aes256 => sha256(&input).to_vec(),
        };
        bytes.truncate(self.key_length());
        if self == Self::TripleDes {
            // Odd parity (FIPS 46-3)
            for byte in &mut bytes {
                let upper = *byte & 0xFE;
                *byte = upper | u8::from(upper.count_ones() % 2 == 0);
            }
        }
        SecretKey { suite: self, bytes }
    }
}

/// A key and what it is for.
#[derive(Clone)]
pub struct SecretKey {
    suite: Suite,
    bytes: Vec<u8>,
}

impl SecretKey {
    /// A key of the bytes given, cut or filled with zeros to its length.
    #[must_use]
    pub fn new(suite: Suite, bytes: &[u8]) -> Self {
        let mut bytes = bytes.to_vec();
        bytes.resize(suite.key_length(), 0);
        Self { suite, bytes }
    }

    /// Its cipher.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Encrypts whole blocks in CBC mode. 3DES has no vector but zero (ICAO 9303-11, 9.8.6.1).
    ///
    /// # Errors
    /// The library's, for an input that is not whole blocks among others.
    pub fn encrypt(&self, iv: &[u8; 16], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        match self.suite {
            Suite::TripleDes => tdes::encrypt(&self.short(), input),
            _ => aes::encrypt(&self.bytes, iv, input),
        }
    }

    /// Decrypts whole blocks in CBC mode.
    ///
    /// # Errors
    /// The library's, for an input that is not whole blocks among others.
    pub fn decrypt(&self, iv: &[u8; 16], input: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        match self.suite {
            Suite::TripleDes => tdes::decrypt(&self.short(), input),
            _ => aes::decrypt(&self.bytes, iv, input),
        }
    }

    /// The vector of a protected message: the counter, encrypted (ICAO 9303-11, 9.8.6.2). Zero
    /// for 3DES.
    ///
    /// # Errors
    /// The library's.
    pub fn vector(&self, counter: &[u8]) -> Result<[u8; 16], ErrorStack> {
        match (self.suite, counter.try_into()) {
            (Suite::TripleDes, _) | (_, Err(_)) => Ok([0; 16]),
            (_, Ok(counter)) => aes::block(&self.bytes, counter),
        }
    }

    /// The eight-byte checksum of an authentication token: the retail MAC, or CMAC cut to eight
    /// bytes, which pads by itself (ICAO 9303-11, 4.4.3.4).
    ///
    /// # Errors
    /// The library's.
    pub fn token(&self, input: &[u8]) -> Result<[u8; 8], ErrorStack> {
        match self.suite {
            Suite::TripleDes => tdes::retail_mac(&self.short(), input),
            _ => {
                let mut out = [0; 8];
                out.iter_mut()
                    .zip(aes::cmac(&self.bytes, input)?)
                    .for_each(|(to, from)| *to = from);
                Ok(out)
            }
        }
    }

    /// The checksum of a protected message, which is padded by method 2 whatever the cipher
    /// (ICAO 9303-11, 9.8.3).
    ///
    /// # Errors
    /// The library's.
    pub fn checksum(&self, input: &[u8]) -> Result<[u8; 8], ErrorStack> {
        match self.suite {
            Suite::TripleDes => self.token(input),
            suite => self.token(&pad::pad(input, suite.block())),
        }
    }

    fn short(&self) -> [u8; 16] {
        let mut out = [0; 16];
        out.iter_mut()
            .zip(&self.bytes)
            .for_each(|(to, from)| *to = *from);
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn icao_9303_11_appendix_g_1_and_g_2_keys() {
        let password = hex::decode("7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD").unwrap();
        let shared =
            hex::decode("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925")
                .unwrap();
        for (secret, counter, key) in [
            (&password, 3, "89DED1B26624EC1E634C1989302849DD"),
            (&shared, 1, "F5F0E35C0D7161EE6724EE513A0D9A7F"),
            (&shared, 2, "FE251C7858B356B24514B3BD5F4297D1"),
        ] {
            let derived = Suite::Aes128.derive(secret, counter);
            assert_eq!(hex::encode_upper(derived.bytes()), key);
        }
    }

    #[test]
    fn icao_9303_11_appendix_i_1_password_key() {
        let password = hex::decode("894D03F148C6265E89845B218856EA34D00EF8E8").unwrap();
        assert_eq!(
            hex::encode_upper(Suite::Aes128.derive(&password, 3).bytes()),
            "4E6F6FBF7BE748B932C7B74161BBA9DF"
        );
    }

    #[test]
    fn keys_have_their_lengths() {
        for (suite, length) in [
            (Suite::TripleDes, 16),
            (Suite::Aes128, 16),
            (Suite::Aes192, 24),
            (Suite::Aes256, 32),
        ] {
            assert_eq!(suite.derive(b"secret", 1).bytes().len(), length);
        }
    }
}
