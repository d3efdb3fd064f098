//! A fingerprint sensor, and what it gives.

use core::fmt;
use core::time::Duration;

use zeroize::Zeroizing;

/// The longest side of an image that is taken, in pixels.
const LONGEST_SIDE: u16 = 2_048;

/// A grey picture of one finger: a byte a pixel, row by row from the top, ridges dark. Personal
/// data: it prints as `[redacted]` and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct FingerImage {
    width: u16,
    height: u16,
    dpi: u16,
    pixels: Zeroizing<Vec<u8>>,
}

impl FingerImage {
    /// An image of `width` × `height` pixels at `dpi` pixels an inch (500 is usual); `None` where a
    /// side is 0 or over 2,048, `dpi` is not 250 to 1,200, or `pixels` has another length.
    #[must_use]
    pub fn new(width: u16, height: u16, dpi: u16, pixels: Zeroizing<Vec<u8>>) -> Option<Self> {
        let sides = 1..=LONGEST_SIDE;
        let fits = sides.contains(&width)
            && sides.contains(&height)
            && (250..=1_200).contains(&dpi)
            && pixels.len() == usize::from(width).checked_mul(usize::from(height))?;
        fits.then_some(Self {
            width,
            height,
            dpi,
            pixels,
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> u16 {
        self.height
    }

    /// Pixels an inch.
    #[must_use]
    pub const fn dpi(&self) -> u16 {
        self.dpi
    }

    /// The pixels: never for a log or an error.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl fmt::Debug for FingerImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How far a capture has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureStep {
    /// The sensor is there and waits for a finger.
    FingerWanted,
    /// A finger lies on it, and its picture is fetched: `done` of `total` bytes.
    Fetching {
        /// Bytes that have come.
        done: u32,
        /// Bytes in all.
        total: u32,
    },
    /// The finger may be lifted.
    FingerMayGo,
}

/// Why there is no picture of a finger. Says nothing about whose finger it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SensorFault {
    /// No sensor at that port, or it does not answer as one.
    #[error("no fingerprint sensor answers")]
    NoSensor,
    /// The sensor was unplugged.
    #[error("the fingerprint sensor is gone")]
    SensorLost,
    /// The port is in use by another.
    #[error("another program is using the fingerprint sensor")]
    Busy,
    /// No finger within the wait.
    #[error("no finger was laid on the sensor")]
    NoFinger,
    /// The sensor could not make a usable picture: too dry, too wet, too little of the finger.
    #[error("the picture of the finger is not good enough")]
    PoorImage,
    /// It did not answer, or not to the end, within the time that it has.
    #[error("the fingerprint sensor did not answer in time")]
    Timeout,
    /// It answered something that is no answer.
    #[error("the fingerprint sensor answered out of order")]
    ProtocolViolation,
    /// It wants a password that the desk does not have.
    #[error("the fingerprint sensor refuses the password")]
    PasswordRefused,
    /// The caller gave up waiting.
    #[error("the wait was called off")]
    Cancelled,
    /// It reported an error by its own code.
    #[error("the fingerprint sensor reported error {code:#04x}")]
    Device {
        /// The sensor's confirmation code.
        code: u8,
    },
}

/// A sensor that takes pictures of fingers. Belongs to one thread, which may block in it.
pub trait FingerprintSensor: Send {
    /// Waits up to `within` for a finger, and returns its picture. After any fault the next call
    /// begins anew: no state of the line outlives a call.
    ///
    /// # Errors
    /// A [`SensorFault`]; none of them stands for a finger that does not match.
    fn capture(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<FingerImage, SensorFault>;

    /// What kind of sensor it is, as its profile names it: templates are bound to it.
    fn model(&self) -> &str;
}

/// A template as the module made it: its maker's own format, of use to modules of its kind alone.
/// Personal data: it prints as `[redacted]` and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ModuleTemplate(Zeroizing<Vec<u8>>);

impl ModuleTemplate {
    /// The shortest that any module makes, in bytes.
    pub const SHORTEST: usize = 512;
    /// The longest.
    pub const LONGEST: usize = 1_536;

    /// A template of `bytes`; `None` where there are fewer than [`Self::SHORTEST`] or more than
    /// [`Self::LONGEST`].
    #[must_use]
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (Self::SHORTEST..=Self::LONGEST)
            .contains(&bytes.len())
            .then_some(Self(bytes))
    }

    /// Its bytes: never for a log or an error.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ModuleTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a module says of a finger and a template, by its own measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleMatch {
    /// The same finger.
    Matches {
        /// Its score, over 0, on a scale of its own.
        score: u16,
        /// The security level that it was set to, 1 (lax) to 5 (strict), where it says.
        level: Option<u16>,
    },
    /// Not the same finger.
    Differs {
        /// As above.
        level: Option<u16>,
    },
}

/// A sensor that can also compare, one finger with one template.
///
/// **Weaker evidence than a comparison of pictures by the desk.** The line is not authenticated:
/// whoever sits on it can say anything. The method is not published and its error rates are the
/// maker's word. So this is only ever asked in addition, and no policy rests on it alone.
pub trait ModuleMatcher: FingerprintSensor {
    /// Waits up to `within` for a finger, and returns the module's own template of it.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`].
    fn template(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<ModuleTemplate, SensorFault>;

    /// Takes a picture as [`FingerprintSensor::capture`] does, and the module's own template of the same
    /// press. A template that does not come costs no picture.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`], where there is no picture.
    fn capture_with_template(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(FingerImage, Result<ModuleTemplate, SensorFault>), SensorFault>;

    /// Takes a picture as [`FingerprintSensor::capture`] does, and has the module say what it makes of the
    /// same press and `stored`. Whatever it says costs no picture.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`], where there is no picture.
    fn capture_and_compare(
        &mut self,
        stored: &ModuleTemplate,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(FingerImage, Result<ModuleMatch, SensorFault>), SensorFault>;

    /// Waits up to `within` for a finger, and returns what the module says of it and `stored`.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`]: where anything was in doubt there is no answer.
    fn compare(
        &mut self,
        stored: &ModuleTemplate,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<ModuleMatch, SensorFault>;
}
