#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;

use super::{ConfigError, Sources};
use crate::config::{Config, ExtendedLength};
use crate::decision::VerdictKind;

const EXAMPLE: &str = include_str!("../../desk.example.toml");

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("desk.toml"), text).unwrap();
        Self(folder)
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        variables.push(("HOME".to_owned(), "/home/clerk".to_owned()));
        Sources {
            file: Some(self.0.path().join("desk.toml")),
            variables,
        }
        .load()
    }
}

fn load(text: &str) -> Result<Config, ConfigError> {
    Folder::with(text).load(&[])
}

/// The example with the keys that it leaves to be filled in.
fn filled_in_example() -> String {
    EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') => rest,
            Some(rest)
                if rest.split_once(" = ").is_some_and(|(key, _)| {
                    key.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
                    })
                }) =>
            {
                rest
            }
            _ => line,
        })
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_example_says_the_defaults() {
    let folder = Folder::with("");
    assert_eq!(Folder::with(EXAMPLE).load(&[]), folder.load(&[]));
}

#[test]
fn the_example_names_every_key() {
    let example: toml::Table = toml::from_str(&filled_in_example()).unwrap();
    let mut sections = vec![(String::new(), example.clone())];
    let mut named = 0;
    while let Some((section, keys)) = sections.pop() {
        // Asking for a key that cannot exist makes the loader tell all that do.
        let Err(ConfigError::UnknownKey { known, .. }) =
            load(&format!("{section}\nno_such_key_at_all = 1\n"))
        else {
            panic!("section {section} takes any key");
        };
        for full in known {
            let name = full.rsplit('.').next().unwrap();
            let value = keys
                .get(name)
                .unwrap_or_else(|| panic!("the example does not name {full}"));
            named += 1;
            // Below it stand names of the operator's choice; the reader of policies has tests of its
            // own.
            if full == "policy" {
                continue;
            }
            if let Some(table) = value.as_table() {
                sections.push((format!("[{full}]"), table.clone()));
            } else if let Some(tables) = value
                .as_array()
                .filter(|all| all.iter().any(toml::Value::is_table))
            {
                // Not every key goes with every other one.
                let all = tables.iter().filter_map(toml::Value::as_table).cloned();
                sections.push((format!("[[{full}]]"), all.flatten().collect()));
            }
        }
    }
    assert!(named > 25, "{named}");
}

#[test]
fn the_filled_in_example_is_a_configuration() {
    let folder = Folder::with(&filled_in_example());
    let config = folder.load(&[]).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/cccd-desk"));
    // Relative to the file that names it.
    assert_eq!(
        config.report.client_key_file,
        Some(folder.0.path().join("desk.key"))
    );
    assert_eq!(
        config.report.case_system.unwrap().to_string(),
        "https://case.example/reports"
    );
    assert!(config.report.verdicts.contains(&VerdictKind::Undetermined));
    let policy = config.policies.get("office-payment").unwrap();
    assert_eq!(policy.rules.crl_grace_days, 7);
    assert_eq!(policy.overrides.len(), 1);
}

#[test]
fn a_mistake_in_a_policy_is_told_with_its_line() {
    let text = "[desk]\nid = \"x\"\n[policy.office]\nversion = \"1\"\nbased_on = \"intake\"\n";
    let message = load(text).unwrap_err().to_string();
    assert!(
        message.contains("line 5: there is no policy “intake”"),
        "{message}"
    );
    // A variable could only change them unseen.
    let folder = Folder::with("");
    let variables = [("CCCD_DESK_POLICY__DOCUMENT__VERSION", "2")];
    let message = folder.load(&variables).unwrap_err().to_string();
    assert!(message.contains("file alone"), "{message}");
}

