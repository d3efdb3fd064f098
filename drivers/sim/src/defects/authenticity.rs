//! The list of defects, section G: active authentication. Chip and terminal authentication are still
//! to come.

use super::Row;
use super::link::BASIC_ONLY;
use super::mutation::{ActiveChange, ActiveKind, ChipKeysChange, ListChange, Mutation};
use crate::card::faults::{ActiveFault, ChipFault, When};

const fn active(fault: ActiveFault) -> Mutation {
    Mutation::Chip(ChipFault::Active(fault))
}

/// Without chip authentication, so that active authentication alone proves the chip.
const ACTIVE_ONLY: Mutation = Mutation::ChipKeys(ChipKeysChange::None);

/// Section G.
pub(super) const ROWS: &[Row] = &[
    Row(
        'G',
        "clone-no-aa-key",
        "not_verified",
        "chip-clone-aa-failed",
        "A perfect copy of all files; the chip has no key: 6D00 to INTERNAL AUTHENTICATE",
        &[ACTIVE_ONLY, Mutation::Active(ActiveChange::NoKey)],
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
            Mutation::Active(ActiveChange::NoKey),
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
];
