//! EF.COM: what the chip says that it holds (ICAO 9303-10, 4.6.1). Unsigned: never a source of truth.

use super::{FileError, file_object};

/// EF.COM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Com {
    /// LDS version, such as `0107`.
    pub lds_version: String,
    /// Unicode version, such as `040000`.
    pub unicode_version: String,
    /// Tags of the data groups.
    pub tags: Vec<u8>,
    /// Whether bytes follow the object, or a length is not minimal.
    pub untidy: bool,
}

impl Com {
    /// Parses the file `EF.COM`.
    ///
    /// # Errors
    /// [`FileError`] where it is none.
    pub fn parse(file: &[u8]) -> Result<Self, FileError> {
        let (object, trailing) = file_object(file, 0x60)?;
        let value = |tag| {
            let only = object.only_child(tag).ok_or(FileError::Missing(tag))?;
            let value = only.primitive().ok_or(FileError::Value(tag))?;
            Ok::<_, FileError>(value.to_vec())
        };
        let text = |tag| {
            String::from_utf8(value(tag)?)
                .ok()
                .filter(|text| text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit()))
                .ok_or(FileError::Value(tag))
        };
        Ok(Self {
            lds_version: text(0x5f01)?,
            unicode_version: text(0x5f36)?,
            tags: value(0x5c)?,
            untidy: trailing || !object.is_minimal(),
        })
    }

    /// The numbers of the data groups that it lists; a tag that is no data group's is `None`.
    pub fn data_groups(&self) -> impl Iterator<Item = Option<u8>> + '_ {
        self.tags.iter().map(|tag| data_group_of_tag(*tag))
    }

    /// Whether the version is one that ICAO 9303-10 knows.
    #[must_use]
    pub fn version_is_known(&self) -> bool {
        is_known_lds_version(&self.lds_version)
    }
}

/// Whether ICAO 9303-10 knows that version of the LDS.
#[must_use]
pub fn is_known_lds_version(version: &str) -> bool {
    matches!(version, "0104" | "0105" | "0106" | "0107" | "0108")
}

/// ICAO 9303-10, table 38.
#[must_use]
pub const fn data_group_of_tag(tag: u8) -> Option<u8> {
    Some(match tag {
        0x61 => 1,
        0x75 => 2,
        0x63 => 3,
        0x76 => 4,
        0x65 => 5,
        0x66 => 6,
        0x67 => 7,
        0x68 => 8,
        0x69 => 9,
        0x6a => 10,
        0x6b => 11,
        0x6c => 12,
        0x6d => 13,
        0x6e => 14,
        0x6f => 15,
        0x70 => 16,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn icao_9303_11_appendix_d_4_ef_com() {
        let file = hex::decode("60145F0104303130365F36063034303030305C026175").unwrap();
        let com = Com::parse(&file).unwrap();
        assert_eq!(com.lds_version, "0106");
        assert_eq!(com.unicode_version, "040000");
        assert_eq!(com.data_groups().collect::<Vec<_>>(), [Some(1), Some(2)]);
    }

    #[test]
    fn another_tag_a_short_length_or_letters_are_refused() {
        for hex in [
            "61145F0104303130365F36063034303030305C026175",
            "60135F0104303130365F36063034303030305C026175",
            "6000",
            "60145F0104304130365F36063034303030305C026175",
        ] {
            assert!(Com::parse(&hex::decode(hex).unwrap()).is_err(), "{hex}");
        }
    }
}
