//! docs/failures.md: every test that it names exists, and every code.

use std::collections::BTreeSet;
use std::fs;

use proc_macro2::{TokenStream, TokenTree};

use crate::{root, rust_files};

/// The names of all functions of the sources and tests that are tests by an attribute, and all string
/// literals.
#[derive(Default)]
struct Told {
    tests: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Told {
    fn look(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut is_test = false;
        for (position, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    // `#[test]`, `#[tokio::test(…)]`
                    let attribute = position > 0 && is_punct(&tokens, position - 1, '#');
                    if attribute {
                        is_test |= names_test(group.stream());
                    }
                    self.look(group.stream());
                }
                TokenTree::Ident(word) if word == "fn" => {
                    if let (true, Some(TokenTree::Ident(name))) =
                        (is_test, tokens.get(position + 1))
                    {
                        self.tests.insert(name.to_string());
                    }
                    is_test = false;
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    self.texts.insert(text.trim_matches('"').to_owned());
                }
                _ => {}
            }
        }
    }
}

fn is_punct(tokens: &[TokenTree], position: usize, sign: char) -> bool {
    matches!(tokens.get(position), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn names_test(attribute: TokenStream) -> bool {
    let mut last = None;
    for token in attribute {
        match token {
            TokenTree::Ident(word) => last = Some(word.to_string()),
            TokenTree::Punct(_) => {}
            _ => break,
        }
    }
    last.as_deref() == Some("test")
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_failure_has_a_code_that_is_given_and_a_test_that_exists() {
    let mut told = Told::default();
    for folder in ["src", "tests", "drivers"] {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            told.look(text.parse().unwrap());
        }
    }
    let page = fs::read_to_string(root().join("docs/failures.md")).unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [what, does, code, next, tests] = cells.as_slice() else {
            panic!("not five cells: {line}");
        };
        if *what == "what fails" {
            continue;
        }
        rows += 1;
        if [*what, *does, *code, *next]
            .iter()
            .any(|cell| cell.is_empty())
        {
            wrong.push(format!("{what}: a cell is empty"));
        }
        if *code != "—" && quoted(code).is_empty() {
            wrong.push(format!("{what}: no code"));
        }
        for code in quoted(code) {
            if !told.texts.contains(code) {
                wrong.push(format!("{what}: nothing gives {code}"));
            }
        }
        if quoted(tests).is_empty() {
            wrong.push(format!("{what}: no test"));
        }
        for test in quoted(tests) {
            if !told.tests.contains(test) {
                wrong.push(format!("{what}: there is no test {test}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows > 30, "{rows} rows");
}
