#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::super::testing::{CVCA, Draft, Holder, TERMINAL, VERIFIER, certificate, tlv};
use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn a_terminal_certificate_says_who_may_what_and_when() {
    let (verifier, terminal) = (Holder::new("VNDVHN00001"), Holder::new("VNDESK100001"));
    let parsed = CvCertificate::parse(&Draft::new(&verifier, &terminal, TERMINAL).make()).unwrap();
    assert_eq!(parsed.authority.to_string(), "VNDVHN00001");
    assert_eq!(parsed.holder.bytes(), b"VNDESK100001");
    assert_eq!(parsed.role, Role::Terminal);
    assert_eq!(
        parsed.rights,
        Rights {
            dg3: true,
            dg4: true
        }
    );
    assert_eq!(parsed.scheme, Scheme::EcdsaPlain(HashAlgorithm::Sha256));
    assert!(matches!(parsed.key, CvKey::Point(_)));
    assert_eq!(parsed.effective, day("2026-01-01"));
    assert_eq!(parsed.expiry, day("2026-12-31"));
    assert!(!parsed.is_root());
    for (date, valid) in [
        ("2025-12-31", false),
        ("2026-01-01", true),
        ("2026-12-31", true),
        ("2027-01-01", false),
    ] {
        assert_eq!(parsed.is_valid_on(day(date)), valid, "{date}");
    }
}

#[test]
fn a_root_carries_its_curve_and_verifies_under_itself() {
    let root = Holder::new("VNCVCA00001");
    let parsed = CvCertificate::parse(&Draft::new(&root, &root, CVCA).make()).unwrap();
    assert!(parsed.is_root());
    assert_eq!(parsed.role, Role::Cvca);
    let CvKey::Whole(key) = &parsed.key else {
        unreachable!("a root without its curve was refused already");
    };
    let verified =
        crate::crypto::signature::verify(key, parsed.scheme, &parsed.body, &parsed.signature);
    assert_eq!(verified, Ok(()));
}

#[test]
fn every_algorithm_of_the_standard_is_known_and_no_other() {
    use HashAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    let pss = |hash: HashAlgorithm, salt| Some(Scheme::RsaPss { hash, salt });
    for (arcs, expected) in [
        ("1.1", Some(Scheme::RsaPkcs1(Sha1))),
        ("1.2", Some(Scheme::RsaPkcs1(Sha256))),
        ("1.3", pss(Sha1, 20)),
        ("1.4", pss(Sha256, 32)),
        ("1.5", Some(Scheme::RsaPkcs1(Sha512))),
        ("1.6", pss(Sha512, 64)),
        ("2.1", Some(Scheme::EcdsaPlain(Sha1))),
        ("2.2", Some(Scheme::EcdsaPlain(Sha224))),
        ("2.3", Some(Scheme::EcdsaPlain(Sha256))),
        ("2.4", Some(Scheme::EcdsaPlain(Sha384))),
        ("2.5", Some(Scheme::EcdsaPlain(Sha512))),
        ("1.7", None),
        ("2.6", None),
        ("2", None),
        ("3.1", None),
    ] {
        let name = format!("0.4.0.127.0.7.2.2.2.{arcs}");
        assert_eq!(scheme(&name), expected, "{name}");
    }
    assert_eq!(scheme("1.2.840.10045.4.3.2"), None);
}

#[test]
fn an_rsa_key_is_modulus_and_exponent() {
    let issuer = Holder::new("VNDVHN00001");
    let terminal = Holder::new("VNDESK100001");
    let mut fields = Draft::new(&issuer, &terminal, TERMINAL).fields();
    let oid = [4, 0, 0x7f, 0, 7, 2, 2, 2, 1, 4];
    let key = |modulus: &[u8], exponent: &[u8]| {
        let parts = [
            tlv(&[0x06], &oid),
            tlv(&[0x81], modulus),
            tlv(&[0x82], exponent),
        ];
        tlv(&[0x7f, 0x49], &parts.concat())
    };
    fields[2] = key(&[0xc1; 256], &[1, 0, 1]);
    let parsed = CvCertificate::parse(&certificate(&fields.concat(), &issuer)).unwrap();
    let expected = PublicKey::Rsa {
        modulus: vec![0xc1; 256],
        exponent: vec![1, 0, 1],
    };
    assert_eq!(parsed.key, CvKey::Whole(expected));
    for (modulus, exponent) in [
        (&[][..], &[3][..]),
        (&[0], &[3]),
        (&[0xc1; 256], &[]),
        (&[0xc1; 1025], &[3]),
    ] {
        fields[2] = key(modulus, exponent);
        assert!(CvCertificate::parse(&certificate(&fields.concat(), &issuer)).is_err());
    }
}

