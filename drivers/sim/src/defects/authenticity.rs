//! The list of defects, section G: active, chip and terminal authentication.

use super::Row;
use super::link::BASIC_ONLY;
use super::mutation::{
    ActiveChange, ActiveKind, ChipKeysChange, KeyFault, KeyKind, KeyPlan, ListChange, Mutation,
    TrustChange,
};
use crate::authority::lists::KnownDefect;
use crate::card::faults::{ActiveFault, AgreementFault, ChipFault, When};
use crate::crypto::dh::DhForm;
use crate::crypto::suite::Suite;

const fn active(fault: ActiveFault) -> Mutation {
    Mutation::Chip(ChipFault::Active(fault))
}

const fn agreement(fault: AgreementFault) -> Mutation {
    Mutation::Chip(ChipFault::Agreement(fault))
}

/// A chip without chip authentication: active authentication is all it has.
pub(crate) const ACTIVE_ONLY: Mutation = Mutation::ChipKeys(ChipKeysChange::None);

/// A chip without active authentication.
const NO_ACTIVE_KEY: Mutation = Mutation::Active(ActiveChange::NoKey);

/// A chip without DG15.
const AGREEMENT_ALONE: Mutation = Mutation::Without(15);

/// A DH key in the RFC 5114 group of 2048 bits with a subgroup of 256.
const DH: KeyPlan = KeyPlan {
    kind: KeyKind::Dh(2, DhForm::X942),
    suite: Suite::Aes128,
    id: None,
};