#[test]
fn an_unknown_key_suggests_the_near_one() {
    for (text, key, nearest) in [
        ("data_dri = \"x\"", "data_dri", Some("data_dir")),
        (
            "[report]\ncase_sytem = \"https://a\"",
            "report.case_sytem",
            Some("report.case_system"),
        ),
        (
            "[report.retry]\nlongest_second = 4",
            "report.retry.longest_second",
            Some("report.retry.longest_seconds"),
        ),
        ("[sesion]\nlifetime_seconds = 4", "sesion", Some("session")),
        ("[desk]\nportrait = true", "desk.portrait", None),
    ] {
        let Err(error) = load(text) else {
            panic!("{text} is accepted")
        };
        let message = error.to_string();
        let ConfigError::UnknownKey {
            key: found,
            nearest: suggestion,
            origin,
            ..
        } = error
        else {
            panic!("{text}: {message}")
        };
        assert_eq!(
            (found.as_str(), suggestion.as_deref()),
            (key, nearest),
            "{message}"
        );
        assert!(origin.ends_with("desk.toml"), "{origin}");
    }
}

#[test]
fn a_misspelt_variable_is_an_error_too() {
    let folder = Folder::with("");
    let error = folder
        .load(&[("CCCD_DESK_REPORT__TIMEOUT_SECOND", "4")])
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("did you mean `report.timeout_seconds`"),
        "{error}"
    );
    assert!(error.to_string().contains("CCCD_DESK_"), "{error}");
    assert_eq!(
        folder.load(&[("CCCD_DESK_LOG", "debug"), ("CCCD_DESK_CONFIG", "x")]),
        folder.load(&[])
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = Folder::with(
        "data_dir = \"kept\"\n[report]\ntimeout_seconds = 4\n[report.retry]\nlongest_seconds = 9\n",
    );
    let config = folder
        .load(&[
            ("CCCD_DESK_DATA_DIR", "/elsewhere"),
            ("CCCD_DESK_REPORT__TIMEOUT_SECONDS", "7"),
            ("CCCD_DESK_REPORT__RETRY__FIRST_MILLISECONDS", "200"),
            ("CCCD_DESK_REPORT__FIELDS", "[\"name\"]"),
            ("CCCD_DESK_DESK__NAME", "Quầy số 2"),
        ])
        .unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/elsewhere"));
    assert_eq!(config.trust_dir, PathBuf::from("/elsewhere/trust"));
    assert_eq!(config.report.timeout_seconds, 7);
    assert_eq!(
        (
            config.report.retry.first_milliseconds,
            config.report.retry.longest_seconds
        ),
        (200, 9)
    );
    assert_eq!(config.report.fields.len(), 1);
    assert_eq!(config.desk.name, "Quầy số 2");
}

