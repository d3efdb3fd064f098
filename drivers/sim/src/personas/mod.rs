//! Invented people and what stands on their cards.
//!
//! Names are letters of the alphabet, numbers count up: nobody is meant.
//!
//! # Layout
//! - [`mrz`]: the machine readable zone
//! - [`foreign`]: documents of another country
//! - `fingers`: their fingers
//! - [`profile`]: what a chip is able to do
//! - `qr`: the QR code of a citizen card
//! - [`written`]: personas from files
//! - `sex`: as documents state it

mod fingers;
pub mod foreign;
pub mod mrz;
pub mod profile;
mod qr;
mod sex;
pub mod written;

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use crate::authority::{BatchKind, Csca};
use crate::error::SimError;
pub use fingers::StoredFingers;
use foreign::ForeignDocument;
pub use profile::{ChipProfile, Picture};
pub use sex::Sex;

time::serde::format_description!(iso, Date, "[year]-[month]-[day]");

/// Which card design, and with it which QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// The card of 2021, seven fields.
    Card2021,
    /// The card of 2024, eleven fields.
    Card2024,
}

/// An invented person with a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// What programs call it.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// The name on the card, with diacritics.
    pub full_name: String,
    /// The personal number, 12 digits; empty on a foreign document.
    pub personal_number: String,
    /// Birth date.
    #[serde(with = "iso")]
    pub birth_date: Date,
    /// Sex.
    pub sex: Sex,
    /// Date of issue.
    #[serde(with = "iso")]
    pub issue_date: Date,
    /// Date of expiry; a card without one never expires.
    #[serde(default, with = "iso::option")]
    pub expiry_date: Option<Date>,
    /// Card design.
    pub design: Design,
    /// Ethnicity.
    pub ethnicity: String,
    /// Religion.
    pub religion: String,
    /// Place of origin.
    pub origin: String,
    /// Place of residence.
    pub residence: String,
    /// Identifying features.
    pub features: String,
    /// Names of the parents, as many as are known.
    #[serde(default)]
    pub parents: Vec<String>,
    /// Name of the spouse.
    #[serde(default)]
    pub spouse: Option<String>,
    /// The nine-digit number of the identity card before.
    #[serde(default)]
    pub old_number: Option<String>,
    /// The document, where it is no citizen card.
    #[serde(default)]
    pub foreign: Option<ForeignDocument>,
    /// What the chip is able to do, where that is not what the citizen card's is.
    #[serde(skip)]
    pub chip: Option<ChipProfile>,
    /// The portrait, where it is not drawn.
    #[serde(skip)]
    pub portrait: Option<Picture>,
    /// The fingers in DG3; without them the file is there and empty.
    #[serde(skip)]
    pub fingers: Option<StoredFingers>,
    /// The chip's keys follow from it: the same person with another has another chip.
    #[serde(skip)]
    pub seed: Option<u64>,
}

impl Persona {
    /// Whether the document is a Vietnamese citizen card.
    #[must_use]
    pub fn is_citizen(&self) -> bool {
        self.foreign.is_none()
    }

    /// The policy that fits the document: that of `read` for citizen cards, or the one for foreign
    /// documents.
    #[must_use]
    pub fn policy(&self) -> &'static str {
        if self.is_citizen() {
            "document"
        } else {
            "foreign-document"
        }
    }

    /// The document number: on a citizen card the last nine digits of the personal number.
    #[must_use]
    pub fn document_number(&self) -> &str {
        match &self.foreign {
            Some(document) => &document.number,
            None => last(&self.personal_number, 9),
        }
    }

    /// The card access number: the last six digits of the personal number. A foreign document has
    /// none.
    #[must_use]
    pub fn can(&self) -> &str {
        last(&self.personal_number, 6)
    }

    /// What tells this document from every other: keys and faces follow from it.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.foreign {
            Some(document) => &document.number,
            None => &self.personal_number,
        }
    }

    /// Which chip it is: its keys follow from that.
    pub(crate) fn chip_label(&self) -> String {
        match self.seed {
            Some(seed) => format!("{} seed {seed}", self.label()),
            None => self.label().to_owned(),
        }
    }

    /// Who certifies the document's signer.
    pub(crate) fn authority(&self) -> (Csca, BatchKind) {
        match self.foreign {
            Some(_) => (Csca::Foreign, BatchKind::Foreign),
            None => (Csca::Pinned, BatchKind::Usual),
        }
    }

    /// The machine readable zone: one string of 90 characters, on a foreign document of 72 or 88.
    #[must_use]
    pub fn mrz(&self) -> String {
        if let Some(document) = &self.foreign {
            return document.mrz(self);
        }
        mrz::checked(format!(
            "IDVNM{:<<9}<{:<<14}<{}<{}{}<VNM{:<<11}<{}",
            self.document_number(),
            self.personal_number,
            mrz::date(Some(self.birth_date)),
            self.sex.letter(),
            mrz::date(self.expiry_date),
            "",
            mrz::name(&self.full_name, 30),
        ))
    }

    /// What basic access derives its keys from (ICAO 9303-11, 9.7.2).
    #[must_use]
    pub fn access_information(&self) -> String {
        mrz::access_information(self.mrz().as_bytes())
    }

    /// The chip's identifier in DG13: 16 hexadecimal characters that belong to the number.
    #[must_use]
    pub fn chip_id(&self) -> String {
        hex::encode_upper(
            openssl::sha::sha256(self.personal_number.as_bytes())
                .get(..8)
                .unwrap_or_default(),
        )
    }
}

