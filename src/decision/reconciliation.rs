//! What a case system has on record, beside what the card says: differences, and what is proposed to
//! correct them. Nothing is overwritten, and no verdict changes by it.

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::face::CardFace;
use super::verdict::{Verdict, VerdictKind};
use crate::document::name::{NameLikeness, cleaned, folded, likeness, without_diacritics};
use crate::document::{PartialDate, Personal, Sex};

/// What the case system has on record of the person. Compared after the verdict, never trusted; what
/// decides check `dossier` is another thing.
#[derive(Clone, Debug, Default)]
pub struct OnRecord {
    /// 12 digits, or the nine of an old number.
    pub personal_number: Option<Personal<String>>,
    /// With or without diacritics.
    pub name: Option<Personal<String>>,
    /// ISO 8601, or its year alone.
    pub birth_date: Option<Personal<String>>,
    /// In any word that is known for it.
    pub sex: Option<Personal<String>>,
    /// The case system's own reference, opaque: no card has it.
    pub social_insurance_number: Option<Personal<String>>,
}

/// A field that may be on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordField {
    /// The number, old or new.
    PersonalNumber,
    /// The name.
    Name,
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
    /// The case system's own reference.
    SocialInsuranceNumber,
}

impl RecordField {
    /// The stable name, such as `birth_date`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonalNumber => "personal_number",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Sex => "sex",
            Self::SocialInsuranceNumber => "social_insurance_number",
        }
    }
}

/// How a field on record differs from the card's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// It does not.
    Same,
    /// The same name but for diacritics, Đ and D, the place of a tone mark, case, hyphens or spaces.
    Spelling,
    /// The words of the name in another order.
    Order,
    /// Day and month have changed places.
    SwappedDayMonth,
    /// One of the two has the year alone, and the year is the same.
    YearOnly,
    /// An older number, which the issuer signed into this card: the record is this person's.
    OldNumberLinked,
    /// An old number of nine digits that this card does not name.
    OldNumberNotLinked,
    /// In another way.
    Other,
    /// The card has nothing to compare with.
    Missing,
}

impl Difference {
    /// The stable name, such as `swapped-day-month`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Spelling => "spelling",
            Self::Order => "order",
            Self::SwappedDayMonth => "swapped-day-month",
            Self::YearOnly => "year-only",
            Self::OldNumberLinked => "old-number-linked",
            Self::OldNumberNotLinked => "old-number-not-linked",
            Self::Other => "other",
            Self::Missing => "missing",
        }
    }

    /// Whether the two say different things.
    #[must_use]
    pub fn differs(self) -> bool {
        self != Self::Same
    }

    /// Whether a number that so differs is the same person's.
    fn links(self) -> bool {
        matches!(self, Self::Same | Self::OldNumberLinked)
    }
}

/// One field, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// Which one.
    pub field: RecordField,
    /// What is on record; there only where the two differ.
    pub on_record: Option<Personal<String>>,
    /// What the card's signed data say; there only where the two differ.
    pub on_card: Option<Personal<String>>,
    /// How they differ.
    pub difference: Difference,
    /// What the record might say instead, for somebody to decide on.
    pub proposal: Option<Personal<String>>,
}

/// All fields that are on record, compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation(Vec<Reconciled>);

impl Serialize for Reconciliation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Reconciliation {
    /// The fields in their order.
    #[must_use]
    pub fn fields(&self) -> &[Reconciled] {
        &self.0
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.0.iter().all(|field| !field.difference.differs())
    }

    /// Whether the number on record is the confirmed one, or one that the issuer links to it; `None` where
    /// there is none on record.
    fn by_number(&self) -> Option<bool> {
        let number = self.0.iter();
        let mut number = number.filter(|field| field.field == RecordField::PersonalNumber);
        number.next().map(|field| field.difference.links())
    }

    /// The same, with values only of those fields that `allowed` lets through, as they leave the desk. Under
    /// a number that is not this person's the record is perhaps another's, whom nobody would look for here:
    /// of what it says of that person only the differences leave. Who sent it has it.
    #[must_use]
    pub fn restricted(&self, allowed: impl Fn(RecordField) -> bool) -> Self {
        let another = self.by_number() == Some(false);
        let fields = self.0.iter().cloned().map(|field| {
            if allowed(field.field) {
                let own = field.field == RecordField::SocialInsuranceNumber || !another;
                return Reconciled {
                    on_record: field.on_record.filter(|_| own),
                    ..field
                };
            }
            Reconciled {
                on_record: None,
                on_card: None,
                proposal: None,
                ..field
            }
        });
        Self(fields.collect())
    }

    /// Fields and how they differ, without any value: for the audit log.
    #[must_use]
    pub fn summary(&self) -> String {
        let fields = self.0.iter();
        let said: Vec<String> = fields
            .map(|field| format!("{}={}", field.field.name(), field.difference.name()))
            .collect();
        said.join(" ")
    }
}

