#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"name = "own-card"
full_name = "NGUYỄN VĂN H"
personal_number = "001090000008"
birth_date = 1990-01-01
sex = "male"
issue_date = "2022-08-15"
expiry_date = "none"
"#;

/// The good file with one line in place of the line that begins with the same key, or more of it.
fn with(lines: &str) -> String {
    let key = lines.split(' ').next().unwrap();
    let mut met = false;
    let mut text: String = GOOD
        .lines()
        .map(|line| {
            let same = line.split(' ').next() == Some(key);
            met |= same;
            format!("{}\n", if same { lines } else { line })
        })
        .collect();
    if !met {
        text.push_str(lines);
    }
    text
}

#[test]
fn what_is_not_written_is_as_on_the_citizen_card() {
    let written = parse(GOOD).unwrap();
    let persona = written.persona;
    assert_eq!((persona.chip, persona.seed), (None, None));
    assert_eq!(persona.expiry_date, None);
    assert_eq!(persona.design, crate::personas::Design::Card2021);
    assert!(written.defects.is_empty() && written.portrait.is_none());
    let chip = parse(&with("[chip]")).unwrap().persona.chip;
    assert_eq!(chip, Some(crate::ChipProfile::default()));
}

/// A text, the line and key of its mistake, and words of what is said.
const MISTAKES: &[(&str, usize, &str, &str)] = &[
    // No TOML
    ("x = ", 8, "", "no TOML"),
    ("sex = \"male\"\nsex = \"male\"", 6, "", "duplicate key"),
    ("[chip", 8, "", "no TOML"),
    // Keys
    (
        "full_nam = \"A\"",
        8,
        "full_nam",
        "did you mean “full_name”?",
    ),
    (
        "colour = \"red\"",
        8,
        "colour",
        "there are: name, description",
    ),
    (
        "[chip]\nacess = []",
        9,
        "chip.acess",
        "did you mean “chip.access”?",
    ),
    ("[chips]", 8, "chips", "did you mean “chip”?"),
    // Kinds of values
    ("sex = 1", 5, "sex", "a text in quotes"),
    (
        "birth_date = 19900101",
        4,
        "birth_date",
        "such as 2022-08-15",
    ),
    (
        "birth_date = 1990-01-01T00:00:00Z",
        4,
        "birth_date",
        "no day",
    ),
    ("birth_date = \"1990-02-30\"", 4, "birth_date", "no day"),
    ("birth_date = \"+990-02-03\"", 4, "birth_date", "no day"),
    ("birth_date = \"1990-02-0ă\"", 4, "birth_date", "no day"),
    (
        "allow_odd_number = \"yes\"",
        8,
        "allow_odd_number",
        "true or false",
    ),
    ("seed = -1", 8, "seed", "from 0 to 4294967295"),
    ("seed = 1.5", 8, "seed", "from 0 to"),
    ("seed = 99999999999999999999999", 8, "seed", "from 0 to"),
    ("chip = 3", 8, "chip", "a table [chip]"),
    ("parents = \"A\"", 8, "parents", "square brackets"),
    // The person
    ("name = \"\"", 1, "name", "1 to 40 small letters"),
    ("name = \"Own\"", 1, "name", "“Own” is no name"),
    ("name = \"../x\"", 1, "name", "small letters"),
    (
        "name = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        1,
        "name",
        "1 to 40",
    ),
    ("name = \"adult-man\"", 1, "name", "ready-made"),
    ("full_name = \"\"", 2, "full_name", "1 to 100"),
    (
        "full_name = \"Nguyễn Văn A\"",
        2,
        "full_name",
        "“NGUYỄN VĂN A”",
    ),
    (
        "full_name = \"NGUYE\u{302}\u{303}N A\"",
        2,
        "full_name",
        "NFC",
    ),
    ("full_name = \"АННА\"", 2, "full_name", "'А' has no letter"),
    ("full_name = \"A1\"", 2, "full_name", "'1' has no letter"),
    ("full_name = \"A<B\"", 2, "full_name", "'<' has no letter"),
    ("full_name = \"A  B\"", 2, "full_name", "single spaces"),
    ("full_name = \" A\"", 2, "full_name", "single spaces"),
    (
        "personal_number = \"00109000000\"",
        3,
        "personal_number",
        "12 digits",
    ),
    (
        "personal_number = \"00109000000x\"",
        3,
        "personal_number",
        "12 digits",
    ),
    (
        "personal_number = \"００１０\"",
        3,
        "personal_number",
        "12 digits",
    ),
    (
        "personal_number = \"001190000008\"",
        3,
        "personal_number",
        "“001090000008”, or allow_odd_number",
    ),
    (
        "personal_number = \"001290000008\"",
        3,
        "personal_number",
        "are 290, for a man born in 1990 they are 090",
    ),
    (
        "sex = \"female\"",
        3,
        "personal_number",
        "for a woman born in 1990 they are 190",
    ),
    (
        "birth_date = 1991-01-01",
        3,
        "personal_number",
        "“001091000008”",
    ),
    (
        "birth_date = 2022-08-16",
        4,
        "birth_date",
        "not after the issue date",
    ),
    (
        "birth_date = 1899-12-31",
        4,
        "birth_date",
        "from 1900-01-01",
    ),
    (
        "issue_date = 2020-12-31",
        6,
        "issue_date",
        "from 2021-01-01",
    ),
    ("issue_date = 2030-01-01", 6, "issue_date", "to 2029-12-31"),
    (
        "expiry_date = 2022-08-15",
        7,
        "expiry_date",
        "after the issue date",
    ),
    ("expiry_date = 2099-12-31", 7, "expiry_date", "25 years"),
    ("expiry_date = \"never\"", 7, "expiry_date", "no day"),
    ("sex = \"x\"", 5, "sex", "there are: male, female"),
    (
        "design = \"card2022\"",
        8,
        "design",
        "there are: card2021, card2024",
    ),
    ("residence = \"Số 1|2\"", 8, "residence", "without bars"),
    ("residence = \"Số 1\\nHà Nội\"", 8, "residence", "one line"),
    (
        "parents = [\"A\", \"B\", \"C\"]",
        8,
        "parents",
        "at most two",
    ),
    (
        "parents = [\n  \"A\",\n  \"A\",\n]",
        10,
        "parents",
        "two different names",
    ),
    ("parents = [1]", 8, "parents", "a text in quotes"),
    (
        "old_number = \"1234567890\"",
        8,
        "old_number",
        "nine digits",
    ),
    ("old_number = \"12345678x\"", 8, "old_number", "nine digits"),
    (
        "defects = [\"link-card-removd\"]",
        8,
        "defects",
        "the nearest is “link-card-removed”",
    ),
    (
        "defects = [\n\"crl-stale\", \"crl-stale\"]",
        9,
        "defects",
        "named twice",
    ),
    // The chip
    ("[chip]\naccess = []", 9, "chip.access", "access-plain-chip"),
    (
        "[chip]\naccess = [\n  \"bac\",\n  \"pace-xx\",\n]",
        11,
        "chip.access",
        "“pace-xx” is not known; there are: bac, pace-gm, pace-im, pace-cam",
    ),
    (
        "[chip]\naccess = [\"bac\", \"bac\"]",
        9,
        "chip.access",
        "named twice",
    ),
    (
        "[chip]\naccess = [\"pace-gm\", \"pace-gm\"]",
        9,
        "chip.access",
        "named twice",
    ),
    (
        "[chip]\naccess = [\"bac\"]\npace_curve = \"p-256\"",
        10,
        "chip.pace_curve",
        "leave it out",
    ),
    (
        "[chip]\npace_curve = \"p-255\"",
        9,
        "chip.pace_curve",
        "there are: p-256",
    ),
    (
        "[chip]\naccess = [\"pace-cam\"]\npace_curve = \"p-521\"",
        10,
        "chip.pace_curve",
        "there are: p-256, brainpoolP256r1, p-384, brainpoolP384r1",
    ),
    (
        "[chip]\nchip_authentication = \"cam\"",
        9,
        "chip.chip_authentication",
        "add “pace-cam”",
    ),
    (
        "[chip]\nchip_authentication = \"both\"",
        9,
        "chip.chip_authentication",
        "there are: ca, aa",
    ),
    (
        "[chip]\nchip_authentication = \"ca\"\nactive = \"ecdsa-p256\"",
        10,
        "chip.active",
        "or \"ca+aa\"",
    ),
    (
        "[chip]\nchip_authentication = \"aa\"\nca_curve = \"p-256\"",
        10,
        "chip.ca_curve",
        "= \"ca\" or",
    ),
    (
        "[chip]\nca_curve = \"p-521\"",
        9,
        "chip.ca_curve",
        "there are: p-256",
    ),
    (
        "[chip]\nhash = \"md5\"",
        9,
        "chip.hash",
        "there are: sha224",
    ),
    (
        "[chip]\nextended = false\nlargest_response = 4096",
        10,
        "chip.largest_response",
        "leave it out",
    ),
    (
        "[chip]\nlongest_command = 70000",
        9,
        "chip.longest_command",
        "from 512 to 65535",
    ),
    (
        "[chip]\natr = \"3b8080010\"",
        9,
        "chip.atr",
        "not hexadecimal",
    ),
    ("[chip]\natr = \"3B\"", 9, "chip.atr", "2 to 33"),
    ("[chip]\natr = \"3A00\"", 9, "chip.atr", "3B or 3F"),
    (
        "[chip]\natr = \"3B8080010100\"",
        9,
        "chip.atr",
        "its head names 5",
    ),
    (
        "[chip]\natr = \"3BFFFFFFFFFF\"",
        9,
        "chip.atr",
        "its head names",
    ),
    (
        "[chip]\natr = \"3B80800102\"",
        9,
        "chip.atr",
        "its check byte is 02; 01",
    ),
    // A foreign document
    (
        "[foreign]\nformat = \"td3\"\nnumber = \"TS9\"",
        3,
        "personal_number",
        "citizen cards alone",
    ),
    (
        "[foreign]\nformat = \"td1\"",
        3,
        "personal_number",
        "leave out one",
    ),
];

