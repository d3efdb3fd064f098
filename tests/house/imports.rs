//! What a source file names, read from its tokens: comments and strings name nothing.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The names at the beginning of a file's paths.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Top modules of this crate: what follows `crate::`, or as many `super::` as lead there.
    pub own: BTreeSet<String>,
    /// First segments of all other paths: crates, and whatever is in scope.
    pub other: BTreeSet<String>,
}

/// The names in `source`, the file `path` of a crate's source folder, outside its tests.
pub fn names(path: &str, source: &str) -> Names {
    let stream: TokenStream = source
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut names = Names::default();
    Walk { names: &mut names }.walk(stream, &module_of(path));
    names
}

/// The module that a file is: `chip/files.rs` and `chip/files/mod.rs` are both `chip::files`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap();
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if module
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        module.pop();
    }
    module
}

/// The files that are compiled for tests alone: those of modules declared under `#[cfg(test)]`.
pub fn test_files(files: &[(String, String)]) -> BTreeSet<String> {
    let mut declared: Vec<Vec<String>> = Vec::new();
    for (path, source) in files {
        let tokens: Vec<TokenTree> = source
            .parse::<TokenStream>()
            .unwrap_or_else(|error| panic!("{path}: {error}"))
            .into_iter()
            .collect();
        let folder: Vec<&str> = path.split('/').rev().skip(1).collect();
        for (at, token) in tokens.iter().enumerate() {
            if !is_test_attribute(token, &tokens, at) {
                continue;
            }
            let item = tokens
                .get(at + 2..item_end(&tokens, at + 2))
                .unwrap_or_default();
            let own_path = item.windows(3).find_map(|part| match part {
                [
                    TokenTree::Ident(name),
                    TokenTree::Punct(sign),
                    TokenTree::Literal(file),
                ] if name == "path" && sign.as_char() == '=' => {
                    Some(file.to_string().trim_matches('"').to_owned())
                }
                _ => None,
            });
            let inner = item.iter().find_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                    let parts: Vec<TokenTree> = group.stream().into_iter().collect();
                    match parts.as_slice() {
                        [
                            TokenTree::Ident(name),
                            TokenTree::Punct(_),
                            TokenTree::Literal(file),
                        ] if name == "path" => Some(file.to_string().trim_matches('"').to_owned()),
                        _ => None,
                    }
                }
                _ => None,
            });
            let mut module = if let Some(file) = own_path.or(inner) {
                let mut module: Vec<String> = folder.iter().rev().map(|&s| s.to_owned()).collect();
                module.push(file.trim_end_matches(".rs").to_owned());
                module
            } else {
                let mut module = module_of(path);
                let name = item.windows(2).find_map(|pair| match pair {
                    [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "mod" => {
                        Some(name.to_string())
                    }
                    _ => None,
                });
                module.extend(name);
                module
            };
            if module != module_of(path) {
                declared.push(std::mem::take(&mut module));
            }
        }
    }
    files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| {
            let module = module_of(path);
            declared.iter().any(|test| module.starts_with(test))
        })
        .cloned()
        .collect()
}

/// Whether the token at `at` is the `#` of `#[cfg(test)]`, alone or in an `all`.
fn is_test_attribute(token: &TokenTree, tokens: &[TokenTree], at: usize) -> bool {
    matches!(token, TokenTree::Punct(sign) if sign.as_char() == '#')
        && matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
        if group.delimiter() == Delimiter::Bracket && {
            let text = group.stream().to_string().replace(' ', "");
            text == "cfg(test)" || text.starts_with("cfg(all(test,")
        })
}

/// Where the item that begins at `from` ends: past its semicolon or its braces.
fn item_end(tokens: &[TokenTree], from: usize) -> usize {
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == ';' => return at + 1,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Words that stand before a path and are none of it.
const KEYWORDS: &[&str] = &[
    "as", "break", "dyn", "else", "for", "if", "impl", "in", "let", "match", "mut", "ref",
    "return", "use", "where", "while",
];

struct Walk<'n> {
    names: &'n mut Names,
}

