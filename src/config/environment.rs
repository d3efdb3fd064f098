//! Environment variables as a source of configuration.

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

/// `CCCD_DESK_DATA_DIR` sets `data_dir`, `CCCD_DESK_REPORT__CASE_SYSTEM` sets `report.case_system`.
pub(super) const PREFIX: &str = "CCCD_DESK_";

/// Variables of the prefix that belong to the command line and are no configuration.
const COMMAND_LINE: &[&str] = &["CONFIG", "LOG"];

/// A copy of environment variables, so that a test can pass its own.
pub(super) struct Environment(Vec<(String, String)>);

impl Environment {
    /// Keeps the variables that configure the desk.
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            variables
                .into_iter()
                .filter_map(|(name, value)| {
                    let key = name.strip_prefix(PREFIX)?;
                    (!COMMAND_LINE.contains(&key))
                        .then(|| (key.to_ascii_lowercase().replace("__", "."), value))
                })
                .collect(),
        )
    }
}

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::from("environment", format!("{PREFIX}…"))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut root = Dict::new();
        for (key, text) in &self.0 {
            // Figment's own reading of a variable: numbers, booleans, arrays, else text.
            let Ok(value) = text.parse::<Value>();
            merge(&mut root, figment::util::nest(key, value));
        }
        Ok(Profile::Default.collect(root))
    }
}

fn merge(into: &mut Dict, value: Value) {
    let Value::Dict(_, entries) = value else {
        return;
    };
    for (key, value) in entries {
        match (into.get_mut(&key), value) {
            (Some(Value::Dict(_, inner)), value @ Value::Dict(..)) => merge(inner, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}
