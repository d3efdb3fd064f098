//! What a chip or its link may do wrong, as data.

use std::time::Duration;

/// Which commands a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The instruction, if only one; `B0` stands for both READ BINARY instructions.
    pub ins: Option<u8>,
    /// The file that is read, if only one, by its identifier.
    pub file: Option<u16>,
    /// Only commands under secure messaging.
    pub protected: bool,
    /// The first occurrence that is met, counted from 1.
    pub from: u32,
    /// The last occurrence that is met.
    pub to: u32,
    /// Whether occurrences are counted over the card's life; otherwise anew in each session.
    pub life: bool,
}

impl When {
    /// Every command with that instruction.
    #[must_use]
    pub const fn ins(ins: u8) -> Self {
        Self {
            ins: Some(ins),
            file: None,
            protected: false,
            from: 1,
            to: u32::MAX,
            life: false,
        }
    }

    /// Every command under secure messaging, from the `from`th on.
    #[must_use]
    pub const fn protected(from: u32) -> Self {
        Self {
            ins: None,
            file: None,
            protected: true,
            from,
            to: u32::MAX,
            life: false,
        }
    }

    /// Every READ BINARY of that file.
    #[must_use]
    pub const fn reading(file: u16) -> Self {
        Self {
            ins: Some(0xB0),
            file: Some(file),
            ..Self::protected(1)
        }
    }

    /// From the `from`th occurrence on.
    #[must_use]
    pub const fn from(self, from: u32) -> Self {
        Self { from, ..self }
    }

    /// The first occurrence in the card's life, and never again.
    #[must_use]
    pub const fn once(self) -> Self {
        Self {
            from: 1,
            to: 1,
            life: true,
            ..self
        }
    }
}

/// A fault of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipFault {
    /// These bytes go out in place of the whole answer; a session, if there is one, is left alone.
    Raw(When, &'static [u8]),
    /// As many bytes of `A5` and 9000 in place of the whole answer.
    RawFilled(When, usize),
    /// The plain answer, although secure messaging stands.
    Unprotected(When),
    /// A plain status word, and the session is gone.
    SessionLost(When, u16),
    /// The command is not even looked at: this status word, inside secure messaging where it stands.
    Refused(When, u16),
    /// This status word, and no data, inside secure messaging where it stands.
    Status(When, u16),
    /// The data that were due, but this status word.
    StatusWithData(When, u16),
    /// So many bytes at most, then this status word.
    Short(When, usize, u16),
    /// So many bytes more than were asked for, whether they fit a response or not.
    Longer(When, usize),
    /// The head of another file.
    OtherFile(When, u16),
    /// After chip authentication this file ends in another bit than before.
    ChangesAfterAgreement(u16),
    /// Offsets wrap around at 32,768, and the odd READ BINARY is refused.
    OffsetWraps,
    /// 6CFF, 6CFE, 6CFD… in turn.
    WrongLeForEver(When),
    /// READ BINARY for all that there is is refused with 6700.
    LeZeroRefused,
    /// Extended length is refused although the chip says that it can.
    ExtendedRefused,
    /// GET CHALLENGE gives so many bytes.
    ChallengeLength(usize),
    /// Files can be read without access control.
    PlainAccess,
    /// The chip's side of basic access.
    Mutual(MutualFault),
    /// The chip's side of PACE.
    Pace(PaceFault),
    /// After PACE the application wants basic access, and is refused under secure messaging.
    BasicAccessAfterPace,
    /// The master file cannot be selected: 6D00.
    MasterRefused,
    /// The protected response.
    Messaging(When, MessagingFault),
    /// The chip has no randomness: after each power-up it chooses the same.
    ConstantNonces,
    /// Active authentication.
    Active(ActiveFault),
    /// Chip authentication.
    Agreement(AgreementFault),
}

/// What goes wrong in the answer to EXTERNAL AUTHENTICATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutualFault {
    /// The last byte of the checksum is off by one bit.
    ChecksumFlipped,
    /// A byte of the first cipher block is flipped, the checksum computed over it.
    CryptogramFlipped,
    /// The terminal's nonce is another one.
    TerminalNonceWrong,
    /// The chip's nonce is another one.
    ChipNonceWrong,
    /// 39 bytes.
    Short,
    /// The answer of a recorded session.
    Recorded,
}

