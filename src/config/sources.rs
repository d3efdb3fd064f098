//! Where the configuration comes from.

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use thiserror::Error;

use super::environment::Environment;
use super::folder;
use super::sections::Config;
use crate::decision::Policies;

/// A file and environment variables; later ones win.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// `desk.toml`; without it the defaults.
    pub file: Option<PathBuf>,
    /// Environment variables, name and value; those named `CCCD_DESK_…` count, and the ones that
    /// tell the user's data folder.
    pub variables: Vec<(String, String)>,
}

/// What is wrong with a configuration. Holds no value of a key whose name ends in `_file`: those
/// are paths and shown, their contents are never read here.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// There is no such file, or it cannot be opened.
    #[error("cannot read the configuration {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Not TOML, or a value of another kind than its key takes.
    #[error("{origin}: {message}{}", at(key))]
    Value {
        /// The file, or the environment.
        origin: String,
        /// The full key, empty for a syntax error.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no key `{key}`; {}", remedy(nearest.as_deref(), known))]
    UnknownKey {
        /// The file, or the environment.
        origin: String,
        /// The full key as written.
        key: String,
        /// The existing key that looks most like it.
        nearest: Option<String>,
        /// All keys that exist at this place.
        known: Vec<String>,
    },
    /// A value out of its bounds.
    #[error("`{key}` {problem}")]
    Bounds {
        /// The full key.
        key: &'static str,
        /// The bounds.
        problem: String,
    },
    /// No folder for the data is known.
    #[error("no data folder is known: set data_dir, CCCD_DESK_DATA_DIR or HOME")]
    NoDataFolder,
}

fn at(key: &str) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!(" (key `{key}`)")
    }
}

fn remedy(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the keys here are {}", known.join(", ")),
    }
}

impl Sources {
    /// `file` and the variables of this process.
    #[must_use]
    pub fn of_process(file: Option<PathBuf>) -> Self {
        // A variable that is not UTF-8 cannot be one of ours.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file, variables }
    }

