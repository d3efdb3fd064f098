//! A line of bytes, its time, and how it is opened.

use core::time::Duration;

use cccd_port::SensorFault;

/// The other end is gone: unplugged, or its driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the line is gone")]
pub struct LineLost;

impl From<LineLost> for SensorFault {
    fn from(_: LineLost) -> Self {
        Self::SensorLost
    }
}

/// A serial line, 8 bits clean. It has the time too, so that a test's line can make its own.
pub trait Line: Send {
    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Reads what is there, at most what fits `buffer`, and waits up to `within` for a first byte.
    /// 0: none came, so far.
    ///
    /// # Errors
    /// [`LineLost`].
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> Result<usize, LineLost>;

    /// Writes all of `bytes`; `false` where the line did not take them `within`.
    ///
    /// # Errors
    /// [`LineLost`].
    fn write(&mut self, bytes: &[u8], within: Duration) -> Result<bool, LineLost>;
}

/// Opens the line, at first and whenever it was lost.
pub trait LineOpener: Send {
    /// Opens it, for this program alone.
    ///
    /// # Errors
    /// [`SensorFault::NoSensor`] where there is none, [`SensorFault::Busy`] where another program
    /// has it.
    fn open(&mut self) -> Result<Box<dyn Line>, SensorFault>;
}
