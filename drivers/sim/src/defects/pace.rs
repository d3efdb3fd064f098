//! The list of defects, section B: PACE, save its public keys.

use super::Row;
use super::edit::{Change, Edit, Step};
use super::mutation::{AccessChange, Mutation, PaceChange};
use crate::card::faults::{ChipFault, PaceFault, When};
use crate::card::pace::{Mapping, Offer};
use crate::crypto::suite::Suite;

const fn pace(fault: PaceFault) -> Mutation {
    Mutation::Chip(ChipFault::Pace(fault))
}

pub(super) const fn offer(mapping: Mapping, suite: Suite, parameters: u8) -> Offer {
    Offer {
        mapping,
        suite,
        parameters,
    }
}

/// PACE alone opens the chip.
pub(super) const PACE_ONLY: Mutation = Mutation::Access(AccessChange::NoBasic);

/// The chip takes whatever token comes: it has altered the nonce itself and knows its own.
const TOKEN_ANYHOW: Mutation = pace(PaceFault::TokenAnyhow);

/// Section B: PACE.
pub(super) const ROWS: &[Row] = &[
    Row(
        'B',
        "access-blocked",
        "unreadable",
        "access-blocked",
        "MSE:Set AT answers 63C0: no try is left",
        &[Mutation::Chip(ChipFault::Status(When::ins(0x22), 0x63C0))],
    ),
    Row(
        'B',
        "access-blocked-6983",
        "unreadable",
        "access-blocked",
        "MSE:Set AT answers 6983: the password is blocked",
        &[Mutation::Chip(ChipFault::Status(When::ins(0x22), 0x6983))],
    ),
    Row(
        'B',
        "bac-after-pace",
        "unreadable",
        "access-protocol-violation",
        "After PACE the application answers 6982 and would open by basic access alone",
        &[Mutation::Chip(ChipFault::BasicAccessAfterPace)],
    ),
    Row(
        'B',
        "pace-cardaccess-tlv",
        "unreadable",
        "cardaccess-malformed",
        "EF.CardAccess says that it is one byte longer than it is; basic access is refused",
        &[
            PACE_ONLY,
            Mutation::Issued(
                "EF.CardAccess",
                Edit::At(&[Step(0x31, 0)], Change::LengthOff(1)),
            ),
        ],
    ),
    Row(
        'B',
        "pace-cardaccess-set-dup",
        "unreadable",
        "cardaccess-malformed",
        "The same protocol twice, once for domain parameters that nothing describes",
        &[Mutation::Pace(PaceChange::Extra(&[
            0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02,
            0x02, 0x01, 0x02, 0x02, 0x01, 0x20,
        ]))],
    ),
    Row(
        'B',
        "pace-param-unknown",
        "unreadable",
        "pace-unsupported",
        "Domain parameters 255; basic access is refused",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Instead(&[
                0x30, 0x13, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02,
                0x02, 0x01, 0x02, 0x02, 0x02, 0x00, 0xFF,
            ])),
        ],
    ),
    Row(
        'B',
        "pace-oid-unknown",
        "unreadable",
        "pace-unsupported",
        "EF.CardAccess holds a private object identifier alone; basic access is refused",
        &[
            PACE_ONLY,
            Mutation::Issued(
                "EF.CardAccess",
                Edit::Become(&[
                    0x31, 0x0F, 0x30, 0x0D, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8D,
                    0x1F, 0x02, 0x01, 0x01,
                ]),
            ),
        ],
    ),
    Row(
        'B',
        "pace-proprietary-ec",
        "not_verified",
        "domain-params-forged",
        "A curve that is brainpoolP256r1 but for its generator",
        &[Mutation::Pace(PaceChange::ForgedDomain)],
    ),
    Row(
        'B',
        "pace-mse-refused",
        "unreadable",
        "pace-refused",
        "MSE:Set AT answers 6A80",
        &[Mutation::Chip(ChipFault::Status(When::ins(0x22), 0x6A80))],
    ),
    Row(
        'B',
        "pace-nonce-len",
        "unreadable",
        "pace-data-malformed",
        "The encrypted nonce has 15 bytes",
        &[pace(PaceFault::NonceLength(15))],
    ),
    Row(
        'B',
        "pace-nonce-len-17",
        "unreadable",
        "pace-data-malformed",
        "The encrypted nonce has 17 bytes",
        &[pace(PaceFault::NonceLength(17))],
    ),
    Row(
        'B',
        "pace-nonce-len-0",
        "unreadable",
        "pace-data-malformed",
        "The encrypted nonce is empty",
        &[pace(PaceFault::NonceLength(0))],
    ),
    Row(
        'B',
        "pace-nonce-altered",
        "unreadable",
        "pace-token-invalid",
        "A bit of the encrypted nonce is wrong",
        &[pace(PaceFault::NonceFlipped), TOKEN_ANYHOW],
    ),
    Row(
        'B',
        "pace-tag-wrong",
        "unreadable",
        "pace-data-malformed",
        "The nonce comes under tag 90",
        &[pace(PaceFault::Tag(0x80))],
    ),
    Row(
        'B',
        "pace-tag-wrong-92",
        "unreadable",
        "pace-data-malformed",
        "The mapping key comes under tag 92",
        &[pace(PaceFault::Tag(0x82))],
    ),
    Row(
        'B',
        "pace-tag-wrong-94",
        "unreadable",
        "pace-data-malformed",
        "The ephemeral key comes under tag 94",
        &[pace(PaceFault::Tag(0x84))],
    ),
    Row(
        'B',
        "pace-tag-wrong-96",
        "unreadable",
        "pace-data-malformed",
        "The token comes under tag 96",
        &[pace(PaceFault::Tag(0x86))],
    ),
    Row(
        'B',
        "pace-token-wrong",
        "unreadable",
        "pace-token-invalid",
        "The chip's token is off by one bit",
        &[pace(PaceFault::TokenFlipped)],
    ),
    Row(
        'B',
        "pace-token-wrong-3des",
        "unreadable",
        "pace-token-invalid",
        "The chip's token, a retail MAC, is off by one bit",
        &[
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Generic,
                Suite::TripleDes,
                12,
            )])),
            pace(PaceFault::TokenFlipped),
        ],
    ),
    Row(
        'B',
        "pace-token-reflected",
        "unreadable",
        "pace-token-invalid",
        "The terminal's token comes back",
        &[pace(PaceFault::TokenReflected)],
    ),
    Row(
        'B',
        "pace-token-truncated",
        "unreadable",
        "pace-token-invalid",
        "The first four bytes of the token",
        &[pace(PaceFault::TokenTruncated)],
    ),
    Row(
        'B',
        "pace-8a-in-gm",
        "unreadable",
        "pace-data-malformed",
        "Chip authentication data although the mapping is the generic one",
        &[pace(PaceFault::ChipDataExtra)],
    ),
    Row(
        'B',
        "pace-downgrade-stripped",
        "not_verified",
        "pace-downgrade",
        "No EF.CardAccess and no PACE; the signed DG14 says that there is",
        &[Mutation::Pace(PaceChange::Stripped)],
    ),
    Row(
        'B',
        "pace-downgrade-weaker",
        "not_verified",
        "pace-downgrade",
        "EF.CardAccess lists 3DES alone, the signed DG14 AES-256 too",
        &[
            Mutation::Pace(PaceChange::Offers(&[
                offer(Mapping::Generic, Suite::TripleDes, 13),
                offer(Mapping::Generic, Suite::Aes256, 13),
            ])),
            Mutation::Pace(PaceChange::Listed(&[offer(
                Mapping::Generic,
                Suite::TripleDes,
                13,
            )])),
        ],
    ),
    Row(
        'B',
        "pace-cardaccess-unauth",
        "undetermined",
        "cardaccess-unauthenticated",
        "PACE opens the chip, and no signed file says what it offers",
        &[Mutation::Pace(PaceChange::Unsigned)],
    ),
];
