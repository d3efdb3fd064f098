//! The list of defects, section B: PACE; section G: chip authentication mapping; section K: good
//! cards that PACE opens.

use super::Row;
use super::edit::{Change, Edit, Step};
use super::mutation::{AccessChange, CardSecurityChange, ChipKeysChange, Mutation, PaceChange};
use crate::card::faults::{ChipFault, PaceFault, PublicKeyFault, When};
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

const fn offer(mapping: Mapping, suite: Suite, parameters: u8) -> Offer {
    Offer {
        mapping,
        suite,
        parameters,
    }
}

/// PACE alone opens the chip.
const PACE_ONLY: Mutation = Mutation::Access(AccessChange::NoBasic);

/// DH with the RFC 5114 group of 1,024 bits.
const DH: Mutation = Mutation::Pace(PaceChange::Offers(&[offer(
    Mapping::Generic,
    Suite::Aes128,
    0,
)]));

/// Chip authentication mapping, and the generic mapping that it goes with.
const CAM: Mutation = Mutation::Pace(PaceChange::Offers(&[
    offer(Mapping::ChipAuthentication, Suite::Aes128, 13),
    Offer::CITIZEN,
]));

/// Nothing but the mapping proves the chip.
const NO_OTHER_PROOF: [Mutation; 2] = [
    Mutation::ChipKeys(ChipKeysChange::None),
    Mutation::Without(15),
];

/// Section B: PACE.
pub(super) const ACCESS: &[Row] = &[
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

/// The chip takes whatever token comes: it has altered the nonce itself and knows its own.
const TOKEN_ANYHOW: Mutation = pace(PaceFault::TokenAnyhow);

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

/// Section K: what PACE opens.
pub(super) const GOOD: &[Row] = &[
    Row(
        'K',
        "good-pace-can",
        "verified",
        "",
        "PACE with the card access number; basic access is refused",
        &[PACE_ONLY],
    ),
    Row(
        'K',
        "good-pace-no-can",
        "verified",
        "",
        "PACE with the printed data; the card has no card access number",
        &[PACE_ONLY, Mutation::Pace(PaceChange::NoCan)],
    ),
    Row(
        'K',
        "good-pace-mrz-aes256",
        "verified",
        "",
        "PACE with AES-256 on brainpoolP384r1",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Generic,
                Suite::Aes256,
                16,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-aes192",
        "verified",
        "",
        "PACE with AES-192 on P-521",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Generic,
                Suite::Aes192,
                18,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-3des",
        "verified",
        "",
        "PACE with 3DES on P-256",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Generic,
                Suite::TripleDes,
                12,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-im",
        "verified",
        "",
        "PACE with integrated mapping",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Integrated,
                Suite::Aes128,
                13,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-im-dh",
        "verified",
        "",
        "PACE with integrated mapping and DH in the RFC 5114 group 0",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Integrated,
                Suite::Aes128,
                0,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-dh",
        "verified",
        "",
        "PACE with DH in the RFC 5114 group 0: 1,024 bits, which is a note",
        &[PACE_ONLY, DH],
    ),
    Row(
        'K',
        "good-pace-dh-2048",
        "verified",
        "",
        "PACE with DH in the RFC 5114 group 2: 2,048 bits, which need extended length",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[offer(
                Mapping::Generic,
                Suite::Aes256,
                2,
            )])),
        ],
    ),
    Row(
        'K',
        "good-pace-two-parameters",
        "verified",
        "",
        "The same protocol with two domain parameters: the choice must be named",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Offers(&[
                offer(Mapping::Generic, Suite::Aes128, 12),
                Offer::CITIZEN,
            ])),
        ],
    ),
    Row(
        'K',
        "good-pace-cam",
        "verified",
        "",
        "PACE with chip authentication mapping and EF.CardSecurity",
        &[PACE_ONLY, CAM],
    ),
    Row(
        'K',
        "good-pace-extra-infos",
        "verified",
        "",
        "EF.CardAccess holds infos that nobody knows beside PACE's",
        &[
            PACE_ONLY,
            Mutation::Pace(PaceChange::Extra(&[
                0x30, 0x0D, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8D, 0x1F, 0x02, 0x01,
                0x01,
            ])),
            Mutation::Pace(PaceChange::Extra(&[
                0x30, 0x12, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8D, 0x20, 0x04, 0x03,
                0x01, 0x02, 0x03, 0x02, 0x01, 0x07,
            ])),
        ],
    ),
    Row(
        'K',
        "good-mf-refused",
        "verified",
        "",
        "SELECT of the master file answers 6D00; EF.CardAccess can be read all the same",
        &[Mutation::Chip(ChipFault::MasterRefused)],
    ),
];
