//! Status words.

use core::fmt;

/// SW1-SW2 of a response (ISO/IEC 7816-4, 5.6): what the card says of a command, whatever it says.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Normal processing.
    pub const NORMAL: Self = Self(0x9000);
    /// End of file reached before Ne bytes were read.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// Wrong length, no further indication.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Security status not satisfied.
    pub const SECURITY_STATUS_NOT_SATISFIED: Self = Self(0x6982);
    /// Authentication method blocked.
    pub const AUTHENTICATION_METHOD_BLOCKED: Self = Self(0x6983);
    /// Expected secure messaging data objects missing.
    pub const SECURE_MESSAGING_MISSING: Self = Self(0x6987);
    /// Incorrect secure messaging data objects.
    pub const SECURE_MESSAGING_INCORRECT: Self = Self(0x6988);
    /// File or application not found.
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// Referenced data or reference data not found.
    pub const REFERENCE_NOT_FOUND: Self = Self(0x6A88);
    /// Wrong parameters P1-P2: an offset beyond the file's end, among others.
    pub const WRONG_PARAMETERS: Self = Self(0x6B00);
    /// Instruction not supported or invalid.
    pub const INSTRUCTION_NOT_SUPPORTED: Self = Self(0x6D00);

    /// The status word of two bytes.
    #[must_use]
    pub const fn from_bytes(sw1: u8, sw2: u8) -> Self {
        Self(u16::from_be_bytes([sw1, sw2]))
    }

    /// The first byte.
    #[must_use]
    pub const fn sw1(self) -> u8 {
        self.0.to_be_bytes()[0]
    }

    /// The second byte.
    #[must_use]
    pub const fn sw2(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    /// Whether the card did what it was asked.
    #[must_use]
    pub const fn is_normal(self) -> bool {
        self.0 == Self::NORMAL.0
    }

    /// How many more bytes the card has ready (`61xx`; `00` stands for 256 or more).
    #[must_use]
    pub fn bytes_available(self) -> Option<usize> {
        match self.0.to_be_bytes() {
            [0x61, count] => Some(length_of(count)),
            _ => None,
        }
    }

    /// The Ne that the card would have accepted (`6Cxx`; `00` stands for 256).
    #[must_use]
    pub fn right_length(self) -> Option<usize> {
        match self.0.to_be_bytes() {
            [0x6C, length] => Some(length_of(length)),
            _ => None,
        }
    }

    /// How many tries are left (`63Cx`).
    #[must_use]
    pub const fn tries_left(self) -> Option<u8> {
        match self.0.to_be_bytes() {
            [0x63, count] if count & 0xF0 == 0xC0 => Some(count & 0x0F),
            _ => None,
        }
    }
}

/// A length of one byte, in which zero stands for 256.
fn length_of(byte: u8) -> usize {
    match byte {
        0 => 256,
        length => usize::from(length),
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::StatusWord;

    #[test]
    fn lengths_and_counts_are_read_from_the_second_byte() {
        assert_eq!(StatusWord(0x6110).bytes_available(), Some(16));
        assert_eq!(StatusWord(0x6100).bytes_available(), Some(256));
        assert_eq!(StatusWord(0x6C00).right_length(), Some(256));
        assert_eq!(StatusWord(0x6CDF).right_length(), Some(223));
        assert_eq!(StatusWord(0x63C2).tries_left(), Some(2));
        assert_eq!(StatusWord(0x6300).tries_left(), None);
        assert_eq!(StatusWord::NORMAL.bytes_available(), None);
        assert_eq!(format!("{}", StatusWord(0x6A82)), "6A82");
    }
}
