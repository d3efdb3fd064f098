//! The fingerprint sensor as it is configured.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use cccd_desk::biometrics::finger::Threshold;
use cccd_desk::config::{Config, Fingerprint, four_bytes};
use cccd_desk::desk::fingers::SensorOfDesk;
use cccd_serial_finger::{PortOpener, Settings, Zfm};
use zeroize::Zeroizing;

/// The module; none where none is set up. Opened at its first use, and again after it was unplugged.
///
/// # Errors
/// A password file that cannot be used.
pub fn module(config: &Fingerprint) -> Result<Option<Zfm>> {
    let (Some(port), Some(model)) = (&config.port, config.module()) else {
        return Ok(None);
    };
    let mut settings = Settings::new(model);
    if let Some(address) = config.address_bytes() {
        settings.address = address;
    }
    if let Some(file) = &config.password_file {
        settings.password = password(file)?;
    }
    let opener = PortOpener::new(port, config.baud);
    Ok(Some(Zfm::new(Box::new(opener), settings)))
}

/// The sensor with what compares its pictures.
///
/// # Errors
/// As for [`module`].
pub fn of_desk(config: &Config) -> Result<Option<SensorOfDesk>> {
    let models = &config.models_dir;
    let config = &config.fingerprint;
    let threshold = Threshold::new(config.threshold).unwrap_or_default();
    let wait = Duration::from_secs(config.wait_seconds);
    let sensor = module(config)?;
    Ok(sensor.map(|sensor| {
        SensorOfDesk::new(Box::new(sensor), threshold, wait)
            .asking_module(config.module_match)
            .calibrated(models)
    }))
}

fn password(file: &Path) -> Result<Zeroizing<[u8; 4]>> {
    let about = || format!("fingerprint.password_file {}", file.display());
    let mode = fs::metadata(file).with_context(about)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{}: others may read it; chmod 600", about());
    }
    let text = Zeroizing::new(fs::read_to_string(file).with_context(about)?);
    match four_bytes(text.trim()) {
        Some(bytes) => Ok(Zeroizing::new(bytes)),
        None => bail!("{}: not eight hexadecimal digits", about()),
    }
}