impl Walk<'_> {
    fn walk(&mut self, stream: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if is_test_attribute(token, &tokens, at) {
                at = item_end(&tokens, at + 2);
                continue;
            }
            match token {
                TokenTree::Group(group) => {
                    let inner = match (
                        tokens.get(at.wrapping_sub(2)),
                        tokens.get(at.wrapping_sub(1)),
                    ) {
                        (Some(TokenTree::Ident(keyword)), Some(TokenTree::Ident(name)))
                            if keyword == "mod" =>
                        {
                            [module, &[name.to_string()]].concat()
                        }
                        _ => module.to_vec(),
                    };
                    self.walk(group.stream(), &inner);
                    at += 1;
                }
                TokenTree::Ident(name)
                    if !KEYWORDS.contains(&name.to_string().as_str())
                        && !follows_path(&tokens, at) =>
                {
                    at = self.path(&tokens, at, &name.to_string(), module);
                }
                _ => at += 1,
            }
        }
    }

    /// Takes the path that begins at `at`, and returns where to go on.
    fn path(&mut self, tokens: &[TokenTree], at: usize, first: &str, module: &[String]) -> usize {
        let is_use = matches!(
            at.checked_sub(1).and_then(|before| tokens.get(before)),
            Some(TokenTree::Ident(keyword)) if keyword == "use" || keyword == "crate"
        );
        if !is_path_separator(tokens, at + 1) {
            if is_use {
                self.names.other.insert(first.to_owned());
            }
            return at + 1;
        }
        let mut at = at;
        let mut from: Vec<String> = match first {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => parent(module),
            _ => {
                self.names.other.insert(first.to_owned());
                return at + 3;
            }
        };
        loop {
            at += 3;
            match tokens.get(at) {
                Some(TokenTree::Ident(next))
                    if next == "super" && is_path_separator(tokens, at + 1) =>
                {
                    from = parent(&from);
                }
                Some(next) if from.is_empty() => {
                    self.reach(next);
                    return match next {
                        // What is in it was taken as this crate's own.
                        TokenTree::Group(_) | TokenTree::Ident(_) => at + 1,
                        _ => at,
                    };
                }
                _ => return at,
            }
        }
    }

    /// Takes the top modules that `token` names: one, or several in braces.
    fn reach(&mut self, token: &TokenTree) {
        match token {
            TokenTree::Ident(name) => {
                self.names.own.insert(name.to_string());
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for part in inner
                    .split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ','))
                {
                    if let Some(first) = part.first() {
                        self.reach(first);
                    }
                }
            }
            _ => {}
        }
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module
        .split_last()
        .map(|(_, parent)| parent.to_vec())
        .unwrap_or_default()
}

/// Whether `::` stands at `at`.
fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    matches!(
        (tokens.get(at), tokens.get(at + 1)),
        (Some(TokenTree::Punct(one)), Some(TokenTree::Punct(two)))
            if one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':'
    )
}

