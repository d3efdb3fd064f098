//! RSA with message recovery (ISO/IEC 9796-2, scheme 1): the raw public operation.

use openssl::bn::{BigNum, BigNumContext};

use super::CryptoFault;

/// `signature ^ exponent mod modulus`, at the length of the modulus.
///
/// `None` where the signature is not below the modulus or not of its length, or where the key is
/// none: an even modulus, an even exponent or 1, more than 4,096 bits.
///
/// # Errors
/// [`CryptoFault`] when the library refuses.
pub fn open(
    modulus: &[u8],
    exponent: &[u8],
    signature: &[u8],
) -> Result<Option<Vec<u8>>, CryptoFault> {
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(modulus)
        || !odd(exponent)
        || exponent == [1]
        || modulus.len() > 512
        || exponent.len() > 8
        || signature.len() != modulus.len()
    {
        return Ok(None);
    }
    let (n, e, s) = (
        BigNum::from_slice(modulus)?,
        BigNum::from_slice(exponent)?,
        BigNum::from_slice(signature)?,
    );
    if s >= n {
        return Ok(None);
    }
    let mut message = BigNum::new()?;
    message.mod_exp(&s, &e, &n, &mut *BigNumContext::new()?)?;
    let width = i32::try_from(modulus.len()).map_err(|_| CryptoFault)?;
    Ok(Some(message.to_vec_padded(width)?))
}
