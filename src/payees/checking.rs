//! What every list must hold, whatever it is written in.

use std::collections::BTreeMap;

use super::money::Grouping;
use super::{
    Dong, Entry, Fault, FaultKind, Faults, Given, List, MAX_ENTRIES, MAX_FIELD, Period, Place,
    Written, number,
};
use crate::document::name::{Suspicion, cleaned, suspicions};
use crate::document::{Date, PartialDate, Personal};

/// Longest name, in characters.
const MAX_NAME: usize = 200;

/// A value of a line.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    /// There is none.
    Missing,
    /// Text, as a table holds everything.
    Text(&'a str),
    /// A whole number of JSON.
    Integer(i64),
    /// Something else of JSON.
    Other,
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Number,
    Name,
    Amount,
    Period,
    BirthDate,
    Id,
}

impl Field {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Number => "personal_number",
            Self::Name => "name",
            Self::Amount => "amount",
            Self::Period => "period",
            Self::BirthDate => "birth_date",
            Self::Id => "id",
        }
    }
}

/// A line, or an entry of a document.
pub(super) trait Row {
    fn place(&self) -> Place;
    /// The column of a field, from 1.
    fn column(&self, field: Field) -> Option<u64>;
    fn cell(&self, field: Field) -> Cell<'_>;
}

/// Takes lines in and notes what is wrong with them.
#[derive(Default)]
pub(super) struct Checking {
    faults: Faults,
    entries: Vec<Entry>,
    grouping: Grouping,
    period: Option<Period>,
    people: BTreeMap<(Personal<String>, Period), u64>,
    ids: BTreeMap<String, u64>,
    lines: usize,
}

/// What a list says of itself as a whole.
pub(super) struct Heading {
    pub(super) id: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) count: Option<u64>,
    pub(super) total: Option<Dong>,
}

impl From<&Given> for Heading {
    fn from(given: &Given) -> Self {
        Self {
            id: given.id.clone(),
            issuer: given.issuer.clone(),
            from: given.from,
            until: given.until,
            count: given.count,
            total: given.total,
        }
    }
}

impl Checking {
    /// `period` counts for lines that name none.
    pub(super) fn new(period: Option<Period>) -> Self {
        Self {
            period,
            ..Self::default()
        }
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.add(fault);
    }

    /// Looks at a line; false where there are too many.
    pub(super) fn row(&mut self, row: &impl Row) -> bool {
        self.lines += 1;
        if self.lines > MAX_ENTRIES {
            self.fault(FaultKind::TooMany.in_file());
            return false;
        }
        let number = self.take(row, Field::Number, true, |_, cell| match cell {
            Cell::Text(text) => number::parse(text),
            Cell::Integer(_) => Err(FaultKind::NumberLostZero),
            _ => Err(FaultKind::Kind),
        });
        let name = self.take(row, Field::Name, true, |_, cell| name(text(cell)?));
        let amount = self.take(row, Field::Amount, true, |checking, cell| match cell {
            Cell::Text(text) => checking.grouping.parse(text),
            Cell::Integer(value) => Dong::of_entry(value),
            _ => Err(FaultKind::AmountFraction),
        });
        let default = self.period;
        let period = self
            .take(
                row,
                Field::Period,
                default.is_none(),
                |_, cell| match cell {
                    Cell::Integer(year) => Period::parse(&year.to_string()),
                    cell => Period::parse(text(cell)?),
                },
            )
            .map(|period| period.or(default));
        let birth = self.take(row, Field::BirthDate, false, |_, cell| match cell {
            Cell::Integer(year) => birth_date(&year.to_string()),
            cell => birth_date(text(cell)?),
        });
        let id = self.take(row, Field::Id, false, |_, cell| match cell {
            Cell::Integer(id) => entry_id(&id.to_string()),
            cell => entry_id(text(cell)?),
        });
        let line = row.place().number();
        let id = id.map(|id| id.unwrap_or_else(|| line.to_string()));
        if let Some(id) = &id {
            let first = *self.ids.entry(id.clone()).or_insert(line);
            self.once(row, Field::Id, first);
        }
        let (Some(Some(number)), Some(Some(period))) = (number, period) else {
            return true;
        };
        let key = (number.personal().clone(), period);
        let first = *self.people.entry(key).or_insert(line);
        self.once(row, Field::Number, first);
        if let (Some(Some(name)), Some(Some(amount)), Some(birth_date), Some(id)) =
            (name, amount, birth, id)
        {
            self.entries.push(Entry {
                id,
                line,
                number,
                name,
                birth_date,
                period,
                amount,
            });
        }
        true
    }

