//! Invented documents of another country, signed by the TEST authority that stands for it: no DG13,
//! no QR code, no card access number, no personal number.

use serde::{Deserialize, Serialize};

use super::{Persona, Sex, day, mrz};
use crate::error::SimError;

/// The country of all of them: its three letters in the zone.
pub const STATE: &str = "THA";
/// Its two letters in a certificate.
pub const COUNTRY: &str = "TH";

/// The format of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Two lines of 36 (ICAO 9303-6).
    Td2,
    /// Two lines of 44 (ICAO 9303-4).
    Td3,
}

/// A document of another country.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignDocument {
    /// The format of its zone.
    pub format: Format,
    /// Such as `P`.
    pub code: String,
    /// Its number, at most nine characters.
    pub number: String,
}

impl ForeignDocument {
    /// The machine readable zone, one string of 72 or 88 characters.
    pub(super) fn mrz(&self, persona: &Persona) -> String {
        let (width, optional, last) = match self.format {
            Format::Td2 => (31, 7, "<"),
            Format::Td3 => (39, 14, "<<"),
        };
        let sex = persona.sex.letter();
        let lines = format!(
            "{:<<2}{STATE:<<3}{}{:<<9}<{STATE:<<3}{}<{sex}{}<{:<<optional$}{last}",
            self.code,
            mrz::name(&persona.full_name, width),
            self.number,
            mrz::date(Some(persona.birth_date)),
            mrz::date(persona.expiry_date),
            "",
        );
        mrz::checked(lines)
    }
}

/// The foreigners. `base` fills what their documents do not show.
pub(super) fn personas(base: &Persona) -> Result<[Persona; 2], SimError> {
    let foreigner = Persona {
        name: "foreign-passport".into(),
        description: "A passport (TD3) of another country, signed by its TEST authority; policy foreign-document"
            .into(),
        full_name: "TESTPERSON ANNA MARIA".into(),
        personal_number: String::new(),
        birth_date: day(1988, 8, 12)?,
        sex: Sex::Female,
        issue_date: day(2023, 2, 3)?,
        expiry_date: Some(day(2033, 2, 2)?),
        ethnicity: String::new(),
        religion: String::new(),
        origin: String::new(),
        residence: String::new(),
        features: String::new(),
        parents: Vec::new(),
        foreign: Some(ForeignDocument {
            format: Format::Td3,
            code: "P".into(),
            number: "TS0000007".into(),
        }),
        ..base.clone()
    };
    Ok([
        foreigner.clone(),
        Persona {
            name: "foreign-card-td2".into(),
            description: "A card (TD2) of another country, signed by its TEST authority; policy foreign-document"
                .into(),
            full_name: "TESTPERSON PETER".into(),
            birth_date: day(1971, 3, 30)?,
            sex: Sex::Male,
            issue_date: day(2024, 5, 6)?,
            expiry_date: Some(day(2034, 5, 5)?),
            foreign: Some(ForeignDocument {
                format: Format::Td2,
                code: "I".into(),
                number: "TS0000008".into(),
            }),
            ..foreigner
        },
    ])
}
