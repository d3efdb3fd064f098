//! SELECT of the eMRTD application.

use super::ChipError;
use super::abilities::Abilities;
use crate::transport::{Command, Link, StatusWord};

/// AID of the eMRTD application (ICAO 9303-10, 3.1).
pub(super) const AID: [u8; 7] = [0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// A chip whose eMRTD application is selected and that can only be opened.
pub struct Selected<'link, 'card> {
    pub(super) link: &'link mut Link<'card>,
    pub(super) abilities: &'link mut Abilities,
}

impl<'link, 'card> Selected<'link, 'card> {
    /// Selects the application by its AID (ICAO 9303-11, 4.3.4.1; ISO/IEC 7816-4, 11.2.2).
    ///
    /// # Errors
    /// [`ChipError::NotAnEmrtd`] for a bank card or a phone, [`ChipError::SelectRefused`] for other
    /// refusals, and faults of the link.
    pub(super) fn select(
        link: &'link mut Link<'card>,
        abilities: &'link mut Abilities,
    ) -> Result<Self, ChipError> {
        link.begin_phase("select");
        let command = Command::new(0x00, 0xa4, 0x04, 0x0c).with_data(AID);
        match link.transmit(&command)?.status {
            StatusWord::NORMAL => Ok(Self { link, abilities }),
            StatusWord::FILE_NOT_FOUND => Err(ChipError::NotAnEmrtd),
            status => Err(ChipError::SelectRefused(status)),
        }
    }
}
