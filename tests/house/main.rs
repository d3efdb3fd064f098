//! The house stands as DESIGN draws it: data flows one way, and each room knows only what it may.
//!
//! # Layout
//! - [`imports`]: what a source file names, read from its tokens
//! - [`plan`]: which room may name what
//! - [`printing`]: what wipes itself does not print itself
//! - [`reasons`]: the registry of reasons and its page
//! - [`drivers`]: what the drivers' manifests say
//! - [`failures`]: the page of what fails, and the tests that it names

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod drivers;
mod failures;
mod imports;
mod plan;
mod printing;
mod reasons;

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, in the order of their names.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The files of `src` with their paths in it.
fn sources() -> Vec<(String, String)> {
    let source = root().join("src");
    let files: Vec<(String, String)> = rust_files(&source)
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&source).unwrap();
            (
                path.to_str().unwrap().to_owned(),
                fs::read_to_string(file).unwrap(),
            )
        })
        .collect();
    assert!(files.len() > 30, "the sources were not found");
    files
}

#[test]
fn what_wipes_itself_does_not_print_itself() {
    let faults: Vec<String> = sources()
        .iter()
        .flat_map(|(path, source)| printing::faults(path, source))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_room_names_only_what_it_may() {
    let files = sources();
    let tests = imports::test_files(&files);
    let faults: Vec<String> = files
        .iter()
        .filter(|(path, _)| !tests.contains(path))
        .flat_map(|(path, source)| plan::faults(path, source))
        .collect();
    assert!(
        faults.is_empty(),
        "against the plan:\n{}",
        faults.join("\n")
    );
}

/// A file has one subject. Lines of tests at its end do not count.
#[test]
fn files_stay_short() {
    const LONG: usize = 400;
    const TOO_LONG: usize = 600;
    let mut too_long = Vec::new();
    for folder in ["src", "drivers"] {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let lines = text
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .count();
            let name = file.strip_prefix(root()).unwrap().display();
            if lines > LONG {
                eprintln!("long: {name} has {lines} lines");
            }
            if lines > TOO_LONG {
                too_long.push(format!("{name} has {lines} lines"));
            }
        }
    }
    assert!(too_long.is_empty(), "split by subject: {too_long:#?}");
}
