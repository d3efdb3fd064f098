//! Keys of issuers and how they sign (ICAO 9303-12, 4.1.6).

use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};

use crate::crypto::curve::{EcKey, Parameters};
use crate::crypto::rsa::RsaKey;
use crate::crypto::stream::LabelStream;
use crate::der;

/// A hash algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5, which nobody may use.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    fn facts(self) -> (&'static str, MessageDigest) {
        match self {
            Self::Md5 => ("1.2.840.113549.2.5", MessageDigest::md5()),
            Self::Sha1 => ("1.3.14.3.2.26", MessageDigest::sha1()),
            Self::Sha224 => ("2.16.840.1.101.3.4.2.4", MessageDigest::sha224()),
            Self::Sha256 => ("2.16.840.1.101.3.4.2.1", MessageDigest::sha256()),
            Self::Sha384 => ("2.16.840.1.101.3.4.2.2", MessageDigest::sha384()),
            Self::Sha512 => ("2.16.840.1.101.3.4.2.3", MessageDigest::sha512()),
        }
    }

    /// The digest of `data`.
    ///
    /// # Errors
    /// The library's.
    pub fn digest(self, data: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        Ok(hash(self.facts().1, data)?.to_vec())
    }

    /// AlgorithmIdentifier, parameters absent (RFC 5754, 2).
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        der::sequence(&[der::oid(self.facts().0)])
    }

    /// AlgorithmIdentifier with NULL parameters, as PKCS#1 writes it.
    #[must_use]
    pub fn identifier_with_null(self) -> Vec<u8> {
        der::sequence(&[der::oid(self.facts().0), der::null()])
    }
}

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA (RFC 5758).
    Ecdsa(Hash),
    /// RSASSA-PKCS1-v1_5 (RFC 4055).
    Pkcs1(Hash),
    /// RSASSA-PSS with that hash, MGF1 with the same, and a salt as long as the hash (RFC 4056).
    Pss(Hash),
    /// The same signature, but parameters that state another salt length.
    PssSaltStated(Hash, i32),
    /// The same signature, but parameters absent, which says SHA-1 and 20 bytes.
    PssDefaults(Hash),
    /// ECDSA with SHA-256 that calls itself something unknown here.
    Unknown(&'static str),
}

impl Scheme {
    /// The hash over the message.
    #[must_use]
    pub fn hash(self) -> Hash {
        match self {
            Self::Ecdsa(hash)
            | Self::Pkcs1(hash)
            | Self::Pss(hash)
            | Self::PssSaltStated(hash, _)
            | Self::PssDefaults(hash) => hash,
            Self::Unknown(_) => Hash::Sha256,
        }
    }

    /// AlgorithmIdentifier of the signature.
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        const PSS: &str = "1.2.840.113549.1.1.10";
        match self {
            Self::Ecdsa(hash) => der::sequence(&[der::oid(match hash {
                Hash::Md5 | Hash::Sha1 => "1.2.840.10045.4.1",
                Hash::Sha224 => "1.2.840.10045.4.3.1",
                Hash::Sha256 => "1.2.840.10045.4.3.2",
                Hash::Sha384 => "1.2.840.10045.4.3.3",
                Hash::Sha512 => "1.2.840.10045.4.3.4",
            })]),
            Self::Pkcs1(hash) => der::sequence(&[
                der::oid(match hash {
                    Hash::Md5 => "1.2.840.113549.1.1.4",
                    Hash::Sha1 => "1.2.840.113549.1.1.5",
                    Hash::Sha224 => "1.2.840.113549.1.1.14",
                    Hash::Sha256 => "1.2.840.113549.1.1.11",
                    Hash::Sha384 => "1.2.840.113549.1.1.12",
                    Hash::Sha512 => "1.2.840.113549.1.1.13",
                }),
                der::null(),
            ]),
            Self::Pss(hash) => {
                let salt = i32::try_from(hash.facts().1.size()).unwrap_or(0);
                der::sequence(&[der::oid(PSS), pss_parameters(hash, salt)])
            }
            Self::PssSaltStated(hash, salt) => {
                der::sequence(&[der::oid(PSS), pss_parameters(hash, salt)])
            }
            Self::PssDefaults(_) => der::sequence(&[der::oid(PSS), der::sequence::<&[u8]>(&[])]),
            Self::Unknown(oid) => der::sequence(&[der::oid(oid)]),
        }
    }
}

