//! Key agreement by ECDH and DH, and the generic mapping of PACE (ICAO 9303-11, 4.4.3.3 and 9.5).

mod integrated;

use core::fmt;

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::dh::Dh;
use openssl::ec::{EcGroup, EcPoint, PointConversionForm};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::CryptoFault;
use super::curve::Curve;
use super::hash::HashAlgorithm;
use super::random::Random;

/// How often a private key is drawn anew until it is in range; more than a few says that the source
/// is broken.
const MOST_DRAWS: usize = 128;

/// A group of RFC 5114, the only ones that the standard names (ICAO 9303-11, 9.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DhGroup {
    /// 1024-bit MODP group with 160-bit prime order subgroup.
    Modp1024Order160,
    /// 2048-bit MODP group with 224-bit prime order subgroup.
    Modp2048Order224,
    /// 2048-bit MODP group with 256-bit prime order subgroup.
    Modp2048Order256,
}

impl DhGroup {
    const ALL: [Self; 3] = [
        Self::Modp1024Order160,
        Self::Modp2048Order224,
        Self::Modp2048Order256,
    ];

    /// Bytes of the prime.
    #[must_use]
    pub const fn prime_bytes(self) -> usize {
        match self {
            Self::Modp1024Order160 => 128,
            Self::Modp2048Order224 | Self::Modp2048Order256 => 256,
        }
    }

    /// The group of this prime and generator, both unsigned and big-endian, and of this order where
    /// one is given.
    #[must_use]
    pub fn from_parameters(prime: &[u8], generator: &[u8], order: Option<&[u8]>) -> Option<Self> {
        Self::ALL.into_iter().find(|group| {
            let same = |known: &BigNumRef, given: &[u8]| {
                BigNum::from_slice(given).is_ok_and(|given| given == *known)
            };
            group.numbers().is_ok_and(|numbers| {
                same(&numbers.prime, prime)
                    && same(&numbers.generator, generator)
                    && order.is_none_or(|order| same(&numbers.order, order))
            })
        })
    }

    fn numbers(self) -> Result<Numbers, CryptoFault> {
        let dh = match self {
            Self::Modp1024Order160 => Dh::get_1024_160(),
            Self::Modp2048Order224 => Dh::get_2048_224(),
            Self::Modp2048Order256 => Dh::get_2048_256(),
        }?;
        Ok(Numbers {
            prime: dh.prime_p().to_owned()?,
            order: dh.prime_q().ok_or(CryptoFault)?.to_owned()?,
            generator: dh.generator().to_owned()?,
        })
    }
}

struct Numbers {
    prime: BigNum,
    order: BigNum,
    generator: BigNum,
}

/// Where keys are agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Points of a curve.
    Ec(Curve),
    /// Numbers modulo a prime.
    Dh(DhGroup),
}

impl Group {
    /// The standardised domain parameters of that number (ICAO 9303-11, table 6).
    #[must_use]
    pub const fn standardized(id: u32) -> Option<Self> {
        Some(match id {
            0 => Self::Dh(DhGroup::Modp1024Order160),
            1 => Self::Dh(DhGroup::Modp2048Order224),
            2 => Self::Dh(DhGroup::Modp2048Order256),
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

    /// Its number among the standardised domain parameters.
    #[must_use]
    pub fn standard_number(self) -> Option<u32> {
        (0..=18).find(|id| Self::standardized(*id) == Some(self))
    }

    /// Bytes of a public key of this group.
    #[must_use]
    pub const fn public_length(self) -> usize {
        match self {
            Self::Ec(curve) => curve.field_bytes() * 2 + 1,
            Self::Dh(group) => group.prime_bytes(),
        }
    }

    /// Comp(PK): the x coordinate of a point, the SHA-1 of a number (BSI TR-03110-3, A.2.2.3).
    #[must_use]
    pub fn compressed(self, public: &[u8]) -> Vec<u8> {
        match self {
            Self::Ec(curve) => public
                .get(1..=curve.field_bytes())
                .unwrap_or_default()
                .to_vec(),
            Self::Dh(_) => HashAlgorithm::Sha1.digest(public),
        }
    }

    /// The group with the generator that its standard gives it.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn generator(self) -> Result<Generator, CryptoFault> {
        let base = match self {
            Self::Ec(curve) => curve.parameters()?.generator,
            Self::Dh(group) => padded(&group.numbers()?.generator, group.prime_bytes())?,
        };
        Ok(Generator { group: self, base })
    }

    /// The group with another of its elements as generator: the key of a chip whose chip
    /// authentication mapping multiplies it (ICAO 9303-11, 4.4.3.5).
    ///
    /// # Errors
    /// [`KeyFault`] for what is no element of the group.
    pub fn generated_by(self, element: &[u8]) -> Result<Generator, KeyFault> {
        self.generator()?.check_public(element)?;
        Ok(Generator {
            group: self,
            base: element.to_vec(),
        })
    }
}

/// Why a public key of the other side is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No uncompressed point, or not of the group's length.
    #[error("the public key is not encoded as its group's keys are")]
    Encoding,
    /// Off the curve, at infinity, or outside the subgroup of prime order.
    #[error("the public key is no element of its group")]
    Invalid,
    /// The library refused.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
}

impl From<openssl::error::ErrorStack> for KeyFault {
    fn from(error: openssl::error::ErrorStack) -> Self {
        Self::Crypto(error.into())
    }
}

/// A private key, big-endian. Wipes itself, prints nothing.
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PrivateKey {
    /// Takes a number, big-endian.
    #[must_use]
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The number, for evidence.
    #[must_use]
    pub const fn reveal(&self) -> &Zeroizing<Vec<u8>> {
        &self.0
    }

    fn number(&self) -> Result<BigNum, CryptoFault> {
        let mut number = BigNum::from_slice(&self.0)?;
        number.set_const_time();
        Ok(number)
    }
}

/// A key pair of one run.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The private key.
    pub private: PrivateKey,
    /// The public key: an uncompressed point, or a number as long as the prime.
    pub public: Vec<u8>,
}

