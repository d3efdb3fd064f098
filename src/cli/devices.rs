//! The desk's code scanners and cameras, as the configuration names them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use cccd_desk::config::Config;
use cccd_desk::desk::scanning::{Beside, Scanner};
use cccd_port::Camera;
use cccd_serial_scanner::SerialScanner;
use cccd_v4l_camera::Cameras;

/// The scanners. None need be plugged in yet: each is opened, and opened again, by its own thread.
pub fn scanners(config: &Config) -> Result<Vec<Scanner>> {
    let scanner = |scanner: &cccd_desk::config::Scanner| {
        let profile = scanner.made()?;
        let port: PathBuf = scanner.device.clone();
        Ok(Scanner {
            name: scanner.name(),
            beside: scanner.reader.clone().map(Beside::Named),
            device: Box::new(SerialScanner::new(port, profile)),
        })
    };
    config.scanner.iter().map(scanner).collect()
}

/// The cameras. Each is opened for its first picture.
pub fn cameras(config: &Config) -> Result<Vec<Box<dyn Camera>>> {
    let allowed = Cameras::new(config.camera.devices.iter().cloned());
    let camera = |name: &String| {
        let camera = allowed
            .camera(name)
            .with_context(|| format!("camera.devices: {name}"))?;
        let camera: Box<dyn Camera> = Box::new(camera);
        Ok(camera)
    };
    config.camera.devices.iter().map(camera).collect()
}
