//! The chip's file system (ICAO 9303-10, 3.2 and 3.11).

use std::collections::BTreeMap;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// Anybody.
    Always,
    /// Whoever has opened the chip.
    Opened,
    /// Terminals with a certificate for it (ICAO 9303-11, 7.1).
    Terminals,
}

/// An elementary file.
#[derive(Clone)]
pub struct File {
    /// Its bytes.
    pub content: Vec<u8>,
    /// Who may read it.
    pub access: ReadAccess,
}

/// Elementary files by identifier.
pub type Directory = BTreeMap<u16, File>;

/// A name of ICAO 9303-10 and the identifier that belongs to it.
const NAMES: [(&str, u16); 7] = [
    ("EF.COM", 0x011E),
    ("EF.SOD", 0x011D),
    ("EF.CardAccess", 0x011C),
    ("EF.CardSecurity", 0x011D),
    ("EF.ATR/INFO", 0x2F01),
    ("EF.DIR", 0x2F00),
    ("EF.CVCA", 0x011C),
];

/// The identifier of a file of the travel application or the master file: `EF.DG2` is 0102.
#[must_use]
pub fn identifier(name: &str) -> Option<u16> {
    if let Some(number) = name.strip_prefix("EF.DG") {
        let number = number.parse::<u16>().ok()?;
        return (1..=16).contains(&number).then_some(0x0100 | number);
    }
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, identifier)| *identifier)
}

/// The identifier that a short one stands for, in the travel application or the master file.
#[must_use]
pub fn by_short(short: u8, master: bool) -> Option<u16> {
    match (master, short) {
        (true, 0x01) => Some(0x2F01),
        (true, 0x1E) => Some(0x2F00),
        (true, 0x1C | 0x1D) | (false, 0x01..=0x10 | 0x1C..=0x1E) => Some(0x0100 | u16::from(short)),
        _ => None,
    }
}
