//! What a reader and a chip together were found to bear (`hardware-notes/quirks.md`).

use serde::{Deserialize, Serialize};

/// What was learned of one kind of chip on one reader. It changes how many exchanges a reading
/// takes and never what it yields: whatever stands here, every refusal is still met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Abilities {
    /// The largest Le in the short form that the chip answers in full, in bytes; none until one
    /// file of more than one response was read.
    pub short_length: Option<u16>,
    /// Extended length.
    pub extended: Extended,
    /// Whether READ BINARY takes short file identifiers.
    pub short_identifiers: bool,
    /// Whether the answer to INTERNAL AUTHENTICATE needs the extended form.
    pub extended_authentication: bool,
}

/// Extended length (ISO/IEC 7816-3, 12.1; ICAO 9303-10, 3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extended {
    /// Nobody tried.
    #[default]
    Unknown,
    /// Reader or chip refused it.
    Refused,
    /// Responses of so many bytes, the status word not counted, have come whole.
    UpTo(u32),
}

impl Default for Abilities {
    fn default() -> Self {
        Self {
            short_length: None,
            extended: Extended::Unknown,
            short_identifiers: true,
            extended_authentication: false,
        }
    }
}

/// What is asked for where extended length went wrong: what nearly every reader carries.
const MODEST: u32 = 2_048;

impl Abilities {
    /// The most bytes of a response in the extended form, the status word not counted; none where
    /// only the short form is used.
    #[must_use]
    pub fn extended_length(&self) -> Option<usize> {
        match self.extended {
            Extended::UpTo(length) => usize::try_from(length).ok(),
            Extended::Unknown | Extended::Refused => None,
        }
    }

    /// After reader or chip failed at the extended form: less of it, then none, for no command.
    pub(super) const fn lower_extended(&mut self) {
        self.extended = match self.extended {
            Extended::UpTo(length) if length > MODEST => Extended::UpTo(MODEST),
            _ => {
                self.extended_authentication = false;
                Extended::Refused
            }
        };
    }
}
