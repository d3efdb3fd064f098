//! Cards like those of independent tools: what an issuer writes carelessly, and what a forger would
//! like to pass for that.

use cccd_sim::defects::edit::{Change, Edit, Step};
use cccd_sim::defects::mutation::{
    CertificateChange, CrlChange, DscKey, FieldChange, Mutation, SodChange,
};
use cccd_sim::lds::sod::Attribute;

use crate::variants::{Variant, judge_all};

const DIGESTS: &[Step] = &[Step(0x30, 0), Step(0xa0, 0), Step(0x30, 0), Step(0x31, 0)];
const SIGNER_VERSION: &[Step] = &[
    Step(0x30, 0),
    Step(0xa0, 0),
    Step(0x30, 0),
    Step(0x31, 1),
    Step(0x30, 0),
    Step(0x02, 0),
];
const NAME_OF_SIGNER: &[Step] = &[
    Step(0x30, 0),
    Step(0xa0, 0),
    Step(0x30, 0),
    Step(0x31, 1),
    Step(0x30, 0),
    Step(0x30, 0),
    Step(0x30, 0),
    Step(0x31, 2),
    Step(0x30, 0),
    Step(0x0c, 0),
];
const MD5: &[u8] = &[
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05,
];
const SHA1: &[u8] = &[0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// privateKeyUsagePeriod, 1950 to 2049, its times as UTCTime has them.
const SHORT_YEARS: &[u8] = b"\x30\x1e\x80\x0d500101000000Z\x81\x0d491231235959Z";
const KEY_USAGE: &str = "2.5.29.15";
const USAGE_PERIOD: &str = "2.5.29.16";
const SUBJECT_KEY: &str = "2.5.29.14";
/// certificateIssuer: the entry is another issuer's.
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
const REASON_CODE: &str = "2.5.29.21";

const fn at(path: &'static [Step], change: Change) -> Mutation {
    Mutation::Sod(SodChange::Edit(Edit::At(path, change)))
}

const fn dsc(change: CertificateChange) -> Mutation {
    Mutation::Dsc(change)
}

const CARDS: &[Variant] = &[
    // E: the parts of EF.SOD that no signature covers
    (
        "md5 beside the signer's digest algorithm",
        "evidence",
        "not_verified",
        "algorithm-forbidden",
        &[at(DIGESTS, Change::Extend(MD5))],
    ),
    (
        "digest algorithms without the signer's",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[at(DIGESTS, Change::Value(SHA1))],
    ),
    (
        "digest algorithms with one more",
        "evidence",
        "verified",
        "",
        &[at(DIGESTS, Change::Extend(SHA1))],
    ),
    (
        "signer's version of a key identifier beside a name",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[at(SIGNER_VERSION, Change::Value(&[0x03]))],
    ),
    (
        "signer's version 2",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[at(SIGNER_VERSION, Change::Value(&[0x02]))],
    ),
    (
        "signer's version gone",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[at(SIGNER_VERSION, Change::Remove)],
    ),
    (
        "signer named in another case",
        "evidence",
        "verified",
        "",
        &[at(NAME_OF_SIGNER, Change::FlipValue(0, 0x20))],
    ),
    (
        "signer of another name",
        "evidence",
        "undetermined",
        "signer-id-mismatch",
        &[at(NAME_OF_SIGNER, Change::FlipValue(0, 0x01))],
    ),
    (
        "signing time twice",
        "evidence",
        "not_verified",
        "sod-signed-attrs-invalid",
        &[Mutation::Sod(SodChange::Attributes(&[
            Attribute::ContentType,
            Attribute::MessageDigest,
            Attribute::SigningTime,
            Attribute::SigningTime,
        ]))],
    ),
    // F: certificates and revocation lists
    (
        "a signer of version 1 in full",
        "evidence",
        "undetermined",
        "dsc-malformed",
        &[
            dsc(CertificateChange::Version(None)),
            dsc(CertificateChange::Without(KEY_USAGE)),
        ],
    ),
    (
        "key usage period in UTCTime",
        "evidence",
        "verified",
        "",
        &[dsc(CertificateChange::Value(USAGE_PERIOD, SHORT_YEARS))],
    ),
    (
        "an authority without key identifier",
        "evidence",
        "verified",
        "",
        &[Mutation::Csca(CertificateChange::Without(SUBJECT_KEY))],
    ),
    (
        "an authority without key identifier did not sign",
        "evidence",
        "undetermined",
        "csca-unknown",
        &[
            Mutation::Csca(CertificateChange::Without(SUBJECT_KEY)),
            dsc(CertificateChange::SignatureFlipped),
        ],
    ),
    (
        "issuer with more spaces",
        "evidence",
        "verified",
        "",
        &[dsc(CertificateChange::IssuerName(" test  CSCA CCCD "))],
    ),
    (
        "revocation list of another country",
        "evidence",
        "undetermined",
        "crl-issuer-mismatch",
        &[Mutation::Crl(CrlChange::IssuerCountry("LA"))],
    ),
    (
        "indirect revocation list",
        "evidence",
        "undetermined",
        "crl-unsupported",
        &[
            Mutation::Crl(CrlChange::EverySigner),
            Mutation::Crl(CrlChange::EntryExtension(
                CERTIFICATE_ISSUER,
                true,
                &[0x30, 0x00],
            )),
        ],
    ),
    (
        "revocation list with reasons",
        "evidence",
        "not_verified",
        "dsc-revoked",
        &[
            Mutation::Crl(CrlChange::EverySigner),
            Mutation::Crl(CrlChange::EntryExtension(
                REASON_CODE,
                false,
                &[0x0a, 0x01, 0x01],
            )),
        ],
    ),
    // D: data
    (
        "two zones in dg1",
        "evidence",
        "unreadable",
        "dg-malformed",
        &[Mutation::Issued(
            "EF.DG1",
            Edit::At(&[Step(0x61, 0), Step(0x5f1f, 0)], Change::Twice),
        )],
    ),
    (
        "two groups of templates in dg2",
        "evidence",
        "unreadable",
        "dg-malformed",
        &[Mutation::Issued(
            "EF.DG2",
            Edit::At(&[Step(0x75, 0), Step(0x7f61, 0)], Change::Twice),
        )],
    ),
    (
        "no record in dg2's block",
        "evidence",
        "unreadable",
        "portrait-missing",
        &[Mutation::Issued(
            "EF.DG2",
            Edit::At(
                &[
                    Step(0x75, 0),
                    Step(0x7f61, 0),
                    Step(0x7f60, 0),
                    Step(0x5f2e, 0),
                ],
                Change::Value(&[]),
            ),
        )],
    ),
    (
        "dg13 without content",
        "evidence",
        "unreadable",
        "dg-malformed",
        &[Mutation::Issued("EF.DG13", Edit::Become(&[0x6d, 0x00]))],
    ),
    (
        "half of dg2",
        "evidence",
        "unreadable",
        "file-truncated",
        &[Mutation::Stale("EF.DG2", Edit::Cut(1_000))],
    ),
    (
        "nothing of dg13",
        "evidence",
        "unreadable",
        "file-truncated",
        &[Mutation::Stale("EF.DG13", Edit::Become(&[]))],
    ),
    (
        "another file cut in place of dg15",
        "evidence",
        "not_verified",
        "dg-hash-mismatch",
        &[Mutation::Stale(
            "EF.DG15",
            Edit::Become(&[0x6e, 0x20, 0x00]),
        )],
    ),
    (
        "two lists in com",
        "evidence",
        "undetermined",
        "com-malformed",
        &[Mutation::Stale(
            "EF.COM",
            Edit::At(&[Step(0x60, 0), Step(0x5c, 0)], Change::Twice),
        )],
    ),
    (
        "dg13 field of negative number",
        "evidence",
        "unreadable",
        "dg13-malformed",
        &[Mutation::Issued(
            "EF.DG13",
            Edit::At(
                &[
                    Step(0x6d, 0),
                    Step(0x30, 0),
                    Step(0x31, 0),
                    Step(0x30, 0),
                    Step(0x02, 0),
                ],
                Change::Value(&[0xff]),
            ),
        )],
    ),
    // K: good cards
    (
        "brainpoolP256r1, fields left empty",
        "evidence",
        "verified",
        "",
        &[
            Mutation::DscKey(DscKey::BrainpoolP256),
            Mutation::Field(13, FieldChange::Value(&[0x30, 0x04, 0x0c, 0, 0x0c, 0])),
            Mutation::Field(14, FieldChange::Text("")),
        ],
    ),
];

#[test]
fn cards_of_independent_tools() {
    judge_all(CARDS);
}
