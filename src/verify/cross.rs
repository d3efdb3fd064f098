//! Checks 18, 20, 21 and 23: facts against facts. Check 22 is [`super::number_form`], check 24
//! [`super::lost_cards`].

use super::certificate::Certificate;
use super::country;
use crate::document::name::{NameLikeness, cleaned, likeness};
use crate::document::{Date, Expiry, Mrz, MrzField, PartialDate, Personal, PersonalNumber, Sex};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::dg13::{Dg13, Field};
use CheckResult::{Failed, NotSupported, Undetermined};

/// What is printed on the card or was typed for it, as far as somebody scanned or typed it: a key
/// and a hint, never a fact.
#[derive(Clone, Debug, Default)]
pub struct PrintedFacts {
    /// Whether a person typed it, who errs, or a scanner read it, which does not.
    pub typed: bool,
    /// The twelve digits.
    pub personal_number: Option<PersonalNumber>,
    /// The name with diacritics.
    pub name: Option<Personal<String>>,
    /// The birth date.
    pub birth_date: Option<Personal<PartialDate>>,
    /// The sex.
    pub sex: Option<Personal<Sex>>,
    /// The whole printed machine readable zone.
    pub mrz: Option<Box<Mrz>>,
}

/// What the case system or the clerk expects; compared, never trusted.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// 12 digits, or the nine of an older card.
    pub personal_number: Option<Personal<String>>,
    /// Name, with or without diacritics.
    pub name: Option<Personal<String>>,
    /// ISO 8601.
    pub birth_date: Option<Personal<String>>,
    /// Why the evidence is not of the session that is asked about, where it is not.
    pub not_of_session: Option<&'static str>,
}

/// What the chip says of the person: of DG1 and DG13 whatever could be read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    pub mrz: Option<&'a Mrz>,
    pub dg13: Option<&'a Dg13>,
}

impl<'a> Said<'a> {
    /// The number of DG13.
    pub(super) fn dg13_number(&self) -> Option<PersonalNumber> {
        let number = self.dg13?.get(Field::PersonalNumber)?;
        PersonalNumber::parse(number.reveal()).ok()
    }

    /// The number of DG13, else that of DG1.
    fn number(&self) -> Option<PersonalNumber> {
        self.dg13_number()
            .or_else(|| self.mrz.and_then(|mrz| mrz.personal_number.clone()))
    }

    /// Whether a name with or without diacritics is that of the card.
    fn has_name(&self, name: &str) -> Option<bool> {
        match (self.dg13.and_then(|dg13| dg13.get(Field::Name)), self.mrz) {
            (Some(own), _) => Some(same_text(own.reveal(), name) != NameLikeness::Different),
            (None, Some(mrz)) => Some(mrz.name.matches(name)),
            (None, None) => None,
        }
    }

    fn birth_date(&self) -> Option<PartialDate> {
        let of_dg13 = self.dg13.and_then(|dg13| dg13.get(Field::BirthDate));
        of_dg13
            .and_then(|date| PartialDate::from_dg13(date.reveal()).ok())
            .or_else(|| {
                self.mrz
                    .and_then(|mrz| mrz.birth_date.as_ref())
                    .map(|date| *date.reveal())
            })
    }

    /// What both say, or the one that says anything.
    fn sex(&self) -> Option<Sex> {
        let of_dg1 = self.mrz.and_then(|mrz| mrz.sex.as_ref());
        of_dg1
            .map(|sex| *sex.reveal())
            .filter(|sex| *sex != Sex::Unspecified)
            .or_else(|| Sex::from_vietnamese(self.dg13?.get(Field::Sex)?.reveal()))
    }

    fn shown_name(&self) -> Option<&'a Personal<String>> {
        self.dg13.and_then(|dg13| dg13.get(Field::Name))
    }
}

/// Names are compared as they are shown: what hides in a text is a finding of check 17.
fn same_text(one: &str, two: &str) -> NameLikeness {
    likeness(&cleaned(one), &cleaned(two))
}

