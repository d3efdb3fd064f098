//! The list of defects, section K: cards that differ from the ordinary and are good.

use super::Row;
use super::authenticity::ACTIVE_ONLY;
use super::given::Given;
use super::link::BASIC_ONLY;
use super::mutation::{
    ActiveChange, ActiveKind, CertificateChange, ChipKeysChange, DscKey, FieldChange, KeyKind,
    KeyPlan, ListChange, Moment, Mutation, PortraitChange, SodChange, TrustChange,
};
use crate::authority::Csca;
use crate::authority::inspection::KeyFamily;
use crate::authority::lists::KnownDefect;
use crate::authority::signer::{Hash, Scheme};
use crate::card::faults::{At, ChipFault, LinkMishap};
use crate::crypto::curve::{Curve, Parameters};
use crate::crypto::dh::DhForm;
use crate::crypto::suite::Suite;

const fn active(kind: ActiveKind) -> Mutation {
    Mutation::Active(ActiveChange::Kind(kind))
}

/// An address as long as some are, so that DG13 has some 700 bytes.
const LONG_ADDRESS: &str = "Căn hộ số 1, tầng 1, tòa nhà Ví Dụ, số 1 ngách 1 ngõ 1 đường Không Có Thật, \
tổ dân phố số 1, khu phố Thử Nghiệm, phường Mô Phỏng, quận Giả Định, khu vực thử số một, thành phố Tưởng Tượng; \
nơi ở hiện tại như trên, thay đổi lần cuối theo giấy tờ thử nghiệm";

