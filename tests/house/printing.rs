//! What wipes itself does not print itself: `Zeroizing` formats its bytes, so that a type which
//! holds one writes its own `Debug` or holds `Personal`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The types in `source` that derive `Debug` over a `Zeroizing`.
pub fn faults(path: &str, source: &str) -> Vec<String> {
    let stream: TokenStream = source
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = Vec::new();
    walk(stream, path, &mut found);
    found
}

fn walk(stream: TokenStream, path: &str, found: &mut Vec<String>) {
    let mut derives = false;
    let mut attribute = false;
    let mut name = None;
    let mut after_keyword = false;
    let mut fields_wipe = false;
    for token in stream {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => attribute = true,
            TokenTree::Group(group) if attribute => {
                attribute = false;
                derives |= names(group.stream(), "derive") && names(group.stream(), "Debug");
            }
            TokenTree::Ident(word) if word == "struct" || word == "enum" => after_keyword = true,
            TokenTree::Ident(word) if after_keyword => {
                after_keyword = false;
                name = Some(word.to_string());
            }
            TokenTree::Group(group) => {
                if name.is_some() {
                    fields_wipe |= names(group.stream(), "Zeroizing");
                } else {
                    walk(group.stream(), path, found);
                }
                if group.delimiter() == Delimiter::Brace {
                    end(&mut name, &mut derives, &mut fields_wipe, path, found);
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => {
                end(&mut name, &mut derives, &mut fields_wipe, path, found);
            }
            _ => {}
        }
    }
}

/// An item is at its end: the next one has attributes of its own.
fn end(
    name: &mut Option<String>,
    derives: &mut bool,
    fields_wipe: &mut bool,
    path: &str,
    found: &mut Vec<String>,
) {
    if let (Some(name), true, true) = (name.take(), *derives, *fields_wipe) {
        found.push(format!("{path}: {name} would print what it wipes"));
    }
    *derives = false;
    *fields_wipe = false;
}

/// Whether a word occurs, at any depth.
fn names(stream: TokenStream, word: &str) -> bool {
    stream.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == word,
        TokenTree::Group(group) => names(group.stream(), word),
        _ => false,
    })
}

#[test]
fn a_derived_debug_over_a_wiped_field_is_found() {
    let cases = [
        ("#[derive(Clone, Debug)] struct A(Zeroizing<Vec<u8>>);", 1),
        (
            "#[derive(Debug)] pub enum A { B(Option<Zeroizing<u8>>), C }",
            1,
        ),
        (
            "mod inner { #[derive(Debug)] struct A { b: zeroize::Zeroizing<u8> } }",
            1,
        ),
        ("#[derive(Clone)] struct A(Zeroizing<u8>);", 0),
        (
            "#[derive(Debug)] struct A(u8); struct B { c: Zeroizing<u8> }",
            0,
        ),
        ("#[derive(Debug)] struct A; fn b(c: Zeroizing<u8>) {}", 0),
    ];
    for (source, count) in cases {
        assert_eq!(faults("a.rs", source).len(), count, "{source}");
    }
}
