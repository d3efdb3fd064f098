//! What each kind of device sends, as data. None was tried on a device yet: hardware-notes/scanners.md
//! says where each line comes from.

use core::ops::BitOr;
use core::str::FromStr;
use std::borrow::Cow;

use serialport::Parity;

use crate::encoding::Encoding;

/// What may end a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends(u8);

impl Ends {
    /// Carriage return, line feed, or both.
    pub const LINE: Self = Self(0b0001);
    /// End of text, 03.
    pub const ETX: Self = Self(0b0010);
    /// 00.
    pub const NUL: Self = Self(0b0100);
    /// Nothing for 100 ms. A text that stalls for that long is cut in two, and neither half can be
    /// told from a whole one: for scanners alone that send no end.
    pub const IDLE: Self = Self(0b1000);
    /// Any of them.
    pub const ANY: Self = Self(0b1111);

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn has(self, byte: u8) -> bool {
        match byte {
            b'\r' | b'\n' => self.contains(Self::LINE),
            0x03 => self.contains(Self::ETX),
            0x00 => self.contains(Self::NUL),
            _ => false,
        }
    }
}

impl BitOr for Ends {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A name that stands for no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such end of a text: line, etx, nul, idle or any")]
pub struct NoSuchEnd;

impl FromStr for Ends {
    type Err = NoSuchEnd;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "line" => Ok(Self::LINE),
            "etx" => Ok(Self::ETX),
            "nul" => Ok(Self::NUL),
            "idle" => Ok(Self::IDLE),
            "any" => Ok(Self::ANY),
            _ => Err(NoSuchEnd),
        }
    }
}

/// Which bytes the length of a 3M frame counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Those after it, up to and with ETX.
    AfterLength,
    /// Those from STX up to and with ETX.
    Text,
    /// The whole frame, from SOH up to and with the check.
    Frame,
}

/// Which bytes the block check of a 3M frame covers, by exclusive or; all end with ETX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockCheck {
    /// From SOH.
    FromStart,
    /// From the length.
    FromLength,
    /// From what follows the length.
    AfterLength,
    /// From what follows STX.
    AfterStx,
}

/// What a device sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text as it stands in the code, and an end.
    Text {
        /// What ends it.
        ends: Ends,
        /// What its bytes may mean.
        encoding: Encoding,
    },
    /// The lines of a machine readable zone, each with CR, LF or both.
    MrzLines,
    /// STX, lines with CR each, ETX.
    MrzDesko,
    /// SOH, length, `OU`, STX, flag, lines with CR each, ETX, block check.
    Mrz3m {
        /// What the length counts.
        counts: Counts,
        /// What the check covers.
        check: BlockCheck,
    },
}

/// A kind of device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// By which a configuration names it.
    pub name: &'static str,
    /// Bits a second; USB-CDC does not care.
    pub baud: u32,
    /// The parity bit; there are always eight data bits and one stop bit.
    pub parity: Parity,
    /// What it sends.
    pub form: Form,
    /// What makes it show that a scan was taken; empty: nothing.
    pub taken: Cow<'static, [u8]>,
    /// What makes it show that a scan was refused; empty: nothing.
    pub refused: Cow<'static, [u8]>,
}

impl Profile {
    const fn text(name: &'static str, ends: Ends) -> Self {
        let encoding = Encoding::Utf8;
        Self::silent(name, Form::Text { ends, encoding })
    }

    const fn silent(name: &'static str, form: Form) -> Self {
        Self {
            name,
            baud: 9_600,
            parity: Parity::None,
            form,
            taken: Cow::Borrowed(&[]),
            refused: Cow::Borrowed(&[]),
        }
    }
}

impl FromStr for Counts {
    type Err = NoSuchCount;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "after-length" => Ok(Self::AfterLength),
            "text" => Ok(Self::Text),
            "frame" => Ok(Self::Frame),
            _ => Err(NoSuchCount),
        }
    }
}

/// A name that stands for nothing that a length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a length counts no such bytes: after-length, text or frame")]
pub struct NoSuchCount;

impl FromStr for BlockCheck {
    type Err = NoSuchCheck;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "from-start" => Ok(Self::FromStart),
            "from-length" => Ok(Self::FromLength),
            "after-length" => Ok(Self::AfterLength),
            "after-stx" => Ok(Self::AfterStx),
            _ => Err(NoSuchCheck),
        }
    }
}

/// A name that stands for nothing that a check covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a check covers no such bytes: from-start, from-length, after-length or after-stx")]
pub struct NoSuchCheck;

/// All kinds that are known.
#[must_use]
pub fn profiles() -> [Profile; 6] {
    [
        // Whatever a scanner sends out of its box.
        Profile::text("qr", Ends::ANY),
        // A scanner that was set to end with CR, LF or both: nothing that is cut passes for whole.
        Profile::text("qr-line", Ends::LINE),
        // The same, with the host commands of Datalogic for a tone: SOH “good read” whatever its
        // settings, `34 CR` the low one.
        Profile {
            taken: Cow::Borrowed(b"\x01"),
            refused: Cow::Borrowed(b"34\r"),
            ..Profile::text("qr-datalogic", Ends::LINE)
        },
        Profile::silent("mrz-lines", Form::MrzLines),
        Profile::silent("mrz-desko", Form::MrzDesko),
        Profile::silent(
            "mrz-3m",
            Form::Mrz3m {
                counts: Counts::AfterLength,
                check: BlockCheck::FromLength,
            },
        ),
    ]
}

/// The kind of that name.
#[must_use]
pub fn profile(name: &str) -> Option<Profile> {
    profiles().into_iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_go_by_byte() {
        let ends = "line".parse::<Ends>().unwrap() | Ends::NUL;
        let found: Vec<u8> = (0..=u8::MAX).filter(|byte| ends.has(*byte)).collect();
        assert_eq!(found, [0x00, b'\n', b'\r']);
        assert!(ends.contains(Ends::LINE) && !ends.contains(Ends::IDLE));
        assert_eq!("crlf".parse::<Ends>(), Err(NoSuchEnd));
    }

    #[test]
    fn each_kind_has_its_name() {
        let names: std::collections::BTreeSet<_> = profiles().map(|known| known.name).into();
        assert_eq!(names.len(), profiles().len());
        for known in profiles() {
            assert_eq!(profile(known.name), Some(known));
        }
        assert_eq!(profile("QR"), None);
    }
}