/// Compares what is on record with what a card says. `None` under any verdict but `verified`, and
/// where nothing is on record. `spelt` tells that the card's name has its diacritics, as that of DG13
/// has and that of a machine readable zone has not.
#[must_use]
pub fn reconcile(
    record: &OnRecord,
    verdict: &Verdict,
    face: &CardFace,
    spelt: bool,
) -> Option<Reconciliation> {
    if verdict.verdict != VerdictKind::Verified {
        return None;
    }
    let confirmed = verdict.personal_number.as_ref();
    let mut fields = Vec::new();
    if let Some(on_record) = &record.personal_number {
        let difference = number(on_record.reveal(), confirmed, face.old_number.as_ref());
        // Another number may be another person's: only what the issuer links is corrected.
        let proposed = difference == Difference::OldNumberLinked;
        fields.push((
            RecordField::PersonalNumber,
            on_record,
            confirmed,
            difference,
            proposed,
        ));
    }
    if let Some(on_record) = &record.name {
        let on_card = face.name.as_ref();
        let difference = compared(on_card, |on_card| name(on_record.reveal(), on_card));
        // A name without diacritics corrects nothing, whatever the order of its words.
        let proposed = spelt;
        fields.push((RecordField::Name, on_record, on_card, difference, proposed));
    }
    if let Some(on_record) = &record.birth_date {
        let on_card = face.birth_date.as_ref();
        let difference = compared(on_card, |on_card| birth_date(on_record.reveal(), on_card));
        let known = |text: &Personal<String>| text.reveal().parse::<PartialDate>().ok();
        // A card that says less than the record corrects nothing.
        let proposed = on_card
            .and_then(known)
            .is_some_and(|date| date.complete().is_some());
        fields.push((
            RecordField::BirthDate,
            on_record,
            on_card,
            difference,
            proposed,
        ));
    }
    if let Some(on_record) = &record.sex {
        let on_card = face.sex.as_ref().filter(|sex| !sex.reveal().is_empty());
        let difference = compared(on_card, |on_card| sex(on_record.reveal(), on_card));
        fields.push((RecordField::Sex, on_record, on_card, difference, true));
    }
    if let Some(on_record) = &record.social_insurance_number {
        let field = RecordField::SocialInsuranceNumber;
        fields.push((field, on_record, None, Difference::Missing, false));
    }
    if fields.is_empty() {
        return None;
    }
    // A record under a number that is not this person's is perhaps about somebody else; one without a
    // number is perhaps so where it says quite another thing of anything.
    let mut numbers = fields
        .iter()
        .filter(|(field, ..)| *field == RecordField::PersonalNumber);
    let linked = match numbers.next() {
        Some((_, _, _, difference, _)) => difference.links(),
        None => fields
            .iter()
            .all(|(_, _, _, difference, _)| *difference != Difference::Other),
    };
    let fields = fields
        .into_iter()
        .map(|(field, on_record, on_card, difference, proposed)| {
            let differs = difference.differs();
            let on_card = on_card.filter(|_| differs).cloned();
            let proposed = proposed && differs && linked;
            Reconciled {
                field,
                on_record: differs.then(|| on_record.clone()),
                proposal: on_card.clone().filter(|_| proposed),
                on_card,
                difference,
            }
        });
    Some(Reconciliation(fields.collect()))
}

/// How a field differs, where the card has it.
fn compared(
    on_card: Option<&Personal<String>>,
    how: impl FnOnce(&str) -> Difference,
) -> Difference {
    on_card.map_or(Difference::Missing, |on_card| how(on_card.reveal()))
}

fn number(
    on_record: &str,
    confirmed: Option<&Personal<String>>,
    old: Option<&Personal<String>>,
) -> Difference {
    let is = |number: Option<&Personal<String>>| {
        number.is_some_and(|number| number.reveal().as_str() == on_record)
    };
    match on_record.len() {
        _ if is(confirmed) => Difference::Same,
        _ if is(old) => Difference::OldNumberLinked,
        9 => Difference::OldNumberNotLinked,
        _ if confirmed.is_none() => Difference::Missing,
        _ => Difference::Other,
    }
}

fn name(on_record: &str, on_card: &str) -> Difference {
    let on_record = Zeroizing::new(cleaned(on_record));
    let on_card = Zeroizing::new(cleaned(on_card));
    if *on_record == *on_card {
        return Difference::Same;
    }
    if likeness(&on_record, &on_card) != NameLikeness::Different {
        return Difference::Spelling;
    }
    let mut words = [plain_words(&on_record), plain_words(&on_card)];
    let [one, two] = &words;
    if one.concat() == two.concat() {
        return Difference::Spelling;
    }
    words.iter_mut().for_each(|words| words.sort_unstable());
    let [one, two] = &words;
    if **one == **two {
        Difference::Order
    } else {
        Difference::Other
    }
}

/// The words of a name in small letters without diacritics.
fn plain_words(name: &str) -> Zeroizing<Vec<String>> {
    let plain = Zeroizing::new(without_diacritics(&Zeroizing::new(folded(name))));
    let words = plain.split(|c: char| !c.is_alphanumeric());
    Zeroizing::new(
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

fn birth_date(on_record: &str, on_card: &str) -> Difference {
    let date = |text: &str| text.parse::<PartialDate>().ok();
    let (Some(record), Some(card)) = (date(on_record), date(on_card)) else {
        return if on_record == on_card {
            Difference::Same
        } else {
            Difference::Other
        };
    };
    if record == card {
        return Difference::Same;
    }
    if record.year() != card.year() {
        return Difference::Other;
    }
    let only_year = |date: PartialDate| date.month().is_none() && date.day().is_none();
    if only_year(record) || only_year(card) {
        return Difference::YearOnly;
    }
    let swapped = (record.day(), record.month()) == (card.month(), card.day());
    if swapped {
        Difference::SwappedDayMonth
    } else {
        Difference::Other
    }
}

fn sex(on_record: &str, on_card: &str) -> Difference {
    match (
        Sex::from_vietnamese(on_record),
        Sex::from_vietnamese(on_card),
    ) {
        (_, None) => Difference::Missing,
        (one, two) if one == two => Difference::Same,
        _ => Difference::Other,
    }
}

#[cfg(test)]
#[path = "reconciliation_tests.rs"]
mod tests;