/// `dd/MM/yyyy`, as in DG13.
#[must_use]
pub fn slashed(date: Date) -> String {
    format!(
        "{:02}/{:02}/{:04}",
        date.day(),
        u8::from(date.month()),
        date.year()
    )
}

fn last(text: &str, count: usize) -> &str {
    text.get(text.len().saturating_sub(count)..).unwrap_or(text)
}

/// Everybody, the ordinary citizen first.
///
/// # Errors
/// None in practice: every date stands in the calendar.
pub fn personas() -> Result<Vec<Persona>, SimError> {
    let base = Persona {
        name: "adult-man".into(),
        description: "The ordinary citizen card: a man of 36, card of 2021".into(),
        full_name: "NGUYỄN VĂN A".into(),
        personal_number: "001090000001".into(),
        birth_date: day(1990, 1, 1)?,
        sex: Sex::Male,
        issue_date: day(2022, 8, 15)?,
        expiry_date: Some(day(2030, 1, 1)?),
        design: Design::Card2021,
        ethnicity: "Kinh".into(),
        religion: "Không".into(),
        origin: "Phường Mẫu, Quận Thử, Hà Nội".into(),
        residence: "Số 1, đường Mẫu, Phường Mẫu, Quận Thử, Hà Nội".into(),
        features: "Nốt ruồi cách 1cm trước tai trái".into(),
        parents: vec!["NGUYỄN VĂN CHA A".into(), "LÊ THỊ MẸ A".into()],
        spouse: None,
        old_number: None,
        foreign: None,
        chip: None,
        portrait: None,
        fingers: None,
        seed: None,
    };
    let foreigners = foreign::personas(&base)?;
    let mut citizens = vec![
        base.clone(),
        Persona {
            name: "adult-woman".into(),
            description: "A woman of 31, card of 2021, spouse recorded".into(),
            full_name: "LÊ THỊ C".into(),
            personal_number: "048195000003".into(),
            birth_date: day(1995, 11, 20)?,
            sex: Sex::Female,
            issue_date: day(2021, 7, 9)?,
            expiry_date: Some(day(2035, 11, 20)?),
            origin: "Phường Mẫu, Quận Thử, Đà Nẵng".into(),
            residence: "Số 3, đường Mẫu, Phường Mẫu, Quận Thử, Đà Nẵng".into(),
            features: "Sẹo chấm cách 2cm dưới đuôi mắt phải".into(),
            parents: vec!["LÊ VĂN CHA C".into(), "PHẠM THỊ MẸ C".into()],
            spouse: Some("ĐỖ VĂN CHỒNG C".into()),
            ..base.clone()
        },
        Persona {
            name: "elder-no-expiry".into(),
            description: "A woman of 71 whose card never expires".into(),
            full_name: "TRẦN THỊ B".into(),
            personal_number: "079155000002".into(),
            birth_date: day(1955, 6, 15)?,
            sex: Sex::Female,
            issue_date: day(2021, 4, 20)?,
            expiry_date: None,
            origin: "Phường Mẫu, Quận Thử, TP. Hồ Chí Minh".into(),
            residence: "Số 2, đường Mẫu, Phường Mẫu, Quận Thử, TP. Hồ Chí Minh".into(),
            features: "Nốt ruồi trên cánh mũi trái".into(),
            parents: vec!["TRẦN VĂN CHA B".into(), "VÕ THỊ MẸ B".into()],
            spouse: Some("PHAN VĂN CHỒNG B".into()),
            ..base.clone()
        },
        Persona {
            name: "child-14".into(),
            description: "A boy of 14, card of 2024 with the parents in the QR code".into(),
            full_name: "PHẠM VĂN D".into(),
            personal_number: "001212000004".into(),
            birth_date: day(2012, 5, 20)?,
            issue_date: day(2026, 6, 1)?,
            expiry_date: Some(day(2037, 5, 20)?),
            design: Design::Card2024,
            features: "Không".into(),
            parents: vec!["PHẠM VĂN CHA D".into(), "BÙI THỊ MẸ D".into()],
            ..base.clone()
        },
        Persona {
            name: "old-number".into(),
            description: "A man of 47 whose nine-digit number of before stands in DG13".into(),
            full_name: "HOÀNG VĂN E".into(),
            personal_number: "036079000005".into(),
            birth_date: day(1979, 3, 8)?,
            issue_date: day(2021, 12, 10)?,
            expiry_date: Some(day(2039, 3, 8)?),
            origin: "Xã Mẫu, Huyện Thử, Nam Định".into(),
            residence: "Thôn Mẫu, Xã Mẫu, Huyện Thử, Nam Định".into(),
            features: "Sẹo thẳng giữa trán".into(),
            parents: vec!["HOÀNG VĂN CHA E".into(), "NGÔ THỊ MẸ E".into()],
            spouse: Some("ĐINH THỊ VỢ E".into()),
            old_number: Some("100000005".into()),
            ..base.clone()
        },
        Persona {
            name: "single-parent".into(),
            description: "A woman of 25 with one parent recorded, card of 2024".into(),
            full_name: "VŨ THỊ G".into(),
            personal_number: "092301000006".into(),
            birth_date: day(2001, 2, 14)?,
            sex: Sex::Female,
            issue_date: day(2024, 8, 1)?,
            expiry_date: Some(day(2041, 2, 14)?),
            design: Design::Card2024,
            origin: "Phường Mẫu, Quận Thử, Cần Thơ".into(),
            residence: "Số 6, đường Mẫu, Phường Mẫu, Quận Thử, Cần Thơ".into(),
            features: "Nốt ruồi dưới mép phải".into(),
            parents: vec!["VŨ THỊ MẸ G".into()],
            ..base
        },
    ];
    citizens.extend(foreigners);
    Ok(citizens)
}

