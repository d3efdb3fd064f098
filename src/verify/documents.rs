//! Which documents a policy is made for.

use serde::Serialize;

use super::country;
use crate::document::{Mrz, MrzFormat};

/// The documents that a policy expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Documents {
    /// Vietnamese citizen cards alone.
    CitizenCard,
    /// Any document with a zone of ICAO 9303.
    Any,
}

impl Documents {
    /// Whether a document with this zone is among them, as far as the zone tells.
    #[must_use]
    pub fn expect(self, mrz: &Mrz) -> bool {
        self == Self::Any || !is_another_document(mrz)
    }
}

/// Whether a zone says that its document is no Vietnamese citizen card: another format, another
/// kind of card (ICAO 9303-5, 4.2.2), or another country's.
///
/// A field that is malformed, or that names no country, says nothing of the sort: checks 3 and 18
/// tell what is wrong with it.
#[must_use]
pub fn is_another_document(mrz: &Mrz) -> bool {
    mrz.format != MrzFormat::Td1
        || mrz.document_code.starts_with(['A', 'C'])
        || country::of_zone(&mrz.issuing_state).is_some() && mrz.issuing_state != "VNM"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Documents;
    use crate::document::Mrz;

    #[test]
    fn what_is_no_citizen_card() {
        let today = "2026-03-05".parse().unwrap();
        let card = |head: &str| format!("{head}{}", "<".repeat(85));
        for (zone, is_card) in [
            (card("IDVNM"), true),
            (card("I<VNM"), true),
            // What is damaged proves nothing.
            (card("IDV1M"), true),
            (card("IDXYZ"), true),
            (card("XDVNM"), true),
            (card("IDTHA"), false),
            (card("ARD<<"), false),
            (card("ACVNM"), false),
            (format!("P<VNM{}", "<".repeat(83)), false),
            (format!("IDVNM{}", "<".repeat(67)), false),
        ] {
            let mrz = Mrz::parse(zone.as_bytes(), today).unwrap();
            assert_eq!(Documents::CitizenCard.expect(&mrz), is_card, "{zone}");
            assert!(Documents::Any.expect(&mrz), "{zone}");
        }
    }
}
