//! What was learned about readers and chips, and what the configuration overrides.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use cccd_desk::chip::Abilities;
use cccd_desk::chip::abilities::Extended;
use cccd_desk::config::{ExtendedLength, Quirk};
use cccd_desk::desk::quirks::parse;
use cccd_desk::store::{QuirkEntry, Store, StoreError};
use cccd_port::SystemClock;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::finding::Finding;

/// The name of its finding.
pub const ID: &str = "quirks";

/// Everything that is known of readers and chips.
#[derive(Debug, Default, Serialize)]
pub struct Quirks {
    /// The newest first; none where the database cannot be asked.
    learned: Option<Vec<Learned>>,
    /// In the order of the configuration.
    configured: Vec<Quirk>,
}

/// What was learned of one kind of chip on one kind of reader.
#[derive(Debug, Serialize)]
struct Learned {
    reader: String,
    atr: String,
    /// None where another version of the program wrote it: it is learned anew.
    abilities: Option<Abilities>,
    #[serde(with = "time::serde::rfc3339")]
    learned_at: OffsetDateTime,
}

impl From<QuirkEntry> for Learned {
    fn from(entry: QuirkEntry) -> Self {
        Self {
            abilities: parse(&entry.abilities),
            reader: entry.reader,
            atr: entry.atr,
            learned_at: entry.learned_at,
        }
    }
}

/// Looks into the database of that folder, and at the configuration.
pub fn look(folder: &Path, configured: Vec<Quirk>) -> Quirks {
    let learned = if Store::exists(folder) {
        // That the database does not open is told where the database is looked at.
        open(folder)
            .and_then(|store| store.quirks())
            .map(|entries| entries.into_iter().map(Learned::from).collect())
            .ok()
    } else {
        Some(Vec::new())
    };
    Quirks {
        learned,
        configured,
    }
}

/// Forgets what was learned, and tells of how many kinds of reader and chip that was.
pub fn forget(folder: &Path) -> Result<usize, StoreError> {
    if !Store::exists(folder) {
        return Ok(0);
    }
    open(folder)?.forget_quirks()
}

fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(folder, Arc::new(SystemClock::default()))
}

impl Quirks {
    /// How many there are.
    pub fn finding(&self) -> Finding {
        let configured = self.configured.len();
        let Some(learned) = &self.learned else {
            return Finding::warning(
                ID,
                format!(
                    "Không đọc được những gì đã học về đầu đọc và chip; cấu hình nêu {configured}."
                ),
                format!(
                    "What was learned about readers and chips cannot be read; configured: {configured}."
                ),
                "Sửa cơ sở dữ liệu trước.",
                "Mend the database first.",
            );
        };
        let learned = learned.len();
        Finding::ok(
            ID,
            format!("Điều đã học về đầu đọc và chip: {learned}; cấu hình nêu: {configured}."),
            format!("Learned about readers and chips: {learned}; configured: {configured}."),
        )
    }

    /// For people: a line each, as `desk.toml` would have it.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for learned in self.learned.iter().flatten() {
            let whom = [
                setting("reader", &learned.reader),
                setting("atr", &learned.atr),
            ];
            let bears = match &learned.abilities {
                Some(abilities) => settings(&as_quirk(abilities)).join(", "),
                None => "not understood by this version".to_owned(),
            };
            let day = learned.learned_at.date();
            writeln!(out, "    learned {day}: {} → {bears}", whom.join(", "))?;
        }
        for quirk in &self.configured {
            let whom: Vec<String> = quirk
                .reader
                .iter()
                .map(|reader| setting("reader", reader))
                .chain(quirk.atr.iter().map(|atr| setting("atr", atr)))
                .collect();
            let bears = settings(quirk).join(", ");
            writeln!(out, "    configured: {} → {bears}", whom.join(", "))?;
        }
        Ok(())
    }
}

/// What was learned, as the operator would write it.
fn as_quirk(abilities: &Abilities) -> Quirk {
    Quirk {
        short_length: abilities.short_length,
        extended: match abilities.extended {
            Extended::Unknown => None,
            Extended::Refused => Some(ExtendedLength::Refused),
            Extended::UpTo(length) => Some(ExtendedLength::UpTo(length)),
        },
        short_identifiers: Some(abilities.short_identifiers),
        extended_authentication: Some(abilities.extended_authentication),
        ..Quirk::default()
    }
}

fn settings(quirk: &Quirk) -> Vec<String> {
    [
        quirk.short_length.map(|it| setting("short_length", it)),
        quirk.extended.map(|it| setting("extended", it)),
        quirk
            .short_identifiers
            .map(|it| setting("short_identifiers", it)),
        quirk
            .extended_authentication
            .map(|it| setting("extended_authentication", it)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `key = value`; a JSON value of these kinds is a TOML value too.
fn setting(key: &str, value: impl Serialize) -> String {
    format!(
        "{key} = {}",
        serde_json::to_value(value).unwrap_or(Value::Null)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::finding::State;
    use super::*;

    fn written(quirks: &Quirks) -> String {
        let mut out = Vec::new();
        quirks.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_desk_that_never_ran_learned_nothing_and_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let quirks = look(folder.path(), Vec::new());
        assert_eq!(quirks.finding().state, State::Ok);
        assert_eq!(written(&quirks), "");
        assert_eq!(forget(folder.path()).unwrap(), 0);
        assert!(!Store::exists(folder.path()));
    }

    #[test]
    fn what_was_learned_and_what_is_configured_stand_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).unwrap();
        let text = r#"{"short_length":223,"extended":{"up-to":2048},"short_identifiers":false}"#;
        store.keep_quirk("Virtual PCD", "3b80", text).unwrap();
        store
            .keep_quirk("Other", "3b81", "of another version")
            .unwrap();
        let day = store.now().date();
        let configured = Quirk {
            reader: Some("OMNIKEY".to_owned()),
            extended: Some(ExtendedLength::Refused),
            ..Quirk::default()
        };
        let quirks = look(folder.path(), vec![configured]);
        assert_eq!(
            written(&quirks),
            format!(
                "    learned {day}: reader = \"Other\", atr = \"3b81\" → not understood by this version\n    \
                 learned {day}: reader = \"Virtual PCD\", atr = \"3b80\" → short_length = 223, \
                 extended = 2048, short_identifiers = false, extended_authentication = false\n    \
                 configured: reader = \"OMNIKEY\" → extended = \"refused\"\n"
            )
        );
        assert!(quirks.finding().en.contains("chips: 2; configured: 1"));
        assert_eq!(forget(folder.path()).unwrap(), 2);
        let after = look(folder.path(), Vec::new());
        assert!(after.finding().en.contains("chips: 0; configured: 0"));
    }

    #[test]
    fn a_database_that_does_not_open_is_not_one_that_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path()).unwrap());
        std::fs::write(folder.path().join("desk.key"), "00".repeat(32)).unwrap();
        let quirks = look(folder.path(), Vec::new());
        assert_eq!(quirks.finding().state, State::Warning);
        let json = serde_json::to_value(&quirks).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "learned": null, "configured": [] })
        );
        assert!(forget(folder.path()).is_err());
    }
}