/// Check 18: the countries of zone, signer and authority.
pub(super) fn countries(
    mrz: Option<&Mrz>,
    signer: Option<&Certificate>,
    csca: Option<&Certificate>,
) -> Check {
    let id = CheckId::Country;
    let (Some(mrz), Some(signer)) = (mrz, signer) else {
        return Check::not_performed(id, "DG1 or the signer's certificate could not be read");
    };
    let Some(zone) = country::of_zone(&mrz.issuing_state) else {
        return Check::because(id, Undetermined, reason::COUNTRY_UNMAPPED);
    };
    let names = [&signer.issuer, &signer.subject]
        .into_iter()
        .chain(csca.map(|csca| &csca.subject));
    let mut check = Check::successful(id);
    let mut first: Option<&str> = None;
    for name in names {
        let Some(met) = &name.country else {
            return Check::because(id, Undetermined, reason::COUNTRY_UNMAPPED);
        };
        // One of the state's, and the same in every certificate.
        let known = zone.iter().copied().find(|two| country::is(met, two));
        let Some(two) = known.filter(|two| *first.get_or_insert(two) == *two) else {
            return Check::because(id, Failed, reason::COUNTRY_MISMATCH)
                .fact("zone", zone.join(", "))
                .fact("certificate", met.clone());
        };
        let conforming = name.country_conforming && met == two;
        check = check.note_if(!conforming, note::COUNTRY_ENCODING);
    }
    check
}

/// Check 20: the card is still valid. `991231` means without end.
pub(super) fn expiry(said: Said<'_>, today: Date) -> Check {
    let id = CheckId::Expiry;
    let Some(mrz) = said.mrz else {
        return Check::not_performed(id, "DG1 could not be read");
    };
    let of_dg13 = || {
        let text = said.dg13.and_then(|dg13| dg13.get(Field::ExpiryDate))?;
        Some(Expiry::from_dg13(text.reveal()))
    };
    let expiry = match mrz.expiry.as_ref().map(|expiry| *expiry.reveal()) {
        Some(Expiry::Unknown) | None => of_dg13(),
        known => known,
    };
    match expiry.and_then(|expiry| expiry.is_past(today)) {
        Some(false) => {
            let never = expiry == Some(Expiry::Never);
            Check::successful(id).note_if(never, note::NO_EXPIRY_DATE)
        }
        Some(true) => {
            let check = Check::because(id, Failed, reason::CARD_EXPIRED);
            match expiry {
                Some(Expiry::On(date)) => check.personal_fact("expired", &date.to_string()),
                _ => check,
            }
        }
        None => Check::because(id, Undetermined, reason::EXPIRY_UNKNOWN),
    }
}

