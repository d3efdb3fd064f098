//! What readers and chips bear: learned from one reading for the next, and overridden by the
//! operator (`hardware-notes/quirks.md`).
//!
//! It is hearsay that saves exchanges: whatever it says, every refusal of reader or chip is still
//! met, and no verdict rests on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cccd_port::{Atr, ReaderName};

use crate::chip::Abilities;
use crate::chip::abilities::Extended;
use crate::config::{ExtendedLength, Quirk};
use crate::store::Store;
use crate::store::quirks::MAX_QUIRKS;

/// Kind of reader, and answer to reset in lower-case hexadecimal.
type Key = (String, String);

/// What is known of readers and chips.
pub struct Quirks {
    memory: Memory,
    configured: Vec<Quirk>,
}

/// Where it is kept.
enum Memory {
    /// Beyond this run of the program.
    Store(Arc<Store>),
    /// For this run alone.
    Process(Mutex<BTreeMap<Key, Abilities>>),
}

impl Quirks {
    /// Kept in the store; `configured` overrides.
    #[must_use]
    pub const fn kept(store: Arc<Store>, configured: Vec<Quirk>) -> Self {
        Self {
            memory: Memory::Store(store),
            configured,
        }
    }

    /// Kept until the program ends; `configured` overrides.
    #[must_use]
    pub const fn in_memory(configured: Vec<Quirk>) -> Self {
        Self {
            memory: Memory::Process(Mutex::new(BTreeMap::new())),
            configured,
        }
    }

    /// What is known of that chip on that reader: what was learned, with what is configured on top.
    /// Where the store fails, nothing was learned.
    #[must_use]
    pub fn abilities(&self, reader: &ReaderName, atr: &Atr) -> Abilities {
        let mut abilities = self.recall(&key(reader, atr)).unwrap_or_default();
        for quirk in self.concerning(reader, atr) {
            override_by(quirk, &mut abilities);
        }
        abilities
    }

    /// Remembers what that chip on that reader bore in the end. What is configured is not taken for
    /// learned, and what is known already is not written again.
    ///
    /// To be called only for a chip that has proven itself: any card can show the answer to reset of
    /// a citizen card, and would slow down all of them.
    pub fn learned(&self, reader: &ReaderName, atr: &Atr, after: &Abilities) {
        let key = key(reader, atr);
        let known = self.recall(&key).unwrap_or_default();
        let mut news = *after;
        for quirk in self.concerning(reader, atr) {
            keep_overridden(quirk, &known, &mut news);
        }
        if news != known {
            self.keep(key, news);
        }
    }

    fn concerning(&self, reader: &ReaderName, atr: &Atr) -> impl Iterator<Item = &Quirk> {
        self.configured
            .iter()
            .filter(|quirk| quirk.concerns(&reader.0, &atr.0))
    }

    fn recall(&self, key: &Key) -> Option<Abilities> {
        match &self.memory {
            Memory::Store(store) => {
                let text = store.quirk(&key.0, &key.1).unwrap_or_else(|error| {
                    tracing::warn!(%error, "what was learned of a reader could not be looked up");
                    None
                })?;
                let read = parse(&text);
                if read.is_none() {
                    tracing::warn!(
                        reader = key.0,
                        "what was learned of a reader is not understood"
                    );
                }
                read
            }
            Memory::Process(kept) => {
                let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.get(key).copied()
            }
        }
    }

    fn keep(&self, key: Key, abilities: Abilities) {
        match &self.memory {
            Memory::Store(store) => {
                let Ok(text) = serde_json::to_string(&abilities) else {
                    return;
                };
                match store.keep_quirk(&key.0, &key.1, &text) {
                    Ok(()) => tracing::info!(
                        reader = key.0,
                        atr = key.1,
                        abilities = text,
                        "learned what reader and chip bear"
                    ),
                    // The next reading finds it out again.
                    Err(error) => {
                        tracing::warn!(%error, "what was learned of a reader could not be kept");
                    }
                }
            }
            Memory::Process(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= MAX_QUIRKS && !kept.contains_key(&key) {
                    kept.clear();
                }
                kept.insert(key, abilities);
            }
        }
    }
}

/// What an entry of the store says; none where another version of the program wrote it, or no
/// reading could bear it out.
#[must_use]
pub fn parse(text: &str) -> Option<Abilities> {
    let abilities: Abilities = serde_json::from_str(text).ok()?;
    let short = abilities
        .short_length
        .is_none_or(|length| (1..=256).contains(&length));
    let extended = match abilities.extended {
        Extended::UpTo(length) => (257..=0x1_0000).contains(&length),
        Extended::Unknown | Extended::Refused => true,
    };
    (short && extended).then_some(abilities)
}

fn override_by(quirk: &Quirk, abilities: &mut Abilities) {
    if let Some(length) = quirk.short_length {
        abilities.short_length = Some(length);
    }
    match quirk.extended {
        Some(ExtendedLength::Refused) => abilities.extended = Extended::Refused,
        Some(ExtendedLength::UpTo(length)) => abilities.extended = Extended::UpTo(length),
        None => {}
    }
    if let Some(taken) = quirk.short_identifiers {
        abilities.short_identifiers = taken;
    }
    if let Some(needed) = quirk.extended_authentication {
        abilities.extended_authentication = needed;
    }
}

/// Where the quirk overrides, what was known stays known.
const fn keep_overridden(quirk: &Quirk, known: &Abilities, news: &mut Abilities) {
    if quirk.short_length.is_some() {
        news.short_length = known.short_length;
    }
    if quirk.extended.is_some() {
        news.extended = known.extended;
    }
    if quirk.short_identifiers.is_some() {
        news.short_identifiers = known.short_identifiers;
    }
    if quirk.extended_authentication.is_some() {
        news.extended_authentication = known.extended_authentication;
    }
}

fn key(reader: &ReaderName, atr: &Atr) -> Key {
    (kind_of(reader), hex::encode(&atr.0))
}

/// Longest name of a kind of reader, in characters: bounded like all that a driver says.
const LONGEST: usize = 60;

/// The reader's name without the numbers of reader and slot at its end, which change with the order
/// in which readers are plugged in: `Virtual PCD 00 01` is a `Virtual PCD`, as is `Virtual PCD 0`.
#[must_use]
pub fn kind_of(reader: &ReaderName) -> String {
    let mut words: Vec<&str> = reader.0.split_whitespace().collect();
    for _ in 0..2 {
        if words.len() > 1 && words.last().is_some_and(|word| is_number(word)) {
            words.pop();
        }
    }
    let name = words.join(" ");
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    if name.is_empty() {
        "?".to_owned()
    } else {
        name
    }
}

/// One or two hexadecimal digits that begin with a decimal one, as services number readers.
fn is_number(word: &str) -> bool {
    word.len() <= 2
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
#[path = "quirks_tests.rs"]
mod tests;
