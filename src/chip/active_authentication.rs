//! Active authentication: the exchange (ICAO 9303-11, 6.1). Whether the answer proves anything is
//! judged in [`crate::verify`], again and again where an audit asks.

use super::ChipError;
use super::files::Opened;
use crate::transport::{Command, StatusWord};

impl Opened<'_, '_> {
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