#[test]
fn what_is_not_of_the_profile_is_refused() {
    let issuer = Holder::new("VNDVHN00001");
    let holder = Holder::new("VNDESK100001");
    let good = Draft::new(&issuer, &holder, TERMINAL).fields();
    let template = |oid: &[u8], bits: &[u8]| {
        let parts = [tlv(&[0x06], oid), tlv(&[0x53], bits)];
        tlv(&[0x7f, 0x4c], &parts.concat())
    };
    let id_is = [4, 0, 0x7f, 0, 7, 3, 1, 2, 1];
    let id_at = [4, 0, 0x7f, 0, 7, 3, 1, 2, 2];
    let forged = {
        let key = holder.public_key(true);
        // The last byte of the generator, which stands before the order.
        let order = tlv(&[0x85], &Curve::BrainpoolP256r1.parameters().unwrap().order);
        let at = key
            .windows(order.len())
            .position(|part| part == order)
            .unwrap();
        let mut key = key;
        key[at - 1] ^= 1;
        tlv(&[0x7f, 0x49], &key)
    };
    // (what, index of the field, its replacement)
    let table: Vec<(&str, usize, Vec<u8>)> = vec![
        ("profile 1", 0, tlv(&[0x5f, 0x29], &[1])),
        ("profile of two bytes", 0, tlv(&[0x5f, 0x29], &[0, 0])),
        ("no profile", 0, Vec::new()),
        ("no authority", 1, Vec::new()),
        ("empty authority", 1, tlv(&[0x42], &[])),
        (
            "authority of 17 bytes",
            1,
            tlv(&[0x42], b"VNABCDEFGHIJ00001"),
        ),
        ("authority of 6 bytes", 1, tlv(&[0x42], b"VN0001")),
        ("control character", 1, tlv(&[0x42], b"VNDV\x0000001")),
        ("country of digits", 1, tlv(&[0x42], b"12DVHN00001")),
        ("no key", 2, tlv(&[0x7f, 0x49], &[])),
        (
            "no point",
            2,
            tlv(
                &[0x7f, 0x49],
                &tlv(&[0x06], &[4, 0, 0x7f, 0, 7, 2, 2, 2, 2, 3]),
            ),
        ),
        (
            "algorithm unknown",
            2,
            tlv(&[0x7f, 0x49], &tlv(&[0x06], &[0x2a])),
        ),
        ("generator changed", 2, forged),
        ("no holder", 3, Vec::new()),
        (
            "authentication terminal",
            4,
            template(&id_at, &[0, 0, 0, 0, 3]),
        ),
        ("rights of two bytes", 4, template(&id_is, &[3, 3])),
        ("no rights", 4, template(&id_is, &[])),
        ("no template", 4, Vec::new()),
        ("month 13", 5, tlv(&[0x5f, 0x25], &[2, 6, 1, 3, 0, 1])),
        ("digit ten", 5, tlv(&[0x5f, 0x25], &[2, 10, 0, 1, 0, 1])),
        ("date of text", 5, tlv(&[0x5f, 0x25], b"260101")),
        ("date of five", 5, tlv(&[0x5f, 0x25], &[2, 6, 0, 1, 0])),
        ("30 February", 6, tlv(&[0x5f, 0x24], &[2, 6, 0, 2, 3, 0])),
        (
            "ends before it begins",
            6,
            tlv(&[0x5f, 0x24], &[2, 5, 0, 1, 0, 1]),
        ),
        ("no end", 6, Vec::new()),
        ("unknown object", 7, tlv(&[0x5f, 0x50], b"x")),
        (
            "extension of another form",
            7,
            tlv(&[0x65], &tlv(&[0x30], &[])),
        ),
        (
            "extension without name",
            7,
            tlv(&[0x65], &tlv(&[0x73], &[])),
        ),
    ];
    for (what, field, replacement) in table {
        let mut fields = good.clone();
        fields[field] = replacement;
        let parsed = CvCertificate::parse(&certificate(&fields.concat(), &issuer));
        assert!(parsed.is_err(), "{what}");
    }
    let mut swapped = good.clone();
    swapped.swap(5, 6);
    assert!(CvCertificate::parse(&certificate(&swapped.concat(), &issuer)).is_err());
    let mut root_without_curve = good;
    root_without_curve[4] = template(&id_is, &[CVCA]);
    assert!(CvCertificate::parse(&certificate(&root_without_curve.concat(), &issuer)).is_err());
}

