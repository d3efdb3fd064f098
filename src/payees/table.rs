//! CSV (RFC 4180) as spreadsheets write it: commas, semicolons or tabs, a heading in Vietnamese or English.

use csv::{ReaderBuilder, StringRecord};

use super::checking::{Cell, Checking, Field, Heading, Row};
use super::{Encoding, FaultKind, Faults, Given, List, Place, Written};
use crate::document::Date;
use crate::document::name::{folded, without_diacritics};

/// Most columns of a table.
const MAX_COLUMNS: usize = 100;

/// Reads a table.
pub(super) fn read(
    text: &str,
    encoding: Encoding,
    given: &Given,
    today: Date,
) -> Result<List, Faults> {
    let (said, body, skipped) = without_separator_line(text);
    let delimiter = match said {
        Some(delimiter) => delimiter,
        None => best_delimiter(body),
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(body.as_bytes());
    let mut lines = Lines {
        body: body.as_bytes(),
        offset: 0,
        line: skipped.saturating_add(1),
    };
    let mut record = StringRecord::new();
    let mut next = |record: &mut StringRecord| -> Result<Option<u64>, Faults> {
        while reader
            .read_record(record)
            .map_err(|_| FaultKind::Encoding.in_file())?
        {
            let line = lines.of(record);
            if record.iter().any(|value| !value.trim().is_empty()) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    };
    let Some(line) = next(&mut record)? else {
        return Err(FaultKind::Empty.in_file().into());
    };
    let columns = Columns::of(&record, line, given.period.is_some())?;
    let mut checking = Checking::new(given.period);
    checking.look(&record, line, delimiter, columns.count);
    while let Some(line) = next(&mut record)? {
        let row = Line {
            columns: &columns,
            record: &record,
            line,
        };
        let beyond = record.iter().skip(columns.count);
        if let Some(index) = beyond.clone().position(|value| !value.trim().is_empty()) {
            let column = u64::try_from(columns.count + index + 1).ok();
            let place = Place {
                column,
                ..Place::line(line)
            };
            checking.fault(FaultKind::Columns.at(place));
        }
        checking.look(&record, line, delimiter, columns.count);
        if delimiter == b',' && row.splits_the_amount() {
            let place = Place {
                column: row.column(Field::Amount),
                ..Place::line(line)
            };
            checking.fault(FaultKind::AmountSplit.at(place).field(Field::Amount.name()));
        }
        if !checking.row(&row) {
            break;
        }
    }
    let written = Written {
        form: "csv",
        encoding,
        delimiter: Some(char::from(delimiter)),
        columns_ignored: columns.ignored,
    };
    checking.end(Heading::from(given), today, written)
}

impl Checking {
    /// Looks at all values of a line, those that are not read as well: behind a quote that is not closed,
    /// the lines that follow would be lost in one of them and nobody would miss their people.
    fn look(&mut self, record: &StringRecord, line: u64, delimiter: u8, width: usize) {
        // A note of several lines is none of the file's: it has no columns, and no number in it.
        let is_a_line = |line: &str| {
            let columns = line.bytes().filter(|byte| *byte == delimiter).count() + 1;
            let numbers = line.split(|letter: char| !letter.is_ascii_digit());
            columns > 1 && (columns >= width || numbers.into_iter().any(|run| run.len() == 12))
        };
        let holds_a_line = |value: &str| value.split(['\r', '\n']).skip(1).any(is_a_line);
        for (index, _) in record
            .iter()
            .enumerate()
            .filter(|(_, value)| holds_a_line(value))
        {
            let place = Place {
                column: u64::try_from(index.saturating_add(1)).ok(),
                ..Place::line(line)
            };
            self.fault(FaultKind::LineInValue.at(place));
        }
    }
}

/// Counts lines as an editor does: the reader leaves empty ones out, and knows line feeds alone.
struct Lines<'a> {
    body: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line in which a record begins; records come in their order.
    fn of(&mut self, record: &StringRecord) -> u64 {
        let begin = record.position().map_or(0, csv::Position::byte);
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        while let Some(byte) = self.body.get(self.offset) {
            let ends_line = matches!(byte, b'\r' | b'\n');
            if self.offset >= begin && !ends_line {
                break;
            }
            let pair = *byte == b'\r' && self.body.get(self.offset + 1) == Some(&b'\n');
            self.offset += 1;
            if ends_line && !pair {
                self.line = self.line.saturating_add(1);
            }
        }
        self.line
    }
}

/// `sep=;` is how a spreadsheet tells another one; the rest, and how many lines that takes away.
fn without_separator_line(text: &str) -> (Option<u8>, &str, u64) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let Some((first, rest)) = text.split_at_checked(end) else {
        return (None, text, 0);
    };
    let said = first.trim().strip_prefix("sep=").map(str::as_bytes);
    match said {
        Some([delimiter @ (b',' | b';')]) => {
            let rest = rest.strip_prefix('\r').unwrap_or(rest);
            (Some(*delimiter), rest.strip_prefix('\n').unwrap_or(rest), 1)
        }
        // Its tab was trimmed away.
        Some([]) => {
            let rest = rest.strip_prefix('\r').unwrap_or(rest);
            (Some(b'\t'), rest.strip_prefix('\n').unwrap_or(rest), 1)
        }
        _ => (None, text, 0),
    }
}

