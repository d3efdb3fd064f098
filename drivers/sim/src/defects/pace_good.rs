//! The list of defects, section K: good cards that PACE opens.

use super::Row;
use super::mutation::{Mutation, PaceChange};
use super::pace::{PACE_ONLY, offer};
use super::pace_keys::{CAM, DH};
use crate::card::faults::ChipFault;
use crate::card::pace::{Mapping, Offer};
use crate::crypto::suite::Suite;

/// Section K: what PACE opens.
pub(super) const ROWS: &[Row] = &[
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
        "good-pace-cardsecurity",
        "verified",
        "",
        "DG14 says nothing of PACE; EF.CardSecurity, in the master file, signs the offer",
        &[PACE_ONLY, Mutation::Pace(PaceChange::SecuredAlone)],
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
