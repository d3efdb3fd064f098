//! What a reader bears.

/// What a reader bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderModel {
    /// Commands with extended length fields.
    pub extended: bool,
    /// The longest command in bytes.
    pub longest_command: usize,
    /// The longest response in bytes, status word included.
    pub longest_response: usize,
}

impl ReaderModel {
    /// Everything that ISO/IEC 7816-4 allows.
    pub const EXTENDED: Self = Self {
        extended: true,
        longest_command: 65_544,
        longest_response: 65_538,
    };
    /// Short commands alone: what is longer fails in the reader, before the card sees it.
    pub const SHORT: Self = Self {
        extended: false,
        longest_command: 261,
        longest_response: 258,
    };

    pub(super) fn bears(&self, command: &[u8]) -> bool {
        let extended = command.len() >= 7 && command.get(4) == Some(&0);
        command.len() <= self.longest_command && (self.extended || !extended)
    }
}
