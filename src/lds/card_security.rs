//! EF.CardSecurity: SecurityInfos that the document signer signed, in the master file
//! (ICAO 9303-11, 9.2.11; BSI TR-03110-3, A.1.2.5).

use super::security_infos::SecurityInfos;
use super::signed_data::{SignedData, SignedDataError};
use super::{FileError, file_value};
use crate::codec::header::Header;

/// `id-SecurityObject`.
pub const SECURITY_OBJECT: &str = "0.4.0.127.0.7.3.2.1";

/// EF.CardSecurity, parsed and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSecurity {
    /// Who signed, what and how.
    pub signed: SignedData,
    /// The content read as SecurityInfos.
    pub infos: SecurityInfos,
}

/// Why an EF.CardSecurity gives nothing to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardSecurityError {
    /// No SignedData.
    #[error("EF.CardSecurity: {0}")]
    SignedData(#[from] SignedDataError),
    /// The content is of another type.
    #[error("EF.CardSecurity content type {0}")]
    ContentType(String),
    /// The file as such is wrong, or its content is no SET OF SecurityInfo.
    #[error("EF.CardSecurity: {0}")]
    File(#[from] FileError),
}

impl CardSecurity {
    /// Parses the file `EF.CardSecurity`. Bytes after the object are left aside.
    ///
    /// # Errors
    /// [`CardSecurityError`]; who signed it, and whether the signature holds, is left to the checks.
    pub fn parse(file: &[u8]) -> Result<Self, CardSecurityError> {
        file_value(file, 0x30)?;
        let header = Header::read(file, 0).map_err(FileError::Tlv)?;
        let signed = SignedData::parse(file.get(..header.total()).unwrap_or_default())?;
        if signed.content_type != SECURITY_OBJECT {
            return Err(CardSecurityError::ContentType(signed.content_type));
        }
        let infos = SecurityInfos::parse(&signed.content)?;
        Ok(Self { signed, infos })
    }
}