#[test]
fn the_outer_form_is_held_to_the_letter() {
    let (issuer, holder) = (Holder::new("VNCVCA00001"), Holder::new("VNDVHN00001"));
    let good = Draft::new(&issuer, &holder, VERIFIER).make();
    let draft = Draft::new(&issuer, &holder, VERIFIER);
    let body = tlv(&[0x7f, 0x4e], &draft.fields().concat());
    let signature = tlv(&[0x5f, 0x37], &issuer.sign(&body));
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("trailing", [good.clone(), vec![0]].concat()),
        ("twice", [good.clone(), good.clone()].concat()),
        ("body alone", tlv(&[0x7f, 0x21], &body)),
        (
            "signature first",
            tlv(&[0x7f, 0x21], &[signature.clone(), body.clone()].concat()),
        ),
        (
            "two signatures",
            tlv(
                &[0x7f, 0x21],
                &[body.clone(), signature.clone(), signature.clone()].concat(),
            ),
        ),
        (
            "empty signature",
            tlv(
                &[0x7f, 0x21],
                &[body.clone(), tlv(&[0x5f, 0x37], &[])].concat(),
            ),
        ),
        (
            "another tag",
            tlv(&[0x7f, 0x22], &[body.clone(), signature.clone()].concat()),
        ),
        (
            "not minimal",
            [
                &[0x7f, 0x21, 0x83, 0x00][..],
                &u16::try_from(body.len() + signature.len())
                    .unwrap()
                    .to_be_bytes(),
                &body,
                &signature,
            ]
            .concat(),
        ),
        ("too long", vec![0x7f; MAX_CERTIFICATE + 1]),
        ("tower", [0x30, 0x7f].repeat(2_000)),
    ];
    assert!(CvCertificate::parse(&good).is_ok());
    for (what, bytes) in table {
        assert!(CvCertificate::parse(&bytes).is_err(), "{what}");
    }
}

#[test]
fn extensions_are_told() {
    let (issuer, holder) = (Holder::new("VNCVCA00001"), Holder::new("VNDVHN00001"));
    let mut draft = Draft::new(&issuer, &holder, VERIFIER);
    let extension = [tlv(&[0x06], &[0x2a, 3, 4]), tlv(&[0x80], &[7; 32])].concat();
    draft.extensions = tlv(&[0x65], &tlv(&[0x73], &extension));
    let parsed = CvCertificate::parse(&draft.make()).unwrap();
    assert_eq!(parsed.extensions, ["1.2.3.4"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = CvCertificate::parse(&bytes);
    }

    /// A changed byte is refused, or changes what the signature covers, or the signature.
    #[test]
    fn no_changed_byte_keeps_both_form_and_signature(at in 0_usize..10_000, bit in 0_u8..8) {
        let root = Holder::new("VNCVCA00001");
        let mut bytes = Draft::new(&root, &root, CVCA).make();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(parsed) = CvCertificate::parse(&bytes)
            && let CvKey::Whole(key) = &parsed.key
        {
            let verified = crate::crypto::signature::verify(
                key, parsed.scheme, &parsed.body, &parsed.signature);
            prop_assert!(verified.is_err());
        }
    }
}