/// Check 21: what is printed or typed against what the chip says.
pub(super) fn print(said: Said<'_>, printed: &PrintedFacts) -> Check {
    let id = CheckId::PrintChip;
    if said.mrz.is_none() && said.dg13.is_none() {
        return Check::not_performed(id, "neither DG1 nor DG13 could be read");
    }
    let mut compared = false;
    // A zone is compared field by field: its optional field alone decides nothing (BSI TR-03135-1,
    // table 5.46), though on this card it holds the number.
    let number = said.number().filter(|_| printed.mrz.is_none());
    if let (Some(printed_number), Some(number)) = (&printed.personal_number, number) {
        compared = true;
        if *printed_number != number {
            let reason = if printed.typed {
                reason::PERSONAL_NUMBER_MISMATCH
            } else {
                reason::PRINTED_DATA_MISMATCH
            };
            return Check::because(id, Failed, reason)
                .fact("field", "personal-number")
                .personal_fact("printed", printed_number.reveal())
                .personal_fact("chip", number.reveal());
        }
    }
    if let (Some(name), Some(same)) = (
        &printed.name,
        printed
            .name
            .as_ref()
            .and_then(|name| said.has_name(name.reveal())),
    ) {
        compared = true;
        // A scanned name has its diacritics: it must have the same ones.
        let exact = said.shown_name().is_none_or(|own| {
            printed.typed
                || same_text(own.reveal(), name.reveal()) <= NameLikeness::SameButTonePlacement
        });
        if !same || !exact {
            return Check::because(id, Failed, reason::PRINTED_DATA_MISMATCH)
                .fact("field", "name")
                .personal_fact("printed", name.reveal())
                .personal_fact("chip", said.shown_name().map_or("", |name| name.reveal()));
        }
    }
    if let (Some(one), Some(two)) = (&printed.birth_date, said.birth_date()) {
        compared = true;
        if !one.reveal().agrees_in_mrz(two) {
            return Check::because(id, Failed, reason::PRINTED_DATA_MISMATCH)
                .fact("field", "birth-date");
        }
    }
    if let (Some(one), Some(two)) = (&printed.sex, said.sex()) {
        compared = true;
        if *one.reveal() != Sex::Unspecified && *one.reveal() != two {
            return Check::because(id, Failed, reason::PRINTED_DATA_MISMATCH).fact("field", "sex");
        }
    }
    if let (Some(printed), Some(mrz)) = (&printed.mrz, said.mrz) {
        compared = true;
        let differences = printed.differences(mrz);
        let optional = |field: &MrzField| {
            matches!(
                field,
                MrzField::OptionalData1
                    | MrzField::OptionalData2
                    | MrzField::PersonalNumber
                    | MrzField::Composite
            )
        };
        let names = differences
            .iter()
            .map(|field| field.name())
            .collect::<Vec<_>>()
            .join(", ");
        if differences.iter().any(|field| !optional(field)) {
            return Check::because(id, Failed, reason::PRINTED_DATA_MISMATCH).fact("fields", names);
        }
        if !differences.is_empty() {
            return Check::because(id, Undetermined, reason::PRINTED_DATA_MISMATCH)
                .fact("fields", names);
        }
    }
    if compared {
        Check::successful(id)
    } else {
        Check::new(id, NotSupported)
    }
}

/// Check 23: the dossier names the same person.
pub(super) fn dossier(said: Said<'_>, expected: &Expected) -> Check {
    let id = CheckId::Dossier;
    let mismatch = |field: &str, expected: &str, met: &str| {
        Check::because(id, Failed, reason::DOSSIER_PERSON_MISMATCH)
            .fact("field", field)
            .personal_fact("expected", expected)
            .personal_fact("chip", met)
    };
    let unread = || Check::not_performed(id, "DG1 or DG13 could not be read");
    let mut compared = false;
    if let Some(wanted) = &expected.personal_number {
        // Nine digits are of the card before this one, whose number the issuer signed beside the new.
        let old = wanted.reveal().len() == 9;
        let number = if old {
            let old = said.dg13.and_then(|dg13| dg13.get(Field::OldNumber));
            old.cloned()
        } else {
            said.number().map(|number| number.personal().clone())
        };
        let Some(number) = number else {
            return unread();
        };
        compared = true;
        if *wanted != number {
            return mismatch("personal-number", wanted.reveal(), number.reveal());
        }
    }
    if let Some(wanted) = &expected.name {
        let Some(same) = said.has_name(wanted.reveal()) else {
            return unread();
        };
        compared = true;
        if !same {
            let met = said.shown_name().map_or("", |name| name.reveal());
            return mismatch("name", wanted.reveal(), met);
        }
    }
    if let Some(wanted) = &expected.birth_date {
        let Some(born) = said.birth_date() else {
            return unread();
        };
        compared = true;
        let same = wanted
            .reveal()
            .parse::<PartialDate>()
            .is_ok_and(|wanted| wanted.agrees_with(born));
        if !same {
            return mismatch("birth-date", wanted.reveal(), &born.to_string());
        }
    }
    if compared {
        Check::successful(id)
    } else {
        Check::new(id, NotSupported)
    }
}
