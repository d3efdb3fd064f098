//! Values of a TOML file with their places, so that a mistake is told where it stands.

use core::ops::RangeInclusive;

use time::{Date, Month};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;

/// Most entries of a list.
const MAX_LIST: usize = 64;

/// The line, from 1, of the byte at `at`.
pub(super) fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        .saturating_add(1)
}

/// What was met, for a message: short, on one line.
pub(super) fn shown(met: &str) -> String {
    const MOST: usize = 40;
    let mut short: String = met
        .chars()
        .take(MOST)
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    if met.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// A table whose keys are all known.
pub(super) struct Table<'a, 'i> {
    text: &'a str,
    prefix: &'static str,
    entries: &'a DeTable<'i>,
    start: usize,
}

/// A value with its key.
#[derive(Clone)]
pub(super) struct Field<'a, 'i> {
    text: &'a str,
    key: String,
    value: &'a Spanned<DeValue<'i>>,
}

impl<'a, 'i> Table<'a, 'i> {
    /// A table that begins at `start`, whose keys stand in messages behind `prefix`.
    pub(super) fn new(
        text: &'a str,
        prefix: &'static str,
        keys: &[&str],
        entries: &'a DeTable<'i>,
        start: usize,
    ) -> Result<Self, Mistake> {
        let stranger = entries
            .keys()
            .filter(|key| !keys.contains(&key.get_ref().as_ref()))
            .min_by_key(|key| key.span().start);
        let Some(stranger) = stranger else {
            return Ok(Self {
                text,
                prefix,
                entries,
                start,
            });
        };
        let met = stranger.get_ref().as_ref();
        let near = keys
            .iter()
            .map(|key| (strsim::damerau_levenshtein(met, key), key))
            .filter(|(distance, key)| *distance <= key.len().div_ceil(3))
            .min();
        Err(Mistake {
            line: line(text, stranger.span().start),
            key: format!("{prefix}{}", shown(met)),
            wrong: "this key is not known".to_owned(),
            right: match near {
                Some((_, near)) => format!("did you mean “{prefix}{near}”?"),
                None => format!("there are: {}", keys.join(", ")),
            },
        })
    }

    pub(super) fn get(&self, key: &str) -> Option<Field<'a, 'i>> {
        Some(Field {
            text: self.text,
            key: format!("{}{key}", self.prefix),
            value: self.entries.get(key)?,
        })
    }

    /// A key that every file has.
    pub(super) fn need(&self, key: &str, right: &str) -> Result<Field<'a, 'i>, Mistake> {
        self.get(key).ok_or_else(|| Mistake {
            line: line(self.text, self.start),
            key: format!("{}{key}", self.prefix),
            wrong: "is missing".to_owned(),
            right: right.to_owned(),
        })
    }
}

impl<'a, 'i> Field<'a, 'i> {
    pub(super) fn line(&self) -> usize {
        line(self.text, self.value.span().start)
    }

    pub(super) fn wrong(&self, wrong: impl Into<String>, right: impl Into<String>) -> Mistake {
        Mistake {
            line: self.line(),
            key: self.key.clone(),
            wrong: wrong.into(),
            right: right.into(),
        }
    }

    pub(super) fn unknown(&self, met: &str, right: impl Into<String>) -> Mistake {
        self.wrong(format!("“{}” is not known", shown(met)), right)
    }

    pub(super) fn string(&self) -> Result<&'a str, Mistake> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.as_ref()),
            other => Err(self.wrong(
                format!("is {}", other.type_str()),
                "a text in quotes is wanted here",
            )),
        }
    }

    pub(super) fn truth(&self) -> Result<bool, Mistake> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            other => Err(self.wrong(
                format!("is {}", other.type_str()),
                "true or false is wanted here",
            )),
        }
    }

    pub(super) fn number(&self, bounds: RangeInclusive<u64>) -> Result<u64, Mistake> {
        let number = match self.value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let (least, most) = (bounds.start(), bounds.end());
        number
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| {
                let right = format!("a whole number from {least} to {most} is wanted here");
                self.wrong("is none of the numbers that fit", right)
            })
    }

    pub(super) fn list(&self) -> Result<Vec<Self>, Mistake> {
        let DeValue::Array(list) = self.value.get_ref() else {
            return Err(self.wrong(
                format!("is {}", self.value.get_ref().type_str()),
                "a list in square brackets is wanted here",
            ));
        };
        if list.len() > MAX_LIST {
            let wrong = format!("has {} entries", list.len());
            return Err(self.wrong(wrong, format!("at most {MAX_LIST} are read")));
        }
        let entry = |value| Self {
            value,
            ..self.clone()
        };
        Ok(list.iter().map(entry).collect())
    }

    pub(super) fn table(
        &self,
        prefix: &'static str,
        keys: &[&str],
    ) -> Result<Table<'a, 'i>, Mistake> {
        match self.value.get_ref() {
            DeValue::Table(entries) => {
                let start = self.value.span().start;
                Table::new(self.text, prefix, keys, entries, start)
            }
            other => Err(self.wrong(
                format!("is {}", other.type_str()),
                format!("a table [{}] is wanted here", self.key),
            )),
        }
    }

    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, Mistake> {
        let met = self.string()?;
        let known = choices.iter().find(|(name, _)| *name == met);
        known.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown(met, format!("there are: {}", names.join(", ")))
        })
    }

    /// A day of the calendar, as TOML writes it or in quotes.
    pub(super) fn date(&self) -> Result<Date, Mistake> {
        let parts = match self.value.get_ref() {
            DeValue::Datetime(at) if at.time.is_none() && at.offset.is_none() => at
                .date
                .map(|date| (i32::from(date.year), date.month, date.day)),
            DeValue::String(text) => parts(text),
            _ => None,
        };
        let day = parts.and_then(|(year, month, day)| {
            Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
        });
        day.ok_or_else(|| {
            self.wrong(
                "is no day of the calendar",
                "a date is written year-month-day, such as 2022-08-15",
            )
        })
    }
}

/// Year, month and day of `YYYY-MM-DD`.
fn parts(text: &str) -> Option<(i32, u8, u8)> {
    let digits = |from, to| {
        let part = text.get(from..to)?;
        let plain = part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then_some(part)
    };
    let hyphens = text.get(4..5)? == "-" && text.get(7..8)? == "-" && text.len() == 10;
    let date = (
        digits(0, 4)?.parse().ok()?,
        digits(5, 7)?.parse().ok()?,
        digits(8, 10)?.parse().ok()?,
    );
    hyphens.then_some(date)
}
