//! Active authentication: the exchange (ICAO 9303-11, 6.1). Whether the answer proves anything is
//! judged in [`crate::verify`], again and again where an audit asks.

use super::ChipError;
use super::opened::{Chip, Protection};
use crate::transport::{Command, StatusWord};

impl<P: Protection> Chip<'_, '_, P> {
    /// Whether a signature of `length` bytes is asked for in the extended form at once: it fits no
    /// short response, and reader and chip bear the extended form, be it for this command alone.
    #[must_use]
    pub fn authenticates_extended(&self, length: usize) -> bool {
        let borne =
            self.abilities.extended_length().is_some() || self.abilities.extended_authentication;
        borne && length > self.protection.room(0x100)
    }

    /// Remembers that only the extended form brought the signature.
    pub const fn learn_extended_authentication(&mut self) {
        self.abilities.extended_authentication = true;
    }

    /// INTERNAL AUTHENTICATE over `challenge`, RND.IFD (ICAO 9303-11, 6.1.4).
    ///
    /// A signature of 256 bytes does not fit a short response under secure messaging: `61xx` and
    /// GET RESPONSE bring it in pieces, or the `extended` form of the command at once.
    ///
    /// # Errors
    /// [`ChipError::AuthenticateRefused`], and whatever ends the session.
    pub fn internal_authenticate(
        &mut self,
        challenge: [u8; 8],
        extended: bool,
    ) -> Result<Vec<u8>, ChipError> {
        self.begin_phase("chip-auth");
        let command = Command::new(0x00, 0x88, 0, 0).with_data(challenge);
        let command = if extended {
            command.extended().expecting(0x1_0000)
        } else {
            command.expecting(0x100)
        };
        let response = self.exchange(&command)?;
        match response.status {
            StatusWord::NORMAL if !response.data.is_empty() => Ok(response.data.to_vec()),
            status => Err(ChipError::AuthenticateRefused(status)),
        }
    }
}
