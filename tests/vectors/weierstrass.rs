//! ECDSA over plain integers, as BSI TR-03111, 4.2.1 writes it: for the curves that no other
//! library here has, and to sign with.
//!
//! Only the six numbers of a curve come from the library under test. That they are the right ones
//! is what the published signatures show (`wycheproof_sets`), which this code verifies as well.

use cccd_desk::crypto::curve::Curve;
use num_bigint::BigUint;

/// A curve y² = x³ + ax + b over the field of p.
pub struct Weierstrass {
    p: BigUint,
    a: BigUint,
    b: BigUint,
    /// Order of the generator.
    pub n: BigUint,
    generator: Affine,
    /// Bytes of a coordinate, and of a half of a plain signature.
    pub length: usize,
}

/// Both coordinates.
pub type Affine = (BigUint, BigUint);

/// x/z², y/z³; z = 0 is the point at infinity.
#[derive(Clone)]
struct Jacobian {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Weierstrass {
    pub fn of(curve: Curve) -> Self {
        let numbers = curve.parameters().unwrap();
        let [p, a, b, n] = [&numbers.p, &numbers.a, &numbers.b, &numbers.order]
            .map(|number| BigUint::from_bytes_be(number));
        let length = numbers.p.len();
        let (x, y) = numbers.generator[1..].split_at(length);
        let generator = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        Self {
            p,
            a,
            b,
            n,
            generator,
            length,
        }
    }

    /// The point of an uncompressed encoding, if it is one of the curve (3.2.1).
    pub fn point(&self, bytes: &[u8]) -> Option<Affine> {
        let [0x04, rest @ ..] = bytes else {
            return None;
        };
        if rest.len() != 2 * self.length {
            return None;
        }
        let (x, y) = rest.split_at(self.length);
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        let right = (&x * &x * &x + &self.a * &x + &self.b) % &self.p;
        (x < self.p && y < self.p && &y * &y % &self.p == right).then_some((x, y))
    }

    /// A point with that x, if there is one.
    pub fn lift(&self, x: &BigUint) -> Option<Affine> {
        let right = (x * x * x + &self.a * x + &self.b) % &self.p;
        let y = self.root(&right)?;
        Some((x.clone(), y))
    }

    /// `04 ‖ x ‖ y` of the generator times `factor`.
    pub fn public(&self, factor: &BigUint) -> Vec<u8> {
        self.combine(factor, &BigUint::ZERO, &self.generator)
    }

    /// `04 ‖ x ‖ y` of the generator times `one`, plus `point` times `two`.
    pub fn combine(&self, one: &BigUint, two: &BigUint, point: &Affine) -> Vec<u8> {
        let point = self.sum_of(&[(one, &self.generator), (two, point)]);
        let (x, y) = self.affine(&point).unwrap();
        let wide = |number| super::dice::wide(number, self.length);
        [vec![0x04], wide(&x), wide(&y)].concat()
    }

    /// The signature over a digest with a private key and a nonce (4.2.1.1).
    pub fn sign(&self, private: &BigUint, digest: &[u8], nonce: &BigUint) -> (BigUint, BigUint) {
        let point = self.sum_of(&[(nonce, &self.generator)]);
        let (x, _) = self.affine(&point).unwrap();
        let r = x % &self.n;
        let s = nonce.modinv(&self.n).unwrap() * (self.integer(digest) + &r * private) % &self.n;
        (r, s)
    }

    /// Whether a signature holds (4.2.1.2).
    pub fn verify(&self, public: &[u8], digest: &[u8], r: &BigUint, s: &BigUint) -> bool {
        let zero = BigUint::ZERO;
        let within = |number: &BigUint| *number > zero && *number < self.n;
        let Some(point) = self.point(public) else {
            return false;
        };
        if !within(r) || !within(s) {
            return false;
        }
        let inverse = s.modinv(&self.n).unwrap();
        let u = self.integer(digest) * &inverse % &self.n;
        let v = r * inverse % &self.n;
        let sum = self.sum_of(&[(&u, &self.generator), (&v, &point)]);
        self.affine(&sum).is_some_and(|(x, _)| x % &self.n == *r)
    }