/// RSASSA-PSS-params (RFC 4055, 3.1).
fn pss_parameters(hash: Hash, salt: i32) -> Vec<u8> {
    let stated = crate::tlv::object(0x02, &signed(salt));
    let mask = der::sequence(&[
        der::oid("1.2.840.113549.1.1.8"),
        hash.identifier_with_null(),
    ]);
    der::sequence(&[
        der::context(0, &[hash.identifier_with_null()]),
        der::context(1, &[mask]),
        der::context(2, &[stated]),
    ])
}

/// The shortest two's complement form.
fn signed(number: i32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let filler = if number < 0 { 0xFF } else { 0x00 };
    let mut rest = &bytes[..];
    while let [first, second, ..] = rest {
        if *first != filler || (second ^ filler) & 0x80 != 0 {
            break;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    rest.to_vec()
}

/// A private key of an issuer.
#[derive(Clone)]
pub enum SigningKey {
    /// On a curve, and how its public key names it.
    Ec(EcKey, Parameters),
    /// RSA.
    Rsa(RsaKey),
}

impl SigningKey {
    /// SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// The library's.
    pub fn public_key_info(&self) -> Result<Vec<u8>, ErrorStack> {
        match self {
            Self::Ec(key, parameters) => key.public_key_info(*parameters),
            Self::Rsa(key) => Ok(key.public_key_info()),
        }
    }

    /// The key identifier: SHA-1 over the public key's bits (RFC 5280, 4.2.1.2).
    ///
    /// # Errors
    /// The library's.
    pub fn identifier(&self) -> Result<Vec<u8>, ErrorStack> {
        let info = self.public_key_info()?;
        let inside = crate::tlv::first(&info).and_then(|(info, _)| crate::tlv::split(info.value));
        let bits = inside.and_then(|parts| parts.last().map(|bits| bits.value));
        Hash::Sha1.digest(bits.and_then(|bits| bits.get(1..)).unwrap_or_default())
    }

    /// Signs a message. The same message gets the same signature again.
    ///
    /// # Errors
    /// The library's.
    pub fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let digest = scheme.hash().digest(message)?;
        match (self, scheme) {
            (Self::Ec(key, _), _) => {
                let (r, s) = key.sign(&digest)?;
                Ok(der::sequence(&[der::integer(&r), der::integer(&s)]))
            }
            (Self::Rsa(key), Scheme::Pkcs1(hash)) => key.sign_pkcs1(&der::sequence(&[
                hash.identifier_with_null(),
                der::octets(&digest),
            ])),
            (Self::Rsa(key), _) => key.raise(&pss_block(scheme.hash(), &digest, key.length())?),
        }
    }
}

/// EMSA-PSS for a modulus of whole bytes (RFC 8017, 9.1.1); the salt follows from the digest.
fn pss_block(hash: Hash, digest: &[u8], length: usize) -> Result<Vec<u8>, ErrorStack> {
    let salt = LabelStream::new(&hex::encode(digest)).take(digest.len());
    let seal = hash.digest(&[&[0; 8][..], digest, &salt].concat())?;
    let mut block = vec![0; length.saturating_sub(2 * digest.len() + 2)];
    block.push(0x01);
    block.extend(&salt);
    let mut mask = Vec::new();
    for counter in 0u32.. {
        if mask.len() >= block.len() {
            break;
        }
        mask.extend(hash.digest(&[&seal[..], &counter.to_be_bytes()].concat())?);
    }
    block
        .iter_mut()
        .zip(mask)
        .for_each(|(byte, mask)| *byte ^= mask);
    if let Some(first) = block.first_mut() {
        *first &= 0x7F;
    }
    block.extend(seal);
    block.push(0xBC);
    Ok(block)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use openssl::pkey::PKey;
    use openssl::rsa::Padding;
    use openssl::sign::{RsaPssSaltlen, Verifier};

    use super::*;

    #[test]
    fn a_pss_signature_verifies_in_the_library() {
        let key = SigningKey::Rsa(RsaKey::from_label(1024, 65_537, "pss").unwrap());
        let signature = key.sign(Scheme::Pss(Hash::Sha256), b"message").unwrap();
        let public = PKey::public_key_from_der(&key.public_key_info().unwrap()).unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
        verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        verifier.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
        verifier
            .set_rsa_pss_saltlen(RsaPssSaltlen::custom(32))
            .unwrap();
        assert!(verifier.verify_oneshot(&signature, b"message").unwrap());
    }

    #[test]
    fn stated_salt_lengths_are_in_twos_complement() {
        for (number, bytes) in [
            (32, "20"),
            (0, "00"),
            (-1, "ff"),
            (200, "00c8"),
            (-129, "ff7f"),
            (i32::MAX, "7fffffff"),
        ] {
            assert_eq!(hex::encode(signed(number)), bytes);
        }
    }
}
