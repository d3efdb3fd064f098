//! Response APDUs.

use core::fmt;

use zeroize::Zeroizing;

use super::error::TransportError;
use super::status::StatusWord;

/// The longest response that there is: 65,536 bytes of data and the status word
/// (ISO/IEC 7816-3, 12.1).
pub const LONGEST: usize = 0x1_0000 + 2;

/// A whole response: the data, however many exchanges it took, and the last status word.
///
/// Its `Debug` shows lengths alone, and the data wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The data field.
    pub data: Zeroizing<Vec<u8>>,
    /// SW1-SW2.
    pub status: StatusWord,
}

impl Response {
    /// Takes a response APDU apart.
    ///
    /// # Errors
    /// [`TransportError::ResponseMalformed`] where it has no status word or more than `most` bytes
    /// of data.
    pub fn parse(mut apdu: Zeroizing<Vec<u8>>, most: usize) -> Result<Self, TransportError> {
        let malformed = TransportError::ResponseMalformed {
            length: apdu.len(),
            most: most.saturating_add(2).min(LONGEST),
        };
        if apdu.len() > LONGEST {
            return Err(malformed);
        }
        let [data @ .., sw1, sw2] = apdu.as_slice() else {
            return Err(malformed);
        };
        if data.len() > most {
            return Err(malformed);
        }
        let status = StatusWord::from_bytes(*sw1, *sw2);
        let length = data.len();
        apdu.truncate(length);
        Ok(Self { data: apdu, status })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {}", self.data.len(), self.status)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_last_two_bytes_are_the_status_word() {
        let response = Response::parse(vec![0x61, 0x5D, 0x90, 0x00].into(), 256).unwrap();
        assert_eq!(response.data.as_slice(), [0x61, 0x5D]);
        assert_eq!(response.status, StatusWord::NORMAL);
        assert_eq!(format!("{response:?}"), "2 bytes, 9000");
        let bare = Response::parse(vec![0x6A, 0x82].into(), 0).unwrap();
        assert!(bare.data.is_empty());
    }

    #[test]
    fn too_short_and_too_long_are_malformed() {
        for (length, most) in [
            (0, 256),
            (1, 256),
            (259, 256),
            (65_539, 65_536),
            (70_000, 70_000),
        ] {
            let error = Response::parse(vec![0; length].into(), most).unwrap_err();
            assert!(
                matches!(error, TransportError::ResponseMalformed { length: l, .. } if l == length),
                "{length}"
            );
        }
        assert!(Response::parse(vec![0; 258].into(), 256).is_ok());
        assert!(Response::parse(vec![0; 65_538].into(), 65_536).is_ok());
    }
}
