//! Real lists, where they lie beside the project.

use std::path::{Path, PathBuf};

/// A folder of the shared data; says so where it is not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: ../shared/data/{name} is not here");
    None
}

/// The three master lists with their names.
pub fn master_lists() -> Vec<(String, Vec<u8>)> {
    ["de-2024-08-07", "de-2026-05-05", "nl-2026-07-22"]
        .into_iter()
        .filter_map(|name| {
            let path = shared(&format!("master-lists/{name}.ml"))?;
            Some((name.to_owned(), std::fs::read(path).unwrap()))
        })
        .collect()
}

/// A file with its name.
pub fn file(path: &Path) -> Option<(String, Vec<u8>)> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Some((name, std::fs::read(path).unwrap()))
}