    /// Reads, merges and checks.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key and where it was found.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut figment = Figment::new();
        if let Some(path) = &self.file {
            readable(path)?;
            figment = figment.merge(Toml::file_exact(path));
        }
        let mut config: Config = figment
            .merge(Environment::new(self.variables.iter().cloned()))
            .extract()
            .map_err(translate)
            .map_err(|error| self.with_line(error))?;
        config.policies = self.policies(&config)?;
        self.check_tables(&config)?;
        config.check().map_err(|found| ConfigError::Bounds {
            key: found.key,
            problem: found.problem,
        })?;
        self.fill_folders(&mut config)?;
        Ok(config)
    }

    /// The ready-made policies and those of the file, read from its text: a mistake has a line.
    fn policies(&self, config: &Config) -> Result<Policies, ConfigError> {
        if config.policy.is_empty() {
            return Ok(Policies::default());
        }
        let fail = |origin: &str, message: String| ConfigError::Value {
            origin: origin.to_owned(),
            key: "policy".to_owned(),
            message,
        };
        let in_environment = self
            .variables
            .iter()
            .any(|(name, _)| name.starts_with("CCCD_DESK_POLICY"));
        let Some(path) = self.file.as_ref().filter(|_| !in_environment) else {
            let message = "policies are written in the configuration file alone".to_owned();
            return Err(fail("environment", message));
        };
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Policies::default()
            .with(&text)
            .map_err(|mistake| fail(&origin, mistake.to_string()))
    }

    /// Of several tables of one name, the message says in which line the wrong one begins.
    fn with_line(&self, error: ConfigError) -> ConfigError {
        let locate = |origin: String, key: &str| {
            let mut parts = key.split('.');
            let table = parts.next().filter(|name| TABLES.contains(name));
            let index = parts.next().and_then(|number| number.parse().ok());
            let line = table.zip(index);
            match line.and_then(|(name, index)| self.table_line(name, index)) {
                Some(line) => format!("{origin}, table in line {line}"),
                None => origin,
            }
        };
        match error {
            ConfigError::Value {
                origin,
                key,
                message,
            } => ConfigError::Value {
                origin: locate(origin, &key),
                key,
                message,
            },
            ConfigError::UnknownKey {
                origin,
                key,
                nearest,
                known,
            } => ConfigError::UnknownKey {
                origin: locate(origin, &key),
                key,
                nearest,
                known,
            },
            other => other,
        }
    }

    /// The line of the table of that name and index, counted from 1; none where the file has no such,
    /// or the environment has other ones in their place.
    fn table_line(&self, table: &str, index: usize) -> Option<usize> {
        let variable = format!("CCCD_DESK_{}", table.to_ascii_uppercase());
        if self.variables.iter().any(|(name, _)| *name == variable) {
            return None;
        }
        let wanted = format!("[[{table}]]");
        let text = std::fs::read_to_string(self.file.as_ref()?).ok()?;
        text.lines()
            .enumerate()
            .filter(|(_, line)| {
                let header = line.split('#').next().unwrap_or_default();
                header.split_whitespace().collect::<String>() == wanted
            })
            .nth(index)
            .map(|(before, _)| before.saturating_add(1))
    }

    fn check_tables(&self, config: &Config) -> Result<(), ConfigError> {
        let quirks = config.quirk.iter().enumerate();
        let quirks = quirks.filter_map(|(at, one)| Some(("quirk", at, one.mistake()?)));
        let scanners = config.scanner.iter().enumerate().filter_map(|(at, one)| {
            let again = config.scanner.iter().take(at);
            let mistake = one.mistake().or_else(|| {
                let twice = again
                    .map(|other| other.name())
                    .any(|name| name == one.name());
                twice.then(|| {
                    (
                        "device",
                        "is the name of another scanner already".to_owned(),
                    )
                })
            });
            Some(("scanner", at, mistake?))
        });
        if let Some((table, index, (key, problem))) = quirks.chain(scanners).next() {
            let origin = self
                .file
                .as_ref()
                .filter(|_| self.table_line(table, index).is_some());
            let error = ConfigError::Value {
                origin: origin.map_or_else(
                    || "configuration".to_owned(),
                    |file| file.display().to_string(),
                ),
                key: format!("{table}.{index}.{key}")
                    .trim_end_matches('.')
                    .to_owned(),
                message: problem,
            };
            return Err(self.with_line(error));
        }
        Ok(())
    }

    fn fill_folders(&self, config: &mut Config) -> Result<(), ConfigError> {
        if config.data_dir.as_os_str().is_empty() {
            let variable = |name: &str| {
                let (_, value) = self
                    .variables
                    .iter()
                    .find(|(variable, _)| variable == name)?;
                Some(value.clone())
            };
            config.data_dir = folder::standard(variable).ok_or(ConfigError::NoDataFolder)?;
        }
        if config.trust_dir.as_os_str().is_empty() {
            config.trust_dir = config.data_dir.join("trust");
        }
        if config.models_dir.as_os_str().is_empty() {
            config.models_dir = config.data_dir.join("models");
        }
        Ok(())
    }
}

/// Sections that there may be several of.
const TABLES: [&str; 2] = ["quirk", "scanner"];

/// No configuration is longer; a wrong path may name anything.
const MAX_BYTES: u64 = 1_048_576;

/// Figment takes a missing file for an empty one, and reads a file of any length.
fn readable(path: &Path) -> Result<(), ConfigError> {
    let fail = |reason: String| ConfigError::File {
        path: path.to_owned(),
        reason,
    };
    let file = std::fs::File::open(path).map_err(|error| fail(error.to_string()))?;
    let about = file.metadata().map_err(|error| fail(error.to_string()))?;
    if !about.is_file() {
        return Err(fail("it is not a file".to_owned()));
    }
    if about.len() > MAX_BYTES {
        return Err(fail(format!("it is longer than {MAX_BYTES} bytes")));
    }
    Ok(())
}

fn translate(error: figment::Error) -> ConfigError {
    let origin = error.metadata.as_ref().map_or_else(
        || "configuration".to_owned(),
        |metadata| match &metadata.source {
            Some(source) => source.to_string(),
            None => metadata.name.to_string(),
        },
    );
    let key = error.path.join(".");
    match error.kind {
        Kind::UnknownField(name, known) => {
            let section = match key.strip_suffix(&name) {
                Some(section) => section.trim_end_matches('.').to_owned(),
                None => key,
            };
            let full = |name: &str| {
                if section.is_empty() {
                    name.to_owned()
                } else {
                    format!("{section}.{name}")
                }
            };
            ConfigError::UnknownKey {
                origin,
                key: full(&name),
                nearest: nearest(&name, known).map(full),
                known: known.iter().map(|name| full(name)).collect(),
            }
        }
        kind => ConfigError::Value {
            origin,
            key,
            message: kind.to_string(),
        },
    }
}

/// The known name that a person most likely meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), *known))
        .filter(|(distance, known)| *distance <= known.chars().count().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
