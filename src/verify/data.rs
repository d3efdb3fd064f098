//! DG1, DG2 and DG13 taken apart, with the check of each.

use super::documents::Documents;
use super::evidence::{Evidence, FileState};
use crate::chip::FileId;
use crate::codec::tlv::TlvError;
use crate::document::name::{Suspicion, suspicions};
use crate::document::{Date, DateError, MrzField, PartialDate, PersonalNumber};
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult, Reason};
use crate::lds::dg1::{Dg1, Dg1Error};
use crate::lds::dg2::{Dg2, Dg2Error};
use crate::lds::dg13::{Dg13, Dg13Error, Field};
use crate::lds::portrait::{self, Decoded, PortraitError};
use crate::lds::{Claimed, FileError};
use CheckResult::{Aborted, Failed, NotSupported, Undetermined};

/// The bytes of a file that a check needs, or the check that ends for want of them.
pub(super) fn required(evidence: &Evidence, file: FileId, id: CheckId) -> Result<&[u8], Check> {
    match evidence.state(file) {
        FileState::Read(bytes) => Ok(bytes),
        FileState::Faulty(reason) => Err(Check::because(id, Aborted, *reason)),
        FileState::Absent | FileState::Denied => {
            Err(Check::because(id, Aborted, reason::MANDATORY_FILE_MISSING)
                .fact("file", file.name()))
        }
        FileState::NotRead if evidence.is_offline() => {
            Err(Check::because(id, Aborted, reason::MANDATORY_FILE_MISSING)
                .fact("file", file.name()))
        }
        FileState::NotRead => Err(Check::not_performed(id, "the file was not read")),
    }
}

fn file_reason(error: FileError) -> Reason {
    match error {
        FileError::Tag { .. } => reason::DG_TAG_WRONG,
        // The file ends before its own object does: what a chip would say with 6282 or 6B00.
        FileError::Tlv(TlvError::Truncated { offset: 0 } | TlvError::Overrun { offset: 0, .. }) => {
            reason::FILE_TRUNCATED
        }
        _ => reason::DG_MALFORMED,
    }
}

/// Check 3: DG1 and its zone, and the same DG1 again under the keys of chip authentication. What was
/// read before that proof could have come from another chip.
pub(super) fn dg1(
    evidence: &Evidence,
    documents: Documents,
    today: Date,
) -> (Check, Option<Claimed<Dg1>>) {
    let (check, dg1) = dg1_once(evidence, documents, today);
    let id = CheckId::Dg1Read;
    let check = match (&evidence.dg1_again, evidence.bytes(FileId::Dg(1))) {
        (None | Some(FileState::NotRead), _) | (_, None) => check,
        (Some(FileState::Read(again)), Some(first)) if again.as_slice() == first => check,
        (Some(FileState::Faulty(reason)), _) => Check::because(id, Aborted, *reason),
        (Some(FileState::Read(_) | FileState::Absent | FileState::Denied), _) => {
            Check::because(id, Failed, reason::DATA_CHANGED_DURING_SESSION).fact("file", "EF.DG1")
        }
    };
    (check, dg1)
}

