//! Which room may name what.

use crate::imports::{Names, names};

/// The ground floor: no room above it, and no input or output.
const GROUND: &[&str] = &["crypto", "codec", "document", "finding"];

/// The pipeline, in the direction in which data flows.
const STEPS: &[&str] = &[
    "transport",
    "chip",
    "lds",
    "verify",
    "biometrics",
    "decision",
    "report",
];

/// The rooms beside and above the pipeline, with what each may name besides the ground floor and
/// itself.
const ROOMS: &[(&str, &[&str])] = &[
    // Policies are configuration, and speak of verdicts.
    ("config", &["decision", "biometrics"]),
    // The way to the fleet's servers, as it is configured: bytes, and nothing of what they say.
    ("fleet", &["config"]),
    // Lists of people who are to be paid: what a file says, and nothing of cards.
    ("payees", &[]),
    // Keeps what the decision made, for whom configuration says; and who was paid.
    ("store", &["decision", "config", "payees"]),
    (
        "desk",
        &[
            "transport",
            "chip",
            "lds",
            "verify",
            "biometrics",
            "decision",
            "report",
            "config",
            "payees",
            "store",
            "fleet",
        ],
    ),
    (
        "simulation",
        &[
            "transport",
            "chip",
            "lds",
            "verify",
            "biometrics",
            "decision",
            "report",
            "config",
            "payees",
            "store",
            "fleet",
            "desk",
        ],
    ),
    // The command line is the binary's, and sees the library from outside.
    ("cli", &[]),
];

/// What a step may name besides the steps before it: sending needs its settings and its outbox.
const BESIDE_STEPS: &[(&str, &[&str])] = &[("report", &["config", "store", "fleet"])];

