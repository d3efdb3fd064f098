//! A camera, and what it gives.

use core::fmt;
use core::time::Duration;

use zeroize::Zeroizing;

/// One picture as the camera gave it, JPEG or PNG, undecoded. Personal data: it prints as
/// `[redacted]` and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Zeroizing<Vec<u8>>);

impl Frame {
    /// Takes the bytes into care.
    #[must_use]
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The encoded picture: never for a log or an error.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CameraFault {
    /// No camera of that name, or none that the configuration allows.
    #[error("no such camera")]
    NoCamera,
    /// The camera was unplugged.
    #[error("the camera is gone")]
    CameraLost,
    /// Another program holds it.
    #[error("another program is using the camera")]
    Busy,
    /// It gave no picture within the time that it has.
    #[error("the camera gave no picture in time")]
    Timeout,
    /// It gives no form of picture that is known here.
    #[error("the camera gives no form of picture that is known here")]
    FormatUnknown,
    /// The caller gave up waiting.
    #[error("the wait was called off")]
    Cancelled,
    /// Whatever else the driver said, by its own code (`errno`).
    #[error("the camera reported error {code}")]
    Driver {
        /// The driver's code.
        code: i32,
    },
}

/// A camera. Belongs to one thread, which may block in it.
pub trait Camera: Send {
    /// Waits up to `within` for the next picture.
    ///
    /// # Errors
    /// A [`CameraFault`].
    fn picture(
        &mut self,
        within: Duration,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Frame, CameraFault>;

    /// Its name, by which the configuration allows it.
    fn name(&self) -> &str;

    /// Nobody wants a picture for now: a camera that can be switched off is, until the next call.
    fn rest(&mut self) {}
}
