//! Key agreement over standardised domain parameters: ECDH and DH (BSI TR-03111, 4.3; RFC 2631).

use core::fmt;

use openssl::bn::{BigNum, BigNumContext};
use openssl::derive::Deriver;
use openssl::dh::Dh;
use openssl::ec::{EcKey, EcPoint};
use openssl::pkey::{PKey, Params};
use zeroize::{Zeroize as _, Zeroizing};

use super::CryptoFault;
use super::curve::Curve;

/// A multiplicative group of RFC 5114.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DhGroup {
    /// 1024-bit MODP group with a subgroup of 160 bits.
    Modp1024,
    /// 2048-bit MODP group with a subgroup of 224 bits.
    Modp2048Short,
    /// 2048-bit MODP group with a subgroup of 256 bits.
    Modp2048,
}

impl DhGroup {
    const ALL: [Self; 3] = [Self::Modp1024, Self::Modp2048Short, Self::Modp2048];

    fn parameters(self) -> Result<Dh<Params>, CryptoFault> {
        Ok(match self {
            Self::Modp1024 => Dh::get_1024_160()?,
            Self::Modp2048Short => Dh::get_2048_224()?,
            Self::Modp2048 => Dh::get_2048_256()?,
        })
    }

    /// The group of this prime and generator (unsigned, big-endian).
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn from_parameters(prime: &[u8], generator: &[u8]) -> Result<Option<Self>, CryptoFault> {
        let (prime, generator) = (BigNum::from_slice(prime)?, BigNum::from_slice(generator)?);
        for group in Self::ALL {
            let known = group.parameters()?;
            if *known.prime_p() == prime && *known.generator() == generator {
                return Ok(Some(group));
            }
        }
        Ok(None)
    }
}

/// Domain parameters that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// An elliptic curve.
    Ec(Curve),
    /// A multiplicative group.
    Dh(DhGroup),
}

impl Group {
    /// The standardised domain parameters of that number (ICAO 9303-11, table 6).
    #[must_use]
    pub const fn standardized(id: u32) -> Option<Self> {
        Some(match id {
            0 => Self::Dh(DhGroup::Modp1024),
            1 => Self::Dh(DhGroup::Modp2048Short),
            2 => Self::Dh(DhGroup::Modp2048),
            8 => Self::Ec(Curve::P192),
            9 => Self::Ec(Curve::BrainpoolP192r1),
            10 => Self::Ec(Curve::P224),
            11 => Self::Ec(Curve::BrainpoolP224r1),
            12 => Self::Ec(Curve::P256),
            13 => Self::Ec(Curve::BrainpoolP256r1),
            14 => Self::Ec(Curve::BrainpoolP320r1),
            15 => Self::Ec(Curve::P384),
            16 => Self::Ec(Curve::BrainpoolP384r1),
            17 => Self::Ec(Curve::BrainpoolP512r1),
            18 => Self::Ec(Curve::P521),
            _ => return None,
        })
    }

    /// The group with its own base element.
    #[must_use]
    pub const fn generator(self) -> Generator {
        Generator { group: self }
    }
}

/// A group with the element that keys are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    group: Group,
}

/// A private key, big-endian. Wipes itself, prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// Takes the number, big-endian.
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not an uncompressed point, or a number, of the right length.
    #[error("the public key is not of its form")]
    Encoding,
    /// Off the curve, the identity, 0, 1, p − 1, or outside the subgroup.
    #[error("the public key is not valid")]
    Invalid,
    /// The library refused to work.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

impl From<openssl::error::ErrorStack> for KeyFault {
    fn from(_: openssl::error::ErrorStack) -> Self {
        Self::Crypto(CryptoFault)
    }
}

impl Generator {
    /// Checks a public key of the other side.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn check_public(&self, public: &[u8]) -> Result<(), KeyFault> {
        match self.group {
            Group::Ec(curve) => {
                let coordinates = curve.field_bytes().saturating_mul(2);
                if public.first() != Some(&0x04) || public.len() != coordinates.saturating_add(1) {
                    return Err(KeyFault::Encoding);
                }
                let group = curve.group()?;
                let mut context = BigNumContext::new()?;
                let point = EcPoint::from_bytes(&group, public, &mut context)
                    .map_err(|_| KeyFault::Invalid)?;
                let key = EcKey::from_public_key(&group, &point).map_err(|_| KeyFault::Invalid)?;
                key.check_key().map_err(|_| KeyFault::Invalid)
            }
            Group::Dh(group) => {
                let parameters = group.parameters()?;
                let (p, q) = (parameters.prime_p(), parameters.prime_q());
                let length = usize::try_from(p.num_bytes()).unwrap_or(0);
                if public.is_empty() || public.len() > length {
                    return Err(KeyFault::Encoding);
                }
                let value = BigNum::from_slice(public)?;
                let one = BigNum::from_u32(1)?;
                if value <= one || value >= *p {
                    return Err(KeyFault::Invalid);
                }
                let mut power = BigNum::new()?;
                power.mod_exp(
                    &value,
                    q.ok_or(CryptoFault)?,
                    p,
                    &mut *BigNumContext::new()?,
                )?;
                if power == one {
                    Ok(())
                } else {
                    Err(KeyFault::Invalid)
                }
            }
        }
    }

    /// The shared secret: the x coordinate, or the DH value at the length of the prime.
    ///
    /// # Errors
    /// [`KeyFault`] where the public key is none.
    pub fn agree(
        &self,
        private: &PrivateKey,
        their_public: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        self.check_public(their_public)?;
        let mut number = BigNum::from_slice(&private.0)?;
        let secret = match self.group {
            Group::Ec(curve) => {
                let group = curve.group()?;
                let mut context = BigNumContext::new()?;
                let point = EcPoint::from_bytes(&group, their_public, &mut context)?;
                let theirs = PKey::from_ec_key(EcKey::from_public_key(&group, &point)?)?;
                let mut own = EcPoint::new(&group)?;
                own.mul_generator2(&group, &number, &mut context)?;
                let ours = EcKey::from_private_components(&group, &number, &own)?;
                let ours = PKey::from_ec_key(ours)?;
                let mut deriver = Deriver::new(&ours)?;
                deriver.set_peer(&theirs)?;
                Zeroizing::new(deriver.derive_to_vec()?)
            }
            Group::Dh(group) => {
                let parameters = group.parameters()?;
                let p = parameters.prime_p();
                number.set_const_time();
                let mut value = BigNum::new_secure()?;
                let theirs = BigNum::from_slice(their_public)?;
                value.mod_exp(&theirs, &number, p, &mut *BigNumContext::new()?)?;
                Zeroizing::new(value.to_vec_padded(p.num_bytes())?)
            }
        };
        number.clear();
        Ok(secret)
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