#[test]
fn values_out_of_bounds_name_their_key() {
    for (text, key) in [
        ("[api]\nlisten = \"0.0.0.0:8737\"", "api.listen"),
        ("[api]\nlisten = \"192.168.1.4:8737\"", "api.listen"),
        ("[api]\nlisten = \"[::]:8737\"", "api.listen"),
        ("[api]\nlisten = \"localhost\"", "api.listen"),
        ("[api]\nallowed_hosts = []", "api.allowed_hosts"),
        ("[desk]\nid = \"a b\"", "desk.id"),
        ("[desk]\nid = \"\"", "desk.id"),
        ("[desk]\nid = 17", "desk.id"),
        ("[readers]\nallowed = [\"\"]", "readers.allowed"),
        ("[camera]\ndevices = [\"/dev/video0\"]", "camera.devices"),
        ("[camera]\ndevices = [\"..\"]", "camera.devices"),
        (
            "[session]\nlifetime_seconds = 0",
            "session.lifetime_seconds",
        ),
        (
            "[session]\nlifetime_seconds = -1",
            "session.lifetime_seconds",
        ),
        (
            "[reading]\ntotal_seconds = 99999999999",
            "reading.total_seconds",
        ),
        (
            "[report]\ncase_system = \"http://case.example/\"",
            "report.case_system",
        ),
        (
            "[report]\nclient_key_file = \"a\"",
            "report.client_key_file",
        ),
        ("[report]\nfields = [\"portrait\"]", "report.fields"),
        ("[report]\nverdicts = [\"perhaps\"]", "report.verdicts"),
        (
            "[report.retry]\nfirst_milliseconds = 5000\nlongest_seconds = 2",
            "report.retry.longest_seconds",
        ),
    ] {
        let Err(error) = load(text) else {
            panic!("{text} is accepted")
        };
        assert!(error.to_string().contains(key), "{text}: {error}");
    }
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_said_so() {
    let missing = Sources {
        file: Some(PathBuf::from("/no/such/desk.toml")),
        variables: Vec::new(),
    };
    assert!(matches!(missing.load(), Err(ConfigError::File { .. })));
    assert!(matches!(
        load("[desk\nid = 4"),
        Err(ConfigError::Value { .. })
    ));
    assert!(matches!(
        load(&"#".repeat(2_000_000)),
        Err(ConfigError::File { .. })
    ));
    let nowhere = Sources::default();
    assert_eq!(nowhere.load(), Err(ConfigError::NoDataFolder));
}

#[test]
fn the_terminal_has_a_folder_a_key_and_policies_that_exist() {
    let config = load(
        "[terminal]\ncertificates_dir = \"certificates\"\nkey_file = \"key\"\n\
         fingerprints = [\"benefit-payment\"]\n",
    )
    .unwrap();
    assert!(config.terminal.certificates_dir.unwrap().is_absolute());
    for (text, key) in [
        ("key_file = \"key\"", "terminal.key_file"),
        ("fingerprints = [\"payment\"]", "terminal.fingerprints"),
    ] {
        let refused = load(&format!("[terminal]\n{text}\n")).unwrap_err();
        let ConfigError::Bounds { key: found, .. } = refused else {
            panic!("{refused}")
        };
        assert_eq!(found, key);
    }
}

#[test]
fn only_the_named_policies_want_fingerprints() {
    use crate::decision::Policy;
    let terminal = crate::config::Terminal {
        fingerprints: vec!["benefit-payment".to_owned()],
        ..Default::default()
    };
    for name in Policy::NAMES {
        let plain = Policy::ready_made(name).unwrap();
        let applied = terminal.apply(plain.clone());
        let wanted = name == "benefit-payment";
        assert!(!plain.wants_fingerprints());
        assert_eq!(applied.wants_fingerprints(), wanted, "{name}");
        assert_eq!(applied.digest() != plain.digest(), wanted, "{name}");
    }
}

#[test]
fn quirks_are_tables_of_their_own() {
    let config = load(
        "[[quirk]]\nreader = \"OMNIKEY\"\nextended = 2048\n\n\
         [[quirk]]\natr = \"3B 80 ??\"\nextended = \"refused\"\nshort_length = 223\n\
         short_identifiers = false\nextended_authentication = true\n",
    )
    .unwrap();
    let [first, second] = config.quirk.as_slice() else {
        panic!("{:?}", config.quirk)
    };
    assert_eq!(first.extended, Some(ExtendedLength::UpTo(2_048)));
    assert_eq!((first.short_length, &first.atr), (None, &None));
    assert_eq!(second.extended, Some(ExtendedLength::Refused));
    assert_eq!(second.short_length, Some(223));
    assert_eq!(second.short_identifiers, Some(false));
    assert_eq!(second.extended_authentication, Some(true));
    assert!(second.concerns("any reader", &[0x3b, 0x80, 0x55]));

    let variable = "[{reader = \"ACR122\", short_length = 128}]";
    let config = Folder::with("")
        .load(&[("CCCD_DESK_QUIRK", variable)])
        .unwrap();
    assert_eq!(config.quirk[0].short_length, Some(128));
}

#[test]
fn a_mistaken_quirk_names_its_line_and_its_key() {
    for (text, says) in [
        ("short_length = 128", "neither reader nor atr"),
        ("reader = \"X\"", "says nothing"),
        ("reader = \" \"\nshort_length = 128", "quirk.1.reader"),
        ("reader = \"X\"\nshort_length = 15", "quirk.1.short_length"),
        ("reader = \"X\"\nshort_length = 257", "quirk.1.short_length"),
        ("reader = \"X\"\nshort_length = -1", "quirk.1.short_length"),
        ("reader = \"X\"\nextended = 256", "quirk.1.extended"),
        ("reader = \"X\"\nextended = 65537", "quirk.1.extended"),
        ("reader = \"X\"\nextended = -1", "quirk.1.extended"),
        (
            "reader = \"X\"\nextended = \"no\"",
            "\"refused\" or a number",
        ),
        ("reader = \"X\"\nextended = true", "quirk.1.extended"),
        ("atr = \"3B8\"\nshort_length = 128", "quirk.1.atr"),
        ("atr = \"\"\nshort_length = 128", "quirk.1.atr"),
        ("atr = 3\nshort_length = 128", "quirk.1.atr"),
        (
            "reader = \"X\"\nshort_identifiers = 1",
            "quirk.1.short_identifiers",
        ),
        (
            "raeder = \"X\"\nshort_length = 128",
            "did you mean `quirk.1.reader`",
        ),
    ] {
        let whole = format!(
            "# [[quirk]]\n[[quirk]]\nreader = \"A\"\nshort_length = 128\n\n[[ quirk ]] # wrong\n{text}\n"
        );
        let Err(error) = load(&whole) else {
            panic!("{text} is accepted")
        };
        let message = error.to_string();
        assert!(message.contains(says), "{text}: {message}");
        assert!(
            message.contains("desk.toml, table in line 6"),
            "{text}: {message}"
        );
    }
    let variable = [("CCCD_DESK_QUIRK", "[{short_length = 128}]")];
    // The variable stands in the place of the file's tables: no line of those is blamed.
    let file = "[[quirk]]\nreader = \"A\"\nshort_length = 128\n";
    let error = Folder::with(file).load(&variable).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("neither reader nor atr"), "{message}");
    assert!(!message.contains("line"), "{message}");
}

