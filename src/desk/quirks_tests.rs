#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::config::AtrPattern;
use crate::store::testing::open;

const ATR: [u8; 4] = [0x3b, 0x80, 0x80, 0x01];

fn reader(name: &str) -> ReaderName {
    ReaderName(name.to_owned())
}

fn atr() -> Atr {
    Atr(ATR.to_vec())
}

fn borne() -> Abilities {
    Abilities {
        short_length: Some(223),
        extended: Extended::UpTo(2_048),
        short_identifiers: false,
        extended_authentication: true,
    }
}

fn pattern(text: &str) -> Option<AtrPattern> {
    Some(serde_json::from_value(serde_json::Value::from(text)).unwrap())
}

/// Each of the two memories.
fn memories() -> Vec<(tempfile::TempDir, Memory)> {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    vec![
        (folder, Memory::Store(store)),
        (
            tempfile::tempdir().unwrap(),
            Memory::Process(Mutex::default()),
        ),
    ]
}

#[test]
fn what_one_reading_learned_the_next_one_knows() {
    for (_folder, memory) in memories() {
        let quirks = Quirks {
            memory,
            configured: Vec::new(),
        };
        let here = reader("Virtual PCD 00 00");
        assert_eq!(quirks.abilities(&here, &atr()), Abilities::default());
        quirks.learned(&here, &atr(), &borne());
        assert_eq!(quirks.abilities(&here, &atr()), borne());
        // The same reader, plugged in after another one.
        assert_eq!(
            quirks.abilities(&reader("Virtual PCD 01 00"), &atr()),
            borne()
        );
        assert_eq!(
            quirks.abilities(&reader("ACS ACR122U 00 00"), &atr()),
            Abilities::default()
        );
        let other = Atr(vec![0x3b, 0x81]);
        assert_eq!(quirks.abilities(&here, &other), Abilities::default());
    }
}

#[test]
fn what_is_configured_wins_and_is_not_taken_for_learned() {
    for (_folder, memory) in memories() {
        let mut quirks = Quirks {
            memory,
            configured: Vec::new(),
        };
        let here = reader("Virtual PCD 00 00");
        quirks.learned(&here, &atr(), &borne());
        quirks.configured = vec![
            Quirk {
                reader: Some("Virtual".to_owned()),
                short_length: Some(128),
                extended: Some(ExtendedLength::UpTo(4_096)),
                ..Quirk::default()
            },
            Quirk {
                atr: pattern("3b80??01"),
                extended: Some(ExtendedLength::Refused),
                short_identifiers: Some(true),
                extended_authentication: Some(false),
                ..Quirk::default()
            },
            Quirk {
                reader: Some("OMNIKEY".to_owned()),
                short_length: Some(16),
                ..Quirk::default()
            },
        ];
        let configured = Abilities {
            short_length: Some(128),
            extended: Extended::Refused,
            short_identifiers: true,
            extended_authentication: false,
        };
        assert_eq!(quirks.abilities(&here, &atr()), configured);
        quirks.learned(&here, &atr(), &configured);
        quirks.configured.clear();
        assert_eq!(quirks.abilities(&here, &atr()), borne());
    }
}

#[test]
fn beside_what_is_configured_the_rest_is_still_learned() {
    let quirks = Quirks::in_memory(vec![Quirk {
        reader: Some("Virtual".to_owned()),
        extended: Some(ExtendedLength::Refused),
        ..Quirk::default()
    }]);
    let here = reader("Virtual PCD 00 00");
    quirks.learned(&here, &atr(), &borne());
    let known = quirks.recall(&key(&here, &atr())).unwrap();
    let expected = Abilities {
        extended: Extended::Unknown,
        ..borne()
    };
    assert_eq!(known, expected);
}

#[test]
fn only_news_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let quirks = Quirks::kept(Arc::clone(&store), Vec::new());
    let (first, second) = (reader("First 00 00"), reader("Second 00 00"));
    quirks.learned(&first, &atr(), &Abilities::default());
    assert_eq!(store.quirks().unwrap(), [], "nothing was learned");
    quirks.learned(&first, &atr(), &borne());
    quirks.learned(&second, &atr(), &borne());
    // Written once more, the first would be the newest.
    quirks.learned(&first, &atr(), &borne());
    let kept = store.quirks().unwrap();
    let order: Vec<&str> = kept.iter().map(|entry| entry.reader.as_str()).collect();
    assert_eq!(order, ["Second", "First"]);
    assert_eq!(kept[0].atr, "3b808001");
    assert_eq!(parse(&kept[0].abilities), Some(borne()));
}

#[test]
fn an_entry_that_is_not_understood_counts_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let quirks = Quirks::kept(Arc::clone(&store), Vec::new());
    let here = reader("Virtual PCD 00 00");
    for text in [
        "nonsense",
        r#"{"short_length":0}"#,
        r#"{"short_length":257}"#,
        r#"{"extended":{"up-to":0}}"#,
        r#"{"extended":{"up-to":65537}}"#,
        r#"{"of_a_later_version":true}"#,
    ] {
        store.keep_quirk("Virtual PCD", "3b808001", text).unwrap();
        assert_eq!(
            quirks.abilities(&here, &atr()),
            Abilities::default(),
            "{text}"
        );
    }
    quirks.learned(&here, &atr(), &borne());
    assert_eq!(quirks.abilities(&here, &atr()), borne());
}

#[test]
fn a_kind_of_reader_is_its_name_without_numbers() {
    for (name, kind) in [
        ("Virtual PCD 00 00", "Virtual PCD"),
        ("Virtual PCD 00 01", "Virtual PCD"),
        (
            "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 0A 00",
            "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC]",
        ),
        (
            "Identiv uTrust 3700 F CL Reader 0",
            "Identiv uTrust 3700 F CL Reader",
        ),
        ("Reader", "Reader"),
        ("00 00", "00"),
        ("", "?"),
        ("a\u{7}b\nc 00 00", "ab c"),
    ] {
        assert_eq!(kind_of(&reader(name)), kind, "{name:?}");
    }
    let long = reader(&"ẩ".repeat(5_000));
    assert!(kind_of(&long).len() <= 256);
}

#[test]
fn a_process_remembers_no_more_than_a_store() {
    let quirks = Quirks::in_memory(Vec::new());
    for number in 0..=MAX_QUIRKS {
        quirks.learned(&reader(&format!("R{number}x 00 00")), &atr(), &borne());
    }
    let Memory::Process(kept) = &quirks.memory else {
        return;
    };
    assert!(kept.lock().unwrap().len() <= MAX_QUIRKS);
}
