//! The published suite of hostile signatures (project Wycheproof), all of it that is about
//! algorithms of passports.

use cccd_desk::crypto::curve::Curve;
use cccd_desk::crypto::hash::HashAlgorithm;
use cccd_desk::crypto::signature::{PublicKey, Scheme, verify};
use wycheproof::{EllipticCurve, HashFunction, Mgf, TestResult};

use crate::elliptic::{holds_der, holds_plain};

fn hash_of(hash: HashFunction) -> Option<HashAlgorithm> {
    Some(match hash {
        HashFunction::Sha1 => HashAlgorithm::Sha1,
        HashFunction::Sha2_224 => HashAlgorithm::Sha224,
        HashFunction::Sha2_256 => HashAlgorithm::Sha256,
        HashFunction::Sha2_384 => HashAlgorithm::Sha384,
        HashFunction::Sha2_512 => HashAlgorithm::Sha512,
        _ => return None,
    })
}

fn curve_of(curve: EllipticCurve) -> Option<Curve> {
    Some(match curve {
        EllipticCurve::Secp192r1 => Curve::P192,
        EllipticCurve::Secp224r1 => Curve::P224,
        EllipticCurve::Secp256r1 => Curve::P256,
        EllipticCurve::Secp384r1 => Curve::P384,
        EllipticCurve::Secp521r1 => Curve::P521,
        EllipticCurve::Brainpool224r1 => Curve::BrainpoolP224r1,
        EllipticCurve::Brainpool256r1 => Curve::BrainpoolP256r1,
        EllipticCurve::Brainpool320r1 => Curve::BrainpoolP320r1,
        EllipticCurve::Brainpool384r1 => Curve::BrainpoolP384r1,
        EllipticCurve::Brainpool512r1 => Curve::BrainpoolP512r1,
        _ => return None,
    })
}

/// What was walked, and what went otherwise than it should.
#[derive(Default)]
struct Walk {
    valid: usize,
    invalid: usize,
    sets: usize,
    wrong: Vec<String>,
}

impl Walk {
    /// One case. What the suite calls acceptable is an encoding or a parameter that the standard of
    /// passports does not allow, and is refused here.
    fn case(&mut self, name: &str, expected: TestResult, holds: bool) {
        let must = expected == TestResult::Valid;
        *if must {
            &mut self.valid
        } else {
            &mut self.invalid
        } += 1;
        if holds != must {
            self.wrong
                .push(format!("{name}: {expected:?}, holds: {holds}"));
        }
    }

    fn end(self, at_least: usize) {
        let Self {
            valid,
            invalid,
            sets,
            wrong,
        } = self;
        assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
        assert!(
            valid + invalid >= at_least && valid > 0 && invalid > 0,
            "{sets} sets with {valid} valid and {invalid} invalid signatures"
        );
    }
}

/// The code that the desk is compared with is held to the suite as well: it has the same numbers of
/// the curves.
#[test]
fn ecdsa_signatures_of_the_published_suite() {
    use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
    let mut walk = Walk::default();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let before = walk.valid;
        for group in &set.test_groups {
            let (Some(curve), Some(hash)) = (curve_of(group.key.curve), hash_of(group.hash)) else {
                continue;
            };
            let point = group.key.key.to_vec();
            let key = PublicKey::Ec { curve, point };
            let der = match group.test_type {
                TestGroupTypeId::Ecdsa => true,
                TestGroupTypeId::EcdsaP1363 => false,
                _ => continue,
            };
            for test in &group.tests {
                let scheme = if der {
                    Scheme::Ecdsa
                } else {
                    Scheme::EcdsaPlain
                };
                let holds = verify(&key, scheme(hash), &test.msg, &test.sig).is_ok();
                let label = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                walk.case(&label, test.result, holds);
                let digest = hash.digest(&test.msg);
                let theirs = if der { holds_der } else { holds_plain };
                let theirs = theirs(curve, &group.key.key, &digest, &test.sig);
                assert_eq!(theirs, holds, "{label}: the libraries disagree");
            }
        }
        walk.sets += usize::from(walk.valid > before);
    }
    walk.end(8_000);
}

fn rsa_key(key: &wycheproof::RsaPublic) -> PublicKey {
    let trim = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number[zeros..].to_vec()
    };
    PublicKey::Rsa {
        modulus: trim(&key.n),
        exponent: trim(&key.e),
    }
}

#[test]
fn pkcs1_signatures_of_the_published_suite() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut walk = Walk::default();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let before = walk.valid;
        for group in &set.test_groups {
            let Some(hash) = hash_of(group.hash) else {
                continue;
            };
            let key = rsa_key(&group.key);
            for test in &group.tests {
                let outcome = verify(&key, Scheme::RsaPkcs1(hash), &test.msg, &test.sig);
                let label = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                walk.case(&label, test.result, outcome.is_ok());
            }
        }
        walk.sets += usize::from(walk.valid > before);
    }
    walk.end(3_000);
}

#[test]
fn pss_signatures_of_the_published_suite() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut walk = Walk::default();
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap();
        let before = walk.valid;
        for group in &set.test_groups {
            let Some(hash) = hash_of(group.hash) else {
                continue;
            };
            // The mask of passports is made with the hash of the message (ICAO 9303-12, 4.1.6.1).
            if group.mgf != Mgf::Mgf1 || group.mgf_hash.and_then(hash_of) != Some(hash) {
                continue;
            }
            let key = rsa_key(&group.key);
            let salt = u16::try_from(group.salt_size).unwrap();
            for test in &group.tests {
                let outcome = verify(&key, Scheme::RsaPss { hash, salt }, &test.msg, &test.sig);
                let label = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                walk.case(&label, test.result, outcome.is_ok());
            }
        }
        walk.sets += usize::from(walk.valid > before);
    }
    walk.end(1_000);
}