/// Everybody with a citizen card.
///
/// # Errors
/// As for [`personas`].
pub fn citizens() -> Result<Vec<Persona>, SimError> {
    let mut citizens = personas()?;
    citizens.retain(Persona::is_citizen);
    Ok(citizens)
}

/// The persona of that name.
#[must_use]
pub fn persona(name: &str) -> Option<Persona> {
    personas()
        .ok()?
        .into_iter()
        .find(|persona| persona.name == name)
}

fn day(year: i32, month: u8, day: u8) -> Result<Date, SimError> {
    Ok(Date::from_calendar_date(
        year,
        Month::try_from(month)?,
        day,
    )?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_two_zones_are_those_of_the_card_page() {
        assert_eq!(
            persona("adult-man").unwrap().mrz(),
            "IDVNM0900000018001090000001<<99001011M3001019VNM<<<<<<<<<<<6NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<"
        );
        assert_eq!(
            persona("elder-no-expiry").unwrap().mrz(),
            "IDVNM1550000029079155000002<<95506150F9912315VNM<<<<<<<<<<<2TRAN<<THI<B<<<<<<<<<<<<<<<<<<<"
        );
        assert_eq!(
            persona("adult-man").unwrap().access_information(),
            "090000001890010113001019"
        );
        assert_eq!(persona("adult-man").unwrap().can(), "000001");
    }

    #[test]
    fn numbers_carry_century_sex_and_year_and_cards_are_valid_through_2028() {
        let everybody = citizens().unwrap();
        assert_eq!(everybody.first().unwrap().name, "adult-man");
        for persona in everybody {
            let (birth, name) = (persona.birth_date, &persona.name);
            let digit = (birth.year() / 100 - 19) * 2 + i32::from(persona.sex == Sex::Female);
            let middle = format!("{digit}{:02}", birth.year() % 100);
            assert_eq!(
                persona.personal_number.get(3..6),
                Some(middle.as_str()),
                "{name}"
            );
            assert_eq!(persona.personal_number.len(), 12, "{name}");
            assert_eq!(persona.mrz().len(), 90, "{name}");
            assert!(persona.issue_date < day(2026, 11, 1).unwrap(), "{name}");
            assert!(
                persona
                    .expiry_date
                    .is_none_or(|date| date > day(2028, 12, 31).unwrap())
            );
            assert_eq!(persona.qr_2021().split('|').count(), 7, "{name}");
            assert_eq!(persona.qr_2024().split('|').count(), 11, "{name}");
        }
    }

    #[test]
    fn the_qr_code_of_the_ordinary_card() {
        assert_eq!(
            persona("adult-man").unwrap().qr(),
            "001090000001||Nguyễn Văn A|01011990|Nam|Số 1, đường Mẫu, Phường Mẫu, Quận Thử, Hà Nội|15082022"
        );
    }
}
