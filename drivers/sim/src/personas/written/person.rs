//! Who it is, and what stands on the card: the fields, and what they say of each other.

use time::{Date, Month};

use super::super::foreign::{ForeignDocument, Format};
use super::super::mrz::plain_letters;
use super::super::{Design, Persona, Sex, personas};
use super::Mistake;
use super::reader::{Field, Table, shown};

/// The keys of a file.
pub const KEYS: &[&str] = &[
    "name",
    "description",
    "full_name",
    "personal_number",
    "birth_date",
    "sex",
    "ethnicity",
    "religion",
    "origin",
    "residence",
    "features",
    "issue_date",
    "expiry_date",
    "parents",
    "spouse",
    "old_number",
    "design",
    "portrait",
    "seed",
    "defects",
    "allow_odd_number",
    "chip",
    "foreign",
];

/// The keys of `[foreign]`.
pub const FOREIGN_KEYS: &[&str] = &["format", "number"];

/// What stands on citizen cards alone.
const CITIZEN_KEYS: [&str; 11] = [
    "personal_number",
    "allow_odd_number",
    "ethnicity",
    "religion",
    "origin",
    "residence",
    "features",
    "parents",
    "spouse",
    "old_number",
    "design",
];

/// Most characters of a name.
const MAX_NAME: usize = 100;
/// Most characters of any other text.
const MAX_CHARACTERS: usize = 400;
/// The test authority's keys sign cards from this year on.
const FIRST_YEAR: i32 = 2021;
/// And through this one.
const LAST_YEAR: i32 = 2029;
/// The longest life of a card: a zone has two digits for the year.
const MOST_YEARS: i32 = 25;

/// The persona of a file, without chip and portrait.
pub(super) fn persona(root: &Table<'_, '_>) -> Result<Persona, Mistake> {
    let name = name(&root.need("name", "how programs call it, such as name = \"own-card\"")?)?;
    let full = root.need("full_name", "the name on the card, such as “NGUYỄN VĂN A”")?;
    let full_name = full_name(&full)?;
    let birth = root.need("birth_date", "such as birth_date = 1990-01-01")?;
    let birth_date = birth.date()?;
    let sex = root.need("sex", "male or female")?;
    let sex = sex.choice(&[("male", Sex::Male), ("female", Sex::Female)])?;
    let issue = root.need("issue_date", "such as issue_date = 2022-08-15")?;
    let issue_date = issue.date()?;
    let expiry_date = expiry(root, issue_date)?;
    if !(FIRST_YEAR..=LAST_YEAR).contains(&issue_date.year()) {
        return Err(issue.wrong(
            format!(
                "the test authority issues no cards in {}",
                issue_date.year()
            ),
            format!("a day from {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31"),
        ));
    }
    if birth_date > issue_date {
        return Err(birth.wrong(
            format!("a card of {issue_date} for somebody born on {birth_date}"),
            "a birth date that is not after the issue date",
        ));
    }
    if birth_date.year() < 1900 {
        return Err(birth.wrong(
            format!("is {birth_date}"),
            "numbers and zones tell birth dates from 1900-01-01 on",
        ));
    }
    let foreign = foreign(root)?;
    if foreign.is_some() && expiry_date.is_none() {
        root.need("expiry_date", "a foreign document has one")?;
    }
    let personal_number = match foreign {
        Some(_) => String::new(),
        None => number(root, birth_date, sex)?,
    };
    let written = |key: &str| match root.get(key) {
        Some(field) => text(&field),
        None => Ok(String::new()),
    };
    let spouse = written("spouse")?;
    Ok(Persona {
        name,
        description: written("description")?,
        full_name,
        personal_number,
        birth_date,
        sex,
        issue_date,
        expiry_date,
        design: design(root, issue_date)?,
        ethnicity: written("ethnicity")?,
        religion: written("religion")?,
        origin: written("origin")?,
        residence: written("residence")?,
        features: written("features")?,
        parents: parents(root)?,
        spouse: Some(spouse).filter(|name| !name.is_empty()),
        old_number: old_number(root)?,
        foreign,
        chip: None,
        portrait: None,
        fingers: None,
        seed: match root.get("seed") {
            Some(field) => Some(field.number(0..=u64::from(u32::MAX))?),
            None => None,
        },
    })
}