#[test]
fn a_scanner_is_named_with_its_kind_and_a_mistake_with_its_line() {
    let good = "[[scanner]]\ndevice = \"/dev/serial/by-id/one\"\nprofile = \"qr-line\"\n";
    let config = load(&format!("{good}reader = \"PICC\"\nbaud = 115200\n")).unwrap();
    assert_eq!(config.scanner[0].name(), "one");
    assert_eq!(config.scanner[0].made().unwrap().baud, 115_200);
    for (text, says) in [
        ("profile = \"qr\"", "scanner.1.device"),
        ("device = \"ttyACM0\"\nprofile = \"qr\"", "scanner.1.device"),
        ("device = \"/dev/x\"", "scanner.1.profile"),
        (
            "device = \"/dev/x\"\nprofile = \"honeywell\"",
            "qr, qr-line, qr-datalogic, mrz-lines, mrz-desko, mrz-3m",
        ),
        (
            "device = \"/dev/x\"\nprofile = \"qr\"\nreader = \" \"",
            "scanner.1.reader",
        ),
        (
            "device = \"/dev/x\"\nprofile = \"qr\"\nbaud = 1",
            "scanner.1.baud",
        ),
        (
            "device = \"/dev/x\"\nprofile = \"mrz-3m\"\nends = [\"line\"]",
            "scanner.1.ends",
        ),
        (
            "device = \"/dev/x\"\nprofile = \"qr\"\nencoding = \"latin\"",
            "no such encoding",
        ),
        (
            "device = \"/dev/other/one\"\nprofile = \"qr\"",
            "another scanner",
        ),
        (
            "device = \"/dev/x\"\nprofle = \"qr\"",
            "did you mean `scanner.1.profile`",
        ),
    ] {
        let error = load(&format!("{good}[[scanner]]\n{text}\n")).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(says), "{text}: {message}");
        assert!(message.contains("table in line 4"), "{text}: {message}");
    }
    let many = (0..17).map(|at| good.replace("one", &at.to_string()));
    let message = load(&many.collect::<String>()).unwrap_err().to_string();
    assert!(message.contains("scanner"), "{message}");
    assert!(message.contains("there may be 16"), "{message}");
}
