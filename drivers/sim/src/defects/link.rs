//! The list of defects, sections A and B: link and access.

use std::time::Duration;

use super::Row;
use super::mutation::{AccessChange, FieldChange, Mutation, PaceChange};
use crate::card::faults::{At, ChipFault, LinkMishap, MessagingFault, MutualFault, When};

/// A card that knows basic access alone, for what goes wrong in it.
pub(super) const BASIC_ONLY: Mutation = Mutation::Pace(PaceChange::Absent);

/// In the middle of DG2, however long the responses are.
pub(super) const MIDDLE: At = At::Reading(0x0102, 3);
/// A chip without extended length, which needs many commands.
const SHORT: Mutation = Mutation::Lengths(false, true);

/// Section A: reader, PC/SC, transport.
pub(super) const LINK: &[Row] = &[
    Row(
        'A',
        "link-card-removed",
        "unreadable",
        "card-removed",
        "The card is taken away while DG2 is read",
        &[Mutation::Link(LinkMishap::Removed(MIDDLE))],
    ),
    Row(
        'A',
        "link-reader-unplugged",
        "unreadable",
        "reader-lost",
        "The reader is unplugged at the 40th transmit",
        &[SHORT, Mutation::Link(LinkMishap::Unplugged(At::Apdu(40)))],
    ),
    Row(
        'A',
        "link-service-restart",
        "unreadable",
        "reader-service-lost",
        "The smart card service stops in the middle of reading",
        &[Mutation::Link(LinkMishap::ServiceStopped(MIDDLE))],
    ),
    Row(
        'A',
        "link-card-reset",
        "unreadable",
        "session-reset",
        "Another program resets the card",
        &[Mutation::Link(LinkMishap::Reset(MIDDLE))],
    ),
    Row(
        'A',
        "link-reader-busy",
        "unreadable",
        "reader-busy",
        "Another program holds the card when the desk connects",
        &[Mutation::Link(LinkMishap::Busy)],
    ),
    Row(
        'A',
        "link-two-cards",
        "unreadable",
        "multiple-cards",
        "Two cards lie in the field",
        &[Mutation::Link(LinkMishap::TwoCards)],
    ),
    Row(
        'A',
        "link-not-emrtd",
        "unreadable",
        "not-an-emrtd",
        "SELECT of the application answers 6A82: a bank card, a phone",
        &[Mutation::ApplicationRefused(0x6A82)],
    ),
    Row(
        'A',
        "link-app-select-refused",
        "unreadable",
        "app-select-failed",
        "SELECT of the application answers 6999",
        &[Mutation::ApplicationRefused(0x6999)],
    ),
    Row(
        'A',
        "link-slow-drip",
        "unreadable",
        "read-timeout",
        "Each command is answered after 4.9 s of the 5 s that it has",
        &[Mutation::Link(LinkMishap::Slow(Duration::from_millis(
            4900,
        )))],
    ),
    Row(
        'A',
        "link-wtx-flood",
        "unreadable",
        "read-timeout",
        "The chip asks for more time for ever: the transmit does not return",
        &[Mutation::Link(LinkMishap::Mute(MIDDLE))],
    ),
    Row(
        'A',
        "link-response-empty",
        "unreadable",
        "response-malformed",
        "An answer without a status word, the card still there",
        &[Mutation::Link(LinkMishap::Empty(MIDDLE))],
    ),
    Row(
        'A',
        "link-response-oversize",
        "unreadable",
        "response-malformed",
        "70,000 bytes in answer to one command",
        &[Mutation::Link(LinkMishap::Oversize(MIDDLE))],
    ),
    Row(
        'A',
        "link-61-loop",
        "unreadable",
        "response-loop",
        "61FF to every GET RESPONSE, for ever",
        &[
            SHORT,
            Mutation::Chip(ChipFault::Raw(When::protected(12), &[0x61, 0xFF])),
            Mutation::Chip(ChipFault::Raw(When::ins(0xC0), &[0xA5, 0x61, 0xFF])),
        ],
    ),
    Row(
        'A',
        "link-61-zero-data",
        "unreadable",
        "response-loop",
        "6100 with no data, each time",
        &[
            SHORT,
            Mutation::Chip(ChipFault::Raw(When::protected(12), &[0x61, 0x00])),
            Mutation::Chip(ChipFault::Raw(When::ins(0xC0), &[0x61, 0x00])),
        ],
    ),
    Row(
        'A',
        "link-6c-loop",
        "unreadable",
        "response-loop",
        "6Cxx whose xx changes with each try",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::WrongLeForEver(When::ins(0x84))),
        ],
    ),
    Row(
        'A',
        "link-6700-always",
        "unreadable",
        "apdu-length-refused",
        "READ BINARY is refused with 6700, whatever Le says",
        &[Mutation::Chip(ChipFault::Status(
            When {
                protected: true,
                ..When::ins(0xB0)
            },
            0x6700,
        ))],
    ),
    Row(
        'A',
        "link-swap-after-tear",
        "not_verified",
        "card-swapped",
        "The card is lifted while DG2 is read, and another comes back that the same key opens",
        &[
            Mutation::Link(LinkMishap::Removed(MIDDLE)),
            Mutation::ComesBackAs(&[
                Mutation::OtherChip("another"),
                Mutation::Field(10, FieldChange::Text("Mẫu khác")),
            ]),
        ],
    ),
    Row(
        'A',
        "link-swap-mid-session",
        "unreadable",
        "sm-mac-invalid",
        "A second chip answers from the third read of DG2 on; it does not know the keys",
        &[Mutation::Chip(ChipFault::Messaging(
            When::reading(0x0102).from(3),
            MessagingFault::ChecksumFlipped,
        ))],
    ),
    Row(
        'A',
        "link-transcript-replay",
        "unreadable",
        "access-failed",
        "A recorded session is played back; mutual authentication cannot succeed",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::Recorded)),
        ],
    ),
];