/// A text of one line that a QR code can carry.
pub(super) fn text(field: &Field<'_, '_>) -> Result<String, Mistake> {
    let text = field.string()?;
    let count = text.chars().count();
    if count > MAX_CHARACTERS {
        return Err(field.wrong(
            format!("has {count} characters"),
            format!("at most {MAX_CHARACTERS} stand on a card"),
        ));
    }
    // The code of the card separates its fields by bars.
    match text
        .chars()
        .find(|letter| letter.is_control() || *letter == '|')
    {
        Some(letter) => Err(field.wrong(
            format!("holds the character {letter:?}"),
            "a text of one line without bars",
        )),
        None => Ok(text.to_owned()),
    }
}

fn name(field: &Field<'_, '_>) -> Result<String, Mistake> {
    let name = field.string()?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
        return Err(field.wrong(
            format!("“{}” is no name for programs", shown(name)),
            "1 to 40 small letters, digits and hyphens",
        ));
    }
    let taken = personas().is_ok_and(|known| known.iter().any(|known| known.name == name));
    if taken {
        return Err(field.wrong(
            format!("“{name}” is a ready-made persona"),
            "a name of its own",
        ));
    }
    Ok(name.to_owned())
}

/// The name in capitals, every letter of which has one in the zone (ICAO 9303-3, 6).
fn full_name(field: &Field<'_, '_>) -> Result<String, Mistake> {
    let full = field.string()?;
    if full.is_empty() || full.chars().count() > MAX_NAME {
        return Err(field.wrong(
            format!("has {} characters", full.chars().count()),
            format!("1 to {MAX_NAME}"),
        ));
    }
    if full
        .chars()
        .any(|letter| ('\u{300}'..='\u{36f}').contains(&letter))
    {
        return Err(field.wrong(
            "has marks apart from their letters",
            "each letter in one piece with its marks (Unicode form NFC)",
        ));
    }
    let capitals = full.to_uppercase();
    if capitals != full {
        return Err(field.wrong(
            format!("“{}” has small letters", shown(full)),
            format!("as the card prints it: “{}”", shown(&capitals)),
        ));
    }
    let zone = plain_letters(full);
    let stranger = zone
        .chars()
        .find(|letter| !letter.is_ascii_uppercase() && *letter != ' ');
    if let Some(letter) = stranger {
        return Err(field.wrong(
            format!("{letter:?} has no letter in the machine readable zone"),
            "Vietnamese letters and single spaces",
        ));
    }
    if zone.split(' ').any(str::is_empty) {
        return Err(field.wrong(
            "has a space at its front, at its end or beside another",
            "single spaces between the words",
        ));
    }
    Ok(full.to_owned())
}

fn expiry(root: &Table<'_, '_>, issue: Date) -> Result<Option<Date>, Mistake> {
    let Some(field) = root.get("expiry_date") else {
        return Ok(None);
    };
    if field.string().is_ok_and(|text| text == "none") {
        return Ok(None);
    }
    let date = field.date()?;
    if date <= issue {
        return Err(field.wrong(
            format!("the card expires on {date} and is issued on {issue}"),
            "a day after the issue date, or \"none\"",
        ));
    }
    if date.year() > issue.year().saturating_add(MOST_YEARS) {
        return Err(field.wrong(
            format!("the card is issued on {issue} and expires on {date}"),
            format!("at most {MOST_YEARS} years later, or \"none\""),
        ));
    }
    Ok(Some(date))
}

