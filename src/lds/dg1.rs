//! DG1: the machine readable zone (ICAO 9303-10, 4.7.1).

use super::{FileError, file_object};
use crate::document::{Date, Mrz, MrzError};

/// The data object that holds the zone.
const ZONE: u32 = 0x5f1f;

/// DG1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dg1 {
    /// The zone, taken apart.
    pub mrz: Mrz,
    /// Whether a length is not minimal.
    pub long_lengths: bool,
}

/// Why DG1 gives no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dg1Error {
    /// The data group's own structure is broken.
    #[error(transparent)]
    File(#[from] FileError),
    /// The zone is none.
    #[error(transparent)]
    Mrz(#[from] MrzError),
}

impl Dg1 {
    /// Parses the file `EF.DG1`, which holds one zone. `today` decides the century of two-digit years.
    ///
    /// # Errors
    /// [`Dg1Error`].
    pub fn parse(file: &[u8], today: Date) -> Result<Self, Dg1Error> {
        let (object, _) = file_object(file, 0x61)?;
        let zone = object.only_child(ZONE).ok_or(FileError::Missing(ZONE))?;
        let zone = zone.primitive().ok_or(FileError::Value(ZONE))?;
        Ok(Self {
            mrz: Mrz::parse(zone, today)?,
            long_lengths: !object.is_minimal(),
        })
    }
}
