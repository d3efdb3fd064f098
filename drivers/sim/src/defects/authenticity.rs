//! The list of defects, section G: active authentication. Chip and terminal authentication are still
//! to come.

use super::Row;
use super::mutation::{ActiveChange, ActiveKind, ListChange, Mutation};
use crate::card::faults::{ActiveFault, ChipFault, When};

const fn active(fault: ActiveFault) -> Mutation {
    Mutation::Chip(ChipFault::Active(fault))
}

/// Section G.
pub(super) const ROWS: &[Row] = &[
    Row(
        'G',
        "clone-no-aa-key",
        "not_verified",
        "chip-clone-aa-failed",
        "A perfect copy of all files; the chip has no key: 6D00 to INTERNAL AUTHENTICATE",
        &[Mutation::Active(ActiveChange::NoKey)],
    ),
    Row(
        'G',
        "clone-aa-other-key",
        "not_verified",
        "chip-clone-aa-failed",
        "Another key signs than DG15 says",
        &[Mutation::Active(ActiveChange::OtherKey)],
    ),
    Row(
        'G',
        "clone-drops-dg14-15",
        "not_verified",
        "chip-auth-suppressed",
        "A copy without DG15, which EF.SOD lists",
        &[
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
        &[Mutation::Without(15)],
    ),
    Row(
        'G',
        "aa-com-only",
        "not_verified",
        "dg-not-in-sod",
        "DG15 stands in EF.COM and can be read, EF.SOD does not list it",
        &[Mutation::Lds(ListChange::Drop(15))],
    ),
    Row(
        'G',
        "aa-dg15-stale-sod",
        "not_verified",
        "dg-hash-mismatch",
        "DG15 is replaced by the cloner's, EF.SOD is the old one",
        &[Mutation::Active(ActiveChange::ReplacedKey)],
    ),
    Row(
        'G',
        "aa-replayed",
        "not_verified",
        "chip-clone-aa-failed",
        "The same recorded signature for every challenge",
        &[active(ActiveFault::Replayed)],
    ),
    Row(
        'G',
        "aa-rsa-trailer-bad",
        "not_verified",
        "chip-clone-aa-failed",
        "Trailer 33CC for a SHA-256 key",
        &[
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
        &[active(ActiveFault::HashMixed)],
    ),
    Row(
        'G',
        "aa-rsa-header-full",
        "not_verified",
        "chip-clone-aa-failed",
        "Header 4A: full recovery",
        &[active(ActiveFault::HeaderFull)],
    ),
    Row(
        'G',
        "aa-rsa-e3-forge",
        "not_verified",
        "chip-clone-aa-failed",
        "A cube root with the right head for a key with e = 3",
        &[
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
        &[Mutation::Lengths(false, false)],
    ),
    Row(
        'G',
        "aa-6f00-once",
        "verified",
        "",
        "The first INTERNAL AUTHENTICATE fails with 6F00, the next succeeds; note retried",
        &[Mutation::Chip(ChipFault::Status(
            When::ins(0x88).once(),
            0x6F00,
        ))],
    ),
];
