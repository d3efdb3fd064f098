//! EF.SOD: the Document Security Object (ICAO 9303-10, 4.6.2).

use super::FileError;
use super::signed_data::{AlgorithmIdentifier, SignedData, SignedDataError};
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;

/// `id-icao-mrtd-security-ldsSecurityObject`.
pub const LDS_SECURITY_OBJECT: &str = "2.23.136.1.1.1";
/// Data groups are numbered 1 to 16.
const MAX_HASHES: usize = 64;

/// The hashes of the data groups (ICAO 9303-10, 4.6.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdsSecurityObject {
    /// 0 or 1; `u32::MAX` for one that no number of versions reaches.
    pub version: u32,
    /// The LDS version that it names besides; nothing in version 0.
    pub lds_version: Option<String>,
    /// The hash algorithm.
    pub hash_algorithm: AlgorithmIdentifier,
    /// Data group number and hash, in their order, as the object has them.
    pub hashes: Vec<(u32, Vec<u8>)>,
}

/// EF.SOD, parsed and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityObject {
    /// Who signed, what and how.
    pub signed: SignedData,
    /// The content read as LDS security object.
    pub lds: LdsSecurityObject,
}

/// Why an EF.SOD gives nothing to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SodError {
    /// `77 00`: an issuer does not make that (BSI TR-03135-1, table 5.27).
    #[error("EF.SOD holds no security object")]
    Empty,
    /// No SignedData.
    #[error("EF.SOD: {0}")]
    SignedData(#[from] SignedDataError),
    /// The content is no LDS security object.
    #[error("EF.SOD content: {0}")]
    Content(#[from] TlvError),
    /// The content is of another type than ICAO's, so that it can't be read.
    #[error("EF.SOD content type {0}")]
    ContentType(String),
    /// More hashes than the bound.
    #[error("EF.SOD holds too many {0}")]
    TooMany(&'static str),
    /// The file as such is wrong.
    #[error(transparent)]
    File(#[from] FileError),
}

impl SecurityObject {
    /// Parses the file `EF.SOD`.
    ///
    /// # Errors
    /// [`SodError`]; structural faults alone. Wrong versions, attributes or signer counts are left
    /// for the checks to judge.
    pub fn parse(file: &[u8]) -> Result<Self, SodError> {
        let value = super::file_value(file, 0x77)?;
        if value.is_empty() {
            return Err(SodError::Empty);
        }
        let signed = SignedData::parse(value).map_err(|error| match error {
            SignedDataError::ContentType(kind) => SodError::ContentType(kind),
            error => error.into(),
        })?;
        let lds = LdsSecurityObject::parse(&signed.content).map_err(|error| {
            // A foreign type is the reason why the content makes no sense, not its parsing.
            if signed.content_type == LDS_SECURITY_OBJECT {
                error
            } else {
                SodError::ContentType(signed.content_type.clone())
            }
        })?;
        Ok(Self { signed, lds })
    }

    /// The numbers of the data groups that it lists.
    pub fn data_groups(&self) -> impl Iterator<Item = u32> + '_ {
        self.lds.hashes.iter().map(|(number, _)| *number)
    }
}

impl LdsSecurityObject {
    fn parse(content: &[u8]) -> Result<Self, SodError> {
        der::check(content)?;
        let mut outer = Reader::new(content);
        let mut object = Reader::new(outer.expect(0x30)?);
        outer.end()?;
        // A version that is out of range is a finding too.
        let mut number = Reader::new(object.any()?.2);
        let version = match number.peek() {
            Some(0x02) => number.small().unwrap_or(u32::MAX),
            met => {
                let (expected, met) = (0x02, met.unwrap_or_default());
                return Err(TlvError::UnexpectedTag { expected, met }.into());
            }
        };
        let hash_algorithm = AlgorithmIdentifier::read(&mut object)?;
        let mut list = Reader::new(object.expect(0x30)?);
        let mut hashes = Vec::new();
        while !list.is_empty() {
            if hashes.len() >= MAX_HASHES {
                return Err(SodError::TooMany("data group hashes"));
            }
            let mut entry = Reader::new(list.expect(0x30)?);
            // A number out of range is a finding for the hash check, not a parse fault.
            let number = match entry.expect(0x02)? {
                number if number.len() > 3 => u32::MAX,
                number => number
                    .iter()
                    .fold(0, |sum, byte| (sum << 8) | u32::from(*byte)),
            };
            hashes.push((number, entry.expect(0x04)?.to_vec()));
            entry.end()?;
        }
        let lds_version = match object.optional(0x30)? {
            Some(info) => Some(String::from_utf8_lossy(Reader::new(info).any()?.1).into_owned()),
            None => None,
        };
        object.end()?;
        Ok(Self {
            version,
            lds_version,
            hash_algorithm,
            hashes,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A version that no number reaches is a finding, and no reason to stop reading.
    #[test]
    fn versions_of_every_length_are_read() {
        let rest = hex::decode("300b0609608648016503040201" /* SHA-256 */).unwrap();
        let info = hex::decode("300e130430313038130630343030303 0".replace(' ', "")).unwrap();
        for (version, due) in [
            (&[0x02, 0x01, 0x00][..], 0),
            (&[0x02, 0x01, 0x01], 1),
            (&[0x02, 0x01, 0xff], u32::MAX),
            (&[0x02, 0x05, 0x01, 0, 0, 0, 0], u32::MAX),
        ] {
            for (info, named) in [(&[][..], None), (info.as_slice(), Some("0108"))] {
                let body = [version, &rest, &[0x30, 0x00], info].concat();
                let object = crate::codec::tlv::encode(0x30, &body);
                let lds = LdsSecurityObject::parse(&object).unwrap();
                assert_eq!(lds.version, due);
                assert_eq!(lds.lds_version.as_deref(), named);
            }
        }
        assert!(LdsSecurityObject::parse(&[0x30, 0x02, 0x04, 0x00]).is_err());
    }
}
