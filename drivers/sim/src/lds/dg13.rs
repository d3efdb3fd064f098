//! DG13: the national data (its object identifier names ISO/IEC 10646, the character set).

use crate::der;
use crate::personas::{Persona, slashed};
use crate::tlv::constructed;

/// A numbered field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its number.
    pub id: u8,
    /// Its value's encoding; empty where there is none.
    pub value: Vec<u8>,
}

/// The fields of a persona's card in their order.
#[must_use]
pub fn fields(persona: &Persona) -> Vec<Field> {
    let text = |text: &str| {
        if text.is_empty() {
            Vec::new()
        } else {
            value(text)
        }
    };
    let parents: Vec<Vec<u8>> = persona.parents.iter().map(|name| value(name)).collect();
    let values = [
        text(&persona.personal_number),
        text(&persona.full_name),
        text(&slashed(persona.birth_date)),
        text(persona.sex.word()),
        text("Việt Nam"),
        text(&persona.ethnicity),
        text(&persona.religion),
        text(&persona.origin),
        text(&persona.residence),
        text(&persona.features),
        text(&slashed(persona.issue_date)),
        persona
            .expiry_date
            .map_or_else(|| text("Không thời hạn"), |date| text(&slashed(date))),
        if parents.is_empty() {
            Vec::new()
        } else {
            der::sequence(&parents)
        },
        text(persona.spouse.as_deref().unwrap_or("")),
        text(persona.old_number.as_deref().unwrap_or("")),
        text(&persona.chip_id()),
    ];
    (1..)
        .zip(values)
        .map(|(id, value)| Field { id, value })
        .collect()
}

/// A string: PrintableString for digits and capitals, UTF8String for the rest.
#[must_use]
pub fn value(text: &str) -> Vec<u8> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'/');
    if plain {
        der::printable(text)
    } else {
        der::utf8(text)
    }
}

/// DG13 out of its fields.
#[must_use]
pub fn file(fields: &[Field]) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = fields
        .iter()
        .map(|field| der::sequence(&[der::small(field.id.into()), field.value.clone()]))
        .collect();
    let content = [
        der::small(1),
        der::oid("1.0.10646.1.0.8"),
        // Real cards keep the order of the numbers, which is that of DER for the first bytes only.
        constructed(0x31, &entries),
    ];
    crate::tlv::object(0x6D, &der::sequence(&content))
}
