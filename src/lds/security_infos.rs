//! SecurityInfos: what the chip can do (ICAO 9303-11, 9.2), from DG14 or EF.CardAccess.

use super::{FileError, file_value};
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;

/// `id-icao-mrtd-security-aaProtocolObject`.
pub const ACTIVE_AUTHENTICATION: &str = "2.23.136.1.1.5";
/// The arc of PACE protocols (`bsi-de protocols smartcard 4`).
pub(super) const PACE: &str = "0.4.0.127.0.7.2.2.4.";
/// The arc of chip authentication protocols.
const CHIP_AUTHENTICATION: &str = "0.4.0.127.0.7.2.2.3.";
/// EF.CardAccess as it was found in every citizen card that was looked at: PACE-ECDH-GM-AES-CBC-CMAC-128
/// with brainpoolP256r1, chip authentication with ECDH and AES-128, terminal authentication.
pub const CITIZEN_CARD_ACCESS: [u8; 54] = [
    0x31, 0x34, 0x30, 0x0d, 0x06, 0x08, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x02, 0x02, 0x01,
    0x01, 0x30, 0x0f, 0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02, 0x02,
    0x01, 0x01, 0x30, 0x12, 0x06, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02,
    0x02, 0x01, 0x02, 0x02, 0x01, 0x0d,
];
/// SecurityInfos that are read; real chips have three to eight.
const MAX_INFOS: usize = 64;

/// One SecurityInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityInfo {
    /// Dotted object identifier of the protocol.
    pub protocol: String,
    /// The required data in DER.
    pub required: Vec<u8>,
    /// The optional data in DER, empty where there is none.
    pub optional: Vec<u8>,
}

impl SecurityInfo {
    /// Whether it offers PACE, or gives its domain parameters.
    #[must_use]
    pub fn is_pace(&self) -> bool {
        self.protocol.starts_with(PACE)
    }
}

/// All SecurityInfos of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityInfos(pub Vec<SecurityInfo>);

impl SecurityInfos {
    /// Parses the file `EF.DG14`.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn parse_dg14(file: &[u8]) -> Result<Self, FileError> {
        Self::parse(file_value(file, 0x6e)?)
    }

    /// Parses a `SET OF SecurityInfo`: EF.CardAccess, or the content of DG14.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn parse(set: &[u8]) -> Result<Self, FileError> {
        der::check(set)?;
        let mut outer = Reader::new(set);
        let mut reader = Reader::new(outer.expect(0x31)?);
        let mut infos = Vec::new();
        while !reader.is_empty() {
            if infos.len() >= MAX_INFOS {
                return Err(TlvError::TooMany { limit: MAX_INFOS }.into());
            }
            let mut info = Reader::new(reader.expect(0x30)?);
            let protocol = der::oid_text(info.expect(0x06)?);
            let required = info.any()?.2.to_vec();
            let optional = if info.is_empty() {
                Vec::new()
            } else {
                info.any()?.2.to_vec()
            };
            info.end()?;
            infos.push(SecurityInfo {
                protocol,
                required,
                optional,
            });
        }
        Ok(Self(infos))
    }

    /// Whether PACE is offered.
    #[must_use]
    pub fn offers_pace(&self) -> bool {
        self.0.iter().any(SecurityInfo::is_pace)
    }

    /// Whether chip authentication is offered.
    #[must_use]
    pub fn offers_chip_authentication(&self) -> bool {
        self.0
            .iter()
            .any(|info| info.protocol.starts_with(CHIP_AUTHENTICATION))
    }

    /// The signature algorithm of ActiveAuthenticationInfo (dotted), if there is one
    /// (ICAO 9303-11, 9.2.4).
    ///
    /// # Errors
    /// [`FileError`] where the entry is malformed.
    pub fn active_authentication_algorithm(&self) -> Result<Option<String>, FileError> {
        let Some(info) = self
            .0
            .iter()
            .find(|info| info.protocol == ACTIVE_AUTHENTICATION)
        else {
            return Ok(None);
        };
        Reader::new(&info.required).small()?;
        Ok(Some(der::oid_text(
            Reader::new(&info.optional).expect(0x06)?,
        )))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The EF.CardAccess that citizen cards have in common.
    #[test]
    fn the_card_access_of_the_citizen_card_offers_pace_and_chip_authentication() {
        let infos = SecurityInfos::parse(&CITIZEN_CARD_ACCESS).unwrap();
        assert_eq!(infos.0.len(), 3);
        assert!(infos.offers_pace() && infos.offers_chip_authentication());
        assert_eq!(infos.active_authentication_algorithm(), Ok(None));
    }
}