#[test]
fn a_mistake_is_told_with_its_line_and_what_would_be_right() {
    for (lines, line, key, words) in MISTAKES {
        let mistake = match parse(&with(lines)) {
            Err(mistake) => mistake,
            Ok(_) => panic!("taken: {lines}"),
        };
        let said = mistake.to_string();
        assert!(said.contains(words), "{lines}: {said}");
        assert_eq!(
            (mistake.line, mistake.key.as_str()),
            (*line, *key),
            "{said}"
        );
        assert!(
            said.starts_with(&format!("line {line}: ")) && !said.contains('\n'),
            "{said}"
        );
    }
}

#[test]
fn what_every_file_needs_is_named() {
    for key in [
        "name",
        "full_name",
        "personal_number",
        "birth_date",
        "sex",
        "issue_date",
    ] {
        let text: String = GOOD
            .lines()
            .filter(|line| line.split(' ').next() != Some(key))
            .map(|line| format!("{line}\n"))
            .collect();
        let mistake = parse(&text).unwrap_err();
        assert_eq!((mistake.line, mistake.key.as_str()), (1, key));
        assert!(mistake.to_string().contains("is missing"), "{mistake}");
    }
    assert_eq!(parse("").unwrap_err().key, "name");
    let foreign = "name = \"own\"\nfull_name = \"A B\"\nbirth_date = 1990-01-01\nsex = \"male\"\n\
        issue_date = 2022-08-15\n";
    let ended = format!("{foreign}expiry_date = 2032-08-14\n");
    for (text, line, key) in [
        (
            format!("{foreign}[foreign]\nformat = \"td3\"\nnumber = \"T1\""),
            1,
            "expiry_date",
        ),
        (
            format!("{ended}[foreign]\nnumber = \"T1\""),
            7,
            "foreign.format",
        ),
        (
            format!("{ended}[foreign]\nformat = \"td3\""),
            7,
            "foreign.number",
        ),
        (
            format!("{ended}[foreign]\nformat = \"td3\"\nnumber = \"t1\""),
            9,
            "foreign.number",
        ),
        (
            format!("{ended}design = \"card2021\"\n[foreign]\nformat = \"td3\""),
            7,
            "design",
        ),
    ] {
        let mistake = parse(&text).unwrap_err();
        assert_eq!(
            (mistake.line, mistake.key.as_str()),
            (line, key),
            "{mistake}"
        );
    }
}

