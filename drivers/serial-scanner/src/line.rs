//! The port that a scanner is on: opened by its name, locked, and lost when it is pulled out.

use core::time::Duration;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use cccd_port::ScannerFault;
use serialport::{
    ClearBuffer, DataBits, ErrorKind, FlowControl, SerialPort as _, StopBits, TTYPort,
};

use crate::profile::Profile;

/// Where udev puts names that stay when devices are plugged in another order.
const BY_ID: &str = "/dev/serial/by-id";
/// The most names that are listed.
const MOST_NAMES: usize = 64;
/// How long a device may take to accept its feedback.
const WRITE_WITHIN: Duration = Duration::from_millis(200);

/// The line is gone. With the handle that it was on it does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the line is gone")]
pub struct LineLost;

/// An open line.
pub trait Line: Send {
    /// Waits up to `within` for bytes; 0 where none came.
    ///
    /// # Errors
    /// [`LineLost`].
    fn read(&mut self, into: &mut [u8], within: Duration) -> Result<usize, LineLost>;

    /// Writes all of it, or as much as the device takes within a short time.
    ///
    /// # Errors
    /// [`LineLost`].
    fn write(&mut self, bytes: &[u8]) -> Result<(), LineLost>;
}

/// What a line is opened at, time and again.
pub trait Socket: Send {
    /// Opens the line anew.
    ///
    /// # Errors
    /// Why there is none at present.
    fn open(&mut self) -> Result<Box<dyn Line>, ScannerFault>;

    /// Lets time pass while there is no line.
    fn pause(&mut self, length: Duration) {
        std::thread::sleep(length);
    }
}

/// A serial port of this machine.
pub(crate) struct SerialSocket {
    path: PathBuf,
    profile: Profile,
}

impl SerialSocket {
    pub(crate) const fn new(path: PathBuf, profile: Profile) -> Self {
        Self { path, profile }
    }
}

impl Socket for SerialSocket {
    fn open(&mut self) -> Result<Box<dyn Line>, ScannerFault> {
        is_device(&self.path)?;
        let name = self.path.to_str().ok_or(ScannerFault::NoPort)?;
        let mut port = serialport::new(name, self.profile.baud)
            .data_bits(DataBits::Eight)
            .parity(self.profile.parity)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            // A lock (flock) and not only TIOCEXCL, which does not keep out a privileged process.
            .exclusive(true)
            .dtr_on_open(true)
            .open_native()
            .map_err(|error| self.fault(&error))?;
        // Some scanners send only while it is set; a line without it says so, and works.
        let _ = port.write_request_to_send(true);
        // What was scanned before anybody listened was for nobody.
        let _ = port.clear(ClearBuffer::Input);
        Ok(Box::new(SerialLine(port)))
    }
}

impl SerialSocket {
    fn fault(&self, error: &serialport::Error) -> ScannerFault {
        match error.kind {
            // The library's name for a port that another handle has locked.
            ErrorKind::NoDevice => ScannerFault::Busy,
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => ScannerFault::Denied,
            ErrorKind::Io(io::ErrorKind::NotFound) => ScannerFault::Unplugged,
            // ENXIO, ENODEV and EIO, of a device that went meanwhile, have no kind of their own.
            _ => match is_device(&self.path) {
                Ok(()) => ScannerFault::NoPort,
                Err(fault) => fault,
            },
        }
    }
}

/// Whether there is a device under that name.
fn is_device(path: &Path) -> Result<(), ScannerFault> {
    match fs::metadata(path) {
        Ok(found) if found.file_type().is_char_device() => Ok(()),
        Ok(_) => Err(ScannerFault::NoPort),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(ScannerFault::Denied),
        Err(_) => Err(ScannerFault::Unplugged),
    }
}

struct SerialLine(TTYPort);

impl Line for SerialLine {
    fn read(&mut self, into: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        self.0.set_timeout(within).map_err(|_| LineLost)?;
        match self.0.read(into) {
            // Readable, and nothing there: it was hung up.
            Ok(0) => Err(LineLost),
            Ok(count) => Ok(count),
            Err(error) if passes(&error) => Ok(0),
            // BrokenPipe, EIO, ENXIO, ENODEV: unplugged. Whatever else it is, a fresh handle is the
            // only cure.
            Err(_) => Err(LineLost),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LineLost> {
        self.0.set_timeout(WRITE_WITHIN).map_err(|_| LineLost)?;
        match self.0.write_all(bytes) {
            Ok(()) => Ok(()),
            Err(error) if passes(&error) => Ok(()),
            Err(_) => Err(LineLost),
        }
    }
}

fn passes(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// The serial ports that have a name which stays when they are plugged in anew, sorted: what
/// [`crate::SerialScanner::new`] is best given. None where udev does not run.
#[must_use]
pub fn stable_names() -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(BY_ID)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .take(MOST_NAMES)
        .collect();
    names.sort();
    names
}