/// Domain parameters, perhaps ephemeral: a group, and one of its elements that generates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    group: Group,
    base: Vec<u8>,
}

impl Generator {
    /// The group.
    #[must_use]
    pub const fn group(&self) -> Group {
        self.group
    }

    /// The generating element, encoded as a public key.
    #[must_use]
    pub fn base(&self) -> &[u8] {
        &self.base
    }

    /// A fresh key pair.
    ///
    /// # Errors
    /// [`CryptoFault`] when the source of randomness or the library fails.
    pub fn generate(&self, random: &mut dyn Random) -> Result<KeyPair, CryptoFault> {
        let order = match self.group {
            Group::Ec(curve) => BigNum::from_slice(&curve.parameters()?.order)?,
            Group::Dh(group) => group.numbers()?.order,
        };
        let bits = order.num_bits();
        let length = usize::try_from(order.num_bytes()).map_err(|_| CryptoFault)?;
        for _ in 0..MOST_DRAWS {
            let mut bytes = Zeroizing::new(vec![0; length]);
            random.fill(&mut bytes)?;
            let mut number = BigNum::from_slice(&bytes)?;
            // Refused above the order rather than reduced: every key is as likely as any other.
            if number.num_bits() > bits {
                number.mask_bits(bits)?;
            }
            if number.num_bits() > 1 && number < order {
                return self.key_pair(PrivateKey(Zeroizing::new(number.to_vec())));
            }
        }
        Err(CryptoFault)
    }

    /// The pair of a private key.
    ///
    /// # Errors
    /// [`CryptoFault`] when the library refuses.
    pub fn key_pair(&self, private: PrivateKey) -> Result<KeyPair, CryptoFault> {
        let public = match self.power(&self.base, &private) {
            Ok(public) => public,
            Err(KeyFault::Crypto(fault)) => return Err(fault),
            Err(_) => return Err(CryptoFault),
        };
        Ok(KeyPair { private, public })
    }