#[test]
fn files_end() {
    let long = format!("{GOOD}# {}", "x".repeat(MAX_TEXT));
    assert!(parse(&long).unwrap_err().to_string().contains("65536"));
    let many = with(&format!("defects = [{}]", "\"x\",".repeat(65)));
    assert!(parse(&many).unwrap_err().to_string().contains("at most 64"));
    let deep = with(&format!("x = {}", "[".repeat(20_000)));
    assert!(parse(&deep).is_err());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    for (content, due) in [
        (b"name = \"x\"\n\xFF".to_vec(), "line 2: no UTF-8"),
        (vec![b'#'; MAX_TEXT + 9], "at most 65536"),
        (
            with("portrait = \"no.jpg\"").into_bytes(),
            "line 8: portrait: ",
        ),
        (
            with("portrait = \"own.toml\"").into_bytes(),
            "neither JPEG nor",
        ),
        (with("portrait = \".\"").into_bytes(), "is no file"),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(
            error.contains(due) && error.contains("own.toml: "),
            "{error}"
        );
    }
    assert!(load(folder.path()).is_err());
    assert!(load(&folder.path().join("none.toml")).is_err());
}

#[test]
fn a_portrait_lies_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, with("portrait = \"face.jp2\"")).unwrap();
    std::fs::write(folder.path().join("face.jp2"), crate::portrait::JPEG_2000).unwrap();
    let picture = load(&path).unwrap().persona.portrait.unwrap();
    assert_eq!((picture.kind, picture.width, picture.height), (1, 480, 640));
}

proptest! {
    /// Whatever a file holds, there is a persona or a mistake with a line of it.
    #[test]
    fn parsing_comes_back(
        text in "(?s)([a-z_]{0,8}( = )?[\\[\\]\"'0-9a-zĐ\\-\\.\n#{}]{0,20}\n?){0,12}",
        at in any::<prop::sample::Index>(),
        more in "\\PC{0,12}",
    ) {
        for text in [text, {
            let mut changed: Vec<char> = GOOD.chars().chain("[chip]\natr = \"3B80\"".chars()).collect();
            let at = at.index(changed.len());
            changed.splice(at..at, more.chars());
            changed.into_iter().collect()
        }] {
            if let Err(mistake) = parse(&text) {
                let lines = text.matches('\n').count() + 1;
                prop_assert!((1..=lines).contains(&mistake.line), "{}", mistake);
            }
        }
    }

    /// Any answer to reset that is taken is one: a reader's driver takes it too.
    #[test]
    fn any_bytes_are_an_answer_to_reset_or_not(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = parse(&with(&format!("[chip]\natr = \"3B{}\"", hex::encode(bytes))));
    }
}
