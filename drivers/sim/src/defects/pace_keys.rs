//! The list of defects, section B: the public keys of PACE; section G: chip authentication mapping.

use super::Row;
use super::authenticity::ACTIVE_ONLY;
use super::mutation::{CardSecurityChange, Mutation, PaceChange};
use super::pace::offer;
use crate::card::faults::{ChipFault, PaceFault, PublicKeyFault};
use crate::card::pace::{Mapping, Offer};
use crate::crypto::suite::Suite;

const fn pace(fault: PaceFault) -> Mutation {
    Mutation::Chip(ChipFault::Pace(fault))
}

const fn map_key(fault: PublicKeyFault) -> Mutation {
    pace(PaceFault::MappingKey(fault))
}

const fn agreement_key(fault: PublicKeyFault) -> Mutation {
    pace(PaceFault::AgreementKey(fault))
}

/// DH with the RFC 5114 group of 1,024 bits.
pub(super) const DH: Mutation = Mutation::Pace(PaceChange::Offers(&[offer(
    Mapping::Generic,
    Suite::Aes128,
    0,
)]));

/// Chip authentication mapping, and the generic mapping that it goes with.
pub(super) const CAM: Mutation = Mutation::Pace(PaceChange::Offers(&[
    offer(Mapping::ChipAuthentication, Suite::Aes128, 13),
    Offer::CITIZEN,
]));

/// Nothing but the mapping proves the chip.
const NO_OTHER_PROOF: [Mutation; 2] = [ACTIVE_ONLY, Mutation::Without(15)];

/// Section B: public keys of PACE.
pub(super) const ROWS: &[Row] = &[
    Row(
        'B',
        "pace-map-off-curve",
        "not_verified",
        "pace-key-invalid",
        "The mapping key's last bit is another: no point of the curve",
        &[map_key(PublicKeyFault::OffCurve)],
    ),
    Row(
        'B',
        "pace-map-identity",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is all zeros",
        &[map_key(PublicKeyFault::Zero)],
    ),
    Row(
        'B',
        "pace-map-identity-00",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is the point at infinity, a single 00",
        &[map_key(PublicKeyFault::Infinity)],
    ),
    Row(
        'B',
        "pace-map-identity-04",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is 04 and zeros",
        &[map_key(PublicKeyFault::ZeroPoint)],
    ),
    Row(
        'B',
        "pace-map-compressed",
        "unreadable",
        "pace-data-malformed",
        "The mapping key is compressed",
        &[map_key(PublicKeyFault::Compressed)],
    ),
    Row(
        'B',
        "pace-map-reflected",
        "not_verified",
        "pace-key-reflected",
        "The terminal's mapping key comes back",
        &[map_key(PublicKeyFault::Reflected)],
    ),
    Row(
        'B',
        "pace-ka-off-curve",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key's last bit is another: no point of the curve",
        &[agreement_key(PublicKeyFault::OffCurve)],
    ),
    Row(
        'B',
        "pace-ka-identity",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is all zeros",
        &[agreement_key(PublicKeyFault::Zero)],
    ),
    Row(
        'B',
        "pace-ka-identity-00",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is the point at infinity, a single 00",
        &[agreement_key(PublicKeyFault::Infinity)],
    ),
    Row(
        'B',
        "pace-ka-identity-04",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is 04 and zeros",
        &[agreement_key(PublicKeyFault::ZeroPoint)],
    ),
    Row(
        'B',
        "pace-ka-compressed",
        "unreadable",
        "pace-data-malformed",
        "The ephemeral key is compressed",
        &[agreement_key(PublicKeyFault::Compressed)],
    ),
    Row(
        'B',
        "pace-ka-reflected",
        "not_verified",
        "pace-key-reflected",
        "The terminal's ephemeral key comes back",
        &[agreement_key(PublicKeyFault::Reflected)],
    ),
    Row(
        'B',
        "pace-dh-small-subgroup",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is p - 1, of order two",
        &[DH, map_key(PublicKeyFault::MinusOne)],
    ),
    Row(
        'B',
        "pace-dh-small-subgroup-0",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is 0",
        &[DH, map_key(PublicKeyFault::Zero)],
    ),
    Row(
        'B',
        "pace-dh-small-subgroup-1",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is 1",
        &[DH, map_key(PublicKeyFault::One)],
    ),
    Row(
        'B',
        "pace-dh-outside-subgroup",
        "not_verified",
        "pace-key-invalid",
        "The mapping key is 2, which is not of the subgroup",
        &[DH, map_key(PublicKeyFault::Two)],
    ),
    Row(
        'B',
        "pace-dh-ka-small-subgroup",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is p - 1, of order two",
        &[DH, agreement_key(PublicKeyFault::MinusOne)],
    ),
    Row(
        'B',
        "pace-dh-ka-small-subgroup-0",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is 0",
        &[DH, agreement_key(PublicKeyFault::Zero)],
    ),
    Row(
        'B',
        "pace-dh-ka-small-subgroup-1",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is 1",
        &[DH, agreement_key(PublicKeyFault::One)],
    ),
    Row(
        'B',
        "pace-dh-ka-outside-subgroup",
        "not_verified",
        "pace-key-invalid",
        "The ephemeral key is 2, which is not of the subgroup",
        &[DH, agreement_key(PublicKeyFault::Two)],
    ),
    Row(
        'B',
        "pace-dh-reflected",
        "not_verified",
        "pace-key-reflected",
        "The terminal's ephemeral DH value comes back",
        &[DH, agreement_key(PublicKeyFault::Reflected)],
    ),
];

/// Section G: chip authentication mapping.
pub(super) const PROOF: &[Row] = &[
    Row(
        'G',
        "cam-ecad-wrong",
        "not_verified",
        "chip-clone-cam-failed",
        "The chip authentication data do not fit the mapping key",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            pace(PaceFault::ChipDataWrong),
        ],
    ),
    Row(
        'G',
        "cam-ecad-missing",
        "not_verified",
        "chip-clone-cam-failed",
        "No chip authentication data",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            pace(PaceFault::ChipDataMissing),
        ],
    ),
    Row(
        'G',
        "cam-ecad-cut",
        "not_verified",
        "chip-clone-cam-failed",
        "The chip authentication data lack their last block",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            pace(PaceFault::ChipDataCut),
        ],
    ),
    Row(
        'G',
        "cam-other-key",
        "not_verified",
        "chip-clone-cam-failed",
        "The chip proves another key than EF.CardSecurity holds",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            Mutation::Pace(PaceChange::OtherChipKey),
        ],
    ),
    Row(
        'G',
        "cam-cardsecurity-bad",
        "not_verified",
        "cardsecurity-invalid",
        "One bit of EF.CardSecurity's signature is wrong",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            Mutation::Pace(PaceChange::CardSecurity(CardSecurityChange::Flipped)),
        ],
    ),
    Row(
        'G',
        "cam-cardsecurity-other-signer",
        "not_verified",
        "cardsecurity-invalid",
        "EF.CardSecurity is signed by another key than its certificate's",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            Mutation::Pace(PaceChange::CardSecurity(CardSecurityChange::OtherSigner)),
        ],
    ),
    Row(
        'G',
        "cam-cardsecurity-other-key",
        "not_verified",
        "cardsecurity-invalid",
        "The cloner's key was put into EF.CardSecurity after it was signed",
        &[
            CAM,
            NO_OTHER_PROOF[0],
            NO_OTHER_PROOF[1],
            Mutation::Pace(PaceChange::OtherChipKey),
            Mutation::Pace(PaceChange::CardSecurity(CardSecurityChange::OtherKey)),
        ],
    ),
];