/// The delimiter by which the heading has the most columns that are known.
fn best_delimiter(text: &str) -> u8 {
    let known = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        while let Ok(true) = reader.read_record(&mut record) {
            if record.iter().any(|value| !value.trim().is_empty()) {
                return record.iter().take(MAX_COLUMNS).filter_map(field).count();
            }
        }
        0
    };
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter))
        .unwrap_or(b',')
}

/// Which column is which, from 0.
struct Columns {
    of: Vec<(Field, usize)>,
    count: usize,
    ignored: usize,
}

impl Columns {
    fn of(heading: &StringRecord, line: u64, period_given: bool) -> Result<Self, Faults> {
        let mut of: Vec<(Field, usize)> = Vec::new();
        let mut faults = Faults::default();
        for (index, name) in heading.iter().enumerate() {
            let Some(field) = field(name) else { continue };
            if of.iter().any(|(known, _)| *known == field) {
                let place = Place {
                    column: u64::try_from(index + 1).ok(),
                    ..Place::line(line)
                };
                faults.add(FaultKind::ColumnTwice.at(place).field(field.name()));
            } else {
                of.push((field, index));
            }
        }
        if of.is_empty() || heading.len() > MAX_COLUMNS {
            return Err(FaultKind::NoHeading.at(Place::line(line)).into());
        }
        let period = (!period_given).then_some(Field::Period);
        let wanted = [Field::Number, Field::Name, Field::Amount];
        for field in wanted.into_iter().chain(period) {
            if !of.iter().any(|(known, _)| *known == field) {
                let fault = FaultKind::ColumnMissing.at(Place::line(line));
                faults.add(fault.field(field.name()));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let blank = heading.iter().filter(|name| name.trim().is_empty()).count();
        Ok(Self {
            ignored: heading.len() - blank - of.len(),
            count: heading.len(),
            of,
        })
    }
}

/// The field that a heading names: with diacritics or without, in capitals or not, with whatever
/// stands in brackets behind it.
fn field(heading: &str) -> Option<Field> {
    let heading = heading.split(['(', '[']).next().unwrap_or_default();
    if heading.len() > 200 {
        return None;
    }
    let plain = without_diacritics(&folded(heading));
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    Some(match words.join(" ").as_str() {
        "so dinh danh"
        | "so dinh danh ca nhan"
        | "ma dinh danh"
        | "ma dinh danh ca nhan"
        | "so cccd"
        | "cccd"
        | "so can cuoc"
        | "so can cuoc cong dan"
        | "so ddcn"
        | "ddcn"
        | "personal number"
        | "personalnumber" => Field::Number,
        "ho ten"
        | "ho va ten"
        | "ho ten nguoi huong"
        | "ho va ten nguoi huong"
        | "name"
        | "full name" => Field::Name,
        "so tien" | "so tien chi tra" | "so tien vnd" | "so tien dong" | "amount"
        | "amount vnd" => Field::Amount,
        "ky" | "ky chi tra" | "ky huong" | "period" => Field::Period,
        "ngay sinh"
        | "ngay thang nam sinh"
        | "nam sinh"
        | "birth date"
        | "birthdate"
        | "date of birth" => Field::BirthDate,
        "ma" | "ma dong" | "ma chi tra" | "id" | "entry id" | "entry" => Field::Id,
        _ => return None,
    })
}

/// A line of the table.
struct Line<'a> {
    columns: &'a Columns,
    record: &'a StringRecord,
    line: u64,
}

impl Line<'_> {
    fn index(&self, field: Field) -> Option<usize> {
        let mut of = self.columns.of.iter();
        of.find_map(|(known, index)| (*known == field).then_some(*index))
    }

    /// Whether the amount looks like the head of `1,500,000` and the value behind it like the next
    /// three digits: no benefit is under a thousand đồng.
    fn splits_the_amount(&self) -> bool {
        let digits = |index: usize| {
            let value = self.record.get(index).map(str::trim)?;
            let all = value.bytes().all(|byte| byte.is_ascii_digit());
            all.then_some(value.len())
        };
        self.index(Field::Amount).is_some_and(|index| {
            matches!(digits(index), Some(1..=3)) && digits(index.saturating_add(1)) == Some(3)
        })
    }
}

impl Row for Line<'_> {
    fn place(&self) -> Place {
        Place::line(self.line)
    }

    fn column(&self, field: Field) -> Option<u64> {
        let index = self.index(field)?;
        u64::try_from(index.saturating_add(1)).ok()
    }

    fn cell(&self, field: Field) -> Cell<'_> {
        let value = self.index(field).and_then(|index| self.record.get(index));
        value.map_or(Cell::Missing, Cell::Text)
    }
}