/// What goes wrong in PACE (ICAO 9303-11, 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaceFault {
    /// The encrypted nonce has so many bytes.
    NonceLength(usize),
    /// A byte of the encrypted nonce is flipped.
    NonceFlipped,
    /// The data object comes under this tag and 10 more: 90 for 80, and so on.
    Tag(u8),
    /// The public key of the mapping.
    MappingKey(PublicKeyFault),
    /// The public key of the key agreement.
    AgreementKey(PublicKeyFault),
    /// The terminal's token is taken, whatever it is.
    TokenAnyhow,
    /// The token is off by one bit.
    TokenFlipped,
    /// The terminal's token comes back.
    TokenReflected,
    /// The first four bytes of the token.
    TokenTruncated,
    /// Chip authentication data although the mapping has none.
    ChipDataExtra,
    /// No chip authentication data although the mapping has them.
    ChipDataMissing,
    /// Chip authentication data that do not fit the mapping's key.
    ChipDataWrong,
    /// Chip authentication data without their last block.
    ChipDataCut,
}

/// What is wrong with a public key of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKeyFault {
    /// The last bit is another: a point off the curve.
    OffCurve,
    /// All bytes are zero: the DH value 0.
    Zero,
    /// 04 and zeros.
    ZeroPoint,
    /// The DH value 1.
    One,
    /// The DH value 2, which is not of the subgroup.
    Two,
    /// The DH value p − 1.
    MinusOne,
    /// The point at infinity: a single 00.
    Infinity,
    /// The point compressed.
    Compressed,
    /// The terminal's own key.
    Reflected,
}

/// What goes wrong in a protected response (ICAO 9303-11, 9.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagingFault {
    /// One bit of DO8E.
    ChecksumFlipped,
    /// DO8E of four bytes, an equal prefix.
    ChecksumShort,
    /// No DO8E.
    ChecksumMissing,
    /// No DO99.
    StatusMissing,
    /// No DO87, the checksum right.
    DataMissing,
    /// DO87 holds padding and no data.
    DataBlank,
    /// DO99 says what is true, the outer status word 6282.
    StatusDiffers,
    /// DO99 says 6282, the outer status word what is true.
    StatusDiffersInside,
    /// A byte of DO87 is flipped, the checksum computed over it; no padding is left.
    CryptogramFlipped,
    /// The last block ends in no padding.
    PaddingWrong,
    /// DO87 begins with 02.
    IndicatorWrong,
    /// DO87 twice.
    DataTwice,
    /// DO99 twice.
    StatusTwice,
    /// An unknown object before DO99, covered by the checksum.
    UnknownObject,
    /// Bytes after DO8E.
    Trailing,
    /// DO87 says that it is longer than it is.
    LengthLies,
    /// The counter is one ahead.
    CounterAhead,
    /// The response before is sent again.
    Replayed,
}

/// What goes wrong in active authentication (ICAO 9303-11, 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveFault {
    /// Another key signs.
    OtherKey,
    /// The first signature is given for every challenge.
    Replayed,
    /// Trailer 33CC.
    TrailerWrong,
    /// Trailer BC with the front of a SHA-256 digest.
    HashMixed,
    /// Header 4A: full recovery.
    HeaderFull,
    /// The cube root of a representative with the right head (needs a key with e = 3).
    CubeRoot,
    /// ECDSA in DER.
    Der,
    /// M1 is the same for every challenge.
    ConstantM1,
}

/// What goes wrong in chip authentication (ICAO 9303-11, 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementFault {
    /// The key agreement ends with this status word.
    Refused(u16),
    /// 9000, but the chip goes on under the old keys, whatever it is sent.
    OldKeys,
}

/// When something happens on the link, counted from the card's power-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At this APDU and those after it, from 1.
    Apdu(u32),
    /// At this READ BINARY of a file and those after it, from 1: however long the responses are, it
    /// is in the same file.
    Reading(u16, u32),
}

/// A fault of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkMishap {
    /// The card is taken away.
    Removed(At),
    /// The card is lifted and laid back, once in its life.
    Torn(At),
    /// Another program resets the card.
    Reset(At),
    /// The reader is unplugged.
    Unplugged(At),
    /// The service stops.
    ServiceStopped(At),
    /// No answer, ever.
    Mute(At),
    /// An answer without a status word.
    Empty(At),
    /// 70,000 bytes.
    Oversize(At),
    /// Every answer takes so long.
    Slow(Duration),
    /// The reader cannot connect: another program holds the card.
    Busy,
    /// Two cards lie in the field.
    TwoCards,
}
