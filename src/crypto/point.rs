//! Points of a curve multiplied by public numbers (BSI TR-03111, 3.1). Not in constant time: nothing
//! secret may come in here.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcPoint, PointConversionForm};

use super::agreement::{Group, KeyFault};
use super::curve::Curve;

/// `number · point`, uncompressed; the point is checked first.
///
/// # Errors
/// [`KeyFault`]: of the point, and [`KeyFault::Invalid`] where the product is the identity or the
/// number is not below the order of the group.
pub fn multiply(curve: Curve, point: &[u8], number: &[u8]) -> Result<Vec<u8>, KeyFault> {
    Group::Ec(curve).generator().check_public(point)?;
    let group = curve.group()?;
    let mut context = BigNumContext::new()?;
    let mut order = BigNum::new()?;
    group.order(&mut order, &mut context)?;
    let number = BigNum::from_slice(number)?;
    if number >= order {
        return Err(KeyFault::Invalid);
    }
    let point = EcPoint::from_bytes(&group, point, &mut context)?;
    let mut product = EcPoint::new(&group)?;
    product.mul2(&group, &point, &number, &mut context)?;
    if product.is_infinity(&group) {
        return Err(KeyFault::Invalid);
    }
    Ok(product.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut context)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn products_are_those_of_the_curve() {
        for curve in [Curve::P256, Curve::BrainpoolP384r1] {
            let parameters = curve.parameters().unwrap();
            let base = &parameters.generator;
            assert_eq!(multiply(curve, base, &[1]).as_ref(), Ok(base));
            let three = multiply(curve, base, &[3]).unwrap();
            let six = multiply(curve, &three, &[2]).unwrap();
            assert_eq!(multiply(curve, base, &[6]), Ok(six));
            // −G has the same x and another y.
            let mut below = BigNum::from_slice(&parameters.order).unwrap();
            below.sub_word(1).unwrap();
            let minus = multiply(curve, base, &below.to_vec()).unwrap();
            assert_eq!(minus[..=curve.field_bytes()], base[..=curve.field_bytes()]);
            assert_ne!(&minus, base);
            for number in [&parameters.order[..], &[0], &[]] {
                assert_eq!(multiply(curve, base, number), Err(KeyFault::Invalid));
            }
            let mut off = base.clone();
            *off.last_mut().unwrap() ^= 1;
            assert_eq!(multiply(curve, &off, &[2]), Err(KeyFault::Invalid));
            assert_eq!(multiply(curve, &[0], &[2]), Err(KeyFault::Encoding));
        }
    }
}
