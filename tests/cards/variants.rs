//! Other cards of the same classes: the defect of a row, met through another field, algorithm or file.

use cccd_desk::decision::Policy;
use cccd_sim::Defect;
use cccd_sim::authority::BatchKind;
use cccd_sim::authority::signer::{Hash, Scheme};
use cccd_sim::defects::edit::{Change, Edit, Step};
use cccd_sim::defects::given::Circumstances;
use cccd_sim::defects::mutation::{
    CertificateChange, CrlChange, DscKey, FieldChange, ListChange, Moment, Mutation,
    PortraitChange, SodChange, TrustChange,
};
use time::OffsetDateTime;

use crate::bench::{self, Bench};
use crate::offline::{evidence, judge_evidence};

/// Name, policy, verdict, headline, what is changed.
pub type Variant = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [Mutation],
);

const SIGNED_DATA: [Step; 3] = [Step(0x30, 0), Step(0xa0, 0), Step(0x30, 0)];
const ENTRY_13: &[Step] = &[Step(0x6d, 0), Step(0x30, 0), Step(0x31, 0)];

const fn field(id: u8, text: &'static str) -> Mutation {
    Mutation::Field(id, FieldChange::Text(text))
}

const fn dsc(change: CertificateChange) -> Mutation {
    Mutation::Dsc(change)
}

