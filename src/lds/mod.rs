//! The logical data structure: what the files of the chip say (ICAO 9303-10).
//!
//! Everything parsed here is a claim of the chip until [`crate::verify`] has found a signature that
//! covers it: [`Claimed`] carries that in its type.
//!
//! # Layout
//! - [`com`], [`sod`], [`card_security`]: EF.COM, EF.SOD and EF.CardSecurity
//! - [`signed_data`]: CMS, the form of the latter two
//! - [`dg1`], [`dg2`], [`dg3`], [`dg13`], [`dg15`]: data groups
//! - [`portrait`]: the picture in DG2, decoded within bounds
//! - [`finger`]: the pictures in DG3
//! - [`security_infos`]: SecurityInfos of DG14, EF.CardAccess and EF.CardSecurity
//! - [`chip_keys`], [`pace_offers`]: the keys of chip authentication and the offers of PACE among them
//! - `domain`: the groups that both name or describe
//! - [`ef_cvca`]: where the names of the terminals' authorities stand
//! - [`public_key`]: SubjectPublicKeyInfo, in certificates and data groups alike

pub mod card_security;
pub mod chip_keys;
pub mod com;
pub mod dg1;
pub mod dg13;
pub mod dg15;
pub mod dg2;
pub mod dg3;
mod domain;
pub mod ef_cvca;
pub mod finger;
pub mod pace_offers;
pub mod portrait;
pub mod public_key;
pub mod security_infos;
pub mod signed_data;
pub mod sod;

use crate::codec::tlv::{DataObject, Header, TlvError};

/// Something that a chip said and that no signature covers yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed<T>(T);

impl<T> Claimed<T> {
    /// Marks `value` as said by the chip alone.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The claim: to be shown in grey, compared or checked, never to be believed.
    pub const fn claim(&self) -> &T {
        &self.0
    }

    /// Gives the claim up to a check that decides about it.
    pub fn into_claim(self) -> T {
        self.0
    }
}

/// Why a file could not be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file begins with another tag than its own.
    #[error("expected file tag {expected:#x}, met {met:#x}")]
    Tag {
        /// The tag of ICAO 9303-10, table 38.
        expected: u32,
        /// What was there.
        met: u32,
    },
    /// The structure is broken.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// A data object that must be there is not.
    #[error("data object {0:#x} is missing")]
    Missing(u32),
    /// A value is not of its form.
    #[error("data object {0:#x} has an impossible value")]
    Value(u32),
}

/// The value of a file that begins with `tag`. Bytes after the object are left aside.
///
/// # Errors
/// [`FileError`] where the tag is another or the value is not all there.
pub fn file_value(file: &[u8], tag: u32) -> Result<&[u8], FileError> {
    let header = Header::read(file, 0)?;
    if header.tag != tag {
        return Err(FileError::Tag {
            expected: tag,
            met: header.tag,
        });
    }
    file.get(header.length..header.total())
        .ok_or(FileError::Tlv(TlvError::Overrun { offset: 0, tag }))
}

/// The file's one object as a tree, and whether anything follows it.
///
/// # Errors
/// [`FileError`] where the tag is another or the structure is broken.
pub fn file_object(file: &[u8], tag: u32) -> Result<(DataObject, bool), FileError> {
    let header = Header::read(file, 0)?;
    file_value(file, tag)?;
    let object = DataObject::parse(file.get(..header.total()).unwrap_or_default())?;
    Ok((object, file.len() > header.total()))
}