    /// Whether `public` is an element that this group's keys may be.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn check_public(&self, public: &[u8]) -> Result<(), KeyFault> {
        match self.group {
            Group::Ec(curve) => point(curve, public).map(drop),
            Group::Dh(group) => element(group, public).map(drop),
        }
    }

    /// The shared secret: the x coordinate in full length, or the number as long as the prime
    /// (ICAO 9303-11, 9.4; BSI TR-03111, 4.3.1).
    ///
    /// # Errors
    /// [`KeyFault`] for a public key that is none.
    pub fn agree(
        &self,
        private: &PrivateKey,
        public: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let shared = Zeroizing::new(self.power(public, private)?);
        Ok(match self.group {
            Group::Ec(curve) => Zeroizing::new(
                shared
                    .get(1..=curve.field_bytes())
                    .ok_or(CryptoFault)?
                    .to_vec(),
            ),
            Group::Dh(_) => shared,
        })
    }

    /// The generic mapping: `s·G + H`, or `g^s · h`, with H or h agreed on in the first key
    /// agreement (ICAO 9303-11, 4.4.3.3.1).
    ///
    /// # Errors
    /// [`KeyFault`] for a public key that is none, or a mapping that ends in the neutral element.
    pub fn map_generic(
        &self,
        nonce: &[u8],
        private: &PrivateKey,
        public: &[u8],
    ) -> Result<Self, KeyFault> {
        let shared = Zeroizing::new(self.power(public, private)?);
        let nonce = PrivateKey(Zeroizing::new(nonce.to_vec()));
        let base = match self.group {
            Group::Ec(curve) => {
                let known = curve.group()?;
                let mut context = BigNumContext::new_secure()?;
                let (own, other) = (point(curve, &self.base)?, point(curve, &shared)?);
                let mut multiple = EcPoint::new(&known)?;
                multiple.mul2(&known, &own, &*nonce.number()?, &mut context)?;
                let mut sum = EcPoint::new(&known)?;
                sum.add(&known, &multiple, &other, &mut context)?;
                uncompressed(&known, &sum)?
            }
            Group::Dh(group) => {
                let numbers = group.numbers()?;
                let mut context = BigNumContext::new_secure()?;
                let (mut power, mut product) = (BigNum::new_secure()?, BigNum::new_secure()?);
                let own = BigNum::from_slice(&self.base)?;
                power.mod_exp(&own, &*nonce.number()?, &numbers.prime, &mut context)?;
                let other = BigNum::from_slice(&shared)?;
                product.mod_mul(&power, &other, &numbers.prime, &mut context)?;
                if product.num_bits() < 2 {
                    return Err(KeyFault::Invalid);
                }
                padded(&product, group.prime_bytes())?
            }
        };
        Ok(Self {
            group: self.group,
            base,
        })
    }

    /// `private · public`, or `public ^ private`; the public key is checked first.
    fn power(&self, public: &[u8], private: &PrivateKey) -> Result<Vec<u8>, KeyFault> {
        let number = private.number()?;
        match self.group {
            Group::Ec(curve) => {
                let known = curve.group()?;
                let mut context = BigNumContext::new_secure()?;
                let other = point(curve, public)?;
                let mut product = EcPoint::new(&known)?;
                product.mul2(&known, &other, &number, &mut context)?;
                uncompressed(&known, &product)
            }
            Group::Dh(group) => {
                let numbers = group.numbers()?;
                let other = element(group, public)?;
                let mut context = BigNumContext::new_secure()?;
                let mut power = BigNum::new_secure()?;
                power.mod_exp(&other, &number, &numbers.prime, &mut context)?;
                if power.num_bits() < 2 {
                    return Err(KeyFault::Invalid);
                }
                Ok(padded(&power, group.prime_bytes())?)
            }
        }
    }
}

/// Whether two public keys are the same, whoever sent them.
#[must_use]
pub fn same_key(one: &[u8], two: &[u8]) -> bool {
    bool::from(one.ct_eq(two))
}

/// A point of a curve of prime order: uncompressed, on the curve, not at infinity.
fn point(curve: Curve, bytes: &[u8]) -> Result<EcPoint, KeyFault> {
    let length = curve.field_bytes();
    // What cannot be a key whatever its encoding: the neutral element in its usual spellings.
    if bytes.iter().all(|byte| *byte == 0) && !bytes.is_empty() {
        return Err(KeyFault::Invalid);
    }
    if bytes.first() != Some(&4) || bytes.len() != length.saturating_mul(2).saturating_add(1) {
        return Err(KeyFault::Encoding);
    }
    let known = curve.group()?;
    let mut context = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&known, bytes, &mut context).map_err(|_| KeyFault::Invalid)?;
    if point.is_infinity(&known) || !point.is_on_curve(&known, &mut context)? {
        return Err(KeyFault::Invalid);
    }
    Ok(point)
}

fn uncompressed(group: &EcGroup, point: &openssl::ec::EcPointRef) -> Result<Vec<u8>, KeyFault> {
    if point.is_infinity(group) {
        return Err(KeyFault::Invalid);
    }
    let mut context = BigNumContext::new()?;
    Ok(point.to_bytes(group, PointConversionForm::UNCOMPRESSED, &mut context)?)
}

/// A number in the subgroup of prime order, other than 1 (ICAO 9303-11, 4.4.3.3.1; RFC 2631, 2.1.5).
fn element(group: DhGroup, bytes: &[u8]) -> Result<BigNum, KeyFault> {
    if bytes.is_empty() || bytes.len() > group.prime_bytes() {
        return Err(KeyFault::Encoding);
    }
    let numbers = group.numbers()?;
    let number = BigNum::from_slice(bytes)?;
    let mut context = BigNumContext::new()?;
    let mut power = BigNum::new()?;
    power.mod_exp(&number, &numbers.order, &numbers.prime, &mut context)?;
    let one = BigNum::from_u32(1)?;
    if number <= one || number >= numbers.prime || power != one {
        return Err(KeyFault::Invalid);
    }
    Ok(number)
}

fn padded(number: &BigNumRef, length: usize) -> Result<Vec<u8>, CryptoFault> {
    let length = i32::try_from(length).map_err(|_| CryptoFault)?;
    Ok(number.to_vec_padded(length)?)
}

#[cfg(test)]
mod tests;
