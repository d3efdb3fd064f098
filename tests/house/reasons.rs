//! The registry of reasons: its page says what it holds, every code in it is used, and every code that
//! is used stands in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use cccd_desk::finding::reason::{self, Class, note};

use crate::{root, sources};

/// Codes that nothing in the sources can give yet, and what gives them one day. A code that is used
/// must leave.
const WAITING: &[(&str, &str)] = &[(
    "path-too-long",
    "a path has one certificate: a longer one has no anchor",
)];

/// Notes that nothing gives yet, and why.
const WAITING_NOTES: &[(&str, &str)] = &[
    (
        "extended-length-refused",
        "what is learned of a reader is told by doctor",
    ),
    (
        "reading-resumed",
        "the evidence does not say how often a card was laid",
    ),
];

/// The sources without the registry itself.
fn text_of_sources() -> String {
    sources()
        .into_iter()
        .filter(|(path, _)| !path.starts_with("finding/reason"))
        .map(|(_, text)| text)
        .collect()
}

fn constant(code: &str) -> String {
    code.to_ascii_uppercase().replace('-', "_")
}

fn is_named(text: &str, name: &str) -> bool {
    let part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !part(character))
        .any(|word| word == name)
}

#[test]
fn every_code_of_the_registry_is_used_or_waits_for_its_source() {
    let text = text_of_sources();
    let mut wrong = Vec::new();
    for reason in reason::all() {
        let used = is_named(&text, &constant(reason.code()));
        let waiting = WAITING.iter().any(|(code, _)| *code == reason.code());
        match (used, waiting) {
            (false, false) => wrong.push(format!("{reason}: nothing gives it")),
            (true, true) => wrong.push(format!("{reason}: used, and said to wait")),
            _ => {}
        }
    }
    for note in note::all() {
        let used = is_named(&text, &constant(note.name));
        if used == WAITING_NOTES.iter().any(|(name, _)| *name == note.name) {
            wrong.push(format!("{}: used is {used}", note.name));
        }
    }
    for (code, _) in WAITING {
        if reason::by_code(code).is_none() {
            wrong.push(format!("{code}: no code of the registry"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_that_a_simulated_card_must_get_is_in_the_registry() {
    let codes: BTreeSet<&str> = cccd_sim::defects()
        .iter()
        .filter_map(|defect| defect.reason)
        .collect();
    assert!(codes.len() > 80, "{}", codes.len());
    for defect in cccd_sim::defects() {
        let Some(code) = defect.reason else { continue };
        let known = reason::by_code(code).unwrap_or_else(|| panic!("{code} is not registered"));
        let class = serde_json::to_value(known.class()).unwrap();
        assert_eq!(class.as_str(), defect.class, "{}", defect.id);
    }
}

/// What the clerk is told for a class, in the words of the list of defects.
const fn heading(class: Class) -> (&'static str, &'static str, &'static str) {
    match class {
        Class::Technical => (
            "technical",
            "Không đọc được thẻ",
            "The card could not be read",
        ),
        Class::Input => (
            "input",
            "Mã nhập không mở được thẻ",
            "The code does not open the card",
        ),
        Class::Forgery => (
            "forgery",
            "Không chấp nhận; báo người phụ trách",
            "Do not accept; call the supervisor",
        ),
        Class::Clone => (
            "clone",
            "Chip không phải do nơi cấp làm ra",
            "The chip is not the one that the issuer made",
        ),
        Class::Contradiction => (
            "contradiction",
            "Hai thông tin không khớp nhau",
            "Two facts do not agree",
        ),
        Class::Validity => (
            "validity",
            "Thẻ thật nhưng hiện không có giá trị",
            "Genuine, but not valid today",
        ),
        Class::Missing => (
            "missing",
            "Chưa đủ căn cứ để kết luận",
            "Something to decide with is missing",
        ),
        Class::IssuerData => (
            "issuer-data",
            "Dữ liệu của nơi cấp không thống nhất",
            "The issuer's own data are inconsistent",
        ),
        Class::Person => (
            "person",
            "Chưa so được với người đến",
            "The comparison with the person is open",
        ),
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Reasons\n\nEvery verdict that is not *verified* has a headline reason, and every check that was not successful one of its own. The codes are stable: a code may be added, never renamed. A reason alone decides no verdict; the result of its check does.\n\nThis page is written from the registry (`src/finding/reason`): `UPDATE_GOLDEN=1 cargo test --test house reasons` writes it anew.\n",
    );
    let mut last = None;
    for reason in reason::all() {
        let entry = reason.entry();
        if last != Some(entry.class) {
            let (name, vi, en) = heading(entry.class);
            let _ = write!(
                page,
                "\n## {name}\n\n{vi}. *{en}.*\n\n| code | tiếng Việt | English | clause |\n|---|---|---|---|\n"
            );
            last = Some(entry.class);
        }
        let (said, next) = (entry.sentence, entry.next_action);
        let _ = writeln!(
            page,
            "| `{}` | {} **{}** | {} **{}** | {} |",
            entry.code, said.vi, next.vi, said.en, next.en, entry.clause
        );
    }
    page.push_str("\n## Notes\n\nWhat is worth knowing and changes no result.\n\n| note | tiếng Việt | English |\n|---|---|---|\n");
    for note in note::all() {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            note.name, note.sentence.vi, note.sentence.en
        );
    }
    page
}

#[test]
fn the_page_says_what_the_registry_holds() {
    let path = root().join("docs/reasons.md");
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/reasons.md is not what the registry holds: UPDATE_GOLDEN=1 cargo test --test house reasons"
    );
}