/// Section B: what opens the chip, and basic access; PACE has a table of its own.
pub(super) const ACCESS: &[Row] = &[
    Row(
        'B',
        "access-key-mistyped",
        "unreadable",
        "access-key-wrong",
        "The chip has another key than the one printed on the card",
        &[Mutation::Access(AccessChange::OtherKey)],
    ),
    Row(
        'B',
        "access-plain-chip",
        "undetermined",
        "access-control-absent",
        "The chip can be read without any access control",
        &[Mutation::Access(AccessChange::None)],
    ),
    Row(
        'B',
        "bac-challenge-7",
        "unreadable",
        "response-malformed",
        "GET CHALLENGE returns 7 bytes",
        &[BASIC_ONLY, Mutation::Chip(ChipFault::ChallengeLength(7))],
    ),
    Row(
        'B',
        "bac-challenge-9",
        "unreadable",
        "response-malformed",
        "GET CHALLENGE returns 9 bytes",
        &[BASIC_ONLY, Mutation::Chip(ChipFault::ChallengeLength(9))],
    ),
    Row(
        'B',
        "bac-mic-flipped",
        "unreadable",
        "bac-chip-auth-failed",
        "The last bit of the chip's checksum is wrong",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::ChecksumFlipped)),
        ],
    ),
    Row(
        'B',
        "bac-eic-flipped",
        "not_verified",
        "bac-replayed-response",
        "A byte of the first cipher block is flipped, the checksum computed over it",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::CryptogramFlipped)),
        ],
    ),
    Row(
        'B',
        "bac-rndifd-wrong",
        "not_verified",
        "bac-replayed-response",
        "The answer carries another RND.IFD under a right checksum",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::TerminalNonceWrong)),
        ],
    ),
    Row(
        'B',
        "bac-rndic-wrong",
        "not_verified",
        "bac-replayed-response",
        "The answer carries another RND.IC than the challenge",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::ChipNonceWrong)),
        ],
    ),
    Row(
        'B',
        "bac-short-response",
        "unreadable",
        "response-malformed",
        "EXTERNAL AUTHENTICATE answers 39 bytes",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Mutual(MutualFault::Short)),
        ],
    ),
];