const VARIANTS: &[Variant] = &[
    // D: data
    (
        "dg1 of a passport's length",
        "evidence",
        "undetermined",
        "document-format-unexpected",
        &[Mutation::Issued(
            "EF.DG1",
            Edit::At(&[Step(0x61, 0), Step(0x5f1f, 0)], Change::Truncate(88)),
        )],
    ),
    (
        "dg13 unknown field of another type",
        "evidence",
        "verified",
        "",
        &[Mutation::Field(
            99,
            FieldChange::Value(&[0x04, 0x02, 0xc3, 0x28]),
        )],
    ),
    (
        "dg13 unknown field of nested values",
        "evidence",
        "verified",
        "",
        &[Mutation::Field(
            77,
            FieldChange::Value(&[0x30, 0x04, 0x31, 0x02, 0x05, 0x00]),
        )],
    ),
    (
        "dg13 residence not utf-8",
        "evidence",
        "unreadable",
        "dg13-malformed",
        &[Mutation::Field(
            9,
            FieldChange::Value(&[0x0c, 0x02, 0xc3, 0x28]),
        )],
    ),
    (
        "dg13 bidi in an address",
        "evidence",
        "undetermined",
        "dg13-text-suspicious",
        &[field(9, "H\u{202e}N")],
    ),
    (
        "dg13 number of 13 digits",
        "evidence",
        "undetermined",
        "personal-number-malformed",
        &[field(1, "0010900000011")],
    ),
    (
        "dg13 number in full-width digits",
        "evidence",
        "undetermined",
        "personal-number-malformed",
        &[field(1, "\u{ff10}01090000001")],
    ),
    (
        "dg13 number gone",
        "evidence",
        "undetermined",
        "personal-number-malformed",
        &[Mutation::Field(1, FieldChange::Gone)],
    ),
    (
        "dg13 field twice",
        "evidence",
        "undetermined",
        "issuer-data-inconsistent",
        &[Mutation::Issued(
            "EF.DG13",
            Edit::At(
                ENTRY_13,
                Change::Extend(&[
                    0x30, 0x11, 0x02, 0x01, 0x01, 0x13, 0x0c, b'0', b'0', b'1', b'0', b'9', b'0',
                    b'9', b'9', b'9', b'9', b'9', b'9',
                ]),
            ),
        )],
    ),
    (
        "dg2 followed by padding",
        "evidence",
        "verified",
        "",
        &[Mutation::Stale("EF.DG2", Edit::Append(&[0; 40]))],
    ),
    (
        "dg13 followed by padding",
        "evidence",
        "verified",
        "",
        &[Mutation::Stale("EF.DG13", Edit::Append(&[0; 40]))],
    ),
    (
        "sod followed by padding",
        "evidence",
        "verified",
        "",
        &[Mutation::Stale("EF.SOD", Edit::Append(&[0; 40]))],
    ),
    (
        "jp2 followed by padding",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Portrait(PortraitChange::Jpeg2000),
            Mutation::Portrait(PortraitChange::Padded(60_000)),
        ],
    ),
    (
        "dg3 in the files and unsigned",
        "evidence",
        "not_verified",
        "dg-not-in-sod",
        &[Mutation::Lds(ListChange::Drop(13))],
    ),
    // E: signature
    (
        "sod version 1",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[Mutation::Sod(SodChange::Version(Some(1)))],
    ),
    (
        "sod version missing",
        "evidence",
        "undetermined",
        "sod-malformed",
        &[Mutation::Sod(SodChange::Version(None))],
    ),
    (
        "sha-1 over data groups",
        "evidence",
        "undetermined",
        "algorithm-weak",
        &[Mutation::Sod(SodChange::GroupHash(Hash::Sha1))],
    ),
    (
        "md5 over data groups",
        "evidence",
        "not_verified",
        "algorithm-forbidden",
        &[Mutation::Sod(SodChange::GroupHash(Hash::Md5))],
    ),
    (
        "sha-512 over data groups",
        "evidence",
        "verified",
        "",
        &[Mutation::Sod(SodChange::GroupHash(Hash::Sha512))],
    ),
    (
        "sha-224 all through",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Sod(SodChange::GroupHash(Hash::Sha224)),
            Mutation::Sod(SodChange::Digest(Hash::Sha224)),
            Mutation::Sod(SodChange::Scheme(Scheme::Ecdsa(Hash::Sha224))),
        ],
    ),
    (
        "ecdsa with sha-512",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Sod(SodChange::Digest(Hash::Sha512)),
            Mutation::Sod(SodChange::Scheme(Scheme::Ecdsa(Hash::Sha512))),
        ],
    ),
    (
        "pkcs1 with sha-384",
        "evidence",
        "verified",
        "",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Digest(Hash::Sha384)),
            Mutation::Sod(SodChange::Scheme(Scheme::Pkcs1(Hash::Sha384))),
        ],
    ),
    (
        "pss with sha-512",
        "evidence",
        "verified",
        "",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Digest(Hash::Sha512)),
            Mutation::Sod(SodChange::Scheme(Scheme::Pss(Hash::Sha512))),
        ],
    ),
    (
        "pss salt of 16 stated",
        "evidence",
        "not_verified",
        "sod-signature-invalid",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Scheme(Scheme::PssSaltStated(Hash::Sha256, 16))),
        ],
    ),
    (
        "pss salt beyond the modulus",
        "evidence",
        "not_verified",
        "sod-params-invalid",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Scheme(Scheme::PssSaltStated(Hash::Sha256, 300))),
        ],
    ),
    (
        "rsa key, ecdsa stated",
        "evidence",
        "not_verified",
        "sod-algorithm-mismatch",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Scheme(Scheme::Pkcs1(Hash::Sha256))),
            Mutation::Sod(SodChange::StatedScheme(Scheme::Ecdsa(Hash::Sha256))),
        ],
    ),
    (
        "twenty signers",
        "evidence",
        "not_verified",
        "sod-signer-ambiguous",
        &[
            Mutation::Sod(SodChange::SecondSigner),
            Mutation::Sod(SodChange::Edit(Edit::At(
                &[
                    SIGNED_DATA[0],
                    SIGNED_DATA[1],
                    SIGNED_DATA[2],
                    Step(0x31, 1),
                    Step(0x30, 0),
                ],
                Change::Twice,
            ))),
            Mutation::Sod(SodChange::Edit(Edit::At(
                &[
                    SIGNED_DATA[0],
                    SIGNED_DATA[1],
                    SIGNED_DATA[2],
                    Step(0x31, 1),
                    Step(0x30, 0),
                ],
                Change::Twice,
            ))),
            Mutation::Sod(SodChange::Edit(Edit::At(
                &[
                    SIGNED_DATA[0],
                    SIGNED_DATA[1],
                    SIGNED_DATA[2],
                    Step(0x31, 1),
                    Step(0x30, 0),
                ],
                Change::Twice,
            ))),
        ],
    ),
    (
        "no signer",
        "evidence",
        "not_verified",
        "sod-unsigned",
        &[Mutation::Sod(SodChange::Edit(Edit::At(
            &[
                SIGNED_DATA[0],
                SIGNED_DATA[1],
                SIGNED_DATA[2],
                Step(0x31, 1),
                Step(0x30, 0),
            ],
            Change::Remove,
        )))],
    ),
    (
        "group 0 listed",
        "evidence",
        "not_verified",
        "sod-entry-invalid",
        &[Mutation::Lds(ListChange::AddNumber(&[0x00]))],
    ),
    (
        "group -1 listed",
        "evidence",
        "not_verified",
        "sod-entry-invalid",
        &[Mutation::Lds(ListChange::AddNumber(&[0xff]))],
    ),
    (
        "group 257 listed",
        "evidence",
        "not_verified",
        "sod-entry-invalid",
        &[Mutation::Lds(ListChange::AddNumber(&[0x01, 0x01]))],
    ),
    (
        "dg2 not in the sod",
        "evidence",
        "not_verified",
        "dg-not-in-sod",
        &[Mutation::Lds(ListChange::Drop(2))],
    ),
    (
        "dg1 twice",
        "evidence",
        "not_verified",
        "sod-duplicate-entry",
        &[Mutation::Lds(ListChange::Twice(1))],
    ),
    (
        "dg13 stale",
        "evidence",
        "not_verified",
        "dg-hash-mismatch",
        &[Mutation::Stale(
            "EF.DG13",
            Edit::At(&[Step(0x6d, 0)], Change::FlipValue(40, 0x01)),
        )],
    ),
    (
        "dg15 stale",
        "evidence",
        "not_verified",
        "dg-hash-mismatch",
        &[Mutation::Stale("EF.DG15", Edit::Flip(-20, 0x01))],
    ),
    // F: path
    (
        "signer revoked long ago, the list in force is newer",
        "evidence",
        "not_verified",
        "dsc-revoked",
        &[Mutation::DscBatch(BatchKind::Revoked)],
    ),
    (
        "revoked on a stale list",
        "evidence",
        "not_verified",
        "dsc-revoked",
        &[
            Mutation::DscBatch(BatchKind::Revoked),
            Mutation::Crl(CrlChange::Period(-200, -150)),
        ],
    ),
    (
        "revoked on a list of tomorrow",
        "evidence",
        "not_verified",
        "dsc-revoked",
        &[
            Mutation::Crl(CrlChange::EverySigner),
            Mutation::Crl(CrlChange::Period(1, 30)),
        ],
    ),
    (
        "stale within the grace of intake",
        "evidence",
        "verified",
        "",
        &[Mutation::Crl(CrlChange::Period(-40, -10))],
    ),
    (
        "stale beyond the grace of intake",
        "evidence",
        "undetermined",
        "crl-stale",
        &[Mutation::Crl(CrlChange::Period(-100, -40))],
    ),
    (
        "unknown critical extension in the list",
        "evidence",
        "undetermined",
        "crl-unsupported",
        &[Mutation::Crl(CrlChange::Add(
            "1.2.3.4",
            true,
            &[0x05, 0x00],
        ))],
    ),
    (
        "explicit parameters with another generator, no anchor",
        "evidence",
        "not_verified",
        "domain-params-forged",
        &[
            Mutation::DscKey(DscKey::ForgedGenerator),
            Mutation::Trust(TrustChange::NoCsca),
        ],
    ),
    (
        "ca and certificate signing",
        "evidence",
        "not_verified",
        "dsc-key-usage",
        &[dsc(CertificateChange::Value(
            "2.5.29.15",
            &[0x03, 0x02, 0x02, 0x84],
        ))],
    ),
    (
        "extended key usage",
        "evidence",
        "not_verified",
        "dsc-ext-key-usage",
        &[dsc(CertificateChange::Add(
            "2.5.29.37",
            false,
            &[0x30, 0x07, 0x06, 0x05, 0x67, 0x81, 0x08, 0x01, 0x01],
        ))],
    ),
    (
        "critical name constraints",
        "evidence",
        "undetermined",
        "critical-extension-unknown",
        &[dsc(CertificateChange::Add(
            "2.5.29.30",
            true,
            &[0x30, 0x00],
        ))],
    ),
    (
        "an extension twice",
        "evidence",
        "undetermined",
        "dsc-malformed",
        &[dsc(CertificateChange::Add(
            "2.5.29.15",
            true,
            &[0x03, 0x02, 0x07, 0x80],
        ))],
    ),
    (
        "document types of visas",
        "evidence",
        "undetermined",
        "document-type-not-allowed",
        &[dsc(CertificateChange::DocumentTypes(&["V", "AC"]))],
    ),
    (
        "serial of 21 bytes",
        "evidence",
        "verified",
        "",
        &[dsc(CertificateChange::Serial(&[0x11; 21]))],
    ),
    (
        "signed after the key's term, certificate still valid",
        "evidence",
        "undetermined",
        "dsc-key-usage-period",
        &[dsc(CertificateChange::UsagePeriod(
            Moment::Signing(-90),
            Moment::Signing(-2),
        ))],
    ),
    (
        "cut portrait",
        "dossier-intake",
        "unreadable",
        "portrait-malformed",
        &[Mutation::Portrait(PortraitChange::Jpeg2000Cut)],
    ),
    // H: cross-checks
    (
        "sex of dg13 another",
        "evidence",
        "undetermined",
        "issuer-data-inconsistent",
        &[field(4, "Nữ")],
    ),
    (
        "expiry of dg13 another",
        "evidence",
        "undetermined",
        "issuer-data-inconsistent",
        &[field(12, "01/02/2041")],
    ),
    (
        "birth date of dg13 another",
        "evidence",
        "undetermined",
        "issuer-data-inconsistent",
        &[field(3, "02/02/1971")],
    ),
    (
        "name of dg13 another",
        "evidence",
        "undetermined",
        "issuer-data-inconsistent",
        &[field(2, "LÊ VĂN Z")],
    ),
    (
        "country of the issuer alone",
        "evidence",
        "not_verified",
        "country-mismatch",
        &[Mutation::Mrz {
            at: 2,
            text: "THA",
            checked: true,
        }],
    ),
    (
        "an authority of another country under the same name",
        "evidence",
        "not_verified",
        "country-mismatch",
        &[Mutation::Csca(CertificateChange::Country("TH", false))],
    ),
    // K: good cards
    (
        "no religion, no spouse, no features",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Field(7, FieldChange::Gone),
            Mutation::Field(10, FieldChange::Gone),
            Mutation::Field(14, FieldChange::Gone),
        ],
    ),
    (
        "old number at 16",
        "evidence",
        "verified",
        "",
        &[field(16, "100000009"), field(15, "0011223344556677")],
    ),
    (
        "without expiry, words unknown",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Mrz {
                at: 38,
                text: "991231",
                checked: true,
            },
            field(12, "Vĩnh viễn"),
        ],
    ),
    (
        "without expiry, as a date",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Mrz {
                at: 38,
                text: "991231",
                checked: true,
            },
            field(12, "31/12/2099"),
        ],
    ),
    (
        "year of birth alone, in another spelling",
        "evidence",
        "verified",
        "",
        &[
            Mutation::Mrz {
                at: 32,
                text: "<<<<",
                checked: true,
            },
            field(3, "00/00/1990"),
        ],
    ),
    (
        "brainpoolP256r1, RSA link",
        "evidence",
        "verified",
        "",
        &[
            Mutation::DscKey(DscKey::BrainpoolP256),
            Mutation::Sod(SodChange::Digest(Hash::Sha384)),
            Mutation::Sod(SodChange::Scheme(Scheme::Ecdsa(Hash::Sha384))),
        ],
    ),
];

