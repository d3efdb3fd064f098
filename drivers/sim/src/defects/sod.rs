//! The list of defects, section E: EF.SOD.

use super::Row;
use super::edit::{Change, Edit, Step};
use super::mutation::{DscKey, ListChange, Mutation, SodChange};
use crate::authority::signer::{Hash, Scheme};
use crate::lds::sod::{Attribute, SignatureFault, SignerId};

const fn scheme(scheme: Scheme) -> Mutation {
    Mutation::Sod(SodChange::Scheme(scheme))
}

const fn signature(fault: SignatureFault) -> Mutation {
    Mutation::Sod(SodChange::Signature(fault))
}

const fn attributes(attributes: &'static [Attribute]) -> Mutation {
    Mutation::Sod(SodChange::Attributes(attributes))
}

/// Section E.
pub(super) const ROWS: &[Row] = &[
    Row(
        'E',
        "lso-dg-hash-bad",
        "not_verified",
        "dg-hash-mismatch",
        "A byte of DG2 is flipped, EF.SOD is the old one",
        &[Mutation::Stale("EF.DG2", Edit::Flip(-100, 0x01))],
    ),
    Row(
        'E',
        "sod-tag-78",
        "unreadable",
        "sod-malformed",
        "EF.SOD has tag 78",
        &[Mutation::Issued(
            "EF.SOD",
            Edit::At(&[Step(0x77, 0)], Change::Tag(0x78)),
        )],
    ),
    Row(
        'E',
        "sod-len-short",
        "unreadable",
        "sod-malformed",
        "EF.SOD's length is one too small",
        &[Mutation::Issued(
            "EF.SOD",
            Edit::At(&[Step(0x77, 0)], Change::LengthOff(-1)),
        )],
    ),
    Row(
        'E',
        "sod-empty",
        "not_verified",
        "sod-empty",
        "EF.SOD is 77 00",
        &[Mutation::Issued("EF.SOD", Edit::Become(&[0x77, 0x00]))],
    ),
    Row(
        'E',
        "sod-econtent-oid",
        "not_verified",
        "sod-content-type-wrong",
        "eContentType is not that of an LDS security object",
        &[Mutation::Sod(SodChange::ContentType("2.23.136.1.1.99"))],
    ),
    Row(
        'E',
        "sod-econtent-missing",
        "unreadable",
        "sod-malformed",
        "eContent is absent",
        &[Mutation::Sod(SodChange::Detached)],
    ),
    Row(
        'E',
        "sod-ber",
        "undetermined",
        "sod-not-der",
        "SignedData in BER with indefinite lengths",
        &[Mutation::Sod(SodChange::Edit(Edit::At(
            &[Step(0x30, 0)],
            Change::IndefiniteDeep(4),
        )))],
    ),
    Row(
        'E',
        "sod-version",
        "undetermined",
        "sod-malformed",
        "SignedData's version is 2",
        &[Mutation::Sod(SodChange::Version(Some(2)))],
    ),
    Row(
        'E',
        "sod-digestalgs-empty",
        "undetermined",
        "sod-malformed",
        "digestAlgorithms is empty",
        &[Mutation::Sod(SodChange::NoDigestAlgorithms)],
    ),
    Row(
        'E',
        "sod-md5",
        "not_verified",
        "algorithm-forbidden",
        "MD5 in the signature",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Digest(Hash::Md5)),
            scheme(Scheme::Pkcs1(Hash::Md5)),
        ],
    ),
    Row(
        'E',
        "sod-sha1-policy",
        "undetermined",
        "algorithm-weak",
        "SHA-1 signature on a card issued after 2021",
        &[
            Mutation::Sod(SodChange::Digest(Hash::Sha1)),
            scheme(Scheme::Ecdsa(Hash::Sha1)),
        ],
    ),
    Row(
        'E',
        "sod-rsa1024",
        "undetermined",
        "algorithm-weak",
        "The signer's key is RSA 1024",
        &[
            Mutation::DscKey(DscKey::Rsa1024),
            scheme(Scheme::Pkcs1(Hash::Sha256)),
        ],
    ),
    Row(
        'E',
        "sod-md-mismatch",
        "not_verified",
        "sod-message-digest-mismatch",
        "messageDigest is not that of the content",
        &[attributes(&[
            Attribute::ContentType,
            Attribute::OtherMessageDigest,
            Attribute::SigningTime,
        ])],
    ),
    Row(
        'E',
        "sod-md-missing",
        "not_verified",
        "sod-signed-attrs-invalid",
        "No messageDigest",
        &[attributes(&[
            Attribute::ContentType,
            Attribute::SigningTime,
        ])],
    ),
    Row(
        'E',
        "sod-ct-attr-missing",
        "not_verified",
        "sod-signed-attrs-invalid",
        "No contentType attribute",
        &[attributes(&[
            Attribute::MessageDigest,
            Attribute::SigningTime,
        ])],
    ),
    Row(
        'E',
        "sod-ct-attr-wrong",
        "not_verified",
        "sod-signed-attrs-invalid",
        "The contentType attribute is not the content's type",
        &[attributes(&[
            Attribute::OtherContentType,
            Attribute::MessageDigest,
            Attribute::SigningTime,
        ])],
    ),
    Row(
        'E',
        "sod-attrs-absent",
        "not_verified",
        "sod-signed-attrs-invalid",
        "No signed attributes, signed straight over the content",
        &[attributes(&[])],
    ),
    Row(
        'E',
        "sod-sig-flipped",
        "not_verified",
        "sod-signature-invalid",
        "One bit of the signature is wrong",
        &[signature(SignatureFault::Flipped)],
    ),
    Row(
        'E',
        "sod-sig-missing",
        "not_verified",
        "sod-signature-invalid",
        "The signature is empty",
        &[signature(SignatureFault::Empty)],
    ),
    Row(
        'E',
        "sod-sig-other-key",
        "not_verified",
        "sod-signature-invalid",
        "Another key signed, the genuine certificate is enclosed",
        &[Mutation::Sod(SodChange::OtherKey)],
    ),
    Row(
        'E',
        "sod-alg-mismatch",
        "not_verified",
        "sod-algorithm-mismatch",
        "signatureAlgorithm says SHA-384, digestAlgorithm SHA-256",
        &[Mutation::Sod(SodChange::StatedScheme(Scheme::Ecdsa(
            Hash::Sha384,
        )))],
    ),
    Row(
        'E',
        "sod-alg-unknown",
        "undetermined",
        "algorithm-unsupported",
        "SM2 with SM3",
        &[scheme(Scheme::Unknown("1.2.156.10197.1.501"))],
    ),
    Row(
        'E',
        "pss-salt-neg",
        "not_verified",
        "sod-params-invalid",
        "PSS with a salt of -1 bytes",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            scheme(Scheme::PssSaltStated(Hash::Sha256, -1)),
        ],
    ),
    Row(
        'E',
        "pss-params-default",
        "not_verified",
        "sod-signature-invalid",
        "PSS without parameters, which says SHA-1, signed with SHA-256",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            scheme(Scheme::PssDefaults(Hash::Sha256)),
        ],
    ),
    Row(
        'E',
        "rsa-e1",
        "not_verified",
        "sod-signature-invalid",
        "e = 3 and a forged PKCS#1 v1.5 padding",
        &[
            Mutation::DscKey(DscKey::RsaThree),
            scheme(Scheme::Pkcs1(Hash::Sha256)),
            signature(SignatureFault::CubeRoot),
        ],
    ),
    Row(
        'E',
        "ecdsa-r0",
        "not_verified",
        "sod-signature-invalid",
        "r = s = 0",
        &[signature(SignatureFault::Zero)],
    ),
    Row(
        'E',
        "ecdsa-der-long",
        "not_verified",
        "sod-signature-invalid",
        "An INTEGER of the signature has leading zeros too many",
        &[signature(SignatureFault::NonMinimal)],
    ),
    Row(
        'E',
        "ecdsa-der-trailing",
        "not_verified",
        "sod-signature-invalid",
        "Bytes after the signature's SEQUENCE",
        &[signature(SignatureFault::Trailing)],
    ),
    Row(
        'E',
        "ecdsa-high-s",
        "verified",
        "",
        "n - s in place of s: the same signature",
        &[signature(SignatureFault::HighS)],
    ),
    Row(
        'E',
        "sod-no-cert",
        "undetermined",
        "dsc-missing",
        "No certificate enclosed, none in the store",
        &[Mutation::Sod(SodChange::NoCertificate)],
    ),
    Row(
        'E',
        "sod-sid-wrong-serial",
        "undetermined",
        "signer-id-mismatch",
        "The signer's serial number is that of no certificate",
        &[Mutation::Sod(SodChange::SignerId(SignerId::OtherSerial))],
    ),
    Row(
        'E',
        "sod-sid-wrong-ski",
        "undetermined",
        "signer-id-mismatch",
        "The signer's key identifier is that of no certificate",
        &[Mutation::Sod(SodChange::SignerId(
            SignerId::OtherKeyIdentifier,
        ))],
    ),
    Row(
        'E',
        "sod-two-signers",
        "not_verified",
        "sod-signer-ambiguous",
        "Two signers, one of them bad",
        &[Mutation::Sod(SodChange::SecondSigner)],
    ),
    Row(
        'E',
        "lso-dg1-hash-missing",
        "not_verified",
        "dg-not-in-sod",
        "EF.SOD has no hash of DG1",
        &[Mutation::Lds(ListChange::Drop(1))],
    ),
    Row(
        'E',
        "lso-extra-dg10",
        "not_verified",
        "com-sod-mismatch",
        "EF.SOD lists DG10, which neither chip nor EF.COM has",
        &[Mutation::Lds(ListChange::Add(10))],
    ),
    Row(
        'E',
        "lso-number-ff",
        "not_verified",
        "sod-entry-invalid",
        "EF.SOD lists data group 255",
        &[Mutation::Lds(ListChange::AddNumber(&[0x00, 0xFF]))],
    ),
];