/// Other crates that only some rooms may name.
const CRATES: &[(&str, &[&str])] = &[
    // Below the desk nothing knows HTTP.
    ("axum", &["desk", "simulation"]),
    ("axum_server", &["desk", "simulation"]),
    ("tower", &["desk", "simulation"]),
    ("tower_http", &["desk", "simulation"]),
    ("tower_governor", &["desk", "simulation"]),
    ("utoipa", &["desk", "simulation"]),
    ("utoipa_axum", &["desk", "simulation"]),
    ("http", &["desk", "simulation", "report"]),
    ("hyper", &["desk", "simulation", "report"]),
    ("askama", &["desk", "simulation"]),
    ("rust_embed", &["desk", "simulation"]),
    (
        "reqwest",
        &["report", "desk", "simulation", "config", "cli"],
    ),
    // The async world begins at the desk and the report; the outbox wakes it.
    (
        "tokio",
        &["report", "desk", "simulation", "cli", "store", "fleet"],
    ),
    ("tokio_stream", &["report", "desk", "simulation"]),
    ("futures_util", &["report", "desk", "simulation", "fleet"]),
    // NATS is the fleet's alone, and the operator makes its keys.
    ("async_nats", &["fleet"]),
    ("nkeys", &["fleet", "simulation", "cli"]),
    ("rusqlite", &["store"]),
    // Spreadsheets are the payees' alone.
    ("csv", &["payees", "desk"]),
    ("encoding_rs", &["payees"]),
    // Nothing in the house knows PC/SC; who puts it together names the driver.
    ("pcsc", &[]),
    ("cccd_pcsc", &["cli", "desk"]),
    ("cccd_sim", &["simulation", "cli"]),
    ("cccd_replay", &["simulation", "cli"]),
    // A configuration names profiles, and the page's scanner types what a line sends.
    (
        "cccd_serial_scanner",
        &["config", "desk", "simulation", "cli"],
    ),
    ("cccd_v4l_camera", &["cli"]),
    ("vpicc", &[]),
    ("serialport", &[]),
    // Models of modules are configuration.
    ("cccd_serial_finger", &["config", "simulation", "cli"]),
    // Networks are the biometrics' alone.
    ("rten", &["biometrics"]),
    ("rten_tensor", &["biometrics"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
];

/// What the file `path` of the source folder names against the plan.
pub fn faults(path: &str, source: &str) -> Vec<String> {
    let Some((room, _)) = path.split_once('/') else {
        return match path {
            "lib.rs" | "main.rs" => Vec::new(),
            _ => vec![format!("{path}: belongs to a room")],
        };
    };
    let Some(may) = allowed(room) else {
        return vec![format!("{path}: {room} has no place in the plan")];
    };
    let Names { own, other } = names(path, source);
    let up = own
        .iter()
        .filter(|named| !may.contains(&named.as_str()) && *named != room)
        .map(|named| format!("{path}: {room} may not name {named}"));
    let foreign = other.iter().filter_map(|named| {
        let (_, rooms) = CRATES.iter().find(|(name, _)| name == named)?;
        (!rooms.contains(&room)).then(|| format!("{path}: {room} may not name {named}"))
    });
    up.chain(foreign).collect()
}

/// The rooms that `room` may name besides itself.
fn allowed(room: &str) -> Option<Vec<&'static str>> {
    let mut may = GROUND.to_vec();
    if GROUND.contains(&room) {
        return Some(may);
    }
    if let Some(step) = STEPS.iter().position(|step| *step == room) {
        may.extend(STEPS.iter().take(step));
        for (_, beside) in BESIDE_STEPS.iter().filter(|(step, _)| *step == room) {
            may.extend(*beside);
        }
        return Some(may);
    }
    let (_, beside) = ROOMS.iter().find(|(name, _)| *name == room)?;
    may.extend(*beside);
    Some(may)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_against_the_flow_is_found() {
        let bad = [
            (
                "crypto/hash.rs",
                "use crate::lds::Sod;",
                "crypto may not name lds",
            ),
            (
                "document/date.rs",
                "use crate::decision::Reason;",
                "document may not name decision",
            ),
            (
                "transport/link.rs",
                "use crate::chip::Chip;",
                "transport may not name chip",
            ),
            (
                "chip/bac.rs",
                "fn f() { crate::verify::x() }",
                "chip may not name verify",
            ),
            (
                "verify/mod.rs",
                "use super::decision::Verdict;",
                "verify may not name decision",
            ),
            (
                "decision/verdict.rs",
                "use crate::report::X;",
                "decision may not name report",
            ),
            (
                "decision/policy.rs",
                "use crate::config::X;",
                "decision may not name config",
            ),
            (
                "report/jws.rs",
                "use crate::desk::X;",
                "report may not name desk",
            ),
            (
                "store/mod.rs",
                "use crate::report::X;",
                "store may not name report",
            ),
            (
                "desk/api.rs",
                "use crate::simulation::X;",
                "desk may not name simulation",
            ),
            (
                "verify/mod.rs",
                "use axum::Router;",
                "verify may not name axum",
            ),
            (
                "transport/hub.rs",
                "use pcsc::Context;",
                "transport may not name pcsc",
            ),
            (
                "transport/hub.rs",
                "use cccd_pcsc::PcscReaders;",
                "transport may not name cccd_pcsc",
            ),
            (
                "desk/mod.rs",
                "use cccd_sim::Card;",
                "desk may not name cccd_sim",
            ),
            (
                "chip/bac.rs",
                "async fn f() { tokio::spawn(x); }",
                "chip may not name tokio",
            ),
            ("attic/mod.rs", "", "attic has no place in the plan"),
            ("helpers.rs", "", "belongs to a room"),
        ];
        for (path, source, expected) in bad {
            let found = faults(path, source);
            assert_eq!(found.len(), 1, "{path}: {source}: {found:?}");
            assert!(
                found.iter().all(|fault| fault.contains(expected)),
                "{found:?}"
            );
        }
    }

    #[test]
    fn what_goes_with_the_flow_is_not() {
        let good = [
            (
                "verify/passive.rs",
                "use crate::{crypto::hash, finding::Check, lds::Sod, chip::X};",
            ),
            (
                "report/deliver.rs",
                "use crate::{store::Outbox, config::X, decision::Verdict}; use reqwest::Client;",
            ),
            ("desk/api.rs", "use axum::Router; use crate::report::X;"),
            (
                "simulation/desk.rs",
                "use cccd_sim::Card; use crate::desk::X;",
            ),
            (
                "cli/read.rs",
                "use cccd_pcsc::PcscReaders; use cccd_sim::Card; use cccd_desk::desk;",
            ),
            (
                "chip/bac.rs",
                "#[cfg(test)] mod tests { use cccd_sim::Card; use crate::desk::X; }",
            ),
            ("lib.rs", "pub mod desk; pub mod chip;"),
        ];
        for (path, source) in good {
            assert_eq!(faults(path, source), Vec::<String>::new(), "{path}");
        }
    }
}
