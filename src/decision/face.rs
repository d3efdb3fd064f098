//! The face of the document: the fields that a clerk looks at.

use serde::Serialize;

use crate::document::name::cleaned;
use crate::document::{Date, Expiry, Mrz, PartialDate, Personal};
use crate::lds::dg13::{Dg13, Field};
use crate::verify::Findings;
use crate::verify::documents::is_another_document;

/// Fields of the card. Dates are ISO 8601, with what is unknown of them left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct CardFace {
    pub personal_number: Option<Personal<String>>,
    pub name: Option<Personal<String>>,
    pub birth_date: Option<Personal<String>>,
    pub sex: Option<Personal<String>>,
    pub nationality: Option<Personal<String>>,
    pub place_of_origin: Option<Personal<String>>,
    pub residence: Option<Personal<String>>,
    pub issue_date: Option<Personal<String>>,
    pub expiry_date: Option<Personal<String>>,
    pub old_number: Option<Personal<String>>,
}

impl CardFace {
    /// What signatures cover.
    #[must_use]
    pub fn of_findings(findings: &Findings) -> Self {
        Self::of(
            findings.dg1.as_ref().map(|dg1| &dg1.get().mrz),
            findings.dg13.as_ref().map(|dg13| dg13.get()),
        )
    }

    /// What DG1 and DG13 say; DG13 first, since it has the diacritics. That of another document than
    /// a citizen card is nothing that is known here.
    #[must_use]
    pub fn of(mrz: Option<&Mrz>, dg13: Option<&Dg13>) -> Self {
        let dg13 = dg13.filter(|_| !mrz.is_some_and(is_another_document));
        let field = |field| {
            dg13.and_then(|dg13| dg13.get(field))
                .map(|text| shown(text.reveal()))
        };
        let date = |wanted| {
            let text = dg13.and_then(|dg13| dg13.get(wanted))?;
            let iso = PartialDate::from_dg13(text.reveal()).map(|date| date.to_string());
            Some(iso.map_or_else(|_| shown(text.reveal()), Personal::new))
        };
        let of_zone = |expiry: Expiry| match expiry {
            Expiry::On(date) => Some(Personal::new(Date::to_string(&date))),
            Expiry::Never | Expiry::Unknown => None,
        };
        Self {
            personal_number: field(Field::PersonalNumber).or_else(|| {
                mrz.and_then(|mrz| mrz.personal_number.as_ref())
                    .map(|number| number.personal().clone())
            }),
            name: field(Field::Name).or_else(|| mrz.map(|mrz| mrz.name.full())),
            birth_date: date(Field::BirthDate).or_else(|| {
                let born = mrz.and_then(|mrz| mrz.birth_date.as_ref())?;
                Some(Personal::new(born.reveal().to_string()))
            }),
            sex: field(Field::Sex).or_else(|| {
                let sex = mrz.and_then(|mrz| mrz.sex.as_ref())?;
                Some(Personal::from(sex.reveal().vietnamese()))
            }),
            nationality: field(Field::Nationality)
                .or_else(|| mrz.map(|mrz| Personal::from(mrz.nationality.as_str()))),
            place_of_origin: field(Field::PlaceOfOrigin),
            residence: field(Field::Residence),
            issue_date: date(Field::IssueDate),
            expiry_date: date(Field::ExpiryDate)
                .or_else(|| of_zone(*mrz.and_then(|mrz| mrz.expiry.as_ref())?.reveal())),
            old_number: field(Field::OldNumber),
        }
    }
}

/// Text as it may stand on a page: composed, without characters that hide or turn others.
fn shown(text: &str) -> Personal<String> {
    Personal::new(cleaned(text))
}