/// Section K.
pub(super) const ROWS: &[Row] = &[
    Row(
        'K',
        "good-bac-only",
        "verified",
        "",
        "Basic access with 3DES, no EF.CardAccess",
        &[BASIC_ONLY],
    ),
    Row(
        'K',
        "good-ca-multi-key",
        "verified",
        "",
        "Three keys of chip authentication with numbers: two curves and a DH group",
        &[Mutation::ChipKeys(ChipKeysChange::Keys(&[
            KeyPlan {
                id: Some(1),
                ..KeyPlan::CITIZEN
            },
            KeyPlan {
                kind: KeyKind::Ec(Curve::P384, Parameters::Named),
                suite: Suite::Aes256,
                id: Some(2),
            },
            KeyPlan {
                kind: KeyKind::Dh(2, DhForm::X942),
                suite: Suite::Aes128,
                id: Some(3),
            },
        ]))],
    ),
    Row(
        'K',
        "good-ca-dh",
        "verified",
        "",
        "Chip authentication with DH in the RFC 5114 group 2, and AES 192",
        &[Mutation::ChipKeys(ChipKeysChange::Keys(&[KeyPlan {
            kind: KeyKind::Dh(2, DhForm::Pkcs3),
            suite: Suite::Aes192,
            id: None,
        }]))],
    ),
    Row(
        'K',
        "good-ca-kat",
        "verified",
        "",
        "Chip authentication with 3DES, which knows MSE:Set KAT alone",
        &[
            Mutation::ChipKeys(ChipKeysChange::Keys(&[KeyPlan {
                suite: Suite::TripleDes,
                ..KeyPlan::CITIZEN
            }])),
            Mutation::ChipKeys(ChipKeysChange::TemplateOnly),
        ],
    ),
    Row(
        'K',
        "good-aa-rsa-sha1",
        "verified",
        "",
        "Active authentication with RSA 1024, SHA-1, trailer BC",
        &[ACTIVE_ONLY, active(ActiveKind::Rsa1024Sha1)],
    ),
    Row(
        'K',
        "good-aa-rsa-sha256",
        "verified",
        "",
        "Active authentication with RSA 2048, SHA-256, trailer 34CC",
        &[ACTIVE_ONLY, active(ActiveKind::Rsa2048Sha256)],
    ),
    Row(
        'K',
        "good-aa-ecdsa-plain",
        "verified",
        "",
        "Active authentication with plain ECDSA on P-256, announced in DG14",
        &[ACTIVE_ONLY, active(ActiveKind::Ecdsa)],
    ),
    Row(
        'K',
        "good-sod-pss",
        "verified",
        "",
        "EF.SOD signed with RSASSA-PSS, SHA-256, 32 bytes of salt",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Scheme(Scheme::Pss(Hash::Sha256))),
        ],
    ),
    Row(
        'K',
        "good-sod-bp-explicit",
        "verified",
        "",
        "The signer's key is brainpoolP256r1 with explicit parameters",
        &[Mutation::DscKey(DscKey::BrainpoolP256)],
    ),
    Row(
        'K',
        "good-sod-dsc-external",
        "verified",
        "",
        "No certificate enclosed; the trust folder holds the signer's",
        &[
            Mutation::Sod(SodChange::NoCertificate),
            Mutation::Trust(TrustChange::Signers),
        ],
    ),
    Row(
        'K',
        "good-link-chain",
        "verified",
        "",
        "Issued under the CSCA's new key; the trust folder holds the old one and a link certificate",
        &[
            Mutation::DscIssuer(Csca::Successor),
            Mutation::Trust(TrustChange::Link),
        ],
    ),
    Row(
        'K',
        "good-csca-in-master-list",
        "verified",
        "",
        "The CSCA's certificate is pinned by a master list",
        &[Mutation::Trust(TrustChange::MasterList)],
    ),
    Row(
        'K',
        "good-com-sod-known",
        "verified",
        "",
        "EF.COM omits DG15, and a defect list knows that this issuer's does",
        &[
            Mutation::Com(ListChange::Drop(15)),
            Mutation::Trust(TrustChange::Defects(&[KnownDefect::ComSod])),
        ],
    ),
    Row(
        'K',
        "good-dsc-expired-today",
        "verified",
        "",
        "The signer's certificate has expired since; the card has not",
        &[Mutation::Dsc(CertificateChange::NotAfter(Moment::Now(-1)))],
    ),
    Row(
        'K',
        "good-no-expiry",
        "verified",
        "",
        "A card that never expires: 991231 in the MRZ",
        &[
            Mutation::Mrz {
                at: 38,
                text: "991231",
                checked: true,
            },
            Mutation::Field(12, FieldChange::Text("Không thời hạn")),
        ],
    ),
    Row(
        'K',
        "good-full-size",
        "verified",
        "",
        "A card as large as the model of time counts with: 18,000 bytes of portrait, 2,000 of EF.SOD",
        &[
            Mutation::Portrait(PortraitChange::Padded(17_912)),
            Mutation::Field(9, FieldChange::Text(LONG_ADDRESS)),
            Mutation::Dsc(CertificateChange::Add(
                "1.3.6.1.4.1.99999.1",
                false,
                &[0x5A; 225],
            )),
        ],
    ),
    Row(
        'K',
        "good-le-256-refused",
        "verified",
        "",
        "READ BINARY with Le 00 is refused with 6700",
        &[Mutation::Chip(ChipFault::LeZeroRefused)],
    ),
    Row(
        'K',
        "good-ext-lies",
        "verified",
        "",
        "The chip says that it knows extended length, and refuses it",
        &[Mutation::Chip(ChipFault::ExtendedRefused)],
    ),
    Row(
        'K',
        "good-laid-back",
        "verified",
        "",
        "The card is lifted while DG2 is read, and laid back",
        &[Mutation::Link(LinkMishap::Torn(At::Reading(0x0102, 3)))],
    ),
    Row(
        'K',
        "good-jp2",
        "verified",
        "",
        "The portrait is JPEG 2000",
        &[Mutation::Portrait(PortraitChange::Jpeg2000)],
    ),
    Row(
        'K',
        "good-old-number",
        "verified",
        "",
        "The nine-digit number of before stands in DG13",
        &[Mutation::Field(15, FieldChange::Text("100000009"))],
    ),
    Row(
        'K',
        "good-aa-rsa2048-sha1-61xx",
        "verified",
        "",
        "Short commands alone; the signature comes by 61xx and GET RESPONSE",
        &[ACTIVE_ONLY, Mutation::Lengths(false, true)],
    ),
    Row(
        'K',
        "good-child-no-dg2",
        "verified",
        "",
        "A child's card without portrait (policy dossier-intake)",
        &[
            Mutation::Without(2),
            Mutation::Given(Given::Policy("dossier-intake")),
        ],
    ),
    Row(
        'K',
        "good-dg3-protected",
        "verified",
        "",
        "EF.SOD lists DG3, which only terminals with a certificate read: so does every card here",
        &[],
    ),
    Row(
        'K',
        "good-ta-rsa",
        "verified",
        "",
        "DG3 opens to terminals under an authority with RSA keys",
        &[Mutation::Inspection(Some(KeyFamily::Rsa))],
    ),
    Row(
        'K',
        "good-com-absent",
        "verified",
        "",
        "EF.COM is not there",
        &[Mutation::Missing("EF.COM")],
    ),
    Row(
        'K',
        "good-sha1-legacy",
        "verified",
        "",
        "EF.SOD signed with RSA and SHA-1 (policy dossier-intake, legacy algorithms allowed)",
        &[
            Mutation::DscKey(DscKey::Rsa2048),
            Mutation::Sod(SodChange::Digest(Hash::Sha1)),
            Mutation::Sod(SodChange::Scheme(Scheme::Pkcs1(Hash::Sha1))),
            Mutation::Given(Given::Policy("dossier-intake")),
        ],
    ),
    Row(
        'K',
        "good-dob-partial",
        "verified",
        "",
        "Only the year of birth is known",
        &[
            Mutation::Mrz {
                at: 32,
                text: "<<<<",
                checked: true,
            },
            Mutation::Field(3, FieldChange::Text("1990")),
        ],
    ),
];
