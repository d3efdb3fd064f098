//! Static Diffie-Hellman keys as an issuer encodes them.

use openssl::bn::BigNumRef;
use openssl::dh::Dh;
use openssl::error::ErrorStack;

use crate::der;

/// How a public key names its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DhForm {
    /// `dhpublicnumber` with p, g and q (ANSI X9.42; RFC 3279, 2.3.3).
    X942,
    /// `dhKeyAgreement` with p and g (PKCS #3).
    Pkcs3,
}

/// SubjectPublicKeyInfo of a value in one of the groups of RFC 5114, named by its number among the
/// standardised domain parameters (ICAO 9303-11, table 6): 0, 1 or 2.
///
/// # Errors
/// The library's.
pub fn public_key_info(group: u8, form: DhForm, public: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let group = parameters(group)?;
    let p = der::integer(&group.prime_p().to_vec());
    let g = der::integer(&group.generator().to_vec());
    let q = group.prime_q().map(BigNumRef::to_vec).unwrap_or_default();
    let algorithm = match form {
        DhForm::X942 => [
            der::oid("1.2.840.10046.2.1"),
            der::sequence(&[p, g, der::integer(&q)]),
        ],
        DhForm::Pkcs3 => [
            der::oid("1.2.840.113549.1.3.1"),
            der::sequence(&[p, g, der::small(u64::try_from(q.len() * 8).unwrap_or(0))]),
        ],
    };
    Ok(der::sequence(&[
        der::sequence(&algorithm),
        der::bits(0, &der::integer(public)),
    ]))
}

/// p − 1, which generates two values and no more.
///
/// # Errors
/// The library's.
pub fn of_small_order(group: u8) -> Result<Vec<u8>, ErrorStack> {
    let mut value = parameters(group)?.prime_p().to_owned()?;
    value.sub_word(1)?;
    Ok(value.to_vec())
}

fn parameters(group: u8) -> Result<Dh<openssl::pkey::Params>, ErrorStack> {
    match group {
        0 => Dh::get_1024_160(),
        1 => Dh::get_2048_224(),
        _ => Dh::get_2048_256(),
    }
}
