//! DG15: the public key of active authentication (ICAO 9303-10, 4.7.15), kept as bytes until
//! passive authentication covers it.

use super::{FileError, file_value};

/// The SubjectPublicKeyInfo inside DG15, in DER.
///
/// # Errors
/// [`FileError`] where the file is another.
pub fn subject_public_key_info(file: &[u8]) -> Result<&[u8], FileError> {
    file_value(file, 0x6f)
}