fn dg1_once(
    evidence: &Evidence,
    documents: Documents,
    today: Date,
) -> (Check, Option<Claimed<Dg1>>) {
    let id = CheckId::Dg1Read;
    let file = match required(evidence, FileId::Dg(1), id) {
        Ok(file) => file,
        Err(check) => return (check, None),
    };
    let dg1 = match Dg1::parse(file, today) {
        Ok(dg1) => dg1,
        Err(error) => {
            let (result, reason) = match error {
                Dg1Error::File(error) => (Aborted, file_reason(error)),
                Dg1Error::Mrz(_) => (Aborted, reason::MRZ_MALFORMED),
            };
            return (
                Check::because(id, result, reason).fact("error", error.to_string()),
                None,
            );
        }
    };
    let names = |fields: &[MrzField]| {
        fields
            .iter()
            .map(|field| field.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mrz = &dg1.mrz;
    let check = if !documents.expect(mrz) {
        // Read whole, and of another kind of document.
        Check::because(id, Undetermined, reason::DOCUMENT_FORMAT_UNEXPECTED)
            .fact("document", mrz.document_code.clone())
            .fact("issuing-state", mrz.issuing_state.clone())
    } else if !mrz.wrong_check_digits.is_empty() {
        Check::because(id, Undetermined, reason::MRZ_CHECK_DIGIT)
            .fact("fields", names(&mrz.wrong_check_digits))
    } else if !mrz.invalid_dates.is_empty() {
        Check::because(id, Undetermined, reason::DATE_INVALID)
            .fact("fields", names(&mrz.invalid_dates))
    } else if !mrz.malformed_fields.is_empty() {
        Check::because(id, Undetermined, reason::MRZ_MALFORMED)
            .fact("fields", names(&mrz.malformed_fields))
    } else if mrz.name.is_empty() {
        Check::because(id, Undetermined, reason::NAME_MISSING)
    } else {
        Check::successful(id)
    };
    let partial = mrz.birth_date.as_ref().is_some_and(|born| {
        let born = *born.reveal();
        born.month().is_none() || born.day().is_none()
    });
    let check = check
        .note_if(partial, note::BIRTH_DATE_PARTIAL)
        .note_if(dg1.long_lengths, note::NON_MINIMAL_LENGTH);
    (check, Some(Claimed::new(dg1)))
}

/// Check 16: one portrait that decodes within its bounds. Decoded only where the hash of DG2 is
/// good, so that no decoder sees what nobody signed.
pub(super) fn dg2(evidence: &Evidence, hash_is_good: bool) -> (Check, Option<Decoded>) {
    let id = CheckId::Dg2;
    if matches!(evidence.state(FileId::Dg(2)), FileState::NotRead) && !evidence.is_offline() {
        return (Check::not_performed(id, "DG2 was not read"), None);
    }
    let file = match required(evidence, FileId::Dg(2), id) {
        Ok(file) => file,
        Err(check) => return (check, None),
    };
    let aborted = |reason, error: String| {
        (
            Check::because(id, Aborted, reason).fact("error", error),
            None,
        )
    };
    let dg2 = match Dg2::parse(file) {
        Ok(dg2) => dg2,
        Err(error) => {
            let reason = match error {
                Dg2Error::File(error) => file_reason(error),
                Dg2Error::NoFace => reason::PORTRAIT_MISSING,
                Dg2Error::Record(_) => reason::PORTRAIT_MALFORMED,
            };
            return aborted(reason, error.to_string());
        }
    };
    let Some((face, others)) = dg2.faces.split_first() else {
        return aborted(reason::PORTRAIT_MISSING, "no picture".to_owned());
    };
    if others.iter().any(|other| other.data != face.data) {
        let check = Check::because(id, Undetermined, reason::PORTRAIT_AMBIGUOUS)
            .fact("pictures", dg2.faces.len().to_string());
        return (check, None);
    }
    if !hash_is_good {
        return (
            Check::not_performed(id, "the hash of DG2 is not good"),
            None,
        );
    }
    match portrait::decode(face) {
        Ok(decoded) => {
            let check = Check::successful(id)
                .note_if(dg2.untidy, note::NON_MINIMAL_LENGTH)
                .note_if(decoded.type_differs, note::IMAGE_TYPE_MISMATCH);
            (check, Some(decoded))
        }
        Err(error) => {
            let reason = match error {
                PortraitError::TooLarge => reason::PORTRAIT_TOO_LARGE,
                PortraitError::Malformed => reason::PORTRAIT_MALFORMED,
            };
            aborted(reason, error.to_string())
        }
    }
}

/// Check 17: the national data group.
pub(super) fn dg13(
    evidence: &Evidence,
    listed: bool,
    today: Date,
) -> (Check, Option<Claimed<Dg13>>) {
    let id = CheckId::Dg13;
    let file = match evidence.state(FileId::Dg(13)) {
        FileState::Absent | FileState::Denied | FileState::NotRead if listed => {
            return (Check::because(id, Undetermined, reason::DG_MISSING), None);
        }
        FileState::Absent | FileState::NotRead | FileState::Denied => {
            return (Check::new(id, NotSupported), None);
        }
        FileState::Faulty(reason) => return (Check::because(id, Aborted, *reason), None),
        FileState::Read(bytes) => bytes,
    };
    let dg13 = match Dg13::parse(file) {
        Ok(dg13) => dg13,
        Err(error) => {
            let reason = match error {
                Dg13Error::File(error) => file_reason(error),
                Dg13Error::Field(TlvError::TooDeep { .. } | TlvError::TooMany { .. }) => {
                    reason::DG_MALFORMED
                }
                Dg13Error::Field(_) | Dg13Error::Text | Dg13Error::TooMany => {
                    reason::DG13_MALFORMED
                }
            };
            return (
                Check::because(id, Aborted, reason).fact("error", error.to_string()),
                None,
            );
        }
    };
    let met = hidden(&dg13);
    let dates = impossible_dates(&dg13, today);
    let number = dg13.get(Field::PersonalNumber);
    let check = if number.is_none_or(|number| PersonalNumber::parse(number.reveal()).is_err()) {
        Check::because(id, Undetermined, reason::PERSONAL_NUMBER_MALFORMED)
    } else if !met.is_empty() {
        Check::because(id, Undetermined, reason::DG13_TEXT_SUSPICIOUS).fact("found", met.join(", "))
    } else if !dates.is_empty() {
        Check::because(id, Undetermined, reason::DATE_INVALID).fact("fields", dates.join(", "))
    } else {
        Check::successful(id)
    };
    let check = check
        .note_if(dg13.has_unknown_fields(), note::UNKNOWN_FIELD)
        .note_if(dg13.trailing, note::TRAILING_BYTES)
        .note_if(dg13.long_length, note::NON_MINIMAL_LENGTH);
    (check, Some(Claimed::new(dg13)))
}

/// What hides in the texts of DG13, by name. A name is held to more than an address, which may well
/// name a foreign place.
fn hidden(dg13: &Dg13) -> Vec<&'static str> {
    let of_name = dg13
        .all(Field::Name)
        .iter()
        .flat_map(|name| suspicions(name.reveal()));
    let anywhere = dg13
        .texts()
        .flat_map(|text| suspicions(text.reveal()))
        .filter(|suspicion| {
            matches!(
                suspicion,
                Suspicion::Control
                    | Suspicion::BidiControl
                    | Suspicion::ZeroWidth
                    | Suspicion::NoCharacter
                    | Suspicion::NotComposed
            )
        });
    let mut met: Vec<&str> = of_name.chain(anywhere).map(Suspicion::name).collect();
    met.sort_unstable();
    met.dedup();
    met
}

/// The dates of DG13 which are in no calendar, and a birth that is still to come. A date in a form
/// that nobody knows is none of them.
fn impossible_dates(dg13: &Dg13, today: Date) -> Vec<&'static str> {
    let text = |field| dg13.get(field).map_or("", |text| text.reveal().as_str());
    let impossible = |field| Date::from_dg13(text(field)) == Err(DateError::Impossible);
    let born = PartialDate::from_dg13(text(Field::BirthDate));
    let unborn = born.is_ok_and(|born| {
        born.complete().is_some_and(|born| born > today)
            || born.year().is_some_and(|year| year > today.year())
    });
    [
        (born == Err(DateError::Impossible) || unborn, "birth-date"),
        (impossible(Field::IssueDate), "issue-date"),
        (impossible(Field::ExpiryDate), "expiry-date"),
    ]
    .into_iter()
    .filter_map(|(met, field)| met.then_some(field))
    .collect()
}