    /// A value of a line: none where it is wrong, `Some(None)` where it is not there and need not be.
    fn take<T>(
        &mut self,
        row: &impl Row,
        field: Field,
        wanted: bool,
        read: impl FnOnce(&mut Self, Cell<'_>) -> Result<T, FaultKind>,
    ) -> Option<Option<T>> {
        let cell = match row.cell(field) {
            Cell::Text(text) => Cell::Text(text.trim()),
            cell => cell,
        };
        let found = match cell {
            Cell::Missing | Cell::Text("") if wanted => Err(FaultKind::Missing),
            Cell::Missing | Cell::Text("") => return Some(None),
            Cell::Text(text) if text.len() > MAX_FIELD => Err(FaultKind::TooLong),
            cell => read(self, cell),
        };
        match found {
            Ok(value) => Some(Some(value)),
            Err(kind) => {
                let place = Place {
                    column: row.column(field),
                    ..row.place()
                };
                self.fault(kind.at(place).field(field.name()));
                None
            }
        }
    }

    /// Notes a fault where something stood in another line first.
    fn once(&mut self, row: &impl Row, field: Field, first: u64) {
        let place = row.place();
        if first == place.number() {
            return;
        }
        let kind = match field {
            Field::Id => FaultKind::DuplicateId,
            _ => FaultKind::DuplicatePayee,
        };
        let place = Place {
            column: row.column(field),
            ..place
        };
        self.fault(Fault {
            first: Some(first),
            ..kind.at(place).field(field.name())
        });
    }

    /// The list, where nothing is wrong with it.
    pub(super) fn end(
        mut self,
        heading: Heading,
        today: Date,
        written: Written,
    ) -> Result<List, Faults> {
        let id = heading.id.filter(|id| is_list_id(id));
        let issuer = heading.issuer.as_deref().map(cleaned);
        let issuer = issuer.filter(|name| (1..=200).contains(&name.trim().chars().count()));
        let from = heading.from.unwrap_or(today);
        let mut add = |wrong: bool, kind: FaultKind| {
            if wrong {
                self.faults.add(kind.in_file());
            }
        };
        add(id.is_none(), FaultKind::ListId);
        add(issuer.is_none(), FaultKind::Issuer);
        add(
            heading.until.is_some_and(|until| until < from),
            FaultKind::Dates,
        );
        add(self.lines == 0, FaultKind::Empty);
        // What is missing of a list with faults is no news.
        let whole = self.entries.len() == self.lines;
        let count = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let total = Dong::sum(self.entries.iter().map(|entry| entry.amount));
        let differs = whole && heading.count.is_some_and(|stated| stated != count);
        add(differs, FaultKind::Count);
        let differs = heading.total.is_some_and(|stated| Some(stated) != total);
        add(whole && (total.is_none() || differs), FaultKind::Total);
        match (self.faults.is_empty(), id, issuer, total) {
            (true, Some(id), Some(issuer), Some(total)) => Ok(List {
                id,
                issuer: issuer.trim().to_owned(),
                from,
                until: heading.until,
                entries: self.entries,
                total,
                written,
            }),
            _ => Err(self.faults),
        }
    }
}

/// Whether a text can name a list: it stands in file names and on command lines.
fn is_list_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !text.starts_with(['.', '-'])
}

fn text(cell: Cell<'_>) -> Result<&str, FaultKind> {
    match cell {
        Cell::Text(text) => Ok(text),
        _ => Err(FaultKind::Kind),
    }
}

fn name(text: &str) -> Result<Personal<String>, FaultKind> {
    let hidden = suspicions(text)
        .into_iter()
        .any(|found| found != Suspicion::NotComposed);
    if hidden || text.chars().count() > MAX_NAME || !text.chars().any(char::is_alphabetic) {
        return Err(FaultKind::NameMalformed);
    }
    Ok(Personal::new(cleaned(text)))
}

fn birth_date(text: &str) -> Result<Personal<PartialDate>, FaultKind> {
    PartialDate::from_dg13(text)
        .map(Personal::new)
        .map_err(|_| FaultKind::BirthDateMalformed)
}

fn entry_id(text: &str) -> Result<String, FaultKind> {
    let visible = text.bytes().all(|b| b.is_ascii_graphic());
    if (1..=64).contains(&text.len()) && visible {
        Ok(text.to_owned())
    } else {
        Err(FaultKind::IdMalformed)
    }
}
