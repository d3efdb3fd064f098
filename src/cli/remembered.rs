//! What commands share that look into the desk's memory.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use cccd_desk::config::{Config, ConfigError, Sources};
use cccd_desk::store::Store;
use cccd_port::SystemClock;

/// Which desk is meant.
#[derive(clap::Args)]
pub struct Which {
    /// The configuration; without it CCCD_DESK_DATA_DIR or the user's data folder
    #[arg(long, value_name = "FILE", env = "CCCD_DESK_CONFIG")]
    config: Option<PathBuf>,
}

impl Which {
    /// The configuration of that desk.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Sources::of_process(self.config.clone()).load()
    }

    /// The configuration for a command that keeps nothing, which needs no data folder: where none
    /// is known, `data_dir` and `trust_dir` of what this returns mean nothing.
    pub fn config_without_folders(&self) -> Result<Config, ConfigError> {
        let mut sources = Sources::of_process(self.config.clone());
        match sources.load() {
            Err(ConfigError::NoDataFolder) => {
                let name = "CCCD_DESK_DATA_DIR".to_owned();
                sources.variables.push((name, ".".to_owned()));
                sources.load()
            }
            loaded => loaded,
        }
    }

    /// Opens the store of that desk; a command that looks makes none.
    pub fn open(&self) -> Result<Store> {
        let config = self.config()?;
        if !Store::exists(&config.data_dir) {
            bail!(
                "the data folder {} holds no database: name another by CCCD_DESK_DATA_DIR or --config, or start the desk once",
                config.data_dir.display()
            );
        }
        Ok(Store::open(
            &config.data_dir,
            Arc::new(SystemClock::default()),
        )?)
    }
}