/// The personal number, whose digits 4 to 6 are century, sex and year of birth.
fn number(root: &Table<'_, '_>, birth: Date, sex: Sex) -> Result<String, Mistake> {
    let field = root.need("personal_number", "12 digits, such as \"001090000001\"")?;
    let number = field.string()?;
    if number.len() != 12 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(field.wrong(
            format!("“{}” is no personal number", shown(number)),
            "12 digits",
        ));
    }
    let odd = match root.get("allow_odd_number") {
        Some(field) => field.truth()?,
        None => false,
    };
    let century = birth.year().div_euclid(100).saturating_sub(19);
    let digit = century
        .saturating_mul(2)
        .saturating_add(i32::from(sex == Sex::Female));
    let due = format!("{digit}{:02}", birth.year().rem_euclid(100));
    let met = number.get(3..6).unwrap_or_default();
    if met == due || odd {
        return Ok(number.to_owned());
    }
    let word = match sex {
        Sex::Male => "a man",
        Sex::Female => "a woman",
    };
    Err(field.wrong(
        format!(
            "its digits 4 to 6 are {met}, for {word} born in {} they are {due}",
            birth.year()
        ),
        format!(
            "“{}{due}{}”, or allow_odd_number = true",
            number.get(..3).unwrap_or_default(),
            number.get(6..).unwrap_or_default()
        ),
    ))
}

fn design(root: &Table<'_, '_>, issue: Date) -> Result<Design, Mistake> {
    // Cards of the new design are issued from 1 July 2024 on.
    let new = Date::from_calendar_date(2024, Month::July, 1).is_ok_and(|first| issue >= first);
    match root.get("design") {
        Some(field) => field.choice(&[
            ("card2021", Design::Card2021),
            ("card2024", Design::Card2024),
        ]),
        None if new => Ok(Design::Card2024),
        None => Ok(Design::Card2021),
    }
}

fn parents(root: &Table<'_, '_>) -> Result<Vec<String>, Mistake> {
    let Some(field) = root.get("parents") else {
        return Ok(Vec::new());
    };
    let list = field.list()?;
    if list.len() > 2 {
        return Err(field.wrong(format!("{} parents", list.len()), "at most two"));
    }
    let mut parents = Vec::new();
    for one in list {
        let name = text(&one)?;
        if name.is_empty() || parents.contains(&name) {
            return Err(one.wrong(
                format!("“{}” is empty or named twice", shown(&name)),
                "two different names, or one alone",
            ));
        }
        parents.push(name);
    }
    Ok(parents)
}

fn old_number(root: &Table<'_, '_>) -> Result<Option<String>, Mistake> {
    let Some(field) = root.get("old_number") else {
        return Ok(None);
    };
    let number = field.string()?;
    if number.len() != 9 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(field.wrong(
            format!("“{}” is no number of an identity card", shown(number)),
            "nine digits",
        ));
    }
    Ok(Some(number.to_owned()))
}

fn foreign(root: &Table<'_, '_>) -> Result<Option<ForeignDocument>, Mistake> {
    let Some(field) = root.get("foreign") else {
        return Ok(None);
    };
    let table = field.table("foreign.", FOREIGN_KEYS)?;
    if let Some(field) = CITIZEN_KEYS.iter().find_map(|key| root.get(key)) {
        return Err(field.wrong(
            "stands on citizen cards alone, and there is [foreign]",
            "leave out one of the two",
        ));
    }
    let format = table.need("format", "td2 or td3")?;
    let format = format.choice(&[("td2", Format::Td2), ("td3", Format::Td3)])?;
    let field = table.need("number", "the document's, such as \"TS0000009\"")?;
    let number = field.string()?;
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if number.is_empty() || number.len() > 9 || !number.bytes().all(plain) {
        return Err(field.wrong(
            format!("“{}” is no document number", shown(number)),
            "1 to 9 capital letters and digits",
        ));
    }
    // What the signer's certificate says that it signs.
    let code = match format {
        Format::Td2 => "I",
        Format::Td3 => "P",
    };
    Ok(Some(ForeignDocument {
        format,
        code: code.to_owned(),
        number: number.to_owned(),
    }))
}