    /// The leftmost bits of a digest, as many as the order has.
    pub fn integer(&self, digest: &[u8]) -> BigUint {
        let bits = u64::try_from(digest.len()).unwrap() * 8;
        BigUint::from_bytes_be(digest) >> bits.saturating_sub(self.n.bits())
    }

    /// The sum of multiples, all doubled together.
    fn sum_of(&self, terms: &[(&BigUint, &Affine)]) -> Jacobian {
        let mut sum = Jacobian {
            x: BigUint::ZERO,
            y: BigUint::ZERO,
            z: BigUint::ZERO,
        };
        for bit in (0..self.n.bits()).rev() {
            sum = self.double(&sum);
            for (factor, point) in terms {
                if factor.bit(bit) {
                    sum = self.add(&sum, point);
                }
            }
        }
        sum
    }

    /// A square root, if there is one, by Tonelli and Shanks: the p of P-224 is 1 (mod 2⁹⁶).
    fn root(&self, square: &BigUint) -> Option<BigUint> {
        let (p, one) = (&self.p, BigUint::from(1_u32));
        let half = (p - &one) >> 1;
        let is_square = |number: &BigUint| number.modpow(&half, p) == one;
        if *square == BigUint::ZERO || !is_square(square) {
            return None;
        }
        let mut order = (p - &one).trailing_zeros().unwrap();
        let odd = (p - &one) >> order;
        let non_square = (2_u32..)
            .map(BigUint::from)
            .find(|number| !is_square(number))?;
        let mut generator = non_square.modpow(&odd, p);
        let mut rest = square.modpow(&odd, p);
        let mut root = square.modpow(&((odd + &one) >> 1), p);
        while rest != one {
            let mut power = rest.clone();
            let least = (0..order).find(|_| {
                let found = power == one;
                power = &power * &power % p;
                found
            })?;
            let factor = generator.modpow(&(&one << (order - least - 1)), p);
            order = least;
            generator = &factor * &factor % p;
            rest = rest * &generator % p;
            root = root * factor % p;
        }
        Some(root)
    }

    fn minus(&self, one: &BigUint, two: &BigUint) -> BigUint {
        (one + &self.p - two) % &self.p
    }

    fn double(&self, point: &Jacobian) -> Jacobian {
        let p = &self.p;
        let square = &point.y * &point.y % p;
        let s = &point.x * &square * 4_u32 % p;
        let z2 = &point.z * &point.z % p;
        let m = (&point.x * &point.x * 3_u32 + &self.a * (&z2 * &z2 % p)) % p;
        let x = self.minus(&(&m * &m % p), &(&s * 2_u32 % p));
        let y = self.minus(
            &(&m * self.minus(&s, &x) % p),
            &(&square * &square * 8_u32 % p),
        );
        let z = &point.y * &point.z * 2_u32 % p;
        Jacobian { x, y, z }
    }

    fn add(&self, one: &Jacobian, two: &Affine) -> Jacobian {
        let p = &self.p;
        if one.z == BigUint::ZERO {
            let (x, y) = two.clone();
            let z = BigUint::from(1_u32);
            return Jacobian { x, y, z };
        }
        let z2 = &one.z * &one.z % p;
        let u = &two.0 * &z2 % p;
        let s = &two.1 * &z2 * &one.z % p;
        let (h, r) = (self.minus(&u, &one.x), self.minus(&s, &one.y));
        if h == BigUint::ZERO && r == BigUint::ZERO {
            return self.double(one);
        }
        let h2 = &h * &h % p;
        let h3 = &h2 * &h % p;
        let v = &one.x * &h2 % p;
        let x = self.minus(&(&r * &r % p), &((&h3 + &v * 2_u32) % p));
        let y = self.minus(&(&r * self.minus(&v, &x) % p), &(&one.y * &h3 % p));
        let z = &one.z * &h % p;
        Jacobian { x, y, z }
    }

    /// None for the point at infinity.
    fn affine(&self, point: &Jacobian) -> Option<Affine> {
        let inverse = point.z.modinv(&self.p)?;
        let square = &inverse * &inverse % &self.p;
        let x = &point.x * &square % &self.p;
        let y = &point.y * &square * &inverse % &self.p;
        Some((x, y))
    }
}
