//! Command APDUs as a chip takes them apart (ISO/IEC 7816-4, 5.1).

/// A command APDU.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// Class byte.
    pub cla: u8,
    /// Instruction byte.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Command data.
    pub data: Vec<u8>,
    /// Expected length: 256 or 65,536 where the field is zero, `None` where it is absent.
    pub le: Option<usize>,
    /// Whether the length fields are extended ones.
    pub extended: bool,
}

impl Command {
    /// Takes an APDU of case 1 to 4, short or extended, apart.
    ///
    /// # Errors
    /// The status word that answers a malformed one: always 6700.
    pub fn parse(apdu: &[u8]) -> Result<Self, StatusWord> {
        let wrong = StatusWord::WRONG_LENGTH;
        let (&[cla, ins, p1, p2], body) = apdu.split_first_chunk::<4>().ok_or(wrong)?;
        let (data, le, extended) = match body {
            [] => (&[][..], None, false),
            [le] => (&[][..], Some(short_le(*le)), false),
            [0, high, low] => (&[][..], Some(extended_le(*high, *low)), true),
            [0, high, low, rest @ ..] => {
                let (data, rest) = rest
                    .split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))
                    .ok_or(wrong)?;
                match rest {
                    _ if data.is_empty() => return Err(wrong),
                    [] => (data, None, true),
                    [high, low] => (data, Some(extended_le(*high, *low)), true),
                    _ => return Err(wrong),
                }
            }
            [lc, rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(*lc)).ok_or(wrong)?;
                match rest {
                    _ if data.is_empty() => return Err(wrong),
                    [] => (data, None, false),
                    [le] => (data, Some(short_le(*le)), false),
                    _ => return Err(wrong),
                }
            }
        };
        Ok(Self {
            cla,
            ins,
            p1,
            p2,
            data: data.to_vec(),
            le,
            extended,
        })
    }

    /// The four bytes before the lengths.
    #[must_use]
    pub fn header(&self) -> [u8; 4] {
        [self.cla, self.ins, self.p1, self.p2]
    }
}

/// A short Le byte: zero stands for 256.
#[must_use]
pub fn short_le(byte: u8) -> usize {
    if byte == 0 { 256 } else { usize::from(byte) }
}

/// The two bytes of an extended Le: zero stands for 65,536.
#[must_use]
pub fn extended_le(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        le => usize::from(le),
    }
}

/// SW1 and SW2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// The file ended before Le bytes.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// Authentication failed.
    pub const AUTHENTICATION_FAILED: Self = Self(0x6300);
    /// Wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Authentication method blocked.
    pub const BLOCKED: Self = Self(0x6983);
    /// The last command of a chain was expected, or a chain was not.
    pub const LAST_EXPECTED: Self = Self(0x6883);
    /// Command chaining is not supported.
    pub const NO_CHAINING: Self = Self(0x6884);
    /// Security status not satisfied.
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// Conditions of use not satisfied.
    pub const CONDITIONS: Self = Self(0x6985);
    /// No current file.
    pub const NO_CURRENT_FILE: Self = Self(0x6986);
    /// Secure messaging data objects missing.
    pub const SM_MISSING: Self = Self(0x6987);
    /// Secure messaging data objects incorrect.
    pub const SM_INCORRECT: Self = Self(0x6988);
    /// Data field incorrect.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// File or application not found.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// Referenced data not found.
    pub const NOT_REFERENCED: Self = Self(0x6A88);
    /// P1 or P2 incorrect.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// Offset beyond the end of the file.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// Instruction not supported.
    pub const INSTRUCTION: Self = Self(0x6D00);
    /// Class not supported.
    pub const CLASS: Self = Self(0x6E00);
    /// No precise diagnosis.
    pub const FAILURE: Self = Self(0x6F00);

    /// 61xx: so many bytes wait; more than 255 are said by 00.
    #[must_use]
    pub fn more(count: usize) -> Self {
        Self(0x6100 | u16::from(u8::try_from(count).unwrap_or(0)))
    }

    /// 6Cxx: the Le to ask with.
    #[must_use]
    pub fn wrong_le(exact: usize) -> Self {
        Self(0x6C00 | u16::from(u8::try_from(exact).unwrap_or(0)))
    }

    /// 63Cx: authentication failed, so many tries are left.
    #[must_use]
    pub fn tries(left: u8) -> Self {
        Self(0x63C0 | u16::from(left.min(0x0F)))
    }

    /// Both bytes.
    #[must_use]
    pub fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

/// A response before secure messaging.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// Response data.
    pub data: Vec<u8>,
    /// Status word.
    pub status: StatusWord,
}

impl Response {
    /// Data and 9000.
    #[must_use]
    pub fn ok(data: Vec<u8>) -> Self {
        Self {
            data,
            status: StatusWord::OK,
        }
    }

    /// Data, then the status word.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [&self.data[..], &self.status.bytes()].concat()
    }
}

impl From<StatusWord> for Response {
    fn from(status: StatusWord) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_cases_come_apart() {
        for (apdu, data, le, extended) in [
            ("00840000", "", None, false),
            ("0084000008", "", Some(8), false),
            ("0084000000", "", Some(256), false),
            ("00a4020c02011e", "011e", None, false),
            ("00a4020002011e00", "011e", Some(256), false),
            ("00b00000000000", "", Some(65_536), true),
            ("00b00000000400", "", Some(1024), true),
            ("00a4020c000002011e", "011e", None, true),
            ("00a4020c000002011e0100", "011e", Some(256), true),
        ] {
            let command = Command::parse(&hex::decode(apdu).unwrap()).ok().unwrap();
            assert_eq!(hex::encode(&command.data), data, "{apdu}");
            assert_eq!((command.le, command.extended), (le, extended), "{apdu}");
        }
    }

    #[test]
    fn lengths_that_do_not_add_up_are_6700() {
        for apdu in [
            "",
            "00a402",
            "00a4020c03011e",
            "00a4020c02011e0000",
            "00a4020c000003011e",
            "00b00000000001",
        ] {
            let parsed = Command::parse(&hex::decode(apdu).unwrap());
            assert!(parsed.is_err() || apdu == "00b00000000001", "{apdu}");
        }
    }
}