/// Whether the name at `at` goes on a path and so begins none.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    at.checked_sub(2)
        .is_some_and(|before| is_path_separator(tokens, before))
        && at
            .checked_sub(3)
            .is_some_and(|before| match tokens.get(before) {
                Some(TokenTree::Ident(name)) => !KEYWORDS.contains(&name.to_string().as_str()),
                Some(TokenTree::Punct(sign)) => sign.as_char() == '>',
                _ => false,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(path: &str, source: &str) -> Vec<String> {
        names(path, source).own.into_iter().collect()
    }

    fn other(source: &str) -> Vec<String> {
        names("chip/bac.rs", source).other.into_iter().collect()
    }

    #[test]
    fn paths_from_the_crate_are_read_wherever_they_stand() {
        let table = [
            ("use crate::desk::reading::ReadingEvent;", vec!["desk"]),
            (
                "use crate::{codec::tlv, desk::{self, x}, verify};",
                vec!["codec", "desk", "verify"],
            ),
            ("pub(crate) use crate::store;", vec!["store"]),
            (
                "fn f(x: &crate::desk::X) -> crate::lds::Y { crate::verify::z() }",
                vec!["desk", "lds", "verify"],
            ),
            (
                "fn f() { println!(\"{}\", crate::desk::NAME); }",
                vec!["desk"],
            ),
            (
                "impl<T: crate::desk::X> From<T> for <crate::lds::Y as Z>::A {}",
                vec!["desk", "lds"],
            ),
            (
                "// crate::desk\n/// [`crate::desk::X`]\nconst A: &str = \"crate::desk::X\";",
                vec![],
            ),
            ("/* use crate::desk; */ mod x;", vec![]),
            ("fn f() { let a = b as c; desk::x(); }", vec![]),
        ];
        for (source, expected) in table {
            assert_eq!(own("chip/bac.rs", source), expected, "{source}");
        }
    }

    #[test]
    fn ways_up_are_followed_to_the_top() {
        let table = [
            ("chip/bac.rs", "use super::select;", vec![]),
            ("chip/bac.rs", "use super::super::desk;", vec!["desk"]),
            (
                "chip/bac.rs",
                "use super::super::{desk::x, lds};",
                vec!["desk", "lds"],
            ),
            ("chip/mod.rs", "use super::desk;", vec!["desk"]),
            ("chip/files/mod.rs", "use super::desk;", vec![]),
            ("chip/files/mod.rs", "use super::super::desk;", vec!["desk"]),
            (
                "chip/files/read.rs",
                "use super::super::super::desk::X;",
                vec!["desk"],
            ),
            (
                "chip/bac.rs",
                "mod inner { use super::super::desk; }",
                vec![],
            ),
            (
                "chip/bac.rs",
                "mod inner { use super::super::super::desk; }",
                vec!["desk"],
            ),
            ("chip/bac.rs", "use self::super::super::desk;", vec!["desk"]),
        ];
        for (path, source, expected) in table {
            assert_eq!(own(path, source), expected, "{path}: {source}");
        }
    }

    #[test]
    fn other_crates_are_read_wherever_they_stand() {
        assert_eq!(other("use axum::Router;"), ["axum"]);
        assert_eq!(other("use ::axum::Router;"), ["axum"]);
        assert_eq!(other("use axum;"), ["axum"]);
        assert_eq!(other("extern crate axum;"), ["axum"]);
        assert_eq!(
            other("#[derive(x)] fn f() -> axum::Router { a.b() }"),
            ["axum"]
        );
        assert_eq!(
            other("fn f() { let axum = 1; } // axum::Router"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tests_name_what_they_like() {
        let source = "use crate::lds;\n#[cfg(test)]\nmod tests { use crate::desk; use cccd_sim::X; }\nuse crate::codec;";
        assert_eq!(own("chip/bac.rs", source), ["codec", "lds"]);
        let files = [
            (
                "chip/mod.rs",
                "#[cfg(test)] mod testing; mod bac; mod files;",
            ),
            ("chip/bac.rs", "#[cfg(test)]\nmod tests;"),
            ("chip/bac/tests.rs", "use crate::desk;"),
            (
                "chip/files.rs",
                "#[cfg(test)]\n#[path = \"files_tests.rs\"]\nmod tests;",
            ),
            ("chip/files_tests.rs", ""),
            ("chip/testing.rs", ""),
            ("chip/tests_of_nothing.rs", ""),
        ]
        .map(|(path, source)| (path.to_owned(), source.to_owned()));
        let found: Vec<String> = test_files(&files).into_iter().collect();
        assert_eq!(
            found,
            [
                "chip/bac/tests.rs",
                "chip/files_tests.rs",
                "chip/testing.rs"
            ]
        );
    }
}
