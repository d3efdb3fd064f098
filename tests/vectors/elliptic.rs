//! The other libraries' verdict on an ECDSA signature.
//!
//! RustCrypto's `VerifyingKey` refuses digests shorter than half the order, and cuts longer ones
//! for itself; so it is given the digest as an integer of full length, and the comparison is of
//! mathematics. It has no rule about high s on these curves. Its P-192 is a release candidate, and
//! most brainpool curves it lacks: these are left to plain integers. Of DER its `der` crate is used
//! alone: the signature types above it are made for one curve each.

use cccd_desk::crypto::curve::Curve;
use cccd_desk::crypto::hash::HashAlgorithm;
use der::asn1::UintRef;
use der::{Reader as _, SliceReader};
use num_bigint::BigUint;

use crate::dice::wide;
use crate::weierstrass::Weierstrass;

/// Every curve that a key may be on.
pub const CURVES: [Curve; 11] = [
    Curve::P192,
    Curve::P224,
    Curve::P256,
    Curve::P384,
    Curve::P521,
    Curve::BrainpoolP192r1,
    Curve::BrainpoolP224r1,
    Curve::BrainpoolP256r1,
    Curve::BrainpoolP320r1,
    Curve::BrainpoolP384r1,
    Curve::BrainpoolP512r1,
];

/// Whether a signature in DER holds.
pub fn holds_der(curve: Curve, key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let parse = || {
        let mut reader = SliceReader::new(signature)?;
        let pair = reader.sequence(|inner| {
            let r: UintRef<'_> = inner.decode()?;
            let s: UintRef<'_> = inner.decode()?;
            Ok::<_, der::Error>([r, s].map(|number| BigUint::from_bytes_be(number.as_bytes())))
        })?;
        reader.finish()?;
        Ok::<_, der::Error>(pair)
    };
    parse().is_ok_and(|[r, s]| holds(curve, key, digest, &r, &s))
}

/// Whether a plain signature holds (BSI TR-03111, 5.2.1).
pub fn holds_plain(curve: Curve, key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let length = Weierstrass::of(curve).length;
    signature.len() == 2 * length && {
        let (r, s) = signature.split_at(length);
        let [r, s] = [r, s].map(BigUint::from_bytes_be);
        holds(curve, key, digest, &r, &s)
    }
}

/// The digest as an integer as long as the order (BSI TR-03111, 4.2.1.2). All orders but that of
/// P-521, which is longer than any digest, are of whole bytes.
fn field_bytes(digest: &[u8], length: usize) -> Vec<u8> {
    let cut = &digest[..digest.len().min(length)];
    wide(&BigUint::from_bytes_be(cut), length)
}

macro_rules! rust_crypto {
    ($signatures:path, $key:ty, $signature:ty, $length:expr,
     $point:expr, $digest:expr, $r:expr, $s:expr) => {{
        use signature::hazmat::PrehashVerifier as _;
        use $signatures as signature;
        let both = [wide($r, $length), wide($s, $length)].concat();
        let key = <$key>::from_sec1_bytes($point);
        let signature = <$signature>::from_slice(&both);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key
                .verify_prehash(&field_bytes($digest, $length), &signature)
                .is_ok(),
            _ => false,
        }
    }};
}

/// Whether r and s hold, by RustCrypto where it has the curve, else by plain integers.
pub fn holds(curve: Curve, key: &[u8], digest: &[u8], r: &BigUint, s: &BigUint) -> bool {
    use ecdsa::{Signature, VerifyingKey};
    let length = curve.field_bytes();
    // Compressed and other points are not this comparison's subject: only 04 ‖ x ‖ y is a key.
    if r.bits().max(s.bits()) > u64::try_from(8 * length).unwrap() || key.first() != Some(&4) {
        return false;
    }
    match curve {
        Curve::P224 => rust_crypto!(
            p224::ecdsa::signature,
            p224::ecdsa::VerifyingKey,
            p224::ecdsa::Signature,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::P256 => rust_crypto!(
            ecdsa::signature,
            VerifyingKey<p256::NistP256>,
            Signature<p256::NistP256>,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::P384 => rust_crypto!(
            p384::ecdsa::signature,
            p384::ecdsa::VerifyingKey,
            p384::ecdsa::Signature,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::P521 => rust_crypto!(
            p521::ecdsa::signature,
            p521::ecdsa::VerifyingKey,
            p521::ecdsa::Signature,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::BrainpoolP256r1 => rust_crypto!(
            ecdsa::signature,
            VerifyingKey<bp256::BrainpoolP256r1>,
            Signature<bp256::BrainpoolP256r1>,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::BrainpoolP384r1 => rust_crypto!(
            ecdsa::signature,
            VerifyingKey<bp384::BrainpoolP384r1>,
            Signature<bp384::BrainpoolP384r1>,
            length,
            key,
            digest,
            r,
            s
        ),
        Curve::P192
        | Curve::BrainpoolP192r1
        | Curve::BrainpoolP224r1
        | Curve::BrainpoolP320r1
        | Curve::BrainpoolP512r1 => Weierstrass::of(curve).verify(key, digest, r, s),
    }
}

/// A key pair of a curve, made for tests.
pub struct Pair {
    pub curve: Curve,
    pub arithmetic: Weierstrass,
    private: BigUint,
    /// `04 ‖ x ‖ y`.
    pub point: Vec<u8>,
}

impl Pair {
    pub fn of(curve: Curve, label: &str) -> Self {
        let arithmetic = Weierstrass::of(curve);
        let private =
            crate::dice::Dice::new(&format!("{label} {}", curve.name())).number(&arithmetic.n);
        let point = arithmetic.public(&private);
        Self {
            curve,
            arithmetic,
            private,
            point,
        }
    }

    /// r and s over a message.
    pub fn sign(&self, hash: HashAlgorithm, message: &[u8], nonce: &BigUint) -> (BigUint, BigUint) {
        self.sign_digest(&hash.digest(message), nonce)
    }

    /// The same over a digest, or what somebody takes for one.
    pub fn sign_digest(&self, digest: &[u8], nonce: &BigUint) -> (BigUint, BigUint) {
        self.arithmetic.sign(&self.private, digest, nonce)
    }
}
