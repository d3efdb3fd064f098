//! Keys and infos of a chip, made with OpenSSL alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use openssl::bn::{BigNum, BigNumContext};
use openssl::dh::Dh;
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::nid::Nid;
use openssl::pkey::Params;

/// A DER object.
pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = match u16::try_from(value.len()).unwrap() {
        short @ 0..=0x7f => vec![short.to_be_bytes()[1]],
        byte @ 0x80..=0xff => vec![0x81, byte.to_be_bytes()[1]],
        long => [&[0x82][..], &long.to_be_bytes()].concat(),
    };
    [&[tag][..], &length, &value].concat()
}

/// A non-negative INTEGER.
pub(crate) fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_none_or(|first| first & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    der(0x02, &[sign, number])
}

/// An OBJECT IDENTIFIER under 0.4.0.127.0.7.2.2.
pub(crate) fn bsi(arcs: &[u8]) -> Vec<u8> {
    der(0x06, &[&[0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02], arcs])
}

/// Where a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    Curve(Nid),
    /// Number of RFC 5114's group, and whether in the form of PKCS #3.
    Modp(u8, bool),
}

pub(crate) const BRAINPOOL: Domain = Domain::Curve(Nid::BRAINPOOL_P256R1);

/// A key pair.
pub(crate) struct Pair {
    pub domain: Domain,
    pub private: Vec<u8>,
    pub public: Vec<u8>,
}

fn modp(number: u8) -> Dh<Params> {
    match number {
        0 => Dh::get_1024_160(),
        1 => Dh::get_2048_224(),
        _ => Dh::get_2048_256(),
    }
    .unwrap()
}

impl Pair {
    pub(crate) fn generate(domain: Domain) -> Self {
        match domain {
            Domain::Curve(nid) => {
                let group = EcGroup::from_curve_name(nid).unwrap();
                let key = EcKey::generate(&group).unwrap();
                let mut context = BigNumContext::new().unwrap();
                let form = PointConversionForm::UNCOMPRESSED;
                Self {
                    domain,
                    private: key.private_key().to_vec(),
                    public: key
                        .public_key()
                        .to_bytes(&group, form, &mut context)
                        .unwrap(),
                }
            }
            Domain::Modp(number, _) => {
                let key = modp(number).generate_key().unwrap();
                Self {
                    domain,
                    private: key.private_key().to_vec(),
                    public: key.public_key().to_vec(),
                }
            }
        }
    }

    /// The shared secret as ICAO 9303-11, 9.7.1 wants it.
    pub(crate) fn secret(&self, other: &[u8]) -> Vec<u8> {
        let mut context = BigNumContext::new().unwrap();
        let number = BigNum::from_slice(&self.private).unwrap();
        match self.domain {
            Domain::Curve(nid) => {
                let group = EcGroup::from_curve_name(nid).unwrap();
                let point = EcPoint::from_bytes(&group, other, &mut context).unwrap();
                let mut shared = EcPoint::new(&group).unwrap();
                shared.mul2(&group, &point, &number, &mut context).unwrap();
                let form = PointConversionForm::UNCOMPRESSED;
                let shared = shared.to_bytes(&group, form, &mut context).unwrap();
                shared[1..=shared.len() / 2].to_vec()
            }
            Domain::Modp(group, _) => {
                let parameters = modp(group);
                let mut value = BigNum::new().unwrap();
                let other = BigNum::from_slice(other).unwrap();
                let p = parameters.prime_p();
                value.mod_exp(&other, &number, p, &mut context).unwrap();
                value.to_vec_padded(p.num_bytes()).unwrap()
            }
        }
    }

    /// The last arc but one: 1 for DH, 2 for ECDH.
    pub(crate) fn arc(&self) -> u8 {
        match self.domain {
            Domain::Curve(_) => 2,
            Domain::Modp(..) => 1,
        }
    }

    /// ChipAuthenticationPublicKeyInfo around `public`, with named or PKCS #3 or X9.42 parameters.
    pub(crate) fn info(&self, public: &[u8], key_id: Option<u8>) -> Vec<u8> {
        let (algorithm, key) = match self.domain {
            Domain::Curve(nid) => {
                let ec = der(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]]);
                let curve: &[u8] = match nid {
                    Nid::BRAINPOOL_P256R1 => {
                        &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07]
                    }
                    Nid::SECP521R1 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
                    _ => &[0x2b, 0x81, 0x04, 0x00, 0x22],
                };
                (der(0x30, &[&ec, &der(0x06, &[curve])]), public.to_vec())
            }
            Domain::Modp(number, pkcs3) => {
                let group = modp(number);
                let (p, g) = (group.prime_p().to_vec(), group.generator().to_vec());
                let q = group.prime_q().unwrap().to_vec();
                let (oid, parameters): (&[u8], _) = if pkcs3 {
                    let oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01];
                    (oid, der(0x30, &[&integer(&p), &integer(&g)]))
                } else {
                    let oid = &[0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01];
                    (oid, der(0x30, &[&integer(&p), &integer(&g), &integer(&q)]))
                };
                (
                    der(0x30, &[&der(0x06, &[oid]), &parameters]),
                    integer(public),
                )
            }
        };
        let key = der(0x30, &[&algorithm, &der(0x03, &[&[0], &key])]);
        let id = key_id.map(|id| integer(&[id])).unwrap_or_default();
        der(0x30, &[&bsi(&[1, self.arc()]), &key, &id])
    }
}

/// ChipAuthenticationInfo.
pub(crate) fn protocol(agreement: u8, cipher: u8, version: u8, key_id: Option<u8>) -> Vec<u8> {
    let id = key_id.map(|id| integer(&[id])).unwrap_or_default();
    der(
        0x30,
        &[&bsi(&[3, agreement, cipher]), &integer(&[version]), &id],
    )
}

/// A SET OF SecurityInfo.
pub(crate) fn infos(infos: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
    der(0x31, &parts)
}
