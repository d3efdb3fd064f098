//! The list of defects, section C: secure messaging and reading.

use super::Row;
use super::edit::{Change, Edit, Step};
use super::link::BASIC_ONLY;
use super::mutation::{ListChange, Mutation, PortraitChange};
use crate::card::faults::{AgreementFault, ChipFault, MessagingFault, When};

const DG1: u16 = 0x0101;
const DG2: u16 = 0x0102;

/// From this command on; before it, the chip behaves. In the middle of DG2, however long responses
/// are: never the first one after keys have changed, which is another finding.
const FROM: When = When::reading(DG2).from(3);

const fn messaging(fault: MessagingFault) -> Mutation {
    Mutation::Chip(ChipFault::Messaging(FROM, fault))
}

/// Section C.
pub(super) const ROWS: &[Row] = &[
    Row(
        'C',
        "sm-mac-flipped",
        "unreadable",
        "sm-mac-invalid",
        "One bit of DO8E is wrong",
        &[messaging(MessagingFault::ChecksumFlipped)],
    ),
    Row(
        'C',
        "sm-mac-short",
        "unreadable",
        "sm-mac-invalid",
        "DO8E has four bytes, an equal prefix",
        &[messaging(MessagingFault::ChecksumShort)],
    ),
    Row(
        'C',
        "sm-8e-missing",
        "unreadable",
        "sm-do-missing",
        "No DO8E",
        &[messaging(MessagingFault::ChecksumMissing)],
    ),
    Row(
        'C',
        "sm-99-missing",
        "unreadable",
        "sm-do-missing",
        "No DO99",
        &[messaging(MessagingFault::StatusMissing)],
    ),
    Row(
        'C',
        "sm-87-missing",
        "unreadable",
        "sm-do-missing",
        "READ BINARY answers 9000 without DO87, under a right checksum",
        &[Mutation::Chip(ChipFault::Messaging(
            When::reading(DG2).from(3),
            MessagingFault::DataMissing,
        ))],
    ),
    Row(
        'C',
        "sm-99-differs",
        "unreadable",
        "sm-status-mismatch",
        "DO99 says 9000, the outer status word 6282",
        &[messaging(MessagingFault::StatusDiffers)],
    ),
    Row(
        'C',
        "sm-99-differs-reverse",
        "unreadable",
        "sm-status-mismatch",
        "DO99 says 6282, the outer status word 9000",
        &[messaging(MessagingFault::StatusDiffersInside)],
    ),
    Row(
        'C',
        "sm-cryptogram-flipped",
        "unreadable",
        "sm-padding-invalid",
        "A byte of DO87 is flipped, the checksum computed over it",
        &[messaging(MessagingFault::CryptogramFlipped)],
    ),
    Row(
        'C',
        "sm-padding-bad",
        "unreadable",
        "sm-padding-invalid",
        "The last block decrypts to no padding",
        &[messaging(MessagingFault::PaddingWrong)],
    ),
    Row(
        'C',
        "sm-indicator-bad",
        "unreadable",
        "sm-do-malformed",
        "DO87 begins with 02",
        &[messaging(MessagingFault::IndicatorWrong)],
    ),
    Row(
        'C',
        "sm-do-duplicate",
        "unreadable",
        "sm-do-malformed",
        "Two DO99",
        &[messaging(MessagingFault::StatusTwice)],
    ),
    Row(
        'C',
        "sm-do-duplicate-87",
        "unreadable",
        "sm-do-malformed",
        "Two DO87",
        &[messaging(MessagingFault::DataTwice)],
    ),
    Row(
        'C',
        "sm-do-unknown",
        "unreadable",
        "sm-do-malformed",
        "An unknown object A5 before DO99, covered by the checksum",
        &[messaging(MessagingFault::UnknownObject)],
    ),
    Row(
        'C',
        "sm-trailing",
        "unreadable",
        "sm-do-malformed",
        "Bytes after DO8E",
        &[messaging(MessagingFault::Trailing)],
    ),
    Row(
        'C',
        "sm-length-lies",
        "unreadable",
        "sm-do-malformed",
        "DO87 says that it is longer than the response",
        &[messaging(MessagingFault::LengthLies)],
    ),
    Row(
        'C',
        "sm-ssc-ahead",
        "unreadable",
        "sm-mac-invalid",
        "The chip's counter is one ahead from the third read of DG2 on",
        &[messaging(MessagingFault::CounterAhead)],
    ),
    Row(
        'C',
        "sm-response-replayed",
        "unreadable",
        "sm-mac-invalid",
        "The response to the read before is sent again",
        &[Mutation::Chip(ChipFault::Messaging(
            When::reading(DG2).from(2),
            MessagingFault::Replayed,
        ))],
    ),
    Row(
        'C',
        "sm-plain-9000",
        "unreadable",
        "sm-plain-response",
        "Plain data and 9000 while secure messaging stands",
        &[Mutation::Chip(ChipFault::Unprotected(FROM))],
    ),
    Row(
        'C',
        "sm-plain-6988",
        "unreadable",
        "sm-session-lost",
        "Plain 6988 in the middle: the session is dead",
        &[Mutation::Chip(ChipFault::SessionLost(FROM, 0x6988))],
    ),
    Row(
        'C',
        "sm-plain-6982",
        "unreadable",
        "sm-session-lost",
        "Plain 6982 after good reads: access is lost",
        &[Mutation::Chip(ChipFault::SessionLost(FROM, 0x6982))],
    ),
    Row(
        'C',
        "sm-3des-after-aes-ca",
        "not_verified",
        "chip-clone-ca-failed",
        "DG14 says chip authentication with AES; the chip goes on under the old 3DES keys",
        &[
            BASIC_ONLY,
            Mutation::Chip(ChipFault::Agreement(AgreementFault::OldKeys)),
        ],
    ),
    Row(
        'C',
        "read-zero-9000",
        "unreadable",
        "response-loop",
        "9000 with no data, for ever",
        &[Mutation::Chip(ChipFault::Messaging(
            When::reading(DG2).from(3),
            MessagingFault::DataBlank,
        ))],
    ),
    Row(
        'C',
        "read-more-than-le",
        "unreadable",
        "response-malformed",
        "More plain bytes than Le asked for",
        &[Mutation::Chip(ChipFault::Longer(
            When::reading(DG2).from(3),
            17,
        ))],
    ),
    Row(
        'C',
        "read-6282-early",
        "unreadable",
        "file-truncated",
        "6282 at 50 of the bytes that DG1 declares",
        &[Mutation::Chip(ChipFault::Short(
            When::reading(DG1),
            50,
            0x6282,
        ))],
    ),
    Row(
        'C',
        "read-6b00-early",
        "unreadable",
        "file-truncated",
        "6B00 before the declared end of DG1",
        &[Mutation::Chip(ChipFault::Short(
            When::reading(DG1),
            50,
            0x6B00,
        ))],
    ),
    Row(
        'C',
        "read-6a82-in-sod",
        "undetermined",
        "dg-missing",
        "DG11 is listed in EF.SOD and EF.COM, the chip answers 6A82",
        &[
            Mutation::Lds(ListChange::Add(11)),
            Mutation::Com(ListChange::Add(11)),
        ],
    ),
    Row(
        'C',
        "read-6a82-mandatory",
        "unreadable",
        "mandatory-file-missing",
        "DG1 answers 6A82",
        &[Mutation::Missing("EF.DG1")],
    ),
    Row(
        'C',
        "read-len-4gb",
        "unreadable",
        "length-implausible",
        "DG2 declares four gigabytes",
        &[Mutation::Issued(
            "EF.DG2",
            Edit::At(
                &[Step(0x75, 0)],
                Change::Length(&[0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
            ),
        )],
    ),
    Row(
        'C',
        "read-len-2mb",
        "unreadable",
        "length-implausible",
        "DG2 declares two megabytes",
        &[Mutation::Issued(
            "EF.DG2",
            Edit::At(&[Step(0x75, 0)], Change::Length(&[0x83, 0x1F, 0xFF, 0xFF])),
        )],
    ),
    Row(
        'C',
        "read-len-zero",
        "unreadable",
        "dg-malformed",
        "DG1 is 61 00",
        &[Mutation::Issued("EF.DG1", Edit::Become(&[0x61, 0x00]))],
    ),
    Row(
        'C',
        "read-len-indef",
        "unreadable",
        "dg-malformed",
        "DG2 has indefinite length",
        &[Mutation::Issued(
            "EF.DG2",
            Edit::At(&[Step(0x75, 0)], Change::Indefinite),
        )],
    ),
    Row(
        'C',
        "read-offset-wrap",
        "unreadable",
        "file-truncated",
        "DG2 is longer than 32,767 bytes, offsets wrap and the odd READ BINARY is refused",
        &[
            Mutation::Portrait(PortraitChange::Padded(40_000)),
            Mutation::Chip(ChipFault::OffsetWraps),
        ],
    ),
    Row(
        'C',
        "read-sfi-wrong-file",
        "unreadable",
        "dg-tag-wrong",
        "Reading DG1 gives the head of DG2",
        &[Mutation::Chip(ChipFault::OtherFile(
            When::reading(DG1),
            DG2,
        ))],
    ),
];
