//! Serial ports of the system.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use cccd_port::SensorFault;
use serialport::{DataBits, ErrorKind, FlowControl, Parity, SerialPort, StopBits, TTYPort};

use crate::line::{Line, LineLost, LineOpener};

/// What a module is set to when it is delivered, in bits a second.
pub const USUAL_BAUD: u32 = 57_600;

/// Why a port could not be opened: for the doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// No such port, or nothing is plugged in.
    #[error("no such serial port")]
    NotThere,
    /// The user may not open it: not in the group of serial ports, mostly `dialout`.
    #[error("no permission to open the serial port")]
    NotAllowed,
    /// Another program has it.
    #[error("another program has the serial port")]
    Busy,
    /// Not a serial port, or it does not take the settings.
    #[error("not a serial port that can be set up")]
    NotUsable,
}

impl From<OpenFault> for SensorFault {
    fn from(fault: OpenFault) -> Self {
        match fault {
            OpenFault::Busy => Self::Busy,
            OpenFault::NotThere | OpenFault::NotAllowed | OpenFault::NotUsable => Self::NoSensor,
        }
    }
}

/// A port by its name, opened 8N1 for this program alone. The name should be a stable one
/// (`/dev/serial/by-id/…`): it is opened again after the sensor was unplugged.
#[derive(Clone, Debug)]
pub struct PortOpener {
    name: String,
    baud: u32,
}

impl PortOpener {
    /// The port `name` at `baud` bits a second.
    #[must_use]
    pub fn new(name: impl Into<String>, baud: u32) -> Self {
        Self {
            name: name.into(),
            baud,
        }
    }

    /// Opens it. Two locks keep others out, both set by `serialport`: `TIOCEXCL`, which the system
    /// does not hold against root, and `flock`, which it holds against all who ask for it.
    ///
    /// # Errors
    /// An [`OpenFault`].
    pub fn open_port(&self) -> Result<PortLine, OpenFault> {
        let mut port = serialport::new(&self.name, self.baud)
            .data_bits(DataBits::Eight)
            .parity(Parity::None)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            .exclusive(true)
            .dtr_on_open(true)
            .open_native()
            .map_err(|error| match error.kind {
                // What `serialport` says of both locks.
                ErrorKind::NoDevice => OpenFault::Busy,
                ErrorKind::Io(io::ErrorKind::NotFound) => OpenFault::NotThere,
                ErrorKind::Io(io::ErrorKind::PermissionDenied) => OpenFault::NotAllowed,
                _ => OpenFault::NotUsable,
            })?;
        // Some adapters power the module by it; those that have no such wire say so.
        let _ = port.write_request_to_send(true);
        Ok(PortLine {
            port,
            opened: Instant::now(),
        })
    }
}

impl LineOpener for PortOpener {
    fn open(&mut self) -> Result<Box<dyn Line>, SensorFault> {
        Ok(Box::new(self.open_port()?))
    }
}

/// An open port.
pub struct PortLine {
    port: TTYPort,
    opened: Instant,
}

impl Line for PortLine {
    fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }

    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.port.set_timeout(within).map_err(|_| LineLost)?;
        match self.port.read(buffer) {
            // Readable and nothing there: hung up.
            Ok(0) => Err(LineLost),
            Ok(read) => Ok(read),
            Err(error) if passes(&error) => Ok(0),
            Err(_) => Err(LineLost),
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> Result<bool, LineLost> {
        let until = self.elapsed().saturating_add(within);
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = until.saturating_sub(self.elapsed());
            self.port.set_timeout(left).map_err(|_| LineLost)?;
            match self.port.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if passes(&error) => {}
                Err(_) => return Err(LineLost),
            }
            if !rest.is_empty() && self.elapsed() >= until {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether an error means no more than “not now”. All others mean that the port is gone: a port
/// that was pulled out gives `EPIPE`, `EIO`, `ENXIO` or `ENODEV`, and `serialport` does not keep
/// the number of most.
fn passes(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
