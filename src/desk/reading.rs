//! One card, from the reader to the verdict: the pipeline on one page.

use zeroize::Zeroizing;

use crate::decision::Verdict;
use crate::document::Personal;

/// What a reading tells while it runs.
#[derive(Clone, Debug)]
pub enum ReadingEvent {
    /// A phase began or went on.
    Progress {
        /// `select`, `access`, `dg1`, `dg13`, `sod`, `dg14`, `dg15`, `chip-auth`, `dg2`, `com`.
        phase: &'static str,
        /// Bytes of this phase's file read so far.
        bytes: u32,
        /// Bytes of this phase's file, once its first chunk told.
        total: Option<u32>,
    },
    /// DG1 or DG13 arrived: to be shown in grey, as read and not yet verified.
    Claimed(CardFace),
}

/// The fields of the card that a clerk looks at. Every date ISO 8601 where it is complete.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[allow(missing_docs)]
pub struct CardFace {
    pub personal_number: Option<Personal<String>>,
    pub name: Option<Personal<String>>,
    pub birth_date: Option<Personal<String>>,
    pub sex: Option<Personal<String>>,
    pub nationality: Option<Personal<String>>,
    pub place_of_origin: Option<Personal<String>>,
    pub residence: Option<Personal<String>>,
    pub issue_date: Option<Personal<String>>,
    pub expiry_date: Option<Personal<String>>,
    pub old_number: Option<Personal<String>>,
}

/// The portrait of DG2, decoded and encoded anew as PNG, so that no byte of the chip reaches a browser.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// The picture, PNG.
    pub png: Personal<Vec<u8>>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// What the case system or the clerk expects; compared, never trusted.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// 12 digits.
    pub personal_number: Option<Personal<String>>,
    /// Name, with or without diacritics.
    pub name: Option<Personal<String>>,
    /// ISO 8601.
    pub birth_date: Option<Personal<String>>,
}

/// A judged reading.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict with its checks.
    pub verdict: Verdict,
    /// The fields as far as signed data covers them.
    pub face: CardFace,
    /// The portrait, only when its data group's hash is good.
    pub portrait: Option<Portrait>,
    /// A zip of the raw files and the transcript, as `cccd-desk verify` takes it.
    pub evidence: Zeroizing<Vec<u8>>,
}
