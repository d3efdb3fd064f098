//! What a chip says of extended length before it is opened (ISO/IEC 7816-4, 12.1.1 and 12.7.1).

use super::ChipError;
use crate::codec::der::Reader;
use crate::codec::tlv::Header;
use crate::transport::{Command, Link, StatusWord};

/// Extended length information in EF.ATR/INFO.
const EXTENDED_LENGTH: u32 = 0x7f66;
/// Card capabilities, in the historical bytes: the tag with its length of three.
const CAPABILITIES: u8 = 0x73;
/// In the third byte of the capabilities: Lc and Le may be extended.
const EXTENDED_FIELDS: u8 = 0x40;
/// What is tried where a chip knows extended length and does not say how much, in bytes: nearly
/// every reader carries it.
const UNSTATED: u32 = 2_048;
/// The longest response that there is, without its status word.
const LONGEST: u32 = 0x1_0000;

/// The most bytes of an extended response by what the chip says, the status word not counted; none
/// where it says nothing of extended length.
///
/// # Errors
/// Faults of the link.
pub(super) fn claimed(link: &mut Link<'_>) -> Result<Option<u32>, ChipError> {
    // EF.ATR/INFO by its short file identifier in the master file (ICAO 9303-10, 3.11.2).
    let read = Command::new(0x00, 0xb0, 0x81, 0).expecting(0x100);
    let response = link.transmit(&read)?;
    let taken = matches!(
        response.status,
        StatusWord::NORMAL | StatusWord::END_OF_FILE
    );
    if let Some(most) = in_file(&response.data).filter(|_| taken) {
        // Responses that hold hardly more than a short one are not worth another form.
        return Ok((most > 0x100).then_some(most));
    }
    Ok(in_historical_bytes(&link.atr().0).then_some(UNSTATED))
}

/// The greatest response of DO7F66: its second number, which counts the status word.
fn in_file(file: &[u8]) -> Option<u32> {
    let mut rest = file;
    while !rest.is_empty() {
        let header = Header::read(rest, 0).ok()?;
        let (object, after) = rest.split_at_checked(header.total())?;
        if header.tag == EXTENDED_LENGTH {
            let mut numbers = Reader::new(object.get(header.length..)?);
            numbers.small().ok()?;
            let response = numbers.small().ok()?;
            return Some(response.saturating_sub(2).min(LONGEST));
        }
        rest = after;
    }
    None
}

/// Whether the capabilities among the historical bytes of an answer to reset name extended fields
/// (ISO/IEC 7816-3, 8.2; ISO/IEC 7816-4, 12.1.1.9).
fn in_historical_bytes(atr: &[u8]) -> bool {
    historical_bytes(atr)
        .and_then(|bytes| {
            let (category, mut objects) = bytes.split_first()?;
            // 00 is followed by compact objects and three bytes of status, 80 by objects alone.
            if !matches!(category, 0x00 | 0x80) {
                return None;
            }
            while let Some((tag, rest)) = objects.split_first() {
                let (value, after) = rest.split_at_checked(usize::from(tag & 0x0f))?;
                if *tag == CAPABILITIES {
                    return Some(value.get(2)? & EXTENDED_FIELDS != 0);
                }
                objects = after;
            }
            None
        })
        .unwrap_or(false)
}

/// The historical bytes of an answer to reset: as many as T0 says, after the interface bytes.
fn historical_bytes(atr: &[u8]) -> Option<&[u8]> {
    let format = *atr.get(1)?;
    let mut at = 2_usize;
    let mut present = format >> 4;
    loop {
        at = at.checked_add(usize::try_from((present & 0x07).count_ones()).ok()?)?;
        if present & 0x08 == 0 {
            break;
        }
        // TD of this round says which interface bytes the next one has.
        present = *atr.get(at)? >> 4;
        at = at.checked_add(1)?;
    }
    atr.get(at..)?.get(..usize::from(format & 0x0f))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_greatest_response_stands_in_the_file() {
        for (file, most) in [
            // Capabilities, then 65,544 bytes of command and 65,538 of response.
            ("4703940160 7F660A 0203010008 0203010002", Some(65_536)),
            ("7F6608 02021000 02021000", Some(4_094)),
            // A response that holds no more than its status word, and one beyond what there is.
            ("7F6606 020101 020102", Some(0)),
            ("7F6609 020101 020400FFFFFF", Some(65_536)),
            ("4703940160", None),
            ("7F6608 02021000 02021", None),
            ("7F6604 02021000", None),
            ("", None),
            ("61 5D 5F1F", None),
        ] {
            let even = file.replace(' ', "");
            let even = even.get(..even.len() / 2 * 2).unwrap();
            assert_eq!(in_file(&hex::decode(even).unwrap()), most, "{file}");
        }
    }

    #[test]
    fn the_historical_bytes_name_the_capability() {
        for (atr, named) in [
            // Contactless: no interface byte but two TD.
            ("3B85800180739401404B", true),
            ("3B85800180739401000B", false),
            // Other objects before it; status bytes after it.
            ("3B8A80010031C0739401C0059000", true),
            // TA1, TB1, TC1 before TD1.
            ("3BF51813008131FE80739401C0", false),
            ("3B8580018073940", false),
            ("3B8180011073", false),
            ("3B", false),
            ("", false),
        ] {
            let even = atr.get(..atr.len() / 2 * 2).unwrap();
            assert_eq!(
                in_historical_bytes(&hex::decode(even).unwrap()),
                named,
                "{atr}"
            );
        }
    }
}
