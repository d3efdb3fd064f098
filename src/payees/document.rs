//! A list as a JSON document: the form that is signed.

use core::fmt;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::checking::{Cell, Checking, Field, Heading, Row};
use super::{
    Dong, Encoding, FORMAT, FaultKind, Faults, Given, List, MAX_ENTRIES, Period, Place, Written,
};
use crate::document::Date;

/// The document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    id: String,
    issuer: String,
    currency: String,
    /// The first day of payment.
    date: Option<String>,
    /// The last.
    until: Option<String>,
    period: Option<String>,
    count: u64,
    total: i64,
    entries: Entries,
}

/// As many as a list may hold, and one more to see that there are too many.
struct Entries(Vec<Fields>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    personal_number: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    birth_date: Value,
    #[serde(default)]
    period: Value,
    #[serde(default)]
    amount: Value,
}

/// A value of whatever kind; what is no text and no whole number is not kept.
#[derive(Default)]
enum Value {
    #[default]
    Missing,
    Text(Zeroizing<String>),
    Integer(i64),
    Other,
}

/// Reads a document.
pub(super) fn read(
    text: &str,
    encoding: Encoding,
    given: &Given,
    today: Date,
) -> Result<List, Faults> {
    let document: Document = parsed(text)?;
    if document.format != FORMAT {
        return Err(FaultKind::Format.in_file().field("format").into());
    }
    let date = |text: &Option<String>| text.as_deref().map(str::parse::<Date>).transpose();
    let (from, until) = (date(&document.date), date(&document.until));
    let period = document.period.as_deref().map(Period::parse).transpose();
    let default = period.ok().flatten();
    let mut checking = Checking::new(default);
    let mut wrong = |wrong: bool, kind: FaultKind, field| {
        if wrong {
            checking.fault(kind.in_file().field(field));
        }
    };
    wrong(document.currency != "VND", FaultKind::Currency, "currency");
    wrong(from.is_err(), FaultKind::Dates, "date");
    wrong(until.is_err(), FaultKind::Dates, "until");
    wrong(period.is_err(), FaultKind::PeriodMalformed, "period");
    let (from, until) = (from.ok().flatten(), until.ok().flatten());
    let total = Dong(document.total);
    for (field, differs) in [
        ("id", differs(given.id.as_deref(), Some(&document.id))),
        (
            "issuer",
            differs(given.issuer.as_deref(), Some(&document.issuer)),
        ),
        ("date", differs(given.from.as_ref(), from.as_ref())),
        ("until", differs(given.until.as_ref(), until.as_ref())),
        ("period", differs(given.period.as_ref(), default.as_ref())),
        (
            "count",
            differs(given.count.as_ref(), Some(&document.count)),
        ),
        ("total", differs(given.total.as_ref(), Some(&total))),
    ] {
        wrong(differs, FaultKind::NotAsGiven, field);
    }
    for (place, fields) in (1_u64..).zip(&document.entries.0) {
        if !checking.row(&Numbered { place, fields }) {
            break;
        }
    }
    let heading = Heading {
        id: Some(document.id),
        issuer: Some(document.issuer),
        from,
        until,
        count: Some(document.count),
        total: Some(total),
    };
    let written = Written {
        form: "json",
        encoding,
        delimiter: None,
        columns_ignored: 0,
    };
    checking.end(heading, today, written)
}

/// Whether something was said, and another thing stands there.
fn differs<T: PartialEq + ?Sized>(given: Option<&T>, found: Option<&T>) -> bool {
    given.is_some() && given != found
}

/// The message of the library may quote a value: only its place is handed on.
fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Faults> {
    serde_json::from_str(text).map_err(|error| {
        let number = |value: usize| u64::try_from(value).ok().filter(|value| *value > 0);
        let place = Place {
            line: number(error.line()),
            column: number(error.column()),
            entry: None,
        };
        FaultKind::Document.at(place).into()
    })
}

/// An entry with its place, from 1.
struct Numbered<'a> {
    place: u64,
    fields: &'a Fields,
}

impl Row for Numbered<'_> {
    fn place(&self) -> Place {
        Place::entry(self.place)
    }

    fn column(&self, _: Field) -> Option<u64> {
        None
    }

    fn cell(&self, field: Field) -> Cell<'_> {
        let value = match field {
            Field::Number => &self.fields.personal_number,
            Field::Name => &self.fields.name,
            Field::Amount => &self.fields.amount,
            Field::Period => &self.fields.period,
            Field::BirthDate => &self.fields.birth_date,
            Field::Id => &self.fields.id,
        };
        match value {
            Value::Missing => Cell::Missing,
            Value::Text(text) => Cell::Text(text),
            Value::Integer(value) => Cell::Integer(*value),
            Value::Other => Cell::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Entries, A::Error> {
                let mut kept = Vec::new();
                while kept.len() <= MAX_ENTRIES {
                    match entries.next_element()? {
                        Some(entry) => kept.push(entry),
                        None => return Ok(Entries(kept)),
                    }
                }
                while entries.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Entries(kept))
            }
        }
        deserializer.deserialize_seq(All)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(Zeroizing::new(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(Zeroizing::new(text)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(i64::try_from(value).map_or(Value::Other, Value::Integer))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Missing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
                while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