/// Section G.
pub(super) const ROWS: &[Row] = &[
    Row(
        'G',
        "clone-no-aa-key",
        "not_verified",
        "chip-clone-aa-failed",
        "A perfect copy of all files; the chip has no key: 6D00 to INTERNAL AUTHENTICATE",
        &[ACTIVE_ONLY, NO_ACTIVE_KEY],
    ),
    Row(
        'G',
        "clone-aa-other-key",
        "not_verified",
        "chip-clone-aa-failed",
        "Another key signs than DG15 says",
        &[ACTIVE_ONLY, Mutation::Active(ActiveChange::OtherKey)],
    ),
    Row(
        'G',
        "clone-drops-dg14-15",
        "not_verified",
        "chip-auth-suppressed",
        "A copy without DG14 and DG15, which EF.SOD lists",
        &[
            Mutation::Missing("EF.DG14"),
            Mutation::Missing("EF.DG15"),
            NO_ACTIVE_KEY,
        ],
    ),
    Row(
        'G',
        "clone-issuer-has-none",
        "undetermined",
        "chip-auth-not-supported",
        "The issuer gave the chip no key: EF.SOD lists neither DG14 nor DG15",
        &[BASIC_ONLY, Mutation::Without(14), Mutation::Without(15)],
    ),
    Row(
        'G',
        "aa-com-only",
        "not_verified",
        "dg-not-in-sod",
        "DG15 stands in EF.COM and can be read, EF.SOD does not list it",
        &[ACTIVE_ONLY, Mutation::Lds(ListChange::Drop(15))],
    ),
    Row(
        'G',
        "aa-dg15-stale-sod",
        "not_verified",
        "dg-hash-mismatch",
        "DG15 is replaced by the cloner's, EF.SOD is the old one",
        &[ACTIVE_ONLY, Mutation::Active(ActiveChange::ReplacedKey)],
    ),
    Row(
        'G',
        "aa-replayed",
        "not_verified",
        "chip-clone-aa-failed",
        "The same recorded signature for every challenge",
        &[ACTIVE_ONLY, active(ActiveFault::Replayed)],
    ),
    Row(
        'G',
        "aa-rsa-trailer-bad",
        "not_verified",
        "chip-clone-aa-failed",
        "Trailer 33CC for a SHA-256 key",
        &[
            ACTIVE_ONLY,
            Mutation::Active(ActiveChange::Kind(ActiveKind::Rsa2048Sha256)),
            active(ActiveFault::TrailerWrong),
        ],
    ),
    Row(
        'G',
        "aa-rsa-trailer-hash-mix",
        "not_verified",
        "chip-clone-aa-failed",
        "Trailer BC with the front of a SHA-256 digest",
        &[ACTIVE_ONLY, active(ActiveFault::HashMixed)],
    ),
    Row(
        'G',
        "aa-rsa-header-full",
        "not_verified",
        "chip-clone-aa-failed",
        "Header 4A: full recovery",
        &[ACTIVE_ONLY, active(ActiveFault::HeaderFull)],
    ),
    Row(
        'G',
        "aa-rsa-e3-forge",
        "not_verified",
        "chip-clone-aa-failed",
        "A cube root with the right head for a key with e = 3",
        &[
            ACTIVE_ONLY,
            Mutation::Active(ActiveChange::Kind(ActiveKind::RsaThree)),
            active(ActiveFault::CubeRoot),
        ],
    ),
    Row(
        'G',
        "aa-ecdsa-der",
        "verified",
        "",
        "The ECDSA signature comes in DER; note aa-signature-der",
        &[
            ACTIVE_ONLY,
            Mutation::Active(ActiveChange::Kind(ActiveKind::Ecdsa)),
            active(ActiveFault::Der),
        ],
    ),
    Row(
        'G',
        "aa-ecdsa-oid-invalid",
        "undetermined",
        "algorithm-unsupported",
        "DG14 names an unknown signature algorithm for active authentication",
        &[
            ACTIVE_ONLY,
            Mutation::Active(ActiveChange::Kind(ActiveKind::Ecdsa)),
            Mutation::Active(ActiveChange::Algorithm("1.3.6.1.4.1.99999.3")),
        ],
    ),
    Row(
        'G',
        "aa-needs-extended",
        "undetermined",
        "aa-needs-extended-length",
        "The signature fits no short response, and there is neither extended length nor GET RESPONSE",
        &[ACTIVE_ONLY, Mutation::Lengths(false, false)],
    ),
    Row(
        'G',
        "aa-6f00-once",
        "verified",
        "",
        "The first INTERNAL AUTHENTICATE fails with 6F00, the next succeeds; note retried",
        &[
            ACTIVE_ONLY,
            Mutation::Chip(ChipFault::Status(When::ins(0x88).once(), 0x6F00)),
        ],
    ),
    Row(
        'G',
        "clone-no-ca-key",
        "not_verified",
        "chip-clone-ca-failed",
        "A perfect copy of all files; the chip has no key: 6300 to GENERAL AUTHENTICATE",
        &[agreement(AgreementFault::Refused(0x6300)), NO_ACTIVE_KEY],
    ),
    Row(
        'G',
        "clone-no-ca-key-6a88",
        "not_verified",
        "chip-clone-ca-failed",
        "A perfect copy of all files; the chip has no key: 6A88 to GENERAL AUTHENTICATE",
        &[agreement(AgreementFault::Refused(0x6A88)), NO_ACTIVE_KEY],
    ),
    Row(
        'G',
        "clone-ca-other-key",
        "not_verified",
        "chip-clone-ca-failed",
        "The chip agrees with another key than DG14 says: nothing opens under the new keys",
        &[Mutation::ChipKeys(ChipKeysChange::OtherKey)],
    ),
    Row(
        'G',
        "clone-ca-ok-then-old-keys",
        "not_verified",
        "chip-clone-ca-failed",
        "Chip authentication answers 9000, and what follows comes under the old keys",
        &[AGREEMENT_ALONE, agreement(AgreementFault::OldKeys)],
    ),
    Row(
        'G',
        "ca-key-replaced",
        "not_verified",
        "dg-hash-mismatch",
        "The key in DG14 is replaced by the cloner's, EF.SOD is the old one",
        &[Mutation::ChipKeys(ChipKeysChange::ReplacedKey)],
    ),
    Row(
        'G',
        "ca-key-ref-unknown",
        "undetermined",
        "dg14-malformed",
        "ChipAuthenticationInfo names a key that DG14 does not hold",
        &[
            AGREEMENT_ALONE,
            Mutation::ChipKeys(ChipKeysChange::Reference(9)),
        ],
    ),
    Row(
        'G',
        "ca-key-off-curve",
        "not_verified",
        "domain-params-forged",
        "The key in DG14 is a point beside its curve; the issuer signed it",
        &[Mutation::ChipKeys(ChipKeysChange::PublicKey(
            KeyFault::OffCurve,
        ))],
    ),
    Row(
        'G',
        "ca-dh-small-subgroup",
        "not_verified",
        "domain-params-forged",
        "The DH key in DG14 is p - 1",
        &[
            Mutation::ChipKeys(ChipKeysChange::Keys(&[DH])),
            Mutation::ChipKeys(ChipKeysChange::PublicKey(KeyFault::SmallOrder)),
        ],
    ),
    Row(
        'G',
        "ca-dh-outside-subgroup",
        "not_verified",
        "domain-params-forged",
        "The DH key in DG14 is not of the subgroup of order q",
        &[
            Mutation::ChipKeys(ChipKeysChange::Keys(&[DH])),
            Mutation::ChipKeys(ChipKeysChange::PublicKey(KeyFault::OutsideSubgroup)),
        ],
    ),
    Row(
        'G',
        "ca-version-wrong",
        "undetermined",
        "dg14-malformed",
        "ChipAuthenticationInfo says version 99",
        &[
            AGREEMENT_ALONE,
            Mutation::ChipKeys(ChipKeysChange::Version(0x63)),
        ],
    ),
    Row(
        'J',
        "beh-dg1-changes",
        "not_verified",
        "data-changed-during-session",
        "DG1 reads differently once the chip has authenticated itself",
        &[Mutation::Chip(ChipFault::ChangesAfterAgreement(0x0101))],
    ),
    Row(
        'G',
        "ta-required-missing",
        "undetermined",
        "ta-certificate-missing",
        "The policy wants DG3, and there is no certificate that opens it: 6982",
        &[],
    ),
    Row(
        'G',
        "ca-keys-compromised",
        "not_verified",
        "chip-keys-compromised",
        "A defect list says that the private keys of the chips are known to others",
        &[Mutation::Trust(TrustChange::Defects(&[
            KnownDefect::ChipAuthenticationKeys,
            KnownDefect::ActiveAuthenticationKeys,
        ]))],
    ),
];