#[test]
fn other_cards_of_the_same_classes() {
    judge_all(VARIANTS);
}

pub fn judge_all(variants: &'static [Variant]) {
    let persona = cccd_sim::personas().unwrap().swap_remove(0);
    let now = OffsetDateTime::now_utc();
    let mut wrong = Vec::new();
    for (name, policy, result, reason, mutations) in variants {
        let defect = Defect {
            id: name,
            section: '?',
            result,
            reason: None,
            class: None,
            description: name,
            given: Circumstances::USUAL,
            mutations,
        };
        let files = match cccd_sim::persona_files(&persona, &[&defect], now) {
            Ok(files) => files,
            Err(error) => {
                wrong.push(format!("{name}: cannot be made: {error}"));
                continue;
            }
        };
        let trust = Bench.trust(&[&defect], now);
        let policy = Policy::ready_made(policy).unwrap();
        let mut evidence = evidence(&files);
        if policy.name == "dossier-intake" {
            use cccd_desk::verify::evidence::Step;
            evidence.link = Step::Done { by: "select" };
            evidence.access = Step::Done { by: "bac" };
        }
        let verdict = judge_evidence(&evidence, trust.as_ref(), &policy, now).verdict;
        let met = bench::outcome(&verdict);
        let due = (
            (*result).to_owned(),
            Some((*reason).to_owned()).filter(|r| !r.is_empty()),
        );
        if met != due {
            wrong.push(format!("{name}: due {due:?}, met {met:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
