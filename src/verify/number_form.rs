//! Check 22: the personal number, and DG1 against DG13. Both are the issuer's: where they differ, the
//! issuer's own data are inconsistent, and nobody forged anything.

use super::cross::Said;
use crate::document::personal_number::NumberInconsistency;
use crate::document::{Expiry, Mrz, PartialDate, PersonalNumber, Sex};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};
use crate::lds::dg13::{Dg13, Field};
use CheckResult::{NotSupported, Undetermined};

/// Fields of DG13 of which there is one value.
const SINGLE: [(Field, &str); 6] = [
    (Field::PersonalNumber, "personal-number"),
    (Field::Name, "name"),
    (Field::BirthDate, "birth-date"),
    (Field::Sex, "sex"),
    (Field::IssueDate, "issue-date"),
    (Field::ExpiryDate, "expiry-date"),
];

/// Check 22.
pub(super) fn number_form(said: Said<'_>) -> Check {
    let id = CheckId::NumberForm;
    let (Some(mrz), Some(dg13)) = (said.mrz, said.dg13) else {
        return Check::new(id, NotSupported);
    };
    let (Some(of_dg1), Some(of_dg13)) = (&mrz.personal_number, said.dg13_number()) else {
        return Check::because(id, Undetermined, reason::PERSONAL_NUMBER_MALFORMED);
    };
    if let Some(field) = first_difference(mrz, dg13, of_dg1, &of_dg13) {
        let check =
            Check::because(id, Undetermined, reason::ISSUER_DATA_INCONSISTENT).fact("field", field);
        return if *of_dg1 == of_dg13 {
            check
        } else {
            check
                .personal_fact("dg1", of_dg1.reveal())
                .personal_fact("dg13", of_dg13.reveal())
        };
    }
    let born = born(dg13).ok().flatten();
    let born = born.or_else(|| mrz.birth_date.as_ref().map(|date| *date.reveal()));
    let mut check = Check::successful(id);
    for inconsistency in of_dg13.inconsistencies(born, sex(mrz).or_else(|| sex_in_words(dg13))) {
        check = check.note(match inconsistency {
            NumberInconsistency::Place => note::PROVINCE_CODE_UNKNOWN,
            NumberInconsistency::Sex | NumberInconsistency::Year => {
                note::PERSONAL_NUMBER_DIGITS_INCONSISTENT
            }
        });
    }
    check
}

/// The first field in which the two contradict each other or DG13 itself.
fn first_difference(
    mrz: &Mrz,
    dg13: &Dg13,
    of_dg1: &PersonalNumber,
    of_dg13: &PersonalNumber,
) -> Option<&'static str> {
    // One field twice with two values: which one counts would be the choice of whoever reads it.
    let contradicts = |field| {
        let values = dg13.all(field);
        values.iter().any(|value| Some(value) != values.first())
    };
    if let Some((_, name)) = SINGLE.into_iter().find(|(field, _)| contradicts(*field)) {
        return Some(name);
    }
    if of_dg1 != of_dg13 {
        return Some("personal-number");
    }
    if of_dg13.document_number() != mrz.document_number.reveal() {
        return Some("document-number");
    }
    let born_dg1 = mrz.birth_date.as_ref().map(|date| *date.reveal());
    let births_differ = match (born(dg13), born_dg1) {
        (Ok(Some(one)), Some(two)) => !one.agrees_in_mrz(two),
        (Ok(_), _) => false,
        // A text that is no date is none that the zone could say too.
        (Err(()), _) => true,
    };
    if births_differ {
        return Some("birth-date");
    }
    if dg13
        .get(Field::Name)
        .is_some_and(|name| !mrz.name.matches(name.reveal()))
    {
        return Some("name");
    }
    if let (Some(one), Some(two)) = (sex(mrz), sex_in_words(dg13))
        && one != two
    {
        return Some("sex");
    }
    let ends = mrz.expiry.as_ref().map(|date| *date.reveal());
    let ends_dg13 = dg13.get(Field::ExpiryDate);
    let ends_dg13 = ends_dg13.map(|text| Expiry::from_dg13(text.reveal()));
    match (ends, ends_dg13) {
        // Words that nobody knows say nothing, and fillers neither.
        (None | Some(Expiry::Unknown), _) | (_, None | Some(Expiry::Unknown)) => None,
        (one, two) => (one != two).then_some("expiry-date"),
    }
}

/// The birth date of DG13, if it has one; an error where what it has is no date.
fn born(dg13: &Dg13) -> Result<Option<PartialDate>, ()> {
    dg13.get(Field::BirthDate)
        .map(|text| PartialDate::from_dg13(text.reveal()).map_err(|_| ()))
        .transpose()
}

/// The sex in the zone, where it says one.
fn sex(mrz: &Mrz) -> Option<Sex> {
    let sex = mrz.sex.as_ref().map(|sex| *sex.reveal());
    sex.filter(|sex| *sex != Sex::Unspecified)
}

fn sex_in_words(dg13: &Dg13) -> Option<Sex> {
    Sex::from_vietnamese(dg13.get(Field::Sex)?.reveal())
}
