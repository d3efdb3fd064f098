//! The domain parameters of a key agreement (ICAO 9303-11, 9.5; BSI TR-03110-3, A.2.1).

use super::chip_keys::OfferFault;
use super::public_key::{self, KeyError};
use crate::codec::der::{self, Reader};
use crate::crypto::agreement::{DhGroup, Group};

/// `standardizedDomainParameters`.
const STANDARDIZED: &str = "0.4.0.127.0.7.1.2";
/// `id-ecPublicKey`.
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// `dhpublicnumber` (X9.42).
const DH_PUBLIC_NUMBER: &str = "1.2.840.10046.2.1";
/// `dhKeyAgreement` (PKCS #3).
const DH_KEY_AGREEMENT: &str = "1.2.840.113549.1.3.1";

/// The group of the content of an AlgorithmIdentifier: standardised parameters, a curve named or
/// described, or DH numbers.
///
/// # Errors
/// [`OfferFault`].
pub(super) fn group(algorithm: &[u8]) -> Result<Group, OfferFault> {
    let mut algorithm = Reader::new(algorithm);
    let oid = der::oid_text(algorithm.expect(0x06)?);
    match oid.as_str() {
        STANDARDIZED => {
            let number = algorithm.small()?;
            Group::standardized(number)
                .ok_or_else(|| OfferFault::Unsupported(format!("domain parameter {number}")))
        }
        DH_PUBLIC_NUMBER | DH_KEY_AGREEMENT => {
            let mut parameters = Reader::new(algorithm.expect(0x30)?);
            let (prime, generator) = (parameters.unsigned()?, parameters.unsigned()?);
            // X9.42 has the order next, PKCS #3 at most a length.
            let order = match oid.as_str() {
                DH_PUBLIC_NUMBER => Some(parameters.unsigned()?),
                _ => None,
            };
            DhGroup::from_parameters(prime, generator, order)
                .map(Group::Dh)
                .ok_or_else(|| OfferFault::Unsupported("the DH group".to_owned()))
        }
        EC_PUBLIC_KEY => {
            let (tag, value, _) = algorithm.any()?;
            match public_key::curve(tag, value) {
                Ok((curve, _)) => Ok(Group::Ec(curve)),
                Err(KeyError::Forged) => Err(OfferFault::Forged),
                Err(KeyError::Unsupported(what)) => Err(OfferFault::Unsupported(what)),
                Err(KeyError::Malformed) => Err(OfferFault::Malformed("a curve is malformed")),
            }
        }
        _ => Err(OfferFault::Unsupported(oid)),
    }
}
