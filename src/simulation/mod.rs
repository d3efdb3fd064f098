//! Simulated counterparts: for the demo, for tests, and for integrators.
//!
//! # Layout
//! - [`mod@bench`]: what a reading takes
//! - [`case_system`]: the receiver of reports
//! - [`recorded`]: a recording's conduct as habits of a simulated card
//! - [`register`]: a register that is asked about cards
//! - [`desk`]: a whole desk in one process, for the demo and for tests

pub mod bench;
pub mod case_system;
pub mod desk;
pub mod fleet;
pub mod recorded;
pub mod register;

/// Subject key identifiers of every test authority: a service refuses them, and a verdict under one
/// of them says TEST.
#[must_use]
pub fn test_key_identifiers() -> Vec<Vec<u8>> {
    cccd_sim::KEY_IDENTIFIERS
        .iter()
        .map(|identifier| identifier.to_vec())
        .collect()
}

/// A persona as `simulate list --json` and the demo list it. A foreign document has neither QR code
/// nor card access number nor personal number.
#[must_use]
pub fn listed(persona: &cccd_sim::Persona) -> serde_json::Value {
    let of_citizen = |text: &str| persona.is_citizen().then(|| text.to_owned());
    serde_json::json!({
        "name": persona.name,
        "description": persona.description,
        "qr": of_citizen(&persona.qr()),
        "mrz": persona.mrz(),
        "can": of_citizen(persona.can()),
        "personal_number": of_citizen(&persona.personal_number),
    })
}
