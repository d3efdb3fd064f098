//! Sex, as documents state it.

use serde::{Deserialize, Serialize};

/// Sex, as the card states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Sex {
    /// As in DG13 and the QR code.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
        }
    }

    /// As in the machine readable zone.
    pub(super) fn letter(self) -> char {
        match self {
            Self::Male => 'M',
            Self::Female => 'F',
        }
    }
}
