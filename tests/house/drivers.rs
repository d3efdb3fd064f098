//! What the drivers' manifests say: drivers know devices and nothing of verification.

use std::collections::BTreeMap;
use std::fs;

use crate::root;

/// The dependencies of one manifest, build and test ones included, by the table's name.
fn dependencies(text: &str) -> BTreeMap<String, Vec<String>> {
    let manifest: toml::Table = text.parse().unwrap();
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|table| {
            let names = manifest.get(table)?.as_table()?.keys().cloned().collect();
            Some((table.to_owned(), names))
        })
        .collect()
}

/// What is wrong with the manifest of the driver in `folder`.
fn faults(folder: &str, text: &str) -> Vec<String> {
    let all = dependencies(text);
    let none = Vec::new();
    let needed = all.get("dependencies").unwrap_or(&none);
    let mut faults = Vec::new();
    if all.values().flatten().any(|name| name == "cccd-desk") {
        faults.push(format!("drivers/{folder} knows the desk"));
    }
    if folder == "port" {
        for name in needed {
            // Pictures of people wipe themselves.
            if !["thiserror", "time", "zeroize"].contains(&name.as_str()) {
                faults.push(format!("drivers/port is traits alone, and needs {name}"));
            }
        }
    } else {
        for name in needed {
            if name.starts_with("cccd-") && !["cccd-port", "cccd-desk"].contains(&name.as_str()) {
                faults.push(format!("drivers/{folder} knows another driver: {name}"));
            }
        }
    }
    if folder != "pcsc" && needed.iter().any(|name| name == "pcsc") {
        faults.push(format!("drivers/{folder} knows PC/SC"));
    }
    faults
}

#[test]
fn drivers_know_devices_and_nothing_of_verification() {
    let mut folders: Vec<_> = fs::read_dir(root().join("drivers"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .collect();
    folders.sort_by_key(fs::DirEntry::file_name);
    assert!(folders.len() >= 3, "the drivers were not found");
    let faults: Vec<String> = folders
        .iter()
        .flat_map(|folder| {
            let text = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
            faults(folder.file_name().to_str().unwrap(), &text)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_desk_itself_needs_no_pcsc() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let all = dependencies(&text);
    assert!(all["dependencies"].iter().any(|name| name == "cccd-pcsc"));
    assert!(!all["dependencies"].iter().any(|name| name == "pcsc"));
}

#[test]
fn a_driver_that_knows_too_much_is_found() {
    let bad = [
        (
            "serial-x",
            "[dependencies]\ncccd-desk = '1'",
            "knows the desk",
        ),
        (
            "serial-x",
            "[dev-dependencies]\ncccd-desk = '1'",
            "knows the desk",
        ),
        (
            "serial-x",
            "[dependencies]\ncccd-sim = '1'",
            "another driver",
        ),
        ("serial-x", "[dependencies]\npcsc = '2'", "knows PC/SC"),
        ("port", "[dependencies]\nserialport = '4'", "traits alone"),
    ];
    for (folder, text, expected) in bad {
        let found = faults(folder, text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found.iter().all(|fault| fault.contains(expected)),
            "{found:?}"
        );
    }
    assert!(
        faults(
            "sim",
            "[dependencies]\ncccd-port = '1'\n[dev-dependencies]\npcsc = '2'"
        )
        .is_empty()
    );
}
